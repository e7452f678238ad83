"""What lasts besides what was said: put away, taken out again, as it stood."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from chatd.core.erasure import erased
from chatd.core.events import (
    AccountDeleted,
    Banned,
    Event,
    MaskAdded,
    MaskRemoved,
    Muted,
    Ranked,
    RetentionChanged,
    RoomChanged,
    RoomDeleted,
    RoomRank,
    RoomRegistered,
    TopicChanged,
    Unbanned,
    Unmuted,
    Who,
)
from chatd.core.keeping import Keep
from chatd.core.kept import PROPERTIES, Kept, KeptBan, KeptRoom
from chatd.core.masks import MaskList
from chatd.frontends.session import TEXT
from chatd.settings import Storage
from chatd.storage.keeper import Keeper
from tests.order.house import House
from tests.storage.events import ALICE, BEGIN, BOB, acted, said, stamp

LOBBY = KeptRoom("lobby", "#lobby", BEGIN)
GUEST = Who(nick="Eve", user="u3")
DEV = KeptRoom(
    "r1", "#r1", BEGIN, "All about tests", "sesame", invite_only=True, secret=True, slow=5, limit=50, open_topic=True,
    ranks={"a1": RoomRank.FOUNDER, "a2": RoomRank.VOICE},
    bans=[KeptBan("spam*", "Alice", BEGIN + timedelta(days=1), "spam"), KeptBan("eggs", "Bob")],
    mutes={"a2": None}, keep=Keep(messages=100),
    lists={MaskList.EXCEPTION: [KeptBan("account:a2", "Alice", made=BEGIN)], MaskList.MUTE: [KeptBan("b*!~u@*", "Bob")]},
)  # fmt: skip


class Lasting(TestCase):
    def setUp(self) -> None:
        self.start()

    def start(self) -> None:
        self.keeper = Keeper(Storage(), Path().absolute(), reactor)
        self.kept = self.keeper.open(LOBBY)
        self.addCleanup(self.keeper.close)

    async def after(self, *events: Event) -> Kept:
        """Store events and start again; return what was kept."""
        done: Deferred[object] = Deferred()
        self.keeper.store.commit(events, done.callback)
        await done
        self.keeper.close()
        self.start()
        return self.kept

    async def room(self, *events: Event) -> KeptRoom:
        """Return the registered room after these events."""
        rooms = (await self.after(RoomRegistered(**stamp(), by=ALICE, kept=DEV), *events)).rooms
        return next(room for room in rooms if room.id == "r1")

    async def test_the_lobby(self) -> None:
        self.assertEqual(self.kept.rooms, [LOBBY])
        kept = await self.after(said("hello", "lobby"))
        self.assertEqual(
            [(room.name, room.created, room.last) for room in kept.rooms], [("#lobby", BEGIN, 1)]
        )

    async def test_a_registered_room(self) -> None:
        self.assertEqual(
            await self.room(),
            KeptRoom(**{name: getattr(DEV, name) for name in DEV.__struct_fields__} | {"last": 1}),
        )

    async def test_what_becomes_of_it(self) -> None:
        room = await self.room(
            TopicChanged(**stamp(), who=ALICE, topic="Cats"),
            RoomChanged(**stamp(), by=ALICE, change="key", value=0),
            RoomChanged(**stamp(), by=ALICE, change="private", value=0),
            RoomChanged(**stamp(), by=ALICE, change="slow", value=60),
            RoomChanged(**stamp(), by=ALICE, change="secret", value=1),
            RoomChanged(**stamp(), by=ALICE, change="moderated", value=1),
            RoomChanged(**stamp(), by=ALICE, change="external", value=1),
            RoomChanged(**stamp(), by=ALICE, change="limit", value=7),
            RoomChanged(**stamp(), by=ALICE, change="open-topic", value=0),
            RetentionChanged(**stamp(), by=ALICE, seconds=3600),
            Ranked(**stamp(), who=BOB, by=ALICE, rank=RoomRank.NONE, was=RoomRank.VOICE),
            Unbanned(**stamp(), by=ALICE, mask="eggs"),
            Banned(**stamp(), by=BOB, mask="ham", seconds=60, reason="ham"),
            MaskRemoved(**stamp(), by=ALICE, list=MaskList.EXCEPTION, mask="account:a2"),
            MaskRemoved(**stamp(), by=ALICE, list=MaskList.INVITATION, mask="b*!~u@*"),
            MaskAdded(**stamp(), by=BOB, list=MaskList.INVITATION, mask="ham"),
            Unmuted(**stamp(), who=BOB, by=ALICE),
            Muted(**stamp(), who=ALICE, by=BOB, seconds=30),
        )
        self.assertEqual((room.topic, room.key, room.slow, room.limit), ("Cats", "", 60, 7))
        self.assertEqual((room.invite_only, room.secret, room.moderated), (False, True, True))
        self.assertEqual((room.external, room.open_topic), (True, False))
        self.assertEqual(room.keep, Keep(seconds=3600))
        self.assertEqual(room.ranks, {"a1": RoomRank.FOUNDER})
        self.assertEqual(room.bans[1:], [KeptBan("ham", "Bob", BEGIN + timedelta(seconds=60), "ham", BEGIN)])
        self.assertEqual(
            room.lists,
            {
                MaskList.INVITATION: [KeptBan("ham", "Bob", made=BEGIN)],
                MaskList.MUTE: DEV.lists[MaskList.MUTE],
            },
        )
        self.assertEqual(room.mutes, {"a1": BEGIN + timedelta(seconds=30)})

    async def test_guests_end_with_themselves(self) -> None:
        room = await self.room(
            Ranked(**stamp(), who=GUEST, by=ALICE, rank=RoomRank.OPERATOR, was=RoomRank.NONE),
            Muted(**stamp(), who=GUEST, by=ALICE),
        )
        self.assertEqual((room.ranks, room.mutes), (DEV.ranks, DEV.mutes))

    async def test_other_rooms_end_with_the_process(self) -> None:
        kept = await self.after(said("hello"), Banned(**stamp(), by=ALICE, mask="ham"))
        self.assertEqual([room.id for room in kept.rooms], ["lobby"])
        while await self.keeper.archive.before("r1", 1):
            await self.after(said("elsewhere", "lobby"))

    async def test_a_deleted_room_is_gone(self) -> None:
        kept = await self.after(
            RoomRegistered(**stamp(), by=ALICE, kept=DEV), RoomDeleted(**stamp(), by=ALICE)
        )
        self.assertEqual([room.id for room in kept.rooms], ["lobby"])

    async def test_masks_of_a_deleted_account(self) -> None:
        room = await self.room(
            MaskAdded(**stamp(), by=ALICE, list=MaskList.MUTE, mask="account:a2"),
            AccountDeleted(**stamp(None), account="a2", name="Bob", how="anonymise"),
        )
        self.assertEqual(room.lists, {MaskList.MUTE: DEV.lists[MaskList.MUTE]})
        (added,) = [
            each for each in await self.keeper.archive.before("r1", 10) if isinstance(each, MaskAdded)
        ]
        erased_event = erased(added, "a2", "anonymise")
        assert isinstance(erased_event, MaskAdded)
        self.assertEqual((erased_event.mask, erased_event.name), ("account:(deleted)", "(deleted)"))

    async def test_masks_of_other_rooms_end_with_the_process(self) -> None:
        kept = await self.after(said("hello"), MaskAdded(**stamp(), by=ALICE, list=MaskList.MUTE, mask="ham"))
        self.assertEqual([room.lists for room in kept.rooms], [{}])

    async def test_bans_of_the_server(self) -> None:
        kept = await self.after(
            Banned(**stamp(""), by=ALICE, mask="address:192.0.2.0/24", reason="spam"),
            Muted(**stamp(""), who=BOB, by=ALICE, seconds=60),
        )
        self.assertEqual(kept.bans, [KeptBan("address:192.0.2.0/24", "Alice", None, "spam", BEGIN)])
        self.assertEqual(kept.mutes, {"a2": BEGIN + timedelta(seconds=60)})

    async def test_acts_of_order(self) -> None:
        await self.after(acted("/kick Bob", "Bob"))
        (act,) = await self.keeper.audit.newest(10)
        self.assertEqual((act.by, act.account, act.line, act.target), ("Alice", "a1", "/kick Bob", "Bob"))


class Restored(TestCase):
    """A registry that begins with what was kept."""

    def test_a_room(self) -> None:
        house = House()
        now = datetime.fromtimestamp(house.now(), UTC)
        kept = KeptRoom(
            "r1", "#dev", BEGIN, "Cats", ranks={"a1": RoomRank.FOUNDER}, last=7,
            bans=[KeptBan("ham", "Bob", now + timedelta(seconds=60)), KeptBan("old", "Bob", now)],
            mutes={"a2": None, "a3": now},
        )  # fmt: skip
        house.registry.restore(Kept(rooms=[kept], bans=[KeptBan("spam*", "Al")], mutes={"a4": None}))
        room = house.registry.rooms["#dev"]
        self.assertEqual((room.topic, room.founder, room.last, room.lasting), ("Cats", "a1", 7, True))
        self.assertEqual((list(room.bans), list(room.mutes)), (["ham"], ["a2"]))
        self.assertEqual((list(house.registry.bans), list(house.registry.mutes)), (["spam*"], ["a4"]))
        self.assertEqual(room.recalled, False)

    def test_what_is_kept_of_it_is_what_it_began_with(self) -> None:
        house = House()
        house.registry.restore(Kept(rooms=[DEV]))
        kept = house.registry.kept(house.registry.rooms["#r1"])
        self.assertEqual((kept.ranks, kept.mutes, kept.keep), (DEV.ranks, DEV.mutes, DEV.keep))
        self.assertEqual(kept.lists, DEV.lists)
        for name in PROPERTIES:
            self.assertEqual(getattr(kept, name), getattr(DEV, name), name)

    def test_it_lasts_without_anybody(self) -> None:
        house = House()
        house.registry.restore(Kept(rooms=[KeptRoom("r1", "#dev", BEGIN)]))
        (ann,) = house.people(["Ann"], TEXT)
        ann.command("join #dev")
        ann.command("part #dev")
        self.assertIn("#dev", house.registry.rooms)
