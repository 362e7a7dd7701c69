"""The differences between the events of Debezium's EventRouter and ours that are meant, each with its reason.

docs/FINDINGS.md (F112 and on) lists them for users. What the EventRouter does not survive at all is in
cases/outbox.py.
"""
import json

from harness.differ import MISSING, Kind, Number


def number(value):
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def same_number(d):
    """The digits that were written, where Debezium tells the double that they mean."""
    return (d.part == "value" and isinstance(d.theirs, Number) and isinstance(d.ours, Number)
            and number(d.theirs) == number(d.ours))


def array(d):
    """An array, where Debezium has its text."""
    return (d.part == "value" and isinstance(d.theirs, str) and isinstance(d.ours, list)
            and len(json.loads(d.theirs)) == len(d.ours))


def expanded(d):
    """JSON with blanks before it, where Debezium has its text; the schema says so too."""
    if d.part == "value schema":
        return (d.topic.endswith("Note") and d.path in (("type",), ("fields",), ("name",))
                and "struct" in (d.ours, "struct" if d.theirs == MISSING else ""))
    return (d.part == "value" and isinstance(d.theirs, str) and d.theirs.startswith(" ")
            and isinstance(d.ours, dict))


def rekeyed(d):
    """A changed key of a row: an event anew with Debezium."""
    return d.part == "record" and d.ours == MISSING and d.topic.endswith(("Note", "N-ote"))


EVERYWHERE = [
    Kind("own header", "version and epoch",
         lambda d: d.part == "header" and d.path == ("sluice",) and d.theirs == MISSING),
    Kind("run id", "names a run of Connect's task",
         lambda d: d.part == "header" and d.path == ("__debezium.context.runId",)
         and d.ours == MISSING),
    Kind("name of a schema", "Debezium gives values the name of the first event's topic, whatever their own",
         lambda d: d.part == "value schema" and d.path == ("name",) and d.theirs.startswith("PREFIX.")
         and d.ours.startswith("PREFIX.")),
    Kind("schema of another table", "Debezium takes the schema of the first event with that version",
         lambda d: d.part == "value schema" and d.path[:2] == ("fields", "payload")),
]
COMPATIBLE = EVERYWHERE
DEFAULT = [
    *EVERYWHERE,
    Kind("context headers", "they name Connect's task; only compatible tables have them",
         lambda d: d.part == "header" and d.name.startswith("__debezium.context.")
         and d.ours == MISSING),
    Kind("digits", "numbers keep the digits that were written", same_number),
    Kind("array", "an array is JSON as well", array),
    Kind("blanks before", "they are no part of the JSON", expanded),
    Kind("null with a default", "a reader cannot know that the row holds no value",
         lambda d: d.part in ("key", "header") and d.theirs == "created" and d.ours is None),
    Kind("spelling", "strings and names stand as they were written",
         lambda d: d.part == "value" and d.path == ("(bytes)",)),
    Kind("schema default", "Connect's converter would put it in the place of a null again",
         lambda d: d.part == "value schema" and d.name == "default" and d.ours == MISSING),
    Kind("changed key", "an update is no event, whatever it changes", rekeyed),
]
