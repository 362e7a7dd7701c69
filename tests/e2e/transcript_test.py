"""What plays a document must be able to say no: it is shown documents with one fault each. Needs no server."""
import os
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness import terminal, transcript  # noqa: E402
from harness.console import Failure, wait_until  # noqa: E402
from harness.transcript import Step, Unreadable, match, parse  # noqa: E402


def document(*lines):
    return "\n".join(["## One", "```console", *lines, "```"])


def steps(*lines):
    return parse(document(*lines))[0].steps


class Reading(unittest.TestCase):
    def test_sections_terminals_prompts_and_what_is_seen(self):
        sections = parse("\n".join([
            "# Title", "```console", "[each] $ cd /", "```",
            "## A", "    $ not this", "```bash", "$ nor this", "```", "```console",
            "[1] $ psql", "shop=# BEGIN;", "BEGIN", "shop=*# COMMIT;", "COMMIT", "[2] $ cat", "^C", "[1] ...",
            "```", "## B", "nothing to do"]))
        self.assertEqual([(section.title, len(section.steps)) for section in sections], [("", 1), ("A", 6)])
        found = [(step.terminal, step.prompt, step.typed, step.seen, step.until) for step in sections[1].steps]
        self.assertEqual(found, [
            ("1", "$", "psql", [], "shop=#"), ("1", "shop=#", "BEGIN;", ["BEGIN"], "shop=*#"),
            ("1", "shop=*#", "COMMIT;", ["COMMIT"], ""), ("2", "$", "cat", [], ""),
            ("2", "", "^C", [], "$"), ("1", "", None, ["..."], "$")])

    def test_what_cannot_be_read_is_told_with_its_line(self):
        for text, line in ((document("seen before anything"), "line 3"), ("```console\n[1] $ ls", "line 1")):
            with self.subTest(text), self.assertRaisesRegex(Unreadable, line):
                parse(text)


class Matching(unittest.TestCase):
    """What is seen against what is wanted: how many lines it is, None where it is not that."""

    def held(self, wanted, printed, until="$", typed="x", known=None):
        return match(Step(1, "1", "$", typed, wanted, until), printed, {} if known is None else known)

    def test_the_same_and_no_more(self):
        self.assertEqual(self.held(["a", "b"], ["a", "b"]), 2)
        for printed in ([], ["a"], ["a", "b", "c"], ["c", "a", "b"], ["a", "c", "b"], ["b", "a"]):
            with self.subTest(printed):
                self.assertIsNone(self.held(["a", "b"], printed))

    def test_nothing_is_to_be_seen(self):
        self.assertEqual(self.held([], [""]), 1)
        self.assertIsNone(self.held([], ["a"]))

    def test_any_lines(self):
        for printed in (["a", "b"], ["a", "x", "y", "b"]):
            self.assertEqual(self.held(["a", "...", "b"], printed), len(printed))
        self.assertIsNone(self.held(["a", "...", "b"], ["a", "b", "x"]))

    def test_parts_of_lines(self):
        self.assertEqual(self.held(["SAP <n>, SIE <n>"], ["SAP 3, SIE 14"]), 1)
        self.assertIsNone(self.held(["SAP <n>, SIE <n>"], ["SAP 3, SPOT 4, SIE 14"]))
        self.assertEqual(self.held(["SAP ..., SIE ..."], ["SAP 3, SPOT 4, SIE 14"]), 1)
        self.assertIsNone(self.held(["a.c"], ["abc"]))

    def test_a_word_in_capitals_is_the_same_everywhere(self):
        known = {}
        self.assertEqual(self.held(["from <LSN> to <LSN>"], ["from 0/1 to 0/1"], known=known), 1)
        self.assertEqual(known, {"LSN": "0/1"})
        self.assertIsNone(self.held(["from <LSN> to <LSN>"], ["from 0/1 to 0/2"]))
        self.assertEqual(self.held(["at <LSN>"], ["at 0/1"], known=known), 1)
        self.assertIsNone(self.held(["at <LSN>"], ["at 0/2"], known=known))

    def test_widths_and_blank_lines_do_not_count(self):
        self.assertEqual(self.held([" slot | lag", "------+-----", " a    | 1"],
                                   ["  slot  |  lag ", "--------+------", "", "  a     | 1 ", ""]), 5)

    def test_what_runs_on_is_matched_from_the_first_line(self):
        self.assertEqual(self.held(["a"], ["a", "b"], until=""), 1)
        self.assertIsNone(self.held(["b"], ["a", "b"], until=""))
        self.assertEqual(self.held(["...", "b"], ["a", "b", "c"], until=""), 2)

    def test_after_an_interrupt_the_last_lines_count(self):
        self.assertEqual(self.held(["b"], ["a", "b"], typed="^C"), 2)
        self.assertIsNone(self.held(["a"], ["a", "b"], typed="^C"))


class Playing(unittest.TestCase):
    """In real shells."""

    def play(self, *lines, patience=30):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(terminal, "STEP_SECONDS", patience):
            player = terminal.Player(folder, dict(os.environ))
            try:
                player.play(parse(document(*lines)))
            finally:
                player.close()
        return player.typed, player.seen

    def test_terminals_live_on_and_do_not_share(self):
        self.assertEqual(self.play(
            "[each] $ export A=1", "[1] $ A=2; echo first", "first", "[2] $ echo $A", "1", "[1] $ echo $A", "2"),
            (3, 3))

    def test_what_runs_is_looked_at_again_and_interrupted(self):
        self.play("[1] $ trap 'echo bye' INT; echo on; tail -n 1 -F there", "on", "...",
                  "[2] $ echo hello > there",
                  "[1] ...", "hello",
                  "[2] $ echo again >> there",
                  "[1] again", "^C", "...", "[1] $ echo $?", "130")

    def test_exit_codes_are_seen(self):
        self.play("[1] $ (exit 4)", "$ echo $?", "4")

    def test_what_does_not_hold_fails(self):
        for lines in (["[1] $ echo a", "b"], ["[1] $ echo a; echo b", "a"], ["[1] $ (exit 4)", "$ echo $?", "0"],
                      ["[1] $ echo a; cat", "b"], ["[1] $ cat", "[1] $ echo a", "a"], ["[1] shop=# BEGIN;"],
                      ["[1] $ cat"], ["[1] $ echo a; cat", "a", "[1] b", "[1] ^C"],
                      ["[1] $ echo 1", "<N>", "[2] $ echo 2", "<N>"]):
            with self.subTest(lines), self.assertRaises(Failure):
                self.play(*lines, patience=0.3)

    def test_a_failure_names_the_line_what_was_wanted_and_what_was_seen(self):
        with self.assertRaises(Failure) as raised:
            self.play("[1] $ echo Orange", "Apple")
        for part in ("line 3", "echo Orange", "    Apple", "    Orange"):
            self.assertIn(part, str(raised.exception))

    def test_the_end_of_a_line_that_an_interrupt_threw_away_is_not_waited_for(self):
        with tempfile.TemporaryDirectory() as folder:
            shell = terminal.Terminal("1", folder, dict(os.environ))
            try:
                shell.type("$", """bash -c 'trap "exit 130" INT; printf "a line"; sleep 30 & wait'""")
                wait_until("it to run", lambda: shell.pieces()[1] == "a line", 10)
                shell.interrupt()
                shell.expect(steps("[1] ^C")[0], {})
                shell.type("$", "echo next")
                shell.expect(steps("[1] $ echo next", "next")[0], {})
            finally:
                shell.close()


if __name__ == "__main__":
    unittest.main()
