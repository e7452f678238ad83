"""PROXY headers at the porch: from whom they are taken, what they decide, and how long one may take."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.error import ConnectionDone

from chatd.frontends.guard import REFUSED_AT_ONCE
from chatd.wire.proxy import Header
from tests.frontends.porch_house import PROXY, House, Knock, PorchCase, RecordingFactory
from tests.wire.proxy_headers import BAD, FOUR, GOOD, LOCAL, TCP4, TCP6, UNSPEC, block, ssl

KNOWN = b"PROXY TCP4 192.0.2.7 198.51.100.9 40000 7976\r\n"
TOO_MANY = b"-> Error: too many connections from your address.\r\n"


def from_six(address: bytes) -> bytes:
    """Return a header of version 2 for an IPv6 client in 2001:db8::/32, of which these are the last 12 bytes."""
    return block(bytes.fromhex("20010db8") + address + bytes(16) + FOUR[-4:], TCP6)


class HeaderTests(PorchCase):
    """A connection from a listed proxy."""

    def test_the_greeting_comes_after_the_header(self) -> None:
        house = self.house()
        knock = house.knock(PROXY)
        knock.send(KNOWN[:-1])
        self.assertEqual((knock.said, house.counts), (b"", (1, 0)))
        knock.send(KNOWN[-1:])
        self.assertTrue(knock.said.startswith(b"Welcome"), knock.said)
        self.assertEqual(house.peers(), [("192.0.2.7", False, False)])
        self.assertEqual(house.counts, (1, 0))
        self.assert_left(house, knock)

    def test_the_rest_of_the_packet_reaches_the_protocol(self) -> None:
        house = self.house()
        knock = house.knock(PROXY)
        knock.send(KNOWN + b"Ali")
        knock.send(b"ce\r\n")
        house.chat.turn()
        self.assertEqual(house.chat.nicks(), ["Alice"])
        self.assert_left(house, knock)

    @given(
        st.sampled_from(sorted(GOOD)),
        st.lists(st.integers(0, 400), max_size=12),
        st.sampled_from((b"", b"x", b"Alice\r\n", KNOWN)),
    )
    def test_any_cut(self, header: bytes, cuts: list[int], rest: bytes) -> None:
        factory = RecordingFactory()
        house = House(factory=factory)
        knock = house.knock(PROXY)
        data, begin = header + rest, 0
        for end in [*sorted(cut for cut in cuts if cut < len(data)), len(data)]:
            self.assertEqual(bool(factory.made), begin >= len(header))
            if end > begin:
                knock.send(data[begin:end])
            begin = end
        (inner,) = factory.made
        told = [each for each in inner.told if isinstance(each, bytes)]
        self.assertEqual((inner.told[0], b"".join(told)), ("made", rest))
        self.assertNotIn(b"", told)
        said: Header = GOOD[header]
        source = (PROXY, 0) if said.source is None else (said.source, said.port)
        peer = inner.peer
        self.assertEqual(
            (peer.host, peer.port, peer.proxied, peer.secure, peer.refused), (*source, True, said.tls, "")
        )
        self.assert_left(house, knock)

    def test_a_network_of_proxies(self) -> None:
        house = self.house(proxies=("198.51.100.0/24", "2001:db8::/32"))
        knocks = [house.knock(each) for each in ("198.51.100.77", "::ffff:198.51.100.78", "2001:db8::7")]
        self.assertEqual([knock.said for knock in knocks], [b""] * 3)
        self.assert_left(house, *knocks)

    def test_a_factory_that_wants_nobody(self) -> None:
        house = self.house(factory=RecordingFactory(None))
        knock = house.knock(PROXY)
        knock.send(KNOWN + b"Alice\r\n")
        house.chat.turn()
        self.assertEqual((knock.said, knock.gone), (b"", True))
        self.assert_left(house)

    def test_half_closed_with_the_header(self) -> None:
        """`printf … | nc -N` behind a proxy."""
        house = self.house()
        knock = house.knock(PROXY)
        knock.send(KNOWN + b"Alice\n")
        knock.half_close()
        house.chat.turn()
        self.assertTrue(knock.said.endswith(b"-> Goodbye.\r\n"), knock.said)
        self.assert_left(house, knock)

    def test_half_closed_before_the_header_has_come(self) -> None:
        house = self.house()
        knock = house.knock(PROXY)
        knock.send(KNOWN[:9])
        knock.half_close()
        self.assertTrue(knock.gone)
        self.assert_left(house)

    def test_gone_without_a_word(self) -> None:
        """As a proxy's check of its servers does: no reason to write anything down."""
        house = self.house()
        knock = house.knock(PROXY)
        self.assert_left(house, knock)
        self.assertEqual(self.log, [])


