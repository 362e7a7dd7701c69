"""Our outbox router and Debezium's EventRouter make the same events, but for a written list."""
import concurrent.futures
import json
import pathlib
import subprocess
import time

from cases.differential import compare
from harness import allowed_outbox, differ, web
from harness.connector import Connector, demo_request
from harness.console import Failure, say, wait_until
from harness.service import Service, free_port

SQL = pathlib.Path(__file__).resolve().parents[1] / "sql" / "outbox.sql"
ROUTER = "io.debezium.transforms.outbox.EventRouter"
STRINGS = "org.apache.kafka.connect.storage.StringConverter"
TABLES = "public.events,public.notes"
HALTED = 3

COMMON = {"snapshot.mode": "initial", "publication.autocreate.mode": "filtered"}
# What the router is told, under the names that both have; `wide` topics have three partitions.
VARIANTS = {
    "a": {"router": {}, "roles": "dco"},
    "b": {"router": {"table.fields.additional.placement": "type:header:eventType,id:header,version:envelope:v,"
                                                          "part:envelope",
                     "table.field.event.schema.version": "version"},
          "schemas": True, "roles": "dco"},
    "c": {"router": {"table.expand.json.payload": "true", "route.tombstone.on.empty.payload": "true",
                     "table.field.event.timestamp": "at",
                     "table.fields.additional.placement": "at:header,part:partition,gone:header",
                     "table.field.additional.missing": "ignore"},
          "wide": True, "roles": "dco"},
    "d": {"router": {"table.field.event.key": "type", "table.field.event.payload": "payload",
                     "route.topic.regex": "([A-Za-z]?)(?<rest>.*)"},
          "replacement": "{name}.event.$1-${{rest}}", "strings": True, "roles": "do"},
    "e": {"router": {"table.expand.json.payload": "true",
                     "table.json.payload.null.behavior": "optional_bytes",
                     "table.json.payload.empty.array.behavior": "optional_string"},
          "schemas": True, "roles": "dco"},
}
TYPES = ("Order", "user", "product", "Note", "a.b-c", "", "Nmarker")
MARKER = "Nmarker"  # what is routed so tells how far a source is
# What ends the real router's task, and what becomes of the same with us:
# (name, settings, event, word of its trace, our value or None for a halt).
POISON = (
    ("array", {"table.expand.json.payload": "true"}, "('Order', '1', '[1, 2]')", "", [1, 2]),
    ("number", {"table.expand.json.payload": "true"},
     "('Order', '1', '{\"n\": 12345678901234567890}')", "", {"n": 12345678901234567890}),
    ("topic", {}, "('a/b', '1', '{}')", "a/b", None),
)


