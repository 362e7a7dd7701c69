"""Runs end-to-end cases on real servers.

Usage: python3 tests/e2e/run.py [OPTIONS] [CASE...]      (without names: all cases)

The servers are scripts/stack's; what is not running is started and stays. Each case has a database,
a connector, topics, a group and indices of its own, and removes them in the end. Exit code 0: every
case holds; 1: one does not; 2: usage.
"""
import argparse
import importlib
import json
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tools")]

from harness import console  # noqa: E402
from harness.console import Failure, check, say, wait_until  # noqa: E402
from harness.stack import DEBEZIUM, ROOT, SLUICE, Stack  # noqa: E402
from harness.world import World, remove_leftovers  # noqa: E402

CASES = sorted(path.stem for path in (HERE / "cases").glob("[a-z]*.py"))
RESIDENT_MIB_MAX = 128
OTHER_INSTANCE = "SLUICE_STACK_OTHER_INSTANCE"


class Context:
    """What a case may use, and what it reports."""

    def __init__(self, options, stack, case):
        self.binary, self.stack, self.case = options.sluice, stack, case
        self.seed, self.long, self.changes = options.seed, options.long, options.changes
        self.rounds, self.report_path, self.keep = options.rounds, options.report, options.keep
        self.worlds, self.loads, self.folders = [], [], []
        self.figures = {}

    @staticmethod
    def check(holds, text):
        check(holds, text)

    def figure(self, name, value):
        self.figures[name] = value

    def report(self, line):
        """One line of JSON for --report, written at once."""
        if self.report_path:
            with open(self.report_path, "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")

    def world(self, name, stack=None):
        world = World.of_case(stack or self.stack, self.binary, name)
        self.worlds.append(world)
        return world

    def folder_only(self, name):
        folder = pathlib.Path(tempfile.mkdtemp(prefix=f"e2e_{name}."))
        self.folders.append(folder)
        return folder

    def own(self, load):
        self.loads.append(load)
        return load

    def watch_memory(self, service):
        """The claim on resident memory, for a process that worked or still does."""
        if service.running:
            service.sample(service.pid)
        mib = service.peak_kib / 1024
        self.figures["peak_mib"] = max(round(mib, 1), self.figures.get("peak_mib", 0))
        check(0 < mib <= RESIDENT_MIB_MAX,
              f"{service.name} had {mib:.1f} MiB resident, the limit is {RESIDENT_MIB_MAX}")

    def settle_equal(self, world, load):
        """After a load: its last rows are there, nothing waits, and the tables equal the indices."""
        for table, key in load.LAST_KEYS:
            def arrived(table=table, key=key):
                return world.search.document(world.index(table), key) is not None
            wait_until(f"the last row of {table}", arrived, 300, every=0.2)
        return self.settle_equal_tables(world, load.TABLES)

    def settle_equal_tables(self, world, tables):
        world.wait_no_lag(tables)
        rows = world.wait_equal(tables)
        say(f"equal: {rows} rows, compared one by one")
        return rows

    def end(self, failure):
        """Stops and removes all that the case made; before that tells of a failure what it can."""
        for load in self.loads:
            load.stop()
        if failure:
            say(f"{self.case} does not hold: {failure}")
        for world in self.worlds:
            world.stop_services()
            if failure:
                for service in world.services:
                    print(f"--- the end of {service.name}'s log\n{service.log_end()}", flush=True)
            if failure and self.keep:
                say(f"left to be looked at: {world.name}, logs in {world.folder}")
            else:
                world.discard()
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)


def run_case(options, stack, name):
    """Returns (figures, text of the failure or None)."""
    case = importlib.import_module(f"cases.{name}")
    say(f"=== {name}: {case.__doc__.splitlines()[0]}  (seed {options.seed})")
    context = Context(options, stack, name)
    failure = None
    try:
        case.run(context)
    except Failure as error:
        failure = str(error)
    finally:
        try:
            context.end(failure or sys.exc_info()[1])
        except Failure as error:
            failure = f"{failure or 'the case held'}; then cleaning up failed: {error}"
    return context.figures, failure


def parse():
    parser = argparse.ArgumentParser(prog="tests/e2e/run.py", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--sluice", type=pathlib.Path, default=ROOT / "build" / "release" / "service" / "sluice",
                        help="the program under test (default: build/release/service/sluice)")
    parser.add_argument("--search", choices=("auto", "elasticsearch", "opensearch"),
                        default=os.environ.get("SLUICE_SEARCH") or "auto")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SLUICE_SEED") or 0),
                        help="repeats a run's random moments (default: a new one, printed)")
    parser.add_argument("--long", action="store_true", help="the full load where a case has two sizes")
    parser.add_argument("--changes", type=int, help="another size of the load, for trying out")
    parser.add_argument("--rounds", type=int, help="how many, where a case goes in rounds")
    parser.add_argument("--report", type=pathlib.Path, help="a line of JSON a round is added to this file")
    parser.add_argument("--stops-servers", action="store_true",
                        help=f"on another stack, for others use this one: {OTHER_INSTANCE}, else the one below it")
    parser.add_argument("--keep", action="store_true", help="leaves what a failed case owns, until the next run")
    parser.add_argument("--json", type=pathlib.Path, help="write the results there")
    parser.add_argument("--list", action="store_true", help="say what each case claims, and end")
    options = parser.parse_args()
    unknown = set(options.cases) - set(CASES)
    if unknown:
        parser.error(f"no such case: {', '.join(sorted(unknown))} (there are {', '.join(CASES)})")
    options.seed = options.seed or random.SystemRandom().randrange(1, 1_000_000)
    return options


def main():
    options = parse()
    if options.list:
        for name in CASES:
            print(f"{name:12} {importlib.import_module(f'cases.{name}').__doc__.splitlines()[0]}")
        return 0
    if options.stops_servers:
        below = str((int(os.environ.get("SLUICE_STACK_INSTANCE") or 0) + 9) % 10)
        os.environ["SLUICE_STACK_INSTANCE"] = os.environ.get(OTHER_INSTANCE) or below
    if not options.sluice.is_file():
        console.fail_program(f"{options.sluice} is not there: build it first (target sluice)")
    names = options.cases or CASES
    # A case that says SOURCE = SLUICE does without Connect.
    needed = {getattr(importlib.import_module(f"cases.{name}"), "SOURCE", DEBEZIUM) for name in names}
    stack = Stack(options.search, DEBEZIUM if DEBEZIUM in needed else SLUICE)
    stack.up()
    say(f"servers: {', '.join(stack.servers)}; search node: {stack.search_kind} at {stack.search_url}")
    remove_leftovers(stack, options.sluice)
    results = []
    for name in names:
        began = time.monotonic()
        figures, failure = run_case(options, stack, name)
        seconds = round(time.monotonic() - began, 1)
        if options.stops_servers:
            stack.up()  # Others come behind it, whatever it has left down.
        results.append({"case": name, "passed": failure is None, "seconds": seconds,
                        "search": stack.search_kind, "seed": options.seed, **figures,
                        **({"failure": failure} if failure else {})})
        say(f"=== {name}: {'holds' if failure is None else 'FAILS'} ({seconds} s) "
            + " ".join(f"{key}={value}" for key, value in figures.items()))
        if failure:
            print(failure, flush=True)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return 0 if all(result["passed"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
