"""What changes rows, or what they are told as, and is in no change of the log: told, or halts."""
import json
import subprocess

from harness.console import Failure, say, wait_until
from harness.stack import SLUICE

SOURCE = SLUICE
LOOK = {"capture": {"guardian.interval": "1s"}}
HALTED = 3
LARGE = 3_000  # characters that no compression makes small: kept apart from the row


def run(context):
    world = context.world("untold")
    world.database.create()
    renamed_to_a_former_name(context, world)
    schema_changed(context, world)
    unlogged(context, world)
    partition_emptied(context, world)
    generated_key(context, world)
    elsewhere(context, world)
    attached(context, world)
    other_slot(context, world)


def source_of(world, name, *tables, **sections):
    return world.capture(name, tables, **{**LOOK, **sections})


def waits_to_say(source, *words):
    """A warning of that kind is in the log."""
    def said():
        source.check_running()
        for line in source.log_text().splitlines():
            if all(word in line for word in words):
                return True
        raise Failure(f"no line has {words}:\n{source.log_end()}")
    wait_until(f"{source.name} to say {words[0]!r}", said, 30)


def halts(context, source, *words):
    code = source.wait_end(30)
    source.ended = True
    context.check(code == HALTED, f"{source.name} ended with {code}, not 3:\n{source.log_end()}")
    lines = [line for line in source.log_text().splitlines() if "event=halted" in line]
    context.check(lines and all(word in lines[-1] for word in words),
                  f"{source.name} does not say {words}:\n{source.log_end()}")
    say(f"{source.name}: {lines[-1].split('msg=')[1][:200]}")


def stops(context, source):
    context.check(source.stop() == 0, source.log_end())


def events(world, table):
    return [(json.loads(record.value), dict(record.headers)) for record in
            world.kafka.records(world.topic(table), 1) if record.value is not None]


def last_event(world, table, row):
    """(value, headers) of the last event of the row with that id."""
    found = [event for event in events(world, table)
             if (event[0].get("after") or event[0].get("before") or {}).get("id") == row]
    return found[-1] if found else None


def large(seed):
    return ("(select string_agg(md5(g::text), '' order by g) from "
            f"generate_series({seed}, {seed + LARGE // 32}) g)")


def renamed_to_a_former_name(context, world):
    """A reader that fills what a change did not touch by its name would take the dropped column's."""
    table = "public.docs"
    world.database.run(f"create table docs (id int primary key, n int, body text, note text);"
                       f"insert into docs select g, 0, {large(1)}, 'x' from generate_series(1, 4) g")
    source = source_of(world, "renamed", table).start_ready()
    wait_until("the rows to be told", lambda: len(events(world, table)) == 4, 30)
    world.database.run(f"alter table docs add column body2 text; update docs set body2 = {large(5000)};"
                       "alter table docs drop column body; alter table docs rename body2 to body;"
                       "update docs set n = 1 where id = 1")
    wanted = world.database.run("select body from docs where id = 1")

    def whole(row, n):
        value, headers = last_event(world, table, row)
        if value["after"]["n"] != n:
            raise Failure(f"the last event of row {row} is {str(value)[:200]}")
        context.check(value["after"]["body"] == wanted, f"row {row}: {str(value['after'])[:200]}")
        context.check("body" not in str(headers.get("__sluice")), f"{headers}")
        return True
    wait_until("the row's change", lambda: whole(1, 1), 30)
    # Whoever starts later knows it too, be it told by the record alone.
    waits_to_say(source, "columns of public.docs are not as they were", "execute-snapshot")
    stops(context, source)
    world.database.run("update docs set n = 2 where id = 2")
    again = source_of(world, "renamed-again", table).start_ready()
    wait_until("the row's change", lambda: whole(2, 2), 30)
    # While it is down: note has another column's name, and its own goes to a new one.
    stops(context, again)
    world.database.run(f"alter table docs rename note to former; alter table docs add note text;"
                       f"update docs set note = {large(9000)} where id = 3; update docs set n = 3 where id = 3")
    down = source_of(world, "renamed-down", table).start_ready()
    wanted_note = world.database.run("select note from docs where id = 3")
    wait_until("the row's change", lambda: whole(3, 3), 30)
    context.check(last_event(world, table, 3)[0]["after"]["note"] == wanted_note, "note is another's")
    waits_to_say(down, "note was renamed to former", "note was added")
    stops(context, down)
    say("values under a name that meant another column are read, not taken from what readers have")


