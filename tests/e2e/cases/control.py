"""A topic, index or group that is another one halts with both facts and the choices, and the cure works."""
import json
import re
import subprocess

from harness.console import Failure, check, say, wait_until

TABLE = "public.words"
ROWS = 200
HALTED, NO = 3, 4
OFFSET_BITS = 48


def run(context):
    world = context.world("control")
    world.database.create()
    world.database.run("create table words (id bigint primary key, word text);"
                       f"insert into words select n, 'w' || n from generate_series(1, {ROWS}) n")
    trial = Trial(context, world)
    trial.begin()
    index_rolled_over(trial)
    foreign_version(trial)
    index_made_again(trial)
    index_restored(trial)
    group_deleted(trial)
    record_and_index_lost(trial)
    key_encoding_changed(trial)
    partitions_added(trial)
    topic_made_again(trial)


class Trial:
    """One table, its source and its index; what becomes of the index is tried again and again."""

    def __init__(self, context, world):
        self.context, self.world = context, world
        self.topic, self.index = world.topic(TABLE), world.index(TABLE)
        self.backing = f"{self.index}-000001"
        self.source = world.capture("source", (TABLE,), partitions=2)
        self.service = world.service()
        self.turn = 0

    def begin(self):
        self.source.start_ready()
        self.service.start_ready()
        self.settle("the first start")
        self.stop()
        code, view = self.show()
        check(code == 0 and view["healthy"] and view["incarnation"] == 1, f"control show: {code} {view}")
        check(view["key_encoding"] == "json", f"the keys are recorded as {view['key_encoding']!r}")

    def settle(self, what):
        self.world.wait_no_lag((TABLE,))
        rows = self.world.wait_equal((TABLE,))
        say(f"after {what}: equal, {rows} rows")

    def stop(self):
        code = self.service.stop()
        check(code == 0, f"the index ended with {code}:\n{self.service.log_end()}")

    def change(self):
        """Rows are changed, deleted and made; the source tells them."""
        self.turn += 1
        first = 10 * self.turn
        end = sum(self.world.log_ends((TABLE,)).values())
        self.world.database.run(
            f"update words set word = word || '!' where id % 7 = {self.turn % 7};"
            f"delete from words where id between {first} and {first + 4};"
            f"insert into words select n, 'new' from generate_series({1000 + first}, {1004 + first}) n")
        wait_until("the changes to be told",
                   lambda: sum(self.world.log_ends((TABLE,)).values()) >= end + 10, 60)

    def halts(self, *words):
        """A start ends by itself with 3 and says all words and choices in one sentence; nothing is written."""
        before = self.written()
        sentence = self.ends(*words, "rebuild", "new incarnation", "accept")
        check(self.written() == before, "documents were written before it halted")
        return sentence

    def ends(self, *words):
        self.service.ended = False
        self.service.start()
        code = self.service.wait_end(40)
        self.service.ended = True
        check(code == HALTED, f"ended with {code}, not {HALTED}:\n{self.service.log_end()}")
        halts = [line for line in self.service.log_text().splitlines() if "event=halted" in line]
        check(halts, f"it has not said why:\n{self.service.log_end()}")
        sentence = json.loads(re.search(r'msg=("(?:[^"\\]|\\.)*")', halts[-1]).group(1))
        for word in words:
            check(word in sentence, f"it does not say {word!r}: {sentence}")
        say(f"exit {code}: {sentence}")
        return sentence

    def written(self):
        """How many operations the index has taken."""
        _, answer = self.world.search.ask("GET", f"{self.index}/_stats/docs?level=shards",
                                          statuses=(200, 404))
        shards = [copy for index in answer.get("indices", {}).values()
                  for copies in index["shards"].values() for copy in copies]
        return sum(copy["seq_no"]["max_seq_no"] + 1 for copy in shards)

    def command(self, text, config=None):
        """Runs a command as a sentence names it."""
        command = [str(self.context.binary), *text.split()[1:], "-c",
                   str((config or self.service).config_path)]
        return subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)

    def cure(self, sentence, verb):
        found = re.search(rf"`(sluice control {verb} {re.escape(self.index)}[^`]*)`", sentence)
        if not found:
            raise Failure(f"no {verb} in: {sentence}")
        done = self.command(found.group(1))
        check(done.returncode == 0, f"{found.group(1)}: {done.returncode} {done.stdout}{done.stderr}")
        say(f"$ {found.group(1)}\n{done.stdout.rstrip()}")

    def rebuild(self, sentence):
        remove = f"DELETE /{self.backing}"
        check(remove in sentence, f"no {remove!r} in: {sentence}")
        self.world.search.ask("DELETE", self.backing)

    def tell_all_rows(self):
        done = self.command(f"sluice capture signal execute-snapshot {TABLE}", self.source)
        check(done.returncode == 0, f"the signal: {done.returncode} {done.stderr}")

    def show(self):
        """(exit code, what is told of the index) of `sluice control show --json`."""
        done = self.command(f"sluice control show {self.index} --json")
        check(done.returncode in (0, NO), f"control show: {done.returncode} {done.stderr}")
        view, = json.loads(done.stdout)["indices"]
        return done.returncode, view

    def shows(self, name):
        """The look says no, and marks that fact."""
        code, view = self.show()
        marked = [fact["name"] for fact in view["facts"] if fact["differs"]]
        check(code == NO and not view["healthy"], f"control show says {code}: {view}")
        check(name in marked, f"control show marks {marked}, not {name}")

    def goes_on(self, what):
        self.service.ended = False
        self.service.start_ready()
        self.settle(what)
        self.stop()
        code, view = self.show()
        check(code == 0 and view["healthy"], f"control show after {what}: {code} {view}")
        return view