class ConfidenceTests(PorchCase):
    """Whether a password may be typed here."""

    def peers_of(self, header: bytes, proxy: str = PROXY) -> list[tuple[str, bool, bool]]:
        house = self.house(proxies=(proxy,))
        house.knock(proxy).send(header)
        return house.peers()

    def test_without_an_address_there_is_only_the_proxy(self) -> None:
        for header in (b"PROXY UNKNOWN\r\n", block(b"", UNSPEC, LOCAL), block(FOUR + ssl(1), TCP4, LOCAL)):
            for proxy in (PROXY, "127.0.0.1", "::1"):
                self.assertEqual(self.peers_of(header, proxy), [(proxy, False, False)])

    def test_loopback_behind_a_proxy_is_not_loopback(self) -> None:
        for header in (
            b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n",
            b"PROXY TCP6 ::ffff:127.0.0.1 ::1 1 2\r\n",
            block(bytes((127, 0, 0, 1)) + FOUR[4:] + ssl(0)),
        ):
            self.assertEqual(self.peers_of(header, "127.0.0.1"), [("127.0.0.1", False, False)])

    def test_tls_that_the_proxy_has_taken_off(self) -> None:
        self.assertEqual(self.peers_of(block(FOUR + ssl(1))), [("192.0.2.1", True, True)])
        self.assertEqual(self.peers_of(block(FOUR + ssl(6))), [("192.0.2.1", False, False)])

    def test_a_password_is_asked_for_over_tls_alone(self) -> None:
        house = self.house(password="open sesame")
        knocks = [house.knock(PROXY) for _ in range(2)]
        knocks[0].send(block(FOUR + ssl(1)))
        knocks[1].send(block(FOUR + ssl(0)))
        house.chat.turn()
        self.assertIn(b"Password: ", knocks[0].said)
        self.assertEqual(knocks[1].said, b"-> This server asks for a password: connect over TLS.\r\n")
        self.assert_left(house, *knocks)


