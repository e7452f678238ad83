"""What every store does, whatever it keeps things in. An engine joins by a class at the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from chatd.core.bodies import pair
from chatd.core.events import Event, Kicked, Message, RoomChanged, RoomRegistered, body_text
from chatd.core.kept import KeptRoom
from chatd.core.ports import Archive, AuditTrail, Store
from chatd.settings import Storage
from chatd.storage.keeper import Keeper
from tests.memory import MemoryStore
from tests.storage.events import ALICE, BEGIN, BOB, acted, private, said, stamp
from tests.storage.paging import PagingContract


class Contract(PagingContract, TestCase):
    """One store and its archive, new for each test."""

    __test__ = False
    store: Store
    archive: Archive
    trail: AuditTrail

    async def commit(self, *events: Event) -> Sequence[int | None] | None:
        """Commit events; return what `done` was called with."""
        done: Deferred[Sequence[int | None] | None] = Deferred()
        self.store.commit(events, done.callback)
        return await done

    @staticmethod
    def texts(events: Sequence[Event]) -> list[str]:
        return [body_text(event.body) for event in events if isinstance(event, Message)]

    async def test_numbers_count_room_by_room(self) -> None:
        self.assertEqual(await self.commit(said("one"), said("else", "r2"), said("two")), [1, 1, 2])
        self.assertEqual(await self.commit(said("three"), private("psst"), said("else too", "r2")), [3, 1, 2])

    async def test_one_commit_behind_the_other(self) -> None:
        """Whoever does not wait for the first gets his numbers behind it."""
        done: list[Deferred[Any]] = [Deferred(), Deferred()]
        self.store.commit([said("one")], done[0].callback)
        self.store.commit([said("two")], done[1].callback)
        self.assertEqual([await each for each in done], [[1], [2]])

    async def test_what_was_said_comes_back_as_it_was(self) -> None:
        event = said("caf\u00e9 \u65e5\u672c\u8a9e \U0001f600 \"'\\ \t end", seconds=1.234567)
        await self.commit(event)
        (found,) = await self.archive.before("r1", 10)
        self.assertEqual((found.id, found.time, found.replay), (event.id, event.time, True))
        assert isinstance(found, Message)
        self.assertEqual((found.body, found.who, found.number), (event.body, event.who, 1))

    async def test_the_last_ones(self) -> None:
        await self.commit(*(said(str(number)) for number in range(1, 31)))
        self.assertEqual(self.texts(await self.archive.before("r1", 3)), ["28", "29", "30"])
        self.assertEqual(self.texts(await self.archive.before("r1", 3, 10)), ["7", "8", "9"])
        self.assertEqual(self.texts(await self.archive.before("r1", 3, 2)), ["1"])
        self.assertEqual(await self.archive.before("r1", 3, 1), [])
        self.assertEqual(await self.archive.before("nowhere", 3), [])

    async def test_what_came_after(self) -> None:
        await self.commit(*(said(str(number)) for number in range(1, 31)))
        self.assertEqual(self.texts(await self.archive.after("r1", 3, 10)), ["11", "12", "13"])
        self.assertEqual(self.texts(await self.archive.after("r1", 3, 29)), ["30"])
        self.assertEqual(await self.archive.after("r1", 3, 30), [])

    async def test_by_time(self) -> None:
        await self.commit(*(said(str(number), seconds=number) for number in range(1, 31)))
        for seconds, number in ((0, 0), (1, 0), (1.5, 1), (15, 14), (30, 29), (31, 30)):
            at = BEGIN + timedelta(seconds=seconds)
            self.assertEqual(await self.archive.number_at("r1", at), number, seconds)

    async def test_secrets_are_not_kept_as_history(self) -> None:
        await self.commit(RoomChanged(**stamp(), by=ALICE, change="key", value=1, key="sesame"))
        (found,) = await self.archive.before("r1", 10)
        assert isinstance(found, RoomChanged)
        self.assertEqual(found.key, "")

    async def test_moderation_is_part_of_it(self) -> None:
        await self.commit(said("rubbish", who=BOB), Kicked(**stamp(), who=BOB, by=ALICE, reason="rubbish"))
        self.assertIsInstance((await self.archive.before("r1", 10))[1], Kicked)

    async def test_private_talk_is_one_for_both(self) -> None:
        await self.commit(private("hi"), private("ho", BOB, ALICE))
        self.assertEqual(len(await self.archive.before(pair("a1", "a2"), 10)), 2)

    async def test_guests_talk_in_private_without_a_trace(self) -> None:
        guest = type(BOB)(nick="Eve", user="u3")
        self.assertEqual(await self.commit(private("hi", to=guest)), [None])

    async def test_acts_of_order(self) -> None:
        """They are on record, and in no room's history."""
        self.assertEqual(
            await self.commit(acted("/kick Bob", "Bob"), acted("/ban spam*", "spam*")), [None, None]
        )
        (first, second) = await self.trail.newest(10)
        self.assertEqual(
            (first.time, first.door, first.by, first.account, first.address),
            (BEGIN, "text", "Alice", "a1", "192.0.2.7"),
        )
        self.assertEqual((first.line, first.target, first.room), ("/kick Bob", "Bob", "#r1"))
        self.assertEqual(second.line, "/ban spam*")
        self.assertEqual(await self.archive.before("", 10), [])

    async def test_the_last_acts(self) -> None:
        await self.commit(*(acted(f"/kick {number}") for number in range(30)))
        self.assertEqual([act.line for act in await self.trail.newest(2)], ["/kick 28", "/kick 29"])

    async def test_acts_by_on_or_in(self) -> None:
        await self.commit(
            acted("1", "Zoé"), acted("2", "ZOÉ"), acted("3", "zo_"), acted("4", "Straße"), acted("5", "İlk"),
            acted("6", "zoe", by=BOB), acted("7", "100%"), acted("8", "Zoéé"), acted("9", "a\\b", room="#Café"),
        )  # fmt: skip
        for word, lines in (
            ("zoé", "12"), ("zo_", "3"), ("STRASSE", ""), ("straße", "4"), ("ilk", ""), ("İlk", "5"), ("bob", "6"),
            ("zoe", "6"), ("100%", "7"), ("%", ""), ("a\\b", "9"), ("#CAFÉ", "9"), ("#r1", "12345678"), ("alice", "12345789"),
        ):  # fmt: skip
            found = await self.trail.newest(10, word)
            self.assertEqual("".join(act.line for act in found), lines, word)
        self.assertEqual([act.line for act in await self.trail.newest(1, "zoé")], ["2"])
        self.assertEqual([act.line for act in await self.trail.newest(9, "Al", "a2")], ["6"])

    async def test_how_many_reports(self) -> None:
        await self.commit(
            acted("/report Bob rude", "Bob"), acted("/report Bob rude", "Bob", seconds=5),
            acted("/report Bob rude", seconds=5), acted("/kick Bob", "Bob", seconds=5),
        )  # fmt: skip
        for seconds, count in ((-1, 2), (0, 1), (5, 0)):
            self.assertEqual(await self.trail.reports(BEGIN + timedelta(seconds=seconds)), count)

    async def test_a_room_that_ended_is_forgotten(self) -> None:
        await self.commit(*(said(str(number)) for number in range(1200)))
        self.store.close_room("r1")
        # Behind the last step of forgetting.
        while await self.archive.before("r1", 1):
            await self.commit(said("elsewhere", "r2"))
        self.assertEqual(await self.commit(said("anew")), [1])


class InMemory(Contract):
    __test__ = True

    def setUp(self) -> None:
        self.store = self.archive = self.trail = MemoryStore()


class InSqlite(Contract):
    __test__ = True
    durability = "commit"

    def setUp(self) -> None:
        keeper = Keeper(Storage(durability=self.durability), Path().absolute(), reactor)  # type: ignore[arg-type]
        keeper.database.open()
        self.addCleanup(keeper.close)
        self.store, self.archive, self.trail = keeper.store, keeper.archive, keeper.audit

    async def test_one_that_cannot_be_stored_takes_no_other_with_it(self) -> None:
        """Two rooms of one name: a table refuses the second."""
        name = KeptRoom(id="r1", name="#dev", created=BEGIN)
        await self.commit(RoomRegistered(**stamp(), by=ALICE, kept=name))
        other = KeptRoom(id="r2", name="#DEV", created=BEGIN)
        numbers = await self.commit(
            said("before"), RoomRegistered(**stamp("r2"), by=ALICE, kept=other), said("after")
        )
        self.assertEqual(numbers, [2, 0, 3])
        self.assertEqual(self.texts(await self.archive.before("r1", 10)), ["before", "after"])
        self.flushLoggedErrors()
