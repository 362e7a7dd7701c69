"""Kafka by TLS and password: records arrive; a wrong password is a reason, not an end."""
import json

from harness import web
from harness.console import Failure, say, wait_until

TABLE = "public.secrets"
ROWS = 50
USER, PASSWORD = "sluice", "changeme"


def run(context):
    world = context.world("secure")
    topic = world.topic(TABLE)
    world.kafka.create_topic(topic, 2)
    for number in range(ROWS):
        value = {"before": None, "after": {"id": number}, "op": "c", "ts_ms": 1,
                 "source": {"ts_ms": 1, "schema": "public", "table": "secrets"}}
        world.kafka.produce(topic, number % 2, json.dumps({"id": number}).encode(),
                            json.dumps(value).encode())
    wrong_password(context, world)
    service = world.service("knows", kafka=secured(world, PASSWORD)).start_ready()
    world.wait_no_lag((TABLE,))
    found = len(world.search.documents(world.index(TABLE)))
    context.check(found == ROWS, f"{found} documents, not {ROWS}")
    context.check(service.stop() == 0, service.log_end())
    say(f"{ROWS} records came by TLS and password")


def secured(world, password):
    """The password comes from a file, as it would in a deployment."""
    path = world.folder / f"password-{len(world.services)}"
    path.write_text(password + "\n", encoding="utf-8")
    return {"brokers": [world.stack.kafka_secure],
            "properties": {"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN",
                           "ssl.ca.location": world.stack.kafka_secure_ca,
                           "sasl.username": USER, "sasl.password": f"${{file:{path}}}"}}


def wrong_password(context, world):
    wrong = "not-the-password"
    service = world.service("guesses", kafka=secured(world, wrong)).start()

    def told():
        reason = service.not_ready_reason()
        if not reason or "uthentication" not in reason or "kafka.properties" not in reason:
            raise Failure(f"/readyz says {reason}")
        return reason
    reason = wait_until("/readyz to name the refused login", told, 30)
    status, _ = web.request("GET", f"{service.url}/livez")
    context.check(status == 200, f"/livez is {status} while the login is refused")
    lines = [line for line in service.log_text().splitlines() if "event=held" in line]
    context.check(any("reason=broker_unauthorized" in line for line in lines),
                  f"no line of the log says so:\n{service.log_end()}")
    context.check(wrong not in service.log_text() and wrong not in reason, "the password is shown")
    context.check(service.stop() == 0, service.log_end())
    say(f"a wrong password: alive, not ready: {reason.strip()[:200]}")
