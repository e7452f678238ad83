"""PROXY headers as a proxy would build them, and tables of good and bad ones."""

from __future__ import annotations

from ipaddress import IPv6Address

from chatd.wire.proxy import LONGEST_BLOCK, Header

SIGNATURE = bytes.fromhex("0d0a0d0a000d0a515549540a")
LOCAL, CONNECTED = 0x20, 0x21
UNSPEC, TCP4, UDP4, TCP6, UDP6, UNIX, UNIX_DATAGRAM = 0x00, 0x11, 0x12, 0x21, 0x22, 0x31, 0x32
ALPN, AUTHORITY, CRC32C, NOOP, UNIQUE_ID, SSL, SSL_VERSION = 0x01, 0x02, 0x03, 0x04, 0x05, 0x20, 0x21

FOUR = bytes((192, 0, 2, 1, 198, 51, 100, 7)) + (40_000).to_bytes(2) + (7976).to_bytes(2)
SIX = IPv6Address("2001:db8::1").packed + IPv6Address("2001:db8::2").packed + FOUR[-4:]
NOBODY = Header(None, 0, tls=None)
KNOWN = Header("192.0.2.1", 40_000, tls=None)


def block(body: bytes, family: int = TCP4, command: int = CONNECTED, length: int | None = None) -> bytes:
    """Return a header of version 2; `length` for one that lies about its size."""
    size = len(body) if length is None else length
    return SIGNATURE + bytes((command, family)) + size.to_bytes(2) + body


def field(kind: int, value: bytes = b"") -> bytes:
    """Return one type-length-value field."""
    return bytes((kind,)) + len(value).to_bytes(2) + value


def ssl(client: int, *more: bytes) -> bytes:
    """Return what a proxy says about TLS: the bits of `client`, no verified certificate, and more fields."""
    return field(SSL, bytes((client,)) + (1).to_bytes(4) + b"".join(more))


def crc32c(data: bytes) -> int:
    """Return the sum by its definition, as a division by Castagnoli's polynomial, bit by bit."""
    rest = 0xFFFFFFFF
    for byte in data:
        rest ^= byte
        for _ in range(8):
            rest = rest >> 1 ^ 0x82F63B78 * (rest & 1)
    return rest ^ 0xFFFFFFFF


def summed(before: bytes, after: bytes = b"", family: int = TCP4) -> bytes:
    """Return a header with a right checksum between the two parts of its body."""
    empty = block(before + field(CRC32C, bytes(4)) + after, family)
    return block(before + field(CRC32C, crc32c(empty).to_bytes(4)) + after, family)


GOOD: dict[bytes, Header] = {
    # Version 1
    b"PROXY TCP4 192.0.2.1 198.51.100.7 40000 7976\r\n": KNOWN,
    b"PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n": Header("255.255.255.255", 65_535, tls=None),
    b"PROXY TCP4 192.0.2.1 192.0.2.1 0 65535\r\n": Header("192.0.2.1", 0, tls=None),
    b"PROXY TCP6 2001:db8::1 ::1 40000 7976\r\n": Header("2001:db8::1", 40_000, tls=None),
    b"PROXY TCP6 2001:0DB8:0000:0000:0000:0000:0000:0001 :: 1 2\r\n": Header("2001:db8::1", 1, tls=None),
    b"PROXY TCP6 ::ffff:192.0.2.1 ::ffff:198.51.100.7 40000 7976\r\n": KNOWN,
    b"PROXY TCP6 ::ffff:c000:201 ::1 40000 7976\r\n": KNOWN,
    b"PROXY UNKNOWN\r\n": NOBODY,
    b"PROXY UNKNOWN \r\n": NOBODY,
    b"PROXY UNKNOWN anything at all, 300.1.1.1 \xff\x00\r\n": NOBODY,
    b"PROXY UNKNOWN" + b" " * 92 + b"\r\n": NOBODY,
    # Version 2
    block(FOUR): KNOWN,
    block(SIX, TCP6): Header("2001:db8::1", 40_000, tls=None),
    block(IPv6Address("::ffff:192.0.2.1").packed + SIX[16:], TCP6): KNOWN,
    block(b"/run/a\0".ljust(216, b"\xff"), UNIX): NOBODY,
    block(b"", UNSPEC): NOBODY,
    block(b"", UNSPEC, LOCAL): NOBODY,
    # What a proxy says of its own connection is not read, whatever it is.
    block(FOUR + ssl(1), TCP4, LOCAL): NOBODY,
    block(b"\xff" * 5, 0xEE, LOCAL): NOBODY,
    block(FOUR + field(NOOP) + field(ALPN, b"h2") + field(0xEA, b"\x01vpce")): KNOWN,
    block(FOUR + field(NOOP, bytes(LONGEST_BLOCK - len(FOUR) - 3))): KNOWN,
    # TLS
    block(FOUR + ssl(1)): KNOWN._replace(tls=True),
    block(FOUR + ssl(7, field(SSL_VERSION, b"TLSv1.3"))): KNOWN._replace(tls=True),
    block(FOUR + field(UNIQUE_ID, b"7") + ssl(1) + field(AUTHORITY, b"chat.example")): KNOWN._replace(
        tls=True
    ),
    block(FOUR + ssl(0)): KNOWN._replace(tls=False),
    block(FOUR + ssl(6)): KNOWN._replace(tls=False),
    block(FOUR + field(SSL_VERSION, b"TLSv1.3")): KNOWN,
    block(FOUR + field(NOOP, ssl(1))): KNOWN,
    block(ssl(1), UNSPEC): Header(None, 0, tls=True),
    block(bytes(216) + ssl(1), UNIX): Header(None, 0, tls=True),
    # A checksum, wherever it stands
    summed(FOUR): KNOWN,
    summed(FOUR + ssl(1), field(NOOP, b"...")): KNOWN._replace(tls=True),
    summed(SIX, ssl(0), TCP6): Header("2001:db8::1", 40_000, tls=False),
}

