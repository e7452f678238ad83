"""What is to be kept no longer is deleted: by age, by count, room by room, a little at a time."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

from msgspec.structs import replace
from sqlalchemy import event as sql
from sqlalchemy import func, insert, select
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from chatd.core.bodies import pair
from chatd.core.events import Event, Message, PrivateMessage, body_text
from chatd.core.keeping import Keep
from chatd.core.kept import Kept, KeptRoom
from chatd.services.keeping import SWEEP_SECONDS, Keeping
from chatd.settings import History, Settings, Storage
from chatd.storage import purge, schema
from chatd.storage.codec import micros
from chatd.storage.keeper import Keeper
from tests.order.house import House
from tests.storage.events import private, said

DAY = 86_400


class KeepingCase(TestCase):
    """Time begins at the house's clock; `ago` is in days before that."""

    def setUp(self) -> None:
        self.house = House()
        self.registry = self.house.registry
        self.now = datetime.fromtimestamp(self.house.now(), UTC)
        rooms = [KeptRoom("r1", "#dev", self.now), KeptRoom("r2", "#talk", self.now)]
        self.registry.restore(Kept(rooms=rooms))
        self.keeper = Keeper(Storage(), Path().absolute(), reactor)
        self.keeper.open(KeptRoom("lobby", "#lobby", self.now))
        self.addCleanup(self.keeper.close)
        self.keeping = Keeping(self.registry, self.keeper.database, reactor)
        self.keeping.running = 1  # its timer is not what most tests are about

    def history(self, **settings: int) -> None:
        self.registry.renew(Settings(history=History(**settings)))

    def said(self, text: str, room: str = "r1", ago: float = 0) -> Event:
        return replace(said(text, room), time=self.now - timedelta(days=ago))

    async def commit(self, *events: Event) -> Sequence[int | None]:
        done: Deferred[Sequence[int | None]] = Deferred()
        self.keeper.store.commit(events, done.callback)  # type: ignore[arg-type]  # it takes failures as well
        return await done

    async def texts(self, place: str = "r1") -> list[str]:
        events = await self.keeper.archive.before(place, 10_000)
        return [body_text(event.body) for event in events if isinstance(event, Message | PrivateMessage)]


class Due(KeepingCase):
    async def talk(self) -> None:
        for room in ("r1", "r2"):
            await self.commit(*(self.said(str(ago), room, ago) for ago in range(10, 0, -1)))

    async def test_by_default_everything_is_kept(self) -> None:
        await self.talk()
        await self.keeping.sweep()
        self.assertEqual(len(await self.texts()), 10)

    async def test_by_age(self) -> None:
        self.history(keep_days=3)
        await self.talk()
        await self.keeping.sweep()
        self.assertEqual(await self.texts("r1"), ["3", "2", "1"])
        self.assertEqual(await self.texts("r2"), ["3", "2", "1"])

    async def test_by_count(self) -> None:
        self.history(keep_messages=2)
        await self.talk()
        await self.keeping.sweep()
        self.assertEqual(await self.texts(), ["2", "1"])

    async def test_a_room_of_its_own(self) -> None:
        await self.talk()
        self.registry.rooms_by_id["r1"].keep = Keep(seconds=5 * DAY, messages=4)
        await self.keeping.sweep()
        self.assertEqual((await self.texts("r1"), len(await self.texts("r2"))), (["4", "3", "2", "1"], 10))

    async def test_a_room_cannot_keep_more_than_the_server(self) -> None:
        """Also if the server's bound came later."""
        self.registry.rooms_by_id["r1"].keep = Keep(messages=8)
        self.history(keep_messages=3)
        await self.talk()
        await self.keeping.sweep()
        self.assertEqual(len(await self.texts()), 3)

    async def test_numbers_are_not_given_again(self) -> None:
        self.history(keep_days=1)
        await self.commit(*(self.said("old", ago=9) for _ in range(5)))
        await self.keeping.sweep()
        self.assertEqual(await self.texts(), [])
        self.assertEqual(await self.commit(self.said("new")), [6])

    async def test_private_talk_has_bounds_of_its_own(self) -> None:
        self.history(keep_messages=1, private_keep_messages=2)
        await self.talk()
        await self.commit(*(private(str(number)) for number in range(5)))
        await self.keeping.sweep()
        self.assertEqual((await self.texts("r1"), await self.texts(pair("a1", "a2"))), (["1"], ["3", "4"]))

    async def test_what_waits_for_somebody_goes_with_it(self) -> None:
        self.history(private_keep_messages=1)
        await self.commit(*(private(str(number)) for number in range(3)))
        mail, events = schema.mail, schema.events
        await self.keeper.database.write(
            lambda each: each.execute(
                insert(mail),
                [{"account": "a2", "row": row} for row in each.execute(select(events.c.row)).scalars()],
            )
        )
        await self.keeping.sweep()
        left = await self.keeper.database.read(lambda each: each.execute(select(mail.c.row)).scalars().all())
        self.assertEqual(left, [3])

    async def test_a_clock_that_was_wrong(self) -> None:
        """What was said behind a line that is stamped too early stays until its own time is over."""
        self.history(keep_days=3)
        wrong = [self.said("wrong", ago=20_000) for _ in range(3)]
        await self.commit(self.said("a", ago=4), self.said("b", ago=1), *wrong)
        await self.keeping.sweep()
        self.assertEqual(await self.texts(), ["b"])

    async def test_who_steered(self) -> None:
        self.history(audit_days=30)
        audit = schema.audit
        fields = dict.fromkeys(("door", "by", "address", "line", "target", "room"), "x")
        times = [micros(self.now - timedelta(days=ago)) for ago in (40, 31, 29, 0)]
        await self.keeper.database.write(
            lambda each: each.execute(insert(audit), [{"time": time, **fields} for time in times])
        )
        await self.keeping.sweep()
        left = await self.keeper.database.read(
            lambda each: each.execute(select(audit.c.time)).scalars().all()
        )
        self.assertEqual(left, times[2:])

    async def test_who_enters_is_not_shown_it(self) -> None:
        room = self.registry.rooms_by_id["r1"]
        room.recent.extend([self.said("old", ago=9), self.said("new")])
        self.history(keep_days=3)
        await self.keeping.sweep()
        self.assertEqual(len(room.recent), 1)
        self.assertEqual(room.recent[0].time, self.now)


