"""kill -9 in mid-load and a restart: afterwards the index equals the table."""
from harness import load
from harness.console import say, wait_until

CHANGES, KEYS, PER_SECOND = 12_000, 2_000, 600
KILLS = 2


def run(context):
    world = context.world("crash")
    world.database.create()
    load.create_tables(world.database)
    world.register_connector(load.TABLES, partitions=3)
    changes = context.own(load.start_changes(world.database, CHANGES, KEYS, context.seed, PER_SECOND))
    for number in range(1, KILLS + 1):
        service = world.service(f"index-{number}").start()
        committed = world.committed_records()
        step = CHANGES // 10
        wait_until(f"{step} more records to be committed",
                   lambda: world.committed_records() > committed + step, 120, every=0.02)
        # On a slow machine the writers are done first: what counts is that records still wait.
        context.check(changes.running or world.lag(load.TABLES),
                      "all was committed before the kill: there was no mid-load")
        service.kill()
        context.watch_memory(service)
        say(f"kill {number} after {world.committed_records()} committed records")
    service = world.service("index-last").start_ready()
    changes.wait(60)
    context.settle_equal(world, load)
    records = service.metric("sluice_records_total")
    fates = service.metric("sluice_record_fates_total")
    context.check(records == fates, f"{records} records, but {fates} of them have a fate (I7)")
    context.watch_memory(service)
    context.check(service.stop() == 0, service.log_end())
