"""Topics of plain JSON documents are indexed by key, by event and by position; the rest are dead letters."""
import json
import subprocess

from harness.console import Failure, say, wait_until
from harness.stack import SLUICE

SOURCE = SLUICE
PARTITIONS = 3
EVENT_ID = "00000000-0000-4000-8000-{:012d}"


def twice(value):
    """As Connect's JSON converter writes a text: JSON in a JSON string."""
    return json.dumps(json.dumps(value)).encode()


def with_schema(value):
    return json.dumps({"schema": {"type": "string", "optional": True},
                       "payload": json.dumps(value)}).encode()


def keyed(name):
    return json.dumps(name).encode()


DEEP = b'{"deep":' + b'{"a":' * 40 + b"1" + b"}" * 41

# (key, value, what it is). An aggregate's events stand in one partition, in this order.
RECORDS = [
    (keyed("user-1"), b'{"event":"user-created","name":"John Doe","n":1}', "document"),
    (keyed("user-1"), twice({"event": "user-updated", "name": "Zo\u00eb", "n": 2}), "document"),
    (keyed("user-1"), b"null", "no_document"),
    (keyed("order-1"), with_schema({"event": "order-created", "amount": "100.50"}), "document"),
    (keyed("order-1"), b' {\n  "event": "order-paid",\n  "lines": [1, 2]\n}\n', "document"),
    (keyed("order-2"), twice({"event": "order-created"}), "document"),
    (keyed("order-2"), None, "tombstone"),
    (keyed("user-2"), b'{"event":"user-created"', "bad_json"),
    (keyed("user-2"), twice({"event": "user-created"})[:-2] + b'"', "bad_json"),
    (keyed("user-2"), b'{"event":"\xff"}', "bad_utf8"),
    (keyed("user-2"), b"12", "not_a_document"),
    (keyed("user-2"), b"[{}]", "not_a_document"),
    (keyed("user-2"), twice("just a text"), "not_a_document"),
    (keyed("user-3"), DEEP, "document_rejected"),
    (keyed("user-3"), b'{"twice":1,"twice":2}', "document_rejected"),
    (keyed("user-3"), b'{"n":"no number"}', "document_rejected"),
    (b"\x00\x01", b'{"event":"without a readable key"}', "bad_key"),
    (None, b'{"event":"without a key"}', "null_key"),
]
WITHOUT_HEADER = len(RECORDS)  # a last record, which has no header `id`
BY_KEY = {
    "user-1": {"event": "user-updated", "name": "Zo\u00eb", "n": 2},
    "order-1": {"event": "order-paid", "lines": [1, 2]},
    "user-9": {"event": "last"},
}


def document(value):
    """The document that a value holds, read by Python."""
    value = json.loads(value)
    if isinstance(value, dict) and value.keys() == {"schema", "payload"}:
        value = value["payload"]
    return json.loads(value) if isinstance(value, str) else value


