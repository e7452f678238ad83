"""/room keep: a room that keeps less than the server does."""

from __future__ import annotations

from chatd.core.keeping import Keep
from chatd.settings import History, Settings
from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.client import Client


class Keeping(Behaviour):
    def registered(self) -> list[Client]:
        people = self.together("#dev", "Alice", "Bob")
        self.room = self.server.registry.rooms["#dev"]
        self.room.registered = True
        return people

    def test_what_it_keeps_is_told(self) -> None:
        alice, bob = self.registered()
        for words, told, keep in (
            ("90d", "90d", Keep(seconds=90 * 86_400)),
            ("1000", "the last 1000 lines", Keep(messages=1000)),
            ("90d 1", "90d, the last line", Keep(90 * 86_400, 1)),
            ("#dev default", "for ever", Keep()),
        ):
            alice.command(f"room keep {words}")
            self.assertEqual(self.room.keep, keep)
            self.forget()
            bob.command("room info")
            self.assertIn(f"  Keeps: {told}", self.answer(bob))

    def test_everybody_there_is_shown_it(self) -> None:
        alice, bob = self.registered()
        alice.command("room keep 90d 5")
        self.assert_seen(bob, ("changed", "#dev", "keeping 90d, the last 5 lines", "Alice"))
        alice.command("room keep default")
        self.assert_seen(bob, ("changed", "#dev", "keeping as much as the server", "Alice"))

    def test_who_may(self) -> None:
        alice, bob = self.registered()
        alice.command("op Bob")
        self.forget()
        bob.command("room keep 90d")
        self.assert_refused(bob, "only a room founder")

    def test_not_more_than_the_server(self) -> None:
        self.server.registry.renew(Settings(history=History(keep_days=30, keep_messages=500)))
        alice, _ = self.registered()
        for words in ("31d", "501", "7d 501"):
            alice.command(f"room keep {words}")
            self.assert_refused(
                alice, "this server keeps 30d, the last 500 lines; a room may keep less, not more"
            )
        alice.command("room keep 7d")
        self.forget()
        alice.command("room info")
        self.assertIn("  Keeps: 1w, the last 500 lines", self.answer(alice))

    def test_mistakes(self) -> None:
        alice, _ = self.registered()
        for words, told in (
            ("0", "a count is from 1"),
            ("9999999999999", "a count is from 1"),
            ("5 6", "one of each"),
            ("5d 6d", "one of each"),
            ("long", "a duration is written like"),
        ):
            alice.command(f"room keep {words}")
            self.assert_refused(alice, told)

    def test_a_room_that_ends_with_its_members_keeps_nothing(self) -> None:
        alice, _ = self.together("#dev", "Alice", "Bob")
        alice.command("room keep 90d")
        self.assert_refused(alice, "#dev is not registered")


globals().update(over_front_ends(Keeping))
