"""Ranks in a room: who has them, gives them and loses them, and what they are needed for."""

from __future__ import annotations

from typing import Any

from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.clients import Client, JsonClient


class Ranking(Behaviour):
    """Operators and voices."""

    def test_given_and_taken(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        for give, take, rank in (("op", "deop", "operator"), ("voice", "devoice", "voice")):
            alice.command(f"{give} Bob")
            for person in (alice, bob):
                self.assert_seen(person, ("ranked", "Bob", rank, "#dev", "Alice"))
            bob.command("names")
            self.assertEqual(self.answer(bob), (f"In #dev (2): Alice (founder), Bob ({rank})",))
            alice.command(f"{take} Bob")
            for person in (alice, bob):
                self.assert_seen(person, ("unranked", "Bob", rank, "#dev", "Alice"))
            alice.command(f"{take} Bob")
            self.assert_refused(alice, f"Bob is no {rank} of #dev")

    def test_refusals(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        self.make_lasting("#dev")
        bob.command("op Bob")
        self.assert_refused(bob, "only a room operator")
        alice.command("op Bob")
        self.forget()
        alice.command("op Bob")
        self.assert_refused(alice, "#dev already")
        bob.command("deop Alice")
        self.assert_refused(bob, "Alice ranks above you")

    def test_who_has_made_a_room_is_its_first_operator(self) -> None:
        """Until it is registered: whom he makes one may do as much."""
        alice, bob, carol = self.together("#dev", "Alice", "Bob", "Carol")
        alice.command("op Bob")
        self.forget()
        bob.command("kick Alice")
        self.assert_seen(carol, ("kicked", "Alice", "#dev", "Bob", ""))

    def test_he_may_lay_that_down(self) -> None:
        alice, _ = self.together("#dev", "Alice", "Bob")
        alice.command("deop Alice")
        self.forget()
        alice.command("kick Bob")
        self.assert_refused(alice, "only a room operator")

    def test_giving_a_lower_rank_takes_no_higher_one(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("op Bob")
        alice.command("voice Bob")
        alice.command("op Alice")
        alice.command("voice Alice")
        self.forget()
        bob.command("names")
        self.assertEqual(self.answer(bob), ("In #dev (2): Alice (founder), Bob (operator)",))

    def test_who_is_not_there_is_named_as_such(self) -> None:
        alice, _ = self.together("#dev", "Alice", "Bob")
        self.people("Carol")
        self.forget()
        alice.command("op Carol")
        self.assert_seen(alice, ("error", "Carol is not in #dev"))

    def test_ranks_of_guests_end_with_them(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("op Bob")
        bob.hang_up()
        bob = self.client("Bob")
        bob.command("join #dev")
        self.forget()
        bob.command("topic mine")
        self.assert_refused(bob, "only a room operator")

    def test_the_topic_is_the_operators(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        bob.command("topic")
        self.assertEqual(self.answer(bob), ("#dev has no topic.",))
        bob.command("topic mine")
        self.assert_refused(bob, "only a room operator")
        alice.command("topic All about tests")
        self.assert_seen(bob, ("topic", "Alice", "#dev", "All about tests"))
        bob.command("topic")
        self.assertEqual(self.answer(bob), ("Topic of #dev: All about tests",))
        self.forget()
        alice.command("topic -")
        self.assertEqual(bob.seen()[0][:3], ("topic", "Alice", "#dev"))
        bob.command("topic")
        self.assertEqual(self.answer(bob), ("#dev has no topic.",))

    def test_a_topic_that_is_too_long(self) -> None:
        (alice,) = self.together("#dev", "Alice")
        alice.command("topic " + "x" * 391)
        self.assert_refused(alice, "at most 390 bytes")


class Told(Behaviour):
    """What a program that keeps a list of ranks goes by."""

    __test__ = True
    kinds = (JsonClient,)

    def events(self, client: Client, kind: str) -> list[dict[str, Any]]:
        assert isinstance(client, JsonClient)
        return [each for each in client.objects() if each["type"] == kind]

    def test_the_rank_of_who_comes_back(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("voice Bob")
        for line in ("part", "join #dev"):
            bob.command(line)
        (joined,) = self.events(alice, "joined")
        self.assertEqual((joined["holds"], joined.get("rank")), (1, None))
        (carol,) = self.people("Carol")
        carol.command("join #dev")
        (joined,) = self.events(alice, "joined")
        self.assertNotIn("holds", joined)

    def test_who_makes_a_room_had_no_rank_before(self) -> None:
        (alice,) = self.people("Alice")
        alice.command("join #new")
        (joined,) = self.events(alice, "joined")
        self.assertEqual((joined["rank"], joined.get("holds")), (3, None))

    def test_whether_the_room_lasts(self) -> None:
        alice, _ = self.together("#dev", "Alice", "Bob")
        for registered in (False, True):
            self.server.registry.rooms["#dev"].registered = registered
            for line in ("op Bob", "deop Bob"):
                alice.command(line)
            found = [each.get("registered", False) for each in self.events(alice, "ranked")]
            self.assertEqual(found, [registered] * 2)


globals().update(over_front_ends(Ranking))
