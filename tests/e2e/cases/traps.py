"""What others lose data on, on real servers: each trap halts or converges.

Hand-written records for what a log may hold, and our own source for what a database may do. Which trap
is shown where: docs/TESTING.md.
"""
import hashlib
import json
import re
import subprocess
import time

from harness.console import Failure, check, say, wait_until
from harness.envelope import PLACEHOLDERS, VALUES, envelope, key
from harness.stack import SLUICE

SOURCE = SLUICE
TABLE, OTHER = "public.traps", "public.copied"
LONG_ID = "i" * 600
HALTED = 3
COPIED = 20_000
# A delete is forgotten by the node, and sent again by us, after seconds.
SHORT = {
    "kafka": {"session": {"timeout": "2s"}},
    "elasticsearch": {"request": {"timeout": "2s"}, "bulk": {"timeout": "1s"}},
    "delivery": {"window": {"allowance": "500ms"}},
}
MAPPINGS = {"mappings": {"properties": {
    "id": {"type": "keyword"}, "number": {"type": "integer"},
    **{name: {"type": "object", "enabled": False} for name in VALUES}}}}


def run(context):
    what_a_log_may_hold(context)
    what_a_database_may_do(context)


# --- records by hand -----------------------------------------------------------------------------------

class Log:
    """One topic of one partition, its index, and what each trap has to end as."""

    def __init__(self, world):
        self.world, self.topic, self.index = world, world.topic(TABLE), world.index(TABLE)
        self.wanted = {}  # id → document, None: not there
        world.kafka.create_topic(self.topic, 1)

    def write(self, row, *changes, ends):
        """`changes`: None is a tombstone, "d" a delete, else (operation, columns, further facts)."""
        for change in changes:
            value = None
            if change == "d":
                value = envelope("d", before={"id": row})
            elif change is not None:
                operation, columns, *facts = change
                value = envelope(operation, {"id": row, **columns}, **(facts[0] if facts else {}))
            self.last = self.world.kafka.produce(self.topic, 0, key(row), value)
        name = str(row)
        if len(name.encode()) > 512:
            name = "~h" + hashlib.sha256(name.encode()).hexdigest()
        self.wanted[name] = ends

    def settle(self, what):
        self.world.wait_no_lag((TABLE,))
        found = self.world.search.documents(self.index)
        for name, wanted in self.wanted.items():
            document = found.pop(name, None)
            if document is not None:
                document.pop("sluice_key", None)
            # The search client keeps numbers with a fraction as text; so does this.
            wanted = wanted and json.loads(json.dumps(wanted), parse_float=str)
            check(document == wanted, f"{what}: {name:.80} is {document}, wanted {wanted}")
        check(not found, f"{what}: documents that nobody has written: {list(found)[:10]}")
        say(f"{what}: {sum(1 for wanted in self.wanted.values() if wanted)} documents as wanted")


def what_a_log_may_hold(context):
    world = context.world("traps")
    log = Log(world)
    in_one_batch(log)
    service = world.service(**{**SHORT, "index": MAPPINGS}).start_ready()
    log.settle("in one batch")
    letters = [dict(letter.headers) for letter in world.kafka.records(world.dead_letters)]
    check([(letter["sluice.reason"], int(letter["__connect.errors.offset"])) for letter in letters]
          == [(b"document_rejected", log.refused)], f"dead letters: {letters}")
    one_after_another(log)
    around_the_memory_of_deletes(log)
    foreign_snapshot(context, log, service)


def in_one_batch(log):
    """Before the service starts, so that it meets all of it at once."""
    log.write(1, ("c", {"v": 1}), None, "d", ends=None)
    log.write(2, None, "d", ("c", {"v": 2}), ends={"id": 2, "v": 2})
    log.write(3, None, ends=None)
    log.write(4, ("c", {"v": 1}), ends={"id": 4, "v": 1})
    log.write("before the long one", ("c", {"v": 1}), ends={"id": "before the long one", "v": 1})
    log.write(LONG_ID, ("c", {"v": 1}), ends={"id": LONG_ID, "v": 1})
    log.write("behind the long one", ("c", {"v": 1}), ends={"id": "behind the long one", "v": 1})
    log.write(5, ("c", {"v": 1, **VALUES}), ("u", {"v": 2, **PLACEHOLDERS}), ends={"id": 5, "v": 2, **VALUES})
    log.write(6, ("c", {"v": 1, **VALUES}), ends={"id": 6, "v": 1, **VALUES})
    # One that was changed after it was sent, and then not sent again.
    log.write(7, ("c", {"text": "old"}), ("u", {"text": "new"}), ("u", {"text": PLACEHOLDERS["text"]}),
              ends={"id": 7, "text": "new"})
    log.write(8, ("c", {"number": 1}), ("u", {"number": "no number"}), ends={"id": 8, "number": 1})
    log.refused = log.last
    log.write(9, ("r", {"v": 1}, {"lsn": 9000, "snapshot": "true"}),
              ("u", {"v": 2}, {"lsn": 5000}), ends={"id": 9, "v": 2})
    # A later commit holds an earlier change: seen with two concurrent transactions (FINDINGS).
    log.write(10, ("c", {"v": 1}, {"lsn": 800}), ("u", {"v": 2}, {"lsn": 300}), "d", None,
              ("c", {"v": 3}, {"lsn": 200}), ends={"id": 10, "v": 3})
    log.write(11, ("c", {"v": 1}), None, None, "d", "d", None, ends=None)


def one_after_another(log):
    """The same with what is in the index already."""
    log.write(4, None, ends=None)  # compaction has removed its delete
    log.write(6, ("u", {"v": 2, **PLACEHOLDERS}), ends={"id": 6, "v": 2, **VALUES})
    log.write(11, ("c", {"v": 4}), ends={"id": 11, "v": 4})
    log.settle("one after another")


