"""Masks: whom a ban is for."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType
from twisted.trial.unittest import SynchronousTestCase

from chatd.core.addresses import LOCAL, Cloaker
from chatd.core.bans import Ban, Bans
from chatd.core.errors import ChatError, Code
from chatd.core.masks import Kind, Mask, irc_form, parse

CLOAKER = Cloaker(bytes(32))
CLOAK = CLOAKER.cloak("203.0.113.7")
GLOBS = st.text("ab*?", min_size=1, max_size=10).filter(lambda text: set(text) & set("ab"))
TYPED = st.one_of(
    st.text(),
    GLOBS,
    st.builds(
        "{}:{}".format, st.sampled_from(["account", "ADDRESS", "host", "nick", ""]), st.text(max_size=12)
    ),
    st.ip_addresses().map(str),
    st.builds("{}/{}".format, st.ip_addresses(), st.integers(0, 128)),
    st.ip_addresses().map(lambda ip: "host:" + CLOAKER.cloak(str(ip))),
    st.builds(
        "{}!{}@{}".format,
        st.text("aZé*?[", max_size=6),
        st.text("~a*?.é,!", max_size=6),
        st.sampled_from(("*", "", CLOAK, "*." + CLOAK[-8:], "203.0.113.7", "2001:db8::/32", "?*.*", "a b")),
    ),
    st.text("aZé*?\u0130ΣςשKÅ\uff21\u0301[]`", max_size=10),
)


def hit(
    raw: str,
    nick: str = "bob",
    account: str | None = None,
    address: str | None = "203.0.113.7",
    ident: str | UnsetType = UNSET,
) -> bool:
    bans = Bans()
    mask = parse(raw)
    bans[str(mask)] = Ban(mask, by="Alice")
    found = bans.of(nick, account, address or "", CLOAKER.cloak(address or ""), ident)
    assert len(found) <= 1
    return bool(found)


class ParseTests(SynchronousTestCase):
    def test_canonical_form(self) -> None:
        for raw, mask in [
            ("SPAM**", Mask(Kind.NICK, "spam*")),
            ("\uff21\uff2c\uff29\uff23\uff25", Mask(Kind.NICK, "alice")),
            ("[bot]?", Mask(Kind.NICK, "[bot]?")),
            ("Account:Zoe\u0301", Mask(Kind.ACCOUNT, "zo\xe9")),
            ("203.0.113.7", Mask(Kind.ADDRESS, "203.0.113.7")),
            ("203.0.113.7/24", Mask(Kind.ADDRESS, "203.0.113.0/24")),
            ("2001:DB8::/32", Mask(Kind.ADDRESS, "2001:db8::/32")),
            ("::ffff:203.0.113.7", Mask(Kind.ADDRESS, "203.0.113.7")),
            ("::ffff:203.0.113.0/120", Mask(Kind.ADDRESS, "203.0.113.0/24")),
            ("address:2001:db8::1/128", Mask(Kind.ADDRESS, "2001:db8::1")),
            (CLOAK.upper(), Mask(Kind.HOST, CLOAK)),
            ("host:local", Mask(Kind.HOST, LOCAL)),
        ]:
            self.assertEqual(parse(raw), mask)

    def test_as_typed_again(self) -> None:
        for text in ["spam*", "account:bob", "address:203.0.113.0/24", f"host:{CLOAK}", "host:*.aaaaaaaa"]:
            self.assertEqual(str(parse(text)), text)

    def test_everybody_is_refused(self) -> None:
        for raw in [
            "*",
            "**",
            "?",
            "?*",
            "*?*",
            "0.0.0.0/0",
            "::/0",
            "128.0.0.0/1",
            "2000::/3",
            "::ffff:0:0/96",
            *("*!*@*", "!@", "*", "*@*", "?*!*@*", "*!~*@*", "*!*@*.*", "**!?@**", "*!*@::/0"),
        ]:
            self.refused(raw)

    def test_nonsense_is_refused(self) -> None:
        for raw in [
            "", " ", "a b", "a,b", "a!b!c@d", "a!b@c@d", "a!b c@d", "a b!*@*", "a!b@c,d", "é!é@*", "a.b!*@*", "~a:", "$a:*",
            f"{'x' * 33}!*@*", "*!*@0.0.0.0/0", "what:ever", "a\x1bb", "x" * 33, "*" * 1_000,
            "a" * 100_000,
            "account:", "account:a*", "account:-x", "address:", "address:bob", "address:1.2.3.4/33", "1.2.3",
            "fe80::1%eth0", "host:", "host:*", "host:*.local", "host:example.org", "host:*.aaaa",
            "*.example.org",
        ]:  # fmt: skip
            self.refused(raw)

    def test_as_clients_of_irc_write_it(self) -> None:
        """It is kept as the simplest kind that means the same."""
        for raw, mask in [
            ("Bob!*@*", Mask(Kind.NICK, "bob")),
            ("b?b!**@*", Mask(Kind.NICK, "b?b")),
            ("bob!*", Mask(Kind.NICK, "bob")),
            (f"*!*@{CLOAK.upper()}", Mask(Kind.HOST, CLOAK)),
            (f"*@{CLOAK}", Mask(Kind.HOST, CLOAK)),
            ("*!*@*." + CLOAK.partition(".")[2], Mask(Kind.HOST, "*." + CLOAK.partition(".")[2])),
            ("*!*@local", Mask(Kind.HOST, LOCAL)),
            ("*!*@203.0.113.7", Mask(Kind.ADDRESS, "203.0.113.7")),
            ("*!*@203.0.113.7/24", Mask(Kind.ADDRESS, "203.0.113.0/24")),
            ("*!*@2001:DB8::1", Mask(Kind.ADDRESS, "2001:db8::1")),
            ("~a:Bob", Mask(Kind.ACCOUNT, "bob")),
            ("$A:Bob", Mask(Kind.ACCOUNT, "bob")),
            ("Bob!~U@*", Mask(Kind.HOSTMASK, "bob!~u@*")),
            ("bob!*@*.x", Mask(Kind.HOSTMASK, "bob!*@*.x")),
            ("*!ident", Mask(Kind.HOSTMASK, "*!ident@*")),
            ("ident@host", Mask(Kind.HOSTMASK, "*!ident@host")),
            ("nick!user@host", Mask(Kind.HOSTMASK, "nick!user@host")),
            ("*!*@exa**mple.org", Mask(Kind.HOSTMASK, "*!*@exa*mple.org")),
        ]:
            self.assertEqual(parse(raw), mask, raw)

    def test_as_clients_of_irc_show_it(self) -> None:
        for text, shown in [
            ("spam*", "spam*!*@*"),
            (f"host:{CLOAK}", f"*!*@{CLOAK}"),
            ("address:203.0.113.0/24", "*!*@203.0.113.0/24"),
            ("bob!~u@*", "bob!~u@*"),
            ("account:bob", "a:bob"),
        ]:
            self.assertEqual(irc_form(parse(text)), shown)
            self.assertEqual(parse(shown), parse(text))
        self.assertEqual(irc_form(parse("account:" + "0f" * 16), "Bob"), "a:Bob")

    def refused(self, raw: str) -> None:
        self.assertIs(self.assertRaises(ChatError, parse, raw).code, Code.BAD_VALUE, raw)

    @given(TYPED)
    def test_any_string(self, raw: str) -> None:
        try:
            mask = parse(raw)
        except ChatError as refusal:
            self.assertIs(refusal.code, Code.BAD_VALUE)
            return
        self.assertEqual(parse(str(mask)), mask)
        self.assertEqual(hash(parse(str(mask))), hash(mask))
        self.assertTrue(str(mask).isprintable())
        self.assertEqual(parse(irc_form(mask)), mask)
        self.assertNotIn(" ", irc_form(mask))
        hit(str(mask))


class MatchTests(SynchronousTestCase):
    def test_nick(self) -> None:
        self.assertTrue(hit("spam*", nick="spammer"))
        self.assertTrue(hit("B?B"))
        self.assertFalse(hit("b?b", nick="bobb"))
        self.assertTrue(hit("[bot]*", nick="[bot]x"))
        self.assertFalse(hit("[bot]*", nick="bx"))
        self.assertTrue(hit("*\\", nick="a\\"))

    def test_account(self) -> None:
        self.assertTrue(hit("account:Bob", account="bob"))
        self.assertFalse(hit("account:bob", account=None))
        self.assertFalse(hit("account:bob", account="bobby"))

    def test_address(self) -> None:
        self.assertTrue(hit("203.0.113.7"))
        self.assertTrue(hit("203.0.113.0/24", address="::ffff:203.0.113.9"))
        self.assertFalse(hit("203.0.113.0/24", address="203.0.114.1"))
        self.assertFalse(hit("203.0.113.0/24", address="2001:db8::1"))
        self.assertTrue(hit("2001:db8::/32", address="2001:db8:1::1"))
        self.assertFalse(hit("203.0.113.0/24", address=None))
        self.assertFalse(hit("203.0.113.0/24", address="/run/chatd.sock"))

    def test_host(self) -> None:
        around = "host:*." + CLOAK.partition(".")[2]
        self.assertTrue(hit(f"host:{CLOAK}"))
        self.assertFalse(hit(f"host:{CLOAK}", address="203.0.113.8"))
        self.assertTrue(hit(around, address="203.0.113.8"))
        self.assertFalse(hit(around, address="203.0.114.7"))
        self.assertFalse(hit(around, address=None))
        self.assertTrue(hit("host:local", address=None))

    def test_hostmask(self) -> None:
        self.assertTrue(hit("b*!joe@*", ident="JOE"))
        self.assertTrue(hit("b*!j?e@*", ident="joe"))
        self.assertFalse(hit("b*!joe@*", nick="al", ident="joe"))
        self.assertFalse(hit("b*!joe@*", ident="jo"))
        self.assertTrue(hit("bob!~u@*"), "who gave no user name")
        self.assertTrue(hit(f"bob!*@{CLOAK}"))
        self.assertFalse(hit(f"bob!*@{CLOAK}", address="203.0.113.8"))
        self.assertFalse(hit("bob!*@203.0.113.7"), "addresses are met by masks for addresses alone")

    @given(GLOBS, st.text("ab", max_size=12))
    def test_globs_match_as_fnmatch_does(self, glob: str, nick: str) -> None:
        self.assertEqual(hit(glob, nick=nick), fnmatchcase(nick, glob))

    def test_many_stars_cost_little(self) -> None:
        """A matcher that tries every place for every star would be at this for hours."""
        self.assertFalse(hit("*a" * 16 + "*b", nick="a" * 32))
        self.assertTrue(hit("*a" * 16 + "*b", nick="a" * 31 + "b"))
        self.assertFalse(hit(f"*!{'*a' * 30}*b@*", ident="a" * 1000))