class Party:
    """One source in one variant: its prefix, slot and publication have one name."""

    def __init__(self, world, variant, role, settings=None):
        self.world, self.role = world, role
        self.settings = settings or VARIANTS[variant]
        self.name = f"{world.name}_{variant}{role}"
        self.source = None

    def router(self):
        replacement = self.settings.get("replacement", "{name}.event.${{routedByValue}}")
        return {**self.settings["router"], "route.topic.replacement": replacement.format(name=self.name)}

    def start(self):
        if self.settings.get("wide"):
            for kind in TYPES:
                self.world.kafka.create_topic(f"{self.name}.event.{kind}", 3)
        self.start_debezium() if self.role == "d" else self.start_own()
        return self

    def names(self):
        return {**COMMON, **self.settings.get("names", {}), "topic.prefix": self.name, "slot.name": self.name,
                "publication.name": self.name, "database.dbname": self.world.database.name}

    def start_debezium(self):
        config = {name: value for name, value in demo_request()["config"].items()
                  if not name.endswith((".handling.mode", ".precision.mode", "skipped.operations"))}
        config.update(self.names())
        config.update({"table.include.list": TABLES, "poll.interval.ms": "20",
                       "transforms": "outbox", "transforms.outbox.type": ROUTER})
        for side in ("key", "value"):
            config[f"{side}.converter.schemas.enable"] = str(self.settings.get("schemas", False)).lower()
            if self.settings.get("strings"):
                config[f"{side}.converter"] = STRINGS
        config.update({f"transforms.outbox.{name}": value for name, value in self.router().items()})
        self.connector = Connector(self.world.stack, self.name, config)
        self.connector.register()

    def config(self):
        world = self.world
        config = {
            **self.names(), "kafka.brokers": [world.stack.kafka],
            "table.include.list": TABLES.split(","),
            "database.hostname": world.database.host, "database.port": world.database.port,
            "database.user": world.database.user,
            "producer.compression.type": "none",  # so that the harness can read the records
            "capture.positions.topic": f"{self.name}-positions",
            "outbox.table.include.list": TABLES.split(","),
            "http": {"port": free_port()},
        }
        for name, value in self.router().items():
            config[f"outbox.{name}"] = {"true": True}.get(value, value.replace("${", "$${"))
        placement = "outbox.table.fields.additional.placement"
        if placement in config:
            config[placement] = config[placement].split(",")
        for side in ("key", "value"):
            config[f"{side}.converter.schemas.enable"] = self.settings.get("schemas", False)
            if self.settings.get("strings"):
                config[f"outbox.{side}.format"] = "text"
        if self.role == "c":
            config["compat.debezium"] = [".*"]
        config.update(self.settings.get("own", {}))
        return config

    def start_own(self):
        self.source = Service(self.world.binary, self.name, self.world.folder, self.config(),
                              verb="capture").start()
        self.world.services.append(self.source)

    def topics(self):
        return {topic: count for topic, count in self.world.kafka.topics().items()
                if topic.startswith(self.name + ".")}

    def records(self):
        return {topic: self.world.kafka.records(topic, count)
                for topic, count in self.topics().items()}

    def published(self):
        if self.source:
            self.source.check_running()
        return sum(sum(self.world.kafka.offsets(topic, count).values())
                   for topic, count in self.topics().items())

    def markers(self):
        """How many steps it has told."""
        if self.source:
            self.source.check_running()
        marker = next((topic for topic in self.topics() if topic.endswith("marker")), None)
        if marker is None:
            return 0
        return sum(self.world.kafka.offsets(marker, self.topics()[marker]).values())

    def side(self):
        records = {topic: found for topic, found in self.records().items() if found}
        return differ.Side(self.name, records, self.topics())


class EventDiffer(differ.Differ):
    """Events are the same that have one id, whatever their keys."""

    def _sign(self, side, record):
        return side.text(dict(record.headers).get("id")), "", None


def run(context):
    world = context.world("outbox")
    world.database.create()
    existing, changes = SQL.read_text(encoding="utf-8").split("-- existing\n")
    world.database.run(existing)
    parties = [Party(world, variant, role) for variant, settings in VARIANTS.items()
               for role in settings["roles"]]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(Party.start, parties))
    for party in parties:
        wait_until(f"{party.name} to publish the rows that exist",
                   lambda party=party: party.published() >= 2, 120, every=0.3)
    wait_until("every slot to be read", lambda: not world.database.run(
        "select slot_name from pg_replication_slots where not active "
        f"and starts_with(slot_name, '{world.name}')"), 60)
    steps = 0
    for step in changes.split("-- sync\n"):
        steps += 1
        world.database.run(f"{step}\ninsert into notes (aggregatetype, aggregateid, payload) "
                           f"values ('{MARKER}', '{steps}', '{steps}');")
        wait_until("every source to tell the events", lambda: all_told(parties, steps), 120,
                   every=0.1)
    say(f"{steps} steps of events told by all")
    failures, seen = [], set()
    for variant in VARIANTS:
        sides = {party.role: party for party in parties if party.name.startswith(f"{world.name}_{variant}")}
        theirs = sides["d"].side()
        for role, kinds, name in (("c", allowed_outbox.COMPATIBLE, "compatible"),
                                  ("o", allowed_outbox.DEFAULT, "by default")):
            if role not in sides:
                continue
            failures += compare(context, f"{variant}, {name}", theirs, sides[role].side(), kinds, seen,
                                EventDiffer)
            failures += unequal_times(f"{variant}, {name}", sides["d"], sides[role])
    failures += [f"{kind.name} is on the list and was not seen: take it off"
                 for kind in allowed_outbox.DEFAULT if kind.name not in seen]
    context.check(not failures, "\n".join(failures))
    fates(context, parties)
    world.stop_services()
    for party in parties:
        if party.role == "d":
            party.connector.remove()
    for poison in POISON:
        poisoned(context, world, *poison)


