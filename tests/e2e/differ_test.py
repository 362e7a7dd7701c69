"""The comparison with Debezium must be able to say no: it is shown records with one fault each."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness import allowed, differ  # noqa: E402
from harness.kafka import Record  # noqa: E402

TOPIC = "public.people"
SOURCE = {"version": "3.7.0.Final", "connector": "postgresql", "name": "PREFIX", "ts_ms": 1,
          "snapshot": "false", "db": "app", "sequence": "[null,\"20\"]", "ts_us": 1000,
          "ts_ns": 1000000, "schema": "public", "table": "people", "txId": 7, "lsn": 20,
          "xmin": None}
ROW = {"id": 1, "name": "Ada", "active": True, "score": 1.5}
ENVELOPE = {"before": None, "after": ROW, "source": SOURCE, "transaction": None, "op": "c",
            "ts_ms": 2, "ts_us": 2000, "ts_ns": 2000000}
SCHEMA = {"type": "struct", "fields": [
    {"type": "struct", "optional": True, "field": name, "fields": [
        {"type": "int32", "optional": False, "field": "id"},
        {"type": "boolean", "optional": True, "default": True, "field": "active"}]}
    for name in ("before", "after")]}
HEADERS = [("__debezium.context.taskId", b"0")]


def record(envelope=None, key=b'{"id":1}', offset=0, headers=HEADERS, prefix="one"):
    value = None if envelope is None else json.dumps(
        envelope, separators=(",", ":")).replace("PREFIX", prefix).encode()
    return Record(0, offset, key, value, list(headers))


def found(theirs, ours, kinds=allowed.COMPATIBLE, topic=TOPIC):
    """The differences that are not allowed, of lists of records; `ours` have another prefix."""
    sides = [differ.Side(prefix, {f"{prefix}.{topic}": records}, {f"{prefix}.{topic}": 1})
             for prefix, records in (("one", theirs), ("two", ours))]
    return differ.sort_out(differ.Differ(*sides).differences(), kinds)[1]


def envelope(path=(), value=None, base=None):
    """The envelope with one member changed."""
    changed = json.loads(json.dumps(base or ENVELOPE))
    place = changed
    for name in path[:-1]:
        place = place[name]
    if path:
        place[path[-1]] = value
    return changed


def changed(path, value, kinds=allowed.COMPATIBLE):
    return found([record(envelope())], [record(envelope(path, value), prefix="two")], kinds)


class Differences(unittest.TestCase):
    def test_equal_is_equal(self):
        self.assertEqual(found([record(envelope())], [record(envelope(), prefix="two")]), [])

    def test_every_member_counts(self):
        for path in [("after", name) for name in ROW] + [
                ("source", name) for name in SOURCE if name != "version"] + [
                ("op",), ("before",), ("after",), ("transaction",)]:
            for kinds in (allowed.COMPATIBLE, allowed.DEFAULT):
                with self.subTest(path):
                    self.assertTrue(changed(path, "another", kinds))

    def test_a_member_more_or_less(self):
        self.assertEqual(len(changed(("after", "more"), None)), 1)
        less = envelope()
        del less["source"]["xmin"]
        self.assertEqual(len(found([record(envelope())], [record(less, prefix="two")])), 1)

    def test_numbers_are_compared_as_they_are_written(self):
        self.assertEqual(len(changed(("after", "score"), 1.50000001)), 1)
        self.assertEqual(len(changed(("after", "id"), 1.0)), 1)
        self.assertEqual(len(changed(("after", "id"), "1")), 1)
        self.assertEqual(len(changed(("after", "id"), True)), 1)

    def test_order_of_members(self):
        turned = envelope(("after",), dict(reversed(ROW.items())))
        self.assertEqual(len(found([record(envelope())], [record(turned, prefix="two")])), 1)

    def test_bytes_of_one_meaning(self):
        one, other = record(envelope()), record(envelope(), prefix="two")
        other.value = other.value.replace(b'"Ada"', b'"\\u0041da"')
        self.assertEqual([d.path for d in found([one], [other])], [("(bytes)",)])
        other.value = other.value.replace(b'"ts_ms":2', b'"ts_ms":3')
        self.assertEqual([d.path for d in found([one], [other])], [("(bytes)",)])

    def test_only_the_envelopes_own_clocks_are_free(self):
        for name in allowed.CLOCKS:
            self.assertEqual(changed((name,), 99), [])
            self.assertEqual(len(changed(("source", name), 99)), 1)
        self.assertEqual(changed(("source", "version"), "0.1.0"), [])

    def test_positions_of_snapshots_are_free(self):
        read = envelope(("op",), "r")
        other = envelope(("source", "lsn"), 99, read)
        self.assertEqual(found([record(read)], [record(other, prefix="two")]), [])
        other = envelope(("source", "snapshot"), "true", read)
        self.assertEqual(len(found([record(read)], [record(other, prefix="two")])), 1)

    def test_keys_headers_and_nulls(self):
        good = [record(envelope())]
        self.assertTrue(found(good, [record(envelope(), key=b'{"id":2}', prefix="two")]))
        self.assertTrue(found(good, [record(envelope(), key=None, prefix="two")]))
        self.assertTrue(found(good, [record(None, prefix="two")]))
        own = [*HEADERS, ("sluice", b"1")]
        self.assertEqual(found(good, [record(envelope(), headers=own, prefix="two")]), [])
        for headers in ([], [*HEADERS, ("other", b"1")], [("__debezium.context.taskId", b"1")]):
            with self.subTest(headers):
                self.assertTrue(found(good, [record(envelope(), headers=headers, prefix="two")]))

    def test_order_of_headers(self):
        pair = [*HEADERS, ("__debezium.newkey", b"{}")]
        self.assertTrue(found([record(envelope(), headers=pair)],
                              [record(envelope(), headers=pair[::-1], prefix="two")]))

    def test_records_more_or_less_or_turned(self):
        rows = [envelope(("source", "lsn"), lsn) for lsn in (20, 21, 22)]

        def side(order, prefix):
            return [record(rows[i], offset=n, prefix=prefix) for n, i in enumerate(order)]
        theirs = side((0, 1, 2), "one")
        self.assertEqual(found(theirs, side((0, 1, 2), "two")), [])
        for order in ((0, 2), (0, 1, 1, 2), (1, 0, 2), ()):
            with self.subTest(order):
                self.assertTrue(found(theirs, side(order, "two")))

    def test_a_topic_too_many(self):
        theirs, ours = differ.Side("one", {}, {}), differ.Side("two", {"two.x": []}, {"two.x": 1})
        self.assertEqual(len(list(differ.Differ(theirs, ours).differences())), 1)

    def test_schemas(self):
        def wrapped(schema):
            return {"schema": schema, "payload": envelope()}
        theirs = [record(wrapped(SCHEMA))]
        self.assertEqual(found(theirs, [record(wrapped(SCHEMA), prefix="two")]), [])
        for place, name, value, kinds in (
                (1, "default", None, "neither"), (1, "optional", False, "neither"),
                (0, "type", "int64", "neither"), (0, "default", 0, "neither")):
            other = json.loads(json.dumps(SCHEMA))
            other["fields"][1]["fields"][place][name] = value
            with self.subTest((place, name)):
                ours = [record(wrapped(other), prefix="two")]
                self.assertEqual(len(found(theirs, ours)), 1)
                self.assertEqual(len(found(theirs, ours, allowed.DEFAULT)), 1)
        other = json.loads(json.dumps(SCHEMA))
        del other["fields"][1]["fields"][1]["default"]
        ours = [record(wrapped(other), prefix="two")]
        self.assertEqual(len(found(theirs, ours)), 1)
        self.assertEqual(found(theirs, ours, allowed.DEFAULT), [])


class Kinds(unittest.TestCase):
    def test_null_for_a_default_is_ours_by_default_alone(self):
        self.assertEqual(changed(("after", "active"), None, allowed.DEFAULT), [])
        self.assertEqual(len(changed(("after", "active"), None)), 1)
        self.assertEqual(len(changed(("after", "name"), None, allowed.DEFAULT)), 1)
        self.assertEqual(len(changed(("after", "active"), False, allowed.DEFAULT)), 1)

    def test_filler_is_of_old_rows_alone(self):
        gone = envelope(("op",), "d", envelope(("before",), {"id": 1, "name": ""}))
        ours = envelope(("before", "name"), None, gone)
        self.assertEqual(found([record(gone)], [record(ours, prefix="two")], allowed.DEFAULT), [])
        self.assertEqual(len(found([record(gone)], [record(ours, prefix="two")])), 1)

    def test_times_on_another_day(self):
        def judged(theirs, ours):
            return allowed.same_time_of_day(differ.Difference(
                "PREFIX.public.types", 0, 0, "value", ("after", "tmtz"), theirs, ours))
        self.assertTrue(judged("10:00:00Z", "00:00:00+14:00"))
        self.assertTrue(judged("14:00:00Z", "24:00:00-14:00"))
        self.assertFalse(judged("11:00:00Z", "00:00:00+14:00"))
        self.assertFalse(judged("10:00:00Z", "12:00:00+02:00"), "the same day needs no offset")

    def test_each_has_a_reason(self):
        for kind in allowed.DEFAULT:
            self.assertTrue(kind.reason, kind.name)
        names = [kind.name for kind in allowed.DEFAULT]
        self.assertEqual(len(names), len(set(names)))

    def test_describing_names_the_place(self):
        text = differ.describe(changed(("after", "name"), "Bob"))
        self.assertIn("after.name", text)
        self.assertIn("Bob", text)


if __name__ == "__main__":
    unittest.main()
