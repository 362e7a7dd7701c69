"""Rows that were there before our own source, read while it streams, through pauses and a kill -9."""
import subprocess

from cases.capture import EXISTING, ROWS_BEFORE
from harness import load
from harness.console import say, wait_until

KEYS, PER_SECOND = 2_000, 600
ENTRIES_BEFORE = 1_200
CHUNK_ROWS = 100
SIGNALS = "public.signals"
MORE_EXISTING = f"""
insert into entries select 10000 + g, 'existing', g, null, 0 from generate_series(1, {ENTRIES_BEFORE}) g;
create table signals (id text primary key, type text not null, data text);
create table keyless (a int);
"""


def run(context):
    world = context.world("incremental")
    world.database.create()
    load.create_tables(world.database)
    world.database.run(EXISTING)
    world.database.run(MORE_EXISTING)
    index = world.service()
    source = start(world, 0)
    index.start_ready()
    source.wait_ready()  # A signal wants the slot to be there.
    changes = context.own(
        load.start_changes(world.database, load.ENDLESS, KEYS, context.seed, PER_SECOND))

    done = ask(world, source, "execute-snapshot", "public.acounts")
    context.check(done.returncode == 1 and "no captured table is public.acounts" in done.stderr,
                  f"a table that is not there: {done.returncode} {done.stderr}")
    say("asking for the rows of accounts, by the command")
    signal(context, world, source, "execute-snapshot", r"public\.acc.*")
    wait_until("some of them", lambda: rows(source) > ROWS_BEFORE / 4, 60, every=0.02)
    signal(context, world, source, "pause-snapshot")
    wait_until("a pause", lambda: source.metric("sluice_incremental_snapshot_paused") == 1, 30)
    paused_at = rows(source)
    say(f"paused after {int(paused_at)} rows; kill -9")
    source.kill()
    source = start(world, 1)
    wait_until("the pause to be remembered",
               lambda: source.metric("sluice_incremental_snapshot_paused") == 1, 30)
    context.check(rows(source) == 0, "rows were read although reading was paused")

    say("going on, and asking for the rows of entries, by rows in the table of signals")
    world.database.run("""
        insert into signals values ('a', 'resume-snapshot', null), ('b', 'execute-snapshot',
          '{"data-collections": ["public.entries", "public.keyless"], "type": "incremental"}')""")
    wait_until("more of them", lambda: rows(source) > 5 * CHUNK_ROWS, 60, every=0.02)
    say(f"kill -9 after {int(rows(source))} more rows")
    source.kill()
    source = start(world, 2)
    wait_until("every table to be read",
               lambda: source.metric("sluice_incremental_snapshot_tables") == 0, 120)
    changes.finish()
    context.settle_equal(world, load)
    context.check(any("keyless has no primary key" in service.log_text()
                      for service in world.services), "nothing was said of the table without a key")
    read = 0
    for topic, count in world.partitions(load.TABLES).items():
        read += sum(1 for record in world.kafka.records(topic, count)
                    if b'"snapshot":"incremental"' in (record.value or b""))
    untouched = ROWS_BEFORE - KEYS + ENTRIES_BEFORE
    context.check(read >= untouched, f"{read} rows were read, {untouched} at least were to be")
    say(f"{read} rows were read while changes were streamed")
    context.watch_memory(source)
    context.check(source.stop() == 0, source.log_end())


def start(world, number):
    return world.capture(f"capture-{number}", load.TABLES + ("public.keyless",), partitions=3,
                         snapshot={"mode": "no_data"},
                         signal={"data.collection": SIGNALS},
                         incremental={"snapshot.chunk.size": CHUNK_ROWS}).start()


def rows(source):
    source.wait_ready()
    return source.metric("sluice_incremental_snapshot_rows_total")


def ask(world, source, *arguments):
    return subprocess.run([str(world.binary), "capture", "signal", *arguments, "-c",
                           str(source.config_path)], capture_output=True, text=True, timeout=30,
                          check=False)


def signal(context, world, source, *arguments):
    done = ask(world, source, *arguments)
    context.check(done.returncode == 0, done.stderr)
    context.check("stands in the database's log" in done.stdout, done.stdout)
