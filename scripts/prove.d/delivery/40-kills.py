"""200 rounds of kill -9, pauses, rebalances and restarts of servers: after each, verify finds no difference.

Line 4. `SLUICE_ROUNDS` sets another number; the report of each round is left in reports/killloop.jsonl.
"""
import os

from cases import ROOT, prove, run_case, tell

ROUNDS = int(os.environ.get("SLUICE_ROUNDS") or 200)
SECONDS_A_ROUND = 120


def measure():
    report = ROOT / "reports" / "killloop.jsonl"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    passed, case = run_case("killloop", "--rounds", str(ROUNDS), "--report", report,
                            seconds=ROUNDS * SECONDS_A_ROUND)
    lines = len(report.read_text().splitlines()) if report.exists() else 0
    tell(f"{ROUNDS} rounds of kills, pauses, rebalances and restarts under load",
         passed and lines == ROUNDS, case,
         f"0 differences after each; {case.get('actions')} actions, {case.get('rows_compared')} rows compared",
         "`sluice verify` finds no difference after any round")


if __name__ == "__main__":
    prove(measure)
