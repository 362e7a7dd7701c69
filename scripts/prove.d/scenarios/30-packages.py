"""Deliveries: each status reaches its customer, in order, and a slow customer delays no other.

The story in one command from a checkout, and the same with customers that fail in every way while source
and deliverer are killed.
"""
import re

from cases import prove, run_case, tell
from item import result
from scenario import tell_story

STORY = ("dbserver1.public.package_status: ", "package_moviment_topic: ", "Idempotency-Key", "<- within 2x",
         "is committed to its end", "kill -9", "each package in its order", "delivery_refused", "none lost")


def quickstart():
    _, output = tell_story("packages", STORY, "both topics, a signed request, the p99s, parked records, kills, "
                              "a dead letter")
    pairs = re.findall(r"row to answer: (\d+) ms, alone (\d+) ms", output)
    beside, alone = map(int, pairs[-1]) if pairs else (0, 0)
    result("the fast customers' p99 beside one that takes a hundred times as long",
           bool(pairs) and beside <= 2 * alone,
           f"{beside} ms, alone {alone} ms, pair {len(pairs)} of 3" if pairs else "not printed",
           "within 2x of theirs alone")


def measure():
    passed, case = run_case("packages")
    tell("statuses are taken once by their key, each package's in their order, while customers fail in every way "
         "and sluice deliver is killed", passed, case,
         f"{case.get('statuses')} statuses, {case.get('repeats')} repeats; p99 {case.get('p99_beside_slow_ms')} ms, "
         f"alone {case.get('p99_alone_ms')} ms", "every one, in order; p99 within 2x")


if __name__ == "__main__":
    prove(quickstart)
    prove(measure)
