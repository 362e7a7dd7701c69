"""The transactional outbox: what a committed transaction tells is found, and nothing else.

The story in one command from a checkout, the same under kills and a load with rollbacks, plain JSON
documents of every kind, and the router beside Debezium's.
"""
from cases import prove, run_case, tell
from scenario import tell_story

STORY = ("each kind lands in its topic and index", "the log has grown by", "everything up to the event is "
         "acknowledged", "the event that was rolled back", "a text is no document", "the search result")


def quickstart():
    tell_story("outbox", STORY, "events by kind, positions before and after, a commit, a rollback, a dead letter")


def measure():
    passed, case = run_case("outboxstory")
    tell("events of committed transactions are found once, those of rolled-back ones never, while "
         "source and index are killed", passed, case,
         f"{case.get('events')} events, {case.get('told_again')} told again", "every one, no other")
    passed, case = run_case("documents")
    tell("plain JSON documents by key, event and position; what is none is a dead letter", passed, case,
         f"{case.get('key')}, {case.get('header')}, {case.get('position')} documents",
         "each as it was written, each refusal with its reason and bytes")
    passed, case = run_case("outbox")
    compared = {name: records for name, records in case.items()
                if name.endswith(("_compatible", "_by_default"))}
    tell("events record by record as a running Debezium's EventRouter routes them, bad rows among them: unknown "
         "characters, null payloads, payloads that are no JSON", passed, case,
         f"{sum(compared.values())} records in {len(compared)} comparisons", "no difference but those that are listed")


if __name__ == "__main__":
    prove(quickstart)
    prove(measure)
