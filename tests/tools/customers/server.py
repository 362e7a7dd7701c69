"""Customers' HTTP APIs, well-behaved or not, over asyncio streams."""
import asyncio
import base64
import dataclasses
import hashlib
import hmac
import json
import time

BODY_MAX = 16 * 1024 * 1024


@dataclasses.dataclass
class Mode:
    """How a customer answers."""
    latency: float = 0.0  # seconds
    status: int = 200
    reply: str = "http"  # or garbage, never, reset
    only: str = ""       # only bodies that hold this text; all others are answered well
    times: int = -1      # so often; -1: always


class Customer:
    def __init__(self, name, latency, secret=None):
        self.name, self.latency, self.secret = name, latency, secret
        self.mode = Mode(latency=latency)
        self.known = set()  # keys of statuses that were taken

    def mode_for(self, body):
        """The mode of this request; well-behaved where the customer's own does not mean it."""
        mode = self.mode
        if mode.times == 0 or mode.only not in body:
            return Mode(latency=self.latency)
        if mode.times > 0:
            mode.times -= 1
        return mode

    def is_signed(self, headers, body):
        if self.secret is None:
            return None
        key = base64.b64decode(self.secret.removeprefix("whsec_")) if self.secret.startswith("whsec_") \
            else self.secret.encode()
        text = f"{headers.get('webhook-id', '')}.{headers.get('webhook-timestamp', '')}.".encode() + body
        wanted = "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
        return hmac.compare_digest(wanted, headers.get("webhook-signature", ""))


class Server:
    def __init__(self, customers, scale=1.0):
        self.customers = {customer.name: customer for customer in customers}
        self.scale = scale
        self.received = []

    async def serve(self, reader, writer):
        """One connection."""
        try:
            while True:
                request = await self.read(reader)
                if request is None or not await self.answer(writer, *request):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    @staticmethod
    async def read(reader):
        line = await reader.readline()
        if not line:
            return None
        method, target, _ = line.decode("latin-1").split(" ", 2)
        headers = {}
        while (line := await reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        size = int(headers.get("content-length", 0))
        if size > BODY_MAX:
            raise ConnectionError("too large")
        return method, target, headers, await reader.readexactly(size)

    async def answer(self, writer, method, target, headers, body):
        """False: the connection ends."""
        name = target.lstrip("/")
        if method == "GET" and name == "_received":
            return await self.say(writer, 200, json.dumps(self.received))
        if method == "PUT" and name.startswith("_mode/"):
            customer = self.customers[name.removeprefix("_mode/")]
            customer.mode = Mode(**{"latency": customer.latency, **json.loads(body)})
            return await self.say(writer, 200, "{}")
        customer = self.customers.get(name)
        if method != "POST" or customer is None:
            return await self.say(writer, 404, "no such customer")
        return await self.take(writer, customer, headers, body)

    async def take(self, writer, customer, headers, body):
        text = body.decode("utf-8", "replace")
        mode = customer.mode_for(text)
        key = headers.get("idempotency-key", "")
        entry = {"customer": customer.name, "key": key, "attempt": headers.get("webhook-attempt"),
                 "body": text, "at": time.time() * 1000, "done": None, "status": None,
                 "repeat": key in customer.known, "signed": customer.is_signed(headers, body)}
        self.received.append(entry)
        if entry["signed"] is False:
            entry["status"] = 401
            return await self.say(writer, 401, "the signature is not ours")
        if mode.reply != "http":
            return await self.misbehave(writer, mode)
        # It is done when it was taken, whether or not somebody still waits for the answer.
        entry["status"] = mode.status
        if 200 <= mode.status < 300:
            customer.known.add(key)
        await asyncio.sleep(0 if entry["repeat"] else mode.latency * self.scale)
        entry["done"] = time.time() * 1000
        return await self.say(writer, mode.status, '{"taken":true}')

    @staticmethod
    async def misbehave(writer, mode):
        if mode.reply == "garbage":
            writer.write(b"\x00\x01 what is this?\r\n\r\n")
            await writer.drain()
        elif mode.reply == "never":
            await asyncio.sleep(3600)
        return False  # a reset: nothing is said

    @staticmethod
    async def say(writer, status, body):
        data = body.encode()
        writer.write(f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\n"
                     f"Content-Length: {len(data)}\r\n\r\n".encode() + data)
        await writer.drain()
        return True


async def run(server, port, ready=lambda port: None):
    """Serves on a loopback port, 0: a free one, until it is cancelled."""
    listener = await asyncio.start_server(server.serve, "127.0.0.1", port)
    ready(listener.sockets[0].getsockname()[1])
    async with listener:
        await listener.serve_forever()
