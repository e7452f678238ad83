"""A real server behind a proxy: the header decides who somebody is, for everything that asks."""

from __future__ import annotations

from typing import Any
from unittest import TestCase

from tests.authority import IssuedFiles
from tests.process.server import ANY_PORT, Server
from tests.process.visitors import Visitor, trusting
from tests.wire.proxy_headers import FOUR, TCP4, UNSPEC, block, ssl
from tests.wire.proxy_headers import LOCAL as LOCAL_COMMAND

PROXY = "127.0.0.3"
PROXIES = ("--set", f'server.proxies=["{PROXY}"]')
PASSWORD = ("--set", 'server.password="open sesame"')
REFUSED = "-> This server asks for a password: connect over TLS.\r\n"


def one(address: str) -> bytes:
    """Return a header of version 1 for an IPv4 client."""
    return f"PROXY TCP4 {address} 127.0.0.1 40000 7976\r\n".encode()


def two(address: str, *fields: bytes) -> bytes:
    """Return a header of version 2 for an IPv4 client."""
    return block(bytes(map(int, address.split("."))) + FOUR[4:] + b"".join(fields))


class Proxied(IssuedFiles, TestCase):
    """Connections from a listed address."""

    def start(self, *options: str, **how: Any) -> Server:
        self.server = Server(self, *PROXIES, *options, **how)
        return self.server

    def visit(self, first: bytes, **how: Any) -> Visitor:
        kind = "tls" if how.pop("door", "") == "tls" else "text"
        return Visitor(self, self.server.port(kind), first, source=PROXY, **how)

    def whois(self, nick: str) -> str:
        done = self.server.ctl(f"/whois {nick}")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout


class Plain(Proxied):
    """Over plain TCP."""

    def test_the_real_address_is_shown_to_operators(self) -> None:
        """Of both versions; and what follows the header in its packet is read."""
        self.start()
        alice = self.visit(one("192.0.2.7"))
        alice.enter("Alice")
        bob = self.visit(two("192.0.2.8") + b"Bob\r\n")
        bob.expect("Bob has joined #lobby")
        zoe = self.visit(b"PROXY TCP6 2001:db8::9 ::1 1 2\r\n")
        zoe.enter("Zoé")
        for nick, address in (("Alice", "192.0.2.7"), ("Bob", "192.0.2.8"), ("Zoé", "2001:db8::9")):
            self.assertRegex(self.whois(nick), rf"\b{address}\b")
        alice.say("/whois Bob")
        self.assertNotIn("192.0.2.8", alice.expect("Bob") + alice.expect("\r\n") + alice.expect("\r\n"))

    def test_half_closed(self) -> None:
        """`printf … | nc -N` through a proxy has all its answers."""
        self.start()
        visitor = self.visit(two("192.0.2.8") + b"Alice\n/users\n/quit\n")
        visitor.finish()
        rest = visitor.rest()
        for words in ("You are Alice", "1 online: Alice", "Goodbye."):
            self.assertIn(words, rest)

    def test_bans_meet_the_real_address(self) -> None:
        self.start()
        alice = self.visit(one("192.0.2.7"))
        alice.enter("Alice")
        bob = self.visit(two("192.0.2.8"))
        bob.enter("Bob")
        done = self.server.ctl("/ban address:192.0.2.7 1h")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("banned", alice.rest())
        again = self.visit(two("192.0.2.7"))
        again.expect("Enter your nickname: ")
        again.say("Alfred")
        again.expect("Error: you are banned")
        direct = Visitor(self, self.server.port())
        direct.enter("Clara")
        bob.say("still here")
        direct.expect("Bob: still here")

    def test_limits_meet_the_real_address(self) -> None:
        """The proxy's own is not limited, exempt or not."""
        self.start(
            "--set", "limits.exempt=[]",
            "--set", "limits.connections_per_address=2",
            "--set", "limits.new_connections_per_address=4",
        )  # fmt: skip
        inside = [self.visit(one(f"192.0.2.{number}")) for number in range(10, 20)]
        inside += [self.visit(two("192.0.2.10")), self.visit(block(b"", UNSPEC, LOCAL_COMMAND))]
        inside += [self.visit(b"PROXY UNKNOWN\r\n") for _ in range(6)]
        for visitor in inside:
            visitor.expect("Enter your nickname: ")
        third = self.visit(two("192.0.2.10"))
        self.assertEqual(third.rest(), "-> Error: too many connections from your address.\r\n")
        self.server.heard("192.0.2.10 was refused: too many connections from your address")
        inside[0].say("/quit")
        inside[0].rest()
        self.visit(one("192.0.2.10")).expect("Enter your nickname: ")

    def test_no_header(self) -> None:
        """Cut off without a word, and the log says so; those inside notice nothing."""
        self.start("--set", "limits.proxy_header_seconds=0.3")
        alice = self.visit(one("192.0.2.7"))
        alice.enter("Alice")
        for first, reason in (
            (b"", "no PROXY header in time"),
            (b"PROXY TCP4 192.0.2", "no PROXY header in time"),
            (b"Alice\r\n", "no PROXY header"),
            (b"PROXY TCP4 192.0.2.999 127.0.0.1 1 2\r\nBob\r\n", "a PROXY line with a bad address"),
            (two("192.0.2.8", ssl(1), ssl(1)) + b"Bob\r\n", "a PROXY header with bad facts about TLS"),
        ):
            self.assertEqual(self.visit(first).rest(), "")
            self.assertIn(PROXY, self.server.heard(f"cut off: {reason}"))
        alice.say("/users")
        alice.expect("1 online: Alice")

    def test_who_is_not_listed_sends_none(self) -> None:
        self.start()
        stranger = Visitor(self, self.server.port(), one("192.0.2.7") + b"Bob\r\n", source="127.0.0.4")
        self.assertIn("PROXY", stranger.rest())
        nobody = Visitor(self, self.server.port(), source="127.0.0.4")
        nobody.enter("Alice")
        self.assertIn("127.0.0.4", self.whois("Alice"))
        self.assertIn("1 online: Alice", self.server.ctl("/users").stdout)


