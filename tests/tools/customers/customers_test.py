"""The customers: they must be able to say no, and to know a repeat."""
import asyncio
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from customers.server import Customer, Mode, Server, run  # noqa: E402


class CustomersTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.server = Server([Customer("a", 0), Customer("b", 0, "secret")])
        port = asyncio.get_running_loop().create_future()
        self.task = asyncio.create_task(run(self.server, 0, port.set_result))
        self.port = await port

    async def asyncTearDown(self):
        self.task.cancel()

    async def ask(self, method, target, body="", **headers):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        writer.write(f"{method} {target} HTTP/1.1\r\nContent-Length: {len(body)}\r\n{lines}\r\n{body}".encode())
        await writer.drain()
        answer = b""
        while b"\r\n\r\n" not in answer and (data := await reader.read(65536)):
            answer += data
        if b"Content-Length:" in answer:
            head, _, rest = answer.partition(b"\r\n\r\n")
            size = int(head.split(b"Content-Length:")[1].split(b"\r\n")[0])
            while len(rest) < size:
                rest += await reader.read(65536)
            answer = head + b"\r\n\r\n" + rest
        writer.close()
        return answer.decode("latin-1")

    async def test_takes_a_status_and_knows_its_repeat(self):
        for _ in range(2):
            self.assertIn(" 200 ", await self.ask("POST", "/a", "{}", Idempotency_Key="k"))
        self.assertEqual([entry["repeat"] for entry in self.server.received], [False, True])
        received = (await self.ask("GET", "/_received")).partition("\r\n\r\n")[2]
        self.assertEqual(len(json.loads(received)), 2)

    async def test_refuses_what_is_not_signed(self):
        self.assertIn(" 401 ", await self.ask("POST", "/b", "{}", Idempotency_Key="k"))
        self.assertFalse(self.server.customers["b"].known)

    async def test_misbehaves_as_told_and_so_often(self):
        await self.ask("PUT", "/_mode/a", json.dumps({"status": 500, "only": "x", "times": 1}))
        self.assertIn(" 200 ", await self.ask("POST", "/a", '{"y":1}', Idempotency_Key="1"))
        self.assertIn(" 500 ", await self.ask("POST", "/a", '{"x":1}', Idempotency_Key="2"))
        self.assertIn(" 200 ", await self.ask("POST", "/a", '{"x":1}', Idempotency_Key="2"))
        self.server.customers["a"].mode = Mode(reply="reset")
        self.assertEqual("", await self.ask("POST", "/a", "{}", Idempotency_Key="3"))
        self.server.customers["a"].mode = Mode(reply="garbage")
        self.assertIn("what is this?", await self.ask("POST", "/a", "{}", Idempotency_Key="4"))


if __name__ == "__main__":
    unittest.main()
