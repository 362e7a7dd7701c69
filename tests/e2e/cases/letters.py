"""What was refused: its causes, its replay after the cure, and ids that stay divergent until a whole write."""
import json
import subprocess

from harness.console import Failure, say, wait_until
from harness.world import merge

TABLE = "public.things"
ROWS = 20
DONE, NO = 0, 4
SLOT_IS_TOLD = {"update.interval.ms": 500}
LARGE = "(select string_agg(md5(n::text || '{seed}'), '') from generate_series(1, 300) n)"


def run(context):
    world = context.world("letters")
    world.database.create()
    world.database.run("create table things (id bigint primary key, word text, number text, big text);"
                       "alter table things alter column big set storage external")
    world.kafka.create_topic(world.topic(TABLE), 2)
    # The field `number` is text in the table and a number in the index: the index refuses some rows.
    config = world.capture_config((TABLE,), status=SLOT_IS_TOLD)
    merge(config, world.config(index={"mappings": {"properties": {"number": {"type": "integer"}}}}))
    service = world.service_of("run", config)
    service.start_ready()
    world.database.run(f"insert into things select n, 'word ' || n, n::text, {large('a')} "
                       f"from generate_series(1, {ROWS}) n;"
                       "update things set big = null where id > 4")
    context.settle_equal_tables(world, (TABLE,))

    refuse_some(context, world, service)
    the_letters(context, world, service)
    explained_before(context, world, service)
    a_missing_value(context, world, service)
    replayed(context, world, service)
    repaired(context, world, service)
    purged(context, world, service)
    context.check(service.stop() == 0, service.log_end())


def large(seed):
    return LARGE.format(seed=seed)


def refuse_some(context, world, service):
    world.database.run(f"update things set number = 'none', big = {large('b')} where id = 3;"
                       "update things set number = 'none' where id in (5, 7)")
    wait_until("three records to be refused", lambda: service.metric("sluice_dead_letters_total") == 3, 60)
    world.wait_no_lag((TABLE,))
    context.check(service.metric("sluice_divergent_ids", index=world.index(TABLE)) == 3,
                  "an id with a dead letter is divergent")
    context.check(service.is_ready(), "divergent ids do not make a service unready")


def the_letters(context, world, service):
    code, answer = sluice(world, service, "dlq", "list", "--json")
    cause, = answer["causes"]
    context.check(code == DONE and answer["schema"] == "sluice.dlq-list/1" and cause["count"] == 3
                  and cause["index"] == world.index(TABLE) and cause["reason"] == "document_rejected"
                  and cause["error_type"] in ("document_parsing_exception", "mapper_parsing_exception"),
                  f"list: {code} {answer}")
    code, answer = sluice(world, service, "dlq", "show", "--id", "3", "--json")
    letter, = answer["letters"]
    context.check(code == DONE and "saved" not in letter and letter["operation"] == "update",
                  f"show: {code} {answer}")
    code, answer = sluice(world, service, "dlq", "show", "--id", "3", "--values", "--json")
    context.check('"none"' in answer["letters"][0]["saved"]["value"], f"show --values: {code} {answer}")
    code, _ = sluice(world, service, "dlq", "show", "--id", "4", "--json")
    context.check(code == NO, f"there is no letter of 4: {code}")


def explained_before(context, world, service):
    code, answer = explain(world, service, "3")
    records = key_records(world, 3)
    context.check(code == DONE and answer["offset"] == records[0].offset
                  and answer["record"]["offset"] == records[0].offset
                  and answer["record"]["partition"] == records[0].partition
                  and answer["divergent"]["reason"] == "dead_letter"
                  and answer["divergent"]["offset"] == records[1].offset
                  and [event["stand"] for event in answer["records"]] == ["document", "dead_letter"]
                  and len(answer["dead_letters"]) == 1, f"explain 3: {code} {answer}")


def stored(world, key):
    return world.search.document(world.index(TABLE), key)


def a_missing_value(context, world, service):
    """An update that leaves a large value out, behind the refused one that had changed it."""
    world.database.run("update things set number = '33' where id = 3")
    # No lag may also mean that the source has not told it yet.
    wait_until("the update to be there", lambda: int(stored(world, "3")["number"]) == 33, 60)
    context.check("big" not in stored(world, "3"),
                  f"no older value stands in for the missing one: {sorted(stored(world, '3'))}")
    entry = divergent(world)["3"]
    context.check(entry["reason"] == "value_missing" and entry["fields"] == ["big"], f"the entry is {entry}")


