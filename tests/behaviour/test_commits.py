"""Stored before shown: what clients see of a store that takes its time, or fails."""

from __future__ import annotations

from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.clients import JsonClient, TextClient


class Committing(Behaviour):
    """A store that takes its time."""

    def test_nothing_is_shown_before_it_is_stored(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        self.server.store.holding = True
        alice.say("one")
        bob.say("two")
        self.assert_seen(bob)
        self.assert_seen(alice)
        self.server.store.release()
        self.assert_seen(bob, ("said", "#lobby", "Alice", "one"))
        self.assert_seen(alice, ("said", "#lobby", "Bob", "two"))

    def test_own_lines_are_answered_in_order(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        self.server.store.holding = True
        alice.transmit(alice.packet("one", "/topic", "/nothing", "/nick Al", "two", "/motd"))
        self.assert_seen(alice)
        self.server.store.release()
        self.assertEqual(
            [each[0] for each in alice.seen()], ["answer", "error", "renamed", "answer", "answer"]
        )
        self.assert_seen(
            bob,
            ("said", "#lobby", "Alice", "one"),
            ("renamed", "Alice", "Al"),
            ("said", "#lobby", "Al", "two"),
        )

    def test_others_answers_do_not_wait(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        self.server.store.holding = True
        alice.say("held")
        bob.command("topic")
        self.assert_seen(bob, ("answer", "#lobby has no topic."))
        self.server.store.release()

    def test_who_leaves_still_says_what_he_said(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        self.server.store.holding = True
        alice.say("last words")
        alice.command("quit")
        self.assertFalse(alice.closed)
        self.server.store.release()
        self.assert_seen(bob, ("said", "#lobby", "Alice", "last words"), ("quit", "Alice", ""))
        self.assertTrue(alice.closed)

    def test_a_dropped_client_too(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        self.server.store.holding = True
        alice.say("last words")
        alice.hang_up()
        self.assertEqual(self.server.nicks(), ["Bob"])
        self.server.store.release()
        self.assertEqual([each[0] for each in bob.seen()], ["said", "quit"])

    def test_who_enters_meanwhile_sees_only_what_comes_after(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.command("join #dev")
        self.forget()
        self.server.store.holding = True
        alice.say("before")
        bob.command("join #dev")
        alice.say("after")
        self.server.store.release()
        self.assertEqual(
            [each for each in bob.seen() if each[0] != "answer"],
            [("joined", "Bob", "#dev", "2"), ("said", "#dev", "Alice", "after")],
        )


class NotStored(Behaviour):
    """A store that is too slow, or fails."""

    __test__ = True
    kinds = (TextClient, JsonClient)

    def test_after_a_second_it_is_shown_and_marked(self) -> None:
        text, json = self.people("Alice", "Bot")
        assert isinstance(json, JsonClient)
        self.server.store.holding = True
        ref = json.request(type="say", text="hello")
        self.server.advance(0.9)
        self.assertEqual(text.raw(), b"")
        self.server.advance(0.1)
        self.assertEqual(text.lines(), [b"Bot: hello (not stored)"])
        (message,) = json.objects()
        self.assertEqual((message["stored"], message.get("number"), message["ref"]), (False, None, ref))
        self.server.store.release()
        self.assertEqual((text.raw(), json.raw()), (b"", b""))
        json.say("next")
        self.assertEqual(json.objects()[0]["number"], 2)

    def test_a_failed_transaction_is_told_at_once(self) -> None:
        text, json = self.people("Alice", "Bot")
        self.server.store.holding = True
        json.say("hello")
        self.server.store.fail()
        self.assertEqual(text.lines(), [b"Bot: hello (not stored)"])
        self.server.store.release()
        json.say("again")
        self.assertEqual(text.lines(), [b"Bot: again"])


globals().update(over_front_ends(Committing))
