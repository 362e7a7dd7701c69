"""Starts and ends the programs of the benchmark; every wait is bounded."""
import contextlib
import json
import os
import pathlib
import select
import signal
import subprocess
import time
import urllib.request

START_LIMIT_S = 120
DRAIN_LIMIT_S = 90


class BenchError(Exception):
    """Something did not run as it must; the text says what."""


def read_line(process, limit_s, what):
    """The first line of a program's output."""
    ready, _, _ = select.select([process.stdout], [], [], limit_s)
    line = process.stdout.readline() if ready else b""
    if not line:
        raise BenchError(f"{what} printed nothing within {limit_s} s")
    return json.loads(line)


@contextlib.contextmanager
def feeder(build, events, workload):
    """The in-memory Kafka; yields what it says about itself."""
    # The mock cluster keeps some 5 MiB of a partition as compressed: about 30,000 narrow events.
    per_partition = {"narrow": 20_000, "schema": 20_000, "wide": 8_000}[workload]
    topics = 4
    partitions = max(12, -(-events // (topics * per_partition)))
    process = subprocess.Popen(
        [build / "tests/bench/mock_feeder", "--events", str(events), "--workload", workload,
         "--topics", str(topics), "--partitions", str(partitions)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield read_line(process, START_LIMIT_S, "mock_feeder")
    finally:
        process.stdin.close()
        end(process)


class Sink:
    """A null sink and its counters."""

    def __init__(self, build, arguments=()):
        self.process = subprocess.Popen([build / "tests/bench/null_sink", *arguments],
                                        stdout=subprocess.PIPE)
        self.url = read_line(self.process, 10, "null_sink")["url"]

    def counters(self):
        with urllib.request.urlopen(self.url + "/_null_sink/stats", timeout=10) as reply:
            return json.load(reply)

    def close(self):
        self.process.terminate()
        end(self.process)


@contextlib.contextmanager
def null_sink(build, arguments=()):
    sink = Sink(build, arguments)
    try:
        yield sink
    finally:
        sink.close()


def end(process):
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


def run_json(command, limit_s=180):
    """Runs a program to its end; the JSON of its last line."""
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=limit_s, check=False)
    if done.returncode != 0:
        raise BenchError(f"{pathlib.Path(command[0]).name} ended with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def write_config(path, feed, sink_url, group, settings):
    """A configuration file of sluice index. JSON is YAML."""
    config = {
        "kafka": {"brokers": [feed["bootstrap"]], "group": {"id": group},
                  "topics": feed["topics"]},
        "elasticsearch": {"urls": [sink_url]},
        "http": {"port": 0},
        "log": {"level": "warn"},
    }
    path.write_text(json.dumps(config, indent=2), encoding="utf-8")
    return [part for setting in settings for part in ("--set", setting)]


def peak_kib(pid):
    with contextlib.suppress(OSError):
        for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0


def wait_for(sink, before, events, process, limit_s, poll_s):
    """Until the sink has taken that many more writes, or the process is gone."""
    deadline = time.monotonic() + limit_s
    while True:
        now = sink.counters()
        taken = sum(now[name] - before[name] for name in ("documents", "deletes"))
        if taken >= events:
            return now
        if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            raise BenchError(f"sluice index ended after {taken} of {events} events")
        if time.monotonic() > deadline:
            raise BenchError(f"only {taken} of {events} events reached the sink in {limit_s} s")
        time.sleep(poll_s)


def run_index(command, sink, events, log_path, limit_s=120, poll_s=0.02):
    """Runs sluice index until all events have arrived, then stops it by SIGTERM.

    Returns its CPU time (user + system, whole process), its resident peak and what the sink got.
    """
    before = sink.counters()
    started = time.monotonic()
    with open(log_path, "ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        after = wait_for(sink, before, events, process, limit_s, poll_s)
        elapsed_s = time.monotonic() - started
        resident_kib = peak_kib(process.pid)
        process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + DRAIN_LIMIT_S
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid != 0:
                break
            if time.monotonic() > deadline:
                raise BenchError(f"sluice index did not stop within {DRAIN_LIMIT_S} s")
            time.sleep(0.01)
    except BenchError as error:
        process.kill()
        process.wait(10)
        raise BenchError(f"{error}; its log: {log_tail(log_path)}") from None
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise BenchError(f"sluice index ended with {process.returncode}: {log_tail(log_path)}")
    got = {name: after[name] - before[name] for name in after}
    return {"cpu_s": usage.ru_utime + usage.ru_stime, "user_s": usage.ru_utime,
            "system_s": usage.ru_stime, "resident_kib": resident_kib, "elapsed_s": elapsed_s,
            "sink": got}


def log_tail(path, lines=8):
    return " | ".join(pathlib.Path(path).read_text(encoding="utf-8").splitlines()[-lines:])
