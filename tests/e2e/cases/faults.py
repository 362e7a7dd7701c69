"""Behind a proxy that cuts, stalls, refuses and repeats: every kind of fault under load, then all is equal."""
import json
import threading

from fault_proxy import HTTP, KAFKA, TCP, FaultProxy
from harness import load
from harness.console import Failure, check, say, wait_until
from harness.stack import SLUICE

SOURCE = SLUICE
KEYS, PER_SECOND = 1_000, 300
ROW, TWICE, TOO_LARGE = 900_001, 900_002, 900_003
# A whole request that is refused is halved down to one item, which is then refused for good: hence the
# bodies of several items.
TO_THE_INDEX = """
path /_bulk request 5: cut_before
path /_bulk request 5: cut_after
path /_bulk request 5: stall 5             # longer than the client waits: arrives as a late copy
path /_bulk request 5: stall_reply 5
path /_bulk request 5: drip 100
path /_bulk request 5: truncate_reply 20
path /_bulk request 5: status 429
path /_bulk request 5: status 503
path /_bulk items 3 request 2: status 413
path /_bulk items 3 request 2: status 413 applied 2
path /_bulk items 2 request 2: status 400
path /_bulk items 2 request 2: item_status 0:429 1:503
path /_bulk request 5: cut_before, late_copy 1.5
path /_bulk request 5: status 502, late_copy 0.5
path /_bulk chance 0.03 times 20: cut_after
path /_bulk chance 0.03 times 20: cut_before, late_copy 1
"""
TO_THE_BROKER = """
path Produce request 3: cut_after
path Produce request 3: cut_before
path Produce request 3: cut_after, late_copy 1
path Produce request 3: stall 2
path Fetch request 9: cut_before
path Fetch request 9: truncate_reply 40
path Fetch request 9: drip 3000
path OffsetCommit request 2: cut_before
path OffsetCommit request 2: cut_after
path OffsetCommit request 2: cut_after, late_copy 2
path Heartbeat request 3: stall 3
"""
TO_THE_DATABASE = """
times 2 down 1500: cut_before    # in the middle of what is asked at a start
down 300000: stall 1, cut_after  # which is smaller than this
"""
CUTS_OF_THE_DATABASE = 3
# Times of the index: the window of a write whose outcome is unknown is 21 s.
TIMES = {"request": {"timeout": "3s"}, "bulk": {"timeout": "2s"}}
ALLOWANCE = {"delivery": {"window": {"allowance": "10s"}}}


def run(context):
    between_index_and_search(context)
    around_the_source(context)


class Bodies:
    """Looks over the proxy's shoulder: no body holds two items of one document (I3)."""

    def __init__(self):
        self.lock, self.twice, self.count = threading.Lock(), [], 0

    def __call__(self, path, body):
        if not path.startswith("/_bulk"):
            return
        ids = [json.loads(line) for line in body.splitlines() if line.startswith((b'{"index":{', b'{"delete":{'))]
        ids = [(item["_index"], item["_id"]) for line in ids for item in line.values()]
        with self.lock:
            self.count += 1
            if len(set(ids)) != len(ids):
                self.twice.append(ids)


def injected(proxy):
    silent = proxy.silent_rules()
    if silent:
        raise Failure(f"not injected yet: {'; '.join(silent)}")
    return True


def told(proxy):
    return ", ".join(f"{action} {proxy.count(action)}"
                     for action in sorted({entry.action for entry in list(proxy.injected)}))


# --- the index ---------------------------------------------------------------------------------------------

def between_index_and_search(context):
    world = context.world("faults")
    world.database.create()
    load.create_tables(world.database)
    bodies = Bodies()
    proxy = FaultProxy(world.stack.search_url, "", HTTP, context.seed, bodies).open()
    try:
        source = world.capture("source", load.TABLES, partitions=3).start()
        service = world.service(elasticsearch={"urls": [proxy.url], **TIMES}, **ALLOWANCE).start_ready()
        proxy.follow(TO_THE_INDEX)
        changes = context.own(
            load.start_changes(world.database, load.ENDLESS, KEYS, context.seed, PER_SECOND))
        wait_until("each fault to be injected", lambda: injected(proxy), 180, every=0.2)
        proxy.follow("")
        changes.finish()
        context.settle_equal(world, load)
        say(f"equal after {told(proxy)}")
        context.figure("index_faults", len(proxy.injected))
        late_copy_of_a_deleted_row(context, world, service, proxy)
        refused_item_and_a_later_change(world, proxy)
        too_large(world, service, proxy)
        # How many there are depends on how fast the machine is: the slower, the larger they are.
        check(bodies.count > 10, f"only {bodies.count} bodies were looked at")
        check(not bodies.twice, f"two items of one document in a body: {bodies.twice[:3]}")
        for process in (service, source):
            context.watch_memory(process)
            check(process.stop() == 0, process.log_end())
    finally:
        proxy.close()


