"""Cloaks and the keys of limits."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatd.core.addresses import LOCAL, Cloaker, is_cloak, network, numeric

KEY = bytes(range(32))


class CloakerTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloak = Cloaker(KEY).cloak

    def parts(self, address: str) -> tuple[str, str]:
        own, _, around = self.cloak(address).partition(".")
        return own, around

    def test_form(self) -> None:
        self.assertRegex(self.cloak("203.0.113.7"), r"^[a-z2-7]{10}\.[a-z2-7]{8}$")
        self.assertRegex(self.cloak("2001:db8::1"), r"^[a-z2-7]{10}\.[a-z2-7]{8}$")

    def test_stays_across_restarts(self) -> None:
        self.assertEqual(Cloaker(KEY).cloak("203.0.113.7"), self.cloak("203.0.113.7"))
        self.assertEqual(self.cloak("203.0.113.7"), "unl4js73dg.nhimggss")

    def test_depends_on_the_key(self) -> None:
        ours, theirs = self.cloak("203.0.113.7"), Cloaker(KEY[::-1]).cloak("203.0.113.7")
        self.assertTrue(set(ours.split(".")).isdisjoint(theirs.split(".")))

    def test_neighbours_share_the_network_part(self) -> None:
        for one, other, stranger in [
            ("203.0.113.7", "203.0.113.250", "203.0.114.7"),
            ("2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1"),
        ]:
            self.assertEqual(self.parts(one)[1], self.parts(other)[1])
            self.assertNotEqual(self.parts(one)[0], self.parts(other)[0])
            self.assertNotEqual(self.parts(one)[1], self.parts(stranger)[1])

    def test_one_address_has_one_cloak(self) -> None:
        self.assertEqual(self.cloak("::ffff:203.0.113.7"), self.cloak("203.0.113.7"))
        self.assertEqual(self.cloak("2001:DB8:0::1"), self.cloak("2001:db8::1"))
        self.assertEqual(self.cloak("fe80::1%eth0"), self.cloak("fe80::1"))

    def test_key_length(self) -> None:
        for key in (b"", b"short", bytes(65)):
            self.assertRaises(ValueError, Cloaker, key)

    @given(st.text())
    def test_what_is_no_address_is_local(self, text: str) -> None:
        if numeric(text) is None:
            self.assertEqual(self.cloak(text), LOCAL)
            self.assertEqual(network(text), LOCAL)

    @given(st.ip_addresses().map(str))
    def test_every_address_has_a_cloak(self, address: str) -> None:
        cloak = self.cloak(address)
        self.assertTrue(is_cloak(cloak))
        self.assertTrue(is_cloak("*." + cloak.partition(".")[2]))
        self.assertNotIn(address, cloak)


class NetworkTests(SynchronousTestCase):
    def test_keys(self) -> None:
        for address, key in [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:db8::1", "2001:db8::/64"),
            ("2001:db8::9:8:7:6", "2001:db8::/64"),
            ("fe80::1%eth0", "fe80::/64"),
            ("/run/chatd.sock", LOCAL),
            ("", LOCAL),
        ]:
            self.assertEqual(network(address), key)

    def test_numeric(self) -> None:
        self.assertEqual(numeric("::ffff:203.0.113.7"), IPv4Address("203.0.113.7"))
        self.assertEqual(numeric("::1"), IPv6Address("::1"))
        for text in ("", "localhost", "1.2.3", "1.2.3.4/32", "%", "1.2.3.4:80", "[::1]"):
            self.assertIsNone(numeric(text))
