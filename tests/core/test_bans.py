"""Bans: each is found, and those that can be looked up are not tried one after the other."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatd.core import masks
from chatd.core.bans import REMEMBERED, Ban, Bans


class BansTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.bans = Bans()

    def add(self, *texts: str) -> None:
        for text in texts:
            mask = masks.parse(text)
            self.bans[str(mask)] = Ban(mask, "Alice")

    def found(
        self, nick: str = "bob", account: str | None = None, address: str = "", cloak: str = "a.b"
    ) -> list[str]:
        return [str(ban.mask) for ban in self.bans.of(nick, account, address, cloak)]

    def test_each_kind(self) -> None:
        self.add("Bob", "b*b", "account:bob", "address:192.0.2.7", "address:192.0.2.0/24", "2001:db8::/32")
        self.add("host:aaaaaaaaaa.bbbbbbbb", "host:*.bbbbbbbb")
        self.assertEqual(self.found(), ["bob", "b*b"])
        self.assertEqual(self.found("al"), [])
        self.assertEqual(self.found("al", account="bob"), ["account:bob"])
        self.assertEqual(self.found("al", address="192.0.2.7"), ["address:192.0.2.7", "address:192.0.2.0/24"])
        self.assertEqual(
            self.found("al", address="::ffff:192.0.2.7"), ["address:192.0.2.7", "address:192.0.2.0/24"]
        )
        self.assertEqual(self.found("al", address="2001:db8:1::1"), ["address:2001:db8::/32"])
        self.assertEqual(
            self.found("al", cloak="aaaaaaaaaa.bbbbbbbb"), ["host:aaaaaaaaaa.bbbbbbbb", "host:*.bbbbbbbb"]
        )
        self.assertEqual(self.found("al", cloak="cccccccccc.bbbbbbbb"), ["host:*.bbbbbbbb"])

    def test_one_that_was_lifted(self) -> None:
        self.add("b*b", "address:192.0.2.0/24")
        del self.bans["b*b"]
        self.bans.pop("address:192.0.2.0/24")
        self.assertEqual(self.found(address="192.0.2.7"), [])
        self.assertEqual((self.bans._globs, self.bans._networks, self.bans._found), ({}, {}, {}))

    def test_what_was_found_is_remembered_until_a_mask_comes_or_goes(self) -> None:
        self.add("bob")
        self.assertEqual(self.found(), ["bob"])
        self.add("b*!~u@*", "al")
        self.assertEqual(self.found(), ["bob", "b*!~u@*"])
        self.bans._hostmasks.clear()
        self.assertEqual(self.found(), ["bob", "b*!~u@*"], "looked for again")
        del self.bans["bob"]
        self.assertEqual(self.found(), [])
        self.assertEqual(self.found("al"), ["al"])

    def test_not_of_everybody_who_ever_came(self) -> None:
        self.add("b*b")
        for number in range(3 * REMEMBERED):
            self.found(f"nick{number}")
        self.assertLessEqual(len(self.bans._found), REMEMBERED)

    def test_one_may_be_lifted_while_others_are_looked_for(self) -> None:
        self.add("b*b", "b*", "*b")
        for ban in self.bans.of_nick("bob"):
            del self.bans[str(ban.mask)]
        self.assertEqual(len(self.bans), 0)

    def test_what_can_be_looked_up_is_not_tried(self) -> None:
        self.add(*(f"nick{number}" for number in range(100)), *(f"192.0.2.{number}" for number in range(100)))
        self.add(*(f"account:name{number}" for number in range(100)))
        self.assertEqual((len(self.bans), self.bans._globs, self.bans._networks), (300, {}, {}))

    def test_patterns_are_compiled_once(self) -> None:
        self.add(*(f"spam{number}*" for number in range(3000)))
        matchers = dict(self.bans._globs)
        self.assertEqual(self.found("spam2999er"), ["spam2*", "spam29*", "spam299*", "spam2999*"])
        self.assertEqual(self.bans._globs, matchers)
