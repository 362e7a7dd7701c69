"""Each status reaches its customer once by its key, in its package's order, whoever is slow, fails or is killed.

The story of `scripts/quickstart packages`, then a load while source and deliverer are killed and customers
fail in every way, members that share the topic and come and go, and records that are none.
"""
import json
import os
import random
import signal
import subprocess

from harness.console import Failure, say, wait_until
from harness.customers import Customers, accepted, judge
from harness.packages_story import LATENCIES, TABLE, PackagesStory, make_customers
from harness.stack import SLUICE

SOURCE = SLUICE
KILLS = 4
PACKAGES = 120
PARTITIONS = 4  # that members share
SECRET = "whsec_c2x1aWNl"


def topic_of(world):
    return f"{world.prefix}.moviment"


def capture_config(world):
    return world.capture_config(
        (TABLE,), status={"update.interval.ms": 500},
        message={"key.columns": "public.package_status:package_id"},
        topic={"routing": {"regex": world.prefix + r"\.public\.package_status",
                           "replacement": topic_of(world)},
               "creation.default.partitions": 3})


def deliver_config(world, customers, **options):
    """As configs/packages.yaml has it, under the case's names."""
    config = world.config(deliver={
        "topic": topic_of(world), "group.id": world.group,
        "destinations": {name: customers.address(name) for name in customers.latencies},
        "secrets": {name: SECRET for name in customers.latencies},
        "concurrency": 8, "request.timeout": "60s", "dead_letters.topic": world.dead_letters,
        "parked.prefix": f"{world.prefix}.parked", **options})
    for section in ("elasticsearch", "divergent", "delivery", "dead_letters"):
        del config[section]
    for name in ("group", "topics"):
        del config["kafka"][name]
    return config


def run(context):
    story(context)
    load(context)
    members(context)
    no_records(context)


def story(context):
    world = context.world("packages")
    customers = make_customers(world, {name: SECRET for name in LATENCIES})
    context.own(customers)
    world.run_sql("packages.sql", "logistics")
    capture = world.service_of("capture", capture_config(world), verb="capture")
    deliver = world.service_of("deliver", deliver_config(world, customers), verb="deliver")
    told = PackagesStory(world, parked=f"{world.prefix}.parked", topic=topic_of(world))
    told.run(capture, deliver, customers)
    context.figure("p99_alone_ms", round(told.p99[0] * 1000))
    context.figure("p99_beside_slow_ms", round(told.p99[1] * 1000))
    context.watch_memory(deliver)
    context.check(deliver.stop() == 0 and capture.stop() == 0, deliver.log_end())
    missing_parked_topic(context, world, deliver)


def missing_parked_topic(context, world, deliver):
    """One that was deleted is not made anew, empty, in silence."""
    topic = f"{world.prefix}.parked.customer2"
    world.kafka.delete_topics([topic])
    deliver.ended = False
    deliver.start()

    def missed():
        status, text = deliver.ready_text()
        if status == 200 or f"topic {topic} is not there any more" not in text:
            raise Failure(f"{status} {text}")
        return True
    wait_until("the deleted topic to be missed", missed, 30)
    context.check(topic not in world.kafka.topics(), "it was made anew")
    context.check(deliver.stop() == 0, deliver.log_end())


