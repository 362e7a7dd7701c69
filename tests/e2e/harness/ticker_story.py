"""The story of the ticker: prices in a topic of six partitions, and four ways to share the reading.

scripts/quickstart ticker tells it to people; the end-to-end test of that name runs it under names of
its own. `sluice inspect` is the consumer of the first part, `sluice index` that of the second.
"""
import collections
import json
import subprocess

from harness.console import Failure, check, wait_until
from harness.inspector import Inspector, Printed, Ticker
from harness.telling import STEP_SECONDS, Teller, shorten

PARTITIONS = 6
TICKS = 240
RATE = 40
REFUSED, USAGE = 4, 2
KEYLESS = "keyless"


def symbol_of(record):
    return json.loads(record.value)["symbol"]


class TickerStory(Teller):
    @property
    def topic(self):
        return self.world.prefix

    def command(self, *words):
        return [str(self.world.binary), *words]

    def show(self, command, replaced=None):
        self.tell("$ " + " ".join(map(str, replaced or command)))

    def records(self, topic=None):
        return self.world.kafka.records(topic or self.topic, PARTITIONS)

    def ends(self):
        return self.world.kafka.offsets(self.topic, PARTITIONS)

    def run(self, service):
        """Everything, with a service that is configured and not running yet. Returns the one that
        runs in the end."""
        self.config = service.config_path
        try:
            self.ticks()
            self.exclusive()
            self.failover()
            self.shared()
            self.key_shared()
            return self.an_index_with_a_standby(service)
        finally:
            for member in self.world.members:
                member.kill()

    # --- writing -----------------------------------------------------------------------------------

    def write(self, *more, topic=None, ticks=TICKS):
        command = self.command("demo", "ticker", "-Q", str(ticks), "--rate", "0", "--topic",
                              topic or self.topic, "-b", self.world.stack.kafka, *more)
        self.show(command)
        for line in self.run_command(command).splitlines():
            self.tell("  " + line)

    def ticks(self):
        self.step(f"{TICKS} prices in the topic {self.topic} of {PARTITIONS} partitions, keyed by symbol")
        self.write("--seed", "7")
        places = collections.defaultdict(set)
        for record in self.records():
            check(record.key.decode() == symbol_of(record), f"another key: {record}")
            places[record.partition].add(symbol_of(record))
        check(len(places) == PARTITIONS, f"a partition is empty: {dict(places)}")
        check(sum(map(len, places.values())) == len(set().union(*places.values())),
              f"a symbol is in two partitions: {dict(places)}")
        for partition in range(PARTITIONS):
            self.tell(f"partition {partition}: " + (", ".join(sorted(places[partition])) or "none"))

    # --- members of `sluice inspect` ---------------------------------------------------------------

    def member(self, name, mode, topic=None):
        group = f"{self.world.name}.{mode}"
        member = Inspector(self.world, f"{mode}-{name}", group, mode, topic or self.topic, self.config)
        self.tell(f"{name} $ sluice " + " ".join(member.words))
        return member.start()

    def expect_partitions(self, **wanted):
        """Waits until each member (name=(member, how many)) reads so many."""
        found = {}
        for name, (member, count) in wanted.items():
            found[name] = wait_until(f"{name} to read {count} partitions",
                                     lambda member=member, count=count:
                                     (member.expect_partitions(count),), STEP_SECONDS)[0]
        for name, partitions in found.items():
            self.tell(f"{name} reads partitions {', '.join(map(str, sorted(partitions))) or 'none'}")
        check(sorted(p for some in found.values() for p in some) == list(range(PARTITIONS)),
              f"together they read {found}")
        return found

    def expect_all(self, members, topic=None, once=False):
        """Waits until the members have printed every record of the topic; `once`: each one time."""
        wanted = {Printed(r.partition, r.offset, symbol_of(r)) for r in self.records(topic)}

        def all_printed():
            printed = [one for member in members for one in member.printed()]
            missing = wanted - set(printed)
            if missing:
                raise Failure(f"{len(missing)} of {len(wanted)} ticks are missing")
            return (printed,)
        printed, = wait_until("every tick to be printed", all_printed, STEP_SECONDS)
        check(set(printed) == wanted, f"printed and not in the topic: {set(printed) - wanted}")
        again = len(printed) - len(wanted)
        check(not (once and again), f"{again} ticks were printed more than once")
        self.tell(f"all {len(wanted)} ticks were printed" + (", each once" if once else
                                                             f", {again} of them again"))
        return again

    def show_seen(self, **members):
        for name, member in members.items():
            seen = member.seen()
            self.tell(f"{name}: symbols seen by this consumer: "
                      + (", ".join(f"{symbol} {seen[symbol]}" for symbol in sorted(seen)) or "none"))

    def end(self, member):
        code = member.stop()
        check(code == 0, f"{member.name} ended with {code}: {member.messages()}")

    def exclusive(self):
        self.step("exclusive: one consumer; a second one is refused")
        first = self.member("first", "exclusive")
        self.expect_partitions(first=(first, PARTITIONS))
        self.expect_all([first], once=True)
        self.show_seen(first=first)
        second = self.member("second", "exclusive")
        code = second.wait_end(STEP_SECONDS)
        check(code == REFUSED, f"the second one ended with {code}, not {REFUSED}: {second.messages()}")
        sentence = second.messages().strip().splitlines()[-1]
        self.tell(f"second ended with exit code {code}:")
        self.tell("  " + sentence)
        for word in ("refused", "exclusive", "stop that one first"):
            check(word in sentence, f"'{word}' is not in: {sentence}")
        check(not second.printed(), "it has printed something")
        self.write(ticks=24)
        self.expect_all([first], once=True)
        self.end(first)

    def failover(self):
        self.step("failover: one is active, the other stands by; the active one is killed (kill -9)")
        ticker = Ticker(self.world, self.topic, RATE).start()
        active = self.member("first", "failover")
        self.expect_partitions(first=(active, PARTITIONS))
        standby = self.member("second", "failover")
        wait_until("the second one to stand by", lambda: "stands by" in standby.messages(), STEP_SECONDS)
        self.tell("second: " + standby.messages().strip().splitlines()[-1])
        check(not standby.printed(), "the stand-by has printed something")
        active.kill()
        self.tell("first is killed; its place is free when its session is over (6 s)")
        self.expect_partitions(second=(standby, PARTITIONS))
        third = self.member("third", "failover")
        wait_until("the third one to stand by", lambda: "stands by" in third.messages(), STEP_SECONDS)
        self.end(standby)
        self.tell("second is stopped (SIGTERM); it leaves the group, and the third takes over at once")
        self.expect_partitions(third=(third, PARTITIONS))
        self.tell("the ticker is stopped: " + ticker.stop().splitlines()[-1])
        self.expect_all([active, standby, third])
        self.end(third)

    def shared(self):
        self.step("shared: ticks without a key, so that a symbol is in all partitions; the load is "
                  "spread, the order of a symbol is lost")
        topic = f"{self.topic}.{KEYLESS}"
        self.write("--keyless", topic=topic)
        one, two = self.member("one", "shared", topic), self.member("two", "shared", topic)
        self.expect_partitions(one=(one, 3), two=(two, 3))
        three = self.member("three", "shared", topic)
        self.expect_partitions(one=(one, 2), two=(two, 2), three=(three, 2))
        self.write("--keyless", topic=topic)
        self.expect_all([one, two, three], topic)
        self.show_seen(one=one, two=two, three=three)
        common = set(one.seen()) & set(two.seen()) & set(three.seen())
        check(common, "no symbol was seen by all three")
        self.tell(f"{len(common)} symbols were seen by all three")
        for member in (one, two, three):
            self.end(member)
        command = self.command("validate", str(self.config), "--set", "kafka.consumption.mode=shared")
        done = subprocess.run(command, capture_output=True, text=True, timeout=STEP_SECONDS, check=False)
        self.tell("an index that is found by key would depend on that order, and refuses it:")
        self.show(command, ["sluice", *command[1:]])
        for line in (done.stdout + done.stderr).strip().splitlines():
            self.tell("  " + shorten(line))
        check(done.returncode == USAGE and "expected position" in done.stdout + done.stderr,
              f"it ended with {done.returncode}: {done.stdout}{done.stderr}")

    def key_shared(self):
        self.step("key_shared: all ticks of a symbol go to one consumer; one is stopped")
        members = {name: self.member(name, "key_shared") for name in ("one", "two", "three")}
        self.expect_partitions(**{name: (member, 2) for name, member in members.items()})
        begin = self.ends()
        self.write()
        self.expect_all(members.values())
        self.show_seen(**members)
        before = self.expect_own_symbols(members, begin)
        gone = members.pop("two")
        gone_symbols = before["two"]
        self.end(gone)
        self.tell("two is stopped: its symbols are dealt out to the others")
        self.expect_partitions(**{name: (member, 3) for name, member in members.items()})
        begin = self.ends()
        self.write()
        self.expect_all([*members.values(), gone])
        self.show_seen(**members)
        after = self.expect_own_symbols(members, begin)
        moved = {name: sorted(symbols & gone_symbols) for name, symbols in after.items()}
        self.tell("of two's symbols " + ", ".join(f"{name} has {' '.join(symbols) or 'none'}"
                                                  for name, symbols in moved.items()))
        check(set().union(*map(set, moved.values())) == gone_symbols,
              f"two had {gone_symbols}, the others have {moved}")
        for member in members.values():
            self.end(member)

    def expect_own_symbols(self, members, begin):
        """From {partition: offset} on all records of a symbol came to one member. Returns {name: its
        symbols}."""
        owner = collections.defaultdict(set)
        for name, member in members.items():
            for one in member.printed():
                if one.offset >= begin[one.partition]:
                    owner[one.symbol].add(name)
        written = {symbol_of(record) for record in self.world.kafka.records(self.topic, PARTITIONS, begin)}
        check(owner.keys() == written and all(len(names) == 1 for names in owner.values()),
              f"of {sorted(written)} a symbol came to none or several: {dict(owner)}")
        return {name: {symbol for symbol, names in owner.items() if names == {name}} for name in members}

    # --- members of `sluice index` -----------------------------------------------------------------

    def an_index_with_a_standby(self, service):
        self.step("an index of the last prices, with a stand-by: sluice index, twice, in mode failover")
        self.start(service)
        standby = service.another("standby")
        self.start(standby)
        wait_until("it to stand by", lambda: standby.metric("sluice_standby") == 1, STEP_SECONDS)
        _, line = self.ready_line(standby, "sole_member")
        self.tell(f"GET {standby.url}/readyz?verbose   {line}")
        self.expect_prices(service)
        ticker = Ticker(self.world, self.topic, RATE).start()
        wait_until("ticks to be indexed", lambda: service.metric("sluice_records_total") > 0, STEP_SECONDS)
        service.kill()
        self.tell("the active one is killed (kill -9)")
        wait_until("the stand-by to take over", lambda: standby.metric("sluice_assigned_partitions")
                   == PARTITIONS, STEP_SECONDS)
        check(standby.metric("sluice_standby") == 0, "it says that it stands by")
        self.tell(f"the stand-by has all {PARTITIONS} partitions")
        ticker.stop()
        self.expect_prices(standby)
        return standby

    def ready_line(self, service, name):
        status, text = service.ready_text()
        for line in text.splitlines():
            if line.startswith(("[+]" + name, "[-]" + name)):
                return status, line
        raise Failure(f"no {name} in {text}")

    def expect_prices(self, service):
        """The index holds the last tick of each symbol, and nothing else."""
        wanted = {}
        for record in self.records():
            wanted[record.key.decode()] = json.loads(record.value, parse_float=str)

        def equal():
            service.check_running()
            found = self.world.search.documents(self.topic)
            if found != wanted:
                differ = [key for key in wanted.keys() | found.keys() if wanted.get(key) != found.get(key)]
                raise Failure(f"{len(differ)} of {len(wanted)} symbols differ: {sorted(differ)[:5]}")
            return True
        wait_until("the index to hold the last price of each symbol", equal, STEP_SECONDS, every=0.3)
        self.tell(f"{self.world.search.url}/{self.topic}: {len(wanted)} symbols, each with its last price")
