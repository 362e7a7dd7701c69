"""docs/WORKSHOP.md is run as it stands: all that it has typed is typed, and what it shows is seen.

Its names are those of the document, and those of configs/outbox.yaml and configs/ticker.yaml; what is
there under them is removed before and after. The stack may be another instance than the document's:
its ports are put into the text, and into copies of the configurations.
"""
import os
import pathlib
import re
import shutil

from harness import transcript
from harness.console import check, say, wait_until
from harness.stack import ROOT, SLUICE
from harness.terminal import Player
from harness.topic_world import MODES
from harness.world import World

SOURCE = SLUICE
DOCUMENT = ROOT / "docs" / "WORKSHOP.md"
EXERCISES = 10
HTTP_PORT = 8690
CONFIGS = ("outbox.yaml", "outbox.sql", "ticker.yaml")


class Workshop(World):
    """What the document owns. Its groups are named as the modes that they show."""
    TOPICS = ("tick", "tick.keyless", "tick.keyed")
    SLOTS = ("sluice_workshop", "look")

    def remove(self):
        self.stop_services()
        for slot in self.SLOTS:
            self.database.drop_slot(slot)
        self.database.drop()
        self.kafka.delete_topics(topic for topic in self.kafka.topics()
                                 if topic in self.TOPICS or topic.startswith("workshop."))
        for group in MODES:
            wait_until(f"group {group} to be deleted", lambda group=group: self.kafka.delete_group(group), 60)


def ports(stack):
    """{port in the document: port of this stack}"""
    return {"15432": str(stack.postgres_port), "19092": stack.kafka.rpartition(":")[2],
            "19200": stack.search_url.rpartition(":")[2],
            str(HTTP_PORT): str(HTTP_PORT + 1000 * int(os.environ.get("SLUICE_STACK_INSTANCE") or 0))}


def with_ports(text, stack):
    here = ports(stack)
    return re.sub(r"\b(" + "|".join(here) + r")\b", lambda found: here[found.group()], text)


def make_checkout(folder, context):
    """What the document takes from a checkout, with this stack's ports and the program under test."""
    (folder / "configs").mkdir()
    for name in CONFIGS:
        text = (ROOT / "configs" / name).read_text(encoding="utf-8")
        (folder / "configs" / name).write_text(with_ports(text, context.stack), encoding="utf-8")
    (folder / "scripts").symlink_to(ROOT / "scripts")
    program = folder / "build" / "release" / "service" / "sluice"
    program.parent.mkdir(parents=True)
    program.symlink_to(context.binary.resolve())


def run(context):
    sections = transcript.parse(with_ports(DOCUMENT.read_text(encoding="utf-8"), context.stack))
    numbered = [section.title for section in sections if re.match(r"\d+\. ", section.title)]
    check([title.partition(".")[0] for title in numbered] == [str(n + 1) for n in range(EXERCISES)],
          f"the document has {numbered}, expected {EXERCISES} exercises in order")
    folder = context.folder_only("workshop")
    make_checkout(folder, context)
    world = Workshop(context.stack, context.binary, "workshop", slot="sluice_workshop", folder=folder / "world")
    (folder / "world").mkdir()
    context.worlds.append(world)
    world.remove()
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("SLUICE_", "PG")) or name.startswith("SLUICE_STACK_")}
    player = Player(folder, {**environment, "HOME": str(folder)})
    try:
        player.play(sections)
    finally:
        player.close()
    say(f"{len(numbered)} exercises: {player.typed} commands and statements, {player.seen} lines seen")
    context.figure("exercises", len(numbered))
    context.figure("commands", player.typed)
    context.figure("observations", player.seen)
