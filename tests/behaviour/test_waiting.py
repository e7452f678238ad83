"""Waiting: for claims on names that are answered late, and for what is left to do at the end."""

from __future__ import annotations

import gc
import sys

from chatd.settings import Limits, Settings
from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.client import you_are
from tests.behaviour.clients import TextClient


class Claiming(Behaviour):
    """A nickname or a room that has to be asked for elsewhere."""

    settings = Settings(limits=Limits(inbox_lines=4, irc_inbox_lines=4))

    def test_later_lines_wait_and_are_run_in_order(self) -> None:
        (bob,) = self.people("Bob")
        alice = self.client()
        alice.seen()
        self.server.claims.late = True
        alice.transmit(alice.packet("/nick Alice", "one", "/topic", "two"))
        self.assert_seen(bob)
        self.assert_seen(alice)
        self.server.claims.answer(True)
        self.assert_seen(
            bob,
            ("joined", "Alice", "#lobby", "2"),
            ("said", "#lobby", "Alice", "one"),
            ("said", "#lobby", "Alice", "two"),
        )
        self.assert_seen(
            alice,
            you_are("Alice"),
            ("joined", "Alice", "#lobby", "2"),
            ("answer", "#lobby has no topic."),
        )

    def test_several_that_wait_one_after_the_other(self) -> None:
        (bob,) = self.people("Bob")
        alice = self.client()
        self.server.claims.late = True
        alice.transmit(alice.packet("/nick Alice", "/nick Al", "hello"))
        self.server.claims.answer(True)
        self.assertEqual(len(self.server.claims), 1)
        self.server.claims.answer(True)
        self.assertEqual(bob.seen()[1:], [("renamed", "Alice", "Al"), ("said", "#lobby", "Al", "hello")])
        self.assertEqual(sorted(self.server.claims.owners), ["al", "bob"])

    def test_one_that_is_refused(self) -> None:
        (bob,) = self.people("Bob")
        alice = self.client()
        alice.seen()
        self.server.claims.late = True
        alice.transmit(alice.packet("/nick Alice", "/nick Al"))
        self.server.claims.answer(False)
        self.assertEqual(alice.seen()[0], ("error", "the nickname Alice is taken"))
        self.server.claims.answer(True)
        self.assertIn(("joined", "Al", "#lobby", "2"), bob.seen())
        self.assertEqual(sorted(self.server.claims.owners), ["al", "bob"])

    def test_a_rename_that_is_refused_changes_nothing(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        self.server.claims.late = True
        alice.command("nick Al")
        self.server.claims.answer(False)
        self.assert_refused(alice, "taken")
        self.assert_seen(bob)
        self.assertEqual(sorted(self.server.claims.owners), ["alice", "bob"])

    def test_two_who_were_both_granted_it(self) -> None:
        alice, other = self.client(), self.client()
        self.forget()
        self.server.claims.late = True
        alice.command("nick Alice")
        other.command("nick alice")
        self.server.claims.answer(True)
        self.server.claims.answer(True)
        self.assertIn(alice.shown(you_are("Alice")), alice.seen())
        self.assertEqual(other.seen()[0][0], "error")
        self.assertEqual(self.server.nicks(), ["Alice"])

    def test_who_is_gone_when_it_is_granted(self) -> None:
        (bob,) = self.people("Bob")
        alice = self.client()
        self.server.claims.late = True
        alice.transmit(alice.packet("/nick Alice", "hello"))
        alice.hang_up()
        self.server.claims.answer(True)
        self.assert_seen(bob)
        self.assertEqual(self.server.nicks(), ["Bob"])
        self.assertEqual(list(self.server.claims.owners), ["bob"])

    def test_who_is_gone_when_a_rename_is_granted(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        self.server.claims.late = True
        alice.command("nick Al")
        alice.hang_up()
        self.forget()
        self.server.claims.answer(True)
        self.assert_seen(bob)
        self.assertEqual(self.server.nicks(), ["Bob"])
        self.assertEqual(list(self.server.claims.owners), ["bob"])

    def test_a_user_who_leaves_gives_the_name_back(self) -> None:
        alice, _ = self.people("Alice", "Bob")
        alice.command("nick Al")
        self.assertEqual(sorted(self.server.claims.owners), ["al", "bob"])
        alice.command("quit")
        self.assertEqual(list(self.server.claims.owners), ["bob"])

    def test_too_many_lines_that_wait_close(self) -> None:
        alice = self.client()
        alice.seen()
        self.server.claims.late = True
        alice.transmit(alice.packet("/nick Alice", "1", "2", "3", "4"))
        self.assertFalse(alice.closed)
        alice.transmit(alice.packet("5"))
        self.assertIn(b"too many of your lines are waiting", alice.raw())
        self.assertTrue(alice.closed)
        self.server.claims.answer(True)
        self.assertEqual(self.server.nicks(), [])
        self.assertEqual(self.server.claims.owners, {})

    def test_lines_that_do_not_wait_are_not_counted(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.transmit(alice.packet(*(str(number) for number in range(50))))
        self.assertEqual([each[-1] for each in bob.seen()], [str(number) for number in range(50)])

    def test_others_do_not_wait(self) -> None:
        alice, bob, carol = self.people("Alice", "Bob", "Carol")
        self.server.claims.late = True
        alice.command("nick Al")
        bob.say("hello")
        self.assert_seen(carol, ("said", "#lobby", "Bob", "hello"))
        self.assert_seen(alice, ("said", "#lobby", "Bob", "hello"))

    def test_a_room_is_claimed_when_it_is_made(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        self.server.claims.late = True
        alice.command("join #dev")
        self.assert_seen(alice)
        self.server.claims.answer(False)
        self.assert_refused(alice, "made elsewhere")
        alice.command("join #dev")
        self.server.claims.answer(True)
        self.assertIn(("joined", "Alice", "#dev", "1"), alice.seen())
        bob.command("join #dev")
        self.assertEqual(len(self.server.claims), 0)
        self.assertIn(("joined", "Bob", "#dev", "2"), bob.seen())

    def test_who_is_gone_when_a_room_is_granted_does_not_make_it(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        self.server.claims.late = True
        alice.command("join #dev")
        alice.hang_up()
        self.forget()
        self.server.claims.answer(True)
        self.assertEqual(list(self.server.registry.rooms), ["#lobby"])
        self.assert_seen(bob)

    def test_who_is_kicked_off_while_waiting_gets_nothing_any_more(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        self.server.claims.late = True
        alice.transmit(alice.packet("/join #dev", "hello"))
        registry = self.server.registry
        registry.throw_off(self.server.user("Alice"), registry.server, "enough")
        self.server.claims.answer(True)
        self.assertTrue(alice.closed)
        self.assert_seen(bob, ("thrown off", "Alice", "localhost", "enough"))
        self.assertEqual(list(registry.rooms), ["#lobby"])


class Forgotten(Behaviour):
    """A claim that nobody answers any more."""

    __test__ = True
    kinds = (TextClient,)

    def test_it_ends_in_silence(self) -> None:
        complaints: list[object] = []
        self.patch(sys, "unraisablehook", lambda unraisable: complaints.append(unraisable.exc_value))
        for _ in range(10):
            self.setUp()
            self.server.claims.late = True
            for _ in range(10):
                self.client().transmit(b"Alice\r\n")
            self.assertEqual(len(self.server.claims), 10)
            del self.server, self.clients
            gc.collect()
        self.setUp()
        self.assertEqual(complaints, [])


class HalfClosed(Behaviour):
    """Who sends everything and then only reads."""

    def test_everything_is_done_and_answered(self) -> None:
        (bob,) = self.people("Bob")
        alice = self.client()
        alice.seen()
        alice.transmit(alice.packet("/nick Alice", "hello", "/topic"))
        alice.finish()
        self.assertEqual(
            bob.seen(),
            [
                ("joined", "Alice", "#lobby", "2"),
                ("said", "#lobby", "Alice", "hello"),
                ("quit", "Alice", "connection closed"),
            ],
        )
        self.assertEqual(alice.seen()[-2:], [("answer", "#lobby has no topic."), ("answer", "Goodbye.")])
        self.assertTrue(alice.closed)

    def test_late_answers_are_waited_for(self) -> None:
        (bob,) = self.people("Bob")
        alice = self.client()
        alice.seen()
        self.server.claims.late = True
        alice.transmit(alice.packet("/nick Alice", "hello"))
        alice.finish()
        self.assertFalse(alice.closed)
        self.server.claims.answer(True)
        self.assertIn(("said", "#lobby", "Alice", "hello"), bob.seen())
        self.assertIn(alice.shown(you_are("Alice")), alice.seen())
        self.assertTrue(alice.closed)

    def test_commits_are_waited_for(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        self.server.store.holding = True
        alice.transmit(alice.packet("hello", "/topic"))
        alice.finish()
        self.assertFalse(alice.closed)
        self.server.store.release()
        self.assertEqual([each[0] for each in bob.seen()], ["said", "quit"])
        self.assertEqual(alice.seen()[0], ("answer", "#lobby has no topic."))
        self.assertTrue(alice.closed)


for each in (Claiming, HalfClosed):
    globals().update(over_front_ends(each))