class InSteps(KeepingCase):
    async def test_transactions_and_commits_between(self) -> None:
        """420 rows go in five transactions, and what is said meanwhile is stored before the last of them."""
        await self.commit(*(self.said("old", ago=9) for _ in range(420)))
        self.history(keep_days=3)
        order: list[str] = []
        delete_until = purge.delete_until

        def noted(*arguments: object) -> bool:
            order.append("step")
            return delete_until(*arguments)  # type: ignore[arg-type]

        with mock.patch.object(purge, "delete_until", noted):
            sweeping = Deferred.fromCoroutine(self.keeping.sweep())
            while not sweeping.called:
                await self.commit(self.said("now"))
                order.append("commit")
        await sweeping
        self.assertEqual(order.count("step"), 5)
        runs = [len(list(group)) for kind, group in itertools.groupby(order) if kind == "step"]
        self.assertEqual(runs, [1] * 5, "steps without a commit between")
        self.assertEqual(set(await self.texts()), {"now"})

    async def test_no_writing_where_nothing_is_due(self) -> None:
        await self.commit(*(self.said("new") for _ in range(10)))
        self.history(keep_days=3, keep_messages=100)
        written: list[str] = []
        engine = self.keeper.database._engine
        assert engine is not None
        sql.listen(engine, "before_cursor_execute", lambda *args: written.append(args[2]))
        await self.keeping.sweep()
        self.assertTrue(written)
        self.assertEqual([each for each in written if not each.startswith(("SELECT", "BEGIN"))], [])
        self.assertNotIn("BEGIN IMMEDIATE", written)

    async def test_stopping_ends_it_between_two_steps(self) -> None:
        await self.commit(*(self.said("old", ago=9) for _ in range(420)))
        self.history(keep_days=3)
        self.keeping.running = 0
        sweeping = Deferred.fromCoroutine(self.keeping.sweep())
        await sweeping
        left = await self.keeper.database.read(
            lambda each: each.execute(select(func.count()).select_from(schema.events)).scalar()
        )
        self.assertEqual(left, 420)


class OnTheClock(KeepingCase):
    """The timer, with a clock of its own."""

    def setUp(self) -> None:
        super().setUp()
        self.clock = Clock()
        self.keeping = Keeping(self.registry, self.keeper.database, self.clock)
        self.sweeps = 0

    async def test_a_failure_is_logged_and_the_next_time_comes(self) -> None:
        def fail(*_: object) -> None:
            self.sweeps += 1
            raise OSError("the disk is gone")

        self.history(audit_days=0)  # nothing to ask the database for: a sweep is one call
        self.patch(self.keeping, "_forget_recent", fail)
        self.keeping.startService()
        self.addCleanup(self.keeping.stopService)
        for expected in (1, 2, 3):
            self.clock.advance(SWEEP_SECONDS if expected > 1 else 0)
            self.assertEqual(self.sweeps, expected)
            self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)