def around_the_memory_of_deletes(log):
    """A row that comes back while its delete is remembered, and one that comes back after."""
    for row in (12, 13):
        log.write(row, ("c", {"v": 1}), ends={"id": row, "v": 1})
    log.settle("before deletes")
    log.write(12, "d", None, ends=None)
    log.write(13, "d", None, ends=None)
    log.settle("deletes")
    log.write(12, ("c", {"v": 2}), ends={"id": 12, "v": 2})
    log.settle("made again while its delete is remembered")
    _, settings = log.world.search.ask("GET", f"{log.index}/_settings?flat_settings=true")
    told, = {index["settings"]["index.gc_deletes"] for index in settings.values()}
    log.world.search.ask("PUT", f"{log.index}/_settings", {"index.gc_deletes": "1ms"})
    log.world.search.ask("POST", f"{log.index}/_refresh")
    time.sleep(0.1)
    log.world.search.ask("POST", f"{log.index}/_refresh")
    log.write(13, ("c", {"v": 2}), ends={"id": 13, "v": 2})
    log.settle("made again after its delete was forgotten")
    log.world.search.ask("PUT", f"{log.index}/_settings", {"index.gc_deletes": told})


def foreign_snapshot(context, log, service):
    """Somebody has a foreign source tell all rows again: what was deleted meanwhile nobody tells."""
    say("a snapshot begins in mid-topic")
    before = log.world.committed_records()
    at = log.world.kafka.produce(log.topic, 0, key(12),
                                 envelope("r", {"id": 12, "v": 3}, snapshot="first_in_data_collection"))
    code = service.wait_end(40)
    service.ended = True
    check(code == HALTED, f"ended with {code}, not {HALTED}:\n{service.log_end()}")
    sentence = halt_of(service)
    for words in (f"at offset {at}", "sluice verify --repair", "rebuild", "--from end"):
        check(words in sentence, f"it does not say {words!r}: {sentence}")
    check(log.world.committed_records() == before, "it has committed the record that it halted at")
    say(f"exit {code}: {sentence}")
    accept = re.search(r"`sluice (control accept [^`]*)`", sentence).group(1)
    done = subprocess.run([str(context.binary), *accept.split(), "-c", str(service.config_path)],
                          capture_output=True, text=True, timeout=60, check=False)
    check(done.returncode == 0, f"{accept}: {done.returncode} {done.stdout}{done.stderr}")
    log.wanted["12"] = {"id": 12, "v": 3}
    service.ended = False
    service.start_ready()
    log.settle("after it was accepted")
    check(service.stop() == 0, service.log_end())


def halt_of(service):
    halts = [line for line in service.log_text().splitlines() if "event=halted" in line]
    if not halts:
        raise Failure(f"{service.name} has not said why:\n{service.log_end()}")
    return json.loads(re.search(r'msg=("(?:[^"\\]|\\.)*")', halts[-1]).group(1))


# --- changes in a database -------------------------------------------------------------------------------

def what_a_database_may_do(context):
    world = context.world("trapsdb")
    world.database.create()
    world.database.run("""
        create table traps (id bigint primary key, word text, body text);
        alter table traps alter column body set storage external;
        insert into traps values (1, 'one', repeat('one', 2000)), (2, 'two', repeat('two', 2000));
        create table copied (id bigint primary key, word text)""")
    tables = (TABLE, OTHER)
    source = world.capture("source", tables, partitions=2).start()
    index = world.service(**SHORT).start_ready()
    source.wait_ready()
    world.wait_equal(tables)
    swapped_keys(world, tables)
    copied_on_one_position(context, world, tables, source, index)


def swapped_keys(world, tables):
    """Two rows swap their keys in one transaction; their large values are not touched."""
    for turn in range(3):
        world.database.run("""
            begin;
            update traps set id = -1 where id = 1; update traps set id = 1 where id = 2;
            update traps set id = 2 where id = -1;
            commit""")
        world.wait_equal(tables)
        word = world.search.document(world.index(TABLE), "1")["word"]
        check(word == ("two", "one")[turn % 2], f"document 1 is {word!r} after swap {turn + 1}")
    world.wait_no_lag(tables)
    say("keys swapped three times: both rows are whole each time")


def copied_on_one_position(context, world, tables, source, index):
    """All rows of a COPY have one position; both programs are killed in the middle of it."""
    def published():
        return sum(world.log_ends((OTHER,)).values())
    rows = "\n".join(f"{number}\tword {number}" for number in range(COPIED))
    world.database.run(f"copy copied from stdin;\n{rows}\n\\.\n")
    wait_until("some of the copied rows to be published", lambda: published() > 0, 60, every=0.01)
    source.kill()
    first = published()
    say(f"kill -9 of the source with {first} of {COPIED} rows published")
    source = world.capture("source-again", tables, partitions=2).start()
    wait_until("more of them", lambda: published() > first, 60, every=0.01)
    wait_until("some of them to be read", lambda: world.committed_records() > 100, 60, every=0.01)
    index.kill()
    say(f"kill -9 of the index with {published()} published and {world.committed_records()} committed")
    index = world.service("index-again", **SHORT).start_ready()
    world.wait_equal(tables)
    world.wait_no_lag(tables)
    world.database.run(f"update copied set word = 'changed' where id % 100 = 0;"
                       f"delete from copied where id % 100 = 1")
    world.wait_equal(tables)
    say("the copied rows are there once, also after a change")
    for service in (index, source):
        context.watch_memory(service)
        check(service.stop() == 0, service.log_end())
