"""Rooms: made by entering, left, listed."""

from __future__ import annotations

from chatd.commands import people, rooms
from chatd.settings import Limits, Settings
from tests.behaviour.cases import IN_THE_LOBBY, Behaviour, over_front_ends
from tests.behaviour.clients import JsonClient


class Entering(Behaviour):
    """Joining and leaving."""

    def test_joining_creates_and_everybody_in_it_is_told(self) -> None:
        alice, bob, carol = self.people("Alice", "Bob", "Carol")
        alice.command("join #dev")
        self.assert_seen(alice, ("joined", "Alice", "#dev", "1"))
        for alias, room in (("j", "dev"), ("create", "#DEV")):
            bob.command(f"{alias} {room}")
            self.assert_seen(bob, ("joined", "Bob", "#dev", "2"))
            self.assert_seen(alice, ("joined", "Bob", "#dev", "2"))
            bob.command("part #dev bye all")
            self.assert_seen(alice, ("left", "Bob", "#dev", "bye all"))
            self.assert_seen(bob, ("left", "Bob", "#dev", "bye all"), IN_THE_LOBBY)
        self.assert_seen(carol)

    def test_who_is_not_in_a_room_sees_nothing_of_it_and_cannot_speak_there(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.command("join #dev")
        self.forget()
        alice.say("among us")
        alice.command("me hums")
        alice.command("topic ours")
        self.assert_seen(bob)
        bob.command("topic #dev mine")
        self.assert_refused(bob, "#dev")

    def test_the_topic_is_told_to_who_enters(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.command("join #dev")
        alice.command("topic All about tests")
        bob.command("join #dev")
        self.assertIn(("answer", "Topic of #dev: All about tests"), bob.seen())

    def test_joining_again_makes_a_room_the_current_one(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("join #lobby")
        self.assert_seen(alice, ("answer", "You talk in #lobby now."))
        alice.say("hello lobby")
        self.assert_seen(bob, ("said", "#lobby", "Alice", "hello lobby"))
        alice.command("j dev")
        alice.say("hello dev")
        self.assert_seen(bob, ("said", "#dev", "Alice", "hello dev"))

    def test_leaving_returns_to_the_lobby(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("leave")
        alice.say("back again")
        self.assert_seen(bob, ("left", "Alice", "#dev", ""), ("said", "#lobby", "Alice", "back again"))

    def test_who_left_the_lobby_comes_back_with_the_last_room(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.command("join #dev")
        alice.command("part #lobby")
        self.forget()
        alice.command("part")
        self.assert_seen(alice, ("left", "Alice", "#dev", ""), ("joined", "Alice", "#lobby", "2"))
        self.assert_seen(bob, ("joined", "Alice", "#lobby", "2"))

    def test_the_last_room_cannot_be_left(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.command("part")
        self.assert_refused(alice, "your last room")
        self.assert_seen(bob)

    def test_errors_are_one_line_and_the_session_survives(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.command("join #dev")
        alice.command("room key sesame")
        self.forget()
        for line, words in (
            ("join #dev", "needs the right key: /join #dev KEY"),
            ("join #dev wrong", "needs the right key"),
            ("join #a,b", "the name of a room"),
            ("join #", "the name of a room"),
            ("join #" + "x" * 64, "at most 64 bytes"),
            ("names #nowhere", 'no room named "#nowhere"'),
            ("names #dve", "Did you mean #dev?"),
            ("part #dev", "you are not in #dev"),
        ):
            bob.command(line)
            self.assert_refused(bob, words)
        bob.command("join #dev sesame")
        self.assert_seen(bob, ("joined", "Bob", "#dev", "2"))

    def test_a_room_that_looks_like_another_cannot_be_made(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.command("join #dev")
        bob.command("join #dеv")  # a Cyrillic letter
        self.forget()
        bob.command("join #dеv")
        self.assert_refused(bob, "looks too much like #dev")

    def test_a_room_ends_with_its_last_member(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.command("join #dev")
        alice.command("room key sesame")
        alice.command("part")
        self.forget()
        bob.command("rooms")
        self.assertEqual(self.answer(bob), ("1 room:", "  #lobby (2)"))
        bob.command("join #dev")
        self.assert_seen(bob, ("joined", "Bob", "#dev", "1"))

    def test_a_dropped_client_is_announced_in_every_room(self) -> None:
        alice, bob, carol = self.people("Alice", "Bob", "Carol")
        for person in (alice, bob):
            person.command("join #dev")
        self.forget()
        alice.hang_up()
        self.assert_seen(bob, ("quit", "Alice", "connection closed"))
        self.assert_seen(carol, ("quit", "Alice", "connection closed"))

    def test_lists(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("topic All about tests")
        bob.command("away")
        self.forget()
        bob.command("names")
        self.assertEqual(self.answer(bob), ("In #dev (2): Alice (founder), Bob (away)",))
        bob.command("names #lobby")
        self.assertEqual(self.answer(bob), ("In #lobby (2): Alice, Bob (away)",))
        bob.command("rooms")
        self.assertEqual(self.answer(bob), ("2 rooms:", "  #lobby (2)", "  #dev (2): All about tests"))

    def test_long_lists_are_cut(self) -> None:
        """And say by how much: nobody is sent a megabyte for seven bytes."""
        self.patch(people, "LISTED", 2)
        self.patch(people, "ROOMS_LISTED", 1)
        self.patch(rooms, "LISTED", 2)
        self.patch(rooms, "ROOMS_LISTED", 1)
        alice = self.together("#dev", "Alice", "Bob", "Carol", "Dave")[0]
        for line, more in (("users", 2), ("rooms", 1), ("names", 2)):
            alice.raw()
            alice.command(line)
            answer = alice.raw()
            self.assertIn(
                f'"more":{more}'.encode() if isinstance(alice, JsonClient) else f"and {more} more".encode(),
                answer,
            )
            self.assertNotIn(b"Dave", answer)

    def test_info(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("topic All about tests")
        alice.command("room slow 30s")
        self.forget()
        bob.command("room info")
        self.assertEqual(
            self.answer(bob),
            (
                "#dev: 2 here, created 2026-01-02 03:04:05Z",
                "  Founder: Alice",
                "  Not registered: it ends with its last member",
                "  Access: slow 30s",
                "  Topic: All about tests",
            ),
        )

    def test_the_first_argument_may_name_the_room(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("join #lobby")
        self.forget()
        alice.command("topic #dev Not the lobby's")
        self.assertIn(("topic", "Alice", "#dev", "Not the lobby's"), bob.seen())
        alice.command("kick #dev Bob")
        self.assertIn(("kicked", "Bob", "#dev", "Alice", ""), bob.seen())


class Bounded(Behaviour):
    """How many rooms one user may be in."""

    settings = Settings(limits=Limits(rooms_per_user=3))

    def test_one_too_many_is_refused(self) -> None:
        (alice,) = self.people("Alice")
        alice.command("join #one")
        alice.command("join #two")
        self.forget()
        alice.command("join #three")
        self.assert_refused(alice, "you are in 3 rooms already")
        alice.command("part #one")
        alice.command("join #three")
        self.assertIn(("joined", "Alice", "#three", "1"), alice.seen())


for each in (Entering, Bounded):
    globals().update(over_front_ends(each))
