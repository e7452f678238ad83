"""What a user is remembered by in a room that ended, or where everything was taken back: nothing."""

from __future__ import annotations

from collections.abc import Callable

from twisted.trial.unittest import SynchronousTestCase

from chatd.core.events import RoomRank, Text
from chatd.core.room import Room
from chatd.core.user import User
from tests.core.registry_state import check_marks
from tests.order.house import House


class Marks(SynchronousTestCase):
    def setUp(self) -> None:
        self.house = House()
        self.registry = self.house.registry

    def after(self, act: Callable[[User, Room], object]) -> set[str]:
        """Return what Bob is marked by after Ann did something to him in her room, which then ended."""
        ann, bob = self.house.people(("Ann", "Bob"))
        for client in (ann, bob):
            client.command("join #dev")
        user, room = self.registry.find_user("Bob"), self.registry.rooms["#dev"]
        act(user, room)
        self.assertIn(room.id, user.marks)
        self.registry.delete_room(self.registry.server, room)
        self.house.turn_ends()
        check_marks(self.registry)
        return set(user.marks)

    def test_a_rank(self) -> None:
        by = self.registry.server
        self.assertEqual(
            self.after(lambda bob, room: self.registry.rank(by, room, bob, RoomRank.VOICE)), set()
        )

    def test_a_rank_taken_back(self) -> None:
        def act(bob: User, room: Room) -> None:
            self.registry.rank(self.registry.server, room, bob, RoomRank.VOICE)
            self.registry.unrank(self.registry.server, room, bob, RoomRank.VOICE)

        self.assertEqual(self.after(act), set())

    def test_a_mute_taken_back(self) -> None:
        def act(bob: User, room: Room) -> None:
            self.registry.mute(self.registry.server, room, bob)
            self.registry.unmute(self.registry.server, room, bob)

        self.assertEqual(self.after(act), set())

    def test_a_mute_that_ran_out(self) -> None:
        def act(bob: User, room: Room) -> None:
            self.registry.mute(self.registry.server, room, bob, 1)
            self.house.clock.advance(2)
            self.registry.say(bob, room, Text("at last"))

        self.assertEqual(self.after(act), set())

    def test_an_invitation_that_was_followed(self) -> None:
        def act(bob: User, room: Room) -> None:
            self.registry.part(bob, room)
            self.registry.invite(self.registry.server, room, bob)
            self.registry.join(bob, room.name)

        self.assertEqual(self.after(act), set())

    def test_a_pause_that_is_over(self) -> None:
        def act(bob: User, room: Room) -> None:
            self.registry.change_room(self.registry.server, room, "slow", 30)
            self.registry.say(bob, room, Text("once"))
            self.registry.change_room(self.registry.server, room, "slow", 0)

        self.assertEqual(self.after(act), set())
