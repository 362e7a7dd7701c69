"""What differs between two sources' records, place by place, and which of it is allowed to."""
import collections
import dataclasses
import difflib
import json
import re

MISSING = "(missing)"
# Members that differ wherever two processes meet the same moment. Where nothing else differs, the
# bytes have to be the same but for them.
PASSING = ("ts_ms", "ts_us", "ts_ns", "lsn", "txId", "version", "sequence")
PASSING_TEXT = re.compile(rf'"({"|".join(PASSING)})":(?:\d+|"(?:[^"\\]|\\.)*")')
# How Debezium names a message where it counts events by table.
MESSAGE_OBJECT = re.compile(r"io\.debezium\.connector\.postgresql\.LogicalDecodingMessageMonitor\$"
                            r"LogicalDecodingMessageId@[0-9a-f]+")
SHOWN = 40


class Number(str):
    """A JSON number as it is written: 1.0 and 1.00 are two."""


@dataclasses.dataclass(frozen=True)
class Difference:
    """One place where two records of the same change are not the same."""
    topic: str
    partition: object  # "?" for records without a key in a topic of several
    number: int  # of the record in its partition
    part: str  # record, key, key schema, value, value schema, header
    path: tuple
    theirs: object
    ours: object
    op: str = ""

    @property
    def name(self):
        """The last member's name."""
        return self.path[-1] if self.path else ""

    def __str__(self):
        where = ".".join(map(str, self.path))
        return (f"{self.topic}-{self.partition} record {self.number} op {self.op or '-'}, {self.part} "
                f"{where}: {self.theirs!r:.200} | ours {self.ours!r:.200}")


@dataclasses.dataclass(frozen=True)
class Kind:
    """Differences that are allowed, and why."""
    name: str
    reason: str
    holds: object  # Difference -> bool


def parse(text):
    """What is no JSON is itself."""
    try:
        return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=Number)
    except json.JSONDecodeError:
        return text


def by_name(value):
    """Lists of a schema's fields as mappings, so that a place in them has a name."""
    if isinstance(value, list) and value and all(
            isinstance(item, dict) and "field" in item for item in value):
        return {item["field"]: by_name(item) for item in value}
    if isinstance(value, list):
        return [by_name(item) for item in value]
    if isinstance(value, dict):
        return {name: by_name(item) for name, item in value.items()}
    return value


def by_collection(value):
    """Transaction metadata's counts by collection; none: it is no such list."""
    if isinstance(value, list) and value and all(
            isinstance(item, dict) and "data_collection" in item for item in value):
        return sorted(value, key=lambda item: MESSAGE_OBJECT.sub("message", item["data_collection"]))
    return None


def tree_differences(theirs, ours, path=()):
    """(path, theirs, ours) of every leaf that differs, and of every other order of members."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in [*theirs, *(name for name in ours if name not in theirs)]:
            yield from tree_differences(theirs.get(name, MISSING), ours.get(name, MISSING),
                                        (*path, name))
        shared = [[name for name in one if name in other]
                  for one, other in ((theirs, ours), (ours, theirs))]
        if shared[0] != shared[1]:
            yield (*path, "(order)"), shared[0], shared[1]
    elif by_collection(theirs) and by_collection(ours) and len(theirs) == len(ours):
        names = [[MESSAGE_OBJECT.sub("message", item["data_collection"]) for item in side]
                 for side in (theirs, ours)]
        if names[0] != names[1]:
            yield (*path, "(order)"), *names
        for number, (one, other) in enumerate(zip(by_collection(theirs), by_collection(ours))):
            yield from tree_differences(one, other, (*path, number))
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for number, (one, other) in enumerate(zip(theirs, ours)):
            yield from tree_differences(one, other, (*path, number))
    elif type(theirs) is not type(ours) or theirs != ours:
        yield path, theirs, ours


class Side:
    """One source's records, with its prefix replaced by a neutral one."""

    def __init__(self, prefix, records, partitions):
        """`records`: {topic: [harness.kafka.Record]}; `partitions`: {topic: how many}"""
        self.prefix = prefix
        self.streams = collections.defaultdict(list)
        self.topics = {self.plain(topic) for topic in records}
        for topic, found in records.items():
            for record in found:
                # Without a key it goes to any partition.
                free = record.key is None and partitions[topic] > 1
                self.streams[(self.plain(topic), "?" if free else record.partition)].append(record)

    def plain(self, text):
        return text.replace(self.prefix, "PREFIX")

    def text(self, data):
        return None if data is None else self.plain(data.decode("utf-8"))


