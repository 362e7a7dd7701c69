"""Records as Debezium writes them, without schemas, made by hand."""
import base64
import json
import uuid

PLACEHOLDER = "__debezium_unavailable_value"


def key(value, column="id"):
    return json.dumps({column: value}, separators=(",", ":")).encode()


def envelope(operation, after=None, before=None, lsn=1, snapshot="false"):
    return json.dumps({
        "before": before, "after": after, "op": operation, "ts_ms": 1,
        "source": {"version": "3.7.0.Final", "connector": "postgresql", "name": "by hand", "ts_ms": 1,
                   "snapshot": snapshot, "db": "db", "schema": "public", "table": "traps", "lsn": lsn}}).encode()


# What stands for a value that was not sent, by the column's type (docs/FINDINGS.md, the decoder's README).
PLACEHOLDERS = {
    "text": PLACEHOLDER,
    "bytes": base64.b64encode(PLACEHOLDER.encode()).decode(),
    "bytes_hex": PLACEHOLDER.encode().hex(),
    "text_array": [PLACEHOLDER],
    "integer_array": list(PLACEHOLDER.encode()),
    "float_array": [float(byte) for byte in PLACEHOLDER.encode()],
    "decimal_array": [base64.b64encode(bytes([byte])).decode() for byte in PLACEHOLDER.encode()],
    "variable_decimal_array": [{"scale": 0, "value": base64.b64encode(bytes([byte])).decode()}
                               for byte in PLACEHOLDER.encode()],
    "bytes_array": [base64.b64encode(PLACEHOLDER.encode()).decode()],
    "uuid_array": [str(uuid.UUID("b68a35a7-17ad-35b3-af2a-ae46edb4545a"))],
    "hstore_map": {PLACEHOLDER: PLACEHOLDER},
    "hstore_text": json.dumps({PLACEHOLDER: PLACEHOLDER}, separators=(",", ":")),
}
# Values of the same types that were sent.
VALUES = {
    "text": "a large text", "bytes": "AQID", "bytes_hex": "010203", "text_array": ["a", "b"],
    "integer_array": [1, 2, 3], "float_array": [1.5, 2.5], "decimal_array": ["AQ==", "Ag=="],
    "variable_decimal_array": [{"scale": 1, "value": "AQ=="}], "bytes_array": ["AQID"],
    "uuid_array": [str(uuid.UUID(int=7))], "hstore_map": {"a": "b"}, "hstore_text": '{"a":"b"}',
}
