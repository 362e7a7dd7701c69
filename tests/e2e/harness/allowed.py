"""The differences between Debezium's records and ours that are meant, each with its reason."""
from harness.differ import MISSING, Kind

CLOCKS = ("ts_ms", "ts_us", "ts_ns")
SNAPSHOT_POSITION = ("lsn", "sequence", "txId", "xmin", *CLOCKS)


def source(difference, *names):
    return (difference.part == "value" and len(difference.path) == 2
            and difference.path[0] == "source" and difference.name in names)


EVERYWHERE = [
    Kind("clock", "each source tells when it met the change",
         lambda d: d.part == "value" and d.path in {(name,) for name in CLOCKS}
         and "transaction" not in d.topic),
    Kind("version", "source.version is the program's",
         lambda d: source(d, "version")),
    Kind("snapshot position", "each source's snapshot is taken where its own slot begins",
         lambda d: d.op == "r" and source(d, *SNAPSHOT_POSITION)),
    Kind("message clock", "a message outside transactions has no commit: the source's clock is told",
         lambda d: d.op == "m" and source(d, *CLOCKS)),
    Kind("own header", "version, epoch and unchanged columns",
         lambda d: d.part == "header" and d.path == ("sluice",) and d.theirs == MISSING),
    Kind("run id", "of Connect's task, for OpenLineage",
         lambda d: d.part == "header" and d.path == ("__debezium.context.runId",)
         and d.ours == MISSING),
    Kind("heartbeats", "by the clock",
         lambda d: d.part == "record" and "heartbeat" in d.topic),
]
COMPATIBLE = [*EVERYWHERE]
DEFAULT = [*EVERYWHERE]
