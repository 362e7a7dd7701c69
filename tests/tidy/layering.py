"""Reads the includes and fails where a module leans on what it must not know."""
import pathlib
import re
import sys

from tree import report, tracked_files

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

# Folder -> (folders it may include, reason). Standard headers are always allowed.
RULES = [
    ("core/model", ["core/model"], "values know nothing but each other"),
    ("core/ports", ["core/ports", "core/model"], "a port speaks of values only"),
    ("core/operations", ["core/operations", "core/ports", "core/model"],
     "decisions see the world through ports"),
    ("adapters/debezium", ["adapters/debezium", "core"], "adapters do not know each other"),
    ("adapters/kafka", ["adapters/kafka", "core"], "adapters do not know each other"),
    ("adapters/elasticsearch", ["adapters/elasticsearch", "adapters/transfer", "core"],
     "adapters do not know each other"),
    ("adapters/file", ["adapters/file", "core"], "adapters do not know each other"),
    ("adapters/webhook", ["adapters/webhook", "adapters/transfer", "core"],
     "adapters do not know each other"),
    # What every client of HTTP shares knows neither.
    ("adapters/transfer", ["adapters/transfer", "core"], "adapters do not know each other"),
    ("adapters/pattern", ["adapters/pattern", "core"], "adapters do not know each other"),
    # What a name matches has no world behind it: it is a library in our words, not an edge.
    ("adapters/postgres", ["adapters/postgres", "adapters/pattern", "core"],
     "adapters do not know each other"),
]

# Folder -> third-party headers it may use. The core uses none.
LIBRARIES = {
    "adapters/debezium": ("simdjson", "openssl/"),
    "adapters/kafka": ("librdkafka/",),
    "adapters/elasticsearch": ("curl/", "simdjson", "zlib.h", "openssl/"),
    "adapters/webhook": ("curl/", "openssl/"),
    "adapters/transfer": ("curl/",),
    "adapters/pattern": ("pcre2.h",),
    "adapters/postgres": ("libpq-fe.h",),
}

# POSIX and kernel headers: adapters may use them, the core may not.
SYSTEM = ("sys/", "poll.h", "unistd.h", "fcntl.h", "netdb.h", "arpa/", "netinet/", "signal.h",
          "immintrin.h", "x86intrin.h", "sanitizer/", "pthread.h", "strings.h")
STANDARD = re.compile(r"^[a-z_0-9]+$")  # <vector>, <cstdint>, <stop_token>

# The core decides; it starts no thread, reads no clock, opens no file.
FORBIDDEN_IN_CORE = {
    "thread": "no thread is started in the core (std::jthread belongs to adapters and service)",
    "fstream": "the core reads no file",
    "filesystem": "the core reads no file",
    "cstdlib": None,  # allowed for abort() in core/model/check.cc alone
}


def check_file(root, path):
    name = path.relative_to(root).as_posix()
    for rule, allowed, reason in RULES:
        if not name.startswith(rule + "/"):
            continue
        for kind, header in INCLUDE.findall(path.read_text(encoding="utf-8")):
            if kind == '"':
                if not any(header.startswith(folder + "/") for folder in allowed):
                    yield f'includes "{header}": {reason}; allowed: {", ".join(allowed)}'
                continue
            if STANDARD.match(header):
                if name.startswith("core/") and header in FORBIDDEN_IN_CORE:
                    why = FORBIDDEN_IN_CORE[header]
                    if why or name != "core/model/check.cc":
                        yield f"includes <{header}>: {why or 'the core reads no environment'}"
                continue
            libraries = LIBRARIES.get(rule, ())
            system = SYSTEM if rule.startswith("adapters/") else ()
            if not header.startswith(libraries + system):
                yield f"includes <{header}>: {rule} may use only {libraries + system or 'the standard library'}"


def main():
    root = pathlib.Path(sys.argv[1])
    files = [path for folder in ("core", "adapters") for path in tracked_files(root, ".h", ".cc")
             if path.relative_to(root).as_posix().startswith(folder + "/")]
    if not files:
        report("layering", [("core", "no sources found: the rule looked at nothing")])
    report("layering", [(path.relative_to(root), breach)
                        for path in files for breach in check_file(root, path)])


main()
