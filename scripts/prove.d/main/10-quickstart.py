"""One command from a clone to rows found in the search index; --keep leaves all of it to look at.

Lines 1, 2 and 5: its time, what it prints, the addresses that answer, and promtool on /metrics.
"""
import json
import re
import subprocess
import urllib.request

from item import QUICKSTART_INSTANCE, ROOT, checkout, result, run

SECONDS_MAX = 900
STORY = ("inserted, found", "updated, changed", "deleted", "the search result")
PORT = 8690 + 1000 * int(QUICKSTART_INSTANCE)


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


def check_addresses(search_url):
    """What answers, as {what: whether as the README shows}."""
    search = re.match(r"http://[^/]+", search_url).group(0)
    answers = {}
    for address, shown in readme_answers():
        url = address.replace("http://127.0.0.1:19200", search).replace(":8690", f":{PORT}")
        answers[re.search(r"/(_?[a-z]+)(?:\?.*)?$", address).group(1)] = same(shown, get(url))
    found = json.loads(get(search_url))["hits"]["total"]["value"]
    return {**answers, "all rows": found > 0}


def main():
    with checkout() as (folder, environment, words):
        environment = {**environment, "SLUICE_STACK_INSTANCE": QUICKSTART_INSTANCE}
        run(["scripts/quickstart", "--down"], 120, folder, **environment)
        try:
            code, seconds, output = run(["scripts/quickstart", "--keep"], 2 * SECONDS_MAX, folder,
                                        **environment)
            result(f"scripts/quickstart ({words})", code == 0 and seconds <= SECONDS_MAX,
                   f"exit {code} after {seconds:.0f} s", f"exit 0 within {SECONDS_MAX} s on 2 cores")
            missing = [part for part in STORY if part not in output]
            result("it prints what was inserted, updated, deleted, and what the search node answers",
                   code == 0 and not missing, f"missing: {missing}" if missing else "all printed", "all")
            if code == 0:
                look(output)
        finally:
            run(["scripts/quickstart", "--down"], 300, folder, **environment)
            run(["scripts/stack", "down", "--wipe"], 300, folder, **environment)


def look(output):
    search_url = re.search(r"http://\S+/cdc\.public\.users/_search\?pretty", output).group(0)
    try:
        answers = check_addresses(search_url)
    except OSError as error:
        answers = {str(error): False}
    result("scripts/quickstart --keep: _search, /metrics, /livez and /readyz answer as the README shows",
           all(answers.values()) and {"_search", "metrics", "livez", "readyz"} <= answers.keys(), ", ".join(f"{name} {'ok' if good else 'WRONG'}"
                                            for name, good in answers.items()), "all answer")
    metrics = get(f"http://127.0.0.1:{PORT}/metrics")
    done = subprocess.run(["promtool", "check", "metrics"], input=metrics, capture_output=True,
                          text=True, check=False)
    print(done.stdout + done.stderr)
    lines = len(metrics.splitlines())
    result("promtool check metrics accepts /metrics", done.returncode == 0 and not done.stderr.strip(),
           f"exit {done.returncode} over {lines} lines" + (", with remarks" if done.stderr else ""),
           "exit 0, no remark")


if __name__ == "__main__":
    main()
