"""The story of the change log: what happened to each holding, in files and in an index, each once.

scripts/quickstart holding tells it to people; the end-to-end test of that name runs it under names of
its own. The table is that of configs/holding.sql.
"""
import csv
import json
import pathlib

from harness import holding_questions as questions
from harness.console import Failure, check, wait_until
from harness.telling import STEP_SECONDS, Teller

TABLE = "bank.holding"
STOCK, QUANTITY = "holding_stock", "holding_quantity"
# The ten columns. What a row tells of the time is looked at apart.
COLUMNS = ["holding_id", "user_id", "change_field", "old_value", "new_value", "datetime_created",
           "datetime_updated", "datetime_deleted", "datetime_inserted", "crud_type"]
TIMES = {"c": "datetime_created", "u": "datetime_updated", "d": "datetime_deleted"}

# The exercise's own statements, and what each becomes, in the order of their commits:
# holding, user, field, old value, new value, operation.
STATEMENTS = [
    ("insert into bank.holding values (1001, 2, 'SP500', 1, now(), now())",
     [(1001, 2, STOCK, None, "SP500", "c"), (1001, 2, QUANTITY, None, "1", "c")]),
    ("insert into bank.holding values (1002, 3, 'SP500', 1, now(), now())",
     [(1002, 3, STOCK, None, "SP500", "c"), (1002, 3, QUANTITY, None, "1", "c")]),
    ("update bank.holding set holding_quantity = 100 where holding_id = 1000",
     [(1000, 1, QUANTITY, "10", "100", "u")]),
    ("delete from bank.holding where user_id = 3",
     [(1002, 3, STOCK, "SP500", None, "d"), (1002, 3, QUANTITY, "1", None, "d")]),
    ("delete from bank.holding where user_id = 2",
     [(1001, 2, STOCK, "SP500", None, "d"), (1001, 2, QUANTITY, "1", None, "d")]),
    ("insert into bank.holding values (1003, 3, 'VTSAX', 100, now(), now())",
     [(1003, 3, STOCK, None, "VTSAX", "c"), (1003, 3, QUANTITY, None, "100", "c")]),
    ("update bank.holding set holding_quantity = 10 where holding_id = 1003",
     [(1003, 3, QUANTITY, "100", "10", "u")]),
]
# So that there is something to ask about: stocks are exchanged, and one holding is given up.
TRADES = [
    ("update bank.holding set holding_stock = 'SP500' where holding_id = 1000",
     [(1000, 1, STOCK, "VFIAX", "SP500", "u")]),
    ("update bank.holding set holding_stock = 'VTSAX', holding_quantity = 7 where holding_id = 1000",
     [(1000, 1, STOCK, "SP500", "VTSAX", "u"), (1000, 1, QUANTITY, "100", "7", "u")]),
    ("update bank.holding set holding_stock = 'SP500' where holding_id = 1003",
     [(1003, 3, STOCK, "VTSAX", "SP500", "u")]),
    ("update bank.holding set holding_stock = 'VFIAX' where holding_id = 1003",
     [(1003, 3, STOCK, "SP500", "VFIAX", "u")]),
    ("update bank.holding set holding_stock = 'VTSAX' where holding_id = 1003",
     [(1003, 3, STOCK, "VFIAX", "VTSAX", "u")]),
    ("delete from bank.holding where holding_id = 1000",
     [(1000, 1, STOCK, "VTSAX", None, "d"), (1000, 1, QUANTITY, "7", None, "d")]),
]


class HoldingFiles:
    """What somebody finds who reads the files of a change log: sealed ones, then the open one."""

    def __init__(self, folder, name="holding", ending="csv"):
        self.folder, self.name, self.ending = pathlib.Path(folder), name, ending

    def paths(self):
        return sorted([*self.folder.glob(f"{self.name}-*.{self.ending}"),
                       *self.folder.glob(f"{self.name}-*.{self.ending}.open")],
                      key=lambda path: path.name.removesuffix(".open"))

    def rows(self):
        """Every row as {column: text or None}: nothing is null, two quotes are an empty text."""
        while True:
            try:
                return self.read()
            except FileNotFoundError:
                pass  # it was sealed between its listing and its reading

    def read(self):
        found = []
        for path in self.paths():
            text = path.read_text(encoding="utf-8")
            # A last line without an end is being written.
            lines = text[:text.rfind("\n") + 1].splitlines()
            for row in csv.DictReader(lines):
                found.append({name: value or None for name, value in row.items()})
        return found


def told(row):
    """A row without its times, as the lists above have it."""
    return (int(row["holding_id"]), int(row["user_id"]), row["change_field"], row["old_value"],
            row["new_value"], row["crud_type"])


