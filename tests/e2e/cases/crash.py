"""kill -9 in mid-load and a restart: afterwards the index equals the table."""
from harness import load
from harness.console import say, wait_until

KEYS, PER_SECOND = 2_000, 800
RECORDS_BEFORE_A_KILL = 1_000
KILLS = 2


def run(context):
    world = context.world("crash")
    world.database.create()
    load.create_tables(world.database)
    world.register_connector(load.TABLES, partitions=3)
    changes = context.own(
        load.start_changes(world.database, load.ENDLESS, KEYS, context.seed, PER_SECOND))
    for number in range(1, KILLS + 1):
        committed = world.committed_records()
        service = world.service(f"index-{number}").start()
        wait_until(f"{RECORDS_BEFORE_A_KILL} more records to be committed",
                   lambda: world.committed_records() > committed + RECORDS_BEFORE_A_KILL, 120,
                   every=0.02)
        service.kill()
        context.watch_memory(service)
        say(f"kill {number} after {world.committed_records()} committed records, the load runs")
    service = world.service("index-last").start_ready()
    changes.finish()
    context.settle_equal(world, load)

    def all_accounted():  # the counters are told ten times a second
        records = service.metric("sluice_records_total")
        fates = service.metric("sluice_record_fates_total")
        context.check(records == fates, f"{records} records, but {fates} of them have a fate (I7)")
        return True
    wait_until("each record to have a fate", all_accounted, 10, every=0.2)
    context.watch_memory(service)
    context.check(service.stop() == 0, service.log_end())
