"""Our own source: settings and policies that would leave rows, deletes or tables out halt at the start."""
import os

from cases.halts import Source, cure
from harness.console import wait_until
from harness.stack import SLUICE

SOURCE = SLUICE
ROWS = 20
PLAIN, MASKED = "public.plain", "public.masked"

CREATE = f"""
create table plain (id bigint primary key, name text);
create table masked (id bigint primary key, born date);
insert into plain select n, 'p' || n from generate_series(1, {ROWS}) n;
create table "a$b" (id bigint primary key);
create table a_b (id bigint primary key);
create table hidden (id bigint primary key);
insert into hidden values (1), (2);
alter table hidden enable row level security;
create policy first on hidden using (id = 1);
create table keyed (id bigint primary key, x text, y text);
"""


def run(context):
    world = context.world("settings")
    world.database.create()
    world.database.run(CREATE)
    rows_behind_a_policy(context, world)
    two_tables_of_one_topic(context, world)
    lists_that_match_nothing(context, world)
    key_that_deletes_lack(context, world)
    slot_of_another_source(context, world)


class Ours(Source):
    """With tables of this case, whose topics the source makes itself."""

    def published(self, tables="public."):
        return sum(sum(self.world.kafka.offsets(topic, count).values())
                   for topic, count in self.world.kafka.topics().items()
                   if topic.startswith(self.world.topic(tables)))


def of(world, name):
    """Slot and publication of its own: what one part of the case captures is no part of another's."""
    return {"slot": {"name": f"{world.slot}_{name}"},
            "publication": {"name": f"{world.publication}_{name}", "autocreate.mode": "filtered"}}


def rows_behind_a_policy(context, world):
    role = f"{world.name}_filtered_{os.getpid()}"
    admin = world.database
    own = of(world, "rls")
    admin.run(f"create role {role} login replication; grant select on hidden to {role};"
              f"create publication {own['publication']['name']} for table hidden")
    own["publication"]["autocreate.mode"] = "disabled"
    try:
        source = Ours(context, world, "rls", ("public.hidden",), database={"user": role}, **own)
        sentence = source.ends("row-level security hides rows", "public.hidden")
        admin.run(cure(sentence, r'ALTER ROLE "\w+" BYPASSRLS'))
        source = Ours(context, world, "rls-cured", ("public.hidden",), database={"user": role},
                      **own).start_ready()
        wait_until("both rows to be published", lambda: source.published("public.hidden") == 2, 30)
        source.stop()
    finally:
        world.stop_services()
        admin.drop_slot(own["slot"]["name"])
        admin.run(f"drop owned by {role}; drop role {role}")


def two_tables_of_one_topic(context, world):
    own = of(world, "topic")

    def starts(name, include, **sections):
        return Ours(context, world, name, (), table={"include.list": include}, **own, **sections)
    words = ('"public"."a$b"', '"public"."a_b"', "topic.routing.regex", "table.exclude.list")
    starts("one-topic", [r"public\.a.b"]).ends(*words, f"{world.prefix}.public.a_b")
    starts("routed", [r"public\.(plain|keyed)"],
           topic={"routing.regex": r".*\.public\.(.*)", "routing.replacement": "all"}).ends(
               '"public"."keyed"', '"public"."plain"', "topic all")
    # One that comes while changes are read halts before its first record.
    own["publication"]["autocreate.mode"] = "all_tables"
    world.database.run("create table c_d (id bigint primary key); insert into c_d values (1)")
    source = starts("later", [r"public\.(a_b|c.d)"]).start_ready()
    wait_until("the row that exists", lambda: source.published("public.c_d") == 1, 30)
    world.database.run('create table "c$d" (id bigint primary key); insert into "c$d" values (1)')
    code = source.service.wait_end(30)
    source.service.ended = True
    context.check(code == 3 and "c$d" in source.service.log_text(), f"{code}: {source.service.log_end()}")
    context.check(source.published("public.c_d") == 1, "a row of another table is in the topic")


def lists_that_match_nothing(context, world):
    typed = Ours(context, world, "mistyped", ("public.plian",), **of(world, "lists"))
    typed.ends("no table of the database is captured", "table.include.list")
    typed.status_says_no("no table of the database is captured")
    source = Ours(context, world, "half-mistyped", (PLAIN, MASKED, "public.nobody"),
                    column={"mask.with": {"3.chars": r"public\.masked\.born"},
                            "exclude.list": [r"public\.plain\.nmae"]},
                    signal={"data.collection": "public.signals"}, **of(world, "lists")).start_ready()
    log = source.service.log_text()
    for word in ("nobody", "nmae", "public.masked.born is of type date", "CREATE TABLE public.signals"):
        context.check(word in log, f"{word} is not told of: {source.service.log_end()}")
    source.stop()


def key_that_deletes_lack(context, world):
    keys = {"message": {"key.columns": r"public\.keyed:x"}, **of(world, "keys")}
    sentence = Ours(context, world, "keyed", ("public.keyed",), **keys).ends(
        "the replica identity lacks x")
    world.database.run(cure(sentence, r'ALTER TABLE "public"\."keyed" REPLICA IDENTITY FULL'))
    Ours(context, world, "keyed-cured", ("public.keyed",), **keys).start_ready().stop()


def slot_of_another_source(context, world):
    first = Ours(context, world, "first", (PLAIN,), **of(world, "busy")).start_ready()
    second = Ours(context, world, "second", (PLAIN,), **of(world, "busy"))
    second.service.start()
    wait_until("the second to be held", lambda: "reason=slot_busy" in second.service.log_text(), 20)
    second.stop()
    first.stop()
