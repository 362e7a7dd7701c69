"""scripts/test builds and passes every test, all tiers, in time."""
from item import FRESH, checkout, result, run

SECONDS_MAX_WARM, SECONDS_MAX_FRESH = 720, 1800
TIERS = ("unit", "contract", "component", "findings", "tidy", "integration", "e2e")


def main():
    goal = SECONDS_MAX_FRESH if FRESH else SECONDS_MAX_WARM
    with checkout() as (folder, environment, words):
        if not FRESH:
            # Warm means that the caches are: what was never built is built before the clock starts.
            run(["bash", "-c", "scripts/bootstrap && cmake --preset release -Wno-dev >/dev/null && "
                 "cmake --build build/release"], 3600)
        code, seconds, output = run(["scripts/test"], 2 * SECONDS_MAX_FRESH, folder, **environment)
    result(f"scripts/test ({words})", code == 0 and seconds <= goal,
           f"exit {code} after {seconds:.0f} s", f"exit 0 within {goal} s")
    missing = [tier for tier in TIERS if f"{tier} " not in output and f"{tier}\n" not in output]
    skipped = [line.strip() for line in output.splitlines() if "***Skipped" in line or "Not Run" in line]
    result("all tiers run, none skipped", code == 0 and not missing and not skipped,
           f"missing {missing}, skipped {skipped}" if missing or skipped else ", ".join(TIERS),
           "every tier")


if __name__ == "__main__":
    main()
