"""The customers' servers as a process, and what has arrived there, judged."""
import collections
import datetime
import json
import pathlib
import subprocess
import sys

from harness import web
from harness.console import Failure, check, wait_until
from harness.service import free_port

ROOT = pathlib.Path(__file__).resolve().parents[3]
STATUSES = ["Package Posted", "In Transit", "Package Delivered"]


class Customers:
    """tests/tools/customers with these latencies in seconds, each times `scale`."""

    def __init__(self, folder, latencies, scale=1.0, secrets=None, port=None, detached=False):
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.latencies, self.scale, self.secrets = latencies, scale, secrets or {}
        self.detached, self.process = detached, None
        self.log_path = pathlib.Path(folder) / "customers.log"

    @property
    def pid(self):
        return self.process.pid

    @property
    def command(self):
        return ["python3", "tests/tools/customers", "--port", str(self.port), "--scale",
                str(self.scale), *(f"{name}={seconds}" for name, seconds in self.latencies.items())]

    def address(self, name):
        return f"{self.url}/{name}"

    def start(self):
        secrets = [word for name, secret in self.secrets.items()
                   for word in ("--secret", f"{name}={secret}")]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-B", str(ROOT / "tests" / "tools" / "customers"),
                 *self.command[2:], *secrets],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=self.detached)
        wait_until("the customers to listen", lambda: self.received() is not None, 30)
        return self

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    def received(self):
        """All that has arrived, in its order."""
        check(self.process.poll() is None, f"the customers have ended: {self.log_path}")
        try:
            status, text = web.request("GET", f"{self.url}/_received", seconds=20)
        except OSError:
            return None
        return json.loads(text) if status == 200 else None

    def behave(self, name, **mode):
        """How one answers from now on; without anything: well."""
        status, text = web.request("PUT", f"{self.url}/_mode/{name}", json.dumps(mode))
        check(status == 200, f"_mode/{name}: {status} {text}")


def accepted(received):
    """What was taken, without repeats: {key: entry}, in the order of arrival."""
    taken = {}
    for entry in received:
        if entry["status"] is not None and 200 <= entry["status"] < 300 and not entry["repeat"]:
            taken.setdefault(entry["key"], entry)
    return taken


def judge(received, rows):
    """Every row was taken once by its customer, and each package's statuses in their order.

    `rows`: [(id, package_id, customer)] of the table. Returns (taken, repeats).
    """
    taken = accepted(received)
    by_row = {}
    orders = collections.defaultdict(list)
    for key, entry in taken.items():
        row = json.loads(entry["body"])
        check(row["id"] not in by_row, f"row {row['id']} was taken under two keys, {key} and "
              f"{by_row.get(row['id'], {}).get('key')}")
        check(entry["customer"] == row["customer"], f"{entry} went to another customer")
        check(entry["signed"] is not False, f"{entry} is not signed")
        by_row[row["id"]] = entry
        orders[row["package_id"]].append(row["id"])
    missing = [row for row in rows if row[0] not in by_row]
    if missing:
        raise Failure(f"{len(missing)} of {len(rows)} rows were not taken: {missing[:3]}")
    check(len(by_row) == len(rows), f"{len(by_row)} statuses were taken of {len(rows)} rows")
    for package, ids in orders.items():
        check(ids == sorted(ids), f"package {package} was told in the order {ids}")
    return len(taken), sum(entry["repeat"] for entry in received)


def p99_seconds(received, customers, since_row=0):
    """From the row's own time to the answer, of statuses with an id above `since_row`."""
    seconds = []
    for entry in accepted(received).values():
        row = json.loads(entry["body"])
        if row["id"] <= since_row or entry["customer"] not in customers or entry["done"] is None:
            continue
        moved = datetime.datetime.fromisoformat(row["moved_at"].replace("Z", "+00:00"))
        seconds.append(entry["done"] / 1000 - moved.timestamp())
    check(seconds, f"nothing was taken by {customers}")
    seconds.sort()
    return seconds[min(len(seconds) - 1, int(len(seconds) * 0.99))]