def load(context):
    """Customers fail in turn while both processes are killed; every row is taken once, in order."""
    world = context.world("packagesload")
    world.run_sql("packages.sql", "logistics")
    customers = context.own(Customers(world.folder, {"customer1": 0.02, "customer2": 1, "customer3": 0.02},
                                      secrets={name: SECRET for name in LATENCIES})).start()
    config = deliver_config(world, customers, **{"window.records": 20, "request.timeout": "3s",
                                                 "breaker.pause.max": "2s", "park.after": "500ms"})
    capture = world.service_of("capture0", capture_config(world), verb="capture").start_ready()
    deliver = world.service_of("deliver0", config, verb="deliver").start()
    chance = random.Random(context.seed)
    trouble = [("customer1", {"status": 503, "latency": 0}), ("customer2", {"reply": "never"}),
               ("customer3", {"reply": "garbage"}), ("customer1", {"reply": "reset"}),
               ("customer3", {"status": 404, "latency": 0}), ("customer2", {"status": 429, "latency": 0})]
    chance.shuffle(trouble)
    for kill in range(KILLS):
        name, mode = trouble[kill % len(trouble)]
        customers.behave(name, **mode, times=30)
        world.database.run(walk(kill * PACKAGES // KILLS, (kill + 1) * PACKAGES // KILLS))
        before = len(accepted(customers.received()))
        wait_until("some to be taken", lambda seen=before: len(accepted(customers.received())) > seen + 5, 60)
        deliver.kill()
        if kill % 2:
            capture.kill()
            capture = world.service_of(f"capture{kill + 1}", capture_config(world), verb="capture").start_ready()
        deliver = world.service_of(f"deliver{kill + 1}", config, verb="deliver").start()
    for name in customers.latencies:
        customers.behave(name)
    rows = [tuple(int(part) if part.isdigit() else part for part in line.split("|"))
            for line in world.database.run(
                "select id, package_id, customer from package_status order by id").splitlines()]

    def judged():
        for service in world.services:
            service.check_running()
        return judge(customers.received(), rows)
    taken, repeats = wait_until("every status to be taken in order", judged, 180, every=1)
    context.figure("statuses", taken)
    context.figure("repeats", repeats)
    context.watch_memory(deliver)
    say(f"{taken} statuses taken once each after {KILLS} kills of sluice deliver, in order; {repeats} repeats")
    context.check(deliver.stop() == 0, deliver.log_end())


def walk(begin, end):
    """Statements that walk these packages side by side."""
    statements = []
    for step, status in enumerate(("Package Posted", "In Transit", "Package Delivered")):
        for package in range(begin, end):
            statements.append(
                "insert into package_status (package_id, customer, status, actual_address, next_address) values "
                f"({package}, 'customer{package % 3 + 1}', '{status}', 'stop {step}', 'stop {step + 1}');")
    return "\n".join(statements)


def envelope(row, operation="c"):
    return json.dumps({"before": None, "after": row, "source": {"ts_ms": 5}, "op": operation, "ts_ms": 6}).encode()


def members(context):
    """Members share the topic: one is killed, one sleeps through the loss of its partitions, one is stopped."""
    world = context.world("packagesmembers")
    topic = topic_of(world)
    world.kafka.create_topic(topic, PARTITIONS)
    customers = context.own(Customers(world.folder, {"customer1": 0.02, "customer2": 0.3, "customer3": 0.02},
                                      secrets={name: SECRET for name in LATENCIES})).start()
    every = PARTITIONS * (1 + len(LATENCIES))  # with the parked topics
    first = world.service_of("m0", deliver_config(world, customers, **{
        "window.records": 20, "request.timeout": "3s", "breaker.pause.max": "2s", "park.after": "500ms"}), "deliver")
    rows = []

    def join(name):
        member = first.another(name)
        world.services.append(member)
        return member.start()

    def put(count):
        for _ in range(count):
            number, package = len(rows) + 1, len(rows) * 7 % 60
            customer = f"customer{package % 3 + 1}"
            world.kafka.produce(topic, package % PARTITIONS, b'{"package_id":%d}' % package,
                                envelope({"id": number, "package_id": package, "customer": customer}))
            rows.append((number, package, customer))

    def wait_shared(*wanted):
        """Until all partitions are with these, some with each."""
        def shared():
            counts = [member.metric("sluice_assigned_partitions") for member in wanted]
            if sum(counts) != every or 0 in counts:
                raise Failure(f"{counts} of {every} partitions are assigned")
            return True
        wait_until("the partitions to be shared", shared, 60)

    first.start_ready()
    second = join("m1")
    put(200)
    wait_shared(first, second)
    customers.behave("customer1", status=503, latency=0, times=20)
    put(300)
    first.kill()
    third = join("m2")
    put(200)
    wait_shared(second, third)
    os.kill(second.pid, signal.SIGSTOP)
    customers.behave("customer3", reply="reset", times=30)
    put(300)
    wait_shared(third)
    os.kill(second.pid, signal.SIGCONT)
    put(200)
    wait_shared(second, third)
    context.check(third.stop() == 0, third.log_end())
    fourth = join("m3")
    put(100)
    wait_shared(second, fourth)

    def judged():
        for service in world.services:
            service.check_running()
        return judge(customers.received(), rows)
    taken, repeats = wait_until("every status to be taken in order", judged, 120, every=1)
    say(f"{taken} statuses taken once each while members came and went, in order; {repeats} repeats")
    context.check(fourth.stop() == 0 and second.stop() == 0, fourth.log_end())


def configured_later(context, world, deliver, customers):
    """A destination that was unknown gets its records by a replay."""
    config = json.loads(deliver.config_path.read_text(encoding="utf-8"))
    config["deliver"]["destinations"]["nobody"] = customers.address("customer1")
    config["deliver"]["secrets"]["nobody"] = SECRET
    path = world.folder / "later.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    done = subprocess.run([str(world.binary), "dlq", "replay", "--reason", "unknown_destination", "-c", str(path), "--json"],
                          capture_output=True, text=True, timeout=60, check=False)
    context.check(done.returncode == 0 and json.loads(done.stdout)["counts"] == {"parked": 1},
                  f"replay: {done.returncode} {done.stdout}{done.stderr}")
    context.check(deliver.stop() == 0, deliver.log_end())
    later = world.service_of("later", config, verb="deliver").start_ready()
    wait_until("it to be taken", lambda: any(json.loads(entry["body"])["id"] == 3
                                             for entry in accepted(customers.received()).values()), 60)
    context.check(later.stop() == 0, later.log_end())
    deliver.ended = False
    deliver.start_ready()


def no_records(context):
    """What is no status has its outcome and its metric, and nothing waits behind it."""
    world = context.world("packagesbad")
    topic = topic_of(world)
    world.kafka.create_topic(topic, 1)
    customers = context.own(Customers(world.folder, {"customer1": 0},
                                      secrets={"customer1": SECRET})).start()
    deliver = world.service_of("deliver", deliver_config(world, customers), verb="deliver").start_ready()
    key = b'{"package_id":1}'
    good = {"id": 1, "package_id": 1, "customer": "customer1", "status": "In Transit"}
    for value in (None, b"no json", b"{}", envelope({"id": 2, "package_id": 1}),
                  envelope({"id": 3, "package_id": 1, "customer": "nobody"}),
                  json.dumps({"before": good, "after": None, "source": {"ts_ms": 5}, "op": "d"}).encode(),
                  envelope(good)):
        world.kafka.produce(topic, 0, key, value)
    world.kafka.produce(topic, 0, None, envelope({**good, "id": 4}))
    wanted = {"bad_json": 1, "not_an_envelope": 1, "no_destination": 1, "unknown_destination": 1, "null_key": 1}

    def counted():
        letters = {reason: deliver.metric("sluice_dead_letters_total", reason=reason) for reason in wanted}
        skipped = {rule: deliver.metric("sluice_records_skipped_total", rule=rule)
                   for rule in ("tombstone", "deleted")}
        if letters != wanted or skipped != {"tombstone": 1, "deleted": 1}:
            raise Failure(f"dead letters {letters}, skipped {skipped}")
        return True
    wait_until("each to have its outcome", counted, 60)
    wait_until("the good one", lambda: len(accepted(customers.received())) == 1, 30)
    wait_until("all to be committed", lambda: world.kafka.committed(world.group).get((topic, 0)) == 8, 30)
    letters = world.kafka.records(world.dead_letters, world.kafka.topics()[world.dead_letters])
    reasons = sorted(dict(letter.headers)["sluice.reason"].decode() for letter in letters)
    context.check(reasons == sorted(wanted), f"the dead letters say {reasons}")
    configured_later(context, world, deliver, customers)
    # A customer that says no to everything is left alone, and does not drain the topic into the dead letters.
    customers.behave("customer1", status=422, latency=0)
    for number in range(60):
        world.kafka.produce(topic, 0, b'{"package_id":%d}' % (100 + number),
                            envelope({**good, "id": 100 + number, "package_id": 100 + number}))
    wait_until("the customer to be left alone",
               lambda: deliver.metric("sluice_breaker_open", destination="customer1") == 1, 30)
    refused = deliver.metric("sluice_dead_letters_total", reason="delivery_refused")
    context.check(refused <= 20, f"{refused:.0f} of 60 are dead letters already")
    customers.behave("customer1")
    wait_until("the rest to be taken", lambda: deliver.metric("sluice_parked_records") == 0
               and deliver.metric("sluice_breaker_open") == 0, 60)
    context.check(deliver.stop() == 0, deliver.log_end())
