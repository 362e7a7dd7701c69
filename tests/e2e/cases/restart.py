"""The broker restarts in mid-load: the same process reads on, nothing is lost, readiness says why."""
from harness import load, web
from harness.console import Failure, say, wait_until

KEYS, PER_SECOND = 2_000, 500
RECORDS_BEFORE = 1_000


def run(context):
    world, service, changes = load.service_under_load(
        context, "restart", KEYS, PER_SECOND, RECORDS_BEFORE)

    say("stopping the broker")
    world.stack.down("kafka")
    try:
        def told():
            reason = service.not_ready_reason()
            if reason is None:
                raise Failure("/readyz says ready")
            if world.stack.kafka not in reason:
                raise Failure(f"the reason does not name the broker: {reason}")
            return reason
        reason = wait_until("/readyz to say 503 with the broker's name", told, 60)
        status, _ = web.request("GET", f"{service.url}/livez")
        context.check(status == 200, f"/livez is {status} while the broker is away")
        say(f"/readyz while it is away: {reason.strip()[:300]}")
    finally:
        world.stack.up("kafka")
    read_before = service.metric("sluice_records_total")
    say("the broker is back")
    service.wait_ready(90)
    wait_until("records to be read again",
               lambda: service.metric("sluice_records_total") > read_before, 90)
    changes.finish()
    context.settle_equal(world, load)
    context.check(service.running, "the service has not survived the restart of its broker")
    context.watch_memory(service)
    context.check(service.stop() == 0, service.log_end())