def check_times(row):
    """Exactly the time of the operation is told, and the time of the record beside it."""
    for operation, column in TIMES.items():
        wanted = row["crud_type"] == operation
        check((row[column] is not None) == wanted, f"{column} of a row with {operation}: {row}")
    check(row["datetime_inserted"] is not None, f"no datetime_inserted: {row}")
    check(row["datetime_inserted"] >= row[TIMES[row["crud_type"]]],
          f"it came into the log before it was committed: {row}")


class HoldingStory(Teller):
    def __init__(self, world, folder, started=lambda service: None):
        super().__init__(world, started)
        self.files = HoldingFiles(folder)
        self.index = f"{world.prefix}.changes.holding"
        self.expected = []

    # --- the steps ---------------------------------------------------------------------------------

    def run(self, service):
        """Everything, with a service that is configured and not running yet."""
        self.prepare(service)
        self.changes()
        self.questions()
        self.killed(service)
        self.bad_records(service)
        self.what_is_there(service)

    def prepare(self, service):
        world = self.world
        self.step(f"database {world.database.name} with the table bank.holding, whose old values go "
                  "into the log (REPLICA IDENTITY FULL)")
        world.run_sql("holding.sql", "brokerage")
        self.tell(f"{TABLE}: " + ", ".join(f"{name} {kind}" for name, kind
                                           in world.database.columns(TABLE)))
        self.tell("and a holding from before, which is no change:")
        self.sql("insert into bank.holding values (1000, 1, 'VFIAX', 10, now(), now())")
        self.step("sluice run starts: source, change log (one of files, one of a topic) and index")
        # There is something to read once the first record has made the topics.
        self.tell("$ " + " ".join(service.command))
        service.start()
        self.started(service)
        self.wait_read(service, 1)
        self.tell("the row that the snapshot has read: sluice_changelog_records_total{fate=\"read\"} 1 "
                  "for each sink, and no row is told of it")
        check(self.files.rows() == [], f"{self.files.rows()}")

    def wait_read(self, service, count):
        def read():
            for sink in ("file", "topic"):
                seen = service.metric("sluice_changelog_records_total", sink=sink, fate="read")
                if seen != count:
                    raise Failure(f"{sink}: {seen:.0f} snapshot records")
            return True
        wait_until("both sinks to have read the snapshot", read, STEP_SECONDS)

    def changes(self):
        self.step("what happens to the table, statement by statement")
        self.execute(STATEMENTS)
        self.wait_told()
        self.show_file()

    def execute(self, statements):
        for statement, rows in statements:
            self.sql(statement)
            self.expected += rows

    def wait_told(self):
        """Both sinks have exactly the rows that are expected: the file in their order."""
        def in_file():
            rows = [told(row) for row in self.files.rows()]
            if rows != self.expected:
                raise Failure(f"the file has {len(rows)} of {len(self.expected)} rows: {rows[-2:]}")
            return True

        def in_index():
            documents = self.world.search.documents(self.index)
            rows = sorted(map(str, map(told, documents.values())))
            if rows != sorted(map(str, self.expected)):
                raise Failure(f"the index has {len(rows)} of {len(self.expected)} rows")
            return True
        wait_until("the rows in the file", in_file, STEP_SECONDS)
        wait_until("the rows in the index", in_index, STEP_SECONDS)
        for row in [*self.files.rows(), *self.world.search.documents(self.index).values()]:
            check(list(row) == COLUMNS, f"a row has {list(row)}")
            check_times(row)

    def show_file(self):
        for path in self.files.paths():
            self.tell(f"$ cat {path}")
            for line in path.read_text(encoding="utf-8").splitlines():
                self.tell("    " + line)
        self.tell(f"{self.index} has the same {len(self.expected)} rows, each under the id of its record "
                  f"and field:")
        for key in sorted(self.world.search.ids(self.index))[:2]:
            document = self.world.search.document(self.index, key)
            self.tell(f"    {key}: {json.dumps(document)}")

    # --- the three questions -----------------------------------------------------------------------

    def clock(self):
        return self.world.database.run("select to_char(clock_timestamp() at time zone 'UTC', "
                                       "'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')")

    def questions(self):
        self.step("stocks are exchanged, between two moments")
        begin = self.clock()
        self.execute(TRADES)
        end = self.clock()
        self.wait_told()
        self.load_pivot()
        self.step("the three questions, in SQL on the file and in Elasticsearch: the same answers")
        for user in (1, 3):
            self.ask(f"1. How often did user {user} change stock types? (SQL: a delete has no new value, "
                     "and is not counted)", questions.changes_sql(user, STOCK),
                     questions.changes_query(user, STOCK), {1: "2", 3: "3"}[user])
        self.ask("1. The same with deletes, as the question says (user 1 gave one holding up)",
                 questions.changes_and_deletes_sql(1, STOCK),
                 questions.changes_and_deletes_query(1, STOCK), "3")
        self.ask("2. How often did user 1 change quantities?", questions.changes_sql(1, QUANTITY),
                 questions.changes_query(1, QUANTITY), "2")
        self.ask("3. Which stock was sold most between the two moments?",
                 questions.most_sold_sql(begin, end), questions.most_sold_query(begin, end),
                 "SP500|2")

    def load_pivot(self):
        """The files as a table of their own, by COPY."""
        database = self.world.database
        database.run("drop table if exists holding_pivot; " + questions.PIVOT)
        for path in self.files.paths():
            text = path.read_text(encoding="utf-8")
            database.run(f"copy holding_pivot from stdin with (format csv, header);\n{text}\\.\n")
        self.tell(f"the files are loaded: COPY holding_pivot FROM '{self.files.paths()[0].name}' WITH "
                  "(FORMAT csv, HEADER)")

    def ask(self, title, sql, query, wanted):
        search = self.world.search
        search.ask("POST", f"{self.index}/_refresh")
        self.tell(title)
        answer = self.sql(sql)
        self.tell(f"    {answer}")
        verb = "_search" if "aggs" in query else "_count"
        _, found = search.ask("POST", f"{self.index}/{verb}", query)
        found = questions.most_sold(found) if "aggs" in query else str(found["count"])
        self.tell(f"POST {search.url}/{self.index}/{verb}")
        self.tell(f"    {json.dumps(query)}")
        self.tell(f"    {found}")
        check(answer == found == wanted, f"SQL says {answer}, Elasticsearch {found}, it is {wanted}")

    # --- when things go wrong ------------------------------------------------------------------------

    def killed(self, service):
        self.step("kill -9 in the middle of 300 updates, and a new start: each row is there once")
        self.tell("sql> update bank.holding set holding_quantity = 1 … 300 where holding_id = 1003")
        for begin in (0, 100, 200):
            self.world.database.run("\n".join(
                f"update bank.holding set holding_quantity = {1000 + number} where holding_id = 1003;"
                for number in range(begin, begin + 100)))
            before = [told(row) for row in self.expected_quantities(begin, begin + 100)]
            self.expected += before
            if begin < 200:
                rows = len(self.files.rows())
                service.kill()
                self.tell(f"kill -9: the file has {rows} rows, some of them perhaps not kept")
                service.ended = False
                service.start()
                self.started(service)
        self.wait_told()
        self.tell(f"{len(self.expected)} changes of fields, {len(self.files.rows())} rows in the files, "
                  f"{len(self.world.search.ids(self.index))} documents")

    @staticmethod
    def expected_quantities(begin, end):
        """Of 1003: 10 before the first, then 1000, 1001 …"""
        for number in range(begin, end):
            old = "10" if number == 0 else str(999 + number)
            yield {"holding_id": 1003, "user_id": 3, "change_field": QUANTITY, "old_value": old,
                   "new_value": str(1000 + number), "crud_type": "u"}

    def bad_records(self, service):
        self.step("records that no row can be told of: dead letters with their reason, and the log goes on")
        service.wait_ready()
        world = self.world
        topic = world.topic(TABLE)
        after = {"holding_id": 1, "user_id": 1, STOCK: "X", QUANTITY: 1}
        source = {"ts_ms": 1, "schema": "bank", "table": "holding"}
        for reason, value in (
                ("bad_json", b'{"op":"u","after":{'),
                ("missing_before", json.dumps({"before": None, "after": after, "source": source,
                                               "op": "u"}).encode()),
                ("missing_column", json.dumps({"before": None, "after": {"holding_id": 1},
                                               "source": source, "op": "c"}).encode())):
            world.kafka.produce(topic, 0, b'{"holding_id":1}', value)
            self.tell(f"{reason:15} {value.decode()}")
        self.execute([("update bank.holding set holding_quantity = 5 where holding_id = 1003",
                       [(1003, 3, QUANTITY, "1299", "5", "u")])])
        self.wait_told()

        def counted():
            for reason in ("bad_json", "missing_before", "missing_column"):
                seen = service.metric("sluice_changelog_refused_total", sink="file", reason=reason)
                if seen != 1:
                    raise Failure(f"{seen:.0f} records were refused as {reason}")
            return True
        wait_until("them to be counted", counted, STEP_SECONDS)
        self.tell("sluice_changelog_refused_total: one of each reason, by each sink")
        command = [service.command[0], "dlq", "list", *service.command[2:]]
        self.tell("$ sluice dlq list")
        letters = self.run_command(command)
        check("missing_before" in letters, letters)
        for line in letters.splitlines():
            self.tell("  " + line)

    def what_is_there(self, service):
        self.step("what is there in the end")
        for path in sorted(self.files.folder.iterdir()):
            self.tell(f"{path.name:26} {path.stat().st_size} bytes")
        for name in ("sluice_changelog_rows_total", "sluice_changelog_lag_records"):
            self.tell(f"{name}: " + ", ".join(f"{sink} {service.metric(name, sink=sink):.0f}"
                                              for sink in ("file", "topic")))
        halted = service.metric("sluice_halted")
        check(halted == 0, "it has halted")