# --- the index ---------------------------------------------------------------------------------------

def index_rolled_over(trial):
    """While it is written: each write is taken, and by another index."""
    search, service = trial.world.search, trial.service
    service.ended = False
    service.start_ready()
    _, answer = search.ask("POST", f"{trial.index}/_rollover")
    code = service.wait_end(60)
    service.ended = True
    check(code == HALTED and "is another one" in service.log_end() and answer["new_index"] in service.log_end(),
          f"ended with {code}, not {HALTED}:\n{service.log_end()}")
    trial.shows("index_uuid")
    done = trial.command(f"sluice rebuild {trial.index}")
    request = re.search(r"POST /_aliases (\{.*\]\})", done.stdout + done.stderr)
    check(done.returncode == 1 and request, f"rebuild: {done.returncode} {done.stdout}{done.stderr}")
    search.ask("POST", "_aliases", json.loads(request.group(1)))
    behind = list(search.ask("GET", f"_alias/{trial.index}")[1])
    check(behind == [answer["new_index"]], f"the alias stands for {behind}")
    search.ask("POST", "_aliases", {"actions": [
        {"remove_index": {"index": answer["new_index"]}},
        {"add": {"index": trial.backing, "alias": trial.index, "is_write_index": True}}]})
    trial.change()
    trial.goes_on("a rollover that was taken back")


def foreign_version(trial):
    say("another writer has put a higher version")
    foreign = (1 << OFFSET_BITS) + 1_000_001
    trial.world.search.ask(
        "PUT", f"{trial.index}/_doc/9?version_type=external&version={foreign}", {"id": 9, "word": "?"})
    end = sum(trial.world.log_ends((TABLE,)).values())
    trial.world.database.run("update words set word = 'ours' where id = 9")
    wait_until("the change to be told",
               lambda: sum(trial.world.log_ends((TABLE,)).values()) > end, 60)
    sentence = trial.halts(str(foreign), "offset 1000000", "ends at offset", "it does not help")
    done = trial.command(f"sluice control accept {trial.index}")
    check(done.returncode == 0 and "keeps that version" in done.stdout and "new-incarnation" in done.stdout,
          f"control accept does not say that it changes nothing: {done}")
    trial.halts(str(foreign))
    trial.cure(sentence, "new-incarnation")
    view = trial.goes_on("a new incarnation")
    check(view["incarnation"] == 2, f"incarnation {view['incarnation']}")


def index_made_again(trial):
    say("the index is deleted while nobody looks")
    search = trial.world.search
    search.ask("DELETE", trial.backing)
    trial.change()
    for _ in range(2):
        trial.ends("is not there, recorded was", "bring it back", "POST /_aliases", "new incarnation")
        search.ask("GET", trial.index, statuses=(404,))
    say("and made again by somebody")
    search.ask("PUT", trial.backing, {"settings": {"index": {"gc_deletes": "15m"}},
                                      "aliases": {trial.index: {"is_write_index": True}}})
    sentence = trial.halts("is another one", "UUID")
    trial.shows("index_uuid")
    trial.cure(sentence, "new-incarnation")
    trial.goes_on("a new incarnation")


