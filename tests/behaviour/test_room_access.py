"""Rooms that are private, locked or slow, handed over, and brought to an end."""

from __future__ import annotations

from tests.behaviour.cases import IN_THE_LOBBY, Behaviour, over_front_ends


class Kept(Behaviour):
    """What keeps people out."""

    def test_a_private_room_is_hidden_and_closed(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.command("join #den")
        alice.command("room private on")
        self.assertIn(("changed", "#den", "private", "Alice"), alice.seen())
        for line in ("rooms", "users"):
            bob.command(line)
            self.assertNotIn(b"#den", bob.raw(), line)
        for line in ("names #den", "room info #den", "topic #den"):
            bob.command(line)
            self.assert_refused(bob, 'no room named "#den"')
        bob.command("join #den")
        self.assert_refused(bob, "ask to be invited")
        alice.command("room private off")
        self.assertIn(("changed", "#den", "listed for everybody", "Alice"), alice.seen())
        bob.command("join #den")
        self.assertIn(("joined", "Bob", "#den", "2"), bob.seen())

    def test_an_invitation_opens_once(self) -> None:
        alice, bob, carol = self.people("Alice", "Bob", "Carol")
        alice.command("join #den")
        alice.command("room private on")
        alice.command("room key sesame")
        self.forget()
        alice.command("invite Bob")
        self.assert_seen(alice, ("invited", "Alice", "Bob", "#den"))
        self.assert_seen(bob, ("invited", "Alice", "Bob", "#den"))
        self.assert_seen(carol)
        bob.command("join #den")
        self.assert_seen(bob, ("joined", "Bob", "#den", "2"))
        bob.command("part")
        self.forget()
        bob.command("join #den sesame")
        self.assert_refused(bob, "ask to be invited")

    def test_who_is_there_cannot_be_invited(self) -> None:
        alice, _ = self.together("#dev", "Alice", "Bob")
        alice.command("invite Bob")
        self.assert_refused(alice, "Bob is in #dev already")

    def test_members_invite_into_an_open_room(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        (carol,) = self.people("Carol")
        bob.command("invite Carol")
        self.assertIn(("invited", "Bob", "Carol", "#dev"), carol.seen())
        # It lets nobody in who is kept out later.
        alice.command("room invite-only on")
        carol.command("join #dev")
        self.assert_refused(carol, "by invitation only")

    def test_an_operator_invites_past_a_ban(self) -> None:
        alice, _ = self.together("#dev", "Alice", "Bob")
        (carol,) = self.people("Carol")
        alice.command("ban Carol")
        alice.command("invite Carol")
        self.forget()
        carol.command("join #dev")
        self.assertIn(("joined", "Carol", "#dev", "3"), carol.seen())

    def test_only_operators_invite_into_a_closed_one(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        self.people("Carol")
        alice.command("room key sesame")
        self.forget()
        bob.command("invite Carol")
        self.assert_refused(bob, "only a room operator of #dev may do that")

    def test_a_key_is_never_shown(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("room key s3same")
        bob.command("room info")
        shown = bob.raw() + alice.raw()
        self.assertIn(b"key", shown)
        self.assertNotIn(b"s3same", shown)
        alice.command("room key off")
        self.assert_seen(bob, ("changed", "#dev", "open without a key", "Alice"))

    def test_slow_mode_spares_who_has_a_voice(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("room slow 30s")
        self.assert_seen(bob, ("changed", "#dev", "slow: one line every 30s", "Alice"))
        self.forget()
        bob.say("one")
        self.server.advance(10)
        self.assert_seen(bob)
        bob.say("two")
        self.assert_refused(bob, "wait 21 s")
        self.server.advance(21)
        bob.say("three")
        self.assert_seen(alice, ("said", "#dev", "Bob", "one"), ("said", "#dev", "Bob", "three"))
        alice.command("voice Bob")
        bob.say("four")
        bob.say("five")
        self.assertEqual([each[-1] for each in alice.seen() if each[0] == "said"], ["four", "five"])
        alice.command("room slow off")
        self.assertIn(("changed", "#dev", "at normal speed", "Alice"), bob.seen())

    def test_the_lobby_stays_open(self) -> None:
        (alice,) = self.people("Alice")
        self.make_operator("Alice")
        for line in ("room private on", "room key sesame", "room delete #lobby", "room transfer Alice"):
            alice.command(line)
            self.assert_refused(alice, "#lobby")

    def test_switches_are_read_strictly(self) -> None:
        alice, _ = self.together("#dev", "Alice", "Bob")
        alice.command("room private maybe")
        self.assert_refused(alice, "neither on nor off")
        alice.command("room slow never")
        self.assert_refused(alice, "a duration is written like")


class Ending(Behaviour):
    """Deleting a room, and handing it over."""

    def test_only_the_founder_deletes_and_everybody_is_sent_home(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        bob.command("part #lobby")
        alice.command("op Bob")
        self.forget()
        bob.command("room delete #dev")
        self.assert_refused(bob, "only a room founder of #dev")
        alice.command("room delete")
        self.assert_seen(alice, ("usage", "/room delete ROOM"))
        alice.command("room delete dev")
        self.assert_seen(alice, ("deleted", "#dev", "Alice"), IN_THE_LOBBY, ("joined", "Bob", "#lobby", "2"))
        self.assert_seen(bob, ("deleted", "#dev", "Alice"), IN_THE_LOBBY, ("joined", "Bob", "#lobby", "2"))
        bob.say("where am I?")
        self.assert_seen(alice, ("said", "#lobby", "Bob", "where am I?"))
        bob.command("rooms")
        self.assertEqual(self.answer(bob), ("1 room:", "  #lobby (2)"))

    def test_transfer(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        bob.command("room transfer Bob")
        self.assert_refused(bob, "only a room founder")
        alice.command("room transfer Bob")
        self.forget()
        bob.command("names")
        self.assertEqual(self.answer(bob), ("In #dev (2): Alice (operator), Bob (founder)",))
        alice.command("room delete #dev")
        self.assert_refused(alice, "only a room founder")

    def test_there_is_one_founder_even_if_the_old_one_was_out(self) -> None:
        alice, bob, carol = self.together("#dev", "Alice", "Bob", "Carol")
        alice.command("part")
        self.make_operator("Carol")
        carol.command("room transfer Bob")
        alice.command("join #dev")
        self.forget()
        alice.command("names")
        self.assertEqual(self.answer(alice)[0].count("founder"), 1)
        alice.command("room delete #dev")
        self.assert_refused(alice, "only a room founder")
        self.assertEqual(bob.seen(), [])

    def test_the_family_is_told(self) -> None:
        (alice,) = self.people("Alice")
        alice.command("room")
        self.assert_refused(
            alice,
            "/room takes one of: delete, external, info, invite-only, keep, key, limit, moderated, modes, open-topic, "
            "private, register, secret, slow, transfer",
        )


for each in (Kept, Ending):
    globals().update(over_front_ends(each))
