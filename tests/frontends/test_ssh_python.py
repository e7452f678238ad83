"""Python at the prompt, and what stands on record of it."""

from __future__ import annotations

import string
import sys

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from chatd.frontends.ssh_editor import cells
from chatd.frontends.ssh_python import painted, redacted
from tests.frontends.ssh_cases import PromptCase

UP, DOWN, RIGHT, LEFT, HOME, END, DELETE = (f"\x1b[{code}" for code in ("A", "B", "C", "D", "H", "F", "3~"))
INSERT = "\x1b[2~"


class PythonTests(PromptCase):
    def test_no_input_and_no_end_of_the_server(self) -> None:
        self.type("input()\rbreakpoint()\rhelp()\r")
        self.assertEqual("\n".join(self.screen.text).count("RuntimeError: this would stop"), 2)
        self.assertIn("The commands: /help", "\n".join(self.screen.text))
        self.type("help(len)\r")
        self.assertIn("number of items", "\n".join(self.screen.text))
        self.type("exit()\r1\r")
        self.assertEqual((self.left, self.recorded[-1]), ([True], "exit()"))
        self.assertFalse(sys.stdin.closed)

    def test_deferred(self) -> None:
        self.type("d = Deferred()\rd\rab")
        self.names["__name__"] = "still ours"
        self.type("\x03")
        self.type("seen.append(d); seen[0].callback('é')\r")
        self.assertIn("Deferred #0 called back: 'é'", "\n".join(self.screen.text))
        self.assertEqual(self.last, ">>>")

    def test_output_while_typing(self) -> None:
        waiting: Deferred[str] = Deferred()
        self.names["seen"].append(waiting)
        self.type("seen[0]\rabé")
        waiting.callback("x")
        self.show()
        self.assertEqual(self.screen.text[-2:], ["Deferred #0 called back: 'x'", ">>> abé"])
        self.assertEqual(self.screen.cursor[1], 7)

    def test_traceback_and_surrogates(self) -> None:
        self.type("1/0\r")
        self.assertIn("ZeroDivisionError: division by zero", self.screen.text)
        self.type("print('\\ud800')\r")
        self.assertEqual(self.screen.text[-2:], ["\\ud800", ">>>"])

    def test_colours(self) -> None:
        self.type("if 'é': 1")
        self.assertIn("\x1b[35mif\x1b[0m \x1b[32m'é'\x1b[0m: \x1b[36m1\x1b[0m", self.screen.raw)
        self.assertEqual(self.last, ">>> if 'é': 1")

    def test_what_is_recorded(self) -> None:
        self.type("password = 'sesame'\r")
        self.type("for each in ('ses',\r'ame'): # sesame\r  seen.append(each)\r\r")
        self.type("oops 'sesame\r")
        self.assertEqual(
            self.recorded,
            [
                "password = '…'",
                "for each in ('…',\\n'…'): #…\\n  seen.append(each)\\n",
                "[12 characters that are not Python]",
            ],
        )

    def test_recorded_before_it_runs(self) -> None:
        self.names["recorded"] = self.recorded
        self.type("seen.append(len(recorded))\r")
        self.assertEqual(self.names["seen"], [1])


class RedactionTests(SynchronousTestCase):
    def test_strings(self) -> None:
        for source, log in (
            ("f(b'x', r\"y\", '''z\nz''')", "f('…', '…', '…')"),
            ("f'a{b + \"c\"}d' + g", "'…' + g"),
            ("'a' 'b' # c", "'…' '…' #…"),
            ("é = 'ü'; ü = 1", "é = '…'; ü = 1"),
            ("'x", "[2 characters that are not Python]"),
            ("f(", "[2 characters that are not Python]"),
            ("x = '''sesame", "[13 characters that are not Python]"),
            ("x = $ 'a'", "[9 characters that are not Python]"),
            ("a\u202eb\x1b", "[4 characters that are not Python]"),
            ("", ""),
        ):
            self.assertEqual(redacted(source), log, source)

    @given(st.text(alphabet="'\"\\\n# {}()fbr=a1é$\t"))
    def test_never_raises_and_is_one_line(self, source: str) -> None:
        self.assertNotIn("\n", redacted(source))

    @given(
        st.text(alphabet=string.ascii_letters + "{} \\", min_size=6, max_size=20),
        st.sampled_from(["", "f", "b", "rb"]),
    )
    def test_no_string_gets_through(self, secret: str, prefix: str) -> None:
        log = redacted(f"call({prefix}'{secret}', 1)")
        self.assertNotIn(secret, log)

    @given(st.text(alphabet="'\"\\# {}()fbr=a1é:"), st.lists(st.text(alphabet="a'\"( ,")))
    def test_colours_change_nothing_else(self, line: str, before: list[str]) -> None:
        shown = painted("\n".join([*before, line]), len(before))
        for color in ("\x1b[35m", "\x1b[32m", "\x1b[36m", "\x1b[90m", "\x1b[0m"):
            shown = shown.replace(color, "")
        self.assertEqual(shown, line)

    def test_cells(self) -> None:
        self.assertEqual(
            [cells(text) for text in ("abc", "é", "e\u0301", "日本", "👋", "a\u200d")], [3, 1, 1, 4, 2, 1]
        )
