"""Reads what callgrind wrote: self cost by function, and calls into the allocator.

The format: valgrind's manual, "Callgrind Format Specification". Names are written once and then
referred to by number: fn=(12) name, later fn=(12).
"""
import collections
import re

SPEC = re.compile(r"^(c?(?:fn|ob|fi|fl|fe))=\((\d+)\)(?: (.*))?$")
ALLOCATORS = re.compile(r"^(malloc|calloc|realloc|operator new.*|_Zn[wa].*)(@.*)?$")
OBJECTS = [
    (re.compile(r"/libsimdjson"), "simdjson"),
    (re.compile(r"/liblz4"), "lz4"),
    (re.compile(r"/libcurl"), "libcurl"),
    (re.compile(r"/lib(ssl|crypto|sasl|gssapi|krb5)"), "TLS and SASL"),
    (re.compile(r"/libstdc\+\+"), "C++ runtime"),
    (re.compile(r"/libmicrohttpd|/libprometheus|/libspdlog|/libfmt|/libyaml"), "telemetry"),
    (re.compile(r"/lib(c|m|pthread)[.-]|/ld-|/vgpreload"), "libc"),
]
RDKAFKA = re.compile(r"^_?(rd_|rdk|rk_|crc32|LZ4|tinycthread|thrd_|mtx_|cnd_|rwlock|xxh|XXH|cJSON|"
                     r"murmur|snappy|unittest)")


class Profile:
    """Self cost of each function, and calls of own functions to the allocator."""

    def __init__(self):
        self.cost = collections.Counter()  # (object, function) -> instructions
        self.allocations = collections.Counter()  # (object, function) of the caller -> calls

    @property
    def whole(self):
        return sum(self.cost.values())


def read_profile(path):
    names = {"fn": {}, "ob": {}, "fl": {}}
    now = {"fn": "?", "ob": "?", "cfn": "?", "cob": None}
    profile = Profile()
    skip = False
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            first = line[:1]
            if first.isdigit() or first in "+-*":
                if skip:  # the inclusive cost of a call: it is counted where it is spent
                    skip = False
                    continue
                fields = line.split()
                if len(fields) > 1:
                    profile.cost[(now["ob"], now["fn"])] += int(fields[1])
                continue
            match = SPEC.match(line.rstrip("\n"))
            if match:
                kind, number, text = match.groups()
                table = names["ob" if kind in ("ob", "cob") else
                              "fn" if kind in ("fn", "cfn") else "fl"]
                if text is not None:
                    table[number] = text
                now[kind] = table.get(number, "?")
            elif line.startswith("calls="):
                skip = True
                if ALLOCATORS.match(now["cfn"]):
                    profile.allocations[(now["ob"], now["fn"])] += int(line[6:].split()[0])
    return profile


def part_of(place, function):
    """Which part of the process a function belongs to."""
    for pattern, part in OBJECTS:
        if pattern.search(place):
            return part
    if "sluice::" in function:
        return "own code"
    if "simdjson" in function:
        return "simdjson"
    if RDKAFKA.match(function):
        return "librdkafka"
    if re.search(r"std::|__gnu|operator new|operator delete", function):
        return "own code" if place.endswith("/sluice") else "C++ runtime"
    # librdkafka is linked in statically and its functions carry no common prefix throughout.
    return "librdkafka" if place.endswith("/sluice") else "other"


def difference(small, large, events):
    """Per event: what the larger run of 2N events cost more than the smaller of N."""
    parts = collections.Counter()
    functions = collections.Counter()
    for key in set(small.cost) | set(large.cost):
        per_event = (large.cost[key] - small.cost[key]) / events
        parts[part_of(*key)] += per_event
        functions[f"{key[1]} [{key[0].rsplit('/', 1)[-1]}]"] += per_event
    allocations = sum((large.allocations[key] - small.allocations[key])
                      for key in set(small.allocations) | set(large.allocations)
                      if part_of(*key) == "own code")
    whole = (large.whole - small.whole) / events
    return {"whole": whole, "parts": dict(parts), "own_allocations": allocations / events,
            "start": small.whole - whole * events, "functions": functions.most_common(60)}
