"""50 times kill -9 and 5 restarts of PostgreSQL under load: nothing lost, nothing too early.

Line 3: the index, which is a replay of the topics, equals the tables each time; an observer checks
the slot; a crash in the first snapshot and reading beside the stream are cases of their own.
"""
from cases import prove, run_case, tell


def measure():
    passed, case = run_case("capture", "--long")
    tell(f"{case.get('kills')} kill -9, {case.get('restarts')} restarts of PostgreSQL under load",
         passed and case.get("kills", 0) >= 50 and case.get("restarts", 0) >= 5, case,
         f"equal after each; {case.get('records')} records", "the replayed log equals the table, each time")
    tell("what the database may forget", passed and case.get("observed", 0) > 0, case,
         f"{case.get('observed')} changes were in the topics before", "never past an unacknowledged record")
    tell("rolled-back transactions", passed, case, f"0 of {case.get('records')} records",
         "they leave no trace")
    for name, claim in (("resume", "kill -9 in the first snapshot"),
                        ("incremental", "rows read beside the stream, paused and killed twice")):
        passed, case = run_case(name)
        tell(claim, passed, case, f"equal ({case.get('seconds')} s)", "the log ends as the table")


if __name__ == "__main__":
    prove(measure)
