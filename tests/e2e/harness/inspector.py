"""`sluice inspect` as a member of a group: a process, and what it has printed."""
import dataclasses
import json
import os
import signal
import subprocess

from harness.console import Failure, Hopeless

STOP_SECONDS = 30
# A member that has died is gone from its group this soon.
SHORT = ("--set", "kafka.session.timeout=6s", "--set", "kafka.heartbeat.interval=500ms")


@dataclasses.dataclass(frozen=True)
class Printed:
    partition: int
    offset: int
    symbol: str


class Inspector:
    """One member. Its answer and its messages are files."""

    def __init__(self, world, name, group, mode, topic, config):
        self.name = name
        self.out_path, self.err_path = world.folder / f"{name}.out", world.folder / f"{name}.err"
        self.words = ["inspect", topic, "-c", os.path.relpath(config), "-b", world.stack.kafka,
                      "--group", group, "--mode", mode, "--seen", "symbol"]
        if mode == "shared":  # records without a key are documents by their position
            self.words += ["--set", "event.documents.id=position"]
        self.command = [str(world.binary), *self.words, "-J", *SHORT]
        self.process = None
        world.own_group(group)
        world.members.append(self)

    def start(self):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SLUICE_")}
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=err, env=environment)
        return self

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def check_running(self):
        if not self.running:
            raise Hopeless(f"{self.name} ended with {self.process.poll()}: {self.messages()}")

    def lines(self):
        """The documents that it has printed; a line that is being written is left out."""
        text = self.out_path.read_text(encoding="utf-8")
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]

    def printed(self):
        return [Printed(line["partition"], line["offset"], line["write"]["document"]["symbol"])
                for line in self.lines() if line["schema"] == "sluice.inspect/1"]

    def seen(self):
        """{symbol: how often}, as it says itself."""
        told = [line["values"] for line in self.lines() if line["schema"] == "sluice.inspect.seen/1"]
        return told[-1] if told else {}

    def partitions(self):
        """Those that it reads now, as it says itself; None: it has not said."""
        told = [line.partition(" reads ")[2] for line in self.messages().splitlines() if " reads " in line]
        if not told:
            return None
        return {int(part.rpartition(" ")[2]) for part in told[-1].split(", ") if not part.startswith("nothing")}

    def expect_partitions(self, count):
        self.check_running()
        found = self.partitions()
        if found is None or len(found) != count:
            raise Failure(f"{self.name} reads {sorted(found or [])}")
        return found

    def messages(self):
        return self.err_path.read_text(encoding="utf-8", errors="replace")

    def kill(self):
        if self.running:
            self.process.kill()
            self.process.wait(10)

    def stop(self):
        """SIGTERM, and what it then ends with."""
        self.check_running()
        self.process.send_signal(signal.SIGTERM)
        return self.wait_end()

    def wait_end(self, seconds=STOP_SECONDS):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} had not ended after {seconds} s: {self.messages()}") from None


class Ticker:
    """`sluice demo ticker` in the background, until it is stopped."""

    def __init__(self, world, topic, rate, *more):
        self.command = [str(world.binary), "demo", "ticker", "--topic", topic, "-b", world.stack.kafka,
                        "-Q", "0", "--rate", str(rate), *more]
        self.process = None
        world.members.append(self)

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        return self

    def stop(self):
        """Returns what it says it has written."""
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=STOP_SECONDS)
        if self.process.returncode != 0:
            raise Failure(f"sluice demo ticker ended with {self.process.returncode}: {err}")
        return out

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
