"""index.deletes: soft: a stub holds against late copies, searches do not see it, and old ones are purged."""
import json
import subprocess
import time

from harness.console import check, say

TABLE = "public.words"
ROWS = 60
DONE, USAGE, HALTED = 0, 2, 3
APART_SECONDS = 12


def run(context):
    world = context.world("soft")
    world.database.create()
    world.database.run("create table words (id bigint primary key, word text);"
                       f"insert into words select n, 'w' || n from generate_series(1, {ROWS}) n")
    index, backing = world.index(TABLE), f"{world.index(TABLE)}-000001"
    world.capture("source", (TABLE,), partitions=2).start_ready()
    config = world.config()
    config["index"] = {"deletes": "soft"}
    service = world.service_of("index", config, verb="index")
    service.start_ready()
    world.database.run("delete from words where id <= 20; update words set word = 'again' where id = 30;"
                       "delete from words where id = 40; insert into words values (40, 'made anew')")
    settle(world)

    _, stub = world.search.ask("GET", f"{index}/_doc/7")
    check(stub["_source"].get("sluice_deleted") is True, f"the stub of row 7: {stub}")
    check(stubs(world, backing) == 20, f"{stubs(world, backing)} stubs of 20 deleted rows")
    say("searches leave the stubs of 20 rows out, a GET by id shows them")

    # No memory of deletes is left, and a copy of an old write comes: hard deletes would lose here.
    world.search.ask("POST", f"{backing}/_close")
    world.search.ask("POST", f"{backing}/_open")
    world.search.ask("GET", f"_cluster/health/{backing}?wait_for_status=yellow&timeout=30s")
    for key in (7, 40):
        world.search.ask("PUT", f"{index}/_doc/{key}?version={(1 << 48) + 1}&version_type=external",
                         {"id": key, "word": "late"}, statuses=(409,))
    settle(world)

    verify(world, service)
    purge(context, world, service, index, backing)
    check(service.stop() == DONE, service.log_end())
    wrong_modes(world, config, service)


def settle(world):
    world.wait_no_lag((TABLE,))
    rows = world.wait_equal((TABLE,))
    say(f"equal: {rows} rows")


def stubs(world, backing):
    world.search.ask("POST", f"{backing}/_refresh")
    _, answer = world.search.ask("POST", f"{backing}/_count", {"query": {"term": {"sluice_deleted": True}}})
    return answer["count"]


def command(world, service, *words):
    return subprocess.run([str(world.binary), *words, "-c", str(service.config_path), "--json"],
                          capture_output=True, text=True, timeout=120, check=False)


def verify(world, service):
    """Rows are compared with documents, of which a stub is none."""
    config = world.capture_config((TABLE,), status={"update.interval.ms": 500})
    path = world.folder / "verify.yaml"
    merged = {**config, **json.loads(service.config_path.read_text(encoding="utf-8"))}
    path.write_text(json.dumps(merged), encoding="utf-8")
    done = subprocess.run([str(world.binary), "verify", "-c", str(path), "--json"], capture_output=True,
                          text=True, timeout=120, check=False)
    answer = json.loads(done.stdout) if done.stdout else done.stderr
    check(done.returncode == DONE and answer["equal"], f"verify: {done.returncode} {answer}")
    say("verify takes stubs for no documents")


def purge(context, world, service, index, backing):
    window = 6 + 6 + 3 + 1  # seconds: what the test's configuration adds up to
    done = command(world, service, "purge", "--older-than", "1s", "--yes")
    check(done.returncode == USAGE and "16s" in done.stderr, f"too young: {done}")
    done = command(world, service, "purge", "--older-than", "1h")
    check(done.returncode == USAGE and "--yes" in done.stderr, f"without --yes: {done}")
    done = command(world, service, "purge", "--older-than", "1h", "--yes")
    check(done.returncode == DONE and json.loads(done.stdout)["indices"][0]["removed"] == 0,
          f"nothing is an hour old: {done}")
    # Between the stubs that go and the one that stays lies more time than a command takes to begin.
    time.sleep(APART_SECONDS)
    apart = time.monotonic()
    world.database.run("delete from words where id = 50")
    settle(world)
    time.sleep(max(0, apart + window - time.monotonic()))
    options = ("--older-than", f"{int(time.monotonic() - apart) + APART_SECONDS - 2}s")
    done = command(world, service, "purge", *options, "--dry-run")
    check(done.returncode == DONE and json.loads(done.stdout)["indices"][0]["old"] == 20
          and stubs(world, backing) == 21, f"dry run: {done}")
    done = command(world, service, "purge", index, *options, "--yes")
    entry = json.loads(done.stdout)["indices"][0]
    check(done.returncode == DONE and entry["removed"] == 20, f"purge: {done}")
    check(stubs(world, backing) == 1, "the stub of the row that was deleted just now stays")
    settle(world)
    context.figure("purged", entry["removed"])
    say(f"purged 20 stubs; floors {entry['floors']}")


def wrong_modes(world, config, service):
    """An index of soft deletes is none of hard ones, and the group may not go back below the floor."""
    done = command(world, service, "control", "show")
    check(done.returncode == DONE, f"control show: {done}")
    hard = {**config, "index": {"deletes": "hard"}}
    other = world.service_of("hard", hard, verb="index")
    other.start()
    code = other.wait_end(40)
    other.ended = True
    check(code == HALTED and "set index.deletes to soft" in other.log_text(), f"hard: {code} {other.log_end()}")
    say("index.deletes: hard halts on an index with stubs")
