"""Keeping order: kicks, bans and mutes."""

from __future__ import annotations

from tests.behaviour.cases import IN_THE_LOBBY, Behaviour, over_front_ends


class Kicking(Behaviour):
    """Putting a user out of a room."""

    def test_everybody_is_told_and_the_victim_may_come_back(self) -> None:
        alice, bob, carol = self.together("#dev", "Alice", "Bob", "Carol")
        alice.command("kick Bob spamming the room")
        for person in (alice, bob, carol):
            home = (IN_THE_LOBBY,) if person is bob else ()
            self.assert_seen(person, ("kicked", "Bob", "#dev", "Alice", "spamming the room"), *home)
        alice.say("he is gone")
        self.assert_seen(bob)
        bob.command("join #dev")
        self.assert_seen(bob, ("joined", "Bob", "#dev", "3"))

    def test_the_victim_without_another_room_is_sent_to_the_lobby(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        bob.command("part #lobby")
        self.forget()
        alice.command("kick Bob")
        self.assert_seen(
            bob, ("kicked", "Bob", "#dev", "Alice", ""), IN_THE_LOBBY, ("joined", "Bob", "#lobby", "2")
        )

    def test_who_is_kicked_from_the_lobby_has_no_room_and_can_say_so(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        self.make_operator("Alice")
        alice.command("kick Bob")
        self.forget()
        bob.say("hello?")
        self.assert_refused(bob, "you are in no room")
        for line in ("part", "names", "topic"):
            bob.command(line)
            self.assert_refused(bob, "you are in none")
        bob.command("join #lobby")
        self.assert_seen(bob, ("joined", "Bob", "#lobby", "2"))

    def test_refusals(self) -> None:
        alice, bob, carol = self.together("#dev", "Alice", "Bob", "Carol")
        self.make_lasting("#dev")
        bob.command("kick Carol")
        self.assert_refused(bob, "only a room operator of #dev may do that")
        alice.command("op Bob")
        carol.command("part")
        self.forget()
        bob.command("kick Alice")
        self.assert_refused(bob, "Alice ranks above you")
        bob.command("kick Carol")
        self.assert_refused(bob, "Carol is not in #dev")
        bob.command("kick Nobody")
        self.assert_refused(bob, 'no user named "Nobody"')
        bob.command("kick")
        self.assert_seen(bob, ("usage", "/kick [ROOM] USER [REASON]"))
        self.assert_seen(alice)

    def test_a_server_operator_outranks_a_founder(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        self.make_operator("Bob")
        alice.command("kick Bob")
        self.assert_refused(alice, "Bob ranks above you")
        bob.command("kick Alice")
        self.assert_seen(alice, ("kicked", "Alice", "#dev", "Bob", ""), IN_THE_LOBBY)


class Banning(Behaviour):
    """Keeping a user out of a room."""

    def test_for_a_while(self) -> None:
        alice, bob, carol = self.together("#dev", "Alice", "Bob", "Carol")
        alice.command("ban Bob 10m spamming")
        self.assert_seen(
            carol,
            ("banned", "Alice", "bob", "#dev", "10m", "spamming"),
            ("kicked", "Bob", "#dev", "Alice", "spamming"),
        )
        self.forget()
        bob.command("join #dev")
        self.assert_refused(bob, "you are banned from #dev")
        self.server.advance(60)
        alice.command("ban")
        self.assertEqual(self.answer(alice), ("Banned from #dev:", "  bob by Alice, 540 s left (spamming)"))
        self.server.advance(539)
        bob.command("join #dev")
        self.assert_refused(bob, "you are banned from #dev")
        self.server.advance(1)
        bob.command("join #dev")
        self.assert_seen(bob, ("joined", "Bob", "#dev", "3"))
        self.forget()
        alice.command("ban")
        self.assertEqual(self.answer(alice), ("Nobody is banned from #dev.",))

    def test_for_good_until_lifted(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("ban Bob")
        self.forget()
        self.server.advance(10 * 365 * 86400)
        bob.command("join #dev")
        self.assert_refused(bob, "banned")
        alice.command("unban Bob")
        self.assert_seen(alice, ("unbanned", "Alice", "bob", "#dev"))
        alice.command("unban Bob")
        self.assert_refused(alice, "not banned from #dev")
        bob.command("join #dev")
        self.assert_seen(bob, ("joined", "Bob", "#dev", "2"))

    def test_a_ban_on_the_host_meets_every_nickname_from_there(self) -> None:
        alice, *_ = self.people("Alice")
        bob = self.client("Bob", "198.51.100.7")
        for person in (alice, bob):
            person.command("join #dev")
        self.forget()
        alice.command("ban Bob")
        told = next(each[1] for each in alice.seen() if each[0] == "answer")
        mask = told.partition("/ban ")[2].split()[0]
        self.assertTrue(mask.startswith("host:"), told)
        bob.command("nick Robert")
        bob.command("join #dev")
        self.assertIn(("joined", "Robert", "#dev", "2"), bob.seen())
        alice.command(f"ban {mask}")
        self.assertIn(("kicked", "Robert", "#dev", "Alice", "banned"), bob.seen())
        bob.command("nick Rob")
        self.forget()
        bob.command("join #dev")
        self.assert_refused(bob, "banned")
        other = self.client("Other", "203.0.113.5")
        other.command("join #dev")
        self.assertIn(("joined", "Other", "#dev", "2"), other.seen())

    def test_a_banned_nickname_cannot_be_taken_inside(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("ban spam*")
        self.forget()
        bob.command("nick Spammer")
        self.assert_refused(bob, "that nickname is banned from #dev")

    def test_one_cannot_ban_oneself_or_who_stands_above(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        self.make_lasting("#dev")
        alice.command("op Bob")
        self.forget()
        alice.command("ban A*")
        self.assert_refused(alice, "yourself")
        bob.command("ban Alice")
        self.assert_refused(bob, "Alice ranks above you")
        bob.command("ban *")
        self.assert_refused(bob, "would match everybody")
        self.assertEqual(self.server.registry.rooms["#dev"].bans, {})

    def test_a_clock_that_is_set_frees_nobody(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("ban Bob 10m")
        self.forget()
        for hours in (1, -2):
            self.server.wall += hours * 3600
            bob.command("join #dev")
            self.assert_refused(bob, "banned")
        self.server.advance(601)
        bob.command("join #dev")
        self.assert_seen(bob, ("joined", "Bob", "#dev", "2"))

    def test_only_operators_ban(self) -> None:
        _, bob = self.together("#dev", "Alice", "Bob")
        for line in ("ban", "ban Alice", "unban Alice"):
            bob.command(line)
            self.assert_refused(bob, "only a room operator")


class Muting(Behaviour):
    """Letting a user read but not speak."""

    def test_a_muted_users_lines_are_refused_with_the_reason(self) -> None:
        alice, bob, carol = self.together("#dev", "Alice", "Bob", "Carol")
        alice.command("mute Bob 10m shouting")
        for person in (alice, bob, carol):
            self.assert_seen(person, ("muted", "Bob", "#dev", "Alice", "10m", "shouting"))
        bob.say("but")
        self.assert_refused(bob, "you are muted in #dev")
        bob.command("me shouts")
        self.assert_refused(bob, "you are muted in #dev")
        bob.command("nick Robert")
        self.forget()
        bob.say("another name")
        self.assert_refused(bob, "you are muted in #dev")
        alice.say("still heard?")
        self.assert_seen(bob, ("said", "#dev", "Alice", "still heard?"))
        self.server.advance(600)
        bob.say("free")
        self.assertIn(("said", "#dev", "Robert", "free"), alice.seen())

    def test_a_muted_user_has_no_last_word(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("mute Bob")
        self.forget()
        bob.command("away shouting on")
        bob.command("part #dev and shouting")
        bob.command("join #dev")
        bob.command("quit shouting still")
        self.assertNotIn(b"shouting", alice.raw())

    def test_nobody_lifts_his_own(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("op Bob")
        alice.command("mute Bob")
        self.forget()
        bob.command("unmute Bob")
        self.assert_refused(bob, "you cannot lift your own mute")
        alice.command("unmute Bob")
        self.assert_seen(bob, ("unmuted", "Bob", "#dev", "Alice"))

    def test_a_clock_that_is_set_changes_no_term(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("mute Bob 10m")
        for hours in (1, -2):
            self.server.wall += hours * 3600
            self.forget()
            bob.say("free?")
            self.assert_refused(bob, "you are muted in #dev")
        self.server.advance(601)
        self.forget()
        bob.say("free")
        self.assert_seen(alice, ("said", "#dev", "Bob", "free"))

    def test_it_is_lifted(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("unmute Bob")
        self.assert_refused(alice, "Bob is not muted")
        alice.command("mute Bob")
        self.forget()
        alice.command("unmute Bob")
        self.assert_seen(bob, ("unmuted", "Bob", "#dev", "Alice"))
        bob.say("free")
        self.assertIn(("said", "#dev", "Bob", "free"), alice.seen())

    def test_other_rooms_and_private_talk_stay_open(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("mute Bob")
        bob.command("join #lobby")
        self.forget()
        bob.say("here")
        bob.command("pm Alice why?")
        self.assert_seen(alice, ("said", "#lobby", "Bob", "here"), ("pm", "Bob", "why?"))

    def test_leaving_and_coming_back_does_not_help(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("mute Bob")
        bob.command("part")
        bob.command("join #dev")
        self.forget()
        bob.say("hello")
        self.assert_refused(bob, "muted")

    def test_refusals(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        self.make_lasting("#dev")
        bob.command("mute Alice")
        self.assert_refused(bob, "only a room operator")
        alice.command("op Bob")
        self.forget()
        bob.command("mute Alice")
        self.assert_refused(bob, "Alice ranks above you")
        alice.command("mute Bob 0s")
        self.assert_refused(alice, "a duration lasts")


class Addresses(Behaviour):
    """Nobody finds out by bans where another one is."""

    def test_a_room_operator_does_not_ban_by_address(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        for mask in ("address:127.0.0.1", "10.0.0.0/8", "address:2001:db8::/32"):
            alice.command(f"ban {mask}")
            self.assert_refused(alice, "addresses are banned by operators of the server")
        self.assert_seen(bob)

    def test_the_room_is_not_shown_an_address_that_is_banned(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        self.make_operator("Bob")
        bob.command("ban address:203.0.113.7")
        for person in (alice, bob):
            self.assertNotIn("203.0.113.7", str(person.seen()))
        alice.command("ban")
        self.assertNotIn("203.0.113.7", str(alice.seen()))
        bob.command("ban")
        self.assertIn("203.0.113.7", str(bob.seen()))


class Locked(Behaviour):
    """What an outsider sees of a room with a key."""

    def test_neither_its_members_nor_its_topic(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        for line in ("join #dev", "topic secret plans", "room key sesame"):
            alice.command(line)
        self.forget()
        for line in ("names #dev", "topic #dev", "room info #dev"):
            bob.command(line)
            self.assert_refused(bob, "#dev has a key")
        bob.command("rooms")
        self.assertNotIn("secret plans", str(bob.seen()))
        bob.command("join #dev sesame")
        self.forget()
        bob.command("topic")
        self.assertEqual(self.answer(bob), ("Topic of #dev: secret plans",))


for each in (Kicking, Banning, Muting, Addresses, Locked):
    globals().update(over_front_ends(each))
