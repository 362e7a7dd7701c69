"""The transactional outbox: what a committed transaction tells is found, and nothing else.

The story in one command from a checkout, the same under kills and a load with rollbacks, and plain JSON
documents of every kind.
"""
from cases import prove, run_case, tell
from item import QUICKSTART_INSTANCE, checkout, result, run

SECONDS_MAX = 300
STORY = ("each kind lands in its topic and index", "the log has grown by", "everything up to the event is "
         "acknowledged", "the event that was rolled back", "a text is no document", "the search result")


def quickstart():
    with checkout() as (folder, environment, words):
        environment = {**environment, "SLUICE_STACK_INSTANCE": QUICKSTART_INSTANCE}
        run(["scripts/quickstart", "--down"], 120, folder, **environment)
        try:
            code, seconds, output = run(["scripts/quickstart", "outbox"], 2 * SECONDS_MAX, folder,
                                        **environment)
        finally:
            run(["scripts/stack", "down", "--wipe"], 300, folder, **environment)
    result(f"scripts/quickstart outbox ({words})", code == 0 and seconds <= SECONDS_MAX,
           f"exit {code} after {seconds:.0f} s", f"exit 0 within {SECONDS_MAX} s on warm caches")
    missing = [part for part in STORY if part not in output]
    result("scripts/quickstart outbox prints events by kind, positions before and after, a commit, a "
           "rollback, a dead letter", code == 0 and not missing,
           f"missing: {missing}" if missing else "all printed", "all")


def measure():
    passed, case = run_case("outboxstory")
    tell("events of committed transactions are found once, those of rolled-back ones never, while "
         "source and index are killed", passed, case,
         f"{case.get('events')} events, {case.get('told_again')} told again", "every one, no other")
    passed, case = run_case("documents")
    tell("plain JSON documents by key, event and position; what is none is a dead letter", passed, case,
         f"{case.get('key')}, {case.get('header')}, {case.get('position')} documents",
         "each as it was written, each refusal with its reason and bytes")


if __name__ == "__main__":
    prove(quickstart)
    prove(measure)
