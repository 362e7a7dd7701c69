"""Bodies and replies of `_bulk`, item by item."""
import json

# What a node says with these statuses, of an item or of a request.
ERRORS = {
    400: ("illegal_argument_exception", "refused by the fault proxy"),
    413: ("content_too_long_exception", "too large for the fault proxy"),
    429: ("es_rejected_execution_exception", "rejected execution by the fault proxy"),
    503: ("unavailable_shards_exception", "[0] primary shard is not active, says the fault proxy"),
}


def error_of(code):
    kind, reason = ERRORS.get(code, ("fault_proxy_exception", f"status {code} by the fault proxy"))
    return {"type": kind, "reason": reason}


def split_items(body):
    """[(action's name, the item's lines)] of a body."""
    items, lines = [], body.split(b"\n")
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        name, = json.loads(lines[at])
        size = 1 if name == "delete" else 2
        items.append((name, b"\n".join(lines[at:at + size]) + b"\n"))
        at += size
    return items


def without(body, chosen):
    """(the body without these items, [action's name] of all)."""
    items = split_items(body)
    return b"".join(lines for at, (_, lines) in enumerate(items) if at not in chosen), \
        [name for name, _ in items]


def first_items(body, count):
    return b"".join(lines for _, lines in split_items(body)[:count])


def with_refused(reply, names, chosen):
    """A reply (its JSON text) in which the items that were left out have the chosen statuses."""
    answer = json.loads(reply) if reply else {"errors": False, "items": []}
    rest = iter(answer.get("items", []))
    answer["items"] = [
        {name: {"status": chosen[at], "error": error_of(chosen[at])}} if at in chosen else next(rest)
        for at, name in enumerate(names)]
    answer["errors"] = bool(answer.get("errors")) or any(at < len(names) for at in chosen)
    return json.dumps(answer).encode()


def whole_error(code):
    """The body of a reply that refuses a request."""
    return json.dumps({"error": {"root_cause": [], **error_of(code)}, "status": code}).encode()
