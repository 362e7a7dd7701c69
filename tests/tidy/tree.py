"""What the rules share: which files there are, and how a broken rule is told."""
import pathlib
import subprocess
import sys


def tracked_files(root, *suffixes):
    """The files git knows or would take, below root; all files where root is no repository."""
    root = pathlib.Path(root)
    listing = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-co", "--exclude-standard"],
        capture_output=True, text=True, check=False)
    if listing.returncode == 0 and (root / ".git").exists():
        names = [root / line for line in listing.stdout.splitlines()]
    else:
        names = [path for path in root.rglob("*") if path.is_file()]
    return sorted(path for path in names
                  if path.exists() and (not suffixes or path.suffix in suffixes))


def report(rule, broken):
    """Prints every breach and ends with 0 or 1."""
    for place, reason in broken:
        print(f"{place}: {reason}")
    print(f"{rule}: {'ok' if not broken else f'{len(broken)} breaches'}")
    sys.exit(1 if broken else 0)
