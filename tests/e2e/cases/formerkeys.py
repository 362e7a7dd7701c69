"""A row that is deleted, or gets another key, where the log does not hold its former key: halts, and the cure works."""
import re

from cases.untold import halts, stops, waits_to_say
from cases.verify import EQUAL, verify
from harness.console import say, wait_until
from harness.stack import SLUICE
from harness.world import merge

SOURCE = SLUICE
LOOK = {"capture": {"guardian.interval": "1s"}}


def run(context):
    world = context.world("formerkeys")
    world.database.create()
    leaf_of_another_identity(context, world)
    leaf_that_comes_without_the_key(context, world)


def service_of(world, name, table, slot, **sections):
    """Both halves, which tell leaves as their topmost table, by a slot of that name."""
    config = world.capture_config([table], publish={"via.partition.root": True},
                                  slot={"name": f"{world.slot}_{slot}"}, **LOOK)
    config["publication"]["name"] = f"{world.publication}_{table.split('.')[1]}"
    merge(config, sections)
    merge(config, world.config())
    return world.service_of(name, config)


def documents(world, table, count):
    wait_until(f"{count} documents", lambda: len(world.search.ids(world.index(table))) == count, 60)


def leaf_of_another_identity(context, world):
    """No start with it; the statement that the halt names is enough where nothing was changed."""
    table = "public.mails"
    world.database.run("create table mails (id int primary key, email text not null) partition by range (id);"
                       "create table mails_1 partition of mails for values from (0) to (100);"
                       "create unique index mails_1_email on mails_1 (email);"
                       "alter table mails_1 replica identity using index mails_1_email;"
                       "insert into mails select g, 'm' || g from generate_series(1, 3) g")
    refused = service_of(world, "refused", table, "mails").start()
    halts(context, refused, "is not that of its partition", "lacks id", "verify --repair")
    cure = re.search(r"; (ALTER TABLE [^;]* FULL);", refused.log_text().replace('\\"', '"')).group(1)
    world.database.run(cure)
    service = service_of(world, "mended", table, "mails").start_ready()
    documents(world, table, 3)
    world.database.run("delete from mails where id = 1; update mails set id = 50 where id = 2")
    documents(world, table, 2)
    code, answer = verify(world, service.config_path)
    context.check(code == EQUAL, f"verify ends with {code}: {answer}")
    stops(context, service)


def leaf_that_comes_without_the_key(context, world):
    """What is in the log already stays untold: a new slot begins behind it."""
    table = "public.codes"
    asked = {"message": {"key.columns": f"{table}:code"}}
    world.database.run("create table codes (id int primary key, code text, n int) partition by range (id);"
                       "create table codes_1 partition of codes for values from (0) to (100);"
                       "alter table codes replica identity full; alter table codes_1 replica identity full;"
                       "insert into codes select g, 'c' || g, 0 from generate_series(1, 3) g")
    service = service_of(world, "asked", table, "codes", **asked).start_ready()
    documents(world, table, 3)
    world.database.run("create table codes_2 partition of codes for values from (100) to (200);"
                       "insert into codes select g, 'd' || g, 0 from generate_series(101, 103) g")
    documents(world, table, 6)
    waits_to_say(service, "message.key.columns asks for a key of", "codes_2", "REPLICA IDENTITY FULL")
    world.database.run("delete from codes where id = 101; update codes set code = 'x' where id = 102;"
                       "update codes set code = 'y' where id = 1")
    words = ("public.codes was changed or deleted", "codes_2", "lacks code", "slot.name", "verify --repair")
    halts(context, service, *words)
    halts(context, service_of(world, "asked-again", table, "codes", **asked).start(),
          "message.key.columns asks for a key of", "codes_2")
    world.database.run("alter table codes_2 replica identity full")
    halts(context, service_of(world, "asked-late", table, "codes", **asked).start(), *words)
    anew = service_of(world, "asked-anew", table, "codes_anew", **asked).start_ready()
    world.wait_no_lag([table])
    code, answer = verify(world, anew.config_path, "--repair")
    context.check(code == EQUAL, f"the repair ends with {code}: {answer}")
    world.database.run("delete from codes where id = 103; update codes set code = 'z' where id = 102")
    documents(world, table, 4)
    code, answer = verify(world, anew.config_path)
    context.check(code == EQUAL, f"verify ends with {code}: {answer}")
    stops(context, anew)
    say("a new slot and a repair heal what the log does not hold")
