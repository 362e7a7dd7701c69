"""The story of the quick start: rows change in PostgreSQL, and the index follows. Every step is checked.

What writes the records is our own source, or Debezium: the steps and the checks are the same.

scripts/quickstart tells it to people; the end-to-end test of that name runs it under names of its own.
"""
from harness.compare import compare_once
from harness.console import Failure, check, wait_until
from harness.stack import DEBEZIUM
from harness.telling import STEP_SECONDS, Teller

TABLES = ("public.users", "public.orders")


class Story(Teller):
    def __init__(self, world, started=lambda service: None):
        super().__init__(world, started)
        self.debezium = world.stack.source == DEBEZIUM

    def users(self, path=""):
        return f"{self.world.index('public.users')}{path}"

    def expect(self, table, key, title, holds):
        return self.expect_document(self.world.index(table), key, title, holds)

    # --- the steps ---------------------------------------------------------------------------------

    def run(self, service):
        """Everything, with a service that is configured and not running yet."""
        world = self.world
        self.step(f"database {world.database.name} with tables users and orders, and rows from before")
        world.run_demo_sql()
        for table in TABLES:
            rows = world.database.run(f"select count(*) from {table}")
            self.tell(f"{table}: {rows} rows")

        if self.debezium:
            self.step("Debezium's connector, registered through Connect's REST API")
            world.register_connector(TABLES)
            self.tell(f"PUT {world.connector.url}/config   (configs/debezium-postgres-connector.json)")
            self.step("sluice index starts, and finds the rows from before (op r, a snapshot)")
        else:
            self.step("sluice run starts, source and index in one process: it reads the rows from "
                      "before (op r, a snapshot) and finds them")
        self.start(service)
        self.expect("public.users", "1", "a row from before is found",
                    lambda document: document and document.get("email") == "ada@example.com")
        self.expect("public.orders", "1", "an order from before is found",
                    lambda document: document and document.get("product") == "punched cards")

        if not self.debezium:
            self.source_status(service)
        self.insert_update_delete(service)
        self.transaction()
        self.columns_come_and_go()
        self.demo()
        self.inspect()
        self.whole_tables(service)

    def source_status(self, service):
        """Our source says of itself that it reads, and from where."""
        self.step("sluice capture status: the slot, the recorded position, the publication")
        command = [service.command[0], "capture", "status", *service.command[2:]]
        self.tell("$ " + " ".join(command))

        def reads():
            output = self.run_command(command)
            if "read by the server's process" not in output or "snapshot done" not in output:
                raise Failure(output)
            return output
        for line in wait_until("the source to read", reads, STEP_SECONDS).splitlines():
            self.tell("  " + line)

    def insert_update_delete(self, service):
        self.step("INSERT: the document is found")
        key = self.sql("insert into users (username, email) values ('dora', 'dora@example.com') "
                       "returning id")
        self.expect("public.users", key, "inserted, found",
                    lambda document: document and document.get("email") == "dora@example.com")

        self.step("UPDATE of the e-mail: the document has changed")
        self.sql(f"update users set email = 'dora@new.example.com' where id = {key}")
        self.expect("public.users", key, "updated, changed",
                    lambda document: document and document.get("email") == "dora@new.example.com")

        self.step("UPDATE of a row with a large value that the record does not repeat: it stays whole")
        self.sql("update users set email = 'cleo@new.example.com' where id = 3")
        bio = self.world.database.run("select bio from users where id = 3")
        self.expect("public.users", "3", f"updated, its bio of {len(bio)} characters is still there",
                    lambda document: document and document.get("email") == "cleo@new.example.com"
                    and document.get("bio") == bio)

        self.step("DELETE: the document is gone, and the tombstone that follows confirms it")
        tombstones = service.metric("sluice_events_total", kind="tombstone")
        self.sql(f"delete from users where id = {key}")
        self.expect("public.users", key, "deleted", lambda document: document is None)

        def confirmed():
            now = service.metric("sluice_events_total", kind="tombstone")
            if now <= tombstones:
                raise Failure(f"sluice_events_total{{kind=tombstone}} is {now:.0f}")
            return now
        now = wait_until("the tombstone to be counted", confirmed, STEP_SECONDS)
        self.world.wait_no_lag(TABLES, STEP_SECONDS)
        self.expect("public.users", key, "still deleted after the tombstone",
                    lambda document: document is None)
        self.tell(f"GET {service.url}/metrics   sluice_events_total{{kind=\"tombstone\"}} "
                  f"{tombstones:.0f} -> {now:.0f}, all offsets committed")

    def transaction(self):
        self.step("several changes in one transaction, to both tables: all of them land")
        key, order = self.sql(
            """begin;
               insert into users (username, email) values ('eve', 'eve@example.com') returning id;
               insert into orders (user_id, product, price) values (1, 'difference engine', 9999.99)
                 returning id;
               update orders set status = 'shipped' where id = 2;
               update users set balance = balance + 10 where id = 1;
               commit;""").split()
        self.expect("public.users", key, "inserted", lambda document: document is not None)
        self.expect("public.orders", order, "inserted, prices keep their digits",
                    lambda document: document and document.get("price") == "9999.99")
        self.expect("public.orders", "2", "updated",
                    lambda document: document and document.get("status") == "shipped")
        self.expect("public.users", "1", "updated",
                    lambda document: document and document.get("balance") == "1244.50")

    def columns_come_and_go(self):
        self.step("ALTER TABLE adds a column while all of it runs: later documents have it")
        self.sql("alter table users add column phone text")
        self.sql("update users set phone = '555-0100' where id = 2")
        self.expect("public.users", "2", "with the new column",
                    lambda document: document and document.get("phone") == "555-0100")

        self.step("ALTER TABLE drops it again: it disappears from later documents")
        self.sql("alter table users drop column phone")
        self.sql("update users set email = 'bob@new.example.com' where id = 2")
        self.expect("public.users", "2", "without the dropped column",
                    lambda document: document and document.get("email") == "bob@new.example.com"
                    and "phone" not in document)

    def demo(self, quantity=50):
        self.step(f"sluice demo users -Q {quantity}: many changes at once")
        command = [str(self.world.binary), "demo", "users", "-Q", str(quantity), "--postgres",
                   self.world.database.url]
        self.tell("$ " + " ".join(command))
        self.run_command(command)
        rows = self.world.database.run("select count(*) from users")
        self.tell(f"public.users: {rows} rows now")

    def inspect(self, lines=8):
        writer = "Debezium" if self.debezium else "sluice run"
        self.step(f"sluice inspect: the operations that {writer} has written to the topic, and the "
                  "write that each becomes")
        command = [str(self.world.binary), "inspect", self.world.topic("public.users"), "-b",
                   self.world.stack.kafka, "-e"]
        self.tell("$ " + " ".join(command))
        output = self.run_command(command).splitlines()
        check(len(output) >= lines, f"sluice inspect printed only {len(output)} lines:\n{output}")
        for line in [*output[:lines], f"… {len(output) - lines} more lines"]:
            self.tell("  " + line)

    def whole_tables(self, service):
        self.step("both tables and both indices are compared, row by row")
        world = self.world
        world.wait_no_lag(TABLES, STEP_SECONDS)
        for table in TABLES:
            def equal(table=table):
                return (compare_once(world.database, table, world.search, world.index(table)),)
            rows, = wait_until(f"{world.index(table)} to equal {table}", equal, STEP_SECONDS, every=0.5)
            self.tell(f"{table} = {world.index(table)}: {rows} rows, each with one equal document")
        dead = service.metric("sluice_dead_letters_total")
        check(dead == 0, f"{dead:.0f} dead letters in a story without bad records")
