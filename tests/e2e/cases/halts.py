"""Our own source: what would lose changes halts with exit code 3 and names the cure, and the cure works."""
import json
import os
import re
import subprocess
import time

from harness.cluster import Cluster
from harness.console import Failure, say, wait_until
from harness.database import ADMIN_DATABASE, Database

TABLES = ("public.users", "public.orders")
LATER, NEWEST = "public.later", "public.newest"
LOOK = {"capture": {"guardian.interval": "1s"}}
HALTED, NO = 3, 4
ROWS = 20
SWITCHES = 6

CREATE = f"""
create table users (id bigint primary key, name text);
create table orders (id bigint primary key, note text);
insert into users select n, 'u' || n from generate_series(1, {ROWS}) n;
insert into orders select n, 'o' || n from generate_series(1, {ROWS}) n;
"""


def run(context):
    world = context.world("halts")
    world.database.create()
    world.database.run(CREATE)
    publication_loses_a_table(context, world)
    table_away_while_the_source_is_down(context, world)
    publication_made_anew(context, world)
    operation_away_and_back(context, world)
    topic_deleted(context, world)
    keys_told_alike(context, world)
    table_created_anew(context, world)
    publication_lacks_a_table(context, world)
    slot_dropped(context, world)
    slot_made_again(context, world)
    other_encodings(context, world)
    missing_rights(context, world)
    idle_beside_a_busy_neighbour(context, world)
    cluster = Cluster(wal_level="replica")
    try:
        another_cluster(context, world, cluster.start())
        slot_loses_its_log(context, world, cluster)
    finally:
        world.stop_services()
        cluster.discard()


# --- what each halt has to be ------------------------------------------------------------------------

