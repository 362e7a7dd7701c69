"""End-to-end cases as claims."""
import json
import pathlib
import sys
import tempfile

from item import LOAD_INSTANCE, ROOT, ensure_built, result, run

SECONDS_MAX = 2400


def run_case(name, *options, seconds=SECONDS_MAX):
    """Runs one case on servers of its own; returns (passed, its report)."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.json"
        code, _, _ = run([sys.executable, ROOT / "tests/e2e/run.py", name, "--json", report, *options],
                         seconds, SLUICE_STACK_INSTANCE=LOAD_INSTANCE)
        case = json.loads(report.read_text())[0] if report.exists() else {}
    return code == 0 and case.get("passed", False), case


def tell(claim, passed, case, figure, goal):
    """A claim of a case; why it failed stands in place of the figure."""
    result(claim, passed, f"{figure}, seed {case.get('seed')}" if passed
           else case.get("failure", "it broke off")[:300], goal)


def prove(measure):
    """Builds, measures, and takes the servers down."""
    ensure_built()
    try:
        measure()
    finally:
        run(["scripts/stack", "down", "--wipe"], 300, SLUICE_STACK_INSTANCE=LOAD_INSTANCE)
