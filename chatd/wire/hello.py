"""Who knocks at a port for plain lines but speaks something else, and what to answer before closing."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = ["HTTP", "HTTP_HEAD", "PROXY", "SIGNATURE", "SSH", "TLS", "Knock", "recognise"]


class Knock(NamedTuple):
    """A protocol that is not spoken here."""

    protocol: str
    """Its name, for the log."""
    answer: bytes
    """All that is to be sent before the connection is closed."""


def _refusal(protocol: str, reason: str) -> Knock:
    """Return a knock that is answered by one line of text."""
    return Knock(protocol, f"-> Error: {reason}\r\n".encode("ascii"))


def _bad_request(*, body: bool) -> Knock:
    """Return an HTTP knock; a HEAD is answered without a body (RFC 9110 §9.3.2)."""
    text = b"This is a chat port. It does not speak HTTP.\n"
    head = (
        b"HTTP/1.1 400 Bad Request\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Length: %d\r\n"
        b"Connection: close\r\n"
        b"\r\n"
    ) % len(text)
    return Knock("HTTP", head + text if body else head)


SIGNATURE: Final = b"\r\n\r\n\x00\r\nQUIT\n"
"""How a PROXY header of version 2 begins (its specification, §2.2): with several ends of lines."""

TLS: Final = _refusal("TLS", "this port speaks plain text, not TLS.")
"""A ClientHello in a handshake record (RFC 8446 §5.1), or in the form of SSL 2 (RFC 5246 §E.2)."""

HTTP: Final = _bad_request(body=True)
"""An HTTP request (RFC 9112 §3), the preface of HTTP/2 (RFC 9113 §3.4) included."""

HTTP_HEAD: Final = _bad_request(body=False)
"""An HTTP request by the method HEAD."""

PROXY: Final = _refusal("PROXY", "no PROXY header is expected on this port.")
"""A header of the PROXY protocol, version 1 or 2 (its specification, §2.1 and §2.2)."""

SSH: Final = _refusal("SSH", "this is a chat port, not an SSH server.")
"""An SSH identification string (RFC 4253 §4.2)."""

# The names of the groups are the keys of _KNOCKS.
_FIRST: Final = re.compile(
    rb"""
      (?P<tls> \x16\x03 | \x80 . \x01 (?: \x00\x02 | \x03[\x00-\x03] ) )
    | (?P<proxy> PROXY[ ](?: TCP[46] | UNKNOWN )(?= [ \r\n] | \Z ) | \r\n\r\n\x00\r\nQUIT\n )
    | (?P<ssh> SSH-[12]\.[0-9]+- )
    | (?P<head> HEAD[ ](?: / | https?: | [^ \r\n]+[ ]HTTP/[0-9]\.[0-9]\r?(?:\n|\Z) ) )
    | (?P<http> (?: GET|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH )[ ](?: / | \*[ ] | https?: )
              | [A-Z][A-Z-]*[ ][^ \r\n]+[ ]HTTP/[0-9]\.[0-9]\r?(?:\n|\Z) )
    """,
    re.DOTALL | re.VERBOSE,
)

_KNOCKS: Final = {"tls": TLS, "proxy": PROXY, "ssh": SSH, "head": HTTP_HEAD, "http": HTTP}


def recognise(first: bytes) -> Knock | None:
    """Tell by the first bytes of a connection whether to turn it away; None: let it in, as IRC too.

    `first` is the first packet; if no line ended in it, ask again with the first complete line, its
    end left off or not. A request for a path or a URL is recognised without the rest of its line, so
    that a line over the limit is no way around; any other method or target by its form, "METHOD target
    HTTP/x.y". Asked about the first line only, this never stands in the way of what is said later.
    """
    match = _FIRST.match(first)
    if match is None or match.lastgroup is None:
        return None
    return _KNOCKS[match.lastgroup]
