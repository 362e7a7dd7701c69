"""Our own source and Debezium tell the same changes by the same records, but for a written list."""
import concurrent.futures
import pathlib
import re
import time

from harness import allowed, differ, unwrap
from harness.connector import Connector, demo_request
from harness.console import Failure, say, wait_until
from harness.service import Service, free_port

SQL = pathlib.Path(__file__).resolve().parents[1] / "sql" / "differential.sql"
SCHEMAS = ("public", "other")
# Topics with more than one partition, which show that both choose the same one for a key. Not where
# keys have a schema, which holds the prefix, nor where records are compared by their offsets.
WIDE = {"public.people": 3, "public.items": 3}

# Options of one name and meaning in both sources. `a` and `b` are the defaults of Debezium.
COMMON = {
    "skipped.operations": "none", "provide.transaction.metadata": "true",
    "heartbeat.interval.ms": "1000", "publication.autocreate.mode": "filtered",
    "schema.include.list": ",".join(SCHEMAS), "snapshot.mode": "initial",
}
VARIANTS = {
    "a": {},
    "b": {"key.converter.schemas.enable": "true", "value.converter.schemas.enable": "true"},
    "c": {"value.converter.schemas.enable": "true", "decimal.handling.mode": "string",
          "time.precision.mode": "isostring", "interval.handling.mode": "string",
          "binary.handling.mode": "hex", "hstore.handling.mode": "map",
          "provide.transaction.metadata": "false",
          "include.unknown.datatypes": "true"},
    "d": {"tombstones.on.delete": "false", "decimal.handling.mode": "double", "time.precision.mode": "connect",
          "binary.handling.mode": "base64-url-safe", "include.unknown.datatypes": "true"},
    "e": {"value.converter.schemas.enable": "true", "time.precision.mode": "microseconds",
          "binary.handling.mode": "base64", "money.fraction.digits": "3"},
}
# The variant whose topics of one schema are renamed: by RegexRouter, and by topic.routing. Its keys have
# schemas, which keep the names from before.
ROUTED = "b"
# What ExtractNewRecordState is given: rows and messages of the variant that has few bytes in it, for
# Connect's text of bytes does not show them.
UNWRAPPED = "c"
UNWRAPPED_TOPICS = "(" + "|".join(rf"{schema}\..*" for schema in SCHEMAS) + "|message)"
# The transform adds these at the end, for every table alike.
ADDED = re.compile(r"(?:__deleted=|__op=).*$", re.DOTALL)
# In that text: where a snapshot was taken, bytes, a generated column, and in messages the clocks.
NEUTRAL = ((re.compile(r"(__op=r,.*?__lsn=)\d+(,__txId=)\d+", re.DOTALL), r"\1\2"),
           (re.compile(r"\[B@[0-9a-f]+|java\.nio\.HeapByteBuffer\[[^]]*\]"), "bytes"),
           (re.compile(r",twice=\d+(.*__op=r,.*__topic=PREFIX\.public\.gen,)"), r"\1"),
           (re.compile(r"\b(ts_[mun]s|version)=[^,}]+(?=.*__topic=PREFIX\.message,)"), r"\1="))


