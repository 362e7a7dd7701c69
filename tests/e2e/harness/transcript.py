"""A document that can be run: what is typed in terminals, and what is to be seen then.

Both stand in its blocks that are fenced as ```console:

    [1] $ sluice inspect tick -n 1          typed in terminal 1, at this prompt (the shell's, or psql's)
    tick <partition> <offset> ... → index   seen: <word> is any word, `...` any part of a line
    id <ID>                                 a word in capitals is the same one throughout a section
    ...                                     any lines, also none
    [2] ^C                                  ends what runs in terminal 2; what it prints last follows
    [1] ...                                 nothing is typed: what is seen there next
    [each] $ cd /tmp                        typed in each terminal when it is opened

A line that names no terminal belongs to the one before it. Nothing else may be seen than what is
written down; blank lines, and how wide columns and rulers are, do not count.
"""
import dataclasses
import re

FENCE = "```"
LANGUAGE = "console"
HEADING = re.compile(r"## (.+)")
TERMINAL = re.compile(r"\[(\w+)\] ?(.*)")
PROMPT = re.compile(r"(\$|\w+[=-][*!]?[#>]) ?(.*)")
EACH = "each"
INTERRUPT = "^C"
ANY = "..."
VARIES = re.compile(r"(\.\.\.|<\w+>)")


class Unreadable(Exception):
    """The document is not in this form; the text names the line and what was expected."""


@dataclasses.dataclass
class Step:
    """One thing that is typed (None: nothing is) and the lines that are to be seen then."""
    line: int
    terminal: str
    prompt: str = ""
    typed: str = None
    seen: list = dataclasses.field(default_factory=list)
    until: str = ""  # the prompt that comes behind these lines, which are all then; empty: it runs on

    def __str__(self):
        return f"line {self.line}, [{self.terminal}] {self.prompt} {self.typed or ''}".rstrip()


@dataclasses.dataclass
class Section:
    title: str
    steps: list = dataclasses.field(default_factory=list)


def parse(text):
    """The sections of a document that have steps, those before the first heading as one of no title."""
    sections, inside, fence = [Section("")], None, 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(FENCE):
            if inside is None:
                inside, fence = line.removeprefix(FENCE).strip(), number
                terminal = ""
            else:
                inside = None
        elif inside == LANGUAGE:
            terminal = take(line, number, terminal, sections[-1].steps)
        elif inside is None and HEADING.match(line):
            sections.append(Section(HEADING.match(line).group(1)))
    if inside is not None:
        raise Unreadable(f"line {fence}: the block that begins there has no end")
    sections = [section for section in sections if section.steps]
    find_ends([step for section in sections for step in section.steps])
    return sections


def take(line, number, terminal, steps):
    """Adds a line of a block, whose last line was of `terminal`; returns the terminal of this one."""
    named = TERMINAL.match(line)
    rest = named.group(2) if named else line
    prompt = PROMPT.fullmatch(rest)
    if named:
        terminal = named.group(1)
    elif not terminal:
        raise Unreadable(f"line {number}: '{line}'; a block begins with the terminal, as in '[1] $ ls'")
    if prompt:
        steps.append(Step(number, terminal, prompt.group(1), prompt.group(2)))
    elif rest == INTERRUPT:
        steps.append(Step(number, terminal, typed=INTERRUPT))
    elif named:
        steps.append(Step(number, terminal, seen=[rest]))
    else:
        steps[-1].seen.append(rest)
    return terminal


def find_ends(steps):
    """What a terminal shows before it is typed in again at a prompt, or to the end, is all of it."""
    following = {}
    for step in reversed(steps):
        after = following.get(step.terminal)
        step.until = after.prompt if after else "$"
        following[step.terminal] = step


def squeeze(line):
    """A line without what does not count: the width of blanks and of a table's rulers."""
    return re.sub(r"-{3,}", "---", re.sub(r"\s+", " ", line)).strip()


def pattern_of(lines, whole, known):
    """A pattern for text of squeezed lines that each end in a newline; `known`: {name: word}."""
    parts, named = [], set()

    def varying(name):
        if not name.isupper():
            return r"\S+?"
        if name in known:
            return re.escape(known[name])
        first = name not in named
        named.add(name)
        return rf"(?P<{name}>\S+?)" if first else rf"(?P={name})"

    for line in filter(None, map(squeeze, lines)):
        if line == ANY:
            parts.append(r"(?:.*\n)*?")
            continue
        for piece in VARIES.split(line):
            if piece == ANY:
                parts.append(r".*?")
            else:
                parts.append(varying(piece[1:-1]) if VARIES.fullmatch(piece) else re.escape(piece))
        parts.append(r"\n")
    return re.compile("".join(parts) + (r"\Z" if whole else ""))


def match(step, lines, known):
    """How many of the lines that were printed are those that the step wants to be seen, counted
    from the first; None: they are not, or not yet. After an interrupt only the last ones count.
    The words behind names in capitals are added to `known`."""
    wanted = [ANY, *step.seen] if step.typed == INTERRUPT else step.seen
    squeezed = list(map(squeeze, lines))
    text = "".join(line + "\n" for line in squeezed if line)
    found = pattern_of(wanted, bool(step.until), known).match(text)
    if not found:
        return None
    known.update(found.groupdict())
    left = found.group(0).count("\n")
    for count, line in enumerate(squeezed):
        if line and left == 0:
            return count
        left -= bool(line)
    return len(lines)
