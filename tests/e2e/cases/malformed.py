"""Malformed records between good ones become dead letters with their original bytes; nothing stops."""
import json

from harness.console import Failure, say, wait_until

TABLE = "public.things"
GOOD_ROWS = 200


def envelope(operation, after):
    return json.dumps({"before": None, "after": after, "op": operation, "ts_ms": 1,
                       "source": {"ts_ms": 1, "schema": "public", "table": "things"}}).encode()


# name of the reason -> (key, value) as they stand in the topic
MALFORMED = {
    "bad_json": (b'{"id":900001}', b'{"op":"c","after":{"id":900001'),
    "bad_utf8": (b'{"id":900002}', b'{"op":"c","after":{"id":900002,"word":"\xff\xfe"}}'),
    "not_an_envelope": (b'{"id":900003}', b'{"hello":"world"}'),
    "unknown_operation": (b'{"id":900004}', envelope("z", {"id": 900004})),
    "missing_after": (b'{"id":900005}', envelope("c", None)),
    "bad_key": (b"\x00\x01 no key", envelope("c", {"id": 900006})),
    "null_key": (None, envelope("c", {"id": 900007})),
}
REJECTED_BY_INDEX = "document_rejected"


def run(context):
    world = context.world("malformed")
    world.database.create()
    world.database.run("create table things (id bigint primary key, word text, number text)")
    world.register_connector((TABLE,))
    # The field `number` is text in the table and a number in the index: the index refuses some rows.
    service = world.service(
        index={"mappings": {"properties": {"number": {"type": "integer"}}}}).start_ready()
    topic = world.topic(TABLE)

    placed = {}
    for number, (reason, (key, value)) in enumerate(MALFORMED.items()):
        insert_rows(world, number * 10, 10)
        wait_until("the rows to be in the topic", lambda number=number:
                   world.kafka.offsets(topic, 1)[0] >= number * 11 + 10, 30)
        placed[world.kafka.produce(topic, 0, key, value)] = (reason, key, value)
    refused_at = len(MALFORMED) * 10
    world.database.run(f"insert into things values ({refused_at}, 'refused', 'no number')")
    insert_rows(world, refused_at + 1, GOOD_ROWS - refused_at)

    wait_until("all rows to be in the topic", lambda:
               world.kafka.offsets(topic, 1)[0] > GOOD_ROWS + len(MALFORMED), 60)
    world.wait_no_lag((TABLE,))
    service.is_ready()
    rows = check_good_rows(context, world, refused_at)
    check_letters(context, world, service, topic, placed)
    say(f"{rows} good rows are in the index, {len(placed) + 1} records are dead letters, byte by byte")
    context.watch_memory(service)
    context.check(service.stop() == 0, service.log_end())


def insert_rows(world, first, count):
    world.database.run("insert into things select n, 'word ' || n, n::text "
                       f"from generate_series({first}, {first + count - 1}) n")


def check_good_rows(context, world, refused):
    documents = world.search.documents(world.index(TABLE))
    wanted = {row["id"] for row in world.database.rows(TABLE)} - {str(refused)}
    context.check(documents.keys() == wanted,
                  f"missing {sorted(wanted - documents.keys())[:10]}, "
                  f"too many {sorted(documents.keys() - wanted)[:10]}")
    for key, document in documents.items():
        context.check(document == {"id": int(key), "word": f"word {key}", "number": key},
                      f"document {key} is {document}")
    return len(documents)


def check_letters(context, world, service, topic, placed):
    originals = {record.offset: record for record in world.kafka.records(topic)}
    refused = [offset for offset, record in originals.items() if b"no number" in (record.value or b"")]
    wanted = {offset: reason for offset, (reason, _, _) in placed.items()}
    wanted.update((offset, REJECTED_BY_INDEX) for offset in refused)

    letters = {}
    for letter in world.kafka.records(world.dead_letters):
        headers = dict(letter.headers)
        context.check(headers.get("__connect.errors.topic") == topic.encode()
                      and headers.get("__connect.errors.partition") == b"0",
                      f"a dead letter does not name its topic and partition: {headers}")
        letters[int(headers["__connect.errors.offset"])] = (letter, headers)
    context.check(letters.keys() == wanted.keys(),
                  f"dead letters for offsets {sorted(letters)}, wanted {sorted(wanted)}")
    for offset, reason in wanted.items():
        letter, headers = letters[offset]
        original = originals[offset]
        context.check(headers.get("sluice.reason", b"").decode() == reason,
                      f"offset {offset}: reason {headers.get('sluice.reason')}, wanted {reason}")
        context.check((letter.key, letter.value) == (original.key, original.value),
                      f"offset {offset}: {letter.key} {letter.value} instead of the original bytes "
                      f"{original.key} {original.value}")
        context.check(service.metric("sluice_dead_letters_total", reason=reason) == 1,
                      f"sluice_dead_letters_total{{reason={reason}}} is not 1")
    check_log(context, service, topic, wanted)
    total = service.metric("sluice_dead_letters_total")
    if total != len(wanted):
        raise Failure(f"sluice_dead_letters_total is {total}, not {len(wanted)}")


def check_log(context, service, topic, wanted):
    """The log says where each of them stands and why, and nothing of what is in it."""
    lines = [set(line.split()) for line in service.log_text().splitlines()
             if "event=record_rejected" in line]
    for offset, reason in wanted.items():
        words = {f"topic={topic}", "partition=0", f"offset={offset}", f"reason={reason}"}
        context.check(any(words <= line for line in lines),
                      f"no line of the log has {sorted(words)}:\n{service.log_end()}")
    shown = [text for text in ("90000", "no key", "hello", "no number") if text in service.log_text()]
    context.check(not shown, f"the log shows what is in records: {shown}")