class Party:
    """One source in one variant: its prefix, slot and publication have one name."""

    def __init__(self, world, variant, role):
        self.world, self.variant, self.role = world, variant, role
        self.name = f"{world.name}_{variant}{role}"
        self.source = None

    def start(self):
        options = {**COMMON, **VARIANTS[self.variant], "topic.prefix": self.name,
                   "slot.name": self.name, "publication.name": self.name,
                   "database.dbname": self.world.database.name}
        if "value.converter.schemas.enable" not in VARIANTS[self.variant]:
            for table, partitions in WIDE.items():
                self.world.kafka.create_topic(f"{self.name}.{table}", partitions)
        if self.role == "d":
            self._start_debezium(options)
        else:
            self._start_own(options)
        return self

    def _start_debezium(self, options):
        config = {name: value for name, value in demo_request()["config"].items()
                  if not name.endswith((".handling.mode", ".precision.mode", "table.include.list"))}
        config.update(options)
        config["poll.interval.ms"] = "20"
        if self.variant == ROUTED:
            regex, replacement = self.routing()
            config.update({"transforms": "route", "transforms.route.regex": regex,
                           "transforms.route.replacement": replacement,
                           "transforms.route.type": "org.apache.kafka.connect.transforms.RegexRouter"})
        Connector(self.world.stack, self.name, config).register()

    def _start_own(self, options):
        world = self.world
        config = {
            **{name: value.split(",") if name in ("schema.include.list", "skipped.operations")
               else {"true": True, "false": False}.get(value, value)
               for name, value in options.items()},
            "kafka.brokers": [world.stack.kafka],
            "database.hostname": world.database.host, "database.port": world.database.port,
            "database.user": world.database.user,
            "heartbeat.interval.ms": int(options["heartbeat.interval.ms"]),
            "producer.compression.type": "none",  # so that the harness can read the records
            "capture.positions.topic": f"{self.name}-positions",
            "http": {"port": free_port()},
        }
        if self.variant == ROUTED:
            config["topic.routing.regex"], config["topic.routing.replacement"] = self.routing()
        if self.role == "c":
            config["compat.debezium"] = [".*"]
        self.source = Service(world.binary, self.name, world.folder, config, verb="capture").start()
        world.services.append(self.source)

    def routing(self):
        return rf"{self.name}\.other\.(.*)", f"{self.name}.moved.$1"

    def topics(self):
        """{topic: partitions} of all that it publishes to."""
        return {topic: count for topic, count in self.world.kafka.topics().items()
                if topic.startswith(self.name + ".") or topic.endswith("." + self.name)}

    def published(self, only=lambda topic: True):
        if self.source:
            self.source.check_running()
        return sum(sum(self.world.kafka.offsets(topic, count).values())
                   for topic, count in self.topics().items() if only(topic))

    def records(self):
        return {topic: self.world.kafka.records(topic, count)
                for topic, count in self.topics().items()}

    def side(self):
        return differ.Side(self.name, self.records(), self.topics())


def run(context):
    world = context.world("differential")
    world.database.create()
    existing, changes = SQL.read_text(encoding="utf-8").split("-- existing\n")
    world.database.run(existing)
    parties = [Party(world, variant, role) for variant in VARIANTS for role in "dco"]
    with concurrent.futures.ThreadPoolExecutor(len(parties)) as pool:
        list(pool.map(Party.start, parties))
    wait_snapshots(world, parties)
    say(f"{len(parties)} sources have told what exists")
    steps = 0
    for step in changes.split("-- sync\n"):
        if step.strip():
            steps += 1
            world.database.run(step + f"\ninsert into marker values ({steps});")
            wait_until("every source to tell the changes", lambda: all_told(parties, steps), 60,
                       every=0.05)
    say(f"{steps} steps of changes told by all")
    wait_until("a heartbeat of each", lambda: all(
        party.published(lambda topic: "heartbeat" in topic) for party in parties), 30)
    failures, seen = [], {"heartbeat"}
    for variant in VARIANTS:
        theirs, compat, own = (party.side() for party in parties if party.variant == variant)
        failures += compare(context, f"{variant}, compatible", theirs, compat, allowed.COMPATIBLE, seen)
        failures += compare(context, f"{variant}, by default", theirs, own, allowed.DEFAULT, seen)
    failures += [f"{kind.name} is on the list and was not seen: take it off"
                 for kind in allowed.DEFAULT if kind.name not in seen]
    failures += compare_unwrapped(context, world, [
        party for party in parties if party.variant == UNWRAPPED])
    context.check(not failures, "\n".join(failures))


