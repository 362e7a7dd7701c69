"""What one case owns: a database, a connector, topics, a group, indices, processes. All with its name."""
import os
import pathlib
import re
import shutil
import tempfile

from harness.compare import compare_once
from harness.connector import Connector, connector_names, demo_request
from harness.console import Failure, check, say, wait_until
from harness.database import Database
from harness.kafka import Kafka
from harness.search import Search
from harness.service import Service, free_port

# A case's name for what it owns: the process that runs it is in it, so that what a killed run left
# behind is known as such.
OWNED = re.compile(r"e2e_[a-z]+_(\d+)")
SETTLE_SECONDS = 120
CONFIGS = pathlib.Path(__file__).resolve().parents[3] / "configs"


class World:
    def __init__(self, stack, binary, name, database=None, prefix=None, connector=None,
                 folder=None, slot=None, publication=None):
        self.stack, self.binary, self.name = stack, binary, name
        self.prefix = prefix or name
        self.group = name
        self.dead_letters = f"{name}.dead-letters"
        self.more_topics = ()  # what the names of further topics that are its own begin with
        self.divergent = f"{self.prefix}.divergent".lower()
        self.database = Database(stack, database or name)
        self.slot, self.publication = slot or name, publication or name
        self.connector_name = connector or name
        self.connector = None
        self.kafka = Kafka(stack.kafka)
        self.search = Search(stack.search_url)
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix=f"{name}."))
        self.services = []

    @classmethod
    def of_case(cls, stack, binary, case):
        return cls(stack, binary, f"e2e_{case}_{os.getpid()}")

    # --- making ------------------------------------------------------------------------------------

    def run_demo_sql(self):
        """The demo's database and tables, under this world's name."""
        self.run_sql("demo.sql", "testdb")

    def run_sql(self, name, database):
        """A script in configs/ that makes `database` and its tables, under this world's name."""
        sql = (CONFIGS / name).read_text(encoding="utf-8")
        self.database.run(sql.replace(database, self.database.name), "postgres")

    def register_connector(self, tables, partitions=1, **more):
        """The demo's connector for these tables; topics are made with that many partitions."""
        config = demo_request()["config"]
        config.update({
            "database.dbname": self.database.name,
            "slot.name": self.slot,
            "publication.name": self.publication,
            "topic.prefix": self.prefix,
            "table.include.list": ",".join(tables),
        })
        config.update(more)
        for table in tables:
            self.kafka.create_topic(self.topic(table), partitions)
        self.connector = Connector(self.stack, self.connector_name, config)
        self.connector.register()

    def topic(self, table):
        return f"{self.prefix}.{table}"

    def index(self, table):
        return self.topic(table).lower()

    def config(self, **sections):
        """A configuration for tests: short times, a free port; `sections` are merged over it."""
        config = {
            "kafka": {
                "brokers": [self.stack.kafka],
                "group": {"id": self.group},
                "topics": {"regex": re.escape(self.prefix).replace("\\_", "_") + r"\.public\..*",
                           "refresh": "1s"},
                "session": {"timeout": "6s"},
                "heartbeat": {"interval": "500ms"},
            },
            # After a kill deletes are sent again once no copy of a write can be alive: the sum of
            # the session's and these times.
            "elasticsearch": {"urls": [self.stack.search_url], "request": {"timeout": "6s"},
                              "bulk": {"timeout": "3s"}},
            "delivery": {"window": {"allowance": "1s"}},
            "retry": {"backoff": {"max": "2s"}},
            "dead_letters": {"topic": self.dead_letters},
            # Removed with the indices of the case.
            "divergent": {"index": self.divergent},
            "http": {"port": free_port()},
        }
        for section, values in sections.items():
            merge(config.setdefault(section, {}), values)
        return config

    def service(self, name="index", **sections):
        service = Service(self.binary, name, self.folder, self.config(**sections))
        self.services.append(service)
        return service

    def capture_config(self, tables, **sections):
        """A configuration of the source for these tables."""
        config = {
            "kafka": {"brokers": [self.stack.kafka]},
            "database": {"hostname": self.database.host, "port": self.database.port,
                         "user": self.database.user, "dbname": self.database.name},
            "topic": {"prefix": self.prefix},
            "slot": {"name": self.slot},
            "publication": {"name": self.publication, "autocreate.mode": "filtered"},
            "table": {"include.list": [re.escape(table) for table in tables]},
            "retriable.restart.connector.wait.ms": 1000,
            "producer.compression.type": "none",  # so that the harness can read the records
            "capture": {"positions.topic": f"{self.prefix}.positions"},
            "http": {"port": free_port()},
        }
        # Values in the form that the demo's connector gives them, which the comparison reads.
        demo = demo_request()["config"]
        config.update({name: value for name, value in demo.items()
                       if name.endswith((".handling.mode", ".precision.mode"))})
        for section, values in sections.items():
            if isinstance(values, dict):
                merge(config.setdefault(section, {}), values)
            else:
                config[section] = values
        return config

    def capture(self, name, tables, partitions=1, **sections):
        """Our own source for these tables; topics are made with that many partitions."""
        for table in tables:
            self.kafka.create_topic(self.topic(table), partitions)
        service = Service(self.binary, name, self.folder, self.capture_config(tables, **sections),
                          verb="capture")
        self.services.append(service)
        return service

    def run_service(self, tables):
        """Both halves in one process. The topics are its own to make."""
        config = self.capture_config(tables)
        merge(config, self.config())
        return self.service_of("run", config)

    def service_of(self, name, config, verb="run"):
        """A process with that configuration; the topics are its own to make."""
        service = Service(self.binary, name, self.folder, config, verb=verb)
        self.services.append(service)
        return service

    # --- waiting and comparing ---------------------------------------------------------------------

    def partitions(self, tables):
        topics = self.kafka.topics()
        return {self.topic(table): topics[self.topic(table)] for table in tables
                if self.topic(table) in topics}

    def log_ends(self, tables):
        """{(topic, partition): next offset to be written}"""
        return {(topic, number): offset for topic, count in self.partitions(tables).items()
                for number, offset in self.kafka.offsets(topic, count).items()}

    def committed_records(self):
        return sum(self.kafka.committed(self.group).values())

    def lag(self, tables):
        """{(topic, partition): records that are not committed yet}, without the zeros."""
        committed = self.kafka.committed(self.group)
        lags = {place: end - committed.get(place, 0) for place, end in self.log_ends(tables).items()}
        return {place: lag for place, lag in lags.items() if lag}

    def wait_no_lag(self, tables, seconds=SETTLE_SECONDS):
        """Every record of the topics is committed by the group."""
        def none():
            for service in self.services:
                service.check_running()
            lag = self.lag(tables)
            if lag:
                raise Failure(f"lag {sum(lag.values())} in {len(lag)} partitions")
            return True
        wait_until("lag to be zero", none, seconds, every=0.2)

    def wait_equal(self, tables, seconds=SETTLE_SECONDS):
        """Every index equals its table, row by row. Writers have stopped before this is called."""
        compared = 0
        for table in tables:
            def equal(table=table):
                return (compare_once(self.database, table, self.search, self.index(table)),)
            compared += wait_until(f"index {self.index(table)} to equal its table", equal, seconds,
                                   every=0.5)[0]
        return compared

    # --- cleaning up -------------------------------------------------------------------------------

    def stop_services(self):
        for service in self.services:
            service.kill()

    def remove(self):
        """Removes everything of this name; what is not there is fine."""
        self.stop_services()
        for connector in connector_names(self.stack):
            if connector == self.connector_name or self._owns_part(connector):
                Connector(self.stack, connector, {}).remove()
        for slot in {self.slot, *filter(self._owns_part, self.database.slots())}:
            self.database.drop_slot(slot)
        self.database.drop()
        self.kafka.delete_topics(
            topic for topic in self.kafka.topics()
            if topic.startswith((self.prefix + ".", *self.more_topics)) or topic == self.dead_letters
            or self._owns_part(topic.removeprefix("__debezium-heartbeat.")))
        wait_until(f"group {self.group} to be deleted", lambda: self.kafka.delete_group(self.group), 60)
        if self.stack.searches:
            self.search.delete_indices(f"{self.prefix}.*")
            self.search.forget_control(self.prefix)

    def _owns_part(self, name):
        """Whether it belongs to one of several sources that a case runs under names of its own."""
        return name.startswith(self.name + "_")

    def discard(self):
        """Removes everything, the folder with configurations and logs too."""
        self.remove()
        self.kafka.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def merge(target, values):
    for key, value in values.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            merge(target[key], value)
        else:
            target[key] = value


def remove_leftovers(stack, binary):
    """Removes what runs that were killed have left, known by the pid in its name."""
    postgres = Database(stack, "postgres")
    names = {*connector_names(stack), *postgres.slots(), *postgres.databases(),
             *Kafka(stack.kafka).topics(), *Search(stack.search_url).indices("e2e_*")}
    owned = {match.group(0): int(match.group(1)) for match in map(OWNED.match, names) if match}
    for name, pid in owned.items():
        if os.path.exists(f"/proc/{pid}"):
            continue
        say(f"removing what an earlier run has left: {name}")
        check(pid != os.getpid(), "a leftover cannot be our own")
        world = World(stack, binary, name)
        world.discard()
