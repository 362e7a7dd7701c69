"""Requests and replies on a stream: HTTP/1.1 and Kafka's frames."""
import asyncio
import dataclasses
import gzip
import http
import struct

FRAME_BYTES_MAX = 256 << 20
NO_BODY = (204, 304)
KAFKA_NAMES = {0: "Produce", 1: "Fetch", 2: "ListOffsets", 3: "Metadata", 8: "OffsetCommit", 9: "OffsetFetch",
               10: "FindCoordinator", 11: "JoinGroup", 12: "Heartbeat", 13: "LeaveGroup", 14: "SyncGroup",
               18: "ApiVersions", 19: "CreateTopics", 22: "InitProducerId"}


class Broken(ConnectionError):
    """What came is no message of its protocol."""


@dataclasses.dataclass
class Message:
    """A request or reply in memory of its own."""
    path: str  # of an HTTP request, or the name of a Kafka request; empty in replies
    head: list  # HTTP: the first line and the headers as they came, without their ends; Kafka: none
    body: bytes

    def encode(self):
        if not self.head:
            return struct.pack(">i", len(self.body)) + self.body
        lines = [line for line in self.head if not has_name(line, b"content-length", b"transfer-encoding")]
        if self.body or self.path or not bodyless(self.head):
            lines.append(b"Content-Length: %d" % len(self.body))
        return b"\r\n".join(lines) + b"\r\n\r\n" + self.body

    def with_body(self, body):
        return dataclasses.replace(self, body=body)

    @property
    def closes(self):
        return any(has_name(line, b"connection") and b"close" in line.lower() for line in self.head)


def has_name(line, *names):
    return line.partition(b":")[0].strip().lower() in names


def header(head, name):
    for line in head[1:]:
        if has_name(line, name):
            return line.partition(b":")[2].strip()
    return None


def bodyless(head):
    """Whether a reply's status says that it has no body, and no length either."""
    return int(head[0].split()[1]) in NO_BODY


def made_reply(status, body):
    phrase = http.HTTPStatus(status).phrase.encode()
    return Message("", [b"HTTP/1.1 %d %s" % (status, phrase), b"Content-Type: application/json",
                        b"X-Elastic-Product: Elasticsearch"], body)


# --- HTTP ------------------------------------------------------------------------------------------------

async def read_head(reader):
    """The lines of a head; None at the end of the stream."""
    try:
        text = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise Broken("the stream ends in a head") from None
        return None
    return text[:-4].split(b"\r\n")


async def read_body(reader, head):
    if b"chunked" in (header(head, b"transfer-encoding") or b"").lower():
        pieces = []
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            pieces.append(await reader.readexactly(size))
            await reader.readexactly(2)
        await reader.readuntil(b"\r\n")
        return b"".join(pieces)
    return await reader.readexactly(int(header(head, b"content-length") or 0))


async def read_http_request(reader, writer):
    """The next request, None at the end. A client that asks whether it may go on is told so."""
    head = await read_head(reader)
    if head is None:
        return None
    if (header(head, b"expect") or b"").lower() == b"100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await read_body(reader, head)
    if (header(head, b"content-encoding") or b"").lower() == b"gzip":
        body = gzip.decompress(body)
    # Replies come plain, so that they can be changed.
    head = [line for line in head if not has_name(line, b"expect", b"content-encoding", b"accept-encoding")]
    return Message(head[0].split()[1].decode(), head, body)


async def read_http_reply(reader, request):
    head = await read_head(reader)
    if head is None:
        raise Broken("the server has closed the connection")
    silent = request.head[0].startswith(b"HEAD ") or bodyless(head)
    return Message("", head, b"" if silent else await read_body(reader, head))


# --- Kafka -----------------------------------------------------------------------------------------------

async def read_frame(reader):
    """None at the end of the stream."""
    try:
        size, = struct.unpack(">i", await reader.readexactly(4))
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise Broken("the stream ends in a frame") from None
        return None
    if not 0 < size <= FRAME_BYTES_MAX:
        raise Broken(f"a frame of {size} bytes")
    return await reader.readexactly(size)


async def read_kafka_request(reader, _writer):
    body = await read_frame(reader)
    if body is None:
        return None
    api, = struct.unpack_from(">h", body)
    return Message(KAFKA_NAMES.get(api, str(api)), [], body)


async def read_kafka_reply(reader, _request):
    body = await read_frame(reader)
    if body is None:
        raise Broken("the broker has closed the connection")
    return Message("", [], body)
