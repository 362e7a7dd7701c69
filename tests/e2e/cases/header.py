"""Versions from the headers of our own source: crashes, truncates and a source that wakes up late end as the table."""
import json
import os
import signal
import subprocess

from fault_proxy import KAFKA, FaultProxy
from harness.console import Failure, check, say, wait_until
from harness.world import merge

WORDS, NOTES = "public.words", "public.notes"
TABLES = (WORDS, NOTES)
COPIED = 10_000
HELD = 300
DONE, FAILED = 0, 1
REFUSED = 4242
# The first request with these rows is held on its way, and no other passes.
HOLD_BACK = """
path Produce body held times 1: cut_before, late_copy asked
path Produce: cut_before
"""
LARGE = "(select string_agg(md5(g.n::text || i), '') from generate_series(1, 200) i)"

CREATE = f"""
create table words (id bigint primary key, word text, n int, later text);
create table notes (a int, b text, body text, primary key (a, b));
alter table notes alter column body set storage external;
insert into words select n, 'w' || n, 0 from generate_series(1, 500) n;
insert into notes select g.n, 'k' || g.n, {LARGE} from generate_series(1, 60) g(n);
"""


def run(context):
    world = context.world("header")
    world.database.create()
    world.database.run(CREATE)
    trial = Trial(world)
    trial.begin()
    changes(trial)
    copy_with_a_restart(trial)
    truncate(trial)
    truncate_with_a_crash(trial)
    truncate_beside_another(trial)
    late_source(trial)
    paused_source(trial, context.seed)
    commands(trial)
    another_mode(trial)
    context.figure("stale_records_skipped", trial.stale)


class Trial:
    def __init__(self, world):
        self.world = world
        self.sources = 0
        self.stale = 0
        self.turn = 0
        self.members = 0

    def begin(self):
        self.source = self.new_source().start()
        self.index = self.new_index().start()
        self.index.wait_ready(60)
        self.source.wait_ready(60)
        self.settle("the rows that exist")

    def new_source(self, **more):
        self.sources += 1
        return self.world.capture(f"source-{self.sources}", TABLES, partitions=3,
                                  skipped={"operations": ["none"]},
                                  status={"update.interval.ms": 500}, **more)

    def new_index(self, mode="header"):
        self.members += 1
        return self.world.service(f"index-{self.members}", version={"mode": mode},
                                  truncate={"mode": "apply"})

    def settle(self, what):
        """Each table tells its last change, and index and table are equal."""
        self.turn += 1
        self.world.database.run(
            f"insert into words values ({-self.turn}, 'end', 0);"
            f"insert into notes values ({-self.turn}, 'end', 'x')")
        def there():
            for table, key in ((WORDS, f"{-self.turn}"), (NOTES, f"{-self.turn},end")):
                status, _ = self.world.search.ask("GET", f"{self.world.index(table)}/_doc/{key}",
                                                  statuses=(200, 404))
                if status != 200:
                    self.index.check_running()
                    raise Failure(f"{table} {key} is not there yet")
            return True
        wait_until("the last changes to arrive", there, 120, every=0.3)
        self.world.wait_no_lag(TABLES)
        say(f"after {what}: equal, {self.world.wait_equal(TABLES)} rows")


def changes(trial):
    trial.world.database.run("""
update words set n = n + 1 where id % 3 = 0;
update words set id = id + 10000 where id between 100 and 140;
delete from words where id between 200 and 240;
begin; delete from words where id = 1; insert into words values (1, 'again', 9); commit;
update notes set b = 'other' || a where a between 1 and 9;
update notes set body = 'small' where a between 10 and 19;
delete from notes where a between 50 and 55;
begin; update words set n = 7 where id = 3; update words set word = 'x' where id = 3;
delete from words where id = 3; insert into words values (3, 'y', 8); commit;
""")
    # Large values that are not touched: the header names them.
    trial.world.database.run("update notes set a = a + 1000 where a between 20 and 29;")
    trial.settle("updates, deletes, changed keys and untouched large values")
    versions = trial.world.search.ask(
        "GET", f"{trial.world.index(WORDS)}/_search?version=true&size=1")[1]["hits"]["hits"]
    check(versions[0]["_version"] % 1024 in range(0, 1024) and versions[0]["_version"] < 1 << 48,
          f"no version of the header: {versions[0]}")


