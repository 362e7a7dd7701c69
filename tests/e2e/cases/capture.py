"""Our own source: kill -9, database and broker restarted in mid-load; afterwards the index equals the table."""
from harness import load
from harness.console import Failure, say, wait_until
from harness.observer import Observer

KEYS, PER_SECOND = 2_000, 800
RECORDS_BEFORE_A_KILL = 1_000
KILLS, KILLS_LONG = 5, 50
ROWS_BEFORE = 3_000
RESTARTS, RESTARTS_LONG = 1, 5

# Rows that exist before the source begins, so that there is something to snapshot.
EXISTING = f"""
insert into accounts select g, 'existing', g, true, now(), 0, account_note(g), null
  from generate_series(1, {ROWS_BEFORE}) g;
"""
# What a rolled-back transaction wrote must never be seen.
ROLLED_BACK = """
begin; insert into entries values (-2, 'rolled back', 0, null, 0);
insert into accounts values (-2, 'rolled back', 0, true, now(), 0, null, null);
update accounts set owner = 'rolled back again' where id = -2; rollback;
"""


def run(context):
    world = context.world("capture")
    world.database.create()
    load.create_tables(world.database)
    world.database.run(EXISTING)
    index = world.service()
    source = world.capture("capture-0", load.TABLES, partitions=3).start()
    wait_until("the rows that exist to be published", lambda: published(world) >= ROWS_BEFORE, 60)
    index.start_ready()
    source.wait_ready()
    observer = Observer(world, load.TABLES)

    for number in range(1, (KILLS_LONG if context.long else KILLS) + 1):
        changes = start_load(context, world, number)
        wait_more(context, world, changes)
        world.database.run(ROLLED_BACK)
        source.kill()
        context.watch_memory(source)
        flushed = observer.check()
        say(f"kill {number} of the source after {published(world)} records, flushed to {flushed}")
        source = world.capture(f"capture-{number}", load.TABLES, partitions=3).start()
        wait_more(context, world, changes)
        changes.break_off()
        context.settle_equal_tables(world, load.TABLES)

    for number in range(1, (RESTARTS_LONG if context.long else RESTARTS) + 1):
        changes = start_load(context, world, KILLS_LONG + number)
        wait_more(context, world, changes)
        changes.break_off()
        say("restarting the database")
        world.stack.down("postgres")
        said(source)
        world.stack.up("postgres")
        source.wait_ready(60)
        observer.check()
        context.settle_equal_tables(world, load.TABLES)

    changes = start_load(context, world, 0)
    wait_more(context, world, changes)
    say("restarting the broker")
    world.stack.down("kafka")
    said(source)
    world.stack.up("kafka")
    world.kafka.close()  # the harness's own connection broke with the broker
    source.wait_ready(90)
    wait_more(context, world, changes)
    changes.finish()
    context.settle_equal(world, load)
    observer.check()
    context.figure("kills", KILLS_LONG if context.long else KILLS)
    context.figure("restarts", RESTARTS_LONG if context.long else RESTARTS)
    context.figure("records", published(world))
    context.figure("observed", observer.checked)
    say(f"{observer.checked} changes were in the topics before the database was to forget them")
    rolled_back = [record for topic, count in world.partitions(load.TABLES).items()
                   for record in world.kafka.records(topic, count)
                   if b"rolled back" in (record.value or b"")]
    context.check(not rolled_back, f"{len(rolled_back)} records of rolled-back transactions")
    context.watch_memory(source)
    context.check(source.stop() == 0, source.log_end())
    slot = world.database.run(
        f"select confirmed_flush_lsn <= pg_current_wal_lsn() from pg_replication_slots "
        f"where slot_name = '{world.slot}'")
    context.check(slot == "t", f"the slot stands at {slot}")


def start_load(context, world, number):
    return context.own(load.start_changes(world.database, load.ENDLESS, KEYS,
                                          context.seed + number, PER_SECOND))


def wait_more(context, world, changes):
    before = published(world)

    def more():
        context.check(changes.running, "the load has ended before it was to")
        return published(world) > before + RECORDS_BEFORE_A_KILL
    wait_until(f"{RECORDS_BEFORE_A_KILL} more records to be published", more, 120, every=0.02)


def published(world):
    return sum(world.log_ends(load.TABLES).values())


def said(source):
    def told():
        reason = source.not_ready_reason()
        if reason is None:
            raise Failure("/readyz says ready")
        return reason
    say(f"/readyz meanwhile: {wait_until('a reason', told, 90).strip()[:300]}")
