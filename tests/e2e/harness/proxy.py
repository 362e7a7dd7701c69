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
        self.closed = self.broken = False
        self.ends = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def open(self):
        self.holder.listen(64)
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def cut(self):
        """From now on every connection breaks, those that are open too."""
        self.broken = True
        for end in self.ends:
            self._shut(end)

    def close(self):
        self.closed = True
        self.cut()
        # Wakes the accepting thread; close() alone would not.
        self._shut(self.holder)
        self.holder.close()

    @staticmethod
    def _shut(end):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _serve(self):
        while not self.closed:
            try:
                client, _ = self.holder.accept()
            except OSError:
                return
            self.accepted += 1
            try:
                if self.broken:
                    raise ConnectionError("cut")
                server = socket.create_connection(self.target, 10)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            self.ends += [client, server]
            for pair in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source, sink):
        try:
            while piece := source.recv(PIECE):
                sink.sendall(piece)
        except OSError:
            pass
        for end in (source, sink):
            self._shut(end)
