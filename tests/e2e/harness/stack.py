"""The real servers, as scripts/stack runs them."""
import os
import pathlib
import subprocess

from harness.console import Failure

ROOT = pathlib.Path(__file__).resolve().parents[3]
# What writes the records: our own source, or a real Debezium in Kafka Connect.
SLUICE, DEBEZIUM = "sluice", "debezium"
# Records that come from no database.
TOPICS = "topics"
SERVERS = {SLUICE: ("postgres", "kafka"), DEBEZIUM: ("postgres", "kafka", "connect"), TOPICS: ("kafka",)}
UP_SECONDS = 600


class Stack:
    """One instance of the stack, the one that SLUICE_STACK_INSTANCE names; with the servers that
    the source needs."""

    def __init__(self, search_kind="auto", source=DEBEZIUM, searches=True):
        self.source, self.searches = source, searches
        self.search_kind, self.search_reason = search_kind, "as asked for"
        if search_kind == "auto":
            # Why it is this one stands on standard error.
            self.search_kind, self.search_reason = self._outputs("search-kind")
        values = dict(line.split("=", 1) for line in self._output("env").splitlines() if "=" in line)
        self.postgres_host = values["STACK_PG_HOST"]
        self.postgres_port = int(values["STACK_PG_PORT"])
        self.postgres_user = values["STACK_PG_USER"]
        self.kafka = values["STACK_KAFKA"]
        self.kafka_secure = values["STACK_KAFKA_SECURE"]
        self.kafka_secure_ca = values["STACK_KAFKA_SECURE_CA"]
        # Clients of the first are told to come by the second, where a case may put a proxy.
        self.kafka_proxied = values["STACK_KAFKA_PROXIED"]
        self.kafka_proxy = values["STACK_KAFKA_PROXY"]
        self.connect_url = values["STACK_CONNECT"]
        self.search_url = values["STACK_" + self.search_kind.upper()]

    @property
    def servers(self):
        return (*SERVERS[self.source], *((self.search_kind,) if self.searches else ()))

    def running(self):
        """Names of the servers that run now."""
        lines = self._output("status").splitlines()[1:]
        return {line.split()[0] for line in lines if line.split()[1] != "-"}

    def up(self, *servers, quiet=True):
        self._run("up", *(servers or self.servers), quiet=quiet)

    def down(self, *servers, quiet=True):
        self._run("down", *servers, quiet=quiet)

    @staticmethod
    def _command(*arguments):
        return [str(ROOT / "scripts" / "stack"), *arguments]

    def _run(self, *arguments, quiet):
        done = subprocess.run(self._command(*arguments), check=False, timeout=UP_SECONDS, text=True,
                              stdout=subprocess.PIPE if quiet else None,
                              stderr=subprocess.STDOUT if quiet else None)
        if done.returncode != 0:
            raise Failure(f"scripts/stack {' '.join(arguments)} ended with {done.returncode}:\n"
                          f"{done.stdout or ''}")

    def _output(self, *arguments):
        return self._outputs(*arguments)[0]

    def _outputs(self, *arguments):
        done = subprocess.run(self._command(*arguments), check=False, timeout=60, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ)
        if done.returncode != 0:
            raise Failure(f"scripts/stack {' '.join(arguments)}: {done.stderr}")
        return done.stdout.strip(), done.stderr.strip()
