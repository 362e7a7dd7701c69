"""A Debezium connector, through Connect's REST API."""
import json

from harness import web
from harness.console import Failure, check, wait_until
from harness.stack import DEBEZIUM, ROOT

CONFIG_FILE = ROOT / "configs" / "debezium-postgres-connector.json"
# Connect answers 404, 409 and 500 while its workers find each other.
PASSING = (web.UNREACHABLE, 404, 409, 500)


def demo_request():
    """The connector request that users are shown: {"name": …, "config": {…}}."""
    return json.loads(CONFIG_FILE.read_text(encoding="utf-8"))


class Connector:
    def __init__(self, stack, name, config):
        self.name = name
        self.config = dict(config)
        self.config["database.hostname"] = stack.postgres_host
        self.config["database.port"] = str(stack.postgres_port)
        self.url = f"{stack.connect_url}/connectors/{name}"

    def register(self):
        """Creates or updates it, and waits until it runs."""
        def put():
            status, text = web.request("PUT", f"{self.url}/config", self.config)
            if status in (200, 201):
                return True
            if status in PASSING:
                raise Failure(f"{status} {text[:300]}")
            check(False, f"PUT {self.url}/config: {status} {text[:600]}")
            return False
        wait_until(f"connector {self.name} to be accepted", put, 60)
        wait_until(f"connector {self.name} to run", self.runs, 90, every=0.2)

    def runs(self):
        status, text = web.request("GET", f"{self.url}/status")
        if status != 200:
            raise Failure(f"{status} {text[:300]}")
        answer = json.loads(text)
        states = [answer["connector"]["state"], *(task["state"] for task in answer["tasks"])]
        if len(states) > 1 and set(states) == {"RUNNING"}:
            return True
        raise Failure(json.dumps(answer)[:600])

    def remove(self):
        """Deletes it with the offsets that Connect keeps for its name; none such is fine."""
        status, text = web.request("PUT", f"{self.url}/stop")
        if status == 404:
            return
        check(status in (202, 204), f"PUT {self.url}/stop: {status} {text[:300]}")

        def offsets_gone():
            # Refused until the tasks have ended.
            status, text = web.request("DELETE", f"{self.url}/offsets", seconds=60)
            if status == 200:
                return True
            raise Failure(f"{status} {text[:300]}")
        wait_until(f"offsets of connector {self.name} to be deleted", offsets_gone, 60)

        def gone():
            status, text = web.request("DELETE", self.url)
            if status in (204, 404):
                return True
            raise Failure(f"{status} {text[:300]}")
        wait_until(f"connector {self.name} to be deleted", gone, 30)


def connector_names(stack):
    status, text = web.request("GET", f"{stack.connect_url}/connectors")
    if status == web.UNREACHABLE and stack.source != DEBEZIUM:
        return []  # It need not run.
    check(status == 200, f"GET {stack.connect_url}/connectors: {status} {text[:300]}")
    return json.loads(text)
