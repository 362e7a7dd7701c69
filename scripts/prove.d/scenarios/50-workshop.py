"""The workshop: its document is run, and what it shows is seen."""
from cases import prove, run_case, tell


def measure():
    passed, case = run_case("workshop")
    tell("docs/WORKSHOP.md runs as it stands: each command is typed in its terminal, each line that is "
         "shown there is seen, and no other", passed, case,
         f"{case.get('exercises')} exercises, {case.get('commands')} commands and statements, "
         f"{case.get('observations')} lines seen in {case.get('seconds')} s", "all ten")


if __name__ == "__main__":
    prove(measure)
