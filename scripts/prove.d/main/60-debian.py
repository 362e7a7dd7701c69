"""In a fresh Debian 12 root, with nothing preinstalled to lean on: quick start, then all tests.

Line 1 once more, in a root made by debootstrap (needs root): there is no JDK of 21 or later, so the
search node is OpenSearch, and the script says so.
"""
import contextlib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

from item import LOAD_INSTANCE, QUICKSTART_INSTANCE, ROOT, result, run

SUITE = "bookworm"
SECONDS_MAX_QUICKSTART, SECONDS_MAX_TEST = 900, 1800
# How this machine reaches its package registries; nothing else of it is passed on.
PASSED_ON = ("http_proxy", "https_proxy", "no_proxy", "PIP_CERT", "PIP_INDEX_URL")
ACQUIRE = re.compile(r"Acquire::(https?|Retries|Check-)")


@contextlib.contextmanager
def debian():
    """The folder of a new root with a clean clone in it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-debian.", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        if run(["debootstrap", "--variant=minbase", SUITE, folder], 1200)[0] != 0:
            raise SystemExit("debootstrap failed")
        settings = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True)
        (folder / "etc/apt/apt.conf.d/99machine").write_text(
            "".join(line + "\n" for line in settings.stdout.splitlines() if ACQUIRE.match(line)))
        for path in ("etc/resolv.conf", "etc/hosts", "etc/pip.conf"):
            if os.path.exists(f"/{path}"):
                shutil.copy(f"/{path}", folder / path)
        shutil.copytree("/usr/local/share/ca-certificates",
                        folder / "usr/local/share/ca-certificates", dirs_exist_ok=True)
        subprocess.run(["git", "clone", "-q", str(ROOT), str(folder / "opt/sluice")], check=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_inside(folder, command, seconds):
    """In namespaces of its own, so that no mount and no process outlives it."""
    environment = {"HOME": "/root", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
                   "SLUICE_STACK_INSTANCE": QUICKSTART_INSTANCE,
                   "SLUICE_TEST_INSTANCE": QUICKSTART_INSTANCE,
                   "SLUICE_TEST_OTHER_INSTANCE": LOAD_INSTANCE,
                   **{name: os.environ[name] for name in PASSED_ON if name in os.environ}}
    words = shlex.join(["env", "-i", *(f"{name}={value}" for name, value in environment.items())])
    inside = f'{words} bash -c "cd /opt/sluice && {command}; exit"'
    place = shlex.quote(str(folder))
    return run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c",
                f"mount -t proc proc {place}/proc && mount --rbind /dev {place}/dev && "
                f"exec chroot {place} {inside}"], seconds)


def main():
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        result("in a fresh Debian 12 root", False, "needs root and the package debootstrap", "runs")
        return
    with debian() as folder:
        quickstart = "scripts/quickstart --source debezium"
        code, seconds, output = run_inside(folder, quickstart, 2 * SECONDS_MAX_QUICKSTART)
        result(f"{quickstart} in a fresh Debian 12 root",
               code == 0 and seconds <= SECONDS_MAX_QUICKSTART, f"exit {code} after {seconds:.0f} s",
               f"exit 0 within {SECONDS_MAX_QUICKSTART} s on 2 cores")
        said = re.search(r"search server: opensearch.*because no full JDK", output)
        result("it says that the search node is OpenSearch, and why", said is not None,
               said.group(0) if said else "it does not", "said")
        code, seconds, _ = run_inside(folder, "scripts/quickstart", 2 * SECONDS_MAX_QUICKSTART)
        result("scripts/quickstart there, built by the run before",
               code == 0 and seconds <= SECONDS_MAX_QUICKSTART, f"exit {code} after {seconds:.0f} s",
               f"exit 0 within {SECONDS_MAX_QUICKSTART} s on 2 cores")
        code, seconds, _ = run_inside(folder, "scripts/test", 2 * SECONDS_MAX_TEST)
        result("scripts/test in a fresh Debian 12 root", code == 0 and seconds <= SECONDS_MAX_TEST,
               f"exit {code} after {seconds:.0f} s", f"exit 0 within {SECONDS_MAX_TEST} s")


if __name__ == "__main__":
    sys.exit(main())
