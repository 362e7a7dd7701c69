"""Runs a fault proxy by hand.

Usage: PYTHONPATH=tests/tools python3 -m fault_proxy --to HOST:PORT [OPTIONS] [PLAN]

Passes everything on and does what the plan (a file, see README.md) says; each fault is a line of JSON.
"""
import argparse
import dataclasses
import json
import pathlib
import random
import signal
import sys
import time

from . import FaultProxy, PlanError
from .plan import HTTP, KINDS

SECONDS_BETWEEN_LOOKS = 0.2


def parse():
    parser = argparse.ArgumentParser(prog="fault_proxy", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", nargs="?", type=pathlib.Path, metavar="PLAN")
    parser.add_argument("--to", required=True, metavar="HOST:PORT", help="the server")
    parser.add_argument("--listen", type=int, metavar="PORT", help="on 127.0.0.1 (default: a free one)")
    parser.add_argument("--kind", choices=KINDS, default=HTTP)
    parser.add_argument("--seed", type=int, help="repeats what `chance` chose (default: a new one, printed)")
    return parser.parse_args()


def main():
    options = parse()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1, 1_000_000)
    try:
        text = options.plan.read_text(encoding="utf-8") if options.plan else ""
        proxy = FaultProxy(options.to, text, options.kind, seed)
    except (PlanError, OSError, ValueError) as error:
        print(f"{options.plan or options.to}: {error}", file=sys.stderr)
        return 2
    if options.listen:
        proxy.listen_at(options.listen)
    stopped = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.append(True))
    proxy.open()
    print(f"{proxy.address} -> {options.to} ({options.kind}, seed {seed})", file=sys.stderr, flush=True)
    told = 0
    while not stopped or told < len(proxy.injected):
        for entry in proxy.injected[told:]:
            told += 1
            print(json.dumps(dataclasses.asdict(entry)), flush=True)
        time.sleep(SECONDS_BETWEEN_LOOKS)
    proxy.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
