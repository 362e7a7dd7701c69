"""clang-format must have nothing to change."""
import pathlib
import shutil
import subprocess
import sys

from tree import report, tracked_files


def main():
    root = pathlib.Path(sys.argv[1])
    tool = shutil.which("clang-format-19")
    if tool is None:
        report("formatting", [("clang-format-19", "not installed: run scripts/bootstrap")])
    files = [str(path) for path in tracked_files(root, ".h", ".cc")]
    if not files:
        report("formatting", [(root, "no sources found: the rule looked at nothing")])
    result = subprocess.run([tool, "--dry-run", "--Werror", *files], capture_output=True, text=True,
                            check=False, cwd=root)
    wrong = sorted({line.split(":")[0] for line in result.stderr.splitlines()
                    if "clang-format-violations" in line})
    report("formatting", [(name, "run clang-format-19 -i on it") for name in wrong])


main()
