"""`sluice verify`: no false difference under load and for every type, each true one by name, and its repair."""
import json
import pathlib
import subprocess
import time

from harness import load
from harness.connector import Connector, demo_request
from harness.console import Failure, say, wait_until
from harness.world import merge

SQL = pathlib.Path(__file__).resolve().parents[1] / "sql" / "differential.sql"
KEYS, PER_SECOND = 2_000, 500
EQUAL, FAILED, NO = 0, 1, 4
SLOT_IS_TOLD = {"update.interval.ms": 500}
GC_DELETES_SECONDS = 1
FAR_BEYOND = 1 << 60
# Of the script that the two sources are compared by: tables that nothing truncates and no statement
# gives another shape.
TYPED = ("types", "arrays", "shapes", "specials", "longkey", "strict", "watched", "ridx",
         "silent", "Weird Täble.x")
# Debezium tells a generated column in its snapshot and takes it away with the first update.
TYPED_OWN = (*TYPED, "people", "gen")
SIGNALS = "public.signals"


def run(context):
    while_it_changes(context)
    every_type(context)
    keys_that_were_asked_for(context)


# --- under load, and what hands have done ----------------------------------------------------------

def while_it_changes(context):
    world = context.world("verify")
    world.database.create()
    load.create_tables(world.database)
    for table in load.TABLES:
        world.kafka.create_topic(world.topic(table), 3)
    config = world.capture_config(load.TABLES, status=SLOT_IS_TOLD)
    merge(config, world.config())
    service = world.service_of("run", config)
    service.start_ready()
    changes = context.own(
        load.start_changes(world.database, load.ENDLESS, KEYS, context.seed, PER_SECOND))
    wait_until("some rows", lambda: world.committed_records() > 3_000, 60, every=0.1)

    suspects = 0
    for _ in range(3):
        code, answer = verify(world, service.config_path)
        # A row that changed whenever it was looked at is not called equal.
        changing = sum(table["still_changing"] for table in answer["tables"])
        context.check(not listed(answer) and not any(table["error"] for table in answer["tables"])
                      and code == (FAILED if changing else EQUAL) and answer["equal"] == (not changing),
                      f"under load {code}: {answer}")
        suspects += sum(table["suspects"] for table in answer["tables"])
        context.check(all(table["rows"] > 100 and table["ids"] > 100 for table in answer["tables"]),
                      f"too little was compared: {answer}")
        say("under load: " + told(answer))
    context.check(suspects > 0, "nothing ever seemed to differ: the load was too small to show anything")
    context.figure("suspects", suspects)
    changes.finish()
    context.settle_equal(world, load)

    spoiled = spoil(world)
    code, answer = verify(world, service.config_path, "--values")
    say("by hand: " + told(answer))
    context.check(code == NO and listed(answer) == spoiled,
                  f"verify ends with {code} and lists {listed(answer)}, to be {spoiled}")
    context.check(fields(answer, "public.accounts", "7") == {"owner": '"by hand"'},
                  f"the fields of a changed document: {answer}")
    code, answer = verify(world, service.config_path, "--table", "public.entries", "--limit", "1")
    entries, = answer["tables"]
    context.check(code == NO and entries["missing"] + entries["extra"] == 2 and len(entries["differences"]) == 1,
                  f"one table, one line: {code} {answer}")

    code, answer = verify(world, service.config_path, "--repair")
    say("repaired: " + told(answer))
    rest = {("public.accounts", "different", "8"), ("public.accounts", "extra", "nobody's")}
    context.check(code == NO and listed(answer) == rest, f"repair ends with {code} and leaves {answer}")
    accounts = next(table for table in answer["tables"] if table["table"] == "public.accounts")
    why = " ".join(accounts["obstacles"])
    context.check("versions that the log has not reached" in why and "delete them by hand" in why,
                  f"the obstacles are {accounts['obstacles']}")
    # What it says is done.
    world.search.ask("PUT", f"{world.index('public.accounts')}/_settings", {"index.gc_deletes": f"{GC_DELETES_SECONDS}s"})
    for key, version in (("8", FAR_BEYOND), ("nobody's", FAR_BEYOND)):
        put(world, "public.accounts", key, None, version, kind="external_gte")
    time.sleep(GC_DELETES_SECONDS + 1)
    code, answer = verify(world, service.config_path, "--repair")
    context.check(code == EQUAL and answer["equal"], f"after all that {code}: {answer}")
    context.settle_equal_tables(world, load.TABLES)

    world.database.run("alter table accounts add column later int default 5; update accounts set later = 6 "
                       "where id < 100")
    code, answer = verify(world, service.config_path, "--table", "public.accounts")
    accounts, = answer["tables"]
    # Rows that nothing has touched since have no such field in their documents.
    context.check(code == NO and 0 < accounts["different"] < accounts["rows"], f"a new column: {code} {answer}")
    code, answer = verify(world, service.config_path, "--repair")
    context.check(code == EQUAL, f"a new column, repaired: {code} {answer}")

    a_window_is_waited_for(context, world, service)
    said_when_nothing_moves(context, world, service)


