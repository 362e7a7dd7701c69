"""A TCP listener that can be absent, count who comes, or pass everything on: servers that come late."""
import socket
import threading

PIECE = 65536


class Proxy:
    """Holds a port from the start; connections are refused until `open`, and passed on after it."""

    def __init__(self, target_url):
        host, port = target_url.rsplit("/", 1)[-1].rsplit(":", 1)
        self.target = (host, int(port))
        self.holder = socket.socket()
        self.holder.bind(("127.0.0.1", 0))  # bound and not listening: connecting is refused
        self.port = self.holder.getsockname()[1]
        self.accepted = 0
        self.closed = False

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def open(self):
        self.holder.listen(64)
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def close(self):
        self.closed = True
        # Wakes the accepting thread; close() alone would not.
        try:
            self.holder.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.holder.close()

    def _serve(self):
        while not self.closed:
            try:
                client, _ = self.holder.accept()
            except OSError:
                return
            self.accepted += 1
            try:
                server = socket.create_connection(self.target, 10)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            for pair in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    @staticmethod
    def _pass_on(source, sink):
        try:
            while piece := source.recv(PIECE):
                sink.sendall(piece)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
