"""Every kind of fault between the programs and their servers, under load: afterwards index and tables are equal.

Line 3: each fault of the plan was injected, or the case fails. A late copy brings a deleted row back, and
the delete that is sent again removes it.
"""
from cases import prove, run_case, tell


def measure():
    passed, case = run_case("faults")
    tell("cut, stalled, dripped, truncated and refused requests, parts of refused bodies, late copies",
         passed and case.get("index_faults", 0) > 0, case, f"equal after {case.get('index_faults')} faults",
         "each kind injected, equal, no body with two items of one document")
    tell("the same on the way to the broker and the database", passed and case.get("source_faults", 0) > 0,
         case, f"equal after {case.get('source_faults')} faults", "each kind injected, equal")
    passed, case = run_case("faults", "--long")
    tell("a late copy after the search node was restarted and forgot a delete", passed, case,
         f"the row stays deleted ({case.get('seconds')} s)", "it comes back, and is removed for good")


if __name__ == "__main__":
    prove(measure)