def a_window_is_waited_for(context, world, service):
    """Deletes behind a crash hold the committed offset; what cannot be told before is waited for, and it says so."""
    service.kill()
    # A start refuses what was set for the repair above.
    world.search.ask("PUT", f"{world.index('public.accounts')}/_settings", {"index.gc_deletes": "15m"})
    world.database.run("delete from accounts where id between 100 and 150")
    stray = {"id": 999998, "owner": "by hand"}
    put(world, "public.accounts", "999998", stray, 1)
    world.search.ask("POST", f"{world.index('public.accounts')}/_refresh")
    service.ended = False
    service.start_ready()
    done = command(world, service.config_path, "--table", "public.accounts")
    table, = json.loads(done.stdout)["tables"]
    found = [table[kind] for kind in ("missing", "extra", "different")]
    context.check(done.returncode == NO and table["error"] is None and found == [0, 1, 0],
                  f"behind a crash {done.returncode}: {table}")
    context.check("waits until group" in done.stderr and "window" in done.stderr, f"it waits in silence: {done}")
    say(done.stderr.strip())
    code, answer = verify(world, service.config_path, "--repair")
    context.check(code == EQUAL, f"what was by hand is gone: {code} {answer}")


def said_when_nothing_moves(context, world, service):
    context.check(service.stop() == 0, service.log_end())
    code, answer = verify(world, service.config_path)
    context.check(code == EQUAL, f"nothing differs, so that nothing is waited for: {code} {answer}")
    world.database.run("update accounts set owner = 'nobody tells' where id = 0")
    code, answer = verify(world, service.config_path, "--wait", "2s")
    error = " ".join(table["error"] or "" for table in answer["tables"])
    context.check(code == FAILED and "nobody reads it" in error, f"{code} {answer}")
    world.database.drop_slot(world.slot)
    done = command(world, service.config_path)
    context.check(done.returncode == FAILED and "does not exist" in done.stderr, f"{done}")


def spoil(world):
    """Does to the index what only hands can do; returns what verify has to find."""
    world.database.run("insert into accounts values (7, 'seven', 7, true, now(), 1, null, null), "
                       "(8, 'eight', 8, true, now(), 1, null, '{\"a\": [1, 2.50]}') on conflict do nothing")
    world.wait_equal(load.TABLES)
    gone = world.database.run("select max(id) from accounts")
    put(world, "public.accounts", gone, None, ahead(world, "public.accounts", gone))
    changed = dict(world.search.document(world.index("public.accounts"), "7"), owner="by hand")
    put(world, "public.accounts", "7", changed, ahead(world, "public.accounts", 7))
    put(world, "public.accounts", "8", changed, FAR_BEYOND)
    put(world, "public.accounts", "999999", changed, 1)
    put(world, "public.accounts", "nobody's", changed, 1)
    put(world, "public.entries", "777777,x~cy", changed, 1)
    entry = world.database.run("select account || ',' || name from entries where account > 0 limit 1")
    put(world, "public.entries", entry, None, ahead(world, "public.entries", entry))
    world.search.ask("POST", f"{world.index('public.accounts')}/_refresh")
    world.search.ask("POST", f"{world.index('public.entries')}/_refresh")
    return {("public.accounts", "missing", gone), ("public.accounts", "different", "7"),
            ("public.accounts", "different", "8"), ("public.accounts", "extra", "999999"),
            ("public.accounts", "extra", "nobody's"), ("public.entries", "extra", "777777,x~cy"),
            ("public.entries", "missing", entry)}


def ahead(world, table, key):
    """The next version after a document's own."""
    _, answer = world.search.ask("GET", f"{world.index(table)}/_doc/{key}")
    return answer["_version"] + 1


def put(world, table, key, document, version, kind="external"):
    """Writes, or with None deletes, a document behind the pipeline's back."""
    path = f"{world.index(table)}/_doc/{key}?version={version}&version_type={kind}"
    world.search.ask("DELETE" if document is None else "PUT", path, document, statuses=(200, 201))