def all_told(parties, steps):
    for party in parties:
        found = party.markers()
        if found < steps:
            raise Failure(f"{party.name} is at step {found} of {steps}")
    return True


def unequal_times(name, theirs, ours):
    """Records whose event told its time (the header `at`) have it in both."""
    def timed(party):
        return sorted((topic.replace(party.name, ""), record.partition, record.key, record.timestamp)
                      for topic, found in party.records().items() for record in found
                      if dict(record.headers).get("at"))
    one, other = timed(theirs), timed(ours)
    return [] if one == other else [f"{name}: times differ: {one} | ours {other}"]


def fates(context, parties):
    """The metric tells what became of the rows that are no events, and of payloads that are no JSON."""
    for party in parties:
        if not party.source:
            continue
        def told(party=party, **labels):
            return int(party.source.metric("sluice_outbox_events_total", **labels))
        # A changed key is an event anew on compatible tables, and an update on others.
        updates = 2 if party.role == "c" else 3
        context.check(told(fate="updated") == updates, f"{party.name}: {told(fate='updated')} updated")
        context.check(told(fate="deleted") == 1, f"{party.name}: {told(fate='deleted')} deleted")
        context.check(told(fate="unroutable") == 0, f"{party.name}: unroutable")
        expands = "table.expand.json.payload" in party.settings["router"]
        context.check((told(fate="as_text") > 0) == expands, f"{party.name}: {told(fate='as_text')} as_text")
        context.check(f"{party.name}.public.events" not in party.topics(),
                      f"{party.name} has made a topic that nothing is written to")
        made = sum(told(fate=fate) for fate in ("routed", "as_text", "tombstone"))
        context.check(made == party.published(), f"{party.name}: {made} events of {party.published()}")


def poisoned(context, world, name, router, row, word, wanted):
    """What the real router's task does not survive, and what becomes of it with us."""
    settings = {"router": router, "names": {"snapshot.mode": "no_data"}}
    theirs = Party(world, f"p{name}", "d", settings)
    own = Party(world, f"p{name}", "o", settings)
    theirs.start()
    own.start()
    own.source.wait_ready()
    world.database.run(f"insert into events (aggregatetype, aggregateid, payload) values {row}")

    def failed():
        status, text = web.request("GET", f"{theirs.connector.url}/status")
        tasks = json.loads(text)["tasks"] if status == 200 else []
        if not tasks or tasks[0]["state"] != "FAILED":
            raise Failure(text[:300])
        return tasks[0]["trace"]
    trace = wait_until(f"the real router to fail of {name}", failed, 60, every=0.3)
    context.check(word in trace, f"{name}: another failure: {trace[:2000]}")
    say(f"{name}: Debezium's task has failed: " + trace.splitlines()[-1].strip()[:200] + " … "
        + next((line for line in trace.splitlines() if line.startswith("Caused by")), "")[:300])
    theirs.connector.remove()
    if wanted is not None:
        wait_until("our event", lambda: own.published() >= 1, 30)
        record = own.records()[f"{own.name}.event.Order"][0]
        context.check(json.loads(record.value) == wanted, f"{name}: {record.value}")
        own.source.stop()
        return
    code = own.source.wait_end(30)
    own.source.ended = True
    log = own.source.log_text()
    context.check(code == HALTED and "outbox public.events, the row at" in log, f"{code}: {log[-2000:]}")
    kept = Party(world, f"p{name}", "o", {**settings, "own": {"outbox.route.unroutable": "envelope"}})
    kept.start()
    wait_until("the row in the topic of its table", lambda: sum(
        kept.world.kafka.offsets(f"{kept.name}.public.events", 1).values()) >= 1, 30)
    record = kept.records()[f"{kept.name}.public.events"][0]
    context.check(json.loads(record.value)["after"]["aggregatetype"] == "a/b", f"{record.value}")
    wait_until("the metric to tell it", lambda: kept.source.metric(
        "sluice_outbox_events_total", fate="unroutable") == 1, 30)
    kept.source.stop()
    say(f"{name}: our source halts, and tells the row where that is wanted")
