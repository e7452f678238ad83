"""Typing at the prompt: UTF-8 in any pieces, editing, history, commands."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from tests.frontends.ssh_cases import PromptCase

UP, DOWN, RIGHT, LEFT, HOME, END, DELETE = (f"\x1b[{code}" for code in ("A", "B", "C", "D", "H", "F", "3~"))
INSERT = "\x1b[2~"


class TypingTests(PromptCase):
    def test_one_byte_at_a_time(self) -> None:
        for byte in "seen.append('Zoé 日本 👋')".encode():
            self.type(bytes([byte]))
        self.assertEqual(self.last, ">>> seen.append('Zoé 日本 👋')")
        self.type("\r")
        self.assertEqual(self.names["seen"], ["Zoé 日本 👋"])

    def test_backspace(self) -> None:
        self.type("Zoé日\x7f\x7f")
        self.assertEqual((self.last, self.screen.cursor), (">>> Zo", (1, 6)))
        self.type("e\u0301x\x7f\x7f")
        self.assertEqual((self.last, self.screen.cursor), (">>> Zo", (1, 6)))
        self.type("\x08\x7f\x7f\x7f")
        self.assertEqual((self.last, self.screen.cursor), (">>>", (1, 4)))

    def test_in_the_middle(self) -> None:
        self.type(f"日本{LEFT}{LEFT}é")
        self.assertEqual((self.last, self.screen.cursor), (">>> é日本", (1, 5)))
        self.type(f"{RIGHT}{DELETE}")
        self.assertEqual((self.last, self.screen.cursor), (">>> é日", (1, 7)))
        self.type(f"{HOME}{END}{RIGHT}x{HOME}{LEFT}y\x05z\x01w")
        self.assertEqual((self.last, self.screen.cursor), (">>> wyé日xz", (1, 5)))

    def test_over(self) -> None:
        self.type(f"abc{HOME}{INSERT}éx{INSERT}y")
        self.assertEqual(self.last, ">>> éxyc")

    def test_tab_and_kill(self) -> None:
        self.type("a\tb")
        self.assertEqual(self.last, ">>> a   b")
        self.type(f"{LEFT}\x15")
        self.assertEqual(self.last, ">>> b")

    def test_garbled(self) -> None:
        for bad in (b"\xff", b"\xc3a", b"\xe2\x82\x1b[D", b"\xc0\x80", b"\xed\xa0\x80"):
            before = self.screen.bells
            self.type(bad)
            self.assertGreater(self.screen.bells, before, bad)
            self.type("\x15")
        self.type("é")
        self.assertEqual(self.last, ">>> é")

    def test_controls_are_not_shown(self) -> None:
        self.type("a\x02\x07\x9bm\x0eb")
        self.assertNotIn("\x9b", self.screen.raw)
        self.assertEqual(self.last, ">>> amb")

    def test_clear_screen(self) -> None:
        self.type("é\x0c")
        self.assertEqual((self.screen.text, self.screen.cursor), ([">>> é"], (0, 5)))

    def test_a_long_escape_sequence_ends(self) -> None:
        self.type("\x1b[" + "1" * 100)
        self.type("x")
        self.assertEqual(self.last, ">>> x")

    def test_the_clients_terminal_is_left_as_it_was(self) -> None:
        self.type("1\r\x04")
        for change in ("\x1bc", "\x1b[4h", "\x1b[4l"):
            self.assertNotIn(change, self.screen.raw)


class ShortLinesTests(PromptCase):
    limit = 10

    def test_limit(self) -> None:
        self.type("0123456789ab")
        self.assertEqual((self.last, self.screen.bells), (">>> 0123456789", 2))


class NarrowTests(PromptCase):
    """A line over several rows."""

    width = 10

    def test_wrapped(self) -> None:
        self.type("'abcdefghijklmno'")
        self.assertEqual(self.screen.text[1:], [">>> 'abcde", "fghijklmno", "'"])
        self.type(f"{HOME}x")
        self.assertEqual(self.screen.text[1:], [">>> x'abcd", "efghijklmn", "o'"])
        self.assertEqual(self.screen.cursor, (1, 5))
        self.type("\x7f\r")
        self.assertEqual(
            self.screen.text[1:], [">>> 'abcde", "fghijklmno", "'", "'abcdefghi", "jklmno'", ">>>"]
        )

    def test_exactly_full(self) -> None:
        self.type("abcdef")
        self.assertEqual((self.screen.text[1:], self.screen.cursor), ([">>> abcdef", ""], (2, 0)))
        self.type("g")
        self.assertEqual(self.screen.text[1:], [">>> abcdef", "g"])
        self.type("\x7f\x7f")
        self.assertEqual((self.screen.text[1:], self.screen.cursor), ([">>> abcde"], (1, 9)))

    @given(st.text(alphabet=string.ascii_letters + "éß", min_size=1, max_size=40), st.integers(0, 40))
    def test_cursor(self, line: str, back: int) -> None:
        self.setUp()
        self.type(line + LEFT * back)
        index = max(len(line) - back, 0)
        self.assertEqual(self.screen.cursor, (1 + (4 + index) // 10, (4 + index) % 10))
        self.assertEqual("".join(self.screen.text[1:]), f">>> {line}")


class HistoryTests(PromptCase):
    def test_arrows(self) -> None:
        self.type("'é'\r2\r2\rdraft")
        for key, shown in (
            (UP, "2"),
            (UP, "'é'"),
            (UP, "'é'"),
            (DOWN, "2"),
            (DOWN, "draft"),
            (DOWN, "draft"),
        ):
            self.type(key)
            self.assertEqual(self.last, f">>> {shown}")
        self.type(f"{UP}{UP}\r")
        self.assertEqual(self.screen.text[-2:], ["'é'", ">>>"])

    def test_secrets_are_not_kept(self) -> None:
        self.type(f"1\r/secret sesame\r{UP}")
        self.assertEqual(self.last, ">>> 1")
        self.assertNotIn("sesame", str(vars(self.terminal.terminalProtocol)))


class CommandTests(PromptCase):
    def test_a_command(self) -> None:
        self.type("/whois nobody\r")
        self.assertEqual(
            self.screen.text[1:], [">>> /whois nobody", '-> Error: no user named "nobody".', ">>>"]
        )
        self.assertEqual((self.house.lines(), self.recorded), (["/whois nobody"], []))

    def test_only_at_a_fresh_prompt(self) -> None:
        self.type("(1,\r/stats\r)\r")
        self.assertEqual(self.house.lines(), [])
        self.assertIn("SyntaxError", "\n".join(self.screen.text))
        self.type("x = '''\r/stats\r'''\r")
        self.assertEqual((self.house.lines(), self.names["__name__"]), ([], "chatd.prompt"))
        self.type("x\r")
        self.assertEqual(self.screen.text[-2:], ["'\\n/stats\\n'", ">>>"])

    def test_keys_wait_for_a_command_that_waits(self) -> None:
        self.type("/wait\r/who")
        self.type("is zoé\r1")
        self.assertEqual(self.house.lines(), ["/wait"])
        self.house.probe.waiting[0].callback("first")
        self.show()
        self.assertEqual(self.house.lines(), ["/wait", "/whois zoé"])
        self.assertEqual(
            self.screen.text[1:],
            [">>> /wait", "-> first", ">>> /whois zoé", '-> Error: no user named "zoé".', ">>> 1"],
        )

    def test_waiting_no_longer(self) -> None:
        self.type("/wait\rx")
        self.type("\x03")
        self.type("1+")
        self.house.probe.waiting[0].callback("late")
        self.show()
        self.assertEqual(self.screen.text[-2:], ["-> late", ">>> 1+"])
        self.type("1\r")
        self.assertEqual(self.screen.text[-2:], ["2", ">>>"])

    def test_interrupt(self) -> None:
        self.type("(1,\rabc\x03")
        self.assertEqual(self.screen.text[-3:], ["... abc", "KeyboardInterrupt", ">>>"])
        self.type("/stats\r")
        self.assertEqual(self.house.lines(), ["/stats"])

    def test_end(self) -> None:
        self.type("x\x04")
        self.assertEqual((self.left, self.screen.bells), ([], 1))
        self.type("\x7f\x04\x04x")
        self.assertEqual(self.left, [True])
