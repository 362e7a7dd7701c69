"""Each change of a field is one row of the change log, in its files and its index, whatever is killed.

The story of `scripts/quickstart holding`; the same table without a primary key, with fields that did
not change; and a load with rollbacks, while source, change log and index are killed together, judged
by what a trigger has written down. In the end a topic is made anew, which halts the change log.
"""
import collections
import json
import random
import subprocess

from harness import holding_questions as questions
from harness.console import Failure, say, wait_until
from harness.holding_story import (COLUMNS, QUANTITY, STATEMENTS, STOCK, TABLE, HoldingFiles,
                                   HoldingStory, told)
from harness.service import free_port
from harness.stack import SLUICE
from harness.world import merge

SOURCE = SLUICE
CHANGES = 4000
KILLS = 4
HALTED, NO = 3, 4
PARTS = {"holding_id": "column", "user_id": "column", "change_field": "field", "old_value": "old",
         "new_value": "new", "datetime_created": "created", "datetime_updated": "updated",
         "datetime_deleted": "deleted", "datetime_inserted": "inserted", "crud_type": "operation"}
MAPPED = {**{name: {"type": "keyword"} for name in ("change_field", "old_value", "new_value", "crud_type")},
          **{name: {"type": "date"} for name in COLUMNS if name.startswith("datetime_")}}


def config_of(world, **changelog):
    """All parts, as configs/holding.yaml has them, under the case's names."""
    config = world.capture_config((TABLE,), status={"update.interval.ms": 500})
    topic = f"{world.prefix}.changes.holding"
    merge(config, world.config(
        kafka={"topics": [topic], "topics.refresh": "1s"},
        event={"documents": {"topics.regex": world.prefix + r"\.changes\..*", "id": "key"}},
        index={"mappings": {"properties": MAPPED}}))
    config["changelog"] = {
        "name": "holding", "topics": [world.topic(TABLE)], "topics.refresh": "1s",
        "fields": [STOCK, QUANTITY], "columns": [f"{name}:{part}" for name, part in PARTS.items()],
        "topic": topic, "positions.topic": f"{world.prefix}.positions",
        "file": {"directory": str(world.folder / "changes"), "format": "csv"}}
    merge(config["changelog"], changelog)
    return config


def run(context):
    world = context.world("holdingstory")
    service = world.service_of("run", config_of(world))
    HoldingStory(world, world.folder / "changes").run(service)
    context.check(service.stop() == 0, service.log_end())
    context.watch_memory(service)
    without_a_key(context)
    copied(context)
    load(context)