def late_copy_of_a_deleted_row(context, world, service, proxy):
    """A write that was held back arrives when the node has forgotten that the row was deleted since."""
    table, index = "public.accounts", world.index("public.accounts")
    insert(world, ROW)
    wait_until("the row", lambda: world.search.document(index, ROW), 60)
    proxy.follow(f'path /_bulk body "{ROW}" times 1: cut_before, late_copy asked')
    world.database.run(f"update accounts set owner = 'held back' where id = {ROW}")
    wait_until("the change, by another request",
               lambda: world.search.document(index, ROW)["owner"] == "held back", 60)
    world.database.run(f"delete from accounts where id = {ROW}")
    wait_until("the row to be gone", lambda: world.search.document(index, ROW) is None, 60)
    check(world.lag((table,)), "the offset has passed a delete that may have to be sent again")
    if context.long:
        say("restarting the node, so that it forgets deletes")
        world.stack.down(world.stack.search_kind)
        world.stack.up(world.stack.search_kind)
    else:
        say("closing and opening the index, so that it forgets deletes")
        world.search.ask("POST", f"{index}-000001/_close")
        world.search.ask("POST", f"{index}-000001/_open")
    proxy.deliver()
    copy = wait_until("the copy to arrive",
                      lambda: [entry for entry in list(proxy.injected) if entry.action == "delivered"
                               and entry.rule.endswith("asked")], 30)[0]
    check('"status":201' in copy.detail.replace(" ", ""), f"the copy was not taken: {copy}")
    check(world.search.document(index, ROW) is not None, "the copy has not brought the row back")
    say("the copy has brought the deleted row back")
    wait_until("the row to be gone for good", lambda: world.search.document(index, ROW) is None, 90)
    world.wait_no_lag(load.TABLES)
    # Counters are told ten times a second.
    wait_until("the copy to be counted", lambda: service.metric("sluice_late_copies_deleted_total") >= 1, 10)
    say("the delete that was sent again has removed it, and only then the offset has moved on")


def refused_item_and_a_later_change(world, proxy):
    """429 for one item, and a later change of that row before it is taken."""
    proxy.follow(f'path /_bulk body "{TWICE}" times 3: item_status 0:429')
    before = proxy.count("item_status")
    insert(world, TWICE)
    wait_until("the first refusal", lambda: proxy.count("item_status") > before, 60, every=0.01)
    world.database.run(f"update accounts set owner = 'later' where id = {TWICE}")
    wait_until("all refusals", lambda: not proxy.silent_rules() and proxy.count("item_status") == before + 3, 60)
    world.wait_equal(load.TABLES)
    check(world.search.document(world.index("public.accounts"), TWICE)["owner"] == "later", "the older won")
    world.wait_no_lag(load.TABLES)


def too_large(world, service, proxy):
    """413 for whatever holds one document: the others of its body arrive, it becomes a dead letter."""
    proxy.follow("path /_bulk body THIS_IS_TOO_LARGE: status 413")
    world.database.run(f"insert into accounts select g, case g when {TOO_LARGE + 20} then 'THIS_IS_TOO_LARGE' "
                       "else 'neighbour' end, 0, true, now(), 0, null, null "
                       f"from generate_series({TOO_LARGE}, {TOO_LARGE + 40}) g")
    # Counters are told ten times a second.
    wait_until("the dead letter", lambda: service.metric("sluice_dead_letters_total") >= 1, 60)
    world.wait_no_lag(load.TABLES)
    letters = [dict(letter.headers) for letter in world.kafka.records(world.dead_letters)]
    check(len(letters) == 1 and letters[0]["sluice.id"] == str(TOO_LARGE + 20).encode(), f"letters: {letters}")
    documents = world.search.documents(world.index("public.accounts"))
    neighbours = [key for key in range(TOO_LARGE, TOO_LARGE + 41) if str(key) in documents]
    check(len(neighbours) == 40, f"{len(neighbours)} of 40 neighbours are there")
    proxy.follow("")
    world.database.run(f"update accounts set owner = 'small' where id = {TOO_LARGE + 20}")
    world.wait_equal(load.TABLES)
    say("one document was too large: its neighbours arrived, it became a dead letter")


def insert(world, row):
    world.database.run(f"insert into accounts values ({row}, 'new', 0, true, now(), 0, null, null)")


# --- the source and the broker -----------------------------------------------------------------------------

def around_the_source(context):
    world = context.world("faultssource")
    world.database.create()
    load.create_tables(world.database)
    port = int(world.stack.kafka_proxy.rsplit(":", 1)[1])
    broker = FaultProxy(world.stack.kafka_proxied, "", KAFKA, context.seed).listen_at(port).open()
    database = FaultProxy(f"{world.database.host}:{world.database.port}", "", TCP, context.seed).open()
    try:
        brokers = {"brokers": [broker.address]}
        source = world.capture("source", load.TABLES, partitions=3, kafka=brokers, database={
            "hostname": "127.0.0.1", "port": database.port}).start()
        service = world.service(kafka=brokers).start_ready()
        source.wait_ready()
        broker.follow(TO_THE_BROKER)
        database.follow(TO_THE_DATABASE)
        database.cut()  # so that the connections that are open meet the plan too
        database.mend()
        changes = context.own(
            load.start_changes(world.database, load.ENDLESS, KEYS, context.seed, PER_SECOND))
        wait_until("each fault of the broker", lambda: injected(broker), 180, every=0.2)
        wait_until("some of the database", lambda: injected(database)
                   and database.count("cut_after") >= CUTS_OF_THE_DATABASE, 180, every=0.2)
        broker.follow("")
        database.follow("")
        changes.finish()
        context.settle_equal(world, load)
        say(f"equal after {told(broker)} on the way to the broker, {told(database)} to the database")
        context.figure("source_faults", len(broker.injected) + len(database.injected))
        for process in (service, source):
            context.watch_memory(process)
            check(process.stop() == 0, process.log_end())
    finally:
        broker.close()
        database.close()
