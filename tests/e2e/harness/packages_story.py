"""The story of packages: each movement is told to its customer, and a slow one delays no other.

scripts/quickstart packages tells it to people; the end-to-end test of that name runs it under names of
its own. The table is that of configs/packages.sql.
"""
import collections
import json
import os

from harness.console import Failure, check, wait_until
from harness.customers import STATUSES, Customers, accepted, judge, p99_seconds
from harness.telling import STEP_SECONDS, Teller, shorten

TABLE = "public.package_status"
FAST, SLOW = ("customer1", "customer3"), "customer2"
LATENCIES = {"customer1": 0.3, "customer2": 30, "customer3": 0.3}
# All latencies times this, so that the story ends in time; 1 is as it is told.
SCALE = float(os.environ.get("SLUICE_PACKAGES_SCALE") or 0.1)
PACKAGES = 200  # three statuses each
RATE = 40       # statuses a second
SETTLE_SECONDS = 240
P99_FACTOR = 2
PAIRS_MAX = 3


class PackagesStory(Teller):
    """`deliver` and `capture` are configured and not running yet; `customers` neither."""

    def __init__(self, world, started=lambda service: None, parked=None, topic=None):
        super().__init__(world, started)
        self.parked = parked or f"{world.group}.parked"
        self.topic = topic or "package_moviment_topic"

    def run(self, capture, deliver, customers):
        self.table(capture)
        self.plain_topic(capture)
        self.routed_topic(capture)
        self.customers_begin(customers, deliver)
        # What else the machine does can only add to either figure: a customer who really waited for
        # another one would in each pair.
        for _ in range(PAIRS_MAX):
            alone = self.without_the_slow_one(customers)
            if self.with_the_slow_one(customers, alone) <= P99_FACTOR * alone:
                break
        else:
            raise Failure(f"the fast customers' p99 is over {P99_FACTOR} times theirs alone, {PAIRS_MAX} times")
        self.what_is_parked(deliver)
        self.killed(customers, deliver)
        self.bad_answers(customers, deliver)
        self.whole(customers, deliver)

    # --- what the steps share ---------------------------------------------------------------------

    def begin(self, service):
        self.tell("$ " + " ".join(service.command))
        service.start()
        self.started(service)
        service.wait_ready()
        self.tell(f"GET {service.url}/readyz   200")

    def demo(self, service, packages, rate=0):
        address = self.world.database.url
        command = [service.command[0], "demo", "package_status", "-Q", str(packages), "--postgres",
                   address, "--seed", "7", *(["--rate", str(rate)] if rate else [])]
        self.tell("$ " + " ".join(command))
        for line in self.run_command(command, packages * len(STATUSES) / rate + 60 if rate else 60).splitlines():
            self.tell("    " + line)

    def rows(self, above=0):
        text = self.world.database.run(
            f"select id, package_id, customer from package_status where id > {above} order by id")
        return [(int(row), int(package), customer) for row, package, customer
                in (line.split("|") for line in text.splitlines())]

    def last_row(self):
        return int(self.world.database.run("select coalesce(max(id), 0) from package_status"))

    def records(self, topic):
        partitions = self.world.kafka.topics().get(topic)
        return sum(self.world.kafka.offsets(topic, partitions).values()) if partitions else 0

    def wait_taken(self, customers, above, of=None, seconds=SETTLE_SECONDS):
        """Until every row above that one, of those customers, was taken; returns what arrived."""
        wanted = [row for row in self.rows(above) if of is None or row[2] in of]

        def taken():
            for service in self.world.services:
                service.check_running()
            received = customers.received()
            found = {json.loads(entry["body"])["id"] for entry in accepted(received).values()}
            missing = sum(row[0] not in found for row in wanted)
            if missing:
                raise Failure(f"{missing} of {len(wanted)} statuses are not taken yet")
            return (received,)
        return wait_until("statuses to be taken", taken, seconds, every=0.5)[0]

    # --- the steps --------------------------------------------------------------------------------

    def table(self, capture):
        self.step(f"ten packages in {self.world.database.name}: each movement is a row of package_status")
        self.demo(capture, 10)
        self.tell("  " + self.world.database.run(
            "select package_id || ': ' || string_agg(status || ' at ' || actual_address, ' -> ' order by id) "
            "from package_status group by package_id order by package_id limit 1"))

    def plain_topic(self, capture):
        self.step(f"the topic as it is called by itself: {self.world.prefix}.{TABLE}")
        command = [capture.command[0], "capture", "--once", *capture.command[2:],
                   "--set", "topic.routing.regex=", "--set", "topic.routing.replacement="]
        self.tell("$ " + " ".join(command))
        self.run_command(command)
        plain = self.world.topic(TABLE)
        check(self.records(plain) == len(self.rows()), f"{plain} holds {self.records(plain)} records")
        self.tell(f"{plain}: {self.records(plain)} records")

    def routed_topic(self, capture):
        self.step(f"and by routing, as its users know it: {self.topic}")
        self.begin(capture)
        self.before = self.last_row()
        self.demo(capture, 10)
        wanted = len(self.rows(self.before))
        wait_until("the routed topic", lambda: self.records(self.topic) == wanted, STEP_SECONDS)
        self.tell(f"{self.topic}: {wanted} records, the key of each is its package")

    def customers_begin(self, customers, deliver):
        self.step("three customers with an HTTP API: "
                  + ", ".join(f"{name} takes {seconds * customers.scale:g} s"
                              for name, seconds in LATENCIES.items())
                  + (f" (all latencies times {customers.scale:g})" if customers.scale != 1 else ""))
        self.tell("$ " + " ".join(customers.command))
        customers.start()
        self.started(customers)
        self.step("sluice deliver: each status is a signed POST to its customer")
        self.tell("$ sluice check -c …   " + self.sluice(deliver, "check").splitlines()[-1])
        self.begin(deliver)
        received = self.wait_taken(customers, self.before)
        entry = received[0]
        self.tell(f"POST /{entry['customer']}   Idempotency-Key: {entry['key']}   webhook-signature: "
                  f"{'good' if entry['signed'] else 'not checked'}")
        self.tell("    " + shorten(entry["body"]))

    def without_the_slow_one(self, customers):
        self.step(f"{PACKAGES} packages, {PACKAGES * len(STATUSES)} statuses, while {SLOW} is as fast as the others")
        customers.behave(SLOW, latency=LATENCIES["customer1"])
        mark = self.last_row()
        self.demo_service = self.world.services[0]
        self.demo(self.demo_service, PACKAGES, RATE)
        seconds = p99_seconds(self.wait_taken(customers, mark), FAST, mark)
        self.tell(f"p99 of {' and '.join(FAST)}, row to answer: {seconds * 1000:.0f} ms")
        return seconds

    def with_the_slow_one(self, customers, alone):
        self.step(f"the same with {SLOW} at {LATENCIES[SLOW] * customers.scale:g} s an answer: "
                  "the others do not notice")
        customers.behave(SLOW)
        self.mark = self.last_row()
        self.demo(self.demo_service, PACKAGES, RATE)
        received = self.wait_taken(customers, self.mark, FAST)
        seconds = p99_seconds(received, FAST, self.mark)
        self.p99 = (alone, seconds)
        self.tell(f"p99 of {' and '.join(FAST)}, row to answer: {seconds * 1000:.0f} ms, alone "
                  f"{alone * 1000:.0f} ms" + (f"   <- within {P99_FACTOR}x" if seconds <= P99_FACTOR * alone else ""))
        return seconds

    def what_is_parked(self, deliver):
        parked = deliver.metric("sluice_deliveries_parked_total", destination=SLOW)
        waits = deliver.metric("sluice_parked_records", destination=SLOW)
        self.tell(f"sluice_deliveries_parked_total{{{SLOW}}} {parked:.0f}, of which wait in "
                  f"{self.parked}.{SLOW}: {waits:.0f}")
        check(parked > 0 and waits > 0, "nothing waits in the slow customer's parked topic")

        def committed():
            lag = self.lag(self.topic)
            if lag:
                raise Failure(f"{lag} records of {self.topic} are not committed")
            return True
        wait_until("the shared topic to be committed to its end", committed, STEP_SECONDS)
        self.tell(f"{self.topic} is committed to its end: the slow customer holds up no offset")

    def lag(self, topic):
        kafka = self.world.kafka
        committed = kafka.committed(self.world.group)
        ends = kafka.offsets(topic, kafka.topics()[topic])
        return sum(end - committed.get((topic, partition), 0) for partition, end in ends.items())

    def killed(self, customers, deliver):
        self.step("kill -9 in the middle of it, and again: what was parked is still there")
        for _ in range(2):
            before = len(accepted(customers.received()))
            wait_until("some more to be taken", lambda seen=before: len(accepted(customers.received()))
                       > seen + 3, STEP_SECONDS)
            self.tell(f"$ kill -9 {deliver.pid}")
            deliver.kill()
            deliver.ended = False
            self.begin(deliver)
        customers.behave(SLOW, latency=LATENCIES["customer1"])
        self.tell(f"{SLOW} is as fast as the others again: what was parked for it is sent now")
        received = self.wait_taken(customers, self.before)
        taken, repeats = judge(received, self.rows(self.before))
        self.repeats = repeats
        self.tell(f"{taken} statuses taken, each once by its Idempotency-Key, each package in its order; "
                  f"{repeats} requests were repeats")

    def bad_answers(self, customers, deliver):
        self.step("bad answers: garbage and 503 are tried again, 422 is a dead letter")
        mark = self.last_row()
        customers.behave("customer1", reply="garbage", times=2)
        customers.behave("customer2", status=503, latency=0, times=2)
        customers.behave("customer3", status=422, latency=0, only="In Transit", times=1)
        self.demo(self.demo_service, 3)
        expected = {row[0] for row in self.rows(mark)}

        def settled():
            found = {json.loads(entry["body"])["id"] for entry in accepted(customers.received()).values()}
            letters = deliver.metric("sluice_dead_letters_total", reason="delivery_refused")
            if len(expected - found) != 1 or letters != 1:
                raise Failure(f"{len(expected - found)} not taken, {letters:.0f} dead letters")
            return (expected - found,)
        refused, = wait_until("all but the refused one to be taken", settled, SETTLE_SECONDS)
        counts = collections.Counter()
        for outcome in ("unreadable_reply", "server_error", "bad_request"):
            counts[outcome] = deliver.metric("sluice_delivery_attempts_total", outcome=outcome)
            self.tell(f"sluice_delivery_attempts_total{{outcome={outcome}}} {counts[outcome]:.0f}")
        check(counts["unreadable_reply"] == 2 and counts["server_error"] == 2 and counts["bad_request"] == 1,
              f"attempts are counted as {dict(counts)}")
        letter, = self.world.kafka.records(self.world.dead_letters,
                                           self.world.kafka.topics()[self.world.dead_letters])
        headers = {name: value.decode() for name, value in letter.headers if value is not None}
        self.tell(f"dead letter in {self.world.dead_letters}: " + ", ".join(
            f"{name} {headers[name]}" for name in ("sluice.reason", "sluice.destination", "sluice.error.type")))
        check(json.loads(letter.value)["after"]["id"] in refused, "it holds another record")
        listed = json.loads(self.sluice(deliver, "dlq", "list", "--json"))
        self.tell(f"$ sluice dlq list -c …   {listed['letters']} letter: "
                  + ", ".join(f"{cause['reason']} {cause['error_type']}" for cause in listed["causes"]))
        check(listed["letters"] == 1, f"sluice dlq list tells {listed}")
        self.tell("customer3 has mended what refused it")
        for line in self.sluice(deliver, "dlq", "replay").splitlines():
            self.tell(f"$ sluice dlq replay -c …   {line}")
        self.wait_taken(customers, mark)
        self.tell("the refused status was taken too")
        self.replayed = refused

    def whole(self, customers, deliver):
        self.step("in the end, all of it")
        # The refused one came behind those that had come after it.
        received = [entry for entry in customers.received()
                    if json.loads(entry["body"])["id"] not in self.replayed]
        taken, _ = judge(received, [row for row in self.rows(self.before) if row[0] not in self.replayed])
        for topic in [self.topic, *(f"{self.parked}.{name}" for name in LATENCIES)]:
            wait_until(f"{topic} to be committed", lambda topic=topic: self.lag(topic) == 0, STEP_SECONDS)
            self.tell(f"{topic}: {self.records(topic)} records, all committed")
        self.tell(f"{taken} statuses taken in order, {len(self.replayed)} after a replay, none lost")
        check(deliver.metric("sluice_halted") == 0, "it has halted")


def make_customers(world, secrets=None, port=None, detached=False):
    return Customers(world.folder, LATENCIES, SCALE, secrets, port, detached)
