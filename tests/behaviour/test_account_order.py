"""Keeping order among accounts: no way in or up that an account opens to who is banned, muted or ranks below."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from chatd.core import masks
from chatd.core.names import nickname
from tests.behaviour.cases import over_front_ends
from tests.behaviour.test_coming_back import SECRET, Returning


class Banned(Returning):
    def ban(self, mask: str) -> None:
        """Ban from the server, as the owner does."""
        registry = self.server.registry
        registry.ban(registry.server, None, registry.mask_of(mask))

    def test_an_account_does_not_get_in_as_a_guest_who_logs_in(self) -> None:
        self.leave(self.account("Alice"))
        self.ban("Alice")
        (bob,) = self.people("Bob")
        bob.command(f"login Alice {SECRET}")
        self.assert_refused(bob, "you are banned")
        self.assertIsNone(self.server.user("Bob").who.account)

    def test_an_address_does_not_get_in_as_a_second_session(self) -> None:
        alice = self.account("Alice")
        self.ban("address:192.0.2.9")
        other = self.client(address="192.0.2.9", secure=True)
        other.seen()
        other.command(f"login Alice {SECRET}")
        self.assertIn(b"you are banned", other.raw())
        self.assertEqual(len(self.server.user("Alice").sessions), 1)
        self.assertFalse(alice.closed)

    def test_an_address_of_any_session_is_met(self) -> None:
        self.account("Alice")
        other = self.client(address="192.0.2.9", secure=True)
        other.command(f"login Alice {SECRET}")
        self.ban("address:192.0.2.9")
        self.assertEqual(self.server.nicks(), [])

    def test_who_logs_in_is_no_more_where_his_account_is_banned(self) -> None:
        alice, bob = self.account("Alice"), self.account("Bob")
        alice.command("join #dev")
        self.leave(bob)
        alice.command("ban #dev account:Bob")
        (guest,) = self.people("Guest")
        guest.command("join #dev")
        guest.command(f"login Bob {SECRET}")
        self.assertNotIn("#dev", [room.name.shown for room in self.server.user("Guest").rooms.values()])

    def test_nobody_lifts_his_own_ban(self) -> None:
        alice, bob = self.account("Alice"), self.account("Bob")
        alice.command("join #dev")
        bob.command("join #dev")
        alice.command("op Bob")
        alice.command("ban #dev Bob")
        self.forget()
        bob.command("unban #dev account:Bob")
        self.assert_refused(bob, "you cannot lift your own ban")

    def test_nor_bans_who_stands_above_and_is_away(self) -> None:
        alice, bob = self.account("Alice"), self.account("Bob")
        alice.command("join #dev")
        alice.command("room register")
        bob.command("join #dev")
        alice.command("op Bob")
        self.leave(alice)
        bob.command("ban #dev Alice")
        self.assert_refused(bob, "Alice ranks above you")

    def test_a_guest_with_a_name_that_was_given_away_is_meant_himself(self) -> None:
        """The owner of the name is not banned for him."""
        alice = self.account("Alice")
        alice.command("join #dev")
        (guest,) = self.people("Guest")
        registry = self.server.registry
        self.successResultOf(Deferred.fromCoroutine(self.server.accounts.add(nickname("Guest"), SECRET)))
        self.assertEqual(registry.mask_of("Guest"), masks.parse("Guest"))
        self.assertFalse(guest.closed)


class Ranked(Returning):
    def test_a_registered_room_is_not_given_to_a_guest(self) -> None:
        alice = self.account("Alice")
        alice.command("join #dev")
        alice.command("room register")
        (bob,) = self.people("Bob")
        bob.command("join #dev")
        self.forget()
        alice.command("room transfer Bob")
        self.assert_refused(alice, "Bob is a guest")

    def test_the_longer_mute_stays(self) -> None:
        """Who is muted for good does not get away by logging in from a guest who is muted for a moment."""
        alice, bob = self.account("Alice"), self.account("Bob")
        for client in (alice, bob):
            client.command("join #dev")
        alice.command("room register")
        alice.command("mute #dev Bob")
        self.leave(bob)
        (guest,) = self.people("Guest")
        guest.command("join #dev")
        alice.command("mute #dev Guest 1s")
        guest.command(f"login Bob {SECRET}")
        self.server.advance(5)
        self.forget()
        guest.say("free")
        self.assert_refused(guest, "you are muted in #dev")
        self.restart()
        room = self.server.registry.rooms["#dev"]
        self.assertEqual(list(room.mutes.values()), [None])


class AtOnce(Returning):
    def test_all_clients_come_back_with_the_right_password(self) -> None:
        self.leave(self.account("Alice"))
        for _ in range(6):
            self.back("Alice")
        self.assertEqual(len(self.server.user("Alice").sessions), 6)

    def test_mail_for_who_logs_out_in_the_same_breath_waits_on(self) -> None:
        alice, bob = self.account("Alice"), self.account("Bob")
        self.leave(bob)
        alice.command("pm Bob hi")
        other = self.client()
        other.raw()
        other.transmit(other.packet(f"/login Bob {SECRET}", "/logout"))
        shown = self.private(other)
        again = self.private(self.back("Bob"))
        self.assertEqual(shown + again, ["hi"])

    def test_rooms_of_an_earlier_process_are_remembered_once(self) -> None:
        """Who comes back by logging in is shown what was said there, and the next to enter sees it once."""
        alice = self.account("Alice")
        alice.command("join #dev")
        alice.command("room register")
        alice.say("yesterday")
        self.restart()
        alice = self.back("Alice")
        self.assertEqual(alice.raw().count(b"yesterday"), 1)
        alice.command("topic #dev new")
        (bob,) = self.people("Bob")
        bob.command("join #dev")
        shown = bob.raw()
        topics = shown.count(b'"type":"topic"') + shown.count(b"has set the topic of #dev: new")
        self.assertEqual((shown.count(b"yesterday"), topics), (1, 1))


for _behaviour in (Banned, Ranked, AtOnce):
    globals().update(over_front_ends(_behaviour))
