"""What would lose changes in silence halts or is refused, with the cure; an idle slot advances.

Lines 4 and 5 (second half).
"""
from cases import prove, run_case, tell


def measure():
    passed, case = run_case("halts")
    tell("slot dropped, re-created, lost; publication short of a table; another cluster, encoding, "
         "wal_level, missing rights", passed, case, f"each halts ({case.get('seconds')} s)",
         "exit code and a text that names the cure, nothing published")
    tell("idle database beside a busy neighbour", passed, case, "the slot advances",
         "it follows the neighbour's log within seconds")


if __name__ == "__main__":
    prove(measure)
