"""200,000 real Debezium changes, members joining, leaving and killed: the index equals the table.

Lines 3 and 4: the end state row by row, and the resident memory of each process under that load.
"""
import json
import pathlib
import sys
import tempfile

from item import LOAD_INSTANCE, ROOT, ensure_built, result, run

MIB_MAX = 128
SECONDS_MAX = 1800


def long_load(search="auto"):
    """Runs the load; returns (passed, the case's report)."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.json"
        code, _, _ = run([sys.executable, ROOT / "tests/e2e/run.py", "rebalance", "--long", "--search",
                          search, "--json", report], SECONDS_MAX, SLUICE_STACK_INSTANCE=LOAD_INSTANCE)
        case = json.loads(report.read_text())[0] if report.exists() else {}
    return code == 0 and case.get("passed", False), case


def tell(passed, case):
    result(f"200,000 changes, 6 partitions, 2 x 2 workers, join, leave, 3 kills ({case.get('search')})",
           passed and case.get("changes", 0) >= 200_000,
           f"{case.get('rows_compared')} rows equal after {case.get('records')} records, "
           f"seed {case.get('seed')}" if passed else case.get("failure", "it broke off")[:300],
           "the index equals the table, row by row")
    peak = case.get("peak_mib")
    result(f"resident memory of each process under that load ({case.get('search')})",
           peak is not None and peak <= MIB_MAX, f"{peak} MiB at most", f"<= {MIB_MAX} MiB")


def main():
    ensure_built()
    try:
        tell(*long_load())
    finally:
        run(["scripts/stack", "down", "--wipe"], 300, SLUICE_STACK_INSTANCE=LOAD_INSTANCE)


if __name__ == "__main__":
    main()