class CutOffTests(PorchCase):
    """A listed proxy whose connection does not begin with a header."""

    def test_time_is_up(self) -> None:
        house = self.house(proxy_header_seconds=4)
        knock = house.knock(PROXY)
        house.chat.advance(3.9)
        self.assertFalse(knock.disconnected)
        house.chat.advance(0.1)
        house.chat.turn()
        self.assertEqual((knock.said, knock.disconnected, knock.gone), (b"", True, True))
        self.assertEqual(self.log, [f"the proxy at {PROXY} was cut off: no PROXY header in time"])
        self.assert_left(house)

    def test_dripping_does_not_put_it_off(self) -> None:
        house = self.house(proxy_header_seconds=4)
        knock = house.knock(PROXY)
        for index in range(8):
            self.assertFalse(knock.disconnected)
            knock.send(KNOWN[index : index + 1])
            house.chat.advance(0.5)
        self.assertTrue(knock.disconnected)
        knock.send(KNOWN[8:])  # what comes until the transport has closed
        self.assertEqual((knock.said, house.peers()), (b"", []))
        self.assert_left(house, knock)

    def test_a_header_in_time_stops_the_clock(self) -> None:
        house = self.house(proxy_header_seconds=4, naming_seconds=60)
        knock = house.knock(PROXY)
        house.chat.advance(3.9)
        knock.send(KNOWN)
        house.chat.advance(59)
        self.assertTrue(knock.open)
        self.assert_left(house, knock)

    def test_malformed(self) -> None:
        for data in BAD:
            factory = RecordingFactory()
            house = self.house(factory=factory)
            knock = house.knock(PROXY)
            knock.send(data)
            knock.send(KNOWN)
            house.chat.turn()
            self.assertEqual((knock.said, knock.gone, factory.made), (b"", True, []), data)
            self.assertEqual(len(self.log), 1)
            self.assertIn(f"the proxy at {PROXY} was cut off: ", self.log[0])
            self.assert_left(house)
            self.flushLoggedErrors()

    def test_who_is_not_listed(self) -> None:
        for proxies in ((), (PROXY,)):
            house = self.house(proxies=proxies)
            for header in (KNOWN, block(FOUR)):
                knock = house.knock("192.0.2.99")
                greeting = knock.said
                self.assertTrue(greeting.startswith(b"Welcome"))
                self.assertEqual(house.peers(), [("192.0.2.99", False, False)])
                knock.send(header + b"Alice\r\n")
                house.chat.turn()
                self.assertTrue(knock.gone)
                self.assertIn(b"PROXY", knock.said.removeprefix(greeting))
                self.assertEqual(house.chat.nicks(), [])
            self.assert_left(house)

    def test_a_second_header(self) -> None:
        """Who comes through a proxy may not claim another address after it."""
        house = self.house()
        knock = house.knock(PROXY)
        knock.send(KNOWN + b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\nAlice\r\n")
        house.chat.turn()
        self.assertTrue(knock.gone)
        self.assertEqual(house.chat.nicks(), [])
        self.assert_left(house)


class LimitTests(PorchCase):
    """Limits meet the address that the header tells."""

    def knock(self, house: House, header: bytes) -> Knock:
        knock = house.knock(PROXY)
        knock.send(header)
        house.chat.turn()
        return knock

    def test_the_real_address(self) -> None:
        house = self.house(connections_per_address=2)
        knocks = [self.knock(house, KNOWN) for _ in range(3)]
        self.assertEqual([knock.open for knock in knocks], [True, True, False])
        self.assertEqual(knocks[2].said, TOO_MANY)
        self.assertEqual(self.log, ["192.0.2.7 was refused: too many connections from your address"])
        other = self.knock(house, KNOWN.replace(b"192.0.2.7", b"192.0.2.8"))
        direct = house.knock("192.0.2.7")  # without the proxy it is the same address
        self.assertEqual((other.open, direct.open, direct.said), (True, False, TOO_MANY))
        self.assert_left(house, *knocks, other)

    def test_ipv6_counts_by_network(self) -> None:
        house = self.house(connections_per_address=1)
        headers = [from_six(bytes(11) + b"\1"), from_six(bytes(4) + b"\xff" * 8), from_six(b"\1" + bytes(11))]
        knocks = [self.knock(house, header) for header in headers]
        self.assertEqual([knock.open for knock in knocks], [True, False, True])
        self.assert_left(house, *knocks)

    def test_the_proxy_itself_is_not_limited(self) -> None:
        """Neither with many clients nor with checks of its own, which tell no address."""
        house = self.house(connections_per_address=2, new_connections_per_address=5)
        knocks = [
            self.knock(house, KNOWN.replace(b"192.0.2.7", b"192.0.2.%d" % number)) for number in range(20)
        ]
        for _ in range(8):
            knocks.append(self.knock(house, block(b"", UNSPEC, LOCAL)))
            knocks.append(self.knock(house, b"PROXY UNKNOWN\r\n"))
        self.assertEqual([knock.said for knock in knocks if not knock.open], [])
        self.assert_left(house, *knocks)

    def test_loopback_that_a_proxy_tells_of_is_not_exempt(self) -> None:
        """It is the proxy's own machine, or somebody who says so."""
        house = self.house(connections_per_address=1)
        knocks = [self.knock(house, b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n") for _ in range(3)]
        self.assertEqual([knock.open for knock in knocks], [True, False, False])
        self.assert_left(house, *knocks)

    def test_a_client_beside_the_proxy_is_limited(self) -> None:
        """Being listed is the proxy's, not that of a client whom it tells of."""
        house = self.house(connections_per_address=1)
        knocks = [self.knock(house, KNOWN.replace(b"192.0.2.7", PROXY.encode())) for _ in range(2)]
        self.assertEqual([knock.open for knock in knocks], [True, False])
        self.assert_left(house, *knocks)

    def test_only_so_many_are_told_at_once(self) -> None:
        house = self.house(connections=1)
        knocks = [self.knock(house, KNOWN)]
        for number in range(REFUSED_AT_ONCE):
            knocks.append(house.knock(PROXY, reads=False))
            knocks[-1].send(KNOWN.replace(b"192.0.2.7", b"192.0.2.%d" % (100 + number)))
        self.assertEqual(house.counts, (1, REFUSED_AT_ONCE))
        late = house.knock(PROXY)  # its header is not even awaited
        self.assertEqual((late.refused, late.said), (True, b""))
        self.assertEqual(house.counts, (1, REFUSED_AT_ONCE))
        knocks[1].end(ConnectionDone())
        self.assertEqual(house.counts, (1, REFUSED_AT_ONCE - 1))
        self.assert_left(house, *knocks)