class Trial:
    """The same records in a topic of its own, indexed by one identity."""

    def __init__(self, context, identity):
        self.context, self.identity = context, identity
        self.world = context.world(f"documents{identity}")
        self.topic = f"{self.world.prefix}.event.All"
        self.world.kafka.create_topic(self.topic, PARTITIONS)
        self.documents, self.fates, self.offsets = {}, {}, {}
        for number, (key, value, fate) in enumerate(
                [*RECORDS, (keyed("user-9"), b'{"event":"last"}', "document")]):
            self.write(number, key, value, fate)
        self.service = self.start()

    def write(self, number, key, value, fate):
        partition = number_of(key) % PARTITIONS
        headers = [] if number == WITHOUT_HEADER else [("id", EVENT_ID.format(number).encode())]
        offset = self.world.kafka.produce(self.topic, partition, key, value, headers)
        fate, found_by = self.judge(number, key, fate, partition, offset)
        self.fates[partition, offset] = (fate, key, value)
        if fate == "document" and self.identity != "key":
            self.documents[found_by] = document(value)

    def judge(self, number, key, fate, partition, offset):
        """What becomes of a record under this identity, and the id of its document."""
        if self.identity == "header":
            if number == WITHOUT_HEADER:
                return "missing_id", None
            found_by = EVENT_ID.format(number)
        elif self.identity == "position":
            found_by = f"{self.topic}-{partition}-{offset}"
        else:
            return fate, key
        # No key is needed, and no event is taken back.
        return {"bad_key": "document", "null_key": "document", "tombstone": "no_document"}.get(
            fate, fate), found_by

    def start(self, name="index"):
        return self.world.service(
            name, kafka={"topics": {"regex": self.world.prefix + r"\.event\..*"}},
            event={"documents": {"topics.regex": self.world.prefix + r"\.event\..*",
                                 "id": self.identity}},
            index={"mappings": {"properties": {"n": {"type": "integer"}}}},
            # Most of these records are to be refused.
            dead_letters={"max_share": 1}).start_ready()

    def count(self, fate):
        return sum(found == fate for found, _, _ in self.fates.values())

    def settle(self):
        world = self.world

        def none_left():
            self.service.check_running()
            committed = world.kafka.committed(world.group)
            left = {number: end - committed.get((self.topic, number), 0) for number, end
                    in world.kafka.offsets(self.topic, PARTITIONS).items()}
            if any(left.values()):
                raise Failure(f"not committed yet, by partition: {left}")
            return True
        wait_until("every record to be settled", none_left, 60, every=0.2)

    def check_documents(self):
        wanted = BY_KEY if self.identity == "key" else self.documents
        found = self.world.search.documents(self.topic.lower())
        self.context.check(found == wanted, f"by {self.identity}: {found}, wanted {wanted}")
        return len(found)

    def check_letters(self):
        world, check = self.world, self.context.check
        wanted = {place: fate for place, (fate, _, _) in self.fates.items()
                  if fate not in ("document", "tombstone", "no_document")}
        letters = {}
        for letter in world.kafka.records(world.dead_letters):
            headers = dict(letter.headers)
            place = (int(headers["__connect.errors.partition"]), int(headers["__connect.errors.offset"]))
            letters[place] = headers["sluice.reason"].decode()
            _, key, value = self.fates[place]
            check((letter.key, letter.value) == (key, value), f"{place}: other bytes than the record's")
        check(letters == wanted, f"by {self.identity}: dead letters {letters}, wanted {wanted}")
        for reason in set(wanted.values()):
            counted = self.service.metric("sluice_dead_letters_total", reason=reason)
            check(counted == self.count(reason), f"{counted} letters of reason {reason} are counted")
        skipped = self.service.metric("sluice_records_skipped_total", rule="no_document")
        check(skipped == self.count("no_document"), f"{skipped} records are counted as no_document")
        return len(wanted)

    def tell_again(self):
        """Everything is read anew after a kill: each write is the one that it was."""
        self.service.kill()
        world, index = self.world, self.topic.lower()
        wait_until("the member to be gone", lambda: world.kafka.delete_group(world.group), 60)
        # The group's offsets are those of the beginning again, and the versions what they were.
        done = subprocess.run([str(world.binary), "control", "accept", index, "-c",
                               str(self.service.config_path)],
                              capture_output=True, text=True, timeout=60, check=False)
        self.context.check(done.returncode == 0, done.stdout + done.stderr)
        before = versions(world.search, index)
        self.service = self.start("again")
        self.settle()
        read = self.service.metric("sluice_records_total")
        self.context.check(read == len(self.fates), f"{read} records were read anew")
        self.context.check(versions(world.search, index) == before, "versions have changed")


def number_of(key):
    """A partition by the key's own bytes, so that what has one key stands in one partition."""
    return sum(key or b"")


def versions(search, index):
    search.ask("POST", f"{index}/_refresh")
    _, answer = search.ask("POST", f"{index}/_search", {"size": 1000, "version": True})
    return {hit["_id"]: hit["_version"] for hit in answer["hits"]["hits"]}


def run(context):
    for identity in ("key", "header", "position"):
        trial = Trial(context, identity)
        trial.settle()
        documents, letters = trial.check_documents(), trial.check_letters()
        trial.tell_again()
        trial.check_documents()
        trial.service.is_ready()
        context.watch_memory(trial.service)
        context.check(trial.service.stop() == 0, trial.service.log_end())
        say(f"by {identity}: {documents} documents, {letters} dead letters, byte by byte; the same "
            "after all was read anew")
        context.figure(identity, documents)
