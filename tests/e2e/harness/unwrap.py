"""What a real consumer makes of a source's topics: ExtractNewRecordState, in a sink that writes a file.

The sink writes what the transform hands on as Connect's own text of a struct, one record after the
other, with the place that it was read from at its end. Nulls are not in that text; keys and headers
are not written.
"""
import json
import re

from harness import web
from harness.connector import Connector
from harness.console import Failure, Hopeless, check, wait_until

SINK = "org.apache.kafka.connect.file.FileStreamSinkConnector"
JSON = "org.apache.kafka.connect.json.JsonConverter"
TRANSFORMS = "org.apache.kafka.connect.transforms."
# Bytes have no text of their own in Connect; cast to text they are base64.
BYTES = ("bit8", "vbit")
END = re.compile(r"__topic=([^,]+),__partition=(\d+),__offset=(\d+)\}$")
BEGINNING = re.compile(r"(?<=\})\n(?=Struct\{)")


class Unwrap:
    """One sink over the topics of one source, whose records have a schema."""

    def __init__(self, world, prefix, names):
        """`names`: a regular expression for what follows the prefix in a topic's name."""
        self.world, self.prefix = world, prefix
        self.connector = None
        folder = world.folder / "unwrapped"
        folder.mkdir(exist_ok=True)
        world.folder.chmod(0o711)  # Connect may run as another user.
        folder.chmod(0o777)
        self.path = folder / prefix
        self.topics = re.compile(re.escape(prefix).replace("\\_", "_") + r"\." + names)

    def start(self):
        plugins = web.request("GET", f"{self.world.stack.connect_url}/connector-plugins")[1]
        check(SINK in {plugin["class"] for plugin in json.loads(plugins)},
              f"Connect lacks {SINK}: it was started by an older stack; scripts/stack down connect")
        self.connector = Connector(self.world.stack, f"{self.prefix}_sink", {
            "connector.class": SINK, "tasks.max": "1", "file": str(self.path),
            "topics.regex": self.topics.pattern,
            "key.converter": JSON, "key.converter.schemas.enable": "false",
            "value.converter": JSON, "value.converter.schemas.enable": "true",
            "consumer.override.metadata.max.age.ms": "2000",
            "transforms": "unwrap,bytes,place",
            "transforms.unwrap.type": "io.debezium.transforms.ExtractNewRecordState",
            "transforms.unwrap.delete.tombstone.handling.mode": "rewrite",
            "transforms.unwrap.add.fields": "op,table,lsn,txId,source.snapshot",
            "transforms.bytes.type": TRANSFORMS + "Cast$Value",
            "transforms.bytes.spec": ",".join(f"{name}:string" for name in BYTES),
            "transforms.place.type": TRANSFORMS + "InsertField$Value",
            "transforms.place.topic.field": "__topic",
            "transforms.place.partition.field": "__partition",
            "transforms.place.offset.field": "__offset",
        })
        self.connector.register()
        return self

    def wait(self, expected):
        """{place: text} of all records, once as many as `expected` are there."""
        def arrived():
            try:
                self.connector.runs()
            except Failure as failure:
                raise Hopeless(f"{self.prefix}'s sink: {failure}") from failure
            found = self.records()
            if len(found) != expected:
                raise Failure(f"{len(found)} of {expected} records")
            return found
        return wait_until(f"{self.prefix}'s records to be unwrapped", arrived, 60, every=0.3)

    def records(self):
        if not self.path.exists():
            return {}
        records = {}
        for text in BEGINNING.split(self.path.read_text(encoding="utf-8").removesuffix("\n")):
            end = END.search(text)
            if end is None:
                raise Failure(f"not written to its end yet: …{text[-100:]!r}")
            records[(end[1], int(end[2]), int(end[3]))] = text
        return records


def expected_records(records):
    """How many of a source's records the transform hands on: all but tombstones and truncates."""
    return sum(record.value is not None and b'"op":"t"' not in record.value[-200:]
               for found in records for record in found)
