"""The differences between Debezium's records and ours that are meant, each with its reason.

docs/FINDINGS.md (F39) lists them for users. Columns are those of sql/differential.sql: a difference
anywhere else is none of these.
"""
import base64
import re

from harness.differ import MESSAGE_OBJECT, MISSING, Kind

CLOCKS = ("ts_ms", "ts_us", "ts_ns")
SNAPSHOT_POSITION = ("lsn", "sequence", "txId", *CLOCKS)
INT64_MAX, INT64_MIN = 2**63 - 1, -2**63
UTC = re.compile(r"^(\d\d):(\d\d):(\d\d(?:\.\d+)?)Z$")
ZONED = re.compile(r"^(\d\d):(\d\d):(\d\d(?:\.\d+)?)([+-])(\d\d):(\d\d)$")
LINKS = ("__debezium.newkey", "__debezium.oldkey")

# (table, column) that have a DEFAULT which Debezium tells, and other columns that are NOT NULL.
DEFAULTED = {("people", name) for name in ("created", "active", "level", "nick")} | {
    ("loose", "c"), ("gen", "plain"), ("late", "n"),
    *(("shifting", name) for name in "cfg"),
    *(("strict", name) for name in ("ba", "v", "j", "tstz", "arr", "dflt", "c"))}
REQUIRED = {("people", "name"), *(("strict", name) for name in (
    "i2", "i8", "r", "dp", "n", "n2", "b", "t", "u", "d", "tm", "ts", "iv", "e", "bits", "tz", "big"))}
# Of types that Debezium leaves out, or has as the bytes of their text.
UNKNOWN = {("types", name) for name in ("cp", "jp", "lsn")} | {("arrays", name) for name in (
    "mny", "iv", "dom", "dom2", "dn", "cp", "vb", "nm", "x", "pt", "lsn")}
# Told by Debezium without ever having a value.
UNREAD = {("types", "nm"), *(("arrays", name) for name in (
    "bits", "bt1", "bx", "ls", "pa", "po", "cir", "li"))}
FULL_IDENTITY = ("loose", "watched")


def in_source(difference, *names):
    return (difference.part == "value" and len(difference.path) == 2
            and difference.path[0] == "source" and difference.name in names)


def column(difference):
    """(table, column) that a difference of a row or of its schema is in."""
    table = difference.topic.rsplit(".", 1)[-1]
    path = difference.path
    if difference.part == "value" and len(path) > 1 and path[0] in ("before", "after"):
        return table, path[1]
    if (difference.part == "value schema" and len(path) > 3 and path[0] == path[2] == "fields"
            and path[1] in ("before", "after")):
        return table, path[3]
    return table, None


def whole_value(difference):
    """Whether it is a column's value as a whole."""
    return difference.part == "value" and len(difference.path) == 2 and column(difference)[1]


def of_value(table, name, theirs, ours):
    """A test for one column's value: `theirs` and `ours` say what each side may have."""
    return lambda d: (whole_value(d) and column(d) == (table, name)
                      and theirs(d.theirs) and ours(d.ours))


def is_null(value):
    return value is None


def within(texts):
    return lambda value: value in texts


# What Debezium writes for a value that a change has not touched, in any of the modes.
PLACEHOLDER = "__debezium_unavailable_value"
PLACEHOLDERS = (PLACEHOLDER, [PLACEHOLDER], None, PLACEHOLDER.encode().hex(),
                base64.b64encode(PLACEHOLDER.encode()).decode())


def rekeyed(d):
    return (whole_value(d) and d.op == "c" and d.path[0] == "after" and d.theirs in PLACEHOLDERS
            and column(d) in {("strict", "big"), *(("people", name) for name in ("bio", "tags", "attrs", "raw"))}
            and d.ours not in PLACEHOLDERS)


def null_for_default(d):
    return whole_value(d) and column(d) in DEFAULTED and d.ours is None and d.theirs not in (
        None, MISSING)


def filler(d):
    return (whole_value(d) and d.path[0] == "before" and d.op == "d" and d.ours is None
            and d.theirs not in (None, MISSING) and column(d) in DEFAULTED | REQUIRED
            and column(d)[0] not in FULL_IDENTITY)


def schema_default(d):
    return (d.part == "value schema" and column(d) in DEFAULTED | REQUIRED
            and len(d.path) == 5 and d.name == "default" and d.ours == MISSING)


def optional_before(d):
    return (d.part == "value schema" and column(d) in DEFAULTED | REQUIRED
            and d.path[1] == "before" and d.path[4:] == ("optional",)
            and (d.theirs, d.ours) == (False, True))


def optional_items(d):
    return (d.part == "value schema" and column(d)[0] == "arrays"
            and d.path[4:] == ("items", "optional") and (d.theirs, d.ours) == (False, True))


def unknown_type(d):
    """Left out by Debezium, or bytes of the text; the schema says so too."""
    return column(d) in UNKNOWN and (d.theirs == MISSING or d.part == "value schema"
                                     or isinstance(d.theirs, (str, list)))


def unread(d):
    if column(d) not in UNREAD:
        return False
    return d.part == "value schema" or (whole_value(d) and d.theirs is None and bool(d.ours))


def several_dimensions(d):
    return (d.part == "value" and d.path[:2] == ("after", "i2d") and len(d.path) == 3
            and d.theirs is None and isinstance(d.ours, list))


