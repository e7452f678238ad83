"""Bytes that nobody should send: lines too long, other protocols, control characters."""

from __future__ import annotations

from chatd.settings import Limits
from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.client import you_are
from tests.behaviour.clients import TextClient

LIMIT = Limits().line_bytes
HTTP = b"GET / HTTP/1.1\r\nHost: chat.example\r\n\r\n"


class TooLong(Behaviour):
    """Lines over the limits."""

    __test__ = True
    kinds = (TextClient,)

    def test_the_connection_stays_and_the_tail_is_not_run(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.transmit(b"x" * (LIMIT + 1))
        self.assert_refused(alice, f"longer than {LIMIT} bytes")
        alice.transmit(b"/quit said the tail")
        alice.transmit(b" and its end\r\nhello\r\n")
        self.assertFalse(alice.closed)
        self.assert_seen(alice)
        self.assert_seen(bob, ("said", "#lobby", "Alice", "hello"))

    def test_the_lines_around_it_are_kept_and_answered_in_order(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.transmit(b"one\n/topic\n" + b"x" * (LIMIT + 1) + b"\n/motd\ntwo\n")
        self.assertEqual([each[0] for each in alice.seen()], ["answer", "error", "answer"])
        self.assert_seen(bob, ("said", "#lobby", "Alice", "one"), ("said", "#lobby", "Alice", "two"))

    def test_one_that_does_not_end_closes_with_a_reason(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        for _ in range(17):
            alice.transmit(b"x" * 1024)
        self.assertIn(b"Error: that line does not end.", alice.raw())
        self.assertTrue(alice.closed)
        self.assertEqual([each[0] for each in bob.seen()], ["quit"])

    def test_telnet_that_does_not_come_to_a_line_closes_with_a_reason(self) -> None:
        """As text without an end does; in front of each line there may be some again."""
        alice, bob = self.people("Alice", "Bob")
        telnet = b"\xff\xf1" * 5_000
        for _ in range(5):
            alice.transmit(telnet)
            alice.transmit(b"hello\n")
        self.assert_seen(bob, *[("said", "#lobby", "Alice", "hello")] * 5)
        self.assertFalse(alice.closed)
        alice.transmit(telnet)
        alice.transmit(telnet)
        self.assertIn(b"Error: too much telnet.", alice.raw())
        self.assertTrue(alice.closed)

    def test_its_tail_is_not_run_after_a_change_of_dialect_that_had_to_wait(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        session = alice.protocol.session
        session._inbox.budget.rate, session._inbox.budget.burst = 1, 1  # what comes next has to wait
        alice.transmit(b"/version\n/version\n/format json\n")
        for _ in range(5):
            self.server.advance(1.1)
        alice.transmit(b"x" * (session.line_bytes + 1))
        alice.transmit(b'{"type":"say","text":"the tail"}\n')
        for _ in range(5):
            self.server.advance(1.1)
        self.assertIn(b"too-long", alice.raw())
        self.assert_seen(bob)

    def test_before_naming_too(self) -> None:
        alice = self.client()
        alice.raw()
        alice.transmit(b"x" * (LIMIT + 1) + b"\nAlice\n")
        self.assertIn(alice.shown(you_are("Alice")), alice.seen())

    def test_dripping_bytes_make_a_line_all_the_same(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        for byte in b"hello\r\n":
            alice.transmit(bytes([byte]))
        self.assert_seen(bob, ("said", "#lobby", "Alice", "hello"))


class OtherProtocols(Behaviour):
    """Who speaks something else."""

    __test__ = True
    kinds = (TextClient,)

    def test_refused_at_once(self) -> None:
        for hello, answer in (
            (HTTP, b"HTTP/1.1 400 Bad Request\r\n"),
            (HTTP[:7], b"HTTP/1.1 400 Bad Request\r\n"),
            (b"POST /nick HTTP/1.1\r\n\r\n/nick Mallory\r\n", b"HTTP/1.1 400 Bad Request\r\n"),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), b"not TLS"),
            (b"SSH-2.0-OpenSSH_9.9\r\n", b"not an SSH server"),
            (b"PROXY TCP4 203.0.113.7 192.0.2.1 40000 7976\r\n", b"no PROXY header"),
        ):
            client = self.client()
            client.raw()
            client.transmit(hello)
            self.assertIn(answer, client.raw(), hello[:20])
            self.assertTrue(client.closed, hello[:20])
        self.assertEqual(self.server.nicks(), [])

    def test_what_follows_is_not_run(self) -> None:
        client = self.client()
        client.transmit(HTTP)
        client.raw()
        self.server.turn()
        self.assertTrue(client.closed)
        client.protocol.dataReceived(b"Alice\r\n")
        self.assertEqual(self.server.nicks(), [])

    def test_in_pieces(self) -> None:
        client = self.client()
        client.raw()
        for piece in (b"GE", b"T", b" /"):
            client.transmit(piece)
        self.assertIn(b"400 Bad Request", client.raw())

    def test_said_later_it_is_a_line(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.transmit(b"GET / HTTP/1.1\r\n")
        self.assert_seen(bob, ("said", "#lobby", "Alice", "GET / HTTP/1.1"))

    def test_telnet_is_taken_out_and_refused(self) -> None:
        alice = self.client()
        alice.raw()
        alice.transmit(b"\xff\xfd\x01\xff\xfb\x1fAl\xff\xf1ice\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0\r\0")
        self.assertEqual(self.server.nicks(), ["Alice"])
        shown = alice.raw()
        self.assertIn(b"\xff\xfe\x1f", shown)  # DONT window size
        self.assertNotIn(b"\xff\xfb", shown)  # no WILL
        self.assertIn(b"You are Alice", shown)


class Echoed(Behaviour):
    """What an error quotes."""

    def test_control_characters_never_come_back(self) -> None:
        (alice,) = self.people("Alice")
        for sign in ("\x1b[31m", "\x07", "\x08", "\x7f", "\x9b", "\u202e", "\u200b", "\u2028"):
            for line in (
                f"{sign}",
                f"no{sign}",
                f"pm {sign}x hi",
                f"whois a{sign}",
                f"names #a{sign}",
                f"join #a{sign}",
                f"nick a{sign}",
                f"help a{sign}",
                f"ban #lobby a{sign}",
                f"format a{sign}",
                f"timestamp a{sign}",
                f"unignore a{sign}",
                f"room a{sign}",
                f"room slow a{sign}",
            ):
                alice.command(line)
                shown = alice.raw().decode()
                self.assertNotEqual(shown, "", line)
                self.assertNotIn(sign[0], shown, line)

    def test_one_line_each(self) -> None:
        (alice,) = self.people("Alice")
        for line in ("pm a\rb hi", "x\rPING", "whois a\u2028b", "whois a\x85b"):
            alice.command(line)
            seen = alice.seen()
            self.assertEqual([len(each) for each in seen], [2], (line, seen))


class Undecodable(Behaviour):
    """Bytes that are no text."""

    __test__ = True
    kinds = (TextClient,)

    def test_refused_and_never_passed_on(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        for line in (b"\xc3(", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"/me \x80"):
            alice.transmit(line + b"\r\n")
            self.assert_refused(alice, "not valid UTF-8")
        self.assert_seen(bob)

    def test_as_a_first_line(self) -> None:
        alice = self.client()
        alice.raw()
        alice.transmit(b"\xc3(\r\n")
        self.assertEqual(alice.raw(), b"-> Error: that line is not valid UTF-8\r\nEnter your nickname: ")

    def test_a_bare_cr_splits_nothing(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.transmit(b"one\r/quit\r\n")
        self.assert_refused(alice, "cannot be sent")
        self.assert_seen(bob)


globals().update(over_front_ends(Echoed))