# --- every type, from both sources -----------------------------------------------------------------

def every_type(context):
    world = context.world("verifytypes")
    world.database.create()
    existing, changes = SQL.read_text(encoding="utf-8").split("-- existing\n")
    world.database.run(existing + "create table signals (id text primary key, type text not null, data text);")
    own, theirs = f"{world.name}_own", f"{world.name}_deb"
    configs = {own: start_own(world, own), theirs: start_debezium(world, theirs)}
    for prefix in configs:
        wait_published(world, prefix)
    for step in changes.split("-- sync\n"):
        world.database.run(step)
    for prefix, path in configs.items():
        tables = TYPED_OWN if prefix == own else TYPED
        options = [word for table in tables for word in ("--table", f"public.{table}")]
        code, answer = verify_made(world, path, *options, "--values")
        say(f"{prefix}: " + told(answer))
        context.check(code == EQUAL and answer["equal"], f"{prefix}: {code}: {json.dumps(answer)[:4000]}")
        rows = {table["table"]: table["rows"] for table in answer["tables"]}
        context.check(rows["public.types"] > 5 and rows["public.specials"] > 3, f"{rows}")
        if prefix == theirs:
            # Rows whose key has changed, with large values that Debezium does not tell then.
            heal(context, world, path, "public.people", "different")
        # The script truncates this one, which both services were told to ignore.
        heal(context, world, path, "public.items", "extra")
        context.figure(f"rows_{prefix.rsplit('_', 1)[1]}", sum(rows.values()))


# --- keys that are not the table's own -------------------------------------------------------------

ASKED = """
create table visits (no bigint primary key, who text, place int, note text);
create table owners (no bigint primary key, flat int, name text);
alter table visits replica identity full;
alter table owners replica identity full;
insert into visits values (1, 'ann', 7, 'a'), (2, null, 7, 'b'), (3, 'bob', null, 'c'), (4, null, null, 'd');
insert into owners values (1, 10, 'ann'), (2, null, 'bob'), (3, 30, 'cid');
"""


def keys_that_were_asked_for(context):
    """Columns of message.key.columns may be null, and two rows may have the same there."""
    world = context.world("verifyasked")
    world.database.create()
    world.database.run(ASKED)
    tables = ("public.visits", "public.owners")
    config = world.capture_config(tables, status=SLOT_IS_TOLD)
    merge(config, world.config())
    config["message.key.columns"] = "public.visits:who,place;public.owners:flat"
    service = world.service_of("run", config)
    service.start_ready()
    code, answer = verify_made(world, service.config_path)
    context.check(code == EQUAL and answer["equal"], f"{code}: {answer}")

    gone = {"public.visits": ("~n,7", "~n,~n", "ann,7"), "public.owners": ("~n", "30")}
    for table, ids in gone.items():
        for key in ids:
            put(world, table, key, None, ahead(world, table, key))
    expected = {(table, "missing", key) for table, ids in gone.items() for key in ids}
    code, answer = verify(world, service.config_path)
    context.check(code == NO and listed(answer) == expected, f"{code}: {answer}")
    world.database.run("insert into visits values (9, 'so', 9, 'the log goes on'); insert into owners values (9, 9, 'too')")
    world.wait_no_lag(tables)
    code, answer = verify(world, service.config_path, "--repair")
    context.check(code == EQUAL and sum(table["healed"] for table in answer["tables"]) == len(expected),
                  f"{code}: {answer}")

    # Documents that no row has, under versions that the log goes past.
    nobodys = {"public.visits": ("~n,8", "zed,8", "zed,~n"), "public.owners": ("77",)}
    for table, ids in nobodys.items():
        for key in ids:
            put(world, table, key, {"note": "nobody's"}, ahead(world, table, "so,9" if "," in key else "9"))
    expected = {(table, "extra", key) for table, ids in nobodys.items() for key in ids}
    code, answer = verify(world, service.config_path)
    context.check(code == NO and listed(answer) == expected, f"{code}: {answer}")
    world.database.run("update visits set note = 'on' where no = 9; update owners set name = 'on' where no = 9;"
                       "update visits set note = 'and on' where no = 9; update owners set name = 'and on' where no = 9")
    world.wait_no_lag(tables)
    code, answer = verify(world, service.config_path, "--repair")
    context.check(code == EQUAL and sum(table["healed"] for table in answer["tables"]) == len(expected),
                  f"{code}: {answer}")

    world.database.run("insert into owners values (4, 30, 'dan')")
    code, answer = verify(world, service.config_path)
    context.check(code == NO and listed(answer) == {("public.owners", "shared", "30")}, f"{code}: {answer}")
    shared, = (difference for table in answer["tables"] for difference in table["differences"])
    context.check(sorted(shared["keys"]) == [["3"], ["4"]], f"both rows by their own key: {shared}")
    context.check(service.stop() == 0, service.log_end())


