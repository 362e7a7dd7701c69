"""Resident memory of `sluice capture` over one transaction of five million rows.

With PROVE_QUICK in the environment: half a million, whose records would not fit either.
"""
import json
import os
import pathlib
import tempfile

from item import LOAD_INSTANCE, result, run

ROWS = 500_000 if os.environ.get("PROVE_QUICK") else 5_000_000
RESIDENT_MAX_MIB = 128
SECONDS_MAX = 1800


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "transaction.json"
        code, _, _ = run(["scripts/bench", "transaction", "--rows", ROWS, "--instance",
                          LOAD_INSTANCE, "--json", path], SECONDS_MAX)
        report = json.loads(path.read_text()) if path.exists() else {}
    passed = report.get("passed", {}).get("resident", False)
    result(f"sluice capture, one transaction of {ROWS:,} rows, resident peak",
           code == 0 and passed,
           f"{report['resident_peak_mib']:.1f} MiB" if report
           else f"scripts/bench ended with {code}", f"<= {RESIDENT_MAX_MIB} MiB")


if __name__ == "__main__":
    main()
