"""scripts/test builds and passes every test, all tiers, in time.

Line 1: from nothing with --fresh, and with warm caches; .ci/run, which is scripts/test and then its
long form, in its time.
"""
import re

from item import FRESH, checkout, result, run

SECONDS_MAX_WARM, SECONDS_MAX_FRESH, SECONDS_MAX_CI = 720, 1800, 3600
TIERS = ("unit", "contract", "component", "tidy", "integration", "e2e")


def measure(folder, environment, words, goal):
    """Runs scripts/test and tells its claims; returns (exit code, seconds)."""
    code, seconds, output = run(["scripts/test"], 2 * goal, folder, **environment)
    result(f"scripts/test ({words})", code == 0 and seconds <= goal,
           f"exit {code} after {seconds:.0f} s", f"exit 0 within {goal} s")
    # ctest's table of the time that each label has taken names those that had a test.
    ran = set(re.findall(r"^(\w+) +=.*sec\*proc", output, re.MULTILINE))
    missing = [tier for tier in TIERS if tier not in ran]
    unsaid = re.findall(r"^.*(?:\*\*\*Skipped|\*\*\*Not Run).*$|^skipped: \d+ tests: *$", output,
                        re.MULTILINE)
    skipped = re.findall(r"^skipped: .+$", output, re.MULTILINE)
    wrong = [f"missing: {missing}"] * bool(missing) + [f"without a reason: {unsaid}"] * bool(unsaid)
    result(f"all tiers run, none skipped without a reason ({words})", code == 0 and not wrong,
           "; ".join(wrong or [", ".join(TIERS), *skipped]), "every tier")
    return code, seconds


def main():
    with checkout() as (folder, environment, words):
        if FRESH:
            code, seconds = measure(folder, environment, words, SECONDS_MAX_FRESH)
            measure(folder, environment, "the same clone, warm caches", SECONDS_MAX_WARM)
        else:
            # Warm means that the caches are: what was never built is built before the clock starts.
            run(["bash", "-c", "scripts/bootstrap && cmake --preset release -Wno-dev >/dev/null && "
                 "cmake --build build/release"], 3600)
            code, seconds = measure(folder, environment, words, SECONDS_MAX_WARM)
        long_code, long_seconds, _ = run(["scripts/test", "--long"], SECONDS_MAX_CI, folder, **environment)
    result(f".ci/run: scripts/test and scripts/test --long ({words})",
           code == 0 and long_code == 0 and seconds + long_seconds <= SECONDS_MAX_CI,
           f"exit {code} and {long_code} after {seconds:.0f} + {long_seconds:.0f} s",
           f"exit 0, {SECONDS_MAX_CI} s in all")


if __name__ == "__main__":
    main()