def replayed(context, world, service):
    world.search.ask("PUT", f"{world.index(TABLE)}/_mapping",
                     {"properties": {"number": {"type": "integer", "ignore_malformed": True}}})
    world.database.run("update things set word = 'newer' where id = 5")
    world.wait_no_lag((TABLE,))
    context.check(divergent(world).keys() == {"3", "7"}, "a whole write heals")
    code, answer = sluice(world, service, "dlq", "replay", "--dry-run", "--json")
    context.check(code == DONE and answer["counts"] == {"superseded": 2, "would try": 1},
                  f"a dry run: {code} {answer}")
    context.check(int(world.search.document(world.index(TABLE), "7")["number"]) == 7, "a dry run writes nothing")
    code, answer = sluice(world, service, "dlq", "replay", "--json")
    results = {letter["id"]: letter["result"] for letter in answer["letters"]}
    context.check(code == DONE and results == {"3": "superseded", "5": "superseded", "7": "written"},
                  f"replay: {code} {answer}")
    context.check(divergent(world).keys() == {"3"}, "what was replayed is not divergent any more")
    code, answer = sluice(world, service, "dlq", "replay", "--json")
    context.check(code == DONE and answer["counts"] == {"superseded": 2, "there": 1}, f"once more: {answer}")
    refused, = key_records(world, 7)[-1:]
    code, answer = explain(world, service, "7")
    context.check(answer["offset"] == refused.offset and answer["record"]["partition"] == refused.partition,
                  f"explain 7: {code} {answer}")
    letter, = answer["dead_letters"]
    place = f"{letter['letter']['topic']}/{letter['letter']['partition']}:{letter['letter']['offset']}"
    context.check([event["stand"] for event in answer["records"]] == ["superseded"] * 2 + ["replayed"]
                  and answer["record"]["dead_letter"] == place,
                  f"a replayed letter is the document, and no refusal: {answer}")


def repaired(context, world, service):
    done = command(world, service, "verify", "--json")
    table, = json.loads(done.stdout)["tables"]
    context.check(done.returncode == NO and table["different"] == 1 and table["missing"] + table["extra"] == 0,
                  f"only the missing value differs: {done.stdout} {done.stderr}")
    done = command(world, service, "verify", "--repair", "--json")
    context.check(done.returncode == DONE, f"repair: {done.stdout} {done.stderr}")
    wait_until("the entry to be gone", lambda: not divergent(world), 30)
    wait_until("the metric to say so", lambda: service.metric("sluice_divergent_ids") == 0, 60)
    context.settle_equal_tables(world, (TABLE,))
    say("equal: three letters, one replayed, two superseded, one missing value told again")


def purged(context, world, service):
    code, answer = sluice(world, service, "dlq", "purge", "--all", "--json")
    context.check(code == NO and not answer["purged"] and answer["letters"] == 3, f"purge: {code} {answer}")
    code, answer = sluice(world, service, "dlq", "purge", "--all", "--yes", "--json")
    context.check(code == DONE and answer["purged"], f"purge --yes: {code} {answer}")
    code, answer = sluice(world, service, "dlq", "list", "--json")
    context.check(code == DONE and answer["letters"] == 0, f"an empty topic: {code} {answer}")


# --- asking ----------------------------------------------------------------------------------------

def command(world, service, *arguments):
    return subprocess.run([str(world.binary), *arguments, "-c", str(service.config_path)],
                          capture_output=True, text=True, check=False, timeout=240)


def sluice(world, service, *arguments):
    """(exit code, the answer)"""
    done = command(world, service, *arguments)
    if not done.stdout:
        raise Failure(f"{arguments} ended with {done.returncode}: {done.stderr}")
    return done.returncode, json.loads(done.stdout)


def explain(world, service, key):
    return sluice(world, service, "explain", world.index(TABLE), key, "--json")


def key_records(world, number):
    """The records of one row, in order."""
    wanted = json.dumps({"id": number}, separators=(",", ":"))
    return [record for record in world.kafka.records(world.topic(TABLE), 2)
            if wanted in (record.key or b"").decode()]


def divergent(world):
    """{id: entry}"""
    return {entry["id"]: entry for entry in world.search.documents(world.divergent).values()}
