"""What the items of scripts/prove share: telling a result, running a command, a clean clone."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FRESH = bool(os.environ.get("PROVE_FRESH"))
# Stacks of their own: neither the quick start that somebody looks at nor the tests' servers.
QUICKSTART_INSTANCE, LOAD_INSTANCE = "8", "9"
GRACE_SECONDS = 20


def result(claim, passed, figure, goal):
    """One claim. `figure` and `goal` are texts with their units."""
    print("RESULT " + json.dumps({"claim": claim, "passed": bool(passed), "figure": str(figure),
                                  "goal": str(goal)}), flush=True)


def end_all(process, signal_number):
    """A signal to a command and what it has started; servers and services are no part of it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal_number)


def run(command, seconds, folder=ROOT, **environment):
    """Runs a command, its output passed through; returns (exit code, seconds, output)."""
    began = time.monotonic()
    lines = []
    process = subprocess.Popen([str(part) for part in command], cwd=folder, text=True,
                               env={**os.environ, **environment}, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, errors="replace", start_new_session=True)

    def too_long():
        print(f"(ended: longer than {seconds} s)", flush=True)
        end_all(process, signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        end_all(process, signal.SIGKILL)
    # A timer, because a command that hangs prints no line to look at the clock after.
    watch = threading.Timer(seconds, too_long)
    watch.daemon = True
    watch.start()
    try:
        for line in process.stdout:
            lines.append(line)
            print(line, end="", flush=True)
        code = process.wait()
    except BaseException:
        end_all(process, signal.SIGKILL)
        raise
    finally:
        watch.cancel()
    return code, time.monotonic() - began, "".join(lines)


@contextlib.contextmanager
def checkout():
    """(folder, environment, words): this checkout with its caches, or with --fresh a clean clone of
    the last commit whose caches are empty."""
    if not FRESH:
        yield ROOT, {}, "warm caches"
        return
    # The servers' own users must be able to read it.
    base = pathlib.Path(tempfile.mkdtemp(prefix="sluice-prove.", dir="/var/tmp"))
    base.chmod(0o755)
    try:
        subprocess.run(["git", "clone", "-q", str(ROOT), str(base / "clone")], check=True)
        yield base / "clone", {
            "SLUICE_CACHE_DIR": str(base / "cache"), "SLUICE_STACK_HOME": str(base / "stack"),
            "CCACHE_DIR": str(base / "ccache"), "CARGO_HOME": str(base / "cargo"),
            "MAVEN_OPTS": f"-Dmaven.repo.local={base / 'maven'}", "PIP_NO_CACHE_DIR": "1",
        }, "clean clone, empty caches (the distribution's packages stay installed)"
    finally:
        shutil.rmtree(base, ignore_errors=True)


def ensure_built(*targets):
    """The release program of this checkout, or other targets, up to date."""
    code, _, _ = run(["bash", "-c", "scripts/bootstrap && cmake --preset release -Wno-dev >/dev/null && "
                      f"cmake --build build/release --target {' '.join(targets or ['sluice'])}"], 1800)
    if code != 0:
        raise SystemExit("the build failed")
