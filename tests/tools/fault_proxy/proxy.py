"""The proxy: a listener, its connections, and the log of what was done to them."""
import asyncio
import contextlib
import dataclasses
import socket
import struct
import threading
import time

from . import bulk
from .messages import (Broken, made_reply, read_http_reply, read_http_request, read_kafka_reply,
                       read_kafka_request)
from .plan import HTTP, KAFKA, TCP, Plan

PIECE = 65536
STREAM_LIMIT = 1 << 20  # of a head; bodies are read by their length
START_SECONDS = 10
DRIPS_PER_SECOND = 10
ASKED_LOOK_SECONDS = 0.02
READERS = {HTTP: (read_http_request, read_http_reply), KAFKA: (read_kafka_request, read_kafka_reply)}


@dataclasses.dataclass(frozen=True)
class Injected:
    """One fault: what was done to which request, and how it ended where that is known."""
    at: float  # seconds since the proxy was made
    connection: int
    request: int  # of its connection, from 1; in TCP 0
    path: str
    rule: str
    action: str
    detail: str = ""


class Cut(Exception):
    """The client's connection is to be reset."""


class FaultProxy:
    """Stands between a client and a server at `target` ("host:port").

    Threads:   a thread of its own does the work; every method may be called from any.
    Time:      methods return at once, but open() and close(), which wait for the thread.
    `seen` is told the path and body of each request, in that thread.
    The port is held from the start, and refuses connections until open().
    """

    def __init__(self, target, plan="", kind=HTTP, seed=0, seen=None):
        host, port = target.rsplit("/", 1)[-1].rsplit(":", 1)
        self.target, self.kind, self.seed, self.seen = (host, int(port)), kind, seed, seen
        self.plan = Plan(plan, kind, seed)
        self.holder = socket.socket()
        self.holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.holder.bind(("127.0.0.1", 0))
        self.port = self.holder.getsockname()[1]
        self.accepted = self.requests = 0
        self.injected, self.followed_from = [], 0
        self.broken = False
        self.began = time.monotonic()
        self.writers, self.tasks = set(), set()
        self.asked = threading.Event()
        self.loop = self.thread = None

    # --- from outside ------------------------------------------------------------------------------

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"http://{self.address}"

    def listen_at(self, port):
        """Another port than the one that was found. Before open()."""
        self.holder.close()
        self.holder = socket.socket()
        self.holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.holder.bind(("127.0.0.1", port))
        self.port = port
        return self

    def open(self):
        started = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self.thread.start()
        if not started.wait(START_SECONDS):
            raise TimeoutError("the fault proxy did not start")
        return self

    def follow(self, plan):
        """From the next request on this plan instead; its counts begin anew. The log goes on."""
        self.plan = Plan(plan, self.kind, self.seed)
        self.followed_from = len(self.injected)

    def cut(self):
        """From now on every connection is reset, those that are open too."""
        self.broken = True
        if self.loop is not None:
            self._call(self._reset_all)

    def mend(self):
        self.broken = False

    def close(self):
        self.broken = True
        if self.loop is None:
            self.holder.close()
            return
        self._call(self._end)
        self.thread.join(START_SECONDS)

    def deliver(self):
        """Lets the copies go that wait to be asked for, and those to come."""
        self.asked.set()

    def silent_rules(self):
        """The texts of rules that have not fired yet."""
        # In TCP a rule is given a connection, which may never come to the byte where it fires.
        done = {entry.rule for entry in list(self.injected)[self.followed_from:]}
        return [rule.text for rule in self.plan.rules
                if not rule.fired or (self.kind == TCP and rule.text not in done)]

    def count(self, action):
        """How often that was done."""
        return sum(1 for entry in list(self.injected) if entry.action == action)

    def _call(self, function):
        with contextlib.suppress(RuntimeError):  # it has ended already
            self.loop.call_soon_threadsafe(function)

    # --- the thread ------------------------------------------------------------------------------------

    def _run(self, started):
        asyncio.run(self._serve(started))

    async def _serve(self, started):
        self.loop = asyncio.get_running_loop()
        self.ending = asyncio.Event()
        serve = self._pass_bytes if self.kind == TCP else self._exchange
        server = await asyncio.start_server(lambda *ends: self._later(self._accept(serve, *ends)),
                                            sock=self.holder, limit=STREAM_LIMIT)
        started.set()
        await self.ending.wait()
        server.close()
        self._reset_all()
        for task in list(self.tasks):
            task.cancel()

    def _end(self):
        self.ending.set()

    def _reset_all(self):
        for writer in list(self.writers):
            reset(writer)

    def _note(self, connection, request, path, rule, action, detail=""):
        self.injected.append(Injected(round(time.monotonic() - self.began, 3), connection, request, path,
                                      rule.text, action, detail))

    async def _accept(self, serve, reader, writer):
        self.accepted += 1
        number = self.accepted
        if self.broken:
            reset(writer)
            return
        self.writers.add(writer)
        try:
            await serve(number, reader, writer)
        except (Cut, OSError, asyncio.IncompleteReadError):
            reset(writer)
        finally:
            self.writers.discard(writer)
            writer.close()

    @contextlib.asynccontextmanager
    async def _server(self):
        """A connection to the server."""
        reader, writer = await asyncio.open_connection(*self.target, limit=STREAM_LIMIT)
        self.writers.add(writer)
        try:
            yield reader, writer
        finally:
            self.writers.discard(writer)
            writer.close()

    def _later(self, coroutine):
        task = self.loop.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    # --- message by message --------------------------------------------------------------------------

    async def _exchange(self, connection, reader, writer):
        read_request, _ = READERS[self.kind]
        number = 0
        async with self._server() as server:
            while (request := await read_request(reader, writer)) is not None:
                number += 1
                self.requests += 1
                if self.seen:
                    self.seen(request.path, request.body)
                rule = self.plan.pick(connection, request.path, request.body)
                actions = rule.actions if rule else {}
                for action in actions:
                    self._note(connection, number, request.path, rule, action)
                if "late_copy" in actions:
                    self._later(self._deliver(connection, number, request, rule))
                await asyncio.sleep(actions.get("stall", 0))
                reply = await self._reply(server, request, actions)
                await asyncio.sleep(actions.get("stall_reply", 0))
                await self._answer(writer, reply, actions)
                if request.closes or reply.closes:
                    return

    async def _reply(self, server, request, actions):
        """What the client is to be told, after what is forwarded was."""
        if "cut_before" in actions:
            raise Cut
        if refusal := actions.get("status"):
            if refusal.applied:
                await self._forward(server, request.with_body(bulk.first_items(request.body, refusal.applied)))
            return made_reply(refusal.code, bulk.whole_error(refusal.code))
        if chosen := actions.get("item_status"):
            body, names = bulk.without(request.body, chosen)
            reply = (await self._forward(server, request.with_body(body)) if body
                     else made_reply(200, b""))
            return reply.with_body(bulk.with_refused(reply.body, names, chosen))
        reply = await self._forward(server, request)
        if "cut_after" in actions:
            raise Cut
        return reply

    async def _forward(self, server, request):
        server[1].write(request.encode())
        await server[1].drain()
        return await READERS[self.kind][1](server[0], request)

    async def _answer(self, writer, reply, actions):
        data = reply.encode()
        if "truncate_reply" in actions:
            writer.write(data[:len(data) - len(reply.body) + actions["truncate_reply"]])
            await writer.drain()
            raise Cut
        await drip(writer, data, actions.get("drip"))

    async def _deliver(self, connection, number, request, rule):
        """A copy of a request, later, on a connection of its own."""
        seconds = rule.actions["late_copy"]
        if seconds is not None:
            await asyncio.sleep(seconds)
        while seconds is None and not self.asked.is_set():
            await asyncio.sleep(ASKED_LOOK_SECONDS)
        try:
            async with self._server() as server:
                reply = await self._forward(server, request)
            end = (reply.head[0].decode() if reply.head else "answered") + " " + reply.body[:500].decode(
                "utf-8", "replace")
        except (OSError, asyncio.IncompleteReadError) as error:
            end = f"failed: {error}"
        self._note(connection, number, request.path, rule, "delivered", end)

    # --- byte by byte ----------------------------------------------------------------------------------

    async def _pass_bytes(self, connection, reader, writer):
        rule = self.plan.pick(connection)
        async with self._server() as server:
            ways = [asyncio.create_task(self._pass_on(connection, rule, "up", reader, server[1])),
                    asyncio.create_task(self._pass_on(connection, rule, "down", server[0], writer))]
            done, rest = await asyncio.wait(ways, return_when=asyncio.FIRST_EXCEPTION)
            for task in rest:
                task.cancel()
            for task in done:
                task.result()

    async def _pass_on(self, connection, rule, way, reader, sink):
        """One direction; the rule fires at its byte of it."""
        mark = rule.where.get(way) if rule else None
        if rule and mark is None and way == "up" and "down" not in rule.where:
            mark = 1  # where no byte is named: at the client's first
        passed, speed = 0, None
        while piece := await reader.read(PIECE):
            if mark is not None and passed + len(piece) >= mark:
                keep = mark - passed
                for action in rule.actions:
                    self._note(connection, 0, way, rule, action)
                if "cut_before" in rule.actions:
                    await drip(sink, piece[:keep - 1], speed)
                    raise Cut
                await asyncio.sleep(rule.actions.get("stall", 0))
                speed = rule.actions.get("drip")
                if "cut_after" in rule.actions:
                    await drip(sink, piece[:keep], speed)
                    raise Cut
                mark = None
            passed += len(piece)
            await drip(sink, piece, speed)
        if sink.can_write_eof():
            sink.write_eof()


async def drip(writer, data, bytes_a_second):
    """Writes at once, or so many bytes a second."""
    if not bytes_a_second:
        writer.write(data)
        await writer.drain()
        return
    step = max(1, bytes_a_second // DRIPS_PER_SECOND)
    for at in range(0, len(data), step):
        writer.write(data[at:at + step])
        await writer.drain()
        await asyncio.sleep(step / bytes_a_second)


def reset(writer):
    """Ends a connection as a crash does: the other side is told that it was reset."""
    raw = writer.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