def compare_unwrapped(context, world, parties):
    """ExtractNewRecordState makes the same of our topics as of Debezium's."""
    with concurrent.futures.ThreadPoolExecutor(len(parties)) as pool:
        sinks = list(pool.map(
            lambda party: unwrap.Unwrap(world, party.name, UNWRAPPED_TOPICS).start(), parties))
    # Debezium's snapshot tells a partitioned table's rows once more, in a topic that we do not have.
    theirs, compat, own = (
        {(topic.replace(party.name, "PREFIX"), *place):
         neutral(text.replace(party.name, "PREFIX"))
         for (topic, *place), text in sink.wait(unwrap.expected_records(
             found for topic, found in party.records().items()
             if sink.topics.fullmatch(topic))).items()
         if not topic.endswith(".public.part")}
        for sink, party in zip(sinks, parties))
    say(f"{len(theirs)} records unwrapped by each")
    context.figure("unwrapped", len(theirs))
    added = [{place: "".join(ADDED.findall(text)) for place, text in side.items()}
             for side in (theirs, own)]
    return [*unequal("unwrapped, compatible", theirs, compat),
            *unequal("unwrapped, by default, what the transform adds", *added)]


def neutral(text):
    for pattern, replacement in NEUTRAL:
        text = pattern.sub(replacement, text)
    return text


def unequal(name, theirs, ours):
    lines = [f"{place}: {theirs.get(place)!r:.600} | ours {ours.get(place)!r:.600}"
             for place in sorted(theirs.keys() | ours.keys())
             if theirs.get(place) != ours.get(place)]
    return [f"{name}: {len(lines)} differ\n  " + "\n  ".join(lines[:20])] if lines else []


def wait_snapshots(world, parties):
    def count(kinds):
        tables = world.database.run(
            "select oid::regclass from pg_class where relnamespace::regnamespace::text in "
            f"({', '.join(map(repr, SCHEMAS))}) and relkind in ({kinds})").splitlines()
        return int(world.database.run(
            "select " + " + ".join(f"(select count(*) from {table})" for table in tables)))
    # Debezium reads partitioned tables, and their partitions once more.
    rows = {"d": count("'r', 'p'"), "c": count("'r'"), "o": count("'r'")}

    def told():
        for party in parties:
            found = party.published(lambda topic: "heartbeat" not in topic)
            if found < rows[party.role]:
                raise Failure(f"{party.name} has published {found} of {rows[party.role]}")
        idle = world.database.run("select slot_name from pg_replication_slots where not active "
                                  f"and starts_with(slot_name, '{world.name}')")
        if idle:
            raise Failure(f"not streaming: {idle.split()}")
        return True
    wait_until("the rows that exist to be published", told, 120, every=0.3)


def all_told(parties, steps):
    for party in parties:
        if party.source:
            party.source.check_running()
        topic = f"{party.name}.public.marker"
        try:
            found = party.world.kafka.offsets(topic, 1)[0]
        except Failure:
            found = 0
        if found < steps:
            raise Failure(f"{party.name} is at step {found} of {steps}")
    return True


def compare(context, name, theirs, ours, kinds, seen, of_kind=differ.Differ):
    """Prints what was compared; returns what is not allowed to differ, as texts.

    The kinds of differences that were met are added to `seen`.
    """
    began = time.monotonic()
    comparison = of_kind(theirs, ours)
    counts, rest = differ.sort_out(comparison.differences(), kinds)
    seen.update(counts)
    say(f"{name}: {len(theirs.topics)} topics, {comparison.records} records compared in "
        f"{time.monotonic() - began:.1f} s, {len(rest)} differences that are not allowed; allowed: "
        + (", ".join(f"{kind} {count}" for kind, count in sorted(counts.items())) or "none"))
    context.figure(re.sub(r"\W+", "_", name), comparison.records)
    return [f"{name}:\n  {differ.describe(rest)}"] if rest else []
