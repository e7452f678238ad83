"""PROXY headers: exactly those of the specification are taken, however the bytes come, and nothing is guessed."""

from __future__ import annotations

import itertools
import tracemalloc
from ipaddress import IPv4Address, IPv6Address, ip_address

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatd.wire.hello import PROXY, recognise
from chatd.wire.proxy import LONGEST_BLOCK, Header, MalformedHeader, ProxyReader
from tests.wire.proxy_headers import (
    BAD,
    CRC32C,
    FOUR,
    GOOD,
    LOCAL,
    NOBODY,
    NOOP,
    SIX,
    SSL,
    TCP4,
    TCP6,
    UDP4,
    UNSPEC,
    block,
    crc32c,
    field,
    ssl,
    summed,
)

Outcome = Header | str


def read(*packets: bytes) -> tuple[Outcome | None, bytes]:
    """Feed packets to a new reader; return the header, or why there is none, and what follows it."""
    reader = ProxyReader()
    for count, packet in enumerate(packets, 1):
        try:
            header = reader.feed(packet)
        except MalformedHeader as error:
            return str(error), reader.rest
        if header is not None:
            return header, reader.rest + b"".join(packets[count:])
    return None, reader.rest


v4 = st.ip_addresses(v=4)
v6 = st.ip_addresses(v=6)
ports = st.integers(0, 65_535)
fields = st.lists(
    st.builds(
        field, st.integers(0, 255).filter(lambda kind: kind not in (CRC32C, SSL)), st.binary(max_size=20)
    ),
    max_size=4,
).map(b"".join)
# Headers with a byte or two changed, cut out or put in reach further than random bytes.
EXAMPLES = [*GOOD, *BAD]


