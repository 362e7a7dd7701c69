"""The fault proxy does what its plan says, is seen doing it, and says what is wrong with a plan."""
import http.client
import http.server
import json
import pathlib
import socket
import socketserver
import struct
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from fault_proxy import HTTP, KAFKA, TCP, FaultProxy, PlanError  # noqa: E402
from fault_proxy.plan import Plan  # noqa: E402

BODY = (b'{"index":{"_index":"i","_id":"a"}}\n{"n":1}\n{"delete":{"_index":"i","_id":"b"}}\n'
        b'{"index":{"_index":"i","_id":"c"}}\n{"n":3}\n')
WAIT_SECONDS = 10


class Node(http.server.ThreadingHTTPServer):
    """Answers a bulk request item by item, and keeps what it was sent."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), NodeHandler)
        self.bodies = []
        self.more = threading.Condition()

    def handle_error(self, request, client_address):
        pass  # connections are reset here on purpose


class NodeHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        lines = [json.loads(line) for line in body.splitlines()]
        names = [name for line in lines for name in line if name in ("index", "delete")]
        answer = json.dumps({"errors": False, "items": [{name: {"status": 201}} for name in names]}).encode()
        with self.server.more:
            self.server.bodies.append(body)
            self.server.more.notify_all()
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for at in range(0, len(answer), 20):
            piece = answer[at:at + 20]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass


class Echo(socketserver.ThreadingTCPServer):
    """Sends back what comes; in frames too, for a frame is bytes as well."""
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), EchoHandler)
        self.received = bytearray()
        self.more = threading.Condition()


class EchoHandler(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while piece := self.request.recv(65536):
                with self.server.more:
                    self.server.received += piece
                    self.server.more.notify_all()
                self.request.sendall(piece)
        except ConnectionError:
            pass


class ProxyCase(unittest.TestCase):
    def serve(self, server):
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def proxy(self, server, plan, kind=HTTP, seed=1):
        proxy = FaultProxy("%s:%d" % server.server_address, plan, kind, seed).open()
        self.addCleanup(proxy.close)
        return proxy

    def wait(self, server, predicate):
        with server.more:
            self.assertTrue(server.more.wait_for(predicate, WAIT_SECONDS))


class HttpTest(ProxyCase):
    def setUp(self):
        self.node = self.serve(Node())

    def ask(self, proxy, body=BODY, path="/_bulk"):
        """(status, the parsed reply); raises what a client would see."""
        connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=WAIT_SECONDS)
        try:
            connection.request("POST", path, body)
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())
        finally:
            connection.close()

    def statuses(self, answer):
        return [item[name]["status"] for item in answer["items"] for name in item]

    def test_passes_on_what_no_rule_takes(self):
        proxy = self.proxy(self.node, "path /other: cut_before")
        status, answer = self.ask(proxy)
        self.assertEqual((200, [201, 201, 201]), (status, self.statuses(answer)))
        self.assertEqual([BODY], self.node.bodies)
        self.assertEqual([], proxy.injected)

    def test_keeps_a_connection_and_counts_its_requests(self):
        proxy = self.proxy(self.node, "request 3: status 503")
        connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=WAIT_SECONDS)
        seen = []
        for _ in range(4):
            connection.request("POST", "/_bulk", BODY)
            reply = connection.getresponse()
            reply.read()
            seen.append(reply.status)
        connection.close()
        self.assertEqual([200, 200, 503, 200], seen)
        entry, = proxy.injected
        self.assertEqual((1, 3, "/_bulk", "status"), (entry.connection, entry.request, entry.path, entry.action))

    def test_cuts_before_forwarding(self):
        proxy = self.proxy(self.node, "times 1: cut_before")
        with self.assertRaises(ConnectionError):
            self.ask(proxy)
        self.assertEqual([], self.node.bodies)
        self.assertEqual(200, self.ask(proxy)[0])
        self.assertEqual(1, proxy.count("cut_before"))

    def test_cuts_after_forwarding(self):
        proxy = self.proxy(self.node, ": cut_after")
        with self.assertRaises(ConnectionError):
            self.ask(proxy)
        self.assertEqual([BODY], self.node.bodies)

    def test_truncates_the_reply(self):
        proxy = self.proxy(self.node, ": truncate_reply 10")
        with self.assertRaises((http.client.IncompleteRead, ConnectionError)):
            self.ask(proxy)
        self.assertEqual([BODY], self.node.bodies)

    def test_answers_for_the_node(self):
        proxy = self.proxy(self.node, "request 1: status 429\nrequest 1: status 413\nrequest 1: status 400")
        for wanted, kind in ((429, "es_rejected_execution_exception"), (413, "content_too_long_exception"),
                             (400, "illegal_argument_exception")):
            status, answer = self.ask(proxy)
            self.assertEqual((wanted, kind), (status, answer["error"]["type"]))
        self.assertEqual([], self.node.bodies)

    def test_applies_a_part_of_what_it_refuses(self):
        proxy = self.proxy(self.node, ": status 413 applied 2")
        self.assertEqual(413, self.ask(proxy)[0])
        self.assertEqual([b"".join(line + b"\n" for line in BODY.splitlines()[:3])], self.node.bodies)

    def test_refuses_chosen_items(self):
        proxy = self.proxy(self.node, ": item_status 0:429 2:503")
        status, answer = self.ask(proxy)
        self.assertEqual((200, [429, 201, 503]), (status, self.statuses(answer)))
        self.assertTrue(answer["errors"])
        self.assertEqual("es_rejected_execution_exception", answer["items"][0]["index"]["error"]["type"])
        self.assertEqual([BODY.splitlines()[2] + b"\n"], self.node.bodies)

    def test_refuses_all_items_without_the_node(self):
        proxy = self.proxy(self.node, ": item_status 0:429 1:429 2:429")
        self.assertEqual([429, 429, 429], self.statuses(self.ask(proxy)[1]))
        self.assertEqual([], self.node.bodies)

    def test_delivers_a_copy_later(self):
        proxy = self.proxy(self.node, "body \"_id\":\"c\" : cut_before, late_copy 0.05")
        with self.assertRaises(ConnectionError):
            self.ask(proxy)
        self.wait(self.node, lambda: self.node.bodies == [BODY])
        self.assertEqual(1, proxy.count("late_copy"))

    def test_delivers_a_copy_when_it_is_asked_for(self):
        seen = []
        proxy = self.proxy(self.node, "items 3: status 503, late_copy asked\nitems 4: cut_before")
        proxy.seen = lambda path, body: seen.append((path, body))
        self.assertEqual(503, self.ask(proxy)[0])
        self.assertEqual(200, self.ask(proxy, b'{"delete":{"_id":"z"}}\n')[0])
        self.assertEqual(1, len(self.node.bodies))
        self.assertEqual(["items 4: cut_before"], proxy.silent_rules())
        proxy.deliver()
        self.wait(self.node, lambda: self.node.bodies[-1] == BODY)
        self.assertEqual(("/_bulk", BODY), seen[0])

    def test_stalls_and_drips(self):
        proxy = self.proxy(self.node, ": stall 0.1, stall_reply 0.1, drip 2000")
        began = time.monotonic()
        self.assertEqual(200, self.ask(proxy)[0])
        self.assertGreater(time.monotonic() - began, 0.2)  # never earlier, however slow the machine
        self.assertEqual((1, 1, 1), tuple(proxy.count(name) for name in ("stall", "stall_reply", "drip")))

    def test_refuses_until_it_is_open_then_cuts_and_mends(self):
        proxy = FaultProxy("%s:%d" % self.node.server_address)
        with self.assertRaises(ConnectionRefusedError):
            self.ask(proxy)
        proxy.open()
        self.addCleanup(proxy.close)
        self.assertEqual(200, self.ask(proxy)[0])
        proxy.cut()
        with self.assertRaises(ConnectionError):
            self.ask(proxy)
        proxy.mend()
        self.assertEqual(200, self.ask(proxy)[0])
        self.assertEqual(3, proxy.accepted)

    def test_follows_another_plan(self):
        proxy = self.proxy(self.node, ": status 503")
        self.assertEqual(503, self.ask(proxy)[0])
        proxy.follow("")
        self.assertEqual(200, self.ask(proxy)[0])


class KafkaTest(ProxyCase):
    def ask(self, proxy, *frames):
        with socket.create_connection(("127.0.0.1", proxy.port), WAIT_SECONDS) as client:
            for frame in frames:
                client.sendall(struct.pack(">i", len(frame)) + frame)
                answer = client.recv(4 + len(frame), socket.MSG_WAITALL)
                if len(answer) < 4 + len(frame):
                    raise ConnectionError("cut")

    def test_knows_requests_by_name(self):
        broker = self.serve(Echo())
        proxy = self.proxy(broker, "path OffsetCommit request 2: cut_after", KAFKA)
        metadata, commit = struct.pack(">hhi", 3, 4, 1), struct.pack(">hhi", 8, 2, 2)
        with self.assertRaises(ConnectionError):
            self.ask(proxy, metadata, commit, metadata, commit)
        entry, = proxy.injected
        self.assertEqual((4, "OffsetCommit"), (entry.request, entry.path))
        self.assertEqual(4 * 12, len(broker.received))


class TcpTest(ProxyCase):
    def test_cuts_at_a_byte(self):
        echo = self.serve(Echo())
        proxy = self.proxy(echo, "connection 2 up 5: cut_before\nconnection 3 down 4: cut_after", TCP)
        for received in (b"0123456789", b"0123", b"0123456789"):
            before = len(echo.received)
            with socket.create_connection(("127.0.0.1", proxy.port), WAIT_SECONDS) as client:
                client.sendall(b"0123456789")
                if received != b"0123":
                    self.assertEqual(b"0123"[:1], client.recv(1))
                self.wait(echo, lambda before=before, received=received:
                          bytes(echo.received[before:]) == received)
        self.assertEqual(["cut_before", "cut_after"], [entry.action for entry in proxy.injected])

    def test_a_rule_whose_byte_never_came_is_silent(self):
        proxy = self.proxy(self.serve(Echo()), "times 1 down 100: cut_before", TCP)
        for count in (5, 200):
            with socket.create_connection(("127.0.0.1", proxy.port), WAIT_SECONDS) as client:
                client.sendall(b"x" * count)
                client.recv(1)
            self.assertEqual(["times 1 down 100: cut_before"], proxy.silent_rules())
            self.assertEqual([], proxy.injected)

    def test_passes_on_to_the_end(self):
        proxy = self.proxy(self.serve(Echo()), "", TCP)
        with socket.create_connection(("127.0.0.1", proxy.port), WAIT_SECONDS) as client:
            client.sendall(b"x" * 300_000)
            client.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: client.recv(65536), b""))
        self.assertEqual(300_000, len(answer))


class PlanTest(unittest.TestCase):
    def test_the_same_seed_chooses_the_same(self):
        def chosen(seed):
            plan = Plan("chance 0.3: cut_before", HTTP, seed)
            return [plan.pick(1) is not None for _ in range(200)]
        self.assertEqual(chosen(5), chosen(5))
        self.assertNotEqual(chosen(5), chosen(6))
        self.assertTrue(30 < sum(chosen(5)) < 90)

    def test_the_first_rule_that_fires_takes_the_request(self):
        plan = Plan("every 2 times 2: cut_before\nrequest 2: cut_after", HTTP)
        fired = [plan.pick(1) for _ in range(6)]
        self.assertEqual([None, "cut_before", "cut_after", "cut_before", None, None],
                         [rule and next(iter(rule.actions)) for rule in fired])

    def test_says_what_is_wrong(self):
        for text, words in (("path /_bulk cut_before", "WHERE: ACTION"), ("path: cut_before", "a word and a value"),
                            ("pth /x: cut_before", "unknown condition 'pth'"), (": cutt", "unknown action 'cutt'"),
                            ("\n: stall", "line 2: stall takes SECONDS"), ("request 0: stall 1", "a count from 1"),
                            ("chance 2: stall 1", "a share"), (": cut_before, status 429", "cannot both"),
                            (": item_status 0", "ITEM:CODE"), (": status 413 applied", "CODE applied ITEMS"),
                            ("up 3: cut_before", "not for http")):
            with self.assertRaisesRegex(PlanError, words, msg=text):
                Plan(text)
        with self.assertRaisesRegex(PlanError, "not for tcp"):
            Plan(": status 429", TCP)
        with self.assertRaisesRegex(PlanError, "unknown kind"):
            Plan("", "smtp")


if __name__ == "__main__":
    unittest.main()
