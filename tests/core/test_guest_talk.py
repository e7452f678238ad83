"""Private talk of guests: kept while they are here, bounded, and nobody else's later."""

from __future__ import annotations

import tracemalloc

import msgspec
from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from chatd.core.bodies import Body, Lines, Sealed, Text, Who, body_text
from chatd.core.guest_talk import GuestTalk, size_of
from tests.storage.events import ALICE, BOB, private

EVE = Who(nick="Eve", user="u3")
GUESTS = [Who(nick=f"Guest{n}", user=f"g{n}") for n in range(30)]

LONG = "x" * 117 + "\N{GRINNING FACE}"
HEAVY: list[Body] = [
    Text("x" * 4000, "\x02" + "x" * 4000),
    Text("x" * 4092 + "\N{GRINNING FACE}", "\x02" + "x" * 4090 + "\N{GRINNING FACE}"),
    Lines(tuple(f"{n}{LONG}" for n in range(32)), (), tuple(f"\x02{n}{LONG}" for n in range(32))),
    Sealed("a" * 60, "d" * 60, b"x" * 4000),
    Text("a"),
]
"""What a message may take most memory with."""


def copied(body: Body) -> Body:
    """Return the same body in memory of its own."""
    return msgspec.json.decode(msgspec.json.encode(body), type=Body)


class GuestTalkTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.talk = GuestTalk(messages=5, talks=3, total=12 * size_of(private("a")))

    def said(self, one: Who, other: Who) -> str:
        return "".join(body_text(each.body) for each in self.talk.between(one.identity, other.identity))

    def note(self, words: str, who: Who, to: Who) -> None:
        for word in words:
            self.talk.note(private(word, who, to))

    def test_it_is_one_for_both(self) -> None:
        self.note("a", ALICE, EVE)
        self.note("b", EVE, ALICE)
        self.assertEqual(
            (self.said(ALICE, EVE), self.said(EVE, ALICE), self.said(BOB, EVE)), ("ab", "ab", "")
        )
        self.assertEqual(list(self.talk.partners("u3")), ["a1"])
        self.assertEqual(list(self.talk.partners("a1")), ["u3"])

    def test_with_oneself(self) -> None:
        self.note("ab", EVE, EVE)
        self.assertEqual((self.said(EVE, EVE), list(self.talk.partners("u3"))), ("ab", ["u3"]))
        self.talk.forget("u3")
        self.assertEqual(len(self.talk), 0)

    def test_the_same_twice_is_once(self) -> None:
        event = private("a", ALICE, EVE)
        self.talk.note(event)
        self.talk.note(event)
        self.assertEqual((self.said(ALICE, EVE), len(self.talk)), ("a", 1))

    def test_it_ends_with_the_guest(self) -> None:
        self.note("a", ALICE, EVE)
        self.note("b", ALICE, GUESTS[0])
        self.talk.forget("u3")
        self.assertEqual((self.said(ALICE, EVE), self.said(ALICE, GUESTS[0])), ("", "b"))
        self.assertEqual((list(self.talk.partners("a1")), len(self.talk)), (["g0"], 1))
        self.talk.forget("u3")

    def test_so_many_messages_of_a_talk(self) -> None:
        self.note("abcdefgh", ALICE, EVE)
        self.assertEqual((self.said(ALICE, EVE), len(self.talk)), ("defgh", 5))

    def test_so_many_talks_of_a_guest(self) -> None:
        """The one where nothing was said for longest goes."""
        for guest in GUESTS[:3]:
            self.note("x", EVE, guest)
        self.note("y", EVE, GUESTS[0])
        self.note("z", EVE, GUESTS[3])
        self.assertEqual([self.said(EVE, guest) for guest in GUESTS[:4]], ["xy", "", "x", "z"])

    def test_so_many_in_all(self) -> None:
        """An account may talk with any number of guests."""
        for guest in GUESTS:
            self.note("ab", ALICE, guest)
        self.assertLessEqual(len(self.talk), 12)
        kept = len(self.talk) // 2
        self.assertGreaterEqual(kept, 4)
        self.assertEqual([self.said(ALICE, guest) for guest in GUESTS], [""] * (30 - kept) + ["ab"] * kept)
        self.assertEqual(list(self.talk.partners("a1")), [guest.user for guest in GUESTS[30 - kept :]])

    def test_so_many_bytes(self) -> None:
        """However the messages are made: what is kept takes no more memory than it may."""
        for body in HEAVY:
            talk, most = GuestTalk(total=500_000), 0
            tracemalloc.start()
            try:
                for number in range(900):
                    one, other = (Who(nick=f"G{n}", user=f"g{n}") for n in (number % 150, 150 + number % 151))
                    tags = {f"+{number}.{n}": f"{n}{LONG}" for n in range(4)} if number % 2 else {}
                    talk.note(replace(private("a", one, other), body=copied(body), tags=tags))
                    most = max(most, tracemalloc.get_traced_memory()[0])
            finally:
                tracemalloc.stop()
            self.assertLess(most, 500_000 * 1.1, body_text(body)[:20])
            self.assertGreater(len(talk), 5)

    def test_nothing_is_left_of_those_who_left(self) -> None:
        for guest in GUESTS:
            self.note("abc", guest, GUESTS[0])
        for guest in GUESTS:
            self.talk.forget(guest.user)
        self.assertEqual((len(self.talk), self.talk._total, self.talk._talks), (0, 0, {}))
