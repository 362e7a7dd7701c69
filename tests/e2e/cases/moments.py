"""Tables that change while the first snapshot is prepared or read: nothing of them is missing."""
import json

from harness.console import Failure, say, wait_until
from harness.stack import SLUICE

SOURCE = SLUICE
ROWS = 1_000
GATE = 7  # an advisory lock: whoever holds it decides when reading goes on
GATED = f"SELECT * FROM public.a_gated WHERE pg_advisory_xact_lock_shared({GATE})::text IS NOT NULL"


def run(context):
    for mode in ("initial", "always"):
        rewritten_while_others_are_read(context, mode)
    for mode in ("all_tables", "filtered"):
        made_while_the_slot_waits(context, mode)


def rewritten_while_others_are_read(context, mode):
    tables = ("public.a_gated", "public.b_rewritten", "public.c_emptied", "public.d_keyless",
              "public.e_dropped", "public.z_kept")
    world = context.world("rewritten" + mode)
    world.database.create()
    world.database.run("".join(
        f"create table {table} (id int{'' if 'keyless' in table else ' primary key'}, n int);"
        f"insert into {table} select g, g from generate_series(1, {ROWS}) g;" for table in tables)
        + "alter table d_keyless replica identity full")
    gate = context.own(Held(world.database, f"select pg_advisory_lock({GATE})"))
    wait_until("the gate to be shut", lambda: waiting(world, granted=True), 30)
    source = world.capture("capture", tables,
                           snapshot={"mode": mode,
                                     "select.statement.overrides": {"public.a_gated": GATED}})
    source.start()
    wait_until("the first table to be read", lambda: waiting(world, granted=False), 60)
    # A rewritten table looks empty to the snapshot that is being read.
    world.database.run("""
        alter table b_rewritten alter n type bigint using n + 5;
        update b_rewritten set n = -1 where id = 3; delete from b_rewritten where id = 4;
        truncate c_emptied; insert into c_emptied values (1, 77);
        alter table d_keyless alter n type bigint;
        drop table e_dropped""")
    gate.stop()

    for table in ("public.a_gated", "public.b_rewritten", "public.c_emptied", "public.z_kept"):
        wait_equal(world, table)
    said = [line for line in source.log_text().splitlines() if "out of reach" in line]
    context.check(any("public.b_rewritten" in line for line in said),
                  f"the log does not tell which tables:\n{source.log_end()}")
    for table in ("public.a_gated", "public.z_kept"):
        context.check(ends(world, table) == ROWS, f"{table} was read again")
    context.check(ends(world, "public.d_keyless") >= ROWS, "rows without a key are missing")
    context.check(source.stop() == 0, source.log_end())
    say(f"tables that were rewritten, emptied or dropped under the snapshot are whole ({mode})")


def made_while_the_slot_waits(context, mode):
    tables = ("public.a_widened", "public.b_new")
    world = context.world("made" + mode.replace("_", ""))
    world.database.create()
    world.database.run(f"""
        create table a_widened (id int primary key, n int);
        create table elsewhere (id int);
        insert into a_widened select g, g from generate_series(1, {ROWS}) g""")
    writer = context.own(Held(world.database, "begin; insert into elsewhere values (1)"))
    wait_until("a transaction to be open", lambda: world.database.run(
        "select count(*) from pg_stat_activity where datname = current_database() "
        "and backend_xid is not null") == "1", 30)
    source = world.capture("capture", tables, publication={"autocreate.mode": mode}).start()
    wait_until("the slot to wait for the transaction", lambda: world.database.run(
        f"select count(*) from pg_replication_slots where slot_name = '{world.slot}'") == "1", 60)
    world.database.run("""
        create table b_new (id int primary key, n int); insert into b_new values (1, 1), (2, 2);
        alter table a_widened add column d text; update a_widened set d = 'dd' || id;
        update b_new set n = 3 where id = 2""")
    writer.stop()

    for table in tables:
        wait_equal(world, table)
    world.database.run("update a_widened set d = 'later' where id = 1; insert into b_new values (9, 9)")
    for table in tables:
        wait_equal(world, table)
    context.check(source.stop() == 0, source.log_end())
    say(f"a table and a column that came while the slot was created are whole ({mode})")


class Held:
    """A session that stays as its statements leave it, until it is stopped."""

    def __init__(self, database, sql):
        self.database = database
        self.process = database.start(
            f"set application_name to 'held'; {sql}; select pg_sleep(600)")

    def stop(self):
        if self.process is None:
            return
        self.database.run("select pg_terminate_backend(pid) from pg_stat_activity "
                          "where datname = current_database() and application_name = 'held'")
        self.process.communicate(timeout=30)
        self.process = None


def waiting(world, granted):
    return world.database.run(
        f"select count(*) from pg_locks where locktype = 'advisory' and objid = {GATE} and "
        f"database = (select oid from pg_database where datname = current_database()) and "
        f"{'' if granted else 'not '}granted") != "0"


def ends(world, table):
    return sum(world.log_ends([table]).values())


def wait_equal(world, table):
    """What the log ends with for each key is the table."""
    def equal():
        for service in world.services:
            service.check_running()
        rows = {}
        for record in world.kafka.records(world.topic(table), 1):
            key = str(json.loads(record.key)["id"])
            after = json.loads(record.value)["after"] if record.value is not None else None
            if record.value is not None and json.loads(record.value)["op"] == "t":
                rows.clear()
            elif after is None:
                rows.pop(key, None)
            else:
                rows[key] = {name: None if value is None else str(value)
                             for name, value in after.items()}
        wanted = {row["id"]: row for row in world.database.rows(table)}
        wrong = [key for key in wanted | rows if rows.get(key) != wanted.get(key)]
        if wrong:
            raise Failure(f"{len(wrong)} rows differ; {wrong[0]} is {wanted.get(wrong[0])}, "
                          f"the log has {rows.get(wrong[0])}")
        return True
    wait_until(f"the log of {table} to equal it", equal, 60)
