"""Prints `KEY FILE` a line for scripts/lint: the files given, those changed last first.

KEY is a digest of all that decides what clang-tidy says of FILE: its text, the project's headers that
it includes, directly or not, and the checks.
"""
import hashlib
import pathlib
import re
import subprocess
import sys

INCLUDE = re.compile(rb'^\s*#include "([^"]+)"', re.MULTILINE)


def read(path):
    return pathlib.Path(path).read_bytes() if pathlib.Path(path).is_file() else b""


def key_of(path, checks):
    digest, waiting, seen = hashlib.sha256(checks), [path], {path}
    while waiting:
        text = read(waiting.pop())
        digest.update(hashlib.sha256(text).digest())
        for name in sorted(found.decode() for found in INCLUDE.findall(text)):
            if name not in seen:
                seen.add(name)
                waiting.append(name)
    return digest.hexdigest()


def main(files):
    checks = read(".clang-tidy") + read("cmake/Warnings.cmake")
    log = subprocess.run(["git", "log", "--name-only", "--format=", "--", *files], check=True,
                         capture_output=True, text=True).stdout.splitlines()
    order = {}
    for number, name in enumerate(log):
        order.setdefault(name, number)
    for path in sorted(files, key=lambda path: order.get(path, -1)):
        print(key_of(path, checks), path)


if __name__ == "__main__":
    main(sys.argv[1:])
