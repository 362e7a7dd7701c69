"""Events of committed transactions land in the topic and index of their kind, once, and no others.

The story of `scripts/quickstart outbox`, then a load in which half of the transactions roll back
while source and index are killed; each event is judged by its record in the topic and its document.
In the end a topic that rows name is deleted, which halts the source until it is accepted.
"""
import json
import subprocess

from harness.console import Failure, say, wait_until
from harness.outbox_story import TABLES, OutboxStory
from harness.stack import SLUICE
from harness.world import merge

SOURCE = SLUICE
TRANSACTIONS = 600
KILLS = 3
LOADED = "load"  # the kind of the events of the load
HALTED = 3


def outbox_of(world):
    return {"table.include.list": [r"public\.events"],
            "route.topic.replacement": world.prefix + ".event.$${routedByValue}"}


def config_of(world, identity):
    """Both halves, as configs/outbox.yaml has them, under the case's names."""
    config = world.capture_config(
        TABLES, status={"update.interval.ms": 500}, outbox=outbox_of(world))
    merge(config, world.config(
        kafka={"topics": {"regex": world.prefix + r"\.(event\..*|public\.transactions)"}},
        event={"documents": {"topics.regex": world.prefix + r"\.event\..*", "id": identity}}))
    return config


def run(context):
    world = context.world("outboxstory")
    service = world.service_of("run", config_of(world, "key"))
    OutboxStory(world).run(service)
    context.check(service.stop() == 0, service.log_end())
    context.watch_memory(service)
    load(context)
    topic_deleted(context)


def topic_deleted(context):
    """A topic that rows name is deleted: the next event for it halts, and the printed cure cures."""
    world = context.world("outboxgone")
    world.run_sql("outbox.sql", "workshop")
    config = world.capture_config(TABLES, outbox=outbox_of(world),
                                  capture={"guardian.interval": "1s"})  # how soon topics are recorded
    topic = f"{world.prefix}.event.user"

    def write(key):
        world.database.run("insert into events (aggregatetype, aggregateid, payload) "
                           f"values ('user', '{key}', '{{}}')")

    def keys():
        partitions = world.kafka.topics().get(topic)
        return partitions and [json.loads(record.key) for record in world.kafka.records(topic, partitions)]

    def recorded():
        values = {record.key: record.value for record in world.kafka.records(f"{world.prefix}.positions")}
        return json.loads(values[f"{world.prefix}/{world.slot}/topics".encode()])["topics"]

    def accept(*words):
        return subprocess.run([*service.command[:1], "capture", "accept", *words, *service.command[2:]],
                              capture_output=True, text=True, timeout=60, check=False)

    service = world.service_of("gone0", config, verb="capture").start_ready()
    write("before")
    wait_until("the topic to be recorded", lambda: recorded().get(topic), 30)
    context.check(keys() == ["before"], f"the topic holds {keys()}")
    world.kafka.delete_topics([topic])
    write("after")
    code = service.wait_end()
    service.ended = True
    context.check(code == HALTED, f"it ended with {code}: {service.log_end()}")
    for word in (f"topic {topic} was deleted", "sluice capture accept --all"):
        context.check(word in service.log_text(), f"the halt does not say '{word}': {service.log_end()}")
    done = accept("--all")
    context.check(done.returncode == 0 and f"topic {topic} is accepted without" in done.stdout,
                  f"accept: {done.returncode} {done.stdout}{done.stderr}")
    service = world.service_of("gone1", config, verb="capture").start_ready()
    wait_until("the event behind the halt", lambda: keys() == ["after"], 60)
    context.check(service.stop() == 0, service.log_end())


def load(context):
    """Each event is a document, found by its id."""
    world = context.world("outboxload")
    world.run_sql("outbox.sql", "workshop")
    world.database.run("insert into transactions (price, status) values (0, 'before')")  # makes a topic
    config = config_of(world, "header")
    service = world.service_of("load0", config).start_ready()
    for kill in range(KILLS):
        write(world, kill * TRANSACTIONS // KILLS, (kill + 1) * TRANSACTIONS // KILLS)
        wait_until("events to arrive", lambda: service.metric("sluice_events_total", kind="create") > 0, 60)
        service.kill()
        service = world.service_of(f"load{kill + 1}", config).start_ready()
    judge(context, world)
    context.watch_memory(service)
    context.check(service.stop() == 0, service.log_end())


def write(world, begin, end):
    """Transactions of one row and one event each; every other one rolls back."""
    statements = []
    for number in range(begin, end):
        payload = json.dumps({"event": "completed", "number": number})
        statements.append(
            "begin; "
            f"insert into transactions (price, status) values ({number}, 'completed'); "
            "insert into events (aggregatetype, aggregateid, payload) "
            f"values ('{LOADED}', '{number % 7}', '{payload}'); "
            + ("rollback;" if number % 2 else "commit;"))
    world.database.run("\n".join(statements))


def judge(context, world):
    topic = f"{world.prefix}.event.{LOADED}"
    ids = dict(line.split("|") for line in world.database.run(
        "select id, payload->>'number' from events").splitlines())
    wanted = {key: {"event": "completed", "number": int(number)} for key, number in ids.items()}
    context.check(len(wanted) == TRANSACTIONS // 2, f"{len(wanted)} events were committed")

    def equal():
        for running in world.services:
            running.check_running()
        found = world.search.documents(topic.lower())
        if found != wanted:
            raise Failure(f"{len(found)} of {len(wanted)} events are found; too many: "
                          f"{sorted(found.keys() - wanted.keys())[:5]}")
        return True
    wait_until("the events' documents", equal, 120, every=0.5)

    records = world.kafka.records(topic, world.kafka.topics()[topic])
    told, last = {}, {}
    for record in records:
        key = dict(record.headers)["id"].decode()
        number = json.loads(json.loads(record.value))["number"]
        context.check(key in ids, f"an event that was rolled back is in the topic: {record}")
        context.check(json.loads(record.key) == str(number % 7), f"it has another key: {record}")
        told[key] = told.get(key, 0) + 1
        last[record.key] = number
    context.check(told.keys() == ids.keys(), f"{len(told)} of {len(ids)} events are in the topic")
    newest = {json.dumps(str(n % 7)).encode(): n for n in sorted(map(int, ids.values()))}
    context.check(last == newest, f"the last records by key are {last}, not {newest}")
    again = sum(told.values()) - len(told)
    context.figure("events", len(told))
    context.figure("told_again", again)
    say(f"{len(told)} events of {TRANSACTIONS} transactions, each found once; {again} records were told "
        f"again after {KILLS} kills, none of the {TRANSACTIONS - len(told)} that rolled back")
