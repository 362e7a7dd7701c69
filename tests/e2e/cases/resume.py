"""A kill -9 in our own source's first snapshot: tables that are done stay done, the rest follows."""
import json
import subprocess

from harness.console import Failure, say, wait_until

ROWS = 6_000
KEYLESS_ROWS = 500
# So slow that what is done is recorded before the rest is.
SLOW = "pg_sleep(0.0001)::text IS NOT NULL"
TABLES = ("public.a_done", "public.b_left", "public.c_keyless")


def run(context):
    world = context.world("resume")
    world.database.create()
    world.database.run(f"""
        create table a_done (id int primary key, text text);
        create table b_left (id int primary key, text text);
        create table c_keyless (number int);
        alter table c_keyless replica identity full;
        insert into a_done select g, 'row ' || g from generate_series(1, {ROWS}) g;
        insert into b_left select g, 'row ' || g from generate_series(1, {ROWS}) g;
        insert into c_keyless select g from generate_series(1, {KEYLESS_ROWS}) g;
        analyze""")
    source = start(world, 0, SLOW)

    def in_the_second():
        source.check_running()
        if ends(world, "public.b_left") < ROWS / 3:
            raise Failure("not yet in the second table")
        return True
    wait_until("the second table to be begun", in_the_second, 60, every=0.01)
    source.kill()
    done_at, left_at = ends(world, "public.a_done"), ends(world, "public.b_left")
    say(f"kill -9 with {done_at} and {left_at} of {ROWS} rows published")
    context.check(done_at == ROWS and left_at < ROWS, "killed too late or too early")
    world.database.run(f"""
        update b_left set text = 'changed' where id % 1000 = 1;
        delete from b_left where id % 1000 = 2;
        insert into b_left select {ROWS} + g, 'new' from generate_series(1, 10) g;
        delete from c_keyless where number = 1""")

    held(context, world)
    once(context, world)
    context.check(ends(world, "public.a_done") == ROWS, "the first table was read again")
    compare(context, world)


def held(context, world):
    """A condition that the server refuses: the table waits for the cure, whatever is signalled."""
    source = start(world, 1, "nonsense(id)")

    def tells_the_cure():
        reason = source.not_ready_reason() or ""
        if "public.b_left" not in reason or "snapshot.select.statement.overrides" not in reason:
            raise Failure(f"no reason, or another: {reason}")
        return True
    wait_until("the refused table to be told in readiness", tells_the_cure, 60)
    sluice(context, source, "signal", "stop-snapshot")
    wait_until("the signal to be taken",
               lambda: "what is left of the first snapshot is read all the same"
               in source.log_text(), 30)
    context.check(source.stop() == 0, source.log_end())
    recorded = "the tables that are left are read while streaming" in source.log_text()
    context.check(recorded, source.log_end())
    status = json.loads(sluice(context, source, "status", "--json"))["recorded"]
    context.check(status["snapshot"] == "running" and status["snapshot_left"] == ["public.b_left"],
                  f"recorded is {status}")
    say("a refused table of the first snapshot is held, and left at the end")


def once(context, world):
    """The corrected condition counts, and --once ends when the table is read."""
    source = prepare(world, 2, SLOW)
    source.command.append("--once")
    source.start()
    code = source.process.wait(timeout=120)
    context.check(code == 0, f"exit code {code}\n{source.log_end()}")
    status = json.loads(sluice(context, source, "status", "--json"))["recorded"]
    context.check(status["snapshot"] == "done" and status["snapshot_left"] == [],
                  f"recorded is {status}")
    say("--once has ended with the first snapshot done")


def sluice(context, source, verb, *arguments):
    done = subprocess.run([source.command[0], "capture", verb, *arguments, "-c",
                           str(source.config_path)], capture_output=True, text=True, timeout=30,
                          check=False)
    context.check(done.returncode == 0, done.stdout + done.stderr)
    return done.stdout


def start(world, number, condition):
    return prepare(world, number, condition).start()


def prepare(world, number, condition):
    override = f"SELECT * FROM public.b_left WHERE {condition}"
    return world.capture(f"capture-{number}", TABLES,
                         snapshot={"select.statement.overrides": {"public.b_left": override}})


def ends(world, table):
    return sum(world.log_ends([table]).values())


def compare(context, world):
    """What the log ends with for each key is the table."""
    rows = {}
    for record in world.kafka.records(world.topic("public.b_left"), 1):
        key = json.loads(record.key)["id"]
        if record.value is None:
            rows.pop(key, None)
            continue
        after = json.loads(record.value)["after"]
        if after is None:
            rows.pop(key, None)
        else:
            rows[key] = after["text"]
    said = world.database.run("select count(*), sum(hashtext(id || text)::bigint) from b_left")
    mine = world.database.run("select count(*) from b_left where text = 'changed'")
    changed = sum(1 for text in rows.values() if text == "changed")
    context.check(said.split("|")[0] == str(len(rows)), f"{len(rows)} rows, the table has {said}")
    context.check(mine == str(changed), f"{changed} changed rows, the table has {mine}")
    keyless = world.database.run("select count(*) from c_keyless")
    context.check(ends(world, "public.c_keyless") >= int(keyless), "rows without a key are missing")
    say(f"{len(rows)} rows of the second table are as they should be")
