"""A service command of sluice as a process: started, watched, stopped and killed by its own pid."""
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time

from harness import web
from harness.console import Failure, Hopeless, wait_until

START_SECONDS = 30
STOP_SECONDS = 70
SAMPLE_SECONDS = 0.1
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def parse_metrics(text):
    """[(name, {label: value}, number)] of a Prometheus exposition."""
    samples = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        head, value = line.rsplit(" ", 1)
        name, _, labels = head.partition("{")
        samples.append((name, dict(LABEL.findall(labels)), float(value)))
    return samples


class Service:
    """One process. Its log is a file; what it used at most of memory is known also after a kill."""

    def __init__(self, binary, name, folder, config, detached=False, verb="index"):
        self.name = name
        self.port = config["http"]["port"]
        self.url = f"http://127.0.0.1:{self.port}"
        self.config_path = folder / f"{name}.yaml"
        # JSON is YAML, so no quoting of ours can go wrong.
        self.config_path.write_text(json.dumps(config, indent=1), encoding="utf-8")
        self.log_path = folder / f"{name}.log"
        self.command = [str(binary), verb, "-c", str(self.config_path)]
        self.detached = detached
        self.process = None
        self.ended = False  # by us
        self.peak_kib = 0
        self.sampler = None

    @property
    def pid(self):
        return self.process.pid

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def start(self):
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith("SLUICE_")}
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=environment,
                                            start_new_session=self.detached)
        self.sampler = threading.Thread(target=self._sample, args=(self.process,), daemon=True)
        self.sampler.start()
        return self

    def _sample(self, process):
        while process.poll() is None:
            self.sample(process.pid)
            time.sleep(SAMPLE_SECONDS)

    def sample(self, pid):
        """Takes the kernel's own high-water mark of the resident memory."""
        try:
            with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
                for line in status:
                    if line.startswith("VmHWM:"):
                        self.peak_kib = max(self.peak_kib, int(line.split()[1]))
        except OSError:
            pass  # It has just ended.

    def start_ready(self):
        self.start()
        self.wait_ready()
        return self

    def wait_ready(self, seconds=START_SECONDS):
        wait_until(f"{self.name} to be ready", self.is_ready, seconds)

    def is_ready(self):
        self.check_running()
        status, text = web.request("GET", f"{self.url}/readyz?verbose", seconds=5)
        if status != 200:
            raise Failure(f"/readyz {status}: {text.strip()[:500]}")
        return True

    def ready_text(self):
        """(status, text) of /readyz?verbose."""
        self.check_running()
        return web.request("GET", f"{self.url}/readyz?verbose", seconds=5)

    def another(self, name):
        """A second process with the same configuration but for the port."""
        config = json.loads(self.config_path.read_text(encoding="utf-8"))
        config["http"]["port"] = free_port()
        binary, verb = self.command[:2]
        return Service(binary, name, self.config_path.parent, config, self.detached, verb)

    def not_ready_reason(self):
        """The text of /readyz?verbose while it answers 503, else None."""
        self.check_running()
        status, text = web.request("GET", f"{self.url}/readyz?verbose", seconds=5)
        return text if status == 503 else None

    def check_running(self):
        """Nothing that was started and not ended by us may have ended."""
        if self.process is not None and not self.ended and not self.running:
            raise Hopeless(f"{self.name} ended by itself with {self.process.poll()}:\n"
                           f"{self.log_end()}")

    def metrics(self):
        status, text = web.request("GET", f"{self.url}/metrics", seconds=10)
        if status != 200:
            raise Failure(f"{self.url}/metrics: {status} {text[:200]}")
        return parse_metrics(text)

    def metric(self, name, **labels):
        """The sum of all samples of that name that carry these labels."""
        return sum(value for found, held, value in self.metrics()
                   if found == name and labels.items() <= held.items())

    def kill(self):
        """kill -9, of this process alone."""
        if not self.running:
            return
        self.sample(self.pid)
        self.ended = True
        self.process.kill()
        self.process.wait(10)

    def ask_to_end(self, signal_number=signal.SIGTERM):
        self.check_running()
        self.sample(self.pid)
        self.ended = True
        self.process.send_signal(signal_number)

    def wait_end(self, seconds=STOP_SECONDS):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} had not ended {seconds} s after it was asked to:\n"
                          f"{self.log_end()}") from None

    def stop(self, seconds=STOP_SECONDS):
        """SIGTERM, and what the process then ends with."""
        self.ask_to_end()
        return self.wait_end(seconds)

    def log_text(self):
        if not self.log_path.exists():
            return ""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def log_end(self, lines=20):
        """The log's last lines, without what a source finds in the database when it starts."""
        told = [line for line in self.log_text().splitlines() if "event=database_finding" not in line]
        return "\n".join(told[-lines:])
