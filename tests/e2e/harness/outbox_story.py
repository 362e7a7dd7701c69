"""The story of the transactional outbox: what a committed transaction tells is found, and nothing else.

scripts/quickstart outbox tells it to people; the end-to-end test of that name runs it under names of
its own. The tables are those of configs/outbox.sql.
"""
import json

from harness.console import Failure, check, wait_until
from harness.telling import STEP_SECONDS, Teller

TABLES = ("public.transactions", "public.events")
KINDS = ("user", "order", "product")


def lsn(text):
    """A position in the log as a number."""
    high, low = text.split("/")
    return int(high, 16) << 32 | int(low, 16)


class OutboxStory(Teller):
    def topic(self, kind):
        return f"{self.world.prefix}.event.{kind}"

    def event(self, kind, key, payload):
        """As the workshop's exercises insert one: without id and type, which have defaults."""
        return ("INSERT INTO events (aggregatetype, aggregateid, payload)\n"
                f"VALUES ('{kind}', '{key}', '{json.dumps(payload)}')")

    def expect_event(self, kind, key, payload, title):
        return self.expect_document(self.topic(kind).lower(), key, title,
                                    lambda document: document == payload)

    def expect_none(self, kind, key, title):
        return self.expect_document(self.topic(kind).lower(), key, title,
                                    lambda document: document is None)

    # --- the steps ---------------------------------------------------------------------------------

    def run(self, service):
        """Everything, with a service that is configured and not running yet."""
        world = self.world
        self.step(f"database {world.database.name} with the tables transactions and events, the outbox")
        world.run_sql("outbox.sql", "workshop")
        for table in TABLES:
            self.tell(f"{table}: " + ", ".join(f"{name} {kind}" for name, kind
                                               in world.database.columns(table)))
        # Without a row there is no topic yet, and an index that has nothing to read is not ready.
        self.tell("and a transaction from before:")
        self.sql("INSERT INTO transactions (price, status) VALUES (49.90, 'completed')")
        self.step("sluice run starts, source and index in one process")
        self.start(service)
        self.each_kind_has_its_topic(service)
        self.the_last_event_of_an_aggregate_counts(service)
        self.positions(service)
        self.transactions()
        self.payloads_that_are_no_documents(service)
        self.the_outbox_is_emptied(service)
        self.whole_topics(service)

    def each_kind_has_its_topic(self, service):
        self.step("events of a user, an order and a product: each kind lands in its topic and index")
        told = {"user": ("123", {"event": "user-created", "name": "John Doe"}),
                "order": ("456", {"event": "order-created", "amount": 100.5}),
                "product": ("789", {"event": "product-updated", "name": "Widget Pro"})}
        for kind, (key, payload) in told.items():
            self.sql(self.event(kind, key, payload))
        for kind, (key, payload) in told.items():
            self.expect_document(self.topic(kind).lower(), key, "found", lambda document, payload=payload:
                                 document and document["event"] == payload["event"])
        self.tell("$ sluice inspect: what stands in the topics, and the write that each record becomes")
        topics = [self.topic(kind) for kind in KINDS]
        for line in self.sluice(service, "inspect", *topics, "-e").splitlines():
            self.tell("  " + line)

    def the_last_event_of_an_aggregate_counts(self, service):
        self.step("another event of the same user: the document is the aggregate's last event")
        payload = {"event": "user-updated", "name": "John Doe", "city": "Z\u00fcrich"}
        self.sql(self.event("user", "123", payload))
        self.expect_event("user", "123", payload, "the later event")

        def counted():  # counters are published several times a second, the document may come before
            created = service.metric("sluice_events_total", kind="create")
            if created < 4:
                raise Failure(f"sluice_events_total{{kind=create}} is {created:.0f}")
            return True
        wait_until("the events to be counted", counted, STEP_SECONDS)

    def status(self, service):
        """What `sluice capture status` says, once a position was recorded."""
        def recorded():
            status = json.loads(self.sluice(service, "capture", "status", "--json"))
            return status if status["recorded"] else None
        return wait_until("a position to be recorded", recorded, STEP_SECONDS)

    def positions(self, service):
        self.step("positions in the log: an event is written, and the slot follows it")
        before = self.show_status(service, "before")
        log = self.sql("SELECT pg_current_wal_lsn()")
        self.tell(f"    {log}")
        payload = {"event": "user-updated", "name": "Jane Smith"}
        self.sql(self.event("user", "124", payload))
        after = self.sql("SELECT pg_current_wal_lsn()")
        self.tell(f"    {after}   <- the log has grown by {lsn(after) - lsn(log)} bytes")
        check(lsn(after) > lsn(log), f"the log stands at {after}, was at {log}")
        self.expect_event("user", "124", payload, "found")

        def followed():
            status = self.status(service)
            if lsn(status["slot"]["confirmed_flush_lsn"]) < lsn(after):
                raise Failure(f"confirmed_flush_lsn {status['slot']['confirmed_flush_lsn']}")
            return status
        wait_until("the slot to pass the event", followed, STEP_SECONDS)
        now = self.show_status(service, "after: everything up to the event is acknowledged")
        for name in ("confirmed_flush_lsn", "restart_lsn"):
            check(lsn(now["slot"][name]) >= lsn(before["slot"][name]), f"{name} went back")
        check(lsn(now["recorded"]["lsn"]) >= lsn(now["slot"]["confirmed_flush_lsn"]),
              f"the slot is ahead of what is recorded: {now}")

    def show_status(self, service, when):
        """What is recorded is read after the slot, so that it is never behind it."""
        status = self.status(service)
        slot = status["slot"]
        self.tell(f"$ sluice capture status --json   <- {when}")
        self.tell(f"    confirmed_flush_lsn {slot['confirmed_flush_lsn']}, restart_lsn "
                  f"{slot['restart_lsn']}, the log ends at {status['server_lsn']}: lag "
                  f"{slot['lag_bytes']} bytes; wal_status {slot['wal_status']}, "
                  f"{'active' if slot['active'] else 'not active'}; recorded in Kafka "
                  f"{status['recorded']['lsn']}")
        check(slot["active"] and slot["wal_status"] == "reserved", f"the slot: {slot}")
        check(lsn(status["server_lsn"]) - lsn(slot["confirmed_flush_lsn"]) == slot["lag_bytes"],
              f"the lag is another: {status}")
        return status

    def transactions(self):
        self.step("a transaction that commits: its row and its event are both found")
        payload = {"event": "transaction-completed", "price": 199.99}
        self.sql("BEGIN;\nINSERT INTO transactions (price, status) VALUES (199.99, 'completed');\n"
                 + self.event("transaction", "999", payload) + ";\nCOMMIT;")
        self.expect_document(self.topic("transaction").lower(), "999", "the event",
                             lambda document: document and document["event"] == payload["event"])
        self.expect_document(self.world.index("public.transactions"), "2", "the row",
                             lambda document: document and document["price"] == "199.99")

        self.step("a transaction that rolls back: neither is ever told")
        self.sql("BEGIN;\nINSERT INTO transactions (price, status) VALUES (299.99, 'completed');\n"
                 + self.event("transaction", "1000", {"event": "transaction-completed",
                                                      "price": 299.99}) + ";\nROLLBACK;")
        # The log is told in its order: what was to come before this one would be here by then.
        self.tell("and one more that commits, behind it in the log:")
        self.sql("BEGIN;\nINSERT INTO transactions (price, status) VALUES (1.00, 'completed');\n"
                 + self.event("transaction", "1001", {"event": "transaction-completed",
                                                      "price": 1}) + ";\nCOMMIT;")
        self.expect_event("transaction", "1001", {"event": "transaction-completed", "price": 1},
                          "the later event")
        self.expect_none("transaction", "1000", "the event that was rolled back")
        rows = self.world.database.run("select string_agg(price::text, ' ' order by id) from transactions")
        check(rows == "49.90 199.99 1.00", f"the table holds {rows}")

    def payloads_that_are_no_documents(self, service):
        self.step("an event whose payload is no object: a dead letter with its reason; one without any: "
                  "passed over")
        self.sql(self.event("order", "457", "just a text"))
        self.sql("INSERT INTO events (aggregatetype, aggregateid) VALUES ('order', '456')")
        payload = {"event": "order-created", "amount": 1}
        self.sql(self.event("order", "458", payload))
        self.expect_event("order", "458", payload, "the next one is found")
        self.expect_none("order", "457", "a text is no document")
        self.expect_document(self.topic("order").lower(), "456", "as it was before the empty event",
                             lambda document: document and document["event"] == "order-created")

        def counted():
            letters = service.metric("sluice_dead_letters_total", reason="not_a_document")
            skipped = service.metric("sluice_records_skipped_total", rule="no_document")
            if (letters, skipped) != (1, 1):
                raise Failure(f"{letters:.0f} dead letters, {skipped:.0f} records without a document")
            return True
        wait_until("both to be counted", counted, STEP_SECONDS)
        self.tell("$ sluice dlq list")
        letters = self.sluice(service, "dlq", "list")
        check("not_a_document" in letters, letters)
        for line in letters.splitlines():
            self.tell("  " + line)

    def the_outbox_is_emptied(self, service):
        self.step("the outbox is emptied, as its owner may at any time: events that were told stay")
        self.sql("DELETE FROM events")
        payload = {"event": "product-created", "name": "Widget"}
        self.sql(self.event("product", "790", payload))
        self.expect_event("product", "790", payload, "the next event is found")
        self.expect_document(self.topic("product").lower(), "789", "still there",
                             lambda document: document is not None)
        deletes = service.metric("sluice_events_total", kind="delete") + service.metric(
            "sluice_events_total", kind="tombstone")
        check(deletes == 0, f"{deletes:.0f} deletes were read")

    def whole_topics(self, service):
        self.step("what is in the indices, all of it")
        world = self.world
        wanted = {"user": ["123", "124"], "order": ["456", "458"], "product": ["789", "790"],
                  "transaction": ["1001", "999"]}
        for kind, keys in wanted.items():
            documents = world.search.documents(self.topic(kind).lower())
            check(sorted(documents) == keys, f"{kind}: {sorted(documents)}, wanted {keys}")
            self.tell(f"{self.topic(kind).lower()}: " + ", ".join(keys))
        rows = world.search.documents(world.index("public.transactions"))
        check(len(rows) == 3, f"transactions: {sorted(rows)}")
        halted = service.metric("sluice_halted")
        check(halted == 0, "it has halted")
