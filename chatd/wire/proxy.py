"""The PROXY protocol, versions 1 and 2: what a proxy says first about the client it stands for.

Source: HAProxy, "The PROXY protocol, versions 1 & 2"; the sections named below are of that document.
Only for connections from proxies that are listed: whoever may send a header may claim any address (§2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, NamedTuple

from chatd.core.addresses import numeric

__all__ = ["LONGEST_BLOCK", "LONGEST_LINE", "Header", "MalformedHeader", "ProxyReader"]

LONGEST_LINE: Final = 107
"""Longest header of version 1, in bytes, CR LF included (§2.1)."""

LONGEST_BLOCK: Final = 4096
"""Most bytes that are taken after the first 16 of version 2. Its field could say 65,535 (§2.2); an IPv6
header with the TLS facts that HAProxy sends about a client has some 200."""

_TEXT: Final = b"PROXY "
_SIGNATURE: Final = b"\r\n\r\n\0\r\nQUIT\n"
_FIXED: Final = 16  # bytes of version 2 before the addresses

_PORT: Final = rb"0|[1-9][0-9]{0,4}"
_LINE: Final = re.compile(
    rb"PROXY TCP(?P<family>[46]) (?P<source>[0-9A-Fa-f:.]+) (?P<target>[0-9A-Fa-f:.]+)"
    rb" (?P<port>PORT) (?P<target_port>PORT)\r\n".replace(b"PORT", _PORT)
)
# What follows UNKNOWN has to be ignored; a CR or LF alone must not pass for the end of the line.
_UNKNOWN: Final = re.compile(rb"PROXY UNKNOWN(?: [^\r\n]*)?\r\n")
_LARGEST_PORT: Final = 65_535

_LOCAL: Final = 0x20  # version and command in one byte
_PROXY: Final = 0x21
_UNSPEC: Final = 0x00  # family and transport in one byte
_TCP4: Final = 0x11
_TCP6: Final = 0x21
_UNIX: Final = 0x31
_ADDRESSES: Final = {_UNSPEC: 0, _TCP4: 12, _TCP6: 36, _UNIX: 216}  # bytes

_CRC32C: Final = 0x03  # PP2_TYPE_CRC32C
_SSL: Final = 0x20  # PP2_TYPE_SSL
_CLIENT_SSL: Final = 0x01  # PP2_CLIENT_SSL
_SSL_FIXED: Final = 5  # bytes of PP2_TYPE_SSL before what it holds


class Header(NamedTuple):
    """What a proxy says of a connection."""

    source: str | None
    """The client's IP address in its shortest form, an IPv4 one mapped into IPv6 as IPv4. None: the proxy
    does not tell (UNKNOWN, LOCAL, an unspecified family, a Unix socket), and there is only its own."""
    port: int
    """The client's port; 0 without an address."""
    tls: bool | None
    """Whether the proxy says that the client came to it by TLS; None: it does not say. Only version 2 can."""


class MalformedHeader(Exception):
    """These bytes do not begin with a PROXY header that is taken here; its text says why.

    The text is fixed: nothing of what was sent is in it. The connection has to be closed (§2.1).
    """


class ProxyReader:
    """Reads the header at the beginning of one connection.

    Kept between packets: the beginning of a header, less than 16 + LONGEST_BLOCK bytes. How the bytes
    are cut into packets makes no difference. A header that does not come to its end gets no answer: the
    caller has a timer.
    """

    __slots__ = ("_done", "_held", "rest")

    def __init__(self) -> None:
        self.rest = b""
        """What followed the header in the packet that completed it."""
        self._held = bytearray()
        self._done = False

    def feed(self, data: bytes) -> Header | None:
        """Return the header once it is complete; None: more is needed.

        Raises MalformedHeader, and ValueError when called again after that or after a header.
        """
        if self._done:
            raise ValueError("this connection's header was read already")
        self._held += data
        try:
            size = _size(self._held)
            header = _parse(bytes(self._held[:size])) if size else None
        except MalformedHeader:
            self._finish()
            raise
        if header is not None:
            self.rest = bytes(self._held[size:])
            self._finish()
        return header

    def _finish(self) -> None:
        """Let go of what was held."""
        self._done = True
        self._held.clear()


def _size(held: bytearray) -> int:
    """Return the bytes of the header that `held` begins with, 0 while it is not complete.

    Raises MalformedHeader as soon as it cannot become one of a size that is taken.
    """
    if held.startswith(_SIGNATURE):
        return _size_of_block(held)
    if held.startswith(_TEXT):
        return _size_of_line(held)
    if _SIGNATURE.startswith(held) or _TEXT.startswith(held):
        return 0
    raise MalformedHeader("no PROXY header")


