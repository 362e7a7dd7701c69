"""Tells the story of the quick start on the stack, under the names that the documentation uses."""
import argparse
import dataclasses
import functools
import json
import os
import pathlib
import shutil
import signal
import sys
import urllib.parse
from typing import Callable

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from harness import web  # noqa: E402
from harness.connector import demo_request  # noqa: E402
from harness.console import Failure, check, say, wait_until  # noqa: E402
from harness.holding_story import HoldingStory  # noqa: E402
from harness.outbox_story import OutboxStory  # noqa: E402
from harness.packages_story import PackagesStory, make_customers  # noqa: E402
from harness.service import Service  # noqa: E402
from harness.stack import DEBEZIUM, SLUICE, TOPICS, Stack  # noqa: E402
from harness.story import Story  # noqa: E402
from harness.telling import shorten  # noqa: E402
from harness.ticker_story import TickerStory  # noqa: E402
from harness.topic_world import TopicWorld  # noqa: E402
from harness.world import World  # noqa: E402


@dataclasses.dataclass(frozen=True)
class Scenario:
    """What is told, and the names of all that it owns: those of its file in configs/."""
    config: str
    story: Callable
    database: str
    prefix: str
    group: str
    slot: str
    publication: str
    dead_letters: str
    shown: str = ""  # what is searched in the end; empty: nothing is, and no search server is started
    found: str = ""  # and the document that is found first
    sources: tuple = (SLUICE,)
    connector: str = ""
    world: Callable = World
    folder: str = ""  # the option that names a folder of its own
    more_topics: tuple = ()  # what the names of its further topics begin with


def demo():
    """The first one: rows, from either source."""
    request = demo_request()
    config = request["config"]
    return Scenario("quickstart.yaml", Story, "testdb", "cdc", "sluice-quickstart",
                    config["slot.name"], config["publication.name"], "sluice.dead-letters",
                    "cdc.public.users/_search?q=username:ada", "1", (SLUICE, DEBEZIUM), request["name"])


SCENARIOS = {
    "rows": demo(),
    "ticker": Scenario("ticker.yaml", TickerStory, "", "tick", "sluice-ticker", "", "",
                       "tick.dead-letters", "tick/_search?q=symbol:SAP", "SAP", (TOPICS,), world=TopicWorld),
    "outbox": Scenario("outbox.yaml", OutboxStory, "workshop", "workshop", "sluice-workshop",
                       "sluice_workshop", "sluice_workshop_pub", "workshop.dead-letters",
                       "workshop.event.user/_search?q=city:Z\u00fcrich", "123"),
    "holding": Scenario("holding.yaml", HoldingStory, "brokerage", "bankserver", "sluice-bank",
                        "sluice_bank", "sluice_bank_pub", "bankserver.dead-letters",
                        "bankserver.changes.holding/_search?q=old_value:VFIAX AND user_id:1",
                        "bankserver.bank.holding-0-10-holding_stock", folder="changelog.file.directory"),
    "packages": Scenario("packages.yaml", PackagesStory, "logistics", "dbserver1", "sluice-packages",
                         "sluice_packages", "sluice_packages_pub", "dbserver1.dead-letters",
                         more_topics=("package_moviment_topic", "sluice-packages.parked.")),
}
PORT, CUSTOMERS_PORT = 8690, 18701
INSTANCE = int(os.environ.get("SLUICE_STACK_INSTANCE") or 0)
END_SECONDS = 70
WHO_WRITES = {
    SLUICE: "sluice run, source and index in one process; neither Kafka Connect nor Debezium is started",
    DEBEZIUM: "Debezium in Kafka Connect; sluice index reads what it writes",
    TOPICS: "sluice demo ticker; neither a database nor Kafka Connect is started",
}


class QuickstartService(Service):
    """The service as a newcomer would start it: the file in configs/, what differs by --set."""

    def __init__(self, binary, stack, folder, config, more=None, verb=None, name=None, number=0):
        """`more`: {option: value} of what else differs; `number`: of several, each with its own port."""
        self.made_of = (binary, stack, folder, config)
        self.name, self.number, self.detached = name or verb or "sluice", number, True
        # The second one of a file that two processes take their parts of has a port of its own.
        self.port = PORT + number + 1000 * INSTANCE + (1 if verb == "capture" else 0)
        self.url = f"http://127.0.0.1:{self.port}"
        self.config_path = config
        self.log_path = folder / f"{self.name}.log"
        self.log_path.unlink(missing_ok=True)
        verb = verb or ("run" if stack.source == SLUICE else "index")
        self.command = [os.path.relpath(binary), verb, "-c", os.path.relpath(config)]
        differs = [("kafka.brokers", stack.kafka), ("http.port", str(self.port))]
        if stack.searches:
            differs.append(("elasticsearch.urls", stack.search_url))
        if stack.source == SLUICE:
            differs.append(("database.port", str(stack.postgres_port)))
        differs += (more or {}).items()
        for path, value in differs:
            if value not in config.read_text(encoding="utf-8"):
                self.command += ["--set", f"{path}={value}"]
        self.process, self.sampler, self.ended, self.peak_kib = None, None, False, 0

    def another(self, name):
        return QuickstartService(*self.made_of, name=name, number=self.number + 1)


