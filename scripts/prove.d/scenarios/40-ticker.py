"""The ticker: one topic of six partitions, and each way in which consumers share it.

The story in one command from a checkout, and each mode under kills, races and load.
"""
from cases import prove, run_case, tell
from scenario import tell_story

STORY = ("keyed by symbol", "a second one is refused", "second ended with exit code 4", "stands by",
         "first is killed", "is stopped (SIGTERM)", "symbols were seen by all three",
         "symbols seen by this consumer", "its symbols are dealt out to the others",
         "the stand-by has all 6 partitions", "the search result")


def quickstart():
    tell_story("ticker", STORY, "a refusal, a stand-by, two take-overs, a spread load, keys that stay and "
                "keys that move")


def measure():
    passed, case = run_case("ticker")
    tell("each mode on six partitions: a second exclusive process is refused, of two that start at once "
         "one is active, stand-bys take over from killed and stopped ones under load", passed, case,
         f"{case.get('races')} races, {case.get('taken_over')} take-overs, {case.get('ticks')} ticks",
         "one active, none lost")


if __name__ == "__main__":
    prove(quickstart)
    prove(measure)