class Differ:
    """Compares two sides record by record, and counts."""

    def __init__(self, theirs, ours):
        self.theirs, self.ours = theirs, ours
        self.records = 0

    def differences(self):
        for topic in sorted(self.theirs.topics ^ self.ours.topics):
            present = topic in self.theirs.topics
            yield Difference(topic, 0, 0, "topic", (), topic if present else MISSING,
                             MISSING if present else topic)
        for place in sorted(self.theirs.streams.keys() | self.ours.streams.keys(), key=str):
            yield from self._stream(place, self.theirs.streams.get(place, []),
                                    self.ours.streams.get(place, []))

    def _stream(self, place, theirs, ours):
        left = [self._sign(self.theirs, record) for record in theirs]
        right = [self._sign(self.ours, record) for record in ours]
        matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
        for tag, i, i_end, j, j_end in matcher.get_opcodes():
            paired = min(i_end - i, j_end - j)
            for step in range(paired):
                self.records += 1
                yield from self._record(place, i + step, theirs[i + step], ours[j + step])
            for number in range(i + paired, i_end):
                yield Difference(*place, number, "record", (), left[number], MISSING,
                                 left[number][1])
            for number in range(j + paired, j_end):
                yield Difference(*place, number, "record", (), MISSING, right[number],
                                 right[number][1])

    def _sign(self, side, record):
        """What makes records of two sources be of the same change: key, operation, position."""
        value = side.text(record.value)
        if value is None:
            return side.text(record.key), "tombstone", None
        payload = value[value.rfind('"payload":') if '"payload":' in value else 0:]
        op = re.findall(r'"op":"(\w)"', payload)
        lsn = re.findall(r'"lsn":(\d+)', payload)
        if op and op[-1] == "r":
            lsn = []
        return side.text(record.key), op[-1] if op else "", lsn[0] if lsn else None

    def _record(self, place, number, theirs, ours):
        op = self._sign(self.theirs, theirs)[1]

        def at(part, path, one, other):
            return Difference(*place, number, part, path, one, other, op)
        for part, one, other in (("key", theirs.key, ours.key), ("value", theirs.value, ours.value)):
            for suffix, path, a, b in self._texts(self.theirs.text(one), self.ours.text(other)):
                yield at(part + suffix, path, a, b)
        yield from (at("header", path, a, b) for path, a, b in tree_differences(
            *({name: side.text(value) for name, value in record.headers}
              for side, record in ((self.theirs, theirs), (self.ours, ours)))))

    def _texts(self, theirs, ours):
        """(" schema" or "", path, theirs, ours)"""
        if theirs == ours:
            return
        if theirs is None or ours is None:
            yield "", (), theirs, ours
            return
        one, other = parse(theirs), parse(ours)
        paths = []
        if all(isinstance(value, dict) and value.keys() == {"schema", "payload"}
               for value in (one, other)):
            for path, a, b in tree_differences(by_name(one["schema"]), by_name(other["schema"])):
                paths.append(path)
                yield " schema", path, a, b
            one, other = one["payload"], other["payload"]
        for path, a, b in tree_differences(one, other):
            paths.append(path)
            yield "", path, a, b
        if all(path and path[-1] in PASSING for path in paths):
            theirs, ours = (PASSING_TEXT.sub(r"\1", text) for text in (theirs, ours))
            if theirs != ours:
                yield "", ("(bytes)",), *first_difference(theirs, ours)


def first_difference(one, other):
    at = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    return one[max(0, at - 20):at + 60], other[max(0, at - 20):at + 60]


def sort_out(differences, kinds):
    """({kind: count}, [differences of no kind])"""
    counts, rest = collections.Counter(), []
    for difference in differences:
        for kind in kinds:
            if kind.holds(difference):
                counts[kind.name] += 1
                break
        else:
            rest.append(difference)
    return counts, rest


def describe(rest):
    """The differences that are not allowed, those of one place and kind only once."""
    groups = {}
    for difference in rest:
        place = (difference.topic, difference.part, difference.op,
                 tuple(step for step in difference.path if isinstance(step, str)))
        groups.setdefault(place, []).append(difference)
    lines = [f"{found[0]}" + (f"  ({len(found)} times)" if len(found) > 1 else "")
             for found in groups.values()]
    more = f"\n  … and {len(lines) - SHOWN} more places" if len(lines) > SHOWN else ""
    return "\n  ".join(lines[:SHOWN]) + more