def heal(context, world, path, table, kind):
    """Verify finds differences of that kind alone, and heals them."""
    code, answer = verify(world, path, "--table", table)
    say(told(answer))
    kinds = {found for _, found, _ in listed(answer)}
    context.check(code == NO and kinds == {kind}, f"{code}: {answer}")
    found = answer["tables"][0][kind]
    code, answer = verify(world, path, "--table", table, "--repair")
    context.check(code == EQUAL and answer["tables"][0]["healed"] == found, f"{code}: {answer}")
    code, answer = verify(world, path, "--table", table)
    context.check(code == EQUAL and answer["equal"], f"{code}: {answer}")


def shared_options(world, prefix):
    return {
        "kafka": {"group": {"id": prefix}, "topics": {"regex": prefix.replace("_", "[_]") + r"\.public\..*"}},
        "truncate": {"mode": "ignore"},
        # Doubles that are NaN would be refused by a field that was taken for a number.
        "index": {"mappings": {"dynamic": False}},
        "topic": {"prefix": prefix}, "slot": {"name": prefix}, "publication": {"name": prefix},
        "schema": {"include.list": ["public"]},
    }


def start_own(world, prefix):
    config = world.capture_config((), status=SLOT_IS_TOLD)
    merge(config, world.config())
    del config["table"]
    merge(config, shared_options(world, prefix))
    service = world.service_of(f"run-{prefix}", config)
    service.start_ready()
    return service.config_path


def start_debezium(world, prefix):
    options = {**demo_request()["config"], "database.dbname": world.database.name, "slot.name": prefix,
               "publication.name": prefix, "topic.prefix": prefix, "schema.include.list": "public",
               "publication.autocreate.mode": "filtered", "signal.data.collection": SIGNALS}
    options.pop("table.include.list", None)
    Connector(world.stack, prefix, options).register()
    config = world.capture_config(())
    merge(config, world.config())
    del config["table"]
    merge(config, shared_options(world, prefix))
    config["compat.debezium"] = [".*"]
    config["signal"] = {"data.collection": SIGNALS}
    service = world.service_of(f"index-{prefix}", config, verb="index")
    service.start_ready()
    return service.config_path


def wait_published(world, prefix):
    def told_all():
        streaming = world.database.run("select count(*) from pg_replication_slots where active and "
                                  f"slot_name = '{prefix}'")
        topic = f"{prefix}.public.watched"
        count = world.kafka.topics().get(topic)
        if streaming != "1" or not count or sum(world.kafka.offsets(topic, count).values()) == 0:
            raise Failure(f"{prefix} does not stream yet")
        return True
    wait_until(f"{prefix} to stream", told_all, 90, every=0.2)


# --- the command -----------------------------------------------------------------------------------

def command(world, config, *options):
    return subprocess.run([str(world.binary), "verify", "-c", str(config), "--json", *options],
                          capture_output=True, text=True, timeout=300, check=False)


def verify(world, config, *options):
    """(exit code, the report)"""
    done = command(world, config, *options)
    if not done.stdout:
        raise Failure(f"verify ended with {done.returncode}: {done.stderr}")
    return done.returncode, json.loads(done.stdout)


def verify_made(world, config, *options):
    """The same, once every index is there: a topic's is made when its first record is seen."""
    def judged():
        code, answer = verify(world, config, *options)
        missing = [table["index"] for table in answer["tables"]
                   if (table["error"] or "").startswith("there is no index")]
        if missing:
            raise Failure(f"not made yet: {missing}")
        return code, answer
    return wait_until("the indices to be made", judged, 90, every=0.5)


def told(answer):
    return "; ".join(
        "{table}: {rows} rows, {ids} ids, {suspects} suspects, {missing} missing, {extra} extra, "
        "{different} different, {still_changing} still changing, {healed} healed, {seconds:.1f} s".format(**table)
        for table in answer["tables"])


def listed(answer):
    return {(table["table"], difference["kind"], difference["id"])
            for table in answer["tables"] for difference in table["differences"]}


def fields(answer, name, key):
    """{field: stored value} of one difference."""
    return {field["name"]: field["stored"] for table in answer["tables"] if table["table"] == name
            for difference in table["differences"] if difference["id"] == key for field in difference["fields"]}
