"""Looks over a source's shoulder: what the database may forget must be in the log already."""
import json

from harness.console import Failure


class Observer:
    """A replication slot of its own says what was committed, the topics what was published."""

    def __init__(self, world, tables):
        self.world, self.tables = world, tables
        self.slot = f"{world.name}_observer"
        self.read = {}  # (topic, partition) → next offset
        self.published = {}  # transaction → {(topic, key, log position)}
        self.checked = 0
        world.database.run(f"select pg_create_logical_replication_slot('{self.slot}', 'test_decoding')")

    def check(self):
        """Every change of every transaction up to the source's flush position has its record."""
        flushed = self.world.database.run("select confirmed_flush_lsn from pg_replication_slots "
                                          f"where slot_name = '{self.world.slot}'")
        # In this order: what is in the topics by now may be more, and must not be less.
        self._read_topics()
        names = " or ".join(f"data like 'table {table}: %'" for table in self.tables)
        rows = self.world.database.run(
            f"select xid::text::bigint % 4294967296, count(*) filter (where {names}) "
            f"from pg_logical_slot_get_changes('{self.slot}', '{flushed}', null) group by 1",
            seconds=120)
        for row in rows.splitlines():
            transaction, changes = (int(part) for part in row.split("|"))
            found = len(self.published.get(transaction, ()))
            if found < changes:
                raise Failure(f"the slot was flushed to {flushed}, and of transaction {transaction} "
                              f"only {found} of {changes} changes are in the topics")
            self.checked += changes
        return flushed

    def _read_topics(self):
        for topic, count in self.world.partitions(self.tables).items():
            for record in self.world.kafka.records(topic, count, self.read.get(topic)):
                self.read.setdefault(topic, {})[record.partition] = record.offset + 1
                if record.value is None:
                    continue
                source = json.loads(record.value)["source"]
                if source.get("snapshot", "false") == "false":
                    self.published.setdefault(source["txId"], set()).add(
                        (topic, record.key, source["lsn"]))
