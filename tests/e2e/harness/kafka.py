"""A small Kafka client on the wire protocol: enough to look at a log from outside.

It shares no code with the product and with librdkafka, so both are judged by something independent.
One broker; message sets of version 2; uncompressed or gzip batches.
"""
import dataclasses
import functools
import gzip
import itertools
import socket
import struct
import threading
import time

from harness.console import Failure, check

PRODUCE, FETCH, LIST_OFFSETS, METADATA, OFFSET_FETCH, FIND_COORDINATOR = 0, 1, 2, 3, 9, 10
CREATE_TOPICS, DELETE_TOPICS, DELETE_RECORDS, CREATE_PARTITIONS, DELETE_GROUPS = 19, 20, 21, 37, 42
UNKNOWN_TOPIC, TOPIC_EXISTS, GROUP_NOT_EMPTY, GROUP_NOT_FOUND = 3, 36, 68, 69
# A partition that was just created or moved: unknown topic, no leader, not the leader.
PASSING = (UNKNOWN_TOPIC, 5, 6)
# The groups' coordinator loads, is not available yet, or is another broker.
COORDINATOR_PASSING = (14, 15, 16)
PASSING_SECONDS = 10
EARLIEST, LATEST = -2, -1
GZIP = 1


class Passing(Failure):
    """An answer that a repeated question may not get again."""


def patient(question):
    """Asks again for a while where the answer was Passing."""
    @functools.wraps(question)
    def asked(*arguments, **options):
        deadline = time.monotonic() + PASSING_SECONDS
        while True:
            try:
                return question(*arguments, **options)
            except Passing:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
    return asked


def check_answer(error, text):
    if error in PASSING:
        raise Passing(f"kafka: {text}: error {error}")
    check(error == 0, f"kafka: {text}: error {error}")


@dataclasses.dataclass
class Record:
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list  # [(name, bytes or None)], in their order
    timestamp: int = dataclasses.field(default=-1, compare=False)  # milliseconds since 1970


