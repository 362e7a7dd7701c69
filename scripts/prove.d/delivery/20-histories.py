"""Random histories of a group over many documents and partitions keep the invariants.

SLUICE_HISTORIES sets how many (100,000 without it). SLUICE_SEED repeats one, and no more.
"""
import os
import re

from item import ROOT, ensure_built, result, run

PROGRAM = ROOT / "build/release/tests/component/component_pipeline"
SECONDS_MAX = 7200


def main():
    ensure_built("component_pipeline")
    count = 1 if os.environ.get("SLUICE_SEED") else int(os.environ.get("SLUICE_HISTORIES", "100000"))
    code, seconds, output = run([PROGRAM, "--gtest_filter=History.*"], SECONDS_MAX,
                                SLUICE_HISTORIES=str(count))
    told = re.search(r"^(\d+) histories in [\d.]+ s: (.+)$", output, re.MULTILINE)
    # A failure is told with SLUICE_SEED=..., and with a smaller history.
    failed = re.findall(r"^(?:Failed$\n)?(SLUICE_SEED=\d+.*)$", output, re.MULTILINE)
    result(f"{count} random histories", code == 0 and told is not None and int(told[1]) == count,
           f"{told[2]}; {count / max(seconds, 0.001):.0f} a second" if code == 0 and told
           else f"exit {code}: {'; '.join(failed) or 'it broke off'}", "no invariant is broken")
    code, _, output = run([PROGRAM, "--gtest_filter=HistoryCanFail.*"], SECONDS_MAX)
    tried = len(re.findall(r"^\[ RUN      \] HistoryCanFail\.", output, re.MULTILINE))
    caught = len(re.findall(r"^\[       OK \] HistoryCanFail\.", output, re.MULTILINE))
    result("the histories' check, with broken ports, an index that lies, no windows, no lease",
           code == 0 and caught == tried > 0, f"{caught} of {tried} are noticed, exit {code}",
           "each is noticed")


if __name__ == "__main__":
    main()
