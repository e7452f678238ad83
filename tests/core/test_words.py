"""What is a word, in many scripts; and that what is searched for meets what was said."""

from __future__ import annotations

from unittest import TestCase

from hypothesis import given
from hypothesis.strategies import text

from chatd.core import words


def stands_in(asked: str, said: str) -> bool:
    """Whether a phrase is found in a text: its words stand side by side in the index."""
    wanted, kept = words.phrase(asked), words.tokens(said)
    return any(kept[here : here + len(wanted)] == wanted for here in range(len(kept))) if wanted else False


class Folding(TestCase):
    def test_the_same_word(self) -> None:
        for one, other in (
            ("HELLO", "hello"),
            ("Caf\u00e9", "cafe"),
            ("cafe\u0301", "caf\u00e9"),
            ("Stra\u00dfe", "STRASSE"),
            ("\uff28\uff49\uff11", "hi1"),  # fullwidth
            ("\u0401\u043b\u043a\u0430", "\u0435\u043b\u043a\u0430"),  # Cyrillic io and ie
            ("\u0430\u0301", "\u0410\u0301"),
            (
                "\u039c\u03ac\u03b9\u03bf\u03c2",
                "\u03bc\u03b1\u03b9\u03bf\u03c3",
            ),  # Greek accents, final sigma
            ("\uff76\uff9e", "\u30ac"),  # halfwidth katakana with its mark
            ("\u0645\u064f\u062d\u064e\u0645\u0651\u062f", "\u0645\u062d\u0645\u062f"),  # Arabic points
            ("\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd".replace("\u05c1", ""), "\u05e9\u05dc\u05d5\u05dd"),
            ("\u2764\ufe0f", "\u2764"),
            ("\u0130stanbul", "istanbul"),
        ):
            self.assertEqual(words.phrase(one), words.phrase(other), (one, other))

    def test_not_the_same_word(self) -> None:
        """Cyrillic short i is a letter of its own, and so are the voiced Japanese syllables."""
        for one, other in (("\u0439", "\u0438"), ("\u304c", "\u304b"), ("word", "words")):
            self.assertNotEqual(words.phrase(one), words.phrase(other), (one, other))

    def test_what_ends_a_word(self) -> None:
        self.assertEqual(words.tokens('a_b-c.d, e\'s (f)\t"g"'), list("abcdesfg"))

    def test_marks_do_not(self) -> None:
        self.assertEqual(
            len(words.tokens("\u0939\u093f\u0928\u094d\u0926\u0940 \u0b95\u0bbf")), 2
        )  # Hindi, Tamil

    def test_a_word_without_end(self) -> None:
        self.assertEqual(words.tokens("a" * 4096), ["a" * words.LONGEST])
        self.assertTrue(stands_in("a" * 100, "a" * 4096))


class Runs(TestCase):
    """Scripts without spaces: any part is found, and nothing that is not there."""

    SAID = "\u6211\u5728\u6771\u4eac\u5927\u5b66 abc \u30c6\u30b9\u30c8"

    def test_parts_of_one_to_four_characters(self) -> None:
        for run in ("\u6211\u5728\u6771\u4eac\u5927\u5b66", "\u30c6\u30b9\u30c8"):
            for begin in range(len(run)):
                for end in range(begin + 1, min(begin + 4, len(run)) + 1):
                    self.assertTrue(stands_in(run[begin:end], self.SAID), run[begin:end])

    def test_what_is_not_there(self) -> None:
        for asked in (
            "\u4eac\u6771",
            "\u6771\u5927",
            "\u6771\u4eac\u5b66",
            "\u5b66\u30c6",
            "\u4eac\u5927abc",
        ):
            self.assertFalse(stands_in(asked, self.SAID), asked)

    def test_over_the_edge_of_a_run(self) -> None:
        for asked in ("\u5927\u5b66abc", "\u5b66 abc \u30c6", "abc \u30c6\u30b9"):
            self.assertTrue(stands_in(asked, self.SAID), asked)
        self.assertFalse(stands_in("\u5927abc", self.SAID))

    def test_thai_korean_emoji(self) -> None:
        for asked, said in (
            ("\u0e01\u0e34\u0e19", "\u0e09\u0e31\u0e19\u0e01\u0e34\u0e19\u0e02\u0e49\u0e32\u0e27"),
            ("\uc11c\uc6b8", "\uc11c\uc6b8\uc5d0\uc11c"),
            ("\U0001f600", "hi\U0001f600\U0001f680"),
        ):
            self.assertTrue(stands_in(asked, said), asked)


class Marks(TestCase):
    def test_links(self) -> None:
        for said in ("see https://example.org", "HTTP://X.Y", "www.example.org"):
            self.assertIn(words.LINK, words.tokens(said))
        for said in ("https://", "no link", "swww .x"):
            self.assertNotIn(words.LINK, words.tokens(said), said)

    def test_names_that_differ_have_different_words(self) -> None:
        names = ("a_b", "ab", "a-b", "a[b]", "a b")
        self.assertEqual(len({words.place(name) for name in names}), len(names))
        self.assertEqual(words.author("Bob"), words.author("bob"))

    @given(text())
    def test_nothing_said_is_like_a_mark(self, said: str) -> None:
        marks = {words.PRIVATE, words.author(said), words.place(said), words.partner(said)}
        self.assertFalse(marks & set(words.tokens(said)))


class AnyText(TestCase):
    @given(text())
    def test_a_word_is_a_word_for_the_index_too(self, said: str) -> None:
        """It knows letters and digits of ASCII, and everything beyond ASCII."""
        for token in (*words.tokens(said), *words.phrase(said), words.author(said)):
            self.assertTrue(token)
            self.assertTrue(all(ord(each) > 127 or each.isalnum() for each in token), token)

    @given(text())
    def test_what_is_said_is_found_by_itself(self, said: str) -> None:
        self.assertEqual(words.tokens(said), words.tokens(said))
        if words.phrase(said):
            self.assertTrue(stands_in(said, said))

    @given(text(), text(), text())
    def test_and_by_its_middle(self, before: str, middle: str, after: str) -> None:
        if words.phrase(middle):
            self.assertTrue(stands_in(middle, f"{before} {middle} {after}"))