def without_a_key(context):
    """The other variant that is about: no primary key, a misspelt column, every field of an update."""
    world = context.world("holdingkeyless")
    world.run_sql("holding.sql", "brokerage")
    world.database.run("alter table bank.holding drop constraint holding_pkey; "
                       "alter table bank.holding alter holding_id drop not null; "
                       "alter table bank.holding rename datetime_updated to datatime_updated; "
                       "insert into bank.holding values (1000, 1, 'VFIAX', 10, now(), now())")
    columns = [*(f"{name}:{part}" for name, part in PARTS.items()), "id:id", "changed:changed",
               "row_updated:column:datatime_updated"]
    config = config_of(world, unchanged=True, columns=columns, file={"format": "ndjson"})
    service = world.service_of("keyless", config).start()
    index = f"{world.prefix}.changes.holding"
    wait_until("the snapshot", lambda: service.metric("sluice_changelog_records_total", sink="topic",
                                                      fate="read") == 1, 60)
    expected = []
    for statement, rows in STATEMENTS:
        world.database.run(statement)
        expected += rows if len(rows) == 2 else [
            rows[0][:2] + (STOCK, *2 * ("VFIAX" if rows[0][0] == 1000 else "VTSAX",), "u"), rows[0]]

    def lines():
        return [json.loads(line) for path in HoldingFiles(world.folder / "changes", ending="ndjson").paths()
                for line in path.read_text(encoding="utf-8").splitlines()]

    def there():
        found = [told(row) for row in lines()]
        if found != expected:
            raise Failure(f"{len(found)} of {len(expected)} rows: {found[-2:]}")
        if world.search.ids(index) and len(world.search.documents(index)) == len(expected):
            return True
        raise Failure("the index has not all of them")
    wait_until("the rows of a table without a key", there, 60)
    records = [record for record in world.kafka.records(world.topic(TABLE), 1)]
    context.check(all(record.key is None for record in records), "a record has a key")
    ids = {f"{world.topic(TABLE)}-0-{record.offset}-{field}" for record in records
           for field in (STOCK, QUANTITY) if record.value and json.loads(record.value)["op"] != "r"}
    context.check(set(world.search.ids(index)) == ids == {row["id"] for row in lines()},
                  f"ids: {sorted(world.search.ids(index))[:3]}, wanted {sorted(ids)[:3]}")
    wanted = [*COLUMNS, "id", "changed", "row_updated"]
    context.check(all(list(row) == wanted and row["row_updated"] for row in lines()),
                  f"columns: {lines()[0]}")
    world.database.run(questions.PIVOT)
    for row in lines():
        values = ", ".join("null" if row[name] is None else f"'{row[name]}'" for name in COLUMNS)
        world.database.run(f"insert into holding_pivot values ({values})")
    for user in (1, 2, 3):
        for field in (STOCK, QUANTITY):
            same_answer(context, world, index, questions.changes_sql(user, field),
                        questions.changes_query(user, field, questions.MARKED))
            same_answer(context, world, index, questions.changes_and_deletes_sql(user, field),
                        questions.changes_and_deletes_query(user, field, questions.MARKED))
    context.check(service.stop() == 0, service.log_end())


def copied(context):
    """Rows of one COPY have one place in the database's log, and ids of their own by it, with a key and without."""
    for name, change in (("holdingcopied", ""), ("holdingcopiedkeyless",
                                                 "alter table bank.holding drop constraint holding_pkey")):
        world = context.world(name)
        world.run_sql("holding.sql", "brokerage")
        if change:
            world.database.run(change)
        columns = [*(f"{column}:{part}" for column, part in PARTS.items()), "row_id:id"]
        service = world.service_of("copied", config_of(world, id="source", columns=columns,
                                                       file={"format": "ndjson"})).start()
        wait_until("the stream of changes", lambda service=service: "event=streaming" in service.log_text(), 60)
        world.database.run(
            "copy bank.holding from program $$awk 'BEGIN {for (i = 10000; i < 10600; i++) print i "
            "\",1,S\" i \",\" i \",2026-01-01,2026-01-01\"}'$$ csv")
        wait_until("the copied rows", lambda world=world: copied_rows(world) == 1200, 60)
        places = {json.loads(record.value)["source"]["lsn"] for record in world.kafka.records(world.topic(TABLE), 1)
                  if record.value and json.loads(record.value)["op"] == "c"}
        context.check(len(places) < 100, f"600 rows have {len(places)} places: this shows nothing")
        context.check(service.stop() == 0, service.log_end())


def copied_rows(world):
    """How many there are, in files and the index, each under an id of its own."""
    rows = [json.loads(line) for path in HoldingFiles(world.folder / "changes", ending="ndjson").paths()
            for line in path.read_text(encoding="utf-8").splitlines()]
    ids = {row["row_id"] for row in rows}
    documents = set(world.search.ids(f"{world.prefix}.changes.holding"))
    if documents != ids or len(rows) != len(ids):
        raise Failure(f"{len(rows)} rows in files under {len(ids)} ids, {len(documents)} documents")
    return len(rows)


def same_answer(context, world, index, sql, query):
    wanted = world.database.run(sql)
    found = world.search.ask("POST", f"{index}/_count", query)[1]["count"]
    context.check(str(found) == wanted, f"{sql}\nSQL: {wanted}, Elasticsearch: {found} for {query}")