# Why each is refused, by a word of the answer.
BAD: dict[bytes, str] = {
    b"Alice\r\n": "no PROXY",
    b"\r\nAlice\r\n": "no PROXY",
    b"\x16\x03\x01\x00\xf4": "no PROXY",
    b"proxy TCP4 192.0.2.1 192.0.2.1 1 2\r\n": "no PROXY",
    b" PROXY UNKNOWN\r\n": "no PROXY",
    b"PROXY\tUNKNOWN\r\n": "no PROXY",
    b"PROXY\r\n": "no PROXY",
    b"PROXY \r\n": "form",
    b"PROXY unknown\r\n": "form",
    b"PROXY UNKNOWNS\r\n": "form",
    b"PROXY UNKNOWN\n": "form",
    b"PROXY UNKNOWN a\rb\r\n": "form",
    b"PROXY UNKNOWN a\nb\r\n": "form",
    b"PROXY UNKNOWN\r\r\n": "form",
    b"PROXY  UNKNOWN\r\n": "form",
    b"PROXY TCP4\r\n": "form",
    b"PROXY TCP5 192.0.2.1 192.0.2.1 1 2\r\n": "form",
    b"PROXY UDP4 192.0.2.1 192.0.2.1 1 2\r\n": "form",
    b"PROXY tcp4 192.0.2.1 192.0.2.1 1 2\r\n": "form",
    b"PROXY TCP4  192.0.2.1 192.0.2.1 1 2\r\n": "form",
    b"PROXY TCP4 192.0.2.1  192.0.2.1 1 2\r\n": "form",
    b"PROXY TCP4 192.0.2.1 192.0.2.1 1 2 \r\n": "form",
    b"PROXY TCP4 192.0.2.1 192.0.2.1 1 2 3\r\n": "form",
    b"PROXY TCP4 192.0.2.1 192.0.2.1 1\r\n": "form",
    b"PROXY TCP4 192.0.2.1\t192.0.2.1 1 2\r\n": "form",
    b"PROXY TCP4 192.0.2.1 192.0.2.1 1 2\n": "form",
    b"PROXY TCP4 192.0.2.1 192.0.2.1 1 2\r \r\n": "form",
    b"PROXY TCP4 192.0.2.1 192.0.2.1 01 2\r\n": "form",
    b"PROXY TCP4 192.0.2.1 192.0.2.1 1 00\r\n": "form",
    b"PROXY TCP4 192.0.2.1 192.0.2.1 +1 2\r\n": "form",
    b"PROXY TCP4 192.0.2.1 192.0.2.1 -1 2\r\n": "form",
    b"PROXY TCP4 192.0.2.1 192.0.2.1 1_0 2\r\n": "form",
    "PROXY TCP4 192.0.2.1 192.0.2.1 \u0661 2\r\n".encode(): "form",
    b"PROXY TCP4 192.0.2.1 192.0.2.1 100000 2\r\n": "form",
    b"PROXY TCP4 192.0.2.1 192.0.2.1 65536 2\r\n": "port",
    b"PROXY TCP4 192.0.2.1 192.0.2.1 1 65536\r\n": "port",
    b"PROXY TCP4 192.0.2.1 192.0.2.256 1 2\r\n": "address",
    b"PROXY TCP4 192.0.2.01 192.0.2.1 1 2\r\n": "address",
    b"PROXY TCP4 192.0.513 192.0.2.1 1 2\r\n": "address",
    b"PROXY TCP4 3221225985 192.0.2.1 1 2\r\n": "address",
    b"PROXY TCP4 ::1 ::1 1 2\r\n": "address",
    b"PROXY TCP4 192.0.2.1 ::1 1 2\r\n": "address",
    b"PROXY TCP4 ::ffff:192.0.2.1 192.0.2.1 1 2\r\n": "address",
    b"PROXY TCP6 192.0.2.1 192.0.2.1 1 2\r\n": "address",
    b"PROXY TCP6 ::1 192.0.2.1 1 2\r\n": "address",
    b"PROXY TCP6 1::2::3 ::1 1 2\r\n": "address",
    b"PROXY TCP6 1:2:3:4:5:6:7 ::1 1 2\r\n": "address",
    b"PROXY TCP6 00001::1 ::1 1 2\r\n": "address",
    b"PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n": "form",
    b"PROXY TCP6 ::1 fe80::1%eth0 1 2\r\n": "form",
    b"PROXY TCP6 [::1] ::1 1 2\r\n": "form",
    b"PROXY TCP4 127.0.0.0/8 192.0.2.1 1 2\r\n": "form",
    b"PROXY UNKNOWN " + b"x" * 93: "without an end",
    b"PROXY UNKNOWN " + b"x" * 92 + b"\r\n": "without an end",
    # Version 2
    SIGNATURE[:-1] + b"\r" + block(FOUR)[12:]: "no PROXY",
    block(FOUR, command=0x11): "version",
    block(FOUR, command=0x31): "version",
    block(FOUR, command=0x01): "version",
    block(FOUR, command=0x22): "version",
    block(FOUR, command=0x2F): "version",
    block(FOUR, UDP4): "stream",
    block(SIX, UDP6): "stream",
    block(bytes(216), UNIX_DATAGRAM): "stream",
    block(FOUR, 0x10): "stream",
    block(FOUR, 0x01): "stream",
    block(FOUR, 0x13): "stream",
    block(FOUR, 0x41): "stream",
    block(FOUR[:-1]): "room",
    block(SIX[:-1], TCP6): "room",
    block(bytes(215), UNIX): "room",
    block(b"", TCP4, length=0): "room",
    block(b"", length=LONGEST_BLOCK + 1): "too long",
    block(b"", UNSPEC, LOCAL, length=65_535): "too long",
    block(FOUR + b"\x04"): "fit",
    block(FOUR + b"\x04\x00"): "fit",
    block(FOUR + b"\x04\x00\x01"): "fit",
    block(FOUR + b"\x04\xff\xff" + bytes(9)): "fit",
    block(FOUR + field(NOOP) + b"\x04\x00\x02."): "fit",
    block(FOUR, UNSPEC): "fit",
    block(FOUR + field(SSL, bytes(4))): "TLS",
    block(FOUR + field(SSL)): "TLS",
    block(FOUR + ssl(0) + ssl(1)): "TLS",
    block(FOUR + ssl(1) + ssl(1)): "TLS",
    block(FOUR + ssl(1, b"\x21\x00\x08TLSv1.3")): "fit",
    block(FOUR + ssl(1, b"\x21\x00\x03") + field(NOOP)): "fit",
    block(FOUR + field(CRC32C, bytes(4))): "checksum",
    block(FOUR + field(CRC32C, bytes(3))): "checksum",
    block(FOUR + field(CRC32C)): "checksum",
    summed(FOUR).replace(FOUR[:4], bytes((192, 0, 2, 2))): "checksum",
    summed(FOUR, field(CRC32C, bytes(4))): "checksum",
    summed(FOUR, ssl(0)).replace(ssl(0), ssl(1)): "checksum",
}
