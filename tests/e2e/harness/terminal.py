"""A terminal with a shell in it, and a document (harness/transcript.py) that is played in several."""
import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios

from harness.console import Failure, Hopeless, say, wait_until
from harness.transcript import EACH, INTERRUPT, match

SHELL = ("bash", "--norc", "--noprofile", "--noediting", "-i")
ROWS, COLUMNS = 1000, 1000  # so that nothing is wrapped or paged
STEP_SECONDS = 60
END_SECONDS = 20
SHOWN_LINES = 15  # from the beginning, and from the end
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b\x0c\x0e-\x1f]")


class Terminal:
    """One shell. What it prints is kept from the last thing that was typed at a prompt on."""

    def __init__(self, name, folder, environment):
        self.name, self.printed, self.passed, self.prompt = name, b"", 0, ""
        self.interrupted = False
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        modes = termios.tcgetattr(slave)
        modes[3] &= ~termios.ECHOCTL  # no ^C in what is printed
        termios.tcsetattr(slave, termios.TCSANOW, modes)
        self.process = subprocess.Popen(
            SHELL, cwd=folder, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**environment, "TERM": "dumb", "NO_COLOR": "1", "PS1": "$ ", "PAGER": "cat",
                 "PSQL_HISTORY": "/dev/null", "HISTFILE": "", "LC_ALL": "C.UTF-8"})
        os.close(slave)

    def read(self):
        """Takes in what has been printed, without waiting."""
        with contextlib.suppress(OSError):  # the shell has ended
            while select.select([self.master], [], [], 0)[0]:
                data = os.read(self.master, 65536)
                if not data:
                    break
                self.printed += data

    def pieces(self):
        """(whole lines, what stands on the last line that has no end yet)"""
        self.read()
        text = CONTROL.sub("", self.printed.decode(errors="replace").replace("\r\n", "\n"))
        *lines, last = [line.rpartition("\r")[2] for line in text.split("\n")]
        return lines, last

    def stands_at(self, prompt, last):
        """^C has the terminal throw away what is on its way to it: the end of a line may be missing."""
        return last.rstrip() == prompt or (self.interrupted and last.rstrip().endswith(prompt))

    def is_at(self, prompt):
        _, last = self.pieces()
        if not self.stands_at(prompt, last):
            if self.process.poll() is not None:
                raise Hopeless(f"terminal {self.name}: its shell has ended")
            raise Failure(f"terminal {self.name} stands at '{last}'\n{self.show()}")
        return True

    def type(self, prompt, text):
        """At that prompt, which is waited for."""
        wait_until(f"the prompt '{prompt}'", lambda: self.is_at(prompt), STEP_SECONDS, every=0.02)
        self.printed, self.passed, self.prompt, self.interrupted = b"", 0, prompt, False
        os.write(self.master, text.encode() + b"\n")

        def echoed():
            self.read()
            return b"\n" in self.printed
        wait_until("the terminal to show what was typed", echoed, STEP_SECONDS, every=0.01)
        self.printed = self.printed.partition(b"\n")[2]

    def interrupt(self):
        self.read()
        self.interrupted = True
        os.write(self.master, b"\x03")

    def expect(self, step, known):
        """Waits until what the step wants is seen (`known`: the words of the section that have a
        name). What has ended and is something else is not waited for."""
        def seen():
            lines, last = self.pieces()
            ended = self.stands_at(step.until or self.prompt, last)
            if step.until and not ended:
                raise Failure(f"it has not ended\n{self.show()}")
            count = match(step, lines[self.passed:], known)
            if count is None:
                raise (Hopeless if ended else Failure)(f"it shows\n{self.show()}")
            self.passed += count
            return True
        wanted = "".join(f"\n    {line}" for line in step.seen)
        try:
            wait_until(f"{step} to show{wanted}\n ", seen, STEP_SECONDS, every=0.02)
        except Hopeless as failure:
            raise Failure(f"{step} should show{wanted}\n  {failure}") from None

    def show(self):
        """What has been printed, its middle left out where it is long."""
        lines, last = self.pieces()
        shown = [*lines, last]
        if len(shown) > 2 * SHOWN_LINES:
            shown[SHOWN_LINES:-SHOWN_LINES] = [f"({len(shown) - 2 * SHOWN_LINES} lines)"]
        return "\n".join("    " + line for line in shown)

    def close(self):
        """Ends what runs in it, and the shell."""
        with contextlib.suppress(OSError):
            foreground = os.tcgetpgrp(self.master)
            if foreground != self.process.pid:
                os.killpg(foreground, signal.SIGTERM)
                try:
                    wait_until("it to end", lambda: self.is_at("$"), END_SECONDS)
                except Failure:
                    os.killpg(foreground, signal.SIGKILL)
        self.process.kill()
        self.process.wait(END_SECONDS)
        with contextlib.suppress(OSError):
            os.close(self.master)


class Player:
    """Plays a document's sections in order. Its terminals live as long as it does."""

    def __init__(self, folder, environment):
        self.folder, self.environment = folder, environment
        self.terminals, self.of_each, self.known = {}, [], {}
        self.typed = self.seen = 0

    def terminal(self, name):
        if name not in self.terminals:
            self.terminals[name] = Terminal(name, self.folder, self.environment)
            for step in self.of_each:
                self.terminals[name].type(step.prompt, step.typed)
        return self.terminals[name]

    def play(self, sections):
        for section in sections:
            say(f"--- {section.title}")
            self.known = {}
            for step in section.steps:
                self.step(step)

    def step(self, step):
        if step.terminal == EACH:
            self.of_each.append(step)
            return
        terminal = self.terminal(step.terminal)
        if step.typed is not None:
            print(f"           [{step.terminal}] {step.prompt} {step.typed}", flush=True)
            self.typed += step.typed != INTERRUPT
        if step.typed == INTERRUPT:
            terminal.interrupt()
        elif step.typed is not None:
            terminal.type(step.prompt, step.typed)
        terminal.expect(step, self.known)
        for line in step.seen:
            print(f"               {line}", flush=True)
            self.seen += line != "..."

    def close(self):
        for terminal in self.terminals.values():
            terminal.close()