class ProxyReaderTests(SynchronousTestCase):
    def test_good(self) -> None:
        """Every form of the specification; what follows is not touched."""
        for data, header in GOOD.items():
            for rest in (b"", b"\r\n", b"PROXY UNKNOWN\r\n", b"Alice\r\n\xff\x00"):
                self.assertEqual(read(data + rest), (header, rest), data)

    def test_bad(self) -> None:
        """Whatever differs from it is refused, for the reason that is meant."""
        for data, word in BAD.items():
            outcome, rest = read(data)
            self.assertIsInstance(outcome, str, data)
            self.assertIn(word, str(outcome), data)
            self.assertEqual(rest, b"")

    def test_cuts_do_not_matter(self) -> None:
        """Each header cut in two at every place, and byte by byte, has the same outcome."""
        for data in EXAMPLES:
            whole = read(data + b"rest")
            for at in range(0, len(data) + 1, 1 if len(data) < 300 else 97):
                self.assertEqual(read(data[:at], data[at:] + b"rest"), whole, (data, at))
            single = (bytes([byte]) for byte in data + b"rest")
            self.assertEqual(read(*single), whole, data)

    def test_beginnings(self) -> None:
        """No part of a good header is a header or an error, so a slow sender is waited for."""
        for data in GOOD:
            for at in range(0, len(data), 1 if len(data) < 300 else 97):
                self.assertEqual(read(data[:at]), (None, b""), (data, at))

    def test_hopeless_at_once(self) -> None:
        """What cannot become a header any more is refused before the sender has said all of it."""
        for data in (
            b"A",
            b"PROXY_",
            b"\r\n\r\n\0\r\nQUIX",
            block(b"", length=LONGEST_BLOCK + 1),
            block(b"", command=0x41, length=12),
            block(b"", UDP4, length=12),
            b"PROXY " + b"1" * 101,
        ):
            self.assertIsInstance(read(data)[0], str, data)

    def test_longest_line(self) -> None:
        """A line of 107 bytes is a header; one of 108 is not, although its end is in the same packet."""
        line = b"PROXY UNKNOWN".ljust(105)
        self.assertEqual(read(line + b"\r\n"), (NOBODY, b""))
        self.assertIsInstance(read(line + b" \r\n")[0], str)

    def test_read_once(self) -> None:
        """After a header or an error the reader is used up: nobody can be renamed on the way."""
        for data in (b"PROXY UNKNOWN\r\n", b"PROXY KNOWN\r\n"):
            reader = ProxyReader()
            try:
                reader.feed(data)
            except MalformedHeader:
                pass
            with self.assertRaises(ValueError):
                reader.feed(b"PROXY UNKNOWN\r\n")

    def test_memory(self) -> None:
        """A packet of 1 MiB after the beginning of a header leaves no more than a header behind."""
        packet = b"x" * (1 << 20)
        for beginning in (b"PROXY ", block(b"", UNSPEC, LOCAL, length=LONGEST_BLOCK)[:-1]):
            readers = [ProxyReader() for _ in range(10)]
            tracemalloc.start()
            try:
                for reader in readers:
                    reader.feed(beginning)
                    try:
                        reader.feed(packet)
                    except MalformedHeader:
                        pass
                    reader.rest = b""
                held = tracemalloc.get_traced_memory()[0]
            finally:
                tracemalloc.stop()
            self.assertLess(held, 10 * 16 * 1024)

    def test_nothing_of_the_sender(self) -> None:
        """The reason can be logged as it is: it repeats nothing that was sent."""
        for data in BAD:
            self.assertRegex(str(read(data)[0]), r"\A(no PROXY header|a PROXY [A-Za-z ]+)\Z")

    def test_known_at_other_doors(self) -> None:
        """A port that expects no header recognises each of these by its beginning."""
        for data in GOOD:
            self.assertIs(recognise(data), PROXY, data)

    @given(st.lists(st.binary(max_size=40), max_size=6))
    def test_any_bytes(self, packets: list[bytes]) -> None:
        """Any bytes: a header, a wait or the declared error, the same for other cuts."""
        self.assertEqual(read(*packets), read(b"".join(packets)))

    @given(
        st.sampled_from(EXAMPLES),
        st.lists(st.tuples(st.integers(0, 130), st.integers(0, 2), st.binary(max_size=2)), max_size=3),
        st.integers(0, 130),
    )
    def test_nearly_headers(self, data: bytes, changes: list[tuple[int, int, bytes]], cut: int) -> None:
        """Changed headers as well; what is taken for one is an address as the server writes it."""
        for at, size, put in changes:
            data = data[:at] + put + data[at + size :]
        outcome, rest = read(data)
        self.assertEqual(read(data[:cut], data[cut:]), (outcome, rest))
        self.assertTrue(data.endswith(rest))
        if isinstance(outcome, Header):
            self.assertIn(outcome.port, range(65_536))
            if outcome.source is None:
                self.assertEqual(outcome.port, 0)
            else:
                self.assertEqual(str(ip_address(outcome.source)), outcome.source)

    @given(v4 | v6, ports, ports, st.binary(max_size=30))
    def test_round_trip_of_lines(
        self, ip: IPv4Address | IPv6Address, port: int, other: int, rest: bytes
    ) -> None:
        """What version 1 says is what is read, IPv6 in its short and in its long form."""
        mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
        for text in {str(ip), ip.exploded, ip.exploded.upper()}:
            line = f"PROXY TCP{ip.version} {text} {ip} {port} {other}\r\n".encode()
            self.assertEqual(read(line + rest), (Header(str(mapped or ip), port, tls=None), rest))

    @given(v4 | v6, ports, fields, st.none() | st.integers(0, 255), st.booleans())
    def test_round_trip_of_blocks(
        self, ip: IPv4Address | IPv6Address, port: int, more: bytes, client: int | None, checked: bool
    ) -> None:
        """What version 2 says is what is read, with any fields around it."""
        family, target = (TCP4, FOUR[4:8]) if ip.version == 4 else (TCP6, SIX[16:32])
        body = ip.packed + target + port.to_bytes(2) + bytes(2) + more
        if client is not None:
            body += ssl(client, more)
        data = summed(body, more, family) if checked else block(body + more, family)
        mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
        expected = Header(str(mapped or ip), port, tls=None if client is None else client % 2 == 1)
        self.assertEqual(read(data + b"/me"), (expected, b"/me"))


class ChecksumTests(SynchronousTestCase):
    def test_known_sums(self) -> None:
        """The sum that the headers here are built with is CRC32C (RFC 3720 §B.4)."""
        for data, expected in (
            (bytes(32), 0x8A9136AA),
            (b"\xff" * 32, 0x62A8AB43),
            (bytes(range(32)), 0x46DD794E),
            (b"123456789", 0xE3069283),
        ):
            self.assertEqual(crc32c(data), expected)

    def test_every_bit_counts(self) -> None:
        """With a checksum no bit of the header can be another, but those that say what is checked.

        As a connection of the proxy itself the header is not read, and a checksum of another type is none.
        """
        data = summed(FOUR + ssl(1), field(NOOP, b"."))
        unread = {12, data.index(field(CRC32C, bytes(4))[:3])}
        for at, bit in itertools.product(range(len(data)), range(8)):
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            if at not in unread:
                self.assertFalse(isinstance(read(bytes(changed))[0], Header), (at, bit))
