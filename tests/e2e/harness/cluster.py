"""A PostgreSQL cluster of a case's own, beside the stack's: other settings, another system identifier."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from harness.console import Failure, check, wait_until
from harness.database import Database
from harness.service import free_port
from harness.stack import ROOT

OWNER = "postgres"  # the server refuses to run as root
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
shared_buffers = 16MB
max_wal_senders = 4
max_replication_slots = 4
"""


class Cluster:
    def __init__(self, **settings):
        versions = (ROOT / "scripts" / "versions.env").read_text(encoding="utf-8")
        major = re.search(r"^POSTGRES_MAJOR=(\d+)", versions, re.MULTILINE).group(1)
        self.programs = pathlib.Path(f"/usr/lib/postgresql/{major}/bin")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"e2e_cluster.{os.getpid()}."))
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.user = {"user": OWNER, "group": OWNER, "extra_groups": []} if os.getuid() == 0 else {}
        if self.user:
            shutil.chown(self.folder, OWNER, OWNER)
        self.postgres_host, self.postgres_port, self.postgres_user = "127.0.0.1", free_port(), OWNER
        self.process = None
        # Segments of 1 MiB: what takes a disk's worth of changes elsewhere takes a few here.
        done = subprocess.run(
            [self.programs / "initdb", "-D", self.data, "-U", OWNER, "-A", "trust", "-E", "UTF8",
             "--locale=C.UTF-8", "-N", "--wal-segsize=1"],
            capture_output=True, text=True, timeout=60, check=False, cwd=self.folder, **self.user)
        check(done.returncode == 0, f"initdb: {done.stderr}")
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as configuration:
            configuration.write(SETTINGS + f"port = {self.postgres_port}\n" + "".join(
                f"{name} = '{value}'\n" for name, value in settings.items()))

    def database(self, name):
        return Database(self, name)

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.programs / "postgres", "-D", self.data],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.folder, **self.user)
        wait_until("the second PostgreSQL", self._serves, 30)
        return self

    def _serves(self):
        if self.process.poll() is not None:
            raise Failure(self.log.read_text(encoding="utf-8", errors="replace")[-2000:])
        return self.database("postgres").run("select 1") == "1"

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(2)  # a fast shutdown: sessions are ended
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)

    def restart(self):
        self.stop()
        return self.start()

    def discard(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
