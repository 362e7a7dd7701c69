"""Rounds of kills, pauses, rebalances and restarts under load; after each, `sluice verify` finds nothing.

A round draws from a shuffled deck what happens (--seed), so that each kind comes up early and often:
kill -9 of a member or of the source, SIGSTOP of either for longer than the session, a member that joins
or leaves, a restart of the search node or of the broker. Meanwhile rows are inserted, updated, deleted,
made again, swap their keys, and keep large values that updates do not touch. Then the load ends, verify
compares every row, and so does the harness, which shares no code with it.
"""
import json
import os
import random
import signal
import subprocess
import time

from harness import load, swaps
from harness.console import check, say, wait_until
from harness.stack import SLUICE
from harness.world import merge

SOURCE = SLUICE
TABLES = (*load.TABLES, swaps.TABLE)
ROUNDS = 5
KEYS, PER_SECOND, SWAPS_PER_SECOND = 400, 250, 25
PARTITIONS = 4
MEMBERS_MAX = 3
SESSION_SECONDS = 2
# A delete is sent again when no copy of an older write can be alive any more: 5.5 s here.
SHORT = {
    "kafka": {"session": {"timeout": f"{SESSION_SECONDS}s"}},
    "elasticsearch": {"request": {"timeout": "2s"}, "bulk": {"timeout": "1s"}},
    "delivery": {"window": {"allowance": "500ms"}},
    "retry": {"backoff": {"max": "1s"}},
}
SETTLE_SECONDS = 180
ONCE = ("kill_member", "kill_source", "pause_member", "pause_source", "change_members",
        "restart_search", "restart_broker")
MORE = ("kill_member", "kill_source", "pause_member")


def run(context):
    world = context.world("killloop")
    world.database.create()
    load.create_tables(world.database)
    swaps.create_table(world.database)
    loop = KillLoop(context, world)
    loop.begin()
    rounds = context.rounds or ROUNDS
    for number in range(1, rounds + 1):
        loop.round(number, rounds)
    context.figure("rounds", rounds)
    context.figure("actions", loop.done)
    context.figure("rows_compared", loop.compared)
    for name, value in loop.sums.items():
        context.figure(name, int(value))
    loop.end()


class Deck:
    """Cards in random order; a new deck when the last one is used up."""

    def __init__(self, moments):
        self.moments, self.cards, self.decks = moments, [], 0

    def draw(self):
        if not self.cards:
            self.cards = list(ONCE if self.decks == 0 else ONCE + MORE)
            self.moments.shuffle(self.cards)
            self.decks += 1
        return self.cards.pop()