class Source:
    """One configuration of the source, and what becomes of it."""

    def __init__(self, context, world, name, tables=TABLES, **sections):
        self.context, self.world = context, world
        self.service = world.capture(name, tables, **{**LOOK, **sections})

    def published(self):
        return sum(self.world.log_ends((*TABLES, LATER)).values())

    def start_ready(self):
        self.service.start_ready()
        return self

    def stop(self):
        code = self.service.stop()
        self.context.check(code == 0, f"ended with {code}:\n{self.service.log_end()}")

    def ends(self, *words, published=0):
        """It ends by itself with 3, says all words in one sentence, and has published that many records
        (None: whatever it has)."""
        check, service = self.context.check, self.service
        before = self.published() if published is not None else 0
        if not service.running:
            service.start()
        code = service.wait_end(30)
        service.ended = True
        check(code == HALTED, f"{service.name} ended with {code}, not {HALTED}:\n{service.log_end()}")
        halts = [line for line in service.log_text().splitlines() if "event=halted" in line]
        check(halts, f"{service.name} has not said why:\n{service.log_end()}")
        sentence = json.loads(re.search(r'msg=("(?:[^"\\]|\\.)*")', halts[-1]).group(1))
        for word in words:
            check(word in sentence, f"{service.name} does not say {word!r}: {sentence}")
        if published is not None:
            more = self.published() - before
            check(more == published, f"{service.name} has published {more} records before it halted")
        say(f"{service.name}: exit {code}: {sentence}")
        return sentence

    def command(self, *arguments):
        """The finished process of `sluice capture …` with this source's configuration."""
        command = [str(self.context.binary), "capture", *arguments, "-c", str(self.service.config_path)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def accept(self, *arguments, code=0):
        """What `sluice capture accept` says."""
        done = self.command("accept", *arguments)
        said = done.stdout + done.stderr
        self.context.check(done.returncode == code, f"accept {arguments}: {done.returncode}: {said}")
        say(f"capture accept {' '.join(arguments)}: exit {code}: {said.strip()}")
        return said

    def status(self):
        """(exit code, answer) of `sluice capture status --json`."""
        done = self.command("status", "--json")
        self.context.check(done.returncode in (0, NO), f"status: {done.returncode} {done.stderr}")
        answer = json.loads(done.stdout)
        slot = answer["slot"]
        self.context.check(not slot or slot["active"] == (slot["active_pid"] is not None),
                           f"the status contradicts itself: {slot}")
        return done.returncode, answer

    def status_says_no(self, *words):
        code, answer = self.status()
        self.context.check(code == NO and not answer["healthy"], f"the status is {code}: {answer}")
        said = " ".join(answer["halts"])
        for word in words:
            self.context.check(word in said, f"the status does not say {word!r}: {answer}")


def cure(sentence, pattern):
    """The SQL in the sentence, as an operator would copy it."""
    found = re.search(pattern, sentence)
    if not found:
        raise Failure(f"no {pattern} in: {sentence}")
    return found.group(0)


# --- slot and publication ----------------------------------------------------------------------------

def publication_loses_a_table(context, world):
    source = Source(context, world, "streams", (*TABLES, LATER)).start_ready()
    wait_until("the rows that exist to be published", lambda: source.published() == 2 * ROWS, 30)
    wait_until("the stream", lambda: source.service.metric("sluice_slot_state"), 20)
    code, answer = source.status()
    context.check(code == 0 and answer["healthy"], f"the status while it runs is {code}: {answer}")
    slot, publication = answer["slot"], answer["publication"]
    context.check(slot["active_pid"] and slot["wal_status"] == "reserved", f"slot: {slot}")
    context.check(answer["recorded"]["snapshot"] == "done", f"recorded: {answer['recorded']}")
    context.check(publication["tables_captured"] == publication["tables_published"] == 2,
                  f"publication: {publication}")
    wait_until("the guardian's look",
               lambda: source.service.metric("sluice_publication_tables", state="published") == 2, 20)
    context.check(source.service.metric("sluice_slot_state", wal_status="reserved") == 1,
                  "the slot's state is not told")

    # One that nobody has published yet is told of, and nothing halts.
    world.database.run("create table later (id bigint primary key)")
    wait_until("the new table to be told of",
               lambda: '\\"later\\" is new and not in the publication' in source.service.log_text(), 20)
    captured = source.service.metric("sluice_publication_tables", state="captured")
    context.check(captured == 3, f"{captured:.0f} tables are captured, not 3")

    world.database.run(f"alter publication {world.publication} drop table users;"
                       "update users set name = 'changed while it was out'")
    choices = ("sluice capture accept public.users", "sluice verify --repair", "slot.name")
    words = ('ALTER PUBLICATION', 'ADD TABLE "public"."users"', *choices)
    source.ends(*words)
    source.status_says_no(*words)
    # A start must not add it again as if nothing were missing.
    again = Source(context, world, "streams-again", (*TABLES, LATER))
    sentence = again.ends(*words)
    context.check("ALTER PUBLICATION" in again.accept("public.users", code=1),
                  "accept does not say how the table comes back")
    world.database.run(cure(sentence, r'ALTER PUBLICATION "\w+" ADD TABLE "public"."users"'))
    # Nor does one go on because the table is back: what was missed is missing.
    again.ends(*choices)
    again.status_says_no(*choices)
    again.accept("public.users")
    mended = Source(context, world, "streams-mended", (*TABLES, LATER)).start_ready()
    before = mended.published()
    world.database.run("update users set name = 'changed afterwards' where id = 1;"
                       "insert into later values (1)")
    wait_until("both tables to be captured", lambda: mended.published() == before + 2, 30)

    # Out and back between two looks is noticed too.
    world.database.run(f"alter publication {world.publication} drop table users;"
                       f"alter publication {world.publication} add table users")
    mended.ends(*choices)
    mended.ends(*choices)
    mended.accept("public.users")


def recorded(world):
    """(position, tables) as the source has recorded them last."""
    values = {record.key: record.value for record in world.kafka.records(f"{world.prefix}.positions")}
    name = f"{world.prefix}/{world.slot}".encode()
    return json.loads(values[name]), json.loads(values[name + b"/tables"])["tables"]


def take_out_and_put_back(world, *tables):
    for table in tables:
        world.database.run(f"alter publication {world.publication} drop table {table};"
                           f"update {table} set name = 'changed while it was out';"
                           f"alter publication {world.publication} add table {table}")


def table_away_while_the_source_is_down(context, world):
    """What a running source has found last is what the next start compares with."""
    source = Source(context, world, "down", (*TABLES, LATER, NEWEST)).start_ready()
    wait_until("the guardian's look",
               lambda: source.service.metric("sluice_publication_tables", state="published") == 3, 20)
    world.database.run("create table newest (id bigint primary key, name text);"
                       f"alter publication {world.publication} add table newest")
    wait_until("a table that came while changes were read to be recorded",
               lambda: recorded(world)[1].get(NEWEST, {}).get("entries"), 20)
    context.check(f"{NEWEST} is captured from now on" in source.service.log_text(),
                  "it is not told of")
    world.database.run("insert into newest values (1, 'n')")
    context.check("a source works with slot" in source.accept("--all", code=1),
                  "accept is not refused while the source runs")
    context.check("needs a TABLE" in source.accept(code=2), "accept without a table")
    source.stop()
    context.check("nothing is to be accepted" in source.accept("--all"), "something is accepted")

    take_out_and_put_back(world, "users", "newest")
    words = ('"public"."users"', '"public"."newest"', "sluice capture accept public.newest public.users",
             "sluice verify --repair", "slot.name")
    sentence = source.ends(*words)
    context.check("ALTER PUBLICATION" not in sentence, f"the tables are back: {sentence}")
    source.ends(*words)  # as an orchestrator does
    source.status_says_no(*words)
    source.accept("public.nobody", code=1)
    before = recorded(world)
    context.check("public.users would be accepted" in source.accept("--all", "--dry-run"), "dry run")
    context.check(recorded(world) == before, "a dry run has recorded something")
    source.accept("public.users")
    source.ends("public.newest")  # the other one still is missing changes
    source.accept("--all")
    context.check(recorded(world)[0] == before[0], "accepting has moved the position")
    published = source.published()
    source.start_ready()
    world.database.run("update users set name = 'changed afterwards' where id = 1")
    wait_until("the table to be captured", lambda: source.published() == published + 1, 30)
    source.stop()


def publication_made_anew(context, world):
    source = Source(context, world, "publication-anew", (*TABLES, LATER, NEWEST))
    world.database.run(f"drop publication {world.publication};"
                       f"create publication {world.publication} for table users, orders, later, newest")
    words = ("was dropped and created anew", "sluice capture accept public.later public.newest "
             "public.orders public.users", "slot.name")
    source.ends(*words)
    source.status_says_no(*words)
    source.accept("--all")
    published = source.published()
    source.start_ready()
    world.database.run("update users set name = 'and again' where id = 1")
    wait_until("the table to be captured", lambda: source.published() == published + 1, 30)
    source.stop()


def operation_away_and_back(context, world):
    source = Source(context, world, "operation", (*TABLES, LATER, NEWEST)).start_ready()
    wait_until("the publication's state to be recorded",
               lambda: recorded(world)[1]["public.users"].get("written_by"), 20)
    source.stop()
    operations = "insert, update, delete, truncate"
    world.database.run(f"alter publication {world.publication} set (publish = 'insert, update');"
                       "delete from newest where id = 1")
    lacking = ("does not publish: delete, truncate", "sluice capture accept --all")
    sentence = source.ends(*lacking)
    context.check("does not publish" in source.accept("--all", code=1), "accepted while it lacks one")
    world.database.run(cure(sentence, r"ALTER PUBLICATION \"\w+\" SET \(publish = '[a-z, ]+'\)"))
    context.check(operations in sentence, sentence)
    # It publishes all again, and what was deleted meanwhile is nowhere in the log.
    words = ("was altered", '"public"."newest"', "sluice verify --repair", "slot.name")
    source.ends(*words)
    source.ends(*words)
    source.status_says_no(*words)
    source.accept("--all")
    source.start_ready()
    source.stop()


def topic_deleted(context, world):
    """The brokers make a topic anew without a word, and so would a start."""
    topic = world.topic("public.users")

    def topics():
        values = {record.key: record.value for record in world.kafka.records(f"{world.prefix}.positions")}
        return json.loads(values[f"{world.prefix}/{world.slot}/topics".encode()])["topics"]

    source = Source(context, world, "topic", (*TABLES, LATER, NEWEST)).start_ready()
    world.database.run("update users set name = 'before' where id = 1")
    wait_until("the topic to be recorded", lambda: topics().get(topic), 20)
    world.kafka.delete_topics([topic])
    words = (f"topic {topic} was deleted", "sluice capture accept --all", "execute-snapshot",
             "sluice verify --repair", "slot.name")
    source.ends(*words, published=None)
    source.ends(*words, published=None)  # as an orchestrator does
    source.status_says_no(*words)
    before = topics()
    context.check(f"topic {topic} would be accepted" in source.accept("--all", "--dry-run"), "dry run")
    context.check(topics() == before, "a dry run has recorded something")
    context.check(f"topic {topic} is accepted without" in source.accept("public.users"), "accept")
    source.start_ready()
    world.database.run("update users set name = 'after' where id = 1")
    wait_until("the new topic to be written", lambda: world.log_ends(("public.users",))
               and sum(world.log_ends(("public.users",)).values()) > 0, 30)
    wait_until("the new topic to be recorded", lambda: topics().get(topic) not in (None, before[topic]), 20)
    done = source.command("signal", "execute-snapshot", "public.users")
    context.check(done.returncode == 0, f"signal: {done.returncode} {done.stderr}")
    wait_until("all rows to be told", lambda: sum(world.log_ends(("public.users",)).values()) > ROWS, 30)

    # Deleted while nobody looks.
    source.stop()
    world.kafka.delete_topics([topic])
    source.ends(*words, published=None)
    source.accept("--all")
    source.start_ready()
    source.stop()


def keys_told_alike(context, world):
    """Two rows whose keys a mode tells alike would have one document; those that it tells exactly go on."""
    table, topic = "public.moments", world.topic("public.moments")
    blunt = {"time.precision.mode": "connect"}

    def keys():
        """What was told, each once: a run that has halted may tell again what came before."""
        return {json.loads(record.key)["at"] for record in world.kafka.records(topic)}

    def records():
        return len(world.kafka.records(topic))

    world.database.run("create table moments (at timestamp primary key, note text)")
    source = Source(context, world, "alike", (*TABLES, table), **blunt).start_ready()
    wait_until("the warning at the start", lambda: "key column public.moments.at has values"
               in source.service.log_text(), 20)
    world.database.run("insert into moments values ('2026-01-01 10:00:00.123', 'exact')")
    wait_until("the exact key to be written", lambda: len(keys()) == 1, 30)
    world.database.run("insert into moments values ('2026-01-01 10:00:00.123456', 'cut')")
    words = ("public.moments", "column at", "time.precision.mode=connect",
             "time.precision.mode: adaptive", "message.key.columns")
    source.ends(*words)
    again = Source(context, world, "alike-again", (*TABLES, table), **blunt)
    again.ends(*words)  # as an orchestrator does
    context.check(len(keys()) == 1, f"a key that is not told exactly was written: {keys()}")
    mended = Source(context, world, "alike-mended", (*TABLES, table)).start_ready()
    wait_until("the row that halted to be written",
               lambda: any("10:00:00.123456" in str(key) for key in keys()), 30)
    world.database.run("insert into moments values ('2026-01-01 10:00:00.123457', 'next')")
    wait_until("its neighbour to be written",
               lambda: any("10:00:00.123457" in str(key) for key in keys()), 30)

    # A row that is read beside the stream, and a delete.
    mended.stop()
    beside = Source(context, world, "alike-beside", (*TABLES, table), **blunt).start_ready()
    done = beside.command("signal", "execute-snapshot", table)
    context.check(done.returncode == 0, f"signal: {done.returncode} {done.stderr}")
    beside.ends(*words, published=None)
    before = records()
    after = Source(context, world, "alike-after", (*TABLES, table)).start_ready()
    wait_until("the rows to be read", lambda: records() >= before + 3, 30)
    after.stop()
    world.database.run("delete from moments where note = 'next'")
    Source(context, world, "alike-delete", (*TABLES, table), **blunt).ends("public.moments", "column at")
    before = records()
    last = Source(context, world, "alike-last", (*TABLES, table)).start_ready()
    wait_until("the delete and its tombstone to be written", lambda: records() >= before + 2, 30)
    last.stop()
    world.database.run("drop table moments")


def table_created_anew(context, world):
    source = Source(context, world, "anew").start_ready()
    wait_until("the guardian's look",
               lambda: source.service.metric("sluice_publication_tables", state="published") == 2, 20)
    world.database.run("drop table orders; create table orders (id bigint primary key, note text);"
                       f"insert into orders select n, 'a' || n from generate_series(1, {ROWS}) n;")
    words = ('"public"."orders"', "dropped and created anew", "sluice verify --repair", "slot.name")
    source.ends(*words)
    source.status_says_no(*words)
    # A start does not add it again as if nothing were missing.
    again = Source(context, world, "anew-again")
    sentence = again.ends(*words)
    world.database.run(cure(sentence, r'ALTER PUBLICATION "\w+" ADD TABLE "public"."orders"'))
    mended = Source(context, world, "anew-mended").start_ready()
    wait_until("the warning that names the cure", lambda: "another one than before and captured from "
               "now on" in mended.service.log_text(), 20)
    before = mended.published()
    world.database.run("update orders set note = 'changed afterwards' where id = 1")
    wait_until("the new table to be captured", lambda: mended.published() == before + 1, 30)

    # One that is gone is told of, and nothing halts.
    world.database.run("alter table users rename to former")
    wait_until("the table that is gone to be told of", lambda: "public.users is there no more"
               in mended.service.log_text(), 20)
    mended.stop()
    world.database.run("alter table former rename to users")


def publication_lacks_a_table(context, world):
    name = f"{world.name}_part"
    world.database.run(f"create publication {name} for table users")
    Source(context, world, "lacks", slot={"name": f"{world.slot}_part"},
           publication={"name": name, "autocreate.mode": "disabled"}).ends(
               "does not cover the table public.orders",
               f'ALTER PUBLICATION "{name}" ADD TABLE "public"."orders"')
    slots = world.database.slots()
    context.check(f"{world.slot}_part" not in slots, f"it has made a slot before it refused: {slots}")


def slot_dropped(context, world):
    words = ("does not exist any more", "snapshot.mode to when_needed", "slot.name")
    source = Source(context, world, "loses-its-slot").start_ready()
    wait_until("the stream", lambda: source.service.metric("sluice_slot_state"), 20)
    world.database.drop_slot(world.slot)
    source.ends(*words)
    world.database.run("insert into users values (1000, 'while there was no slot')")
    dropped = Source(context, world, "dropped")
    dropped.ends(*words)
    dropped.status_says_no(*words)


def slot_made_again(context, world):
    world.database.run(f"select pg_create_logical_replication_slot('{world.slot}', 'pgoutput')")
    Source(context, world, "made-again").ends("ahead of", "re-created", "snapshot.mode to when_needed")
    cured = Source(context, world, "made-again-cured", snapshot={"mode": "when_needed"})
    before = cured.published()
    cured.start_ready()
    wait_until("all rows to be read anew",
               lambda: cured.published() >= before + 2 * ROWS + 1, 30)
    cured.stop()


# --- server and rights -------------------------------------------------------------------------------

def other_encodings(context, world):
    for encoding in ("LATIN1", "SQL_ASCII"):
        database = Database(world.stack, f"e2e_{encoding.replace('_', '').lower()}_{os.getpid()}")
        # Only letters, so that a run that was killed is cleaned up after.
        database.name = database.name.replace("latin1", "latin")
        database.run(f"create database {database.name} encoding '{encoding}' template template0 "
                     "locale 'C'", ADMIN_DATABASE)
        try:
            database.run(CREATE)
            source = Source(context, world, encoding.lower(), database={"dbname": database.name},
                            slot={"name": f"{world.slot}_encoding"})
            source.ends(encoding, "ENCODING 'UTF8' TEMPLATE template0")
            source.status_says_no(encoding)
        finally:
            database.drop()


def missing_rights(context, world):
    role = f"{world.name}_reader"
    admin = world.database
    admin.run(f"create role {role} login")
    try:
        def halts(name, *words, **sections):
            return Source(context, world, name, database={"user": role},
                          slot={"name": f"{world.slot}_rights"}, **sections).ends(*words)
        sentence = halts("may-not-replicate", "may not replicate", "rds_replication")
        admin.run(cure(sentence, r'ALTER ROLE "\w+" REPLICATION'))
        sentence = halts("may-not-read", "may not read the tables", *TABLES)
        admin.run(cure(sentence, r'GRANT USAGE ON SCHEMA .*? TO "\w+"; GRANT SELECT ON .*? TO "\w+"'))
        own = {"name": f"{world.name}_rights", "autocreate.mode": "filtered"}
        sentence = halts("may-not-publish", "no CREATE on the database", "does not own public.",
                         publication=own)
        Source(context, world, "may-not-publish-status", database={"user": role},
               slot={"name": f"{world.slot}_rights"}, publication=own).status_says_no(
                   "may not create the publication")
        admin.run(cure(sentence, "CREATE PUBLICATION [^;]*"))
        partitions_that_may_not_be_read(context, world, role)
        allowed = Source(context, world, "allowed", database={"user": role},
                         slot={"name": f"{world.slot}_rights"}, snapshot={"mode": "no_data"},
                         publication=own).start_ready()
        allowed.stop()
    finally:
        world.stop_services()
        admin.drop_slot(f"{world.slot}_rights")
        admin.run(f"drop owned by {role}; drop role {role}")


def partitions_that_may_not_be_read(context, world, role):
    """A right to the whole table is none to its partitions, which the first snapshot reads."""
    admin = world.database
    name = f"{world.name}_parts"
    admin.run("create table events (id bigint primary key) partition by range (id);"
              "create table events_a partition of events for values from (0) to (100);"
              "create table events_b partition of events for values from (100) to (200);"
              f"insert into events values (1), (101); grant select on events to {role};"
              f"create publication {name} for table events with (publish_via_partition_root = true)")
    sections = {"database": {"user": role}, "slot": {"name": name},
                "publish": {"via.partition.root": True},
                "publication": {"name": name, "autocreate.mode": "disabled"}}
    try:
        refused = Source(context, world, "may-not-read-partitions", ("public.events",), **sections)
        sentence = refused.ends("may not read the tables", "public.events_a", "public.events_b")
        context.check(name not in admin.slots(), "it has made a slot, and cannot read")
        refused.status_says_no("public.events_b")
        admin.run(cure(sentence, r'GRANT USAGE ON SCHEMA .*? TO "\w+"; GRANT SELECT ON .*? TO "\w+"'))
        reads = Source(context, world, "may-read-partitions", ("public.events",),
                       **sections).start_ready()
        wait_until("the partitions' rows", lambda: reads.service.metric(
            "sluice_source_changes_total", table="public.events", operation="read") == 2, 20)
        reads.stop()
    finally:
        world.stop_services()
        admin.drop_slot(name)
        admin.run(f"drop publication {name}; drop table events")


def idle_beside_a_busy_neighbour(context, world):
    """Writes in another database of the cluster let the slot advance; so does the heartbeat's action."""
    neighbour = Database(world.stack, f"e2e_neighbour_{os.getpid()}")
    neighbour.create()
    world.database.run("create table beats (at timestamptz)")
    try:
        slot = {"name": f"{world.slot}_idle"}
        status = {"update.interval.ms": 1000}
        # Not qualified: found as the user's own session would find it.
        heartbeat = {"interval.ms": 500, "action.query": "insert into beats values (now())"}
        source = Source(context, world, "idle", slot=slot, status=status, heartbeat=heartbeat,
                        snapshot={"mode": "no_data"}).start_ready()
        wait_until("the heartbeat's action",
                   lambda: world.database.run("select count(*) > 1 from beats") == "t", 20)
        world.database.run("drop table beats")
        wait_until("the action's failure to be counted", lambda: source.service.metric(
            "sluice_heartbeat_actions_total", result="failed"), 20)
        context.check("event=heartbeat_action_failed" in source.service.log_text(),
                      "the action's failure is not logged")
        source.stop()  # a statement that fails is no reason to end in another way

        # Nor does one that takes its time hold up the end.
        slow = Source(context, world, "slow-action", slot=slot,
                      heartbeat={**heartbeat, "action.query": "select pg_sleep(9)"}).start_ready()
        wait_until("the slow action", lambda: world.database.run(
            "select count(*) from pg_stat_activity where wait_event = 'PgSleep' "
            "and datname = current_database()") == "1", 20)
        began = time.monotonic()
        slow.stop()
        seconds = time.monotonic() - began
        context.check(seconds < 6, f"it took {seconds:.1f} s to end beside a slow action")

        source = Source(context, world, "idle-quiet", slot=slot, status=status).start_ready()
        neighbour.run("create table t (v text); insert into t select repeat('x', 1000) "
                      "from generate_series(1, 2000)")
        wanted = neighbour.run("select pg_current_wal_lsn()")

        def advanced():
            # The neighbour goes on, as neighbours do.
            neighbour.run("insert into t values ('y')")
            return world.database.run(
                f"select confirmed_flush_lsn >= '{wanted}' from pg_replication_slots "
                f"where slot_name = '{world.slot}_idle'") == "t"
        wait_until("the slot of the idle database to advance", advanced, 20, every=0.5)
        say(f"the idle database's slot has passed {wanted}, written by its neighbour alone")
        source.stop()
    finally:
        world.stop_services()
        world.database.drop_slot(f"{world.slot}_idle")
        neighbour.drop()


# --- another cluster ---------------------------------------------------------------------------------

def another_cluster(context, world, cluster):
    database = cluster.database(world.database.name)
    database.create()
    database.run(CREATE)
    place = {"hostname": cluster.postgres_host, "port": cluster.postgres_port}
    sentence = Source(context, world, "not-logical", database=place,
                      slot={"name": f"{world.slot}_level"}).ends("wal_level is replica", "restart")
    cluster.database(ADMIN_DATABASE).run(cure(sentence, r"ALTER SYSTEM SET wal_level = 'logical'"))
    cluster.restart()
    # The same names of database, slot and position: only the system identifier tells.
    moved = Source(context, world, "another-cluster", database=place)
    moved.ends("another database cluster", "system identifier", "slot.name")
    moved.status_says_no("another database cluster")
    context.check(world.slot not in database.slots(), "it has made a slot in the other cluster")


def slot_loses_its_log(context, world, cluster):
    database = cluster.database(world.database.name)
    place = {"hostname": cluster.postgres_host, "port": cluster.postgres_port}
    setup = {"database": place, "slot": {"name": f"{world.slot}_danger"},
             "snapshot": {"mode": "no_data"}}
    source = Source(context, world, "danger", **setup).start_ready()
    wait_until("the guardian's look", lambda: source.service.metric(
        "sluice_slot_state", wal_status="reserved") == 1, 20)
    # A transaction that stays open holds the slot back, however fast the source is.
    holder = database.start("begin; insert into users values (5000, 'open'); select pg_sleep(60);")
    try:
        wait_until("the open transaction", lambda: database.run(
            "select count(*) from pg_stat_activity where wait_event = 'PgSleep'") == "1", 10)
        database.run("alter system set max_slot_wal_keep_size = '2MB'; select pg_reload_conf()"
                     .replace(";", ";\n"))
        for _ in range(SWITCHES):
            database.run("select pg_logical_emit_message(false, 'x', 'y'), pg_switch_wal()")
        reason = wait_until("readiness to tell of the danger", source.service.not_ready_reason, 20)
        context.check("wal_status unreserved" in reason and "max_slot_wal_keep_size" in reason, reason)
        context.check(source.service.metric("sluice_slot_state", wal_status="unreserved") == 1
                      and "event=slot_in_danger" in source.service.log_text(),
                      "the danger is neither counted nor logged")
        say(f"in danger: {reason.strip()[-200:]}")
        database.run("checkpoint")
        source.ends("lost", "pg_drop_replication_slot", "snapshot")
        Source(context, world, "danger-again", **setup).ends("lost", "pg_drop_replication_slot")
    finally:
        holder.kill()
        holder.communicate()