class State:
    """What a run has started, for the run that ends it: our processes by pid and start time."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "started.json"

    def read(self):
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def write(self, **values):
        self.path.write_text(json.dumps({**self.read(), **values}) + "\n")

    def clear(self):
        self.path.unlink(missing_ok=True)

    def remember(self, service):
        processes = [*self.read().get("processes", []), [service.pid, started_at(service.pid)]]
        self.write(processes=processes)

    def end_services(self):
        """SIGTERM to the processes that an earlier run has started, if those very ones still run."""
        for pid, since in self.read().get("processes", []):
            if started_at(pid) != since:
                continue
            say(f"ending pid {pid}")
            os.kill(pid, signal.SIGTERM)
            try:
                wait_until("it to end", lambda pid=pid, since=since: started_at(pid) != since, END_SECONDS)
            except Failure:
                os.kill(pid, signal.SIGKILL)
        self.write(processes=[])


def started_at(pid):
    """The start time of a process that is running, as the kernel counts it."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def make_world(stack, binary, folder, scenario):
    world = scenario.world(stack, binary, scenario.group, database=scenario.database,
                           prefix=scenario.prefix, folder=folder, connector=scenario.connector,
                           slot=scenario.slot, publication=scenario.publication)
    world.dead_letters, world.more_topics = scenario.dead_letters, scenario.more_topics
    return world


def own_folder(scenario, state):
    """{option: folder} of a scenario that has files of its own: an empty one beside the log."""
    if not scenario.folder:
        return {}
    folder = state.folder / scenario.config.removesuffix(".yaml")
    shutil.rmtree(folder, ignore_errors=True)
    return {scenario.folder: os.path.relpath(folder)}


def check_alone(world):
    """A database that a connector of somebody else's reads cannot be made anew, nor should it be."""
    slots = world.database.run("select string_agg(slot_name, ', ') from pg_replication_slots where "
                               f"database = '{world.database.name}' and slot_name <> '{world.slot}'",
                               "postgres")
    check(not slots, f"the demo's database {world.database.name} is read by another connector too, "
          f"through the replication slot {slots}: remove that connector and its slot, or choose "
          "another stack with SLUICE_STACK_INSTANCE=1, or empty this one with `scripts/stack down "
          "--wipe`")


def show_the_end(world, service, scenario, keep):
    """The search result, and the addresses to look at."""
    for path in ("metrics", "livez", "readyz?verbose"):
        status, text = web.request("GET", f"{service.url}/{path}")
        check(status == 200, f"GET {service.url}/{path}: {status} {text[:300]}")
    searched = show_search(world, scenario) if scenario.shown else []
    say("to look at" if keep else "to look at, had it been run with --keep")
    sources = {
        DEBEZIUM: [("connector", f"{world.stack.connect_url}/connectors/{world.connector_name}/status"),
                   ("database", world.database.url)],
        SLUICE: [("source", " ".join(["$", service.command[0], "capture status", *service.command[2:]])),
                 ("database", world.database.url)],
        TOPICS: [("source", f"$ {service.command[0]} demo ticker -b {world.stack.kafka}")],
    }
    for title, address in (
            *searched,
            ("metrics", f"{service.url}/metrics"), ("ready?", f"{service.url}/readyz?verbose"),
            ("status", f"{service.url}/status"), *sources[world.stack.source],
            ("log", os.path.relpath(service.log_path))):
        print(f"           {title:22} {address}")


