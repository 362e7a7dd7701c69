"""What is to go wrong, and where: the rules of a plan. The grammar stands in README.md."""
import dataclasses
import random
import re

from .bulk import split_items

HTTP, KAFKA, TCP = "http", "kafka", "tcp"
KINDS = (HTTP, KAFKA, TCP)
MESSAGES, ALL = (HTTP, KAFKA), KINDS


class PlanError(ValueError):
    """A plan that cannot be read; the text names the line and what was expected."""


def count(text):
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def number(text):
    value = float(text)
    if not 0 <= value < 1e9:
        raise ValueError
    return value


def share(text):
    value = float(text)
    if not 0 < value <= 1:
        raise ValueError
    return value


def status(text):
    value = int(text)
    if not 200 <= value <= 599:
        raise ValueError
    return value


# word → (kinds that know it, what its value is, how it is read)
CONDITIONS = {
    "connection": (ALL, "a count from 1", count),
    "request": (MESSAGES, "a count from 1", count),
    "every": (MESSAGES, "a count from 1", count),
    "path": (MESSAGES, "the beginning of a path, or a Kafka request's name", str),
    "items": ((HTTP,), "a count from 1", count),
    "body": (MESSAGES, "a text without blanks", lambda text: text.encode()),
    "chance": (ALL, "a share above 0, up to 1", share),
    "times": (ALL, "a count from 1", count),
    "up": ((TCP,), "bytes from the client, from 1", count),
    "down": ((TCP,), "bytes to the client, from 1", count),
}


@dataclasses.dataclass(frozen=True)
class Status:
    """A reply of the proxy's own; of the request, the first `applied` items are forwarded first."""
    code: int
    applied: int = 0


def one(read):
    def take(words):
        word, = words
        return read(word)
    return take


def none(words):
    if words:
        raise ValueError
    return True


def whole_status(words):
    if len(words) == 1:
        return Status(status(words[0]))
    code, word, applied = words
    if word != "applied":
        raise ValueError
    return Status(status(code), count(applied))


def seconds_or_asked(words):
    return None if words == ["asked"] else one(number)(words)


def item_statuses(words):
    if not words:
        raise ValueError
    return {int(at): status(code) for at, code in (word.split(":") for word in words)}


# word → (kinds that know it, its arguments, how they are read)
ACTIONS = {
    "cut_before": (ALL, "no arguments", none),
    "cut_after": (ALL, "no arguments", none),
    "stall": (ALL, "SECONDS", one(number)),
    "stall_reply": (MESSAGES, "SECONDS", one(number)),
    "drip": (ALL, "BYTES a second", one(count)),
    "truncate_reply": (MESSAGES, "BYTES", one(int)),
    "status": ((HTTP,), "CODE, or CODE applied ITEMS", whole_status),
    "item_status": ((HTTP,), "ITEM:CODE, one or more, items from 0", item_statuses),
    "late_copy": (MESSAGES, "SECONDS, or: asked", seconds_or_asked),
}
# Each of them decides what becomes of the request; the others go with any of them.
FATES = ("cut_before", "cut_after", "truncate_reply", "status", "item_status")


@dataclasses.dataclass
class Rule:
    line: int
    text: str
    where: dict
    actions: dict
    met: int = 0  # requests that have reached it and fit
    fired: int = 0


class Plan:
    """Rules in order; a request is taken by the first that fires. One thread's."""

    def __init__(self, text="", kind=HTTP, seed=0):
        self.rules = parse(text, kind)
        self.random = random.Random(seed)

    def pick(self, connection, path="", body=b""):
        """The rule that fires for a request (or, in TCP, for a connection), else None."""
        for rule in self.rules:
            where = rule.where
            if where.get("connection", connection) != connection:
                continue
            if not path.startswith(where.get("path", "")) or where.get("body", b"") not in body:
                continue
            if "items" in where and len(split_items(body)) < where["items"]:
                continue
            rule.met += 1
            if where.get("request", rule.met) != rule.met or rule.met % where.get("every", 1):
                continue
            if rule.fired >= where.get("times", rule.fired + 1):
                continue
            if self.random.random() >= where.get("chance", 1):
                continue
            rule.fired += 1
            return rule
        return None


def parse(text, kind):
    """The rules of a plan; raises PlanError."""
    if kind not in KINDS:
        raise PlanError(f"unknown kind {kind!r}: one of {', '.join(KINDS)}")
    rules = []
    for number_of_line, line in enumerate(text.splitlines(), 1):
        line = line.split("#")[0].strip()
        if line:
            rules.append(read_rule(number_of_line, line, kind))
    return rules


def read_rule(number_of_line, line, kind):
    found = re.fullmatch(r"(.*?):\s+(.*)", line)
    if not found:
        raise PlanError(f"line {number_of_line}: expected WHERE: ACTION [, ACTION]…, found {line!r}")
    words = found.group(1).split()
    if len(words) % 2:
        raise PlanError(f"line {number_of_line}: each condition is a word and a value: {found.group(1)!r}")
    where = dict(read(number_of_line, "condition", CONDITIONS, kind, word, [value])
                 for word, value in zip(words[::2], words[1::2]))
    actions = dict(read(number_of_line, "action", ACTIONS, kind, word, rest)
                   for word, *rest in (part.split() or [""] for part in found.group(2).split(",")))
    fates = [name for name in FATES if name in actions]
    if len(fates) > 1:
        raise PlanError(f"line {number_of_line}: {' and '.join(fates)} cannot both become of a request")
    return Rule(number_of_line, line, where, actions)


def read(number_of_line, what, table, kind, word, values):
    if word not in table:
        raise PlanError(f"line {number_of_line}: unknown {what} {word!r}: one of {', '.join(table)}")
    kinds, expected, reader = table[word]
    if kind not in kinds:
        raise PlanError(f"line {number_of_line}: {word} is not for {kind}")
    try:
        return word, reader(*values) if table is CONDITIONS else reader(values)
    except ValueError:
        raise PlanError(f"line {number_of_line}: {word} takes {expected}, not {' '.join(values)!r}") from None
