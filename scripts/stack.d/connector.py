"""Creates or updates a connector through Connect's REST API and waits until its task runs.

Usage: connector.py FILE CONNECT_URL DATABASE_HOST DATABASE_PORT. FILE is what Connect's documentation
calls a connector request: {"name": ..., "config": {...}}. The database address in it is replaced.
"""

import json
import sys
import time
import urllib.error
import urllib.request

SECONDS = 60
FAILED_SECONDS = 5


def call(method: str, url: str, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as reply:
        return json.loads(reply.read() or b"null")


def call_with_retries(method: str, url: str, body, deadline: float):
    while True:
        try:
            return call(method, url, body)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            # 409: the workers are rebalancing; 500 and 404: they have just started.
            if error.code not in (404, 409, 500) or time.monotonic() > deadline:
                sys.exit(f"connector: {method} {url} answered {error.code}: {text}")
        except OSError as error:
            if time.monotonic() > deadline:
                sys.exit(f"connector: {method} {url}: {error}")
        time.sleep(0.2)


def main() -> None:
    path, connect, host, port = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        request = json.load(file)
    name, config = request["name"], dict(request["config"])
    config["database.hostname"], config["database.port"] = host, port
    began = time.monotonic()
    deadline = began + SECONDS
    call_with_retries("PUT", f"{connect}/connectors/{name}/config", config, deadline)
    failed_since = None
    while True:
        status = call_with_retries("GET", f"{connect}/connectors/{name}/status", None, deadline)
        states = [status["connector"]["state"]] + [task["state"] for task in status["tasks"]]
        if len(states) > 1 and all(state == "RUNNING" for state in states):
            break
        # A task that failed under the configuration before this one is still shown for a moment.
        if "FAILED" not in states:
            failed_since = None
        elif failed_since is None:
            failed_since = time.monotonic()
        failed = failed_since is not None and time.monotonic() - failed_since > FAILED_SECONDS
        if failed or time.monotonic() > deadline:
            sys.exit(f"connector {name} does not run: {json.dumps(status, indent=1)}")
        time.sleep(0.2)
    print(f"connector {name} runs after {time.monotonic() - began:.1f} s ({connect}/connectors/{name})")


main()