def _size_of_line(held: bytearray) -> int:
    """`_size` for version 1."""
    size = held.find(b"\n", 0, LONGEST_LINE) + 1
    if not size and len(held) >= LONGEST_LINE:
        raise MalformedHeader("a PROXY line without an end")
    return size


def _size_of_block(held: bytearray) -> int:
    """`_size` for version 2. The fixed part is judged before what it announces is waited for."""
    if len(held) < _FIXED:
        return 0
    length = int.from_bytes(held[14:16])
    if held[12] not in (_LOCAL, _PROXY):
        raise MalformedHeader("a PROXY header of an unknown version or command")
    if length > LONGEST_BLOCK:
        raise MalformedHeader("a PROXY header that is too long")
    if held[12] == _PROXY:
        if held[13] not in _ADDRESSES:
            raise MalformedHeader("a PROXY header for something else than a stream")
        if length < _ADDRESSES[held[13]]:
            raise MalformedHeader("a PROXY header without room for its addresses")
    size = _FIXED + length
    return size if len(held) >= size else 0


def _parse(header: bytes) -> Header:
    """Parse one complete header, no more and no less. Raises MalformedHeader."""
    return _parse_block(header) if header.startswith(_SIGNATURE) else _parse_line(header)


def _parse_line(line: bytes) -> Header:
    """Parse a header of version 1 (§2.1)."""
    if _UNKNOWN.fullmatch(line):
        return Header(None, 0, tls=None)
    match = _LINE.fullmatch(line)
    if match is None:
        raise MalformedHeader("a PROXY line of another form")
    kind = IPv4Address if match["family"] == b"4" else IPv6Address
    try:
        source, _ = kind(match["source"].decode()), kind(match["target"].decode())
    except ValueError:
        raise MalformedHeader("a PROXY line with a bad address") from None
    port = int(match["port"])
    if max(port, int(match["target_port"])) > _LARGEST_PORT:
        raise MalformedHeader("a PROXY line with a bad port")
    return Header(_shortest(source), port, tls=None)


def _parse_block(block: bytes) -> Header:
    """Parse a header of version 2 (§2.2)."""
    if block[12] == _LOCAL:  # The proxy's own connection; the rest is to be discarded unread.
        return Header(None, 0, tls=None)
    family = block[13]
    begin = _FIXED + _ADDRESSES[family]
    tls = _read_fields(block, begin)
    if family not in (_TCP4, _TCP6):
        return Header(None, 0, tls)
    width = 4 if family == _TCP4 else 16
    port = int.from_bytes(block[begin - 4 : begin - 2])
    return Header(_shortest(ip_address(block[_FIXED : _FIXED + width])), port, tls)


def _read_fields(block: bytes, begin: int) -> bool | None:
    """Check the fields from `begin` on; return whether they say that the client came by TLS, None: they
    say neither.

    What is said about TLS may be said once: a second time it could be the opposite.
    """
    secure = None
    for kind, start, end in _fields(block, begin):
        if kind == _CRC32C:
            if block[start:end] != _crc32c(block, start).to_bytes(4):
                raise MalformedHeader("a PROXY header with a wrong checksum")
        elif kind == _SSL:
            if secure is not None or end - start < _SSL_FIXED:
                raise MalformedHeader("a PROXY header with bad facts about TLS")
            for _ in _fields(block[:end], start + _SSL_FIXED):
                pass
            secure = bool(block[start] & _CLIENT_SSL)
    return secure


def _fields(block: bytes, begin: int) -> Iterator[tuple[int, int, int]]:
    """Yield type, begin and end of each type-length-value field from `begin` to the end of `block` (§2.2).

    Raises MalformedHeader where one reaches past the end.
    """
    while begin < len(block):
        start = begin + 3
        end = start + int.from_bytes(block[begin + 1 : start])
        if end > len(block):
            raise MalformedHeader("a PROXY header with a field that does not fit")
        yield block[begin], start, end
        begin = end


def _shortest(ip: IPv4Address | IPv6Address) -> str:
    """Write an address the one way in which the server compares addresses."""
    return str(numeric(str(ip)))


def _crc32c(block: bytes, at: int) -> int:
    """Return the CRC32c of a header, the four bytes of the sum `at` taken for zeros (§2.2.3)."""
    crc = 0xFFFFFFFF
    for byte in block[:at] + bytes(4) + block[at + 4 :]:
        crc = (crc >> 8) ^ _CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def _crc_table() -> tuple[int, ...]:
    """Return what each byte does to the sum: Castagnoli's polynomial, reflected (RFC 3720 §B.4)."""
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
        table.append(crc)
    return tuple(table)


_CRC_TABLE: Final = _crc_table()
