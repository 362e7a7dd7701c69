"""Real Debezium changes while members join, leave and are killed: the index equals the table."""
import random

from harness import load
from harness.console import Failure, say, wait_until

SHORT_CHANGES, LONG_CHANGES = 20_000, 200_000
CHANGES_PER_KEY = 10
SHORT_PER_SECOND, LONG_PER_SECOND = 400, 2_500  # longer than the joins and kills take
PARTITIONS = 6
KILLS = 3
# One change in six is a delete, whose record is followed by a tombstone; a little less, because the
# first changes meet empty tables. It only places the moments in the load.
RECORDS_PER_CHANGE = 1.12
LOAD_SECONDS = 900


class Members:
    """Two processes at most, with two workers each."""

    def __init__(self, context, world, moments):
        self.context, self.world, self.moments = context, world, moments
        self.alive = []
        self.started = 0

    def join(self, wait=True):
        self.started += 1
        service = self.world.service(f"member-{self.started}", pipeline={"workers": 2})
        service.start()
        if wait:
            service.wait_ready(60)
        self.alive.append(service)

    def leave(self):
        service = self.alive.pop(0)
        code = service.stop()
        self.context.watch_memory(service)
        self.context.check(code == 0, f"{service.name} left with {code}, not 0:\n{service.log_end()}")

    def kill(self):
        service = self.alive.pop(self.moments.randrange(len(self.alive)))
        self.context.check(service.running, f"{service.name} had ended:\n{service.log_end()}")
        service.kill()
        self.context.watch_memory(service)
        self.join(wait=False)


def plan(moments):
    """[(share of the load, what)] in order: a join, a leave after it, and the kills."""
    events = [(moments.uniform(0.10, 0.30), "join"), (moments.uniform(0.60, 0.85), "leave")]
    events += [(moments.uniform(0.05, 0.85), "kill") for _ in range(KILLS)]
    return sorted(events)


def run(context):
    changes = context.changes or (LONG_CHANGES if context.long else SHORT_CHANGES)
    per_second = LONG_PER_SECOND if context.long else SHORT_PER_SECOND
    world = context.world("rebalance")
    world.database.create()
    load.create_tables(world.database)
    world.register_connector(load.TABLES, partitions=PARTITIONS)
    moments = random.Random(context.seed)
    members = Members(context, world, moments)
    members.join()
    running = context.own(
        load.start_changes(world.database, changes, changes // CHANGES_PER_KEY, context.seed,
                           per_second))
    expected = changes * RECORDS_PER_CHANGE

    for share, what in plan(moments):
        def reached(share=share):
            # Written, not committed: commits stand still while a killed member's session runs out.
            written = sum(world.log_ends(load.TABLES).values())
            if written < share * expected:
                raise Failure(f"{written} of about {expected:.0f} records are written")
            return True
        wait_until(f"{share:.0%} of the load", reached, LOAD_SECONDS, every=0.02)
        ahead = sum(world.lag(load.TABLES).values())
        context.check(running.running or ahead, f"{what} came after the load: there was no mid-load")
        say(f"{what} at {share:.0%}: {world.committed_records()} records committed, "
            f"{ahead} written and waiting, the load {'runs' if running.running else 'is written'}")
        getattr(members, what)()
    running.wait(LOAD_SECONDS)
    for service in members.alive:
        service.wait_ready(60)
    rows = context.settle_equal(world, load)
    records = sum(world.log_ends(load.TABLES).values())
    context.figure("changes", changes)
    context.figure("keys", changes // CHANGES_PER_KEY)
    context.figure("records", records)
    context.figure("rows_compared", rows)
    context.figure("kills", KILLS)
    for service in members.alive:
        context.watch_memory(service)
        context.check(service.stop() == 0, service.log_end())
