"""One topic of six partitions is shared in each mode of consumption: one active, one refused, one takes over.

The story of `scripts/quickstart ticker`; then the same modes for `sluice index`, where each tick is a
document of its own, so that one that is lost or doubled shows: a second process is refused, two that
start at the same time end with one, stand-bys take over under load from processes that are killed and
that are stopped, a shared load survives a kill, and a process of another mode is told of.
"""
import re
import subprocess

from harness.console import Failure, say, wait_until
from harness.inspector import Ticker
from harness.stack import SLUICE
from harness.ticker_story import PARTITIONS, REFUSED, TickerStory
from harness.topic_world import TopicWorld

SOURCE = SLUICE  # what the run needs besides; the case itself has no database
RACES = 6
ROUNDS = 4  # of a take-over, in turn by kill -9 and by SIGTERM
RATE = 150


def run(context):
    world = new_world(context, "ticker")
    service = world.service_of("active", config_of(world, "failover", "key"), verb="index")
    standby = TickerStory(world).run(service)
    context.watch_memory(standby)
    context.check(standby.stop() == 0, standby.log_end())
    exclusive(context)
    races(context)
    failover(context)
    shared(context)
    crowded(context)


def new_world(context, name):
    world = TopicWorld.of_case(context.stack, context.binary, name)
    context.worlds.append(world)
    return world


def config_of(world, mode, identity):
    topic = re.escape(world.prefix).replace("\\_", "_")
    return world.config(
        kafka={"topics": {"regex": topic}, "consumption": {"mode": mode}},
        event={"documents": {"topics": {"regex": topic + r"(\.keyless)?"}, "id": identity}})


def shared_config(world):
    config = config_of(world, "shared", "position")
    config["event"]["documents"]["topics"]["regex"] = config["kafka"]["topics"]["regex"]
    return config


