"""The search node stops and starts in mid-load: nothing is lost, readiness says why, and it recovers."""
from harness import load
from harness.console import Failure, say, wait_until

KEYS, PER_SECOND = 2_000, 500
RECORDS_BEFORE = 1_000


def run(context):
    world, service, changes = load.service_under_load(
        context, "outage", KEYS, PER_SECOND, RECORDS_BEFORE)

    node = world.stack.search_kind
    say(f"stopping {node}")
    world.stack.down(node)
    try:
        def told():
            reason = service.not_ready_reason()
            if reason is None:
                raise Failure("/readyz says ready")
            if "127.0.0.1" not in reason:
                raise Failure(f"the reason does not name the server: {reason}")
            return reason
        reason = wait_until("/readyz to say 503 with the server's name", told, 30)
        say(f"/readyz while it is down: {reason.strip()[:300]}")
    finally:
        world.stack.up(node)
    say(f"{node} is back")
    service.wait_ready(60)
    changes.finish()
    context.settle_equal(world, load)
    context.check(service.running, "the service has not survived the outage")
    context.watch_memory(service)
    context.check(service.stop() == 0, service.log_end())
