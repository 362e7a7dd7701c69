"""`sluice rebuild`: a new index under load, killed on its way, searched all the time, and back again.

On Elasticsearch with versions from offsets, on OpenSearch with those of the source's header: each takes two
minutes, and the servers make no difference to what is moved.
"""
import json
import signal
import subprocess
import threading
import time

from harness import load, web
from harness.console import Failure, check, say, wait_until
from harness.stack import SLUICE
from harness.world import merge

SOURCE = SLUICE
TABLE = "public.accounts"
KEYS, PER_SECOND = 2_000, 300
DONE, FAILED, HALTED, NO, INTERRUPTED = 0, 1, 3, 4, 130
WITNESS = 5_000_000  # A row that no change of the load touches.
LOOK_SECONDS = 0.05
REBUILD_SECONDS = 240
# The default makes a text of it.
MAPPINGS = {"properties": {"owner": {"type": "keyword"}}}
CORRECTED = {"properties": {"owner": {"type": "keyword", "ignore_above": 100}}}


def run(context):
    trial = Trial(context, "header" if context.stack.search_kind == "opensearch" else "offset")
    trial.begin()
    killed_and_done(trial)
    service_starts_again(trial)
    back(trial)
    given_up(trial)
    corrected(trial)
    incarnation_raised(trial)
    from_the_source(trial)
    trial.end()


class Trial:
    """A table under load, its source and index in one process that runs from beginning to end."""

    def __init__(self, context, mode):
        self.context, self.mode = context, mode
        self.world = context.world("rebuild")
        self.index = self.world.index(TABLE)
        self.first, self.second = f"{self.index}-000001", f"{self.index}-000002"
        self.searches = None

    def begin(self):
        world = self.world
        world.database.create()
        load.create_tables(world.database)
        for table in load.TABLES:
            world.kafka.create_topic(world.topic(table), 3)
        config = world.capture_config(load.TABLES, status={"update.interval.ms": 500})
        merge(config, world.config())
        merge(config, {"version": {"mode": self.mode}})
        self.service = world.service_of("run", config)
        self.service.start_ready()
        # The configuration of the command: the same, with another mapping.
        self.wanted = json.loads(json.dumps(config))
        self.config_path = world.folder / "rebuild.yaml"
        self.map(MAPPINGS)
        world.database.run(f"insert into accounts values ({WITNESS}, 'witness', 1, true, now(), 1, null, null)")
        self.changes = self.context.own(
            load.start_changes(world.database, load.ENDLESS, KEYS, self.context.seed, PER_SECOND))
        wait_until("some rows", lambda: world.committed_records() > 3_000, 60)
        wait_until("the witness", lambda: world.search.document(self.index, WITNESS), 60)
        # The witness is not written since: a topic tells it without the column, for ever.
        world.database.run("alter table accounts add added int")
        self.searches = Searches(world, self.index)
        self.searches.start()

    def map(self, mappings):
        """The mappings that the command's configuration asks for."""
        self.wanted["index"] = {**self.wanted.get("index", {}), "mappings": mappings}
        self.config_path.write_text(json.dumps(self.wanted), encoding="utf-8")

    def command(self, *words):
        return [str(self.context.binary), "rebuild", self.index, *words, "--json", "-c", str(self.config_path)]

    def rebuild(self, *words, wanted=DONE):
        """Runs the command to its end; what it answers."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True,
                              timeout=REBUILD_SECONDS, check=False)
        check(done.returncode == wanted,
              f"rebuild {words}: {done.returncode}, not {wanted}\n{done.stdout}{done.stderr[-4000:]}")
        answer = json.loads(done.stdout)
        say(f"rebuild {' '.join(words)}: {answer['state']}; {answer['done'] or answer['error']}")
        return answer

    def start(self, *words):
        """Runs the command beside us: (process, path of its log)."""
        path = self.world.folder / f"rebuild-{time.monotonic_ns()}.log"
        with open(path, "wb") as log:
            process = subprocess.Popen(self.command(*words), stdout=log, stderr=log)
        return process, path

    def end_when(self, what, probe, *words, by=signal.SIGKILL):
        """Starts the command and ends it as soon as `probe` says so; its exit code."""
        process, path = self.start(*words)
        try:
            def reached():
                if process.poll() is not None:
                    raise Failure(f"it has ended with {process.returncode}:\n{path.read_text()[-4000:]}")
                return probe(path.read_text(encoding="utf-8", errors="replace"))
            wait_until(what, reached, REBUILD_SECONDS, every=0.01)
            process.send_signal(by)
            code = process.wait(60)
        finally:
            process.kill()
            process.wait(10)
        say(f"{by.name} to the command: {what}; it ended with {code}")
        return code

    def backing(self):
        """The index behind the alias, which has to be one."""
        _, answer = self.world.search.ask("GET", f"_alias/{self.index}")
        check(len(answer) == 1, f"the alias stands for {sorted(answer)}")
        return next(iter(answer))

    def blocked(self, backing):
        _, answer = self.world.search.ask("GET", f"{backing}/_settings?flat_settings=true")
        return answer[backing]["settings"].get("index.blocks.write") == "true"

    def owner_type(self):
        return self.owner_mapping(self.index)["type"]

    def owner_mapping(self, index):
        _, answer = self.world.search.ask("GET", f"{index}/_mapping")
        return next(iter(answer.values()))["mappings"]["properties"]["owner"]

    def check_service(self):
        """It has neither ended nor halted, and no document became a dead letter."""
        self.service.check_running()
        check("event=halted" not in self.service.log_text(), self.service.log_end())
        check(self.changes.running, "the load has ended")
        self.searches.check()

    def check_verified(self, told_anew=False):
        """The product's own comparison, while the load runs; only nulls of the new column may be missing."""
        done = subprocess.run([str(self.context.binary), "verify", "-c", str(self.service.config_path), "--json",
                               "--table", TABLE], capture_output=True, text=True, timeout=240, check=False)
        check(done.returncode in (DONE, NO), f"verify: {done.returncode} {done.stdout} {done.stderr[-2000:]}")
        table, = json.loads(done.stdout)["tables"]
        found = [table[kind] for kind in ("missing", "extra", "shared", "different")]
        check(found == [0, 0, 0, table["different_by_new_columns"]], f"verify: {table}")
        check((table["different_by_new_columns"] == 0) == told_anew, f"the witness: {table}")
        check(table["rows"] > 100 and not table["error"], f"too little was compared: {table}")
        say(f"verify: {table['rows']} rows, equal but for {found[-1]} nulls of the new column, under load")

    def end(self):
        self.changes.finish()
        self.context.settle_equal(self.world, load)
        self.searches.stop()
        self.context.figure("searches", self.searches.answered)
        self.context.figure("versions", self.mode)
        check("event=halted" not in self.service.log_text(), self.service.log_end())
        check(self.service.stop() == DONE, self.service.log_end())