def write(world, count, *more):
    done = subprocess.run([str(world.binary), "demo", "ticker", "-Q", str(count), "--rate", "0", "--topic",
                           world.prefix, "-b", world.stack.kafka, *more],
                          capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise Failure(f"sluice demo ticker: {done.returncode} {done.stderr}")


def start_first(world, name, mode):
    """Starts a member, and waits until it has everything."""
    service = world.service_of(name, config_of(world, mode, "position"), verb="index").start_ready()
    wait_until("the first one to have all", lambda: has_all(service), 30)
    return service


def has_all(service):
    service.check_running()
    return service.metric("sluice_assigned_partitions") == PARTITIONS


def expect_documents(world, running):
    """Every record of the topic is a document, under its position."""
    def equal():
        for service in running:
            service.check_running()
        records = world.kafka.records(world.prefix, PARTITIONS)
        wanted = {f"{world.prefix}-{r.partition}-{r.offset}" for r in records}
        found = set(world.search.documents(world.prefix))
        if found != wanted:
            raise Failure(f"{len(wanted - found)} of {len(wanted)} ticks are missing, "
                          f"{len(found - wanted)} documents are no tick")
        return len(wanted)
    return wait_until("every tick to be a document", equal, 60, every=0.5)


def exclusive(context):
    world = new_world(context, "tickexclusive")
    write(world, 120)
    first = start_first(world, "first", "exclusive")
    assigned = first.metric("sluice_rebalances_total")
    second = first.another("second")
    world.services.append(second)
    second.start()
    code = second.wait_end(30)
    second.ended = True
    context.check(code == REFUSED, f"the second one ended with {code}: {second.log_end()}")
    for word in ("event=halted", "group_taken", f"is in group {world.group} already", "stop that one first"):
        context.check(word in second.log_text(), f"its log does not say '{word}': {second.log_end()}")
    context.check(first.metric("sluice_rebalances_total") == assigned, "the first one was disturbed")
    expect_documents(world, [first])
    context.check(first.stop() == 0, first.log_end())
    third = first.another("third")
    world.services.append(third)
    third.start_ready()
    context.check(third.stop() == 0, third.log_end())
    say("a second process is refused, the first one is not disturbed; after it another one may start")


def races(context):
    """Two start at the same moment."""
    world = new_world(context, "tickraces")
    write(world, 60)
    entered = 0
    for mode in ("exclusive", "failover"):
        for number in range(RACES):
            one = world.service_of(f"{mode}{number}a", config_of(world, mode, "position"), verb="index")
            other = one.another(f"{mode}{number}b")
            world.services.append(other)
            for service in (one, other):
                service.start()
            active, idle = decide(mode, one, other)
            context.check(has_all(active), "the active one has not all")
            context.check("event=partition_assigned" not in idle.log_text(),
                          f"the other one has read: {idle.log_end()}")
            entered += "partition_revoked" in active.log_text()
            active.ended = idle.ended = True
            for service in (idle, active):
                if service.running:
                    service.process.terminate()
                    service.wait_end()
    context.figure("races", 2 * RACES)
    say(f"{2 * RACES} times two processes started at once: each time one was active in the end")


def decide(mode, one, other):
    """Waits until one is active and the other one has given way. Returns both, in that order."""
    def is_active(service):
        return service.running and service.metric("sluice_assigned_partitions") == PARTITIONS

    def gave_way(service):
        if mode == "exclusive":
            service.ended = not service.running
            return not service.running and service.process.poll() == REFUSED
        return service.running and service.metric("sluice_standby") == 1

    def decided():
        for active, idle in ((one, other), (other, one)):
            if is_active(active) and gave_way(idle):
                return active, idle
        raise Failure(f"{one.log_end(4)}\n{other.log_end(4)}")
    return wait_until(f"one of two ({mode}) to be active", decided, 60, every=0.2)


def failover(context):
    """Stand-bys take over under load. The dead come back as stand-bys."""
    world = new_world(context, "tickfailover")
    write(world, 60)
    active = start_first(world, "member0", "failover")
    ticker = Ticker(world, world.prefix, RATE).start()
    for number in range(1, ROUNDS + 1):
        standby = active.another(f"member{number}")
        world.services.append(standby)
        standby.start_ready()
        wait_until("the next one to stand by", lambda: standby.metric("sluice_standby") == 1, 30)
        context.check(standby.metric("sluice_assigned_partitions") == 0, "a stand-by has partitions")
        if number % 2:
            active.kill()
        else:
            context.check(active.stop() == 0, active.log_end())
        context.watch_memory(active)
        wait_until("it to take over", lambda: has_all(standby), 40)
        context.check(standby.metric("sluice_standby") == 0, "the active one says that it stands by")
        active = standby
    ticker.stop()
    count = expect_documents(world, [active])
    context.check(active.stop() == 0, active.log_end())
    context.figure("taken_over", ROUNDS)
    context.figure("ticks", count)
    say(f"{ROUNDS} take-overs under load, by kill -9 and SIGTERM in turn: {count} ticks, none lost")


def shared(context):
    """Without keys, over three processes, one of which is killed."""
    world = new_world(context, "tickshared")
    write(world, 60, "--keyless")
    services = [world.service_of("shared0", shared_config(world), verb="index")]
    for number in (1, 2):
        services.append(services[0].another(f"shared{number}"))
        world.services.append(services[-1])
    for service in services:
        service.start_ready()

    def spread(running):
        found = [service.metric("sluice_assigned_partitions") for service in running]
        if set(found) != {PARTITIONS / len(running)}:
            raise Failure(f"they have {found} partitions")
        return True
    wait_until("the load to be spread", lambda: spread(services), 40)
    ticker = Ticker(world, world.prefix, RATE, "--keyless").start()
    wait_until("all to work", lambda: all(s.metric("sluice_records_total") > 0 for s in services), 30)
    services.pop().kill()
    wait_until("the others to have all", lambda: spread(services), 40)
    ticker.stop()
    count = expect_documents(world, services)
    for service in services:
        context.check(service.stop() == 0, service.log_end())
    say(f"shared by three, one of them killed: {count} ticks, each a document")


def crowded(context):
    """A process of another mode comes into the group of an exclusive one."""
    world = new_world(context, "tickcrowded")
    write(world, 60)
    first = start_first(world, "exclusive", "exclusive")
    other = world.service_of("keyshared", config_of(world, "key_shared", "position"), verb="index")
    other.start()

    def told():
        _, text = first.ready_text()
        line = next(line for line in text.splitlines() if "sole_member" in line)
        if not line.startswith("[-]"):
            raise Failure(line)
        return line
    line = wait_until("the first one to be not ready", told, 40)
    for word in ("came to group", "stop it"):
        context.check(word in line, f"'{word}' is not in: {line}")
    write(world, 60)
    expect_documents(world, [first, other])  # with two the data is right too
    context.check(other.stop() == 0, other.log_end())
    wait_until("the first one to be alone", lambda: has_all(first) and first.is_ready(), 40)
    context.check(first.stop() == 0, first.log_end())
    say("a process of another mode in an exclusive group: told, and the data is right")
