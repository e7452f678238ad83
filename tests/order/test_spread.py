"""What is seen in several rooms at once, and sessions that end."""

from __future__ import annotations

import gc
import weakref

from msgspec.structs import replace

from chatd.core.events import Event
from chatd.core.fanout import Audience
from chatd.core.lanes import Spread
from chatd.core.names import room_name
from chatd.core.ports import Source, View
from chatd.core.replies import Outgoing
from chatd.core.room import Directory, Room
from chatd.core.user import User
from tests.order.fanning import FanoutCase
from tests.order.parts import TIME, Ear, PlainCodec, message, renamed, user


class SpreadTests(FanoutCase):
    def setUp(self) -> None:
        super().setUp()
        self.users: dict[str, User] = {}
        self.a, self.b = (
            Room(name, room_name(f"#{name}"), TIME, Audience(self.turn), Directory(self.users, {}))
            for name in "ab"
        )
        self.both = self.ann
        for room in (self.a, self.b):
            self.place(room.audience, self.both)
        self.place(self.a.audience, self.bob)
        self.place(self.b.audience, self.cid)
        self.spread = Spread(user("zoe"), [self.a, self.b])

    def test_shown_once(self) -> None:
        self.spread.publish(renamed("zoe", "zed"))
        self.end()
        for ear in (self.both, self.bob, self.cid):
            self.assertEqual(ear.sent, [b"zoe=zed;"])

    def test_shown_once_to_who_was_caught_up(self) -> None:
        for leave in (self.turn.catch_up, self.a.audience.remove, self.b.audience.remove):
            with self.subTest(leave=leave):
                self.setUp()
                self.spread.publish(renamed("zoe", "zed"))
                leave(self.both)
                self.end()
                self.assertEqual(self.both.sent, [b"zoe=zed;"])

    def test_shown_to_the_user_without_rooms(self) -> None:
        zoe = Ear(self.plain, "zoe")
        assert zoe.user is not None
        Spread(zoe.user, []).publish(renamed("zoe", "zed"))
        Spread(zoe.user, [self.a]).publish(renamed("zed", "zip"))
        self.assertEqual(zoe.sent, [b"zoe=zed;", b"zed=zip;"])

    def test_in_the_order_of_each_room(self) -> None:
        """What is gathered in one room must not carry a rename past what another room heard before it."""
        self.a.publish(message("1", "a"))
        self.b.publish(message("2", "b", "zoe"))
        self.spread.publish(renamed("zoe", "zed"))
        self.b.publish(message("3", "b", "zed"))
        self.a.publish(message("4", "a", "zed"))
        self.end()
        self.assertEqual(self.heard(self.bob, self.cid), ["1;zoe=zed;4;", "2;zoe=zed;3;"])
        order = self.both.heard.split(";")
        self.assertEqual(order.count("zoe=zed"), 1)
        for room in (["1", "zoe=zed", "4"], ["2", "zoe=zed", "3"]):
            self.assertEqual([each for each in order if each in room], room)

    def test_in_the_order_of_each_room_for_who_moves(self) -> None:
        self.b.publish(message("1", "b", "zoe"))
        self.spread.publish(renamed("zoe", "zed"))
        self.a.audience.place(self.both, replace(self.both.style, current=False))
        self.end()
        self.assertEqual(self.both.heard, "1;zoe=zed;")

    def test_ones_own_lines_are_answered_in_order_across_rooms(self) -> None:
        for room in (self.a, self.b):
            self.place(room.audience, self.bot)
        for number, room in enumerate((self.a, self.b, self.a, self.b)):
            room.publish(message(str(number), room.id), Source(self.bot, number))
        self.end()
        self.assertEqual(self.bot.heard, "0#0;1#1;2#2;3#3;")


class EndTests(FanoutCase):
    def test_an_ended_session_gets_nothing_or_its_share(self) -> None:
        for lost, heard in ((True, ""), (False, "1;2;")):
            with self.subTest(lost=lost):
                self.setUp()
                self.place(self.room, self.ann, self.bob)
                self.place(self.other, self.ann)
                self.say("1")
                self.say("2", self.other)
                self.turn.leave_all(self.ann, lost=lost)
                self.say("3")
                self.end()
                self.assertEqual(self.heard(self.ann, self.bob), [heard, "1;3;"])
                self.assertEqual(self.turn.heard_by(self.ann), [])

    def test_no_ended_session_stays_referenced(self) -> None:
        for lost in (True, False):
            self.setUp()
            ear = Ear(PlainCodec(), "ear", bell=True)
            self.place(self.room, ear, self.bob)
            self.place(self.other, ear)
            shown: set[object] = set()
            for audience in (self.room, self.other):
                audience.publish(renamed("ear", "eye"), Source(ear), [ear], shown)  # type: ignore[arg-type]
            self.say("ear 1", source=Source(ear, 1))
            self.turn.catch_up(ear)
            self.say("ear 2")
            self.turn.leave_all(ear, lost=lost)
            del shown
            self.end()
            gone = weakref.ref(ear)
            del ear
            gc.collect()
            self.assertIsNone(gone(), f"lost={lost}")

    def test_a_broken_event_silences_no_room(self) -> None:
        self.place(self.room, Ear(Brittle(), "odd"))
        self.place(self.other, self.ann)
        self.say("1")
        self.say("2", self.other)
        self.assertRaises(ExceptionGroup, self.end)
        self.end()
        self.say("3", self.other)
        self.end()
        self.assertEqual(self.ann.heard, "2;3;")


class Brittle(PlainCodec):
    def encode(self, item: Outgoing, view: View, ref: object = None) -> bytes:
        assert isinstance(item, Event)
        raise RuntimeError("on purpose")
