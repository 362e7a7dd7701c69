"""The database and the broker that a benchmark of the source works on: made anew, removed after."""
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

import programs

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/e2e"))
from harness.kafka import Kafka  # noqa: E402

DATABASE = "sluice_bench"
PUBLICATION = "bench"
ROWS_PER_TRANSACTION = 1_000
LOAD_LIMIT_S = 900
SAMPLE_S = 0.02
TICKS = os.sysconf("SC_CLK_TCK")

# About 100 bytes a row in the form that COPY writes.
SCHEMA = """
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, sku text NOT NULL,
  quantity int NOT NULL, amount numeric(10,2) NOT NULL, status text NOT NULL, note text,
  updated_at timestamptz NOT NULL);
CREATE TABLE nothing (LIKE orders INCLUDING ALL);
CREATE PUBLICATION bench FOR TABLE orders, nothing;
CREATE PROCEDURE fill(transactions bigint, size bigint) LANGUAGE plpgsql AS $$
BEGIN
  FOR t IN 0..transactions - 1 LOOP
    INSERT INTO orders SELECT n, 100000 + n * 7919 % 900000,
        'A-' || lpad((n * 104729 % 100000000)::text, 8, '0'), 1 + n % 9,
        10 + n % 9990 + (n % 100) / 100.0,
        (ARRAY['new', 'paid', 'shipped', 'returned'])[1 + n % 4],
        (ARRAY['', 'ring twice', 'leave at the door', 'gift, no bill'])[1 + n / 4 % 4],
        '2026-03-01 10:00:00Z'::timestamptz + n * interval '1 microsecond'
      FROM generate_series(t * size + 1, t * size + size) n;
    COMMIT;
  END LOOP;
END $$;
"""


class Servers:
    """PostgreSQL and Kafka of one instance of scripts/stack."""

    def __init__(self, instance):
        self.stack = ["scripts/stack", "--instance", str(instance)]
        self._run([*self.stack, "up", "postgres", "kafka"])
        text = self._run([*self.stack, "env"])
        values = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        self.host, self.port = values["STACK_PG_HOST"], values["STACK_PG_PORT"]
        self.user, self.broker = values["STACK_PG_USER"], values["STACK_KAFKA"]
        self.kafka = Kafka(self.broker, "bench")

    @staticmethod
    def _run(command):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise programs.BenchError(f"{command[0]} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def address(self):
        """Over TCP, as options of PostgreSQL's own programs."""
        return ["-h", self.host, "-p", self.port, "-U", self.user, "-d", DATABASE]

    def sql(self, text, database=DATABASE):
        done = subprocess.run(
            ["psql", "-X", "-qAt", "-v", "ON_ERROR_STOP=1", "-h", self.host, "-p", self.port, "-U",
             self.user, "-d", database], input=text, capture_output=True, text=True,
            timeout=LOAD_LIMIT_S, check=False)
        if done.returncode != 0:
            raise programs.BenchError(f"psql: {done.stderr.strip()}")
        return done.stdout.strip()

    def drop(self):
        self.sql(f"""SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
                     WHERE database = '{DATABASE}' AND NOT active""", "postgres")
        self.sql(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", "postgres")

    def create_slot(self, name):
        self.sql(f"SELECT pg_create_logical_replication_slot('{name}', 'pgoutput')")

    def load(self, rows, size):
        """That many rows in transactions of `size`, between the slots `before` and `behind`."""
        self.create_slot("before")
        self.sql(f"CALL fill({rows // size}, {size}); CHECKPOINT;")
        self.create_slot("behind")

    @contextlib.contextmanager
    def slot(self, origin, name):
        """A copy of a slot, which reads the same log once more."""
        self.sql(f"SELECT pg_copy_logical_replication_slot('{origin}', '{name}')")
        try:
            yield name
        finally:
            self.drop_slot(name)

    def drop_slot(self, name):
        self.sql(f"""SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
                     WHERE slot_name = '{name}'""")

    def log_end(self):
        return self.sql("SELECT pg_current_wal_flush_lsn()")

    def records(self, topic):
        parts = self.kafka.topics().get(topic)
        return sum(self.kafka.offsets(topic, parts).values()) if parts else 0

    def delete_topics(self, prefix):
        self.kafka.delete_topics([name for name in self.kafka.topics() if name.startswith(prefix)])


@contextlib.contextmanager
def servers(instance):
    found = Servers(instance)
    found.drop()
    found.sql(f"CREATE DATABASE {DATABASE}", "postgres")
    try:
        found.sql(SCHEMA)
        yield found
    finally:
        found.drop()


class SenderCpu:
    """The CPU time of the server process that sends the log, read while it lives."""

    def __init__(self, found):
        self.found, self.seconds, self.ended = found, 0.0, False
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self):
        pid = ""
        while not pid and not self.ended:
            with contextlib.suppress(programs.BenchError):
                pid = self.found.sql("SELECT pid FROM pg_stat_replication "
                                     "WHERE state IN ('catchup', 'streaming') LIMIT 1")
        while not self.ended:
            try:
                stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
            except OSError:
                return
            fields = stat.rpartition(")")[2].split()
            self.seconds = (int(fields[11]) + int(fields[12])) / TICKS
            time.sleep(SAMPLE_S)

    def stop(self):
        self.ended = True
        self.thread.join(5)
        return self.seconds


def write_config(path, found, slot, prefix, table, settings, more):
    """A configuration file of sluice capture. JSON is YAML."""
    config = {
        "kafka": {"brokers": [found.broker]},
        "database": {"hostname": found.host, "port": int(found.port), "user": found.user,
                     "dbname": DATABASE},
        "topic": {"prefix": prefix},
        "slot": {"name": slot},
        "publication": {"name": PUBLICATION, "autocreate.mode": "disabled"},
        "table": {"include.list": [rf"public\.{table}"]},
        "capture": {"positions.topic": f"{prefix}.positions"},
        "http": {"port": 0},
        "log": {"level": "error"},
        **more,
    }
    path.write_text(json.dumps(config, indent=2), encoding="utf-8")
    return [part for setting in settings for part in ("--set", setting)]


def timed(command, limit_s, log_path, out=None):
    """Runs a program to its end: wall and CPU seconds, and its resident peak in KiB."""
    began = time.monotonic()
    with open(log_path, "ab") as log:
        process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL,
                                   stdout=out or log, stderr=log)
    resident = 0
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid != 0:
            break
        if time.monotonic() - began > limit_s:
            process.kill()
            process.wait(10)
            raise programs.BenchError(f"{command[0]} took longer than {limit_s} s")
        resident = max(resident, programs.peak_kib(process.pid))
        time.sleep(SAMPLE_S)
    elapsed = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise programs.BenchError(f"{pathlib.Path(command[0]).name} ended with "
                                  f"{process.returncode}: {programs.log_tail(log_path)}")
    return {"elapsed_s": elapsed, "cpu_s": usage.ru_utime + usage.ru_stime,
            "resident_kib": max(resident, usage.ru_maxrss)}