def schema_changed(context, world):
    table = "public.shape"
    world.database.run("create table shape (id int primary key, a int, b text);"
                       "insert into shape select g, g, 'b' from generate_series(1, 3) g")
    source = source_of(world, "shape", table, slot={"name": world.slot + "_shape"}).start_ready()
    wait_until("the rows to be told", lambda: len(events(world, table)) == 3, 30)
    world.database.run("alter table shape add column c int default 7")
    waits_to_say(source, "c was added", "execute-snapshot public.shape", "verify --repair")
    world.database.run("alter table shape alter a type bigint using a + 1")
    waits_to_say(source, "the type of a changed")
    stops(context, source)
    world.database.run("alter table shape drop constraint shape_pkey, add primary key (id, a);"
                       "vacuum full shape")
    down = source_of(world, "shape-down", table, slot={"name": world.slot + "_shape"}).start_ready()
    waits_to_say(down, "the key of public.shape changed from (id) to (id, a)", "verify --repair")
    waits_to_say(down, "the rows of public.shape were written anew", "VACUUM FULL")
    stops(context, down)
    quiet = source_of(world, "shape-quiet", table, slot={"name": world.slot + "_shape"}).start_ready()
    wait_until("the guardian's look",
               lambda: quiet.metric("sluice_publication_tables", state="published") == 1, 20)
    for told in ("not as they were", "changed from", "written anew"):
        context.check(told not in quiet.log_text(), f"told twice: {told}\n{quiet.log_end()}")
    stops(context, quiet)
    say("columns, keys and files that changed are told once, with the cure")


def unlogged(context, world):
    """Only of a publication for all tables can a table be taken out of the log."""
    table = "public.logged"
    sections = {"slot": {"name": world.slot + "_log"},
                "publication": {"name": world.publication + "_all", "autocreate.mode": "all_tables"}}
    world.database.run("create table logged (id int primary key, n int); insert into logged values (1, 0)")
    source = source_of(world, "unlogged", table, "public.docs", **sections).start_ready()
    wait_until("the row to be told", lambda: len(events(world, table)) == 1, 30)
    wait_until("the guardian's look",
               lambda: source.metric("sluice_publication_tables", state="published") == 2, 20)
    world.database.run("alter table logged set unlogged; update logged set n = 1")
    words = ("public.logged was set UNLOGGED", "SET LOGGED", "sluice verify --repair")
    halts(context, source, *words)
    again = source_of(world, "unlogged-again", table, "public.docs", **sections).start()
    halts(context, again, *words)
    world.database.run('ALTER TABLE "public"."logged" SET LOGGED; update logged set n = 2')
    mended = source_of(world, "unlogged-mended", table, "public.docs", **sections).start_ready()
    wait_until("what was changed since",
               lambda: last_event(world, table, 1)[0]["after"]["n"] == 2, 30)
    waits_to_say(mended, "the rows of public.logged were written anew", "UNLOGGED")
    stops(context, mended)
    # All of it while nobody looks.
    world.database.run("alter table logged set unlogged; update logged set n = 3;"
                       "alter table logged set logged")
    unseen = source_of(world, "unlogged-unseen", table, "public.docs", **sections).start_ready()
    waits_to_say(unseen, "the rows of public.logged were written anew", "UNLOGGED")
    stops(context, unseen)
    world.database.run(f"drop publication {world.publication}_all")


def partition_emptied(context, world):
    table = "public.parted"
    sections = {"slot": {"name": world.slot + "_part"},
                "publication": {"name": world.publication + "_part", "autocreate.mode": "filtered"},
                "publish": {"via.partition.root": True}}
    world.database.run("create table parted (id int primary key, n int) partition by range (id);"
                       "create table parted_1 partition of parted for values from (0) to (10);"
                       "create table parted_2 partition of parted for values from (10) to (20);"
                       "create table parted_3 partition of parted for values from (20) to (30);"
                       "insert into parted values (1, 1), (11, 1), (21, 1)")
    source = source_of(world, "partition", table, **sections).start_ready()
    wait_until("the rows to be told", lambda: len(events(world, table)) == 3, 30)
    world.database.run("truncate parted_1")
    waits_to_say(source, "public.parted_1, a partition of public.parted", "verify --repair")
    stops(context, source)
    world.database.run("truncate parted_2; drop table parted_3")
    down = source_of(world, "partition-down", table, **sections).start_ready()
    waits_to_say(down, "public.parted_2, a partition of public.parted", "verify --repair")
    waits_to_say(down, "1 partitions of public.parted were dropped or detached")
    stops(context, down)
    say("a partition that was emptied or dropped is told, also by the next start")


def generated_key(context, world):
    table = "public.computed"
    sections = {"slot": {"name": world.slot + "_gen"},
                "publication": {"name": world.publication + "_gen", "autocreate.mode": "filtered"}}
    world.database.run("create table computed (a int, b int, k int not null generated always as (a + b) "
                       "stored, id int not null, primary key (a, k))")
    words = ("the key of public.computed has a generated column, k", "message.key.columns", "slot.name")
    refused = source_of(world, "generated", table, **sections).start()
    if int(world.database.run("show server_version_num")) >= 180_000:
        # A publication may send them there: what comes decides.
        refused.wait_ready()
        world.database.run("insert into computed (a, b, id) values (1, 2, 0)")
    halts(context, refused, *words)
    # What was changed meanwhile comes with a part of the key: a new slot begins behind it.
    world.database.run("alter table computed drop constraint computed_pkey, add primary key (id);"
                       "truncate computed")
    sections["slot"] = {"name": world.slot + "_gen_anew"}
    source = source_of(world, "generated-mended", table, **sections).start_ready()
    world.database.run("insert into computed (a, b, id) values (1, 1, 1)")
    wait_until("the row to be told", lambda: len(events(world, table)) == 1, 30)
    # Became so while it reads: nothing is published under what is left of the key.
    world.database.run("alter table computed drop constraint computed_pkey, add primary key (a, k);"
                       "insert into computed (a, b, id) values (1, 2, 2)")
    halts(context, source, *words)
    context.check(len(events(world, table)) == 1, "a row was told by a part of its key")


