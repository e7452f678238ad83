"""Nicknames: asked for, unique, changed, and what others may learn of who has one."""

from __future__ import annotations

from chatd.core import masks
from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.client import you_are
from tests.behaviour.clients import TextClient

RULE = "a nickname holds only letters, digits and [ ] \\ ` _ ^ { | } -"


class Naming(Behaviour):
    """Taking a nickname."""

    def test_it_is_asked_for(self) -> None:
        alice = self.client()
        self.assertEqual(alice.seen()[-1], ("prompt", "Enter your nickname: "))

    def test_it_leads_into_the_lobby(self) -> None:
        bob, *_ = self.people("Bob")
        alice = self.client()
        alice.seen()
        alice.command("nick Alice")
        self.assert_seen(alice, you_are("Alice"), ("joined", "Alice", "#lobby", "2"))
        self.assert_seen(bob, ("joined", "Alice", "#lobby", "2"))

    def test_the_greeting_tells_how_many_are_online(self) -> None:
        self.people("Alice", "Bob")
        carol = self.client()
        self.assertEqual(carol.seen()[0], ("answer", "Welcome to chatd at localhost (2 online). Type /help."))

    def test_a_taken_one_is_refused_and_asked_for_again(self) -> None:
        self.people("Alice")
        for typed in ("Alice", "alice", "ＡＬＩＣＥ"):
            other = self.client()
            other.seen()
            other.command(f"nick {typed}")
            seen = other.seen()
            self.assertEqual(seen[0][0], "error", typed)
            self.assertIn("taken", seen[0][1])
            self.assertFalse(other.closed)
            other.command("nick Carol")
            self.assertIn(other.shown(you_are("Carol")), other.seen())
            other.hang_up()

    def test_fullwidth_letters_become_plain_ones(self) -> None:
        alice = self.client()
        alice.command("nick ＡＬＩＣＥ")
        self.assertIn(alice.shown(you_are("ALICE")), alice.seen())

    def test_a_look_alike_is_refused(self) -> None:
        self.people("admin")
        other = self.client()
        other.seen()
        other.command("nick аdmin")  # the first letter is Cyrillic
        self.assertIn("looks too much like admin", other.seen()[0][1])
        self.assertEqual(self.server.nicks(), ["admin"])

    def test_reserved_ones_and_their_look_alikes_are_refused(self) -> None:
        other = self.client()
        for typed in ("server", "Server", "NickServ", "sеrver"):  # the last with a Cyrillic letter
            other.seen()
            other.command(f"nick {typed}")
            self.assertEqual(other.seen()[0][0], "error", typed)
        self.assertEqual(self.server.nicks(), [])

    def test_unfit_ones_are_refused(self) -> None:
        other = self.client()
        for typed in ("#x", "/x", "a,b", "1st", "-x", "x" * 33, "é" * 33, "a\u200bb", "a\u202eb", "a:b"):
            other.seen()
            other.command(f"nick {typed}")
            self.assertEqual(other.seen()[0][0], "error", typed)
        self.assertEqual(self.server.nicks(), [])

    def test_the_longest_ones_are_allowed(self) -> None:
        self.people("x" * 32, "é" * 32)
        self.assertEqual(self.server.nicks(), ["x" * 32, "é" * 32])

    def test_two_words_are_no_name(self) -> None:
        alice = self.client()
        alice.seen()
        alice.command("nick Alice Liddell")
        self.assertEqual(alice.seen()[0], ("error", RULE))

    def test_it_is_free_again_after_its_user_left(self) -> None:
        alice, *_ = self.people("Alice")
        alice.hang_up()
        self.client("alice")
        self.assertEqual(self.server.nicks(), ["alice"])

    def test_who_is_banned_from_the_server_gets_none(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        registry = self.server.registry
        registry.ban(registry.server, None, masks.parse("Bob"), 60, "spam")
        self.assertTrue(bob.closed)
        self.assertIn(b"kicked off the server by localhost (spam)", bob.raw())
        again = self.client()
        again.seen()
        again.command("nick bob")
        self.assertIn("banned from this server (spam)", again.seen()[0][1])
        self.server.advance(61)
        self.client().command("nick bob")
        self.assertEqual(self.server.nicks(), ["Alice", "bob"])
        self.assertFalse(alice.closed)


class Renaming(Behaviour):
    """Changing one's nickname."""

    def test_everybody_is_told(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        for command, old, new in (("nick", "Alice", "Al"), ("username", "Al", "Alicia")):
            alice.command(f"{command} {new}")
            self.assert_seen(bob, ("renamed", old, new))
            self.assertEqual(sorted(alice.seen()), [alice.shown(you_are(new)), ("renamed", old, new)])
        alice.say("hello")
        self.assert_seen(bob, ("said", "#lobby", "Alicia", "hello"))
        bob.command("users")
        self.assertEqual(self.answer(bob)[0], "2 online: Alicia, Bob")

    def test_who_shares_two_rooms_is_told_once(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("nick Al")
        self.assert_seen(bob, ("renamed", "Alice", "Al"))

    def test_who_shares_no_room_is_not_told(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        bob.command("join #dev")
        bob.command("part #lobby")
        self.forget()
        alice.command("nick Al")
        self.assert_seen(bob)

    def test_capitals_can_be_changed(self) -> None:
        alice, bob = self.people("alice", "Bob")
        alice.command("nick Alice")
        self.assert_seen(bob, ("renamed", "alice", "Alice"))

    def test_the_same_name_again_is_not_announced(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.command("nick Alice")
        self.assert_seen(alice, you_are("Alice"))
        self.assert_seen(bob)

    def test_a_taken_name_is_refused(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.command("nick BOB")
        self.assert_refused(alice, "taken")
        self.assert_seen(bob)
        self.assertEqual(self.server.nicks(), ["Alice", "Bob"])

    def test_the_old_name_is_free(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.command("nick Carol")
        bob.command("nick Alice")
        self.assertEqual(self.server.nicks(), ["Alice", "Carol"])


class Whois(Behaviour):
    """What others may learn of a user."""

    def test_rooms_idle_time_and_absence(self) -> None:
        _, bob = self.together("#dev", "Alice", "Bob")
        self.server.advance(90)
        bob.command("away at lunch")
        self.forget()
        self.server.advance(30)
        for alias in ("whois", "user"):
            self.clients[0].command(f"{alias} bob")
            lines = self.answer(self.clients[0])
            self.assertTrue(lines[0].startswith("Bob is a guest, from "), lines)
            self.assertEqual(
                lines[1:], ("  Rooms: #lobby, #dev", "  Idle: 30 s, sessions: 1", "  Away: at lunch")
            )

    def test_nobody_of_that_name(self) -> None:
        alice, _ = self.people("Alice", "Robert")
        alice.command("whois Robrt")
        self.assert_seen(alice, ("error", 'no user named "Robrt". Did you mean Robert?'))

    def test_private_rooms_are_left_out(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        bob.command("join #den")
        bob.command("room private on")
        self.forget()
        alice.command("whois Bob")
        self.assertEqual(self.answer(alice)[1], "  Rooms: #lobby")

    def test_the_address_is_for_operators_only(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        self.client("Carol", "198.51.100.7")
        self.forget()
        for line in ("whois Carol", "users", "names", "rooms", "room info"):
            bob.command(line)
            self.assertNotIn(b"198.51.100.7", bob.raw())
        self.make_operator("Alice")
        alice.command("whois Carol")
        self.assertIn("198.51.100.7", self.answer(alice)[0])

    def test_nothing_shown_of_coming_and_going_holds_an_address(self) -> None:
        alice, *_ = self.people("Alice")
        carol = self.client("Carol", "198.51.100.7")
        carol.say("hello")
        carol.command("nick Caroline")
        carol.command("pm Alice hello")
        carol.command("quit")
        shown = alice.raw()
        self.assertIn(b"Caroline", shown)
        self.assertNotIn(b"198.51.100.7", shown)

    def test_one_address_has_one_host(self) -> None:
        alice, *_ = self.people("Alice")
        for nick, address in (("Bob", "198.51.100.7"), ("Carol", "198.51.100.7"), ("Dave", "203.0.113.9")):
            self.client(nick, address)
        hosts = []
        for nick in ("Bob", "Carol", "Dave"):
            alice.seen()
            alice.command(f"whois {nick}")
            hosts.append(self.answer(alice)[0].partition(" from ")[2])
        self.assertEqual(hosts[0], hosts[1])
        self.assertNotEqual(hosts[0], hosts[2])


class Users(Behaviour):
    """The list of who is online."""

    def test_everybody_and_the_rooms(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        bob.command("join #dev")
        bob.command("away")
        self.make_operator("Alice")
        self.forget()
        for alias in ("users", "list", "who"):
            alice.command(alias)
            lines = self.answer(alice)
            self.assertEqual(lines, ("2 online: Alice (operator), Bob (away)", "Rooms: #lobby, #dev"), alias)


class PlainNaming(Behaviour):
    """What only a person at a prompt does."""

    __test__ = True
    kinds = (TextClient,)

    def test_the_line_after_the_prompt_is_the_nickname(self) -> None:
        alice = self.client()
        self.assertEqual(
            alice.raw(), b"Welcome to chatd at localhost (0 online). Type /help.\r\nEnter your nickname: "
        )
        alice.say("Alice")
        self.assertEqual(
            alice.raw(),
            b"-> You are Alice (guest). /register PASSWORD keeps this name.\r\n * Alice has joined #lobby (1 here)\r\n",
        )

    def test_it_is_asked_for_after_each_refusal(self) -> None:
        alice = self.client()
        alice.raw()
        alice.say("a b")
        self.assertEqual(alice.raw().decode(), f"-> Error: {RULE}\r\nEnter your nickname: ")
        alice.say("")
        self.assertEqual(alice.raw(), b"Enter your nickname: ")


for each in (Naming, Renaming, Whois, Users):
    globals().update(over_front_ends(each))