class KillLoop:
    def __init__(self, context, world):
        self.context, self.world = context, world
        self.moments = random.Random(context.seed)
        self.deck = Deck(self.moments)
        self.members, self.source, self.started = [], None, 0
        self.done = self.compared = 0
        self.sums = {}
        config = world.capture_config(TABLES, status={"update.interval.ms": 500})
        merge(config, world.config(**SHORT))
        self.verify_config = world.service_of("verify", config).config_path

    def begin(self):
        self.start_source()
        self.source.wait_ready(60)
        for _ in range(2):
            self.start_member()

    def end(self):
        for service in (*self.members, self.source):
            service.wait_ready(60)
            self.context.watch_memory(service)
            check(service.stop() == 0, service.log_end())

    # --- one round -----------------------------------------------------------------------------------

    def round(self, number, rounds):
        began = time.monotonic()
        self.world.database.run("delete from enough")
        seed = self.context.seed + number
        loads = [self.context.own(load.Load(self.world.database, self.world.database.start(
                     "set synchronous_commit = off;\n"
                     f"call make_changes({load.ENDLESS}, {KEYS}, {seed % 1000 / 1000}, {PER_SECOND});"))),
                 self.context.own(swaps.start(self.world.database, load.ENDLESS, seed, SWAPS_PER_SECOND))]
        actions = [self.deck.draw() for _ in range(self.moments.randrange(2, 4))]
        for action in actions:
            self.wait_more(loads, self.moments.randrange(20, 300))
            getattr(self, action)()
            self.done += 1
        self.wait_more(loads, 50)
        self.world.database.run("insert into enough values (now())")
        for changes in loads:
            changes.wait(60)
        if number == 1:
            self.world.wait_no_lag(TABLES, SETTLE_SECONDS)  # verify asks for indices that are there
        answer = self.verify()
        self.world.wait_no_lag(TABLES, SETTLE_SECONDS)
        rows = self.world.wait_equal(TABLES, SETTLE_SECONDS)
        self.compared += rows
        for service in self.members:
            self.context.watch_memory(service)
        line = {"round": number, "seed": self.context.seed, "actions": actions, "rows": rows,
                "differences": sum(table[kind] for table in answer["tables"]
                                   for kind in ("missing", "extra", "different")),
                "suspects": sum(table["suspects"] for table in answer["tables"]),
                "records": sum(self.world.log_ends(TABLES).values()), "members": len(self.members),
                "seconds": round(time.monotonic() - began, 1), **self.told()}
        say(f"round {number} of {rounds}: {', '.join(actions)}: equal, {rows} rows, {line['seconds']} s")
        self.context.report(line)

    def wait_more(self, loads, records):
        """So many more records are in the topics, whoever was killed or restarted just now."""
        before = self.written()

        def more():
            for service in (*self.members, self.source):
                service.check_running()
            check(all(changes.running for changes in loads), "a load has ended before it was to")
            return self.written() >= before + records
        wait_until(f"{records} more records to be written", more, SETTLE_SECONDS, every=0.05)

    def written(self):
        return sum(self.world.log_ends(TABLES).values())

    def verify(self):
        done = subprocess.run([str(self.context.binary), "verify", "-c", str(self.verify_config), "--json",
                               "--wait", f"{SETTLE_SECONDS}s"], capture_output=True, text=True,
                              timeout=3 * SETTLE_SECONDS, check=False)
        check(done.returncode == 0, f"verify ends with {done.returncode}:\n{done.stdout[:4000]}{done.stderr}")
        answer = json.loads(done.stdout)
        check(answer["equal"], done.stdout)
        return answer

    def told(self):
        """What the members that live have counted; and the sums of what those that ended had."""
        names = {"deletes_sent_again": "sluice_deletes_sent_again_total",
                 "late_copies_deleted": "sluice_late_copies_deleted_total"}
        return {name: int(sum(member.metric(metric) for member in self.members))
                for name, metric in names.items()}

    # --- what happens ------------------------------------------------------------------------------------

    def start_source(self):
        self.started += 1
        self.source = self.world.capture(f"source-{self.started}", TABLES, partitions=PARTITIONS,
                                         status={"update.interval.ms": 500}).start()

    def start_member(self):
        self.started += 1
        workers = self.moments.randrange(1, 3)
        self.members.append(self.world.service(f"member-{self.started}", **{
            **SHORT, "pipeline": {"workers": workers}}).start())

    def some_member(self):
        return self.moments.randrange(len(self.members))

    def kill_member(self):
        self.members.pop(self.some_member()).kill()
        self.start_member()

    def kill_source(self):
        self.source.kill()
        self.start_source()

    def pause(self, service):
        """Stopped in the middle of whatever it does, for longer than the group waits for it."""
        seconds = SESSION_SECONDS * self.moments.uniform(1.2, 2.0)
        os.kill(service.pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            os.kill(service.pid, signal.SIGCONT)

    def pause_member(self):
        self.pause(self.members[self.some_member()])

    def pause_source(self):
        self.pause(self.source)

    def change_members(self):
        if len(self.members) < MEMBERS_MAX and (len(self.members) == 1 or self.moments.random() < 0.5):
            self.start_member()
            return
        member = self.members.pop(self.some_member())
        code = member.stop()
        check(code == 0, f"{member.name} left with {code}, not 0:\n{member.log_end()}")

    def restart_search(self):
        self.restart(self.world.stack.search_kind)

    def restart_broker(self):
        self.restart("kafka")
        self.world.kafka.close()  # the harness's own connection broke with the broker

    def restart(self, server):
        self.world.stack.down(server)
        self.world.stack.up(server)
