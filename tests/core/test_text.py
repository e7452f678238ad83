"""What people may say, and what a terminal may be shown."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatd.core.errors import ChatError, Code
from chatd.core.text import MESSAGE_BYTES, REASON_BYTES, line, message, visible

WOMAN_CODER = "\U0001f469\u200d\U0001f4bb"
BURNING_HEART = "\u2764\ufe0f\u200d\U0001f525"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ZERO_WIDTH = "\xad\u180e\u200b\u200c\u200d\u2060\u2064\u206f\ufeff\ufff9\ufe0f\u034f\U000e0041\U000e0100"
TRICKY = st.text(
    "a1# \té\u0915\u094d\u0645\u4e2d\u3164\u2800\u0301\u2028\u2029\x1b\x85\ud800\ufffe\U0001f3f4\U0001f469"
    "\U000e0067\U000e0031\U000e007f" + BIDI + ZERO_WIDTH,
    max_size=12,
)
ANY = st.one_of(
    st.text(), st.text(st.characters(categories=("Cf", "Cc", "Cs", "Zs", "Zl", "Mn", "Lo"))), TRICKY
)


class MessageTests(SynchronousTestCase):
    def refused(self, raw: str) -> Code:
        return self.assertRaises(ChatError, message, raw).code

    def test_unchanged(self) -> None:
        for text in [
            "hello",
            "  indented\twith a tab",
            "Grüße, 你好, שלום",
            WOMAN_CODER,
            BURNING_HEART,
            SCOTLAND,
            "1\ufe0f\u20e3",
            "\u0928\u092e\u0938\u094d\u200d\u0924\u0947",  # ZWJ after a virama
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # ZWNJ within a Persian word
            "\u845b\U000e0100",  # an ideographic variant
            "\U000f0000 private use",
        ]:
            self.assertEqual(message(text), text)

    def test_control_characters(self) -> None:
        for code in [*range(9), *range(10, 32), *range(0x7F, 0xA0)]:
            self.assertIs(self.refused(f"a{chr(code)}b"), Code.BAD_TEXT)
        self.assertIn("U+001B", self.assertRaises(ChatError, message, "\x1b[31m").text)

    def test_no_characters(self) -> None:
        for char in "\ud800\udfff\ufdd0\ufdef\ufffe\uffff\U0001fffe\U0010ffff":
            self.assertIs(self.refused(f"é{char}"), Code.BAD_TEXT)

    def test_bidi_controls_are_removed(self) -> None:
        for char in BIDI:
            self.assertEqual(message(f"a{char}b"), "ab")
            self.assertEqual(message(f"\u05d0{char}\u05d1"), "\u05d0\u05d1")

    def test_zero_width_characters_that_join_nothing_are_removed(self) -> None:
        for char in ZERO_WIDTH:
            self.assertEqual(message(f"a{char}b"), "ab")
            self.assertEqual(message(f"{char}\u4e2d"), "\u4e2d")
        self.assertEqual(message("\u0645\u200c \u0645"), "\u0645 \u0645")
        self.assertEqual(message("\u0645\u200c\u200c\u0645"), "\u0645\u0645")

    def test_hidden_cargo_is_removed(self) -> None:
        self.assertEqual(message("\u2764" + "\ufe0f\ufe0e\U000e0100" * 9), "\u2764\ufe0f")
        self.assertEqual(message("hi" + "".join(chr(0xE0000 + ord(char)) for char in "secret")), "hi")

    def test_separators_become_spaces(self) -> None:
        self.assertEqual(message("a\u2028b\u2029c"), "a b c")

    def test_nothing_to_say(self) -> None:
        for raw in ["", " ", " \t ", "\u3000", "\u200b", "\u200d\u3164", "\u2028", "\u2800", "\u115f"]:
            self.assertIs(self.refused(raw), Code.BAD_TEXT)

    def test_length_is_in_bytes(self) -> None:
        for text in ("x" * MESSAGE_BYTES, "é" * (MESSAGE_BYTES // 2)):
            self.assertEqual(message(text), text)
            self.assertIs(self.refused(text + "x"), Code.TOO_LONG)
        self.assertIs(self.assertRaises(ChatError, message, "1234", limit=3).code, Code.TOO_LONG)

    @given(ANY)
    def test_any_string(self, raw: str) -> None:
        try:
            text = message(raw)
        except ChatError as refusal:
            self.assertIn(refusal.code, {Code.BAD_TEXT, Code.TOO_LONG})
            self.assertTrue(refusal.text.isprintable())
            return
        self.assertEqual(message(text), text)
        self.assertLessEqual(len(text.encode()), len(raw.encode()))
        self.assertEqual(len(text.splitlines()), 1)
        self.assertTrue(text.strip())
        for char in text:
            self.assertTrue(char == "\t" or unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"})
            self.assertNotIn(char, BIDI)


class LineTests(SynchronousTestCase):
    def test_one_trimmed_line(self) -> None:
        self.assertEqual(line("  a\tb\u200b ", REASON_BYTES), "a b")

    def test_empty_is_fine(self) -> None:
        for raw in ("", "  ", "\u200b"):
            self.assertEqual(line(raw, REASON_BYTES), "")

    def test_refused(self) -> None:
        self.assertIs(self.assertRaises(ChatError, line, "a\nb", REASON_BYTES).code, Code.BAD_TEXT)
        self.assertIs(self.assertRaises(ChatError, line, "x" * 391, REASON_BYTES).code, Code.TOO_LONG)

    @given(ANY)
    def test_any_string(self, raw: str) -> None:
        try:
            text = line(raw, REASON_BYTES)
        except ChatError:
            return
        self.assertEqual(line(text, REASON_BYTES), text)
        self.assertNotIn("\t", text)


class VisibleTests(SynchronousTestCase):
    def test_escapes(self) -> None:
        self.assertEqual(visible("a\x1b[31m\r\n\t\x9b"), r"a\x1b[31m\r\n\t\x9b")
        self.assertEqual(visible("\u202e\u200b\ud800\U000e0041"), r"\u202e\u200b\ud800\U000e0041")

    def test_ordinary_text_stays(self) -> None:
        for text in ("", "it's \\ here", "Zoé\xa0你好 😀 \u05d0\u05d1", "\U0001fae8"):
            self.assertEqual(visible(text), text)

    @given(ANY)
    def test_any_string(self, raw: str) -> None:
        shown = visible(raw)
        self.assertEqual(visible(shown), shown)
        self.assertLessEqual(len(shown.splitlines()), 1)
        self.assertIsNone(re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200b-\u200f\u2028-\u202e]", shown))
        shown.encode()