# What a trigger writes down in the same transactions: neither the log nor the change log has a part in it.
AUDIT = """
create schema audit;
create table audit.told (
  seq bigserial primary key, holding_id int, user_id int, field text, old text, new text, op text);
create function audit.tell() returns trigger language plpgsql as $$
declare was bank.holding; be bank.holding; cur bank.holding;
begin
  if tg_op <> 'INSERT' then was := old; end if;
  if tg_op <> 'DELETE' then be := new; cur := new; else cur := old; end if;
  if tg_op <> 'UPDATE' or was.holding_stock is distinct from be.holding_stock then
    insert into audit.told (holding_id, user_id, field, old, new, op) values (cur.holding_id, cur.user_id,
      'holding_stock', was.holding_stock, be.holding_stock, lower(left(replace(tg_op, 'INSERT', 'C'), 1)));
  end if;
  if tg_op <> 'UPDATE' or was.holding_quantity is distinct from be.holding_quantity then
    insert into audit.told (holding_id, user_id, field, old, new, op) values (cur.holding_id, cur.user_id,
      'holding_quantity', was.holding_quantity, be.holding_quantity,
      lower(left(replace(tg_op, 'INSERT', 'C'), 1)));
  end if;
  return null;
end $$;
create trigger tell after insert or update or delete on bank.holding
  for each row execute function audit.tell();
"""