def show_search(world, scenario):
    """The search result; returns where it is to be looked at."""
    index, _, query = scenario.shown.partition("/")
    search = world.search
    search.ask("POST", f"{index}/_refresh")
    query = f"{index}/{urllib.parse.quote(query, safe='?=:_&')}"
    _, answer = search.ask("GET", query)
    hits = answer["hits"]["hits"]
    check(hits and hits[0]["_id"] == scenario.found, f"GET {query} found {shorten(answer)}")
    print()
    say("the search result")
    print(f"           GET {search.url}/{query}")
    _, text = web.request("GET", f"{search.url}/{query}&pretty")
    for line in text.splitlines():
        print("           " + shorten(line))
    product = search.ask("GET", "_nodes/_local?filter_path=nodes.*.version")[1]["nodes"]
    version = next(iter(product.values()))["version"]
    return [(f"{world.stack.search_kind} {version}", f"{search.url}/{index}/_search?pretty")]


def end(stack, state):
    """Ends what was started: the service, then the servers that were not running before."""
    state.end_services()
    started = state.read().get("servers", [])
    if started:
        stack.down(*started, quiet=False)
    state.clear()


def end_connect(stack, state, ours):
    """A Connect worker that an earlier run with Debezium has started, and that this one has no use for."""
    if stack.source != DEBEZIUM and "connect" in ours:
        stack.down("connect", quiet=False)
        state.write(servers=sorted(ours - {"connect"}))


def tell_packages(options, world, state, scenario):
    """Two processes of one file, and the customers that they call; returns the one to look at."""
    config = ROOT / "configs" / scenario.config
    secrets = {f"customer{number}": f"whsec_c2x1aWNlLWRlbW8tY3VzdG9tZXI{letter}"
               for number, letter in ((1, "x"), (2, "y"), (3, "z"))}
    customers = make_customers(world, secrets, CUSTOMERS_PORT + 10 * INSTANCE, detached=True)
    make = functools.partial(QuickstartService, options.sluice.resolve(), world.stack, state.folder, config)
    addresses = {f"deliver.destinations.{name}": customers.address(name) for name in customers.latencies}
    capture, deliver = make(verb="capture"), make(addresses, verb="deliver")
    world.services += [capture, deliver]
    world.run_sql(f"{scenario.config.removesuffix('.yaml')}.sql", scenario.database)
    scenario.story(world, started=state.remember).run(capture, deliver, customers)
    return deliver


def tell(options, state):
    scenario = SCENARIOS[options.scenario]
    stack = Stack(options.search, TOPICS if scenario.sources == (TOPICS,) else options.source,
                  searches=bool(scenario.shown))
    if stack.searches:
        say(f"source of the records: {WHO_WRITES[stack.source]}")
        say(f"search server: {stack.search_kind} ({stack.search_reason})")
    before = stack.running()
    # A run that was cut off has started servers too; they stay ours.
    ours = set(state.read().get("servers", [])) | (set(stack.servers) - before)
    state.write(servers=sorted(ours))
    service = None
    try:
        stack.up(quiet=False)
        state.end_services()
        world = make_world(stack, options.sluice.resolve(), state.folder, scenario)
        if stack.source != TOPICS:
            check_alone(world)
        say("a clean beginning: the demo's database, connector, topics, groups and indices are removed")
        world.remove()
        end_connect(stack, state, ours)
        if scenario.story is PackagesStory:
            service = tell_packages(options, world, state, scenario)
        else:
            folders = own_folder(scenario, state)
            service = QuickstartService(options.sluice.resolve(), stack, state.folder,
                                        ROOT / "configs" / scenario.config, folders)
            story = scenario.story(world, *folders.values(), started=state.remember)
            service = story.run(service) or service
        show_the_end(world, service, scenario, options.keep)
        held = True
    except Failure as failure:
        held = False
        print(f"\nThe story does not hold: {failure}", file=sys.stderr)
        if service is not None:
            print(f"--- the end of {service.log_path}\n{service.log_end()}", file=sys.stderr)
    finally:
        if not options.keep:
            end(stack, state)
    if options.keep:
        say("everything is left running; `scripts/quickstart --down` ends what was started")
    return 0 if held else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=pathlib.Path, required=True)
    parser.add_argument("--scenario", choices=tuple(SCENARIOS), default="rows")
    parser.add_argument("--source", choices=(SLUICE, DEBEZIUM), default=SLUICE)
    parser.add_argument("--search", default="auto")
    parser.add_argument("--sluice", type=pathlib.Path)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--down", action="store_true")
    options = parser.parse_args()
    sources = SCENARIOS[options.scenario].sources
    if options.source not in sources and sources != (TOPICS,):
        parser.error(f"the scenario {options.scenario} is told with --source "
                     f"{' or '.join(sources)} only")
    state = State(options.state)
    if options.down:
        end(Stack(), state)
        return 0
    return tell(options, state)


if __name__ == "__main__":
    sys.exit(main())