def index_restored(trial):
    say("the index is closed and an older copy is restored over it")
    search, name = trial.world.search, trial.world.name
    search.ask("PUT", f"_snapshot/{name}", {"type": "fs", "settings": {"location": name}})
    search.ask("PUT", f"_snapshot/{name}/old?wait_for_completion=true",
               {"indices": trial.backing, "include_global_state": False})
    try:
        trial.change()
        trial.goes_on("changes that the copy does not have")
        search.ask("POST", f"{trial.backing}/_close")
        search.ask("POST", f"_snapshot/{name}/old/_restore?wait_for_completion=true",
                   {"indices": trial.backing})
    finally:
        search.ask("DELETE", f"_snapshot/{name}/old", statuses=(200, 404))
        search.ask("DELETE", f"_snapshot/{name}", statuses=(200, 404))
    sentence = trial.halts("restored from a snapshot", "recorded was none")
    trial.shows("index_history_uuid")
    trial.cure(sentence, "new-incarnation")
    trial.goes_on("a new incarnation")


# --- the group ---------------------------------------------------------------------------------------

def group_deleted(trial):
    say("the group is deleted")
    trial.change()
    wait_until("the group to be deleted",
               lambda: trial.world.kafka.delete_group(trial.world.group), 60)
    sentence = trial.halts(f"group {trial.world.group} has no committed offset", "deleted or renamed")
    trial.halts("has no committed offset")  # The first halt has not hidden it.
    trial.cure(sentence, "accept")
    trial.goes_on("an accepted group")


def record_and_index_lost(trial):
    say("the control record and the index are gone, and the group is not")
    trial.world.search.forget_control(trial.world.prefix)
    trial.world.search.ask("DELETE", trial.backing)
    sentence = trial.halts("was never written", f"group {trial.world.group} has read")
    trial.cure(sentence, "new-incarnation")
    trial.goes_on("a new incarnation")


# --- the topic ---------------------------------------------------------------------------------------

def key_encoding_changed(trial):
    say("keys come with their schema in mid-topic")
    key = {"schema": {"type": "struct", "fields": [{"type": "int64", "optional": False, "field": "id"}],
                      "optional": False, "name": "Key"}, "payload": {"id": 1}}
    value = {"before": None, "after": {"id": 1, "word": "astray"}, "op": "u", "ts_ms": 1,
             "source": {"ts_ms": 1, "schema": "public", "table": "words"}}
    trial.world.kafka.produce(trial.topic, 1, json.dumps(key).encode(), json.dumps(value).encode())
    sentence = trial.halts("encoded as schema:", "recorded was json", "--from end")
    trial.rebuild(sentence)
    trial.cure(sentence, "new-incarnation")
    trial.tell_all_rows()
    trial.goes_on("a rebuild from the source")


def partitions_added(trial):
    say("partitions are added")
    trial.world.kafka.add_partitions(trial.topic, 3)
    trial.change()
    sentence = trial.halts("has 3 partitions, recorded were 2", "--from end")
    trial.shows("partitions")
    trial.rebuild(sentence)
    trial.cure(sentence, "new-incarnation")
    trial.tell_all_rows()
    trial.goes_on("a rebuild from the source")


def topic_made_again(trial):
    say("the topic is deleted and made again")
    code = trial.source.stop()
    check(code == 0, trial.source.log_end())
    trial.world.kafka.delete_topics([trial.topic])
    wait_until("the topic to be gone", lambda: trial.topic not in trial.world.kafka.topics(), 60)
    trial.world.kafka.create_topic(trial.topic, 3)
    trial.world.database.run("delete from words where id between 100 and 109")
    # The source halts for it too (e2e halts).
    done = trial.command("sluice capture accept --all", trial.source)
    check(done.returncode == 0, f"capture accept: {done.returncode} {done.stdout}{done.stderr}")
    trial.source.ended = False
    trial.source.start_ready()
    trial.tell_all_rows()
    sentence = trial.halts("deleted and created again", "its id is", "recorded was")
    trial.shows("topic_id")
    trial.rebuild(sentence)
    trial.cure(sentence, "new-incarnation")
    trial.goes_on("a rebuild from the new topic")