def copy_with_a_restart(trial):
    say(f"{COPIED} rows in one transaction, and the source is killed in the middle")
    world = trial.world
    before = sum(world.log_ends((WORDS,)).values())
    rows = f"seq 100001 {100000 + COPIED} | sed s/.*/\\&,copied,1/"
    world.database.run(f"begin; copy words (id, word, n) from program '{rows}' with (format csv); "
                       "update words set n = -n where word = 'copied' and id % 2 = 0; commit")
    wait_until("a part to be told",
               lambda: sum(world.log_ends((WORDS,)).values()) > before + COPIED // 4, 60, every=0.02)
    trial.source.kill()
    trial.index.kill()
    trial.index = trial.new_index().start()
    trial.source = trial.new_source().start()
    trial.source.wait_ready(60)
    trial.settle("both were killed")


def truncate(trial):
    trial.world.database.run("""
begin; insert into words values (777777, 'before', 1); truncate words;
insert into words select n, 'after', n from generate_series(1, 50) n; commit;
truncate notes;
insert into notes values (1, 'new', 'body');
""")
    trial.settle("truncates")
    check(trial.index.metric("sluice_truncates_total") >= 6,
          "each of three partitions of two topics applies its own copy")


def truncate_with_a_crash(trial):
    say("the index is killed while it deletes what a truncate has emptied")
    world = trial.world
    world.database.run(f"insert into words select n, 'more', n from generate_series(1000, {COPIED}) n")
    trial.settle("many rows")
    world.database.run("truncate words; insert into words values (5, 'five', 5)")
    def some_gone():
        if trial.index.metric("sluice_truncate_deletes_total") == deleted:
            raise Failure("nothing is deleted yet")
        return True
    deleted = trial.index.metric("sluice_truncate_deletes_total")
    wait_until("some documents to be gone", some_gone, 60, every=0.02)
    trial.index.kill()
    trial.index = trial.new_index().start()
    trial.settle("the index was killed in a truncate")


def truncate_beside_another(trial):
    say("behind a crash a truncate waits for a window, and the other table goes on")
    world = trial.world
    trial.index.kill()
    trial.index = trial.new_index().start()
    trial.index.wait_ready(60)
    world.database.run("truncate words")
    waits = f"the truncate of the table behind topic {world.topic(WORDS)} waits"
    wait_until("the truncate to wait", lambda: waits in (trial.index.not_ready_reason() or ""), 12, every=0.1)
    # What was fetched together with the truncate may be written before, for its version is higher.
    world.database.run("insert into words values (6, 'behind', 6); insert into notes values (77, 'beside', 'body')")
    wait_until("the other table's row", lambda: found(world, NOTES, "77,beside"), 12, every=0.1)
    check(waits in (trial.index.not_ready_reason() or ""), "the truncate was over before: nothing is shown")
    check(not found(world, WORDS, "6"), "what is behind the truncate was read before that was applied")
    trial.settle("a truncate that waited for a window")


def found(world, table, key):
    status, _ = world.search.ask("GET", f"{world.index(table)}/_doc/{key}", statuses=(200, 404))
    return status == 200


def late_source(trial):
    """A source is stopped with records in its hands; another goes on; then the first wakes up."""
    say("a source is stopped, a second one goes on, and the first wakes up")
    world = trial.world
    code = trial.source.stop()
    check(code == 0, f"the source ended with {code}:\n{trial.source.log_end()}")
    # Records wait so long for others to be sent with that it can be stopped meanwhile.
    old = trial.source = trial.new_source(producer={"linger.ms": 5000}).start()
    old.wait_ready(60)
    world.database.run("insert into words select n, 'late', n from generate_series(2000, 2099) n")
    trial.settle("rows that exist")
    world.database.run("update words set n = n + 1 where word = 'late'")
    def holds():
        if not old.metric("sluice_producer_queue_records"):
            raise Failure("its queue is empty")
        return True
    wait_until("the first source to hold records", holds, 60, every=0.05)
    os.kill(old.pid, signal.SIGSTOP)
    ends = sum(world.log_ends((WORDS,)).values())
    # With a slot of its own, for the first one's is taken: it tells every row as it is now.
    trial.source = trial.new_source(slot={"name": f"{world.slot}_second"}).start()
    trial.source.wait_ready(60)
    world.database.run("delete from words where word = 'late' and id % 2 = 0")
    wait_until("the second source to tell the rows, and the deletes",
               lambda: sum(world.log_ends((WORDS,)).values()) >= ends + 200, 60, every=0.1)
    skipped = trial.index.metric("sluice_records_skipped_total", rule="stale_epoch")
    os.kill(old.pid, signal.SIGCONT)
    wait_until("late records of the first source",
               lambda: trial.index.metric("sluice_records_skipped_total", rule="stale_epoch")
               > skipped, 60, every=0.1)
    trial.settle("the first source woke up")
    old.kill()
    trial.stale = trial.index.metric("sluice_records_skipped_total", rule="stale_epoch") - skipped
    say(f"{trial.stale:.0f} late records of the first source were passed over")


def paused_source(trial, seed):
    """A source is paused with a request on its way, and another takes its slot over; the request arrives when
    nodes have forgotten the deletes behind it, and the first source wakes up."""
    say("a source is paused, another takes its slot over, and the first one's request arrives late")
    world = trial.world
    code = trial.source.stop()
    check(code == 0, f"the source ended with {code}:\n{trial.source.log_end()}")
    port = int(world.stack.kafka_proxy.rsplit(":", 1)[1])
    broker = FaultProxy(world.stack.kafka_proxied, "", KAFKA, seed).listen_at(port).open()
    try:
        old = trial.source = trial.new_source(kafka={"brokers": [broker.address]}).start()
        old.wait_ready(60)
        world.database.run(f"insert into words select n, 'fresh', n from generate_series(3001, {3000 + HELD}) n")
        trial.settle("rows that exist")
        broker.follow(HOLD_BACK)
        world.database.run("update words set word = 'held' where word = 'fresh'")
        wait_until("a request to be held", lambda: broker.count("late_copy"), 60, every=0.02)
        os.kill(old.pid, signal.SIGSTOP)
        try:
            take_over(trial)
            arrive_late(trial, broker)
        finally:
            os.kill(old.pid, signal.SIGCONT)
        wait_until("the first source to say who has its slot",
                   lambda: "another sluice capture works with slot" in (old.not_ready_reason() or ""), 60,
                   every=0.2)
        trial.settle("the paused source woke up")
        code = old.stop()
        check(code == 0, f"the first source ended with {code}:\n{old.log_end()}")
    finally:
        broker.close()


def take_over(trial):
    """The paused source's connections end, as where its machine has gone; another works with its slot."""
    world = trial.world
    ends = sum(world.log_ends((WORDS,)).values())
    world.database.run("select pg_terminate_backend(pid) from pg_stat_activity "
                       "where datname = current_database() and pid <> pg_backend_pid()")
    trial.source = trial.new_source().start()
    trial.source.wait_ready(60)
    world.database.run("delete from words where word = 'held' and id % 2 = 0")
    trial.settle("the takeover")
    check(sum(world.log_ends((WORDS,)).values()) >= ends + HELD + HELD // 2,
          "the second source has not told again what the first one held")
    world.search.ask("POST", f"{world.index(WORDS)}-000001/_close")
    world.search.ask("POST", f"{world.index(WORDS)}-000001/_open")


def arrive_late(trial, broker):
    before = trial.index.metric("sluice_records_skipped_total", rule="stale_epoch")
    broker.deliver()
    wait_until("the held request to arrive", lambda: broker.count("delivered"), 60, every=0.05)
    def passed_over():
        return trial.index.metric("sluice_records_skipped_total", rule="stale_epoch") - before
    wait_until("its records to be passed over", passed_over, 60, every=0.1)
    trial.settle("its late records")
    say(f"{passed_over():.0f} late records of the paused source were passed over")
    trial.stale += passed_over()
    broker.follow("")


def commands(trial):
    """What operators have for it: each knows that versions are the source's."""
    world = trial.world
    config = world.capture_config(TABLES)
    merge(config, world.config(version={"mode": "header"}, truncate={"mode": "apply"}))
    path = world.service_of("commands", config).config_path

    def sluice(*arguments):
        done = subprocess.run([str(world.binary), *arguments, "-c", str(path)],
                              capture_output=True, text=True, check=False, timeout=240)
        return done.returncode, done.stdout, done.stderr

    def answer_of(*arguments):
        code, out, err = sluice(*arguments, "--json")
        check(out, f"{arguments} ended with {code}: {err}")
        return code, json.loads(out)

    refused_and_replayed(trial, answer_of)
    explained(trial, answer_of)
    verified(trial, answer_of)
    code, out, err = sluice("purge", world.index(WORDS), "--older-than", "1h", "--yes")
    check(code == FAILED and "are not made of offsets" in out + err, f"purge: {code} {out}{err}")
    code, out, err = sluice("control", "show", world.index(WORDS))
    check(code == DONE and "header" in out, f"control show: {code} {out}{err}")
    say("dlq replay, explain, verify --repair, purge and control know versions of the source")


def refused_and_replayed(trial, answer_of):
    world = trial.world
    mapping = f"{world.index(WORDS)}/_mapping"
    world.search.ask("PUT", mapping, {"properties": {"later": {"type": "integer"}}})
    world.database.run(f"insert into words values ({REFUSED}, 'refused', 1, 'no number')")
    wait_until("a record to be refused",
               lambda: trial.index.metric("sluice_dead_letters_total"), 60, every=0.1)
    world.wait_no_lag(TABLES)
    world.search.ask("PUT", mapping,
                     {"properties": {"later": {"type": "integer", "ignore_malformed": True}}})
    code, answer = answer_of("dlq", "replay")
    check(code == DONE and answer["counts"] == {"written": 1}, f"dlq replay: {code} {answer}")
    trial.settle("the letter was replayed")


def explained(trial, answer_of):
    world = trial.world
    world.database.run(f"update words set n = 2 where id = {REFUSED}")
    trial.settle("one row was changed")
    _, stored = world.search.ask("GET", f"{world.index(WORDS)}/_doc/{REFUSED}")
    code, answer = answer_of("explain", world.index(WORDS), str(REFUSED), "--since", "beginning")
    stands = [event["stand"] for event in answer["records"]]
    check(code == DONE and answer["commit_lsn"] == (stored["_version"] >> 10) * 8
          and answer["record"]["version"] == stored["_version"]
          and stands[-2:] == ["dead_letter", "document"] and stands[0] == "superseded",
          f"explain: {code} {answer}")
    check(answer["records"][0]["action"] == "truncate", f"a truncate is about every row: {answer}")


def verified(trial, answer_of):
    """A document that is missing and one that has no row: both healed by versions above theirs."""
    world = trial.world
    index = world.index(WORDS)
    _, stored = world.search.ask("GET", f"{index}/_doc/{REFUSED}")
    world.search.ask("DELETE", f"{index}/_doc/{REFUSED}?version={stored['_version'] + 1}&version_type=external")
    world.search.ask("PUT", f"{index}/_doc/999999?version=7&version_type=external",
                     {"id": 999999, "word": "nobody's", "n": 0}, statuses=(200, 201))
    world.search.ask("POST", f"{index}/_refresh")
    code, answer = answer_of("verify", "--repair", "--table", WORDS)
    table, = answer["tables"]
    check(code == DONE and answer["equal"] and table["healed"] == 2, f"verify --repair: {code} {answer}")
    trial.settle("two documents were spoiled and healed")


def another_mode(trial):
    say("the mode is changed for an index that was written")
    code = trial.index.stop()
    check(code == 0, f"the index ended with {code}:\n{trial.index.log_end()}")
    other = trial.new_index("offset")
    other.start()
    code = other.wait_end(60)
    other.ended = True
    check(code == 3, f"ended with {code}, not 3:\n{other.log_end()}")
    check("are made by mode header" in other.log_text(), other.log_end())
