"""Every order of what can happen to one document ends right, and no mechanism can be left out.

The real decisions, driven by tests/component/explorer*, without servers.
"""
import re

from item import ROOT, ensure_built, result, run

PROGRAM = ROOT / "build/release/tests/component/component_explorer"
SECONDS_MAX, SECONDS_GOAL = 1200, 120


def main():
    ensure_built("component_explorer")
    code, seconds, output = run([PROGRAM], SECONDS_MAX)
    searches = re.findall(r"^explored (\S+): (.+): (\d+) states, (\d+) steps, (\d+) ends judged, \d+ deep, (.+)$",
                          output, re.MULTILINE)
    held = set(re.findall(r"^\[       OK \] All/Explorer\.FindsNoViolation/(\w+) \(", output, re.MULTILINE))
    for name, bounds, states, _, ends, extent in searches:
        result(f"explorer {name}: {bounds}", name in held and extent == "complete",
               f"{states} states, {ends} ends judged, {'no' if name in held else 'a'} violation, {extent}",
               "every state, no violation")
    caught = re.findall(r"^without (.+): (violated after \d+ steps|nothing is found)", output, re.MULTILINE)
    for name, figure in caught:
        result(f"explorer without {name}", figure.startswith("violated"), figure, "a violation, with its trace")
    result("the explorer as a whole", code == 0 and searches and caught and seconds <= SECONDS_GOAL,
           f"exit {code} after {seconds:.0f} s, {sum(int(search[2]) for search in searches)} states, "
           f"{len(caught)} mechanisms left out", f"exit 0 within {SECONDS_GOAL} s")


if __name__ == "__main__":
    main()
