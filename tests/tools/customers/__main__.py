"""Customers' HTTP APIs, to be called by `sluice deliver`: python3 tests/tools/customers --help"""
import argparse
import asyncio
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from customers.server import Customer, Server, run  # noqa: E402


def main():
    parser = argparse.ArgumentParser(prog="tests/tools/customers", description=__doc__)
    parser.add_argument("customers", nargs="+", metavar="NAME=SECONDS", help="and how long each takes")
    parser.add_argument("--port", type=int, default=18701, help="0: a free one, which is printed")
    parser.add_argument("--scale", type=float, default=1.0, help="all latencies times this")
    parser.add_argument("--secret", action="append", default=[], metavar="NAME=SECRET")
    options = parser.parse_args()
    secrets = dict(text.split("=", 1) for text in options.secret)
    customers = [Customer(name, float(seconds), secrets.get(name))
                 for name, seconds in (text.split("=", 1) for text in options.customers)]
    try:
        asyncio.run(run(Server(customers, options.scale), options.port,
                        lambda port: print(f"listening on {port}", flush=True)))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
