"""What people type to search."""

from __future__ import annotations

from datetime import UTC, datetime
from unittest import TestCase

from hypothesis import example, given
from hypothesis.strategies import lists, sampled_from, text

from chatd.core import queries
from chatd.core.errors import ChatError
from chatd.core.queries import Query

NOW = datetime(2026, 11, 21, 17, 25, tzinfo=UTC)
PIECES = (
    "word",
    '"',
    "-",
    "from:",
    "in:",
    "before:",
    "after:",
    "has:",
    "link",
    "2h",
    " ",
    "\u201c",
    "\u00bb",
    "\u6771",
)


def parse(typed: str) -> Query:
    return queries.parse(typed, NOW)


class Reading(TestCase):
    def test_words_and_phrases(self) -> None:
        query = parse('Hello "exact Phrase" foo:bar don\'t 5" -rubbish -"not this"')
        self.assertEqual(query.phrases, [["hello"], ["exact", "phrase"], ["foo", "bar"], ["don", "t"], ["5"]])
        self.assertEqual(query.without, [["rubbish"], ["not", "this"]])

    def test_quotes_of_other_keyboards(self) -> None:
        for typed in ("\u201cone two\u201d", "\u00abone two\u00bb", "\u201cone two\u201c"):
            self.assertEqual(parse(typed).phrases, [["one", "two"]], typed)

    def test_operators(self) -> None:
        query = parse("FROM:Bob from:carol in:#dev in:ops before:2026-11-01 after:2h has:link")
        self.assertEqual((query.authors, query.places), (["Bob", "carol"], ["#dev", "ops"]))
        self.assertEqual(query.before, datetime(2026, 11, 1, tzinfo=UTC))
        self.assertEqual(query.after, datetime(2026, 11, 21, 15, 25, tzinfo=UTC))
        self.assertTrue(query.link)

    def test_the_narrower_time_holds(self) -> None:
        query = parse("x before:2026-11-01 before:2026-10-01 after:2026-01-01 after:2026-02-01")
        self.assertEqual(
            (query.before, query.after), (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
        )

    def test_it_can_be_asked_again(self) -> None:
        self.assertEqual(parse('a "b c" from:Bob before:2h -d').text, 'a "b c" from:Bob -d')

    def test_mistakes(self) -> None:
        for typed, said in (
            ("", "nothing to search for"),
            ("!!! ...", "nothing to search for"),
            ("-word", "nothing to search for"),
            ("before:2h", "nothing to search for"),
            ('"', "a quote is not closed"),
            ('say "hello', "a quote is not closed"),
            ("from:", "from: needs a value"),
            ('from:""', "from: needs a value"),
            ("has:cheese", "has: knows link"),
            ("x before:17", "numbers count in one room"),
            ("x before:yesterday", "no point in time"),
            ("a b c d e f g h i j k l m n o p q", "too much"),
            ("\u6771" * 100, "too much"),
        ):
            with self.assertRaises(ChatError, msg=typed) as caught:
                parse(typed)
            self.assertIn(said, caught.exception.text)
            self.assertNotIn("\n", caught.exception.text)

    @given(text() | lists(sampled_from(PIECES)).map("".join))
    @example('a:"')
    def test_anything(self, typed: str) -> None:
        """It is read, or refused by a ChatError; and what is to be asked again means the same."""
        try:
            query = parse(typed)
        except ChatError:
            return
        again = parse(query.text)
        self.assertEqual(
            (again.phrases, again.without, again.authors, again.places, again.after, again.link),
            (query.phrases, query.without, query.authors, query.places, query.after, query.link),
        )
