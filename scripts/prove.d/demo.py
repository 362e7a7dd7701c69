"""What the items about scripts/quickstart share: one run with a source, and what it is held against."""
import json
import re
import subprocess
import urllib.request

from item import QUICKSTART_INSTANCE, ROOT, checkout, result, run

SECONDS_MAX = 900
STORY = ("inserted, found", "updated, changed", "deleted", "the search result")
PORT = 8690 + 1000 * int(QUICKSTART_INSTANCE)
SERVERS = {"sluice": {"postgres", "kafka"}, "debezium": {"postgres", "kafka", "connect"}}
SEARCH_SERVERS = {"elasticsearch", "opensearch"}


def prove(source, *arguments):
    """Runs scripts/quickstart with these arguments, which make it take that source; tells its claims."""
    command = ["scripts/quickstart", "--keep", *arguments]
    name = " ".join(command[:1] + command[2:])
    with checkout() as (folder, environment, words):
        environment = {**environment, "SLUICE_STACK_INSTANCE": QUICKSTART_INSTANCE}
        run(["scripts/quickstart", "--down"], 120, folder, **environment)
        # Nothing that runs before is ended by the quick start, so that it would be counted below.
        # What an earlier run has left may be another version's data.
        run(["scripts/stack", "down", "--wipe"], 300, folder, **environment)
        try:
            code, seconds, output = run(command, 2 * SECONDS_MAX, folder, **environment)
            result(f"{name} ({words})", code == 0 and seconds <= SECONDS_MAX,
                   f"exit {code} after {seconds:.0f} s", f"exit 0 within {SECONDS_MAX} s on 2 cores")
            missing = [part for part in STORY if part not in output]
            result(f"{name} prints what was inserted, updated, deleted, and what the search node answers",
                   code == 0 and not missing, f"missing: {missing}" if missing else "all printed", "all")
            if code == 0:
                look_at_addresses(name, source, output)
                look_at_servers(name, source, folder, environment)
        finally:
            run(["scripts/quickstart", "--down"], 300, folder, **environment)
            run(["scripts/stack", "down", "--wipe"], 300, folder, **environment)


def look_at_addresses(name, source, output):
    search_url = re.search(r"http://\S+/cdc\.public\.users/_search\?pretty", output).group(0)
    try:
        answers = check_addresses(search_url, source)
    except OSError as error:
        answers = {str(error): False}
    result(f"{name} --keep: _search, /metrics, /livez and /readyz answer as the README shows",
           all(answers.values()) and {"_search", "metrics", "livez", "readyz"} <= answers.keys(),
           ", ".join(f"{what} {'ok' if good else 'WRONG'}" for what, good in answers.items()),
           "all answer")
    metrics = get(f"http://127.0.0.1:{PORT}/metrics")
    done = subprocess.run(["promtool", "check", "metrics"], input=metrics, capture_output=True,
                          text=True, check=False)
    print(done.stdout + done.stderr)
    lines = len(metrics.splitlines())
    result(f"promtool check metrics accepts /metrics of {name}",
           done.returncode == 0 and not done.stderr.strip(),
           f"exit {done.returncode} over {lines} lines" + (", with remarks" if done.stderr else ""),
           "exit 0, no remark")


def look_at_servers(name, source, folder, environment):
    """Which servers run, besides the program itself."""
    _, _, status = run(["scripts/stack", "status"], 60, folder, **environment)
    rows = [line.split() for line in status.splitlines()]
    running = {row[0] for row in rows if len(row) > 1 and row[1].isdigit()}
    result(f"{name} starts only the servers that the source {source} needs, and one search node",
           running - SEARCH_SERVERS == SERVERS[source] and len(running & SEARCH_SERVERS) == 1,
           ", ".join(sorted(running)) or "none", ", ".join(sorted(SERVERS[source])) + ", one search node")


def get(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=20) as reply:
        return reply.read().decode()


def readme_answers():
    """[(address, what it answers)] of the commands that the README shows."""
    return re.findall(r"^    \$ curl '?(http://\S+?)'?\n((?:    [^$\n].*\n)+)",
                      (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)


def same(shown, answer):
    """Whether it is the answer that is shown; a last line `...` stands for more, and a metric's value
    is whatever it is."""
    lines = [line.strip() for line in shown.splitlines()]
    if lines[-1] != "...":
        return "".join(shown.split()) == "".join(answer.split())
    heads = {line.rpartition(" ")[0] for line in answer.splitlines()}
    return all(line.rpartition(" ")[0] in heads for line in lines[:-1])


def check_addresses(search_url, source):
    """What answers, as {what: whether as the README shows}."""
    search = re.match(r"http://[^/]+", search_url).group(0)
    answers = {}
    for address, shown in readme_answers():
        url = address.replace("http://127.0.0.1:19200", search).replace(":8690", f":{PORT}")
        if source == "debezium":  # The README shows our own source, whose checks are missing here.
            shown = re.sub(r"^ *\[\+\]source_.*\n", "", shown, flags=re.MULTILINE)
        answers[re.search(r"/(_?[a-z]+)(?:\?.*)?$", address).group(1)] = same(shown, get(url))
    found = json.loads(get(search_url))["hits"]["total"]["value"]
    return {**answers, "all rows": found > 0}
