"""House rules that a machine can check: sizes, sleeps, clocks, marks, module pages, own paths."""
import pathlib
import re
import sys

from tree import report, tracked_files

LINES_MAX = 400
MODULES = ["core", "adapters/debezium", "adapters/kafka", "adapters/file", "adapters/elasticsearch", "adapters/postgres",
           "service"]
CLOCK_HOME = ("service/system_clock.cc", "service/lifecycle/system_clock.cc",
              "service/composition/system_clock.cc")
CODE_RULES = [
    (re.compile(r"\bsleep_for\b|\busleep\b"), "no sleeps: wait on the thing itself (Waiter)"),
    (re.compile(r"\bsystem_clock::now\b|\bsteady_clock::now\b"), "time comes through the Clock port"),
    (re.compile(r"\b(TODO|FIXME|XXX)\b(?!\(F\d+\))"), "a TODO names its FINDINGS entry: TODO(F12)"),
    (re.compile(r"\bassert\s*\("), "assert() vanishes in release builds: SLUICE_CHECK"),
    (re.compile(r"\busing namespace std\b"), "names are spelled"),
]
# A machine's own folders, spelled so that this file does not hold them itself.
MACHINE_PATH = re.compile(r"(?:^|[\s=:(])[\"'`]?/(?:work|root|home)/[A-Za-z0-9_.-]+")


def code_breaches(name, text):
    if not name.startswith(("core/", "adapters/", "service/")):
        return
    if text.count("\n") > LINES_MAX:
        yield name, f"{text.count(chr(10))} lines, over {LINES_MAX}: look for the missing idea"
    for number, line in enumerate(text.splitlines(), 1):
        code = line.split("//")[0] if "TODO" not in line else line
        for pattern, reason in CODE_RULES:
            if pattern.search(code) and not (name in CLOCK_HOME and "clock" in reason.lower()):
                yield f"{name}:{number}", reason
    if name.endswith(".h") and "#pragma once" not in text:
        yield name, "no #pragma once"


def main():
    root = pathlib.Path(sys.argv[1])
    broken = []
    looked_at = 0
    for path in tracked_files(root):
        name = path.relative_to(root).as_posix()
        if path.suffix in (".h", ".cc"):
            looked_at += 1
            broken += code_breaches(name, path.read_text(encoding="utf-8"))
        if path.suffix in (".h", ".cc", ".py", ".md", ".txt", ".cmake", ".json", ".yaml", ".sh", ""):
            if path.stat().st_size > 2_000_000 or name.startswith("tests/golden/"):
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            for number, line in enumerate(text.splitlines(), 1):
                if MACHINE_PATH.search(line):
                    broken.append((f"{name}:{number}", "a path of one machine"))
    for module in MODULES:
        if (root / module).is_dir() and not (root / module / "README.md").exists():
            broken.append((module, "a module has a README.md that says what it is"))
    if looked_at == 0:
        broken.append((root, "no sources found: the rule looked at nothing"))
    report("house_style", broken)


main()
