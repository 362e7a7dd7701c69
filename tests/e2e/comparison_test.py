"""The comparer must be able to say no: it is shown indices with one fault each. Needs no server."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness import kafka  # noqa: E402
from harness.compare import differences, instant  # noqa: E402
from harness.service import parse_metrics  # noqa: E402

COLUMNS = [("id", "bigint"), ("price", "numeric"), ("at", "timestamp with time zone"),
           ("active", "boolean"), ("raw", "bytea"), ("note", "text"), ("rate", "double precision")]
ROW = {"id": "7", "price": "10.50", "at": "2026-01-15 10:20:30.123456+00", "active": "true",
       "raw": "\\x00ff", "note": "a\\b", "rate": "0.5"}
DOCUMENT = {"id": 7, "price": "10.50", "at": "2026-01-15T10:20:30.123456Z", "active": True,
            "raw": "AP8=", "note": "a\\b", "rate": "0.5"}


def compare(documents, rows=(ROW,)):
    return list(differences(COLUMNS, ["id"], rows, documents))


class Comparison(unittest.TestCase):
    def test_equal_is_equal(self):
        self.assertEqual(compare({"7": DOCUMENT}), [])

    def test_every_column_counts(self):
        wrong = {"id": 8, "price": "10.5", "at": "2026-01-15T10:20:30.123457Z", "active": False,
                 "raw": "AP4=", "note": "a\\\\b", "rate": "0.25"}
        for name, value in wrong.items():
            with self.subTest(name):
                self.assertEqual(len(compare({"7": {**DOCUMENT, name: value}})), 1)

    def test_missing_and_null_are_two_things(self):
        row = {**ROW, "note": None}
        self.assertEqual(compare({"7": {**DOCUMENT, "note": None}}, [row]), [])
        without = {key: value for key, value in DOCUMENT.items() if key != "note"}
        self.assertEqual(len(compare({"7": without}, [row])), 1)
        self.assertEqual(len(compare({"7": DOCUMENT}, [row])), 1)

    def test_dropped_column_that_stayed(self):
        self.assertEqual(len(compare({"7": {**DOCUMENT, "phone": "1"}})), 1)

    def test_lost_row_and_risen_document(self):
        self.assertEqual(len(compare({})), 1)
        self.assertEqual(len(compare({"7": DOCUMENT, "8": DOCUMENT})), 1)

    def test_booleans_are_no_integers(self):
        self.assertEqual(len(compare({"1": {**DOCUMENT, "id": True}}, [{**ROW, "id": "1"}])), 1)

    def test_instants(self):
        self.assertEqual(instant("2026-01-15 12:20:30+02"), instant("2026-01-15T10:20:30Z"))
        self.assertEqual(instant("2026-01-15T10:20:30.5Z"), instant("2026-01-15 10:20:30.500000+00"))
        self.assertIsNone(instant("yesterday"))


class Tools(unittest.TestCase):
    def test_metrics(self):
        text = '# HELP a b\nsluice_x_total{reason="a \\"b\\" , c",n="1"} 3\nsluice_y 1e3\n'
        self.assertEqual(parse_metrics(text), [
            ("sluice_x_total", {"reason": 'a \\"b\\" , c', "n": "1"}, 3.0), ("sluice_y", {}, 1000.0)])

    def test_record_batches_survive_the_way(self):
        data = kafka.encode_batch(b"k", None, [("h", b"\xff"), ("n", None)])
        record, = kafka.decode_batches(data + b"cut off", 4)
        self.assertEqual(record, kafka.Record(4, 0, b"k", None, [("h", b"\xff"), ("n", None)]))

    def test_checksum(self):
        self.assertEqual(kafka.crc32c(b"123456789"), 0xE3069283)  # the check value of CRC-32C


if __name__ == "__main__":
    unittest.main()