class Reader:
    """Reads the protocol's primitive types from bytes."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        piece = self.data[self.at:self.at + count]
        check(len(piece) == count, "kafka: an answer ends too early")
        self.at += count
        return piece

    def number(self, form):
        return struct.unpack(">" + form, self.take(struct.calcsize(form)))[0]

    def text(self):
        size = self.number("h")
        return None if size < 0 else self.take(size).decode()

    def blob(self):
        size = self.number("i")
        return None if size < 0 else self.take(size)

    def items(self, read):
        return [read() for _ in range(max(0, self.number("i")))]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)

    def short_blob(self):
        size = self.varint()
        return None if size < 0 else self.take(size)


def text(value):
    if value is None:
        return struct.pack(">h", -1)
    data = value.encode()
    return struct.pack(">h", len(data)) + data


def items(values):
    values = list(values)
    return struct.pack(">i", len(values)) + b"".join(values)


def varint(value):
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def short_blob(data):
    return varint(-1) if data is None else varint(len(data)) + data


def _crc32c_table():
    for number in range(256):
        for _ in range(8):
            number = number >> 1 ^ (0x82F63B78 if number & 1 else 0)
        yield number


_CRC32C = list(_crc32c_table())


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC32C[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def encode_batch(key, value, headers=()):
    """A batch of one record."""
    body = (b"\0" + varint(0) + varint(0) + short_blob(key) + short_blob(value)
            + varint(len(headers))
            + b"".join(short_blob(name.encode()) + short_blob(data) for name, data in headers))
    now = int(time.time() * 1000)
    checked = struct.pack(">hiqqqhii", 0, 0, now, now, -1, -1, -1, 1) + varint(len(body)) + body
    return (struct.pack(">qi", 0, len(checked) + 9) + struct.pack(">ibI", -1, 2, crc32c(checked))
            + checked)


def decode_batches(data, partition):
    """The records of a fetch answer; a batch that was cut off at its end is left out."""
    at = 0
    while at + 12 <= len(data):
        base, size = struct.unpack_from(">qi", data, at)
        if at + 12 + size > len(data):
            return
        batch = Reader(data[at + 12:at + 12 + size])
        at += 12 + size
        batch.take(4)
        check(batch.number("b") == 2, "kafka: a batch of an unknown version")
        batch.take(4)
        attributes = batch.number("h")
        batch.take(4)
        first_time = batch.number("q")
        batch.take(8 + 8 + 2 + 4)
        count = batch.number("i")
        if attributes & 0x20:  # control records are no data
            continue
        payload = batch.data[batch.at:]
        codec = attributes & 7
        check(codec in (0, GZIP), f"kafka: compression {codec} is not read here")
        records = Reader(gzip.decompress(payload) if codec == GZIP else payload)
        for _ in range(count):
            records.varint()
            records.take(1)
            timestamp = first_time + records.varint()
            offset = base + records.varint()
            key, value = records.short_blob(), records.short_blob()
            headers = [(records.short_blob().decode(), records.short_blob())
                       for _ in range(records.varint())]
            yield Record(partition, offset, key, value, headers, timestamp)


class Kafka:
    """One connection to one broker, opened when needed and again after it broke."""

    def __init__(self, address, client_id="e2e"):
        self.host, port = address.rsplit(":", 1)
        self.port = int(port)
        self.client_id = client_id
        self.connection = None
        self.lock = threading.Lock()
        self.numbers = itertools.count(1)

    def call(self, api, version, body, seconds=30):
        with self.lock:
            try:
                return self._call(api, version, body, seconds)
            except OSError as error:
                self.close()
                raise Failure(f"kafka {self.host}:{self.port}: {error}") from error

    def _call(self, api, version, body, seconds):
        if self.connection is None:
            self.connection = socket.create_connection((self.host, self.port), seconds)
        self.connection.settimeout(seconds)
        number = next(self.numbers)
        message = struct.pack(">hhi", api, version, number) + text(self.client_id) + body
        self.connection.sendall(struct.pack(">i", len(message)) + message)
        size = struct.unpack(">i", self._receive(4))[0]
        answer = Reader(self._receive(size))
        check(answer.number("i") == number, "kafka: an answer to another question")
        return answer

    def _receive(self, size):
        data = bytearray()
        while len(data) < size:
            piece = self.connection.recv(size - len(data))
            if not piece:
                raise ConnectionError("closed by the broker")
            data += piece
        return bytes(data)

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def topics(self):
        """{topic: number of partitions} of all topics."""
        answer = self.call(METADATA, 4, struct.pack(">ib", -1, 0))
        answer.number("i")
        answer.items(lambda: (answer.number("i"), answer.text(), answer.number("i"), answer.text()))
        answer.text()
        answer.number("i")

        def partition():
            answer.take(10)
            answer.items(lambda: answer.number("i"))
            answer.items(lambda: answer.number("i"))

        def topic():
            answer.number("h")
            name = answer.text()
            answer.number("b")
            return name, len(answer.items(partition))
        return dict(answer.items(topic))

    def create_topic(self, name, partitions):
        body = items([text(name) + struct.pack(">ih", partitions, 1) + items([]) + items([])])
        answer = self.call(CREATE_TOPICS, 2, body + struct.pack(">ib", 30_000, 0))
        answer.number("i")
        for _, error, why in answer.items(lambda: (answer.text(), answer.number("h"), answer.text())):
            check(error in (0, TOPIC_EXISTS), f"kafka: topic {name}: error {error} {why}")

    def add_partitions(self, name, total):
        body = items([text(name) + struct.pack(">ii", total, -1)])
        answer = self.call(CREATE_PARTITIONS, 0, body + struct.pack(">ib", 30_000, 0))
        answer.number("i")
        for _, error, why in answer.items(lambda: (answer.text(), answer.number("h"), answer.text())):
            check(error == 0, f"kafka: partitions of topic {name}: error {error} {why}")

    def delete_topics(self, names):
        names = list(names)
        if not names:
            return
        answer = self.call(DELETE_TOPICS, 1, items(map(text, names)) + struct.pack(">i", 30_000))
        answer.number("i")
        for name, error in answer.items(lambda: (answer.text(), answer.number("h"))):
            check(error in (0, UNKNOWN_TOPIC), f"kafka: topic {name} not deleted: error {error}")

    def delete_records(self, topic, before):
        """Removes what stands before `before`, {partition: offset}, as retention does."""
        places = items(struct.pack(">iq", number, offset) for number, offset in before.items())
        answer = self.call(DELETE_RECORDS, 0, items([text(topic) + places]) + struct.pack(">i", 30_000))
        answer.number("i")

        def partition():
            number, _, error = struct.unpack(">iqh", answer.take(14))
            check(error == 0, f"kafka: records of {topic}-{number} not deleted: error {error}")
        answer.items(lambda: (answer.text(), answer.items(partition)))

    def delete_group(self, group):
        """True when the group is gone; false while it still has members, or its coordinator starts."""
        # The first question for a coordinator makes the broker create the topic of the groups: where
        # no consumer has ever been, a group cannot even be said to be missing.
        if self.call(FIND_COORDINATOR, 0, text(group)).number("h") != 0:
            return False
        answer = self.call(DELETE_GROUPS, 0, items([text(group)]))
        answer.number("i")
        errors = [error for _, error in answer.items(lambda: (answer.text(), answer.number("h")))]
        if errors[0] in (GROUP_NOT_EMPTY, *COORDINATOR_PASSING):
            return False
        check(errors[0] in (0, GROUP_NOT_FOUND), f"kafka: group {group}: {errors}")
        return True

    @patient
    def offsets(self, topic, partitions, when=LATEST):
        """{partition: offset}: the next to be written (LATEST), or the first that is there."""
        body = b"".join([struct.pack(">ib", -1, 0),
                         items([text(topic) + items(struct.pack(">iq", number, when)
                                                    for number in range(partitions))])])
        answer = self.call(LIST_OFFSETS, 2, body)
        answer.number("i")

        def partition():
            number, error, _, offset = struct.unpack(">ihqq", answer.take(22))
            check_answer(error, f"offsets of {topic}-{number}")
            return number, offset
        (_, found), = answer.items(lambda: (answer.text(), answer.items(partition)))
        return dict(found)

    def committed(self, group):
        """{(topic, partition): offset} of all that the group has committed."""
        answer = self.call(OFFSET_FETCH, 2, text(group) + struct.pack(">i", -1))

        def partition():
            number, offset = answer.number("i"), answer.number("q")
            answer.text()
            answer.number("h")
            return number, offset
        topics = answer.items(lambda: (answer.text(), answer.items(partition)))
        return {(topic, number): offset
                for topic, found in topics for number, offset in found if offset >= 0}

    @patient
    def produce(self, topic, partition, key, value, headers=()):
        """Writes one record and returns its offset."""
        batch = encode_batch(key, value, headers)
        body = text(None) + struct.pack(">hi", -1, 30_000) + items(
            [text(topic) + items([struct.pack(">ii", partition, len(batch)) + batch])])
        answer = self.call(PRODUCE, 3, body)

        def result():
            number, error, offset, _ = struct.unpack(">ihqq", answer.take(22))
            check_answer(error, f"record for {topic}-{number}")
            return offset
        (_, (offset,)), = answer.items(lambda: (answer.text(), answer.items(result)))
        return offset

    @patient
    def records(self, topic, partitions=1, begin=None):
        """The records of a topic from {partition: offset} on, else all, up to its end as it is now."""
        ends = self.offsets(topic, partitions)
        found = []
        for number, at in {**self.offsets(topic, partitions, EARLIEST), **(begin or {})}.items():
            while at < ends[number]:
                batch = list(self._fetch(topic, number, at))
                check(batch, f"kafka: {topic}-{number} holds nothing at offset {at}")
                found += [record for record in batch if record.offset >= at]
                at = batch[-1].offset + 1
        return found

    def _fetch(self, topic, partition, offset):
        body = struct.pack(">iiiib", -1, 1000, 1, 16 << 20, 0) + items(
            [text(topic) + items([struct.pack(">iqi", partition, offset, 16 << 20)])])
        answer = self.call(FETCH, 4, body)
        answer.number("i")

        def result():
            number, error, _, _ = struct.unpack(">ihqq", answer.take(22))
            check_answer(error, f"fetch of {topic}-{number}")
            answer.items(lambda: answer.take(16))
            return answer.blob() or b""
        (_, (data,)), = answer.items(lambda: (answer.text(), answer.items(result)))
        return decode_batches(data, partition)
