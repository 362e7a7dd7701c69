"""Whether an index equals a table, row by row."""
import base64
import datetime
import re

from harness.console import Failure

SHOWN = 10
INTEGERS = ("smallint", "integer", "bigint")
FLOATS = ("real", "double precision")
MISSING = object()


def instant(text):
    """A time as a number, whatever form it is printed in; None where it is no time."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(\.\d+)?)?(Z|[+-]\d\d(?::?\d\d)?)?",
                         text or "")
    if not match:
        return None
    day, clock, fraction, zone = match.groups()
    moment = datetime.datetime.fromisoformat(f"{day}T{clock or '00:00:00'}+00:00")
    offset = 0
    if zone and zone != "Z":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        offset = (int(digits[:2]) * 60 + int(digits[2:])) * (-1 if zone[0] == "-" else 1)
    micros = int((fraction or ".0")[1:].ljust(6, "0")[:6])
    return int(moment.timestamp() - offset * 60) * 1_000_000 + micros


def same_value(kind, text, value):
    """Whether a column's text and a document's field are the same value.

    The forms are those of a connector with decimal.handling.mode=string and
    time.precision.mode=isostring, which the demo's connector has.
    """
    if text is None or value is None:
        return text is None and value is None
    if kind in INTEGERS:
        return type(value) is int and value == int(text)
    if kind in FLOATS:
        # The search client keeps numbers with a fraction as text.
        return not isinstance(value, bool) and float(value) == float(text)
    if kind == "boolean":
        return value is (text == "true")
    if kind == "bytea":
        return isinstance(value, str) and base64.b64decode(value) == bytes.fromhex(text[2:])
    if kind.startswith("timestamp") or kind == "date":
        return isinstance(value, str) and instant(value) is not None and instant(value) == instant(text)
    return value == text


def row_id(row, key_columns):
    """The document id of a row whose key holds only plain texts (delivery contract, part 2)."""
    return ",".join(row[name] for name in key_columns)


def row_differences(columns, row, document):
    """What is wrong with one document, as texts."""
    for name, kind in columns:
        value = document.get(name, MISSING)
        if value is MISSING:
            yield f"{name} is missing, the row has {row[name]!r:.80}"
        elif not same_value(kind, row[name], value):
            yield f"{name} is {value!r:.80}, the row has {row[name]!r:.80}"
    for name in document.keys() - {name for name, _ in columns}:
        yield f"{name} is {document[name]!r:.80}, the table has no such column"


def differences(columns, key_columns, rows, documents):
    """Every row without an equal document and every document without a row, as texts."""
    wanted = {row_id(row, key_columns): row for row in rows}
    for key, row in wanted.items():
        if key not in documents:
            yield f"{key}: the row has no document"
        else:
            for text in row_differences(columns, row, documents[key]):
                yield f"{key}: {text}"
    for key in documents.keys() - wanted.keys():
        yield f"{key}: the document has no row"


def compare_once(database, table, search, index):
    """Fails with the list of what differs; returns how many rows were compared."""
    rows = database.rows(table)
    found = list(differences(database.columns(table), database.key_columns(table), rows,
                             search.documents(index)))
    if found:
        more = f"\n  … and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise Failure(f"index {index} differs from table {table} in {len(found)} places:\n  "
                      + "\n  ".join(found[:SHOWN]) + more)
    return len(rows)
