"""Speed of `sluice index` against a search node that only counts: share of the ceiling, instructions.

Line 6. The floor is about the shape of the program; nothing is tuned for here beyond it.
"""
import json
import pathlib
import tempfile

from item import result, run

SHARE_MIN, INSTRUCTIONS_MAX = 0.65, 10_000
SECONDS_MAX = 1800


def bench(command, folder):
    """(exit code, report) of one scripts/bench command."""
    path = pathlib.Path(folder) / f"{command}.json"
    code, _, _ = run(["scripts/bench", command, "--json", path], SECONDS_MAX)
    return code, json.loads(path.read_text()) if path.exists() else {}


def main():
    with tempfile.TemporaryDirectory() as folder:
        code, report = bench("index", folder)
        sums = report.get("figures", {})
        share, rate = sums.get("share", {}), sums.get("events_per_cpu_s", {})
        result("sluice index, narrow events, share of the measured ceiling",
               code == 0 and report.get("passed", {}).get("share", False),
               f"{share.get('median', 0):.0%}, {rate.get('median', 0):,.0f} events per CPU-second"
               if report else f"scripts/bench ended with {code}", f">= {SHARE_MIN:.0%}")
        code, report = bench("instructions", folder)
        whole = report.get("per_event", {}).get("whole")
        result("instructions per event, whole process", code == 0 and whole and whole <= INSTRUCTIONS_MAX,
               f"{whole:,.0f}" if whole else f"scripts/bench ended with {code}",
               f"<= {INSTRUCTIONS_MAX:,}")


if __name__ == "__main__":
    main()