def elsewhere(context, world):
    """A table under another name for a while: what was changed then is told by nothing."""
    table = "public.wanderer"
    sections = {"slot": {"name": world.slot + "_place"},
                "publication": {"name": world.publication + "_place", "autocreate.mode": "filtered"}}
    world.database.run("create table wanderer (id int primary key, n int); insert into wanderer values (1, 0)")
    source = source_of(world, "elsewhere", table, **sections).start_ready()
    wait_until("the row to be told", lambda: len(events(world, table)) == 1, 30)
    wait_until("the guardian's look",
               lambda: source.metric("sluice_publication_tables", state="published") == 1, 20)
    away = ("alter table wanderer rename to elsewhere; update elsewhere set n = n + 1;"
            "alter table elsewhere rename to wanderer")
    words = ("had another name or schema", "sluice capture accept public.wanderer", "sluice verify --repair")
    world.database.run(away)
    halts(context, source, *words)
    halts(context, source_of(world, "elsewhere-again", table, **sections).start(), *words)
    accept(context, source, table)
    again = source_of(world, "elsewhere-accepted", table, **sections).start_ready()
    stops(context, again)
    world.database.run(away)
    halts(context, source_of(world, "elsewhere-down", table, **sections).start(), *words)
    accept(context, source, table)
    mended = source_of(world, "elsewhere-mended", table, **sections).start_ready()
    world.database.run("update wanderer set n = 9")
    wait_until("what was changed since", lambda: last_event(world, table, 1)[0]["after"]["n"] == 9, 30)
    # The same sentence of another event is no repetition.
    for form in ("bigint using n + 1", "text using n + 1"):
        told = mended.log_text().count("the type of n changed")
        world.database.run(f"alter table wanderer alter n type {form}")
        wait_until("a change of a type to be told",
                   lambda before=told: mended.log_text().count("the type of n changed") > before, 30)
    stops(context, mended)


def accept(context, source, table):
    done = subprocess.run([str(context.binary), "capture", "accept", table, "-c", str(source.config_path)],
                          capture_output=True, text=True, timeout=60, check=False)
    context.check(done.returncode == 0, f"accept: {done}")


def attached(context, world):
    """Rows that were in a table before it became a partition are told by nothing."""
    table = "public.grown"
    sections = {"slot": {"name": world.slot + "_grown"},
                "publication": {"name": world.publication + "_grown", "autocreate.mode": "filtered"},
                "publish": {"via.partition.root": True}}
    world.database.run("create table grown (id int primary key, n int) partition by range (id);"
                       "create table grown_1 partition of grown for values from (0) to (10);"
                       "insert into grown values (1, 1)")
    source = source_of(world, "attached", table, **sections).start_ready()
    wait_until("the row to be told", lambda: len(events(world, table)) == 1, 30)
    wait_until("the guardian's look",
               lambda: source.metric("sluice_publication_tables", state="published") == 1, 20)
    world.database.run("alter table grown detach partition grown_1; update grown_1 set n = 2;"
                       "alter table grown attach partition grown_1 for values from (0) to (10)")
    waits_to_say(source, "public.grown_1 of public.grown was detached and attached again", "verify --repair")
    stops(context, source)
    world.database.run("create table grown_2 (id int primary key, n int); insert into grown_2 values (11, 1)")
    world.database.run("alter table grown attach partition grown_2 for values from (10) to (20);"
                       "create table grown_3 partition of grown for values from (20) to (30)")
    down = source_of(world, "attached-down", table, **sections).start_ready()
    waits_to_say(down, "attached to public.grown since: public.grown_2;", "verify --repair")
    stops(context, down)
    say("partitions that came with rows, or were away, are told, also by the next start")


def other_slot(context, world):
    """A run by another slot comes after all former ones, whatever the clock says."""
    table = "public.logged"
    future = 9_000_000_000
    world.kafka.produce(f"{world.prefix}.positions", 0, f"{world.prefix}/elsewhere".encode(), json.dumps({
        "schema": "sluice.position/1", "epoch": future, "system_id": "1", "timeline": 1,
        "database": "d", "slot": "elsewhere", "flushed": "0/1", "snapshot": "done"}).encode())
    source = source_of(world, "other-slot", table, slot={"name": world.slot + "_other"},
                       publication={"name": world.publication + "_other",
                                    "autocreate.mode": "filtered"}).start_ready()
    waits_to_say(source, "event=streaming", f"epoch={future + 1}")
    stops(context, source)
    say("the epoch of a run is above those of all slots of its topics")
