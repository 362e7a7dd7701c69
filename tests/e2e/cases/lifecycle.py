"""Starting and ending: wrong configurations, an unreachable search node, SIGTERM once and twice."""
import json
import signal
import subprocess

from fault_proxy import FaultProxy
from harness import web
from harness.console import Failure, say, wait_until

TABLE = "public.words"
ROWS = 500


def run(context):
    wrong_configuration(context)
    world = context.world("lifecycle")
    world.database.create()
    world.database.run("create table words (id bigint primary key, word text);"
                       f"insert into words select n, 'w' || n from generate_series(1, {ROWS}) n")
    world.register_connector((TABLE,), partitions=2)
    unreachable_then_there(context, world)
    drains_on_sigterm(context, world)
    gives_up_after_the_timeout(context, world)
    second_signal(context, world)
    service = world.service("last").start_ready()
    context.settle_equal_tables(world, (TABLE,))
    context.check(service.stop() == 0, service.log_end())


def wrong_configuration(context):
    """All mistakes at once, with exit code 2, before any connection."""
    listener = FaultProxy("http://127.0.0.1:1").open()
    world = context.folder_only("config")
    path = world / "wrong.yaml"
    path.write_text(json.dumps({
        "kafka": {"brokers": [f"127.0.0.1:{listener.port}"], "topics": ["t"],
                  "session": {"timeout": "soon"}, "grup": {"id": "x"}},
        "elasticsearch": {"urls": [listener.url]},
        "bulk": {"max": {"bytes": "9000GiB"}},
        "truncate": {"mode": "perhaps"},
    }), encoding="utf-8")
    done = subprocess.run([str(context.binary), "index", "-c", str(path)], capture_output=True,
                          text=True, timeout=20, check=False)
    listener.close()
    context.check(done.returncode == 2, f"a wrong configuration ended with {done.returncode}, not 2:\n"
                  f"{done.stderr}")
    for wanted in ("kafka.session.timeout", "kafka.grup", "kafka.group", "bulk.max.bytes",
                   "truncate.mode", "halt"):
        context.check(wanted in done.stderr, f"{wanted} is not named in:\n{done.stderr}")
    context.check(listener.accepted == 0, f"{listener.accepted} connections before the refusal")
    say("a wrong configuration: exit 2, every mistake named, no connection made")


def unreachable_then_there(context, world):
    """It stays, says why it is not ready, and goes on when the node is there."""
    proxy = FaultProxy(world.stack.search_url)
    service = world.service("early", elasticsearch={"urls": [proxy.url]}).start()

    def told():
        reason = service.not_ready_reason()
        if not reason or f"127.0.0.1:{proxy.port}" not in reason:
            raise Failure(f"/readyz says {reason}")
        return reason
    reason = wait_until("/readyz to name the unreachable node", told, 30)
    status, _ = web.request("GET", f"{service.url}/livez")
    context.check(status == 200, f"/livez is {status} while the search node is unreachable")
    say(f"unreachable search node: alive, not ready: {reason.strip()[:200]}")
    proxy.open()
    service.wait_ready(60)
    wait_until("the rows to be indexed",
               lambda: len(world.search.documents(world.index(TABLE))) == ROWS, 60)
    context.check(service.stop() == 0, service.log_end())
    proxy.close()
    say("it has become ready by itself, and indexed what was waiting")


def drains_on_sigterm(context, world):
    """SIGTERM while records flow: exit 0, and everything that was written is committed."""
    service = world.service("drains").start_ready()
    world.database.run(f"update words set word = word || '!' where id <= {ROWS}")
    wait_until("an update to arrive", lambda: service.metric("sluice_events_total", kind="update"), 30)
    code = service.stop()
    context.check(code == 0, f"SIGTERM ended it with {code}, not 0:\n{service.log_end()}")
    committed = world.committed_records()
    follower = world.service("follows").start_ready()
    world.wait_no_lag((TABLE,))
    again = follower.metric("sluice_documents_total", result="conflict_equal")
    context.check(again == 0, f"{again:.0f} documents were written a second time after a clean end")
    context.check(follower.stop() == 0, follower.log_end())
    say(f"SIGTERM: exit 0 with {committed} records committed, none of them written twice")


def blocked_service(context, world, name, timeout):
    """A service that holds records which it cannot write: its search node goes away under it."""
    proxy = FaultProxy(world.stack.search_url).open()
    service = world.service(name, elasticsearch={"urls": [proxy.url]},
                            shutdown={"timeout": timeout}).start_ready()
    wait_until("partitions to be read", lambda: service.metric("sluice_assigned_partitions"), 30)
    world.wait_no_lag((TABLE,))
    proxy.cut()
    before = service.metric("sluice_records_total")
    world.database.run("update words set word = word || '?' where id <= 50")
    wait_until("records to be under way",
               lambda: service.metric("sluice_records_total") >= before + 50, 30)
    return service, proxy


def gives_up_after_the_timeout(context, world):
    """SIGTERM with work that cannot be finished: exit 1 after shutdown.timeout, nothing skipped."""
    service, proxy = blocked_service(context, world, "blocked", "1s")
    before = world.committed_records()
    code = service.stop(20)
    context.check(code == 1, f"past shutdown.timeout it ended with {code}, not 1:\n{service.log_end()}")
    context.check(world.committed_records() == before, "it has committed what it had not written")
    proxy.close()
    say("SIGTERM past shutdown.timeout: exit 1, nothing committed that was not written")


def second_signal(context, world):
    """A second signal ends it at once with 130."""
    service, proxy = blocked_service(context, world, "twice", "60s")
    before = world.committed_records()
    service.ask_to_end(signal.SIGTERM)
    wait_until("the drain to be told", lambda: "event=stopping" in service.log_text(), 10)
    service.ask_to_end(signal.SIGTERM)
    code = service.wait_end(5)
    context.check(code == 130, f"the second signal ended it with {code}, not 130:\n{service.log_end()}")
    context.check(world.committed_records() == before, "it has committed what it had not written")
    proxy.close()
    say("the second signal: exit 130 at once")