class Searches:
    """Somebody who searches all the time, and always finds the row that nothing touches."""

    def __init__(self, world, index):
        self.url, self.index = world.search.url, index
        self.answered, self.failure = 0, None
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._search, daemon=True)

    def start(self):
        self.thread.start()

    def _search(self):
        while not self.over.wait(LOOK_SECONDS):
            for path in (f"{self.index}/_doc/{WITNESS}", f"{self.index}/_search?size=1"):
                status, text = web.request("GET", f"{self.url}/{path}", None, seconds=30)
                if status != 200:
                    self.failure = self.failure or f"GET {path}: {status} {text[:300]}"
            self.answered += 1

    def check(self):
        check(self.failure is None, f"the alias did not answer: {self.failure}")

    def stop(self):
        self.over.set()
        self.thread.join(60)
        self.check()


def killed_and_done(trial):
    say("a rebuild with another mapping, killed while it fills and while writers wait")
    check(trial.rebuild("--status")["state"] == "none", "there is no rebuild yet")
    check(trial.owner_type() == "text", trial.owner_type())

    def some_documents(_):
        status, answer = trial.world.search.ask("GET", f"{trial.second}/_stats", statuses=(200, 404))
        total = answer["_all"]["primaries"].get("indexing", {}) if status == 200 else {}
        return total.get("index_total", 0) > 100
    trial.end_when("some documents of the new index", some_documents)
    status = trial.rebuild("--status")
    check(status["state"] == "refilling" and status["refill"]["from"] == "topic", f"{status}")
    check(trial.backing() == trial.first, "the alias has moved too early")
    check(trial.rebuild("--rollback", wanted=FAILED)["state"] == "refilling", "there is nothing to go back to")

    # It has said before why it takes a window at least.
    trial.end_when("writers to wait",
                   lambda text: "at the earliest" in text and "event=rebuild_frozen" in text)
    check(trial.rebuild("--status")["state"] in ("refilling", "announced", "moved"), "it was killed on its way")
    say(f"writers are kept out: {trial.blocked(trial.first)}")
    trial.check_service()

    answer = trial.rebuild()
    check(answer["state"] == "kept" and trial.backing() == trial.second, f"{answer}")
    check(answer["former"]["backing"] == trial.first and len(answer["former"]["offsets"]) == 3, f"{answer}")
    trial.context.figure("writers_waited_ms", answer["writers_waited_us"] // 1000)
    check(trial.owner_type() == "keyword", "the mapping is the configuration's")
    check(trial.blocked(trial.first) and not trial.blocked(trial.second), "nobody writes the former index")
    trial.check_service()
    trial.check_verified()
    check(trial.rebuild()["state"] == "kept", "once more changes nothing")
    check(trial.backing() == trial.second, "once more changes nothing")


def service_starts_again(trial):
    say("a start of the service takes the new index for its own")
    check(trial.service.stop() == DONE, trial.service.log_end())
    trial.service.ended = False
    trial.service.start_ready()
    done = subprocess.run([str(trial.context.binary), "control", "show", trial.index, "--json", "-c",
                           str(trial.service.config_path)], capture_output=True, text=True, timeout=60, check=False)
    check(done.returncode == DONE, f"control show: {done}")


def back(trial):
    say("and back, under load: the former index is given what it lacks")
    before = trial.world.committed_records()
    wait_until("changes that the former index lacks",
               lambda: trial.world.committed_records() > before + 500, 60)
    trial.end_when("the way back to begin", lambda text: "event=rollback_begins" in text, "--rollback")
    check(trial.rebuild("--status")["refill"]["from"] == "former", "it goes on as what it was")
    answer = trial.rebuild("--rollback")
    check(answer["state"] == "kept" and trial.backing() == trial.first, f"{answer}")
    check(answer["former"]["backing"] == trial.second, f"{answer}")
    check(not trial.blocked(trial.first) and trial.blocked(trial.second), "nobody writes the other index")
    trial.check_service()
    trial.check_verified()
    check(trial.rebuild("--finish", wanted=2)["state"] == "kept", "not without --yes")
    check(trial.rebuild("--finish", "--yes")["state"] == "none", "the other index is deleted")
    check(trial.second not in trial.world.search.indices(f"{trial.index}-*"), "it is still there")


def given_up(trial):
    say("a rebuild that is stopped and given up leaves nothing")
    code = trial.end_when("the new index", lambda text: "event=index_ready" in text, by=signal.SIGTERM)
    check(code == INTERRUPTED, f"SIGTERM ends it with {code}")
    answer = trial.rebuild("--abort")
    check(answer["state"] == "none" and trial.backing() == trial.first, f"{answer}")
    check(trial.world.search.indices(f"{trial.index}-*") == [trial.first], "the new index is still there")
    trial.check_service()


def corrected(trial):
    say("the mapping is corrected while a rebuild is on its way: it is begun anew")
    trial.end_when("the new index", lambda text: "event=index_ready" in text)
    check(trial.owner_mapping(trial.second) == MAPPINGS["properties"]["owner"], "the former mapping")
    trial.map(CORRECTED)
    trial.end_when("it to begin anew", lambda text: "event=rebuild_anew" in text and "event=index_ready" in text,
                   by=signal.SIGTERM)
    check(trial.owner_mapping(trial.second) == CORRECTED["properties"]["owner"], "the corrected mapping")
    check(trial.backing() == trial.first, "the alias has moved too early")
    trial.end_when("it to go on", lambda text: "event=rebuild_goes_on" in text and "event=index_ready" in text)
    check(trial.owner_mapping(trial.second) == CORRECTED["properties"]["owner"], "nothing was corrected since")


def incarnation_raised(trial):
    say("the incarnation is raised while a rebuild is on its way: a call says so at once")
    check(trial.service.stop() == DONE, trial.service.log_end())
    done = subprocess.run([str(trial.context.binary), "control", "new-incarnation", trial.index, "-c",
                           str(trial.service.config_path)], capture_output=True, text=True, timeout=60, check=False)
    check(done.returncode == DONE, f"new-incarnation: {done}")
    began = time.monotonic()
    answer = trial.rebuild(wanted=HALTED)
    check("its rebuild began with incarnation" in answer["error"] and "--abort" in answer["error"], f"{answer}")
    trial.context.figure("raised_told_seconds", round(time.monotonic() - began, 1))
    trial.service.ended = False
    trial.service.start_ready()
    check(trial.rebuild("--abort")["state"] == "none", "it is given up")
    trial.check_service()


def from_the_source(trial):
    say("the topic has lost its beginning: the source tells all rows")
    topic = trial.world.topic(TABLE)
    begins = {number: offset - 20 for number, offset in trial.world.kafka.offsets(topic, 3).items()}
    wait_until("the group to pass what goes", lambda: all(
        trial.world.kafka.committed(trial.world.group).get((topic, number), 0) >= offset
        for number, offset in begins.items()), 60)
    trial.world.kafka.delete_records(topic, begins)
    check(trial.rebuild("--no-verify", wanted=2)["state"] == "none", "only comparing tells whether all was told")
    trial.end_when("the source to be asked", lambda text: "event=rebuild_asked" in text)
    check(trial.rebuild("--status")["refill"]["from"] == "source", "the topic does not hold everything")
    answer = trial.rebuild("--keep", "0s")
    check(answer["state"] == "kept" and trial.backing() == trial.second, f"{answer}")
    trial.check_service()
    trial.check_verified(told_anew=True)
