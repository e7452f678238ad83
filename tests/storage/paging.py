"""What every archive answers to clients that page through it (IRCv3 chathistory, "Subcommands")."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from chatd.core.bodies import pair
from chatd.core.events import Event, Message, PrivateMessage, TopicChanged, body_text
from chatd.core.excerpts import BEGINNING, END, Mark
from chatd.core.ports import Archive
from tests.storage.events import ALICE, BEGIN, BOB, private, said, stamp

__all__ = ["PagingContract"]

TALK = frozenset({"message", "private"})


def texts(events: Sequence[Event]) -> str:
    """Return what was said, in one word."""
    return "".join(body_text(each.body) for each in events if isinstance(each, Message | PrivateMessage))


class PagingContract:
    """To be mixed into a contract case: `a` to `j` were said, 10 ms apart."""

    archive: Archive
    commit: Any
    assertEqual: Any

    async def talk(self) -> dict[str, Message]:
        found = {word: said(word, seconds=0.01 * index) for index, word in enumerate("abcdefghij")}
        await self.commit(*found.values())
        return found

    async def between(self, limit: int, start: Mark, stop: Mark) -> str:
        return texts(await self.archive.between("r1", limit, start, stop))

    async def test_from_the_end_or_the_beginning(self) -> None:
        await self.talk()
        for limit, expected in ((3, "hij"), (99, "abcdefghij"), (1, "j")):
            self.assertEqual(await self.between(limit, END, BEGINNING), expected)
        self.assertEqual(await self.between(3, BEGINNING, END), "abc")
        self.assertEqual(await self.archive.between("nowhere", 3, END, BEGINNING), [])
        self.assertEqual(await self.archive.around("nowhere", 3, END), [])

    async def test_before_and_after_a_point(self) -> None:
        found = await self.talk()
        for mark in (found["d"].id, found["d"].time):
            self.assertEqual(await self.between(99, mark, BEGINNING), "abc")
            self.assertEqual(await self.between(2, mark, BEGINNING), "bc")
            self.assertEqual(await self.between(99, mark, END), "efghij")
            self.assertEqual(await self.between(2, mark, END), "ef")
            self.assertEqual(await self.between(3, END, mark), "hij")
            self.assertEqual(await self.between(99, END, mark), "efghij")

    async def test_between_two_points_from_either_side(self) -> None:
        found = await self.talk()
        b, h = found["b"], found["h"]
        for start, stop in ((b.id, h.id), (b.time, h.time), (b.id, h.time)):
            self.assertEqual(await self.between(99, start, stop), "cdefg")
            self.assertEqual(await self.between(99, stop, start), "cdefg")
            self.assertEqual(await self.between(3, start, stop), "cde")
            self.assertEqual(await self.between(3, stop, start), "efg")
        self.assertEqual(await self.between(3, b.id, b.id), "")
        self.assertEqual(await self.between(3, b.id, found["c"].id), "")

    async def test_around_a_point(self) -> None:
        found = await self.talk()
        for word, limit, expected in (
            ("h", 1, "h"), ("h", 2, "gh"), ("h", 3, "ghi"), ("h", 5, "fghij"), ("a", 3, "ab"), ("j", 3, "hij"),
        ):  # fmt: skip
            for mark in (found[word].id, found[word].time):
                around = await self.archive.around("r1", limit, mark)
                self.assertEqual(texts(around), expected, (word, limit))

    async def test_times_are_those_that_are_shown(self) -> None:
        """Clients know whole milliseconds: one is not shown again what he names by its time."""
        await self.commit(*(said(word, seconds=0.0004 * index) for index, word in enumerate("abcdef")))
        shown = BEGIN + timedelta(milliseconds=1)  # d and e: 1.2 and 1.6 ms
        self.assertEqual(await self.between(9, shown, BEGINNING), "abc")
        self.assertEqual(await self.between(9, shown, END), "f")
        self.assertEqual(await self.between(9, shown + timedelta(microseconds=999), END), "f")

    async def test_the_id_of_what_is_not_kept_is_a_point(self) -> None:
        """A client may name the last line that it was shown, whatever that was."""
        first, joined, last = said("a"), stamp(), said("b")
        await self.commit(first, last)
        self.assertEqual(await self.between(9, joined["id"], BEGINNING), "a")
        self.assertEqual(await self.between(9, joined["id"], END), "b")
        self.assertEqual(texts(await self.archive.around("r1", 9, joined["id"])), "ab")

    async def test_kinds(self) -> None:
        """A page of messages is full of messages, whatever lies between them."""
        events = [
            each
            for word in "abcde"
            for each in (said(word), TopicChanged(**stamp(), who=ALICE, topic=f"about {word}"))
        ]
        await self.commit(*events)
        found = await self.archive.between("r1", 3, END, BEGINNING, kinds=TALK)
        self.assertEqual((texts(found), len(found)), ("cde", 3))
        found = await self.archive.between("r1", 3, BEGINNING, END, kinds=TALK)
        self.assertEqual((texts(found), len(found)), ("abc", 3))
        found = await self.archive.around("r1", 3, events[4].id, kinds=TALK)
        self.assertEqual((texts(found), len(found)), ("bcd", 3))
        self.assertEqual(len(await self.archive.between("r1", 3, END, BEGINNING, kinds=TALK | {"topic"})), 3)
        self.assertEqual(await self.archive.between("r1", 3, END, BEGINNING, kinds=frozenset({"kicked"})), [])

    async def targets(self, account: str, limit: int, since: float, until: float) -> list[tuple[str, float]]:
        start, stop = (BEGIN + timedelta(seconds=each) for each in (since, until))
        found = await self.archive.targets(["r1", "r2"], account, limit, start=start, stop=stop, kinds=TALK)
        return [(place, (time - BEGIN).total_seconds()) for place, time in found]

    async def test_where_something_was_said(self) -> None:
        eve = type(BOB)(nick="Eve", user="u3", account="a3")
        await self.commit(
            said("1", "r1", seconds=1), private("2", seconds=2), said("3", "r2", seconds=3),
            private("4", eve, ALICE, seconds=4), private("5", BOB, eve, seconds=5), said("6", "r3", seconds=6),
            private("7", ALICE, ALICE, seconds=7), TopicChanged(**stamp("r1", 8), who=ALICE, topic="new"),
        )  # fmt: skip
        ab, ae, aa = pair("a1", "a2"), pair("a1", "a3"), pair("a1", "a1")
        everything = [("r1", 1), (ab, 2), ("r2", 3), (ae, 4), (aa, 7)]
        self.assertEqual(await self.targets("a1", 99, -1, 99), everything)
        self.assertEqual(await self.targets("a1", 2, -1, 99), everything[:2])
        self.assertEqual(await self.targets("a1", 2, 99, -1), everything[-2:])
        self.assertEqual(await self.targets("a1", 99, 1, 7), everything[1:-1])
        self.assertEqual(await self.targets("", 99, -1, 99), [("r1", 1), ("r2", 3)])
        self.assertEqual(
            await self.targets("a2", 99, -1, 99), [("r1", 1), (ab, 2), ("r2", 3), (pair("a2", "a3"), 5)]
        )

    async def test_what_was_said_last_counts(self) -> None:
        """Where something was said later too is left out: that is another page's."""
        await self.commit(said("1", seconds=1), said("2", seconds=2), said("3", seconds=3))
        self.assertEqual(await self.targets("a1", 99, 0, 2), [])
        self.assertEqual(await self.targets("a1", 99, 2, 4), [("r1", 3)])