def load(context):
    world = context.world("holdingload")
    world.run_sql("holding.sql", "brokerage")
    world.database.run("insert into bank.holding values (100, 0, 'VFIAX', 10, now(), now())")
    config = config_of(world, file={"rotate.bytes": "8KiB"}, keep={"interval": "50ms"})
    service = world.service_of("load0", config).start()
    # What was there before the slot was made is no change, nor does the trigger know of it.
    wait_until("the snapshot", lambda service=service: service.metric(
        "sluice_changelog_records_total", sink="file", fate="read") == 1, 60)
    world.database.run(AUDIT)
    files = HoldingFiles(world.folder / "changes")
    lines = statements(context.seed)
    for kill in range(1, KILLS + 1):
        part = lines[(kill - 1) * CHANGES // KILLS:kill * CHANGES // KILLS]
        changing, least = world.database.start("\n".join(part)), len(files.rows()) + 100
        wait_until("rows to arrive", lambda least=least: len(files.rows()) >= least, 90)
        service.kill()
        service = world.service_of(f"load{kill}", config).start()
        _, errors = changing.communicate(timeout=120)
        context.check(changing.returncode == 0, f"the load: {errors}")
    rows = judge(context, world, files)
    again = service.metric("sluice_changelog_records_total", sink="file", fate="again")
    context.figure("rows", rows)
    context.figure("files", len(files.paths()))
    context.figure("sent_again", round(again))
    service.wait_ready()
    refuse_a_second_writer(context, world, config)
    context.watch_memory(service)
    context.check(service.stop() == 0, service.log_end())
    say(f"{rows} rows in {len(files.paths())} files and as many documents, each once, after {KILLS} kills")
    commands_of_a_change_log_alone(context, world, config)
    halt_on_another_log_of_the_name(context, world, config)
    halt_on_another_topic(context, world, config)


def statements(seed):
    """Random changes of some holdings, every tenth transaction rolled back."""
    draw = random.Random(seed)
    lines = []
    for number in range(CHANGES):
        holding = draw.randrange(20)
        stock, quantity = draw.choice(["VFIAX", "SP500", "VTSAX", "B,\"ND"]), draw.randrange(5)
        statement = draw.choice([
            f"insert into bank.holding values ({holding}, {holding % 4}, '{stock}', {quantity}, now(), "
            "now()) on conflict do nothing",
            f"update bank.holding set holding_stock = '{stock}' where holding_id = {holding}",
            f"update bank.holding set holding_quantity = nullif({quantity}, 0) where holding_id = {holding}",
            f"update bank.holding set holding_stock = '{stock}', holding_quantity = {quantity} "
            f"where user_id = {holding % 4}",
            f"delete from bank.holding where holding_id = {holding}"])
        lines.append(f"begin; {statement}; {'rollback' if number % 10 == 9 else 'commit'};")
    return lines


def judge(context, world, files):
    wanted = [tuple(row) for row in json.loads(world.database.run(
        "select coalesce(json_agg(json_build_array(holding_id, user_id, field, old, new, op) order by seq), "
        "'[]') from audit.told"))]
    context.check(len(wanted) > KILLS * 400, f"the load has made only {len(wanted)} rows")
    index = f"{world.prefix}.changes.holding"

    def equal():
        for running in world.services:
            running.check_running()
        found = [told(row) for row in files.rows()]
        if found != wanted:
            raise Failure(f"the files have {len(found)} of {len(wanted)} rows")
        documents = collections.Counter(map(told, world.search.documents(index).values()))
        if documents != collections.Counter(wanted):
            raise Failure(f"the index has {documents.total()} of {len(wanted)} rows")
        return True
    wait_until("files and index to tell what the trigger has", equal, 180, every=0.5)
    return len(wanted)


def refuse_a_second_writer(context, world, config):
    second = dict(config, http={"port": free_port()})
    service = world.service_of("second", second, verb="changelog").start()

    def held():
        reason = service.not_ready_reason()
        if reason is None or "another process writes these files" not in reason:
            raise Failure(f"it says {reason}")
        return True
    wait_until("a second writer of the same files to be refused", held, 30)
    service.kill()


def commands_of_a_change_log_alone(context, world, config):
    """A file that is about nothing else is enough for the commands that look at it."""
    alone = {"kafka": {"brokers": config["kafka"]["brokers"]}, "changelog": config["changelog"],
             "dead_letters": config["dead_letters"]}
    path = world.folder / "alone.json"
    path.write_text(json.dumps(alone), encoding="utf-8")

    def ends(*words):
        done = subprocess.run([str(world.binary), *words, "-c", str(path)], capture_output=True, text=True,
                              timeout=60, check=False)
        return done.returncode, done.stdout or done.stderr
    code, text = ends("check", "--json")
    checks = {finding["name"]: finding["verdict"] for finding in json.loads(text)["checks"]}
    wanted = {"kafka.brokers", f"topic {world.topic(TABLE)}", f"topic {config['changelog']['topic']}",
              "dead_letters.topic", "changelog.file.directory"}
    context.check(code == 0 and wanted <= set(checks) and set(checks.values()) == {"ok"}, f"check: {code} {text}")
    code, text = ends("dlq", "list")
    context.check(code == 0, f"dlq list: {code} {text}")
    code, text = ends("dlq", "replay")
    context.check(code == NO and "changelog.name" in text, f"dlq replay: {code} {text}")
    code, text = ends("inspect", world.topic(TABLE), "-n", "1", "-e")
    context.check(code == 0 and world.topic(TABLE) in text, f"inspect: {code} {text}")


def halt_on_another_log_of_the_name(context, world, config):
    """It would go on from this one's place, and leave out what this one has told."""
    other = json.loads(json.dumps(config))
    other["changelog"]["topic"] += ".other"
    del other["changelog"]["file"]
    service = world.service_of("other", other, verb="changelog").start()
    code = service.wait_end()
    service.ended = True
    context.check(code == HALTED and f"rows in topic {config['changelog']['topic']}" in service.log_text(),
                  f"it ended with {code}: {service.log_end()}")


def halt_on_another_topic(context, world, config):
    """A topic that was deleted and made anew is not taken for the one that was read."""
    topic = world.topic(TABLE)
    world.kafka.delete_topics([topic])
    wait_until("the topic to be gone", lambda: topic not in world.kafka.topics(), 30)
    world.kafka.create_topic(topic, 1)
    service = world.service_of("another", config, verb="changelog").start()
    code = service.wait_end()
    service.ended = True
    context.check(code == HALTED, f"it ended with {code}: {service.log_end()}")
    for words in (f"topic {topic} was deleted and made anew", "changelog.name"):
        context.check(words in service.log_text(), f"the halt does not say '{words}': {service.log_end()}")
