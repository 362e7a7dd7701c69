"""What others lose data on: each trap halts with its choices, or converges, on real servers.

Line 5. Which case holds which trap: docs/TESTING.md.
"""
from cases import prove, run_case, tell

CASES = {
    "traps": "tombstones, compaction, long ids, placeholders, refused updates, copies, swapped keys, a foreign "
             "snapshot",
    "control": "topic made again, partitions added, index restored or made again, group deleted, keys encoded "
               "otherwise, a foreign writer",
    "halts": "slot dropped, made again or lost; a publication that lost a table; another cluster",
    "malformed": "records that cannot be understood between good ones",
    "resume": "a kill in the first snapshot",
}


def measure():
    for name, claim in CASES.items():
        passed, case = run_case(name)
        tell(claim, passed, case, f"holds ({case.get('seconds')} s)", "halts with the choices, or converges")


if __name__ == "__main__":
    prove(measure)
