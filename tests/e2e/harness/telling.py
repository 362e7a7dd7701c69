"""How a story is told: its steps, the statements that are run, the documents that are waited for."""
import json
import subprocess

from harness.console import Failure, check, say, wait_until

STEP_SECONDS = 60
SHOWN_CHARACTERS = 320


def shorten(value):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + " …"


class Teller:
    def __init__(self, world, started=lambda service: None):
        """`started` is called with a service as soon as its process exists."""
        self.world, self.started = world, started
        self.steps = 0

    def step(self, title):
        self.steps += 1
        print(flush=True)
        say(f"{self.steps}. {title}")

    def tell(self, text):
        print(f"           {text}", flush=True)

    def sql(self, statement):
        """Runs what is shown, and returns what it prints."""
        for line in statement.strip().splitlines():
            self.tell(f"sql> {line.strip()}")
        return self.world.database.run(statement)

    def expect_document(self, index, key, title, holds):
        """Waits until the document of `key` satisfies `holds` (None: there is none), and shows it."""
        search = self.world.search

        def seen():
            document = search.document(index, key)
            if not holds(document):
                raise Failure(f"the document is {shorten(document)}")
            return (document,)
        document, = wait_until(f"{index}/_doc/{key} {title}", seen, STEP_SECONDS)
        answer = "404, not found" if document is None else f"200, {shorten(document)}"
        self.tell(f"GET {search.url}/{index}/_doc/{key}")
        self.tell(f"    {answer}   <- {title}")
        return document

    def start(self, service):
        self.tell("$ " + " ".join(service.command))
        service.start()
        self.started(service)
        service.wait_ready()
        self.tell(f"GET {service.url}/readyz   200")

    def sluice(self, service, *words):
        """A command with the service's own configuration."""
        command = [service.command[0], *words, *service.command[2:]]
        return self.run_command(command)

    def run_command(self, command, seconds=STEP_SECONDS):
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
        check(done.returncode == 0,
              f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
        return done.stdout