def same_time_of_day(d):
    """Debezium's time in UTC is ours with its offset taken away, modulo a day."""
    if not (whole_value(d) and column(d) == ("types", "tmtz")
            and isinstance(d.theirs, str) and isinstance(d.ours, str)):
        return False
    theirs, ours = UTC.match(d.theirs), ZONED.match(d.ours)
    if not theirs or not ours:
        return False
    offset = int(ours[5]) * 60 + int(ours[6])
    minutes = int(ours[1]) * 60 + int(ours[2]) - (offset if ours[4] == "+" else -offset)
    return not 0 <= minutes <= 24 * 60 - 1 and (
        minutes % (24 * 60) == int(theirs[1]) * 60 + int(theirs[2])) and theirs[3] == ours[3]


def interval_digits(d):
    return (whole_value(d) and column(d) == ("specials", "iv") and isinstance(d.theirs, str)
            and isinstance(d.ours, str) and abs(int(d.theirs) - int(d.ours)) <= 1)


def timestamp_ends(d):
    """Counts at or beyond the ends of int64, and infinity where Debezium has calendar text."""
    if not whole_value(d) or column(d) not in (("specials", "ts"), ("specials", "d")):
        return False
    ends = {str(end + step) for end, step in ((INT64_MAX, 0), (INT64_MAX, -1), (INT64_MIN, 0),
                                              (INT64_MIN, 1), (2**31 - 1, 0), (-2**31, 0))}
    return d.ours in ends | {"infinity", "-infinity"} and isinstance(d.theirs, str)


def end_of_day(d):
    return of_value("types", "tm", within({"00:00:00Z"}), within({"24:00:00Z"}))(d)


def numeric_specials(d):
    words = {"NAN": "NaN", "POSITIVE_INFINITY": "Infinity", "NEGATIVE_INFINITY": "-Infinity"}
    return (whole_value(d) and column(d) in {("specials", "n"), ("specials", "n2")}
            and d.ours in words.values() and (d.theirs is None or words.get(d.theirs) == d.ours))


EVERYWHERE = [
    Kind("clock", "each source tells when it met the change",
         lambda d: d.part == "value" and d.path in {(name,) for name in CLOCKS}
         and d.topic != "PREFIX.transaction"),
    Kind("version", "source.version is the program's", lambda d: in_source(d, "version")),
    Kind("snapshot position", "each source's snapshot is taken where its own slot begins",
         lambda d: d.op == "r" and in_source(d, *SNAPSHOT_POSITION)),
    Kind("message clock", "a message outside transactions has no commit: the source's clock is told",
         lambda d: d.op == "m" and in_source(d, *CLOCKS)),
    Kind("own header", "version, epoch and unchanged columns",
         lambda d: d.part == "header" and d.path == ("sluice",) and d.theirs == MISSING),
    Kind("run id", "names a run of Connect's task",
         lambda d: d.part == "header" and d.path == ("__debezium.context.runId",)
         and d.ours == MISSING),
    Kind("heartbeat", "written by the clock; there are more of one than of the other",
         lambda d: d.part == "record" and d.topic.startswith("__debezium-heartbeat.")),
    Kind("message in END", "Debezium names a Java object, another each time",
         lambda d: d.topic == "PREFIX.transaction" and d.name == "data_collection"
         and d.ours == "message" and bool(MESSAGE_OBJECT.fullmatch(d.theirs))),
    Kind("order in END", "Debezium tells tables in the order of a Java HashMap",
         lambda d: d.topic == "PREFIX.transaction" and d.name == "(order)"
         and sorted(d.theirs) == sorted(d.ours)),
    Kind("partitioned parent", "Debezium's snapshot tells rows twice, once in a topic where no later "
         "change arrives",
         lambda d: d.topic == "PREFIX.public.part" and d.ours == MISSING
         and (d.part == "topic" or (d.part == "record" and d.op == "r"))),
    Kind("generated column", "Debezium's snapshot tells it, its next update takes it away again",
         lambda d: d.op == "r" and column(d) == ("gen", "twice") and d.ours == MISSING),
    Kind("control bytes in a link", "Connect's header converter writes them raw, which is no JSON",
         lambda d: d.part == "header" and d.name in LINKS and isinstance(d.ours, str)
         and isinstance(d.theirs, str) and d.theirs == d.ours.replace("\\n", "\n")),
]
COMPATIBLE = EVERYWHERE
DEFAULT = [
    *EVERYWHERE,
    Kind("context headers", "they name Connect's task; only compatible tables have them",
         lambda d: d.part == "header" and d.name.startswith("__debezium.context.")
         and d.ours == MISSING),
    Kind("truncate in each partition", "a reader of one partition learns of it; Debezium writes one",
         lambda d: d.part == "record" and d.op == "t" and d.theirs == MISSING
         and d.partition == "?"),
    Kind("untouched value under a new key", "no reader has it under that key", rekeyed),
    Kind("null with a default", "a reader cannot know that the row holds no value", null_for_default),
    Kind("filler of old rows", "it looks like data", filler),
    Kind("schema default", "Connect's converter would put it in the place of a null again",
         schema_default),
    Kind("optional in before", "columns outside the key are not sent", optional_before),
    Kind("optional items", "such arrays can hold nulls", optional_items),
    Kind("unknown type", "row types and others that Debezium does not know arrive", unknown_type),
    Kind("unread type", "Debezium has the column and never a value", unread),
    Kind("several dimensions", "arrays in arrays arrive", several_dimensions),
    Kind("numeric specials", "NaN and the infinities arrive in PostgreSQL's words", numeric_specials),
    Kind("ends of time", "infinity and what does not fit stay in order", timestamp_ends),
    Kind("interval digits", "summed exactly", interval_digits),
    Kind("unchanged bytes", "they must be told from null, in base64 too",
         lambda d: of_value("people", "raw", is_null, within({"__debezium_unavailable_value"}))(d)),
    Kind("end of day", "24:00 is not 00:00", end_of_day),
    Kind("timetz on another day", "keeps its offset", same_time_of_day),
]
