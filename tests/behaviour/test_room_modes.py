"""What clients of IRC know as modes of a room, set and met by everybody."""

from __future__ import annotations

from chatd.core.errors import ChatError, Code
from chatd.core.events import Text
from chatd.core.ports import Source
from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.clients import Client


class Entering(Behaviour):
    """Hidden, closed and full rooms."""

    def test_a_secret_room_is_hidden_but_open_to_who_knows_its_name(self) -> None:
        alice, bob = self.together("#den", "Alice", "Bob")
        (carol,) = self.people("Carol")
        alice.command("room secret on")
        self.assert_seen(bob, ("changed", "#den", "secret: only its members see it", "Alice"))
        for line in ("rooms", "users", "whois Bob"):
            carol.command(line)
            self.assertNotIn(b"#den", carol.raw(), line)
        for line in ("names #den", "history #den", "room info #den"):
            carol.command(line)
            self.assert_refused(carol, 'no room named "#den"')
        bob.command("whois Alice")
        self.assertIn(b"#den", bob.raw())
        carol.command("join #den")
        self.assertIn(("joined", "Carol", "#den", "3"), carol.seen())
        alice.command("room secret off")
        self.assertIn(("changed", "#den", "seen by everybody", "Alice"), bob.seen())

    def test_who_is_invited_may_know_a_secret_room(self) -> None:
        alice, _ = self.together("#den", "Alice", "Bob")
        (carol,) = self.people("Carol")
        alice.command("room secret on")
        alice.command("invite Carol")
        self.forget()
        carol.command("rooms")
        self.assertIn(b"#den", carol.raw())

    def test_a_room_by_invitation_is_listed(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.command("join #den")
        alice.command("room invite-only on")
        self.assertIn(("changed", "#den", "open to who is invited only", "Alice"), alice.seen())
        bob.command("rooms")
        self.assertIn(b"#den", bob.raw())
        bob.command("join #den")
        self.assert_refused(bob, "#den is by invitation only; ask to be invited")
        bob.command("history #den")
        self.assert_refused(bob, "only who is in #den may read what was said there")
        alice.command("invite Bob")
        bob.seen()
        bob.command("join #den")
        self.assert_seen(bob, ("joined", "Bob", "#den", "2"))
        alice.command("room invite-only off")
        self.assertIn(("changed", "#den", "open without an invitation", "Alice"), alice.seen())

    def test_who_has_a_rank_comes_back_uninvited(self) -> None:
        alice, bob, carol = self.together("#den", "Alice", "Bob", "Carol")
        alice.command("voice Bob")
        alice.command("room invite-only on")
        for each in (bob, carol):
            each.command("part")
        self.forget()
        bob.command("join #den")
        self.assert_seen(bob, ("joined", "Bob", "#den", "2"))
        carol.command("join #den")
        self.assert_refused(carol, "ask to be invited")

    def test_private_is_both(self) -> None:
        (alice,) = self.together("#den", "Alice")
        room = self.server.registry.rooms["#den"]
        alice.command("room secret on")
        self.assertEqual(self.access(alice), "secret")
        alice.command("room invite-only on")
        self.assertEqual(self.access(alice), "private")
        alice.command("room secret off")
        self.assertEqual(self.access(alice), "invite-only")
        alice.command("room private on")
        self.assertEqual((room.secret, room.invite_only), (True, True))
        alice.command("room private off")
        self.assertEqual((room.secret, room.invite_only), (False, False))
        self.assertEqual(self.access(alice), "open")

    def access(self, client: Client) -> str:
        self.forget()
        client.command("room info")
        lines = self.answer(client)
        return next(line for line in lines if "Access" in line).partition(": ")[2]

    def test_a_full_room(self) -> None:
        alice, bob = self.together("#den", "Alice", "Bob")
        carol, dave, erin = self.people("Carol", "Dave", "Erin")
        alice.command("room limit 2")
        self.assert_seen(bob, ("changed", "#den", "full with 2", "Alice"))
        for line in ("join #den", "history #den"):
            carol.command(line)
            self.assertEqual([each[0] for each in carol.seen()], ["error"], line)
        carol.command("join #den")
        self.assert_refused(carol, "#den is full")
        alice.command("invite Carol")
        carol.seen()
        carol.command("join #den")
        self.assert_seen(carol, ("joined", "Carol", "#den", "3"))
        self.make_operator("Dave")
        dave.command("join #den")
        self.assert_seen(dave, ("joined", "Dave", "#den", "4"))
        for each in (carol, dave, bob):
            each.command("part #den")
        self.forget()
        erin.command("join #den")
        self.assert_seen(erin, ("joined", "Erin", "#den", "2"))
        self.assertEqual(self.access(alice), "limit 2")
        bob.command("join #den")
        self.assert_refused(bob, "is full")
        alice.command("room limit off")
        bob.command("join #den")
        self.assertIn(("joined", "Bob", "#den", "3"), bob.seen())

    def test_a_limit_is_read_strictly(self) -> None:
        (alice,) = self.together("#den", "Alice")
        for limit in ("0", "-1", "many", "1000000", "1" * 400, "\u00b2"):
            alice.command(f"room limit {limit}")
            self.assert_refused(alice, "a limit is off, or from 1 to 999999")

    def test_the_lobby_stays_open(self) -> None:
        (alice,) = self.people("Alice")
        self.make_operator("Alice")
        for line in ("secret on", "invite-only on", "limit 1"):
            alice.command(f"room {line}")
            self.assert_refused(alice, "#lobby is open to everybody")
        for line in ("moderated on", "external on", "open-topic on"):
            alice.command(f"room {line}")
            self.assertEqual([each[0] for each in alice.seen()], ["changed"])


class Speaking(Behaviour):
    """Moderated rooms, and those that hear who is outside."""

    def test_in_a_moderated_room_those_with_voice_speak(self) -> None:
        alice, bob, carol = self.together("#dev", "Alice", "Bob", "Carol")
        alice.command("voice Carol")
        alice.command("room moderated on")
        self.assertIn(("changed", "#dev", "moderated: only those with voice speak", "Alice"), bob.seen())
        self.forget()
        for line in ("hello", "/me waves"):
            bob.transmit(bob.packet(line))
            self.assert_refused(bob, "#dev is moderated: only those with voice speak")
        carol.say("one")
        alice.say("two")
        self.assert_seen(bob, ("said", "#dev", "Carol", "one"), ("said", "#dev", "Alice", "two"))
        self.make_operator("Bob")
        bob.say("three")
        self.assertIn(("said", "#dev", "Bob", "three"), alice.seen())
        alice.command("room moderated off")
        self.assertIn(("changed", "#dev", "open to what anybody says", "Alice"), bob.seen())

    def test_who_may_not_speak_there_has_no_last_word(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("room moderated on")
        self.forget()
        bob.command("part #dev and another thing")
        self.assert_seen(alice, ("left", "Bob", "#dev", ""))

    def test_the_topic_is_the_operators_unless_it_is_open(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        (carol,) = self.people("Carol")
        bob.command("topic Cats")
        self.assert_refused(bob, "only a room operator of #dev may do that")
        alice.command("room open-topic on")
        self.assert_seen(bob, ("changed", "#dev", "leaving its topic to every member", "Alice"))
        bob.command("topic Cats")
        self.assert_seen(bob, ("topic", "Bob", "#dev", "Cats"))
        carol.command("topic #dev Dogs")
        self.assert_refused(carol, "you are not in #dev")
        alice.command("mute Bob")
        self.forget()
        bob.command("topic Fish")
        self.assert_refused(bob, "you are muted in #dev")
        alice.command("unmute Bob")
        alice.command("room moderated on")
        self.forget()
        bob.command("topic Fish")
        self.assert_refused(bob, "#dev is moderated")
        alice.command("topic Birds")
        self.assertIn(("topic", "Alice", "#dev", "Birds"), alice.seen())

    def speak(self, nick: str) -> None:
        """Let a user say something in #dev, wherever he is."""
        user, room = self.server.user(nick), self.server.registry.rooms["#dev"]
        self.server.registry.say(user, room, Text("hello"), source=Source(user.sessions[0], 7))
        self.server.turn()

    def refused(self, nick: str) -> Code:
        """Return the code with which a user is kept from that."""
        return self.assertRaises(ChatError, self.speak, nick).code

    def test_only_members_speak_unless_outsiders_may(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        (carol,) = self.people("Carol")
        self.assertIs(self.refused("Carol"), Code.NOT_IN_ROOM)
        alice.command("room external on")
        self.assert_seen(bob, ("changed", "#dev", "open to words from outside", "Alice"))
        self.speak("Carol")
        self.assert_seen(bob, ("said", "#dev", "Carol", "hello"))
        self.assertNotIn("#dev", self.server.user("Carol").rooms)
        carol.raw()
        alice.command("ban Carol")
        self.assertIs(self.refused("Carol"), Code.BANNED)
        alice.command("unban Carol")
        alice.command("mute Carol")
        self.assertIs(self.refused("Carol"), Code.MUTED)
        alice.command("unmute Carol")
        alice.command("room moderated on")
        self.assertIs(self.refused("Carol"), Code.MODERATED)
        alice.command("room moderated off")
        alice.command("room slow 30s")
        self.speak("Carol")
        self.assertIs(self.refused("Carol"), Code.SLOW_MODE)

    def test_a_program_outside_is_shown_what_it_said(self) -> None:
        """Each request is answered; a person sees nothing of his own."""
        alice, _ = self.together("#dev", "Alice", "Bob")
        (carol,) = self.people("Carol")
        alice.command("room external on")
        self.speak("Carol")
        echoes = self.server.user("Carol").sessions[0].codec.name == "json"
        self.assertEqual(b'"ref":7' in carol.raw(), echoes)


for each in (Entering, Speaking):
    globals().update(over_front_ends(each))