class Secure(Proxied):
    """TLS before the proxy, or through it."""

    def test_the_handshake_comes_after_the_header(self) -> None:
        """As through a proxy that passes TLS on. The password may be typed."""
        self.start(*PASSWORD, listen=(self.description(),))
        for header in (one("192.0.2.7"), two("192.0.2.7"), two("192.0.2.7", ssl(1))):
            visitor = self.visit(header, door="tls", tls=trusting(self.authority))
            visitor.expect("Password: ")
            visitor.say("open sesame")
            visitor.enter("Alice")
            self.assertIn("192.0.2.7", self.whois("Alice"))
            visitor.say("/quit")
            visitor.expect("Goodbye.")

    def test_no_password_where_the_proxy_denies_tls(self) -> None:
        """The TLS there is is the proxy's own."""
        self.start(*PASSWORD, listen=(self.description(),))
        visitor = self.visit(two("192.0.2.7", ssl(0)), door="tls", tls=trusting(self.authority))
        self.assertEqual(visitor.rest(), REFUSED)

    def test_refused_after_the_handshake(self) -> None:
        self.start("--set", "limits.connections_per_address=1", listen=(self.description(),))
        inside = self.visit(one("192.0.2.7"), door="tls", tls=trusting(self.authority))
        inside.expect("Enter your nickname: ")
        second = self.visit(one("192.0.2.7"), door="tls", tls=trusting(self.authority))
        self.assertEqual(second.rest(), "-> Error: too many connections from your address.\r\n")

    def test_a_handshake_without_a_header(self) -> None:
        self.start(listen=(self.description(),))
        self.assertEqual(self.visit(b"\x16\x03\x01\x02\x00\x01\x00", door="tls").rest(), "")
        self.assertIn(PROXY, self.server.heard("cut off: no PROXY header"))

    def test_a_password_only_where_the_proxy_asserts_tls(self) -> None:
        self.start(*PASSWORD)
        visitor = self.visit(two("192.0.2.7", ssl(1)))
        visitor.expect("Password: ")
        visitor.say("open sesame")
        visitor.enter("Alice")
        for header in (
            one("192.0.2.7"),
            two("192.0.2.7"),
            two("192.0.2.7", ssl(0)),
            two("192.0.2.7", ssl(6)),  # certificates without TLS make no sense
            one("127.0.0.1"),
            two("127.0.0.1", ssl(0)),
            b"PROXY TCP6 ::1 ::1 1 2\r\n",
            b"PROXY UNKNOWN\r\n",
            block(b"", UNSPEC, LOCAL_COMMAND),
            block(FOUR + ssl(1), TCP4, LOCAL_COMMAND),
        ):
            self.assertEqual(self.visit(header).rest(), REFUSED, header)
        direct = Visitor(self, self.server.port())
        direct.expect("Password: ")

    def test_two_doors_behind_one_proxy(self) -> None:
        """What is open at one door counts at the other."""
        self.start("--set", "limits.connections_per_address=1", listen=(ANY_PORT, self.description()))
        inside = self.visit(one("192.0.2.7"))
        inside.expect("Enter your nickname: ")
        second = self.visit(two("192.0.2.7"), door="tls", tls=trusting(self.authority))
        self.assertIn("too many connections", second.rest())
