"""Every end-state check also passes against OpenSearch."""
import importlib
import json
import pathlib
import sys
import tempfile

from item import LOAD_INSTANCE, ROOT, ensure_built, result, run

load = importlib.import_module("main.30-load")
SECONDS_MAX = 1800


def main():
    ensure_built()
    try:
        with tempfile.TemporaryDirectory() as folder:
            report = pathlib.Path(folder) / "report.json"
            code, seconds, _ = run([sys.executable, ROOT / "tests/e2e/run.py", "--search", "opensearch",
                                    "--json", report], SECONDS_MAX,
                                   SLUICE_STACK_INSTANCE=LOAD_INSTANCE)
            cases = json.loads(report.read_text()) if report.exists() else []
        failed = [case["case"] for case in cases if not case["passed"]]
        result("end-to-end cases against OpenSearch", code == 0 and cases and not failed,
               f"{len(cases) - len(failed)} of {len(cases)} hold in {seconds:.0f} s"
               + (f", not {', '.join(failed)}" if failed else ""), "all hold")
        load.tell(*load.long_load("opensearch"))
    finally:
        run(["scripts/stack", "down", "--wipe"], 300, SLUICE_STACK_INSTANCE=LOAD_INSTANCE)


if __name__ == "__main__":
    main()
