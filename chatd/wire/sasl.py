"""SASL as IRC carries it: messages in pieces of base64 (IRCv3 sasl-3.1), and what PLAIN and EXTERNAL say in them."""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

from chatd.core import names

__all__ = ["CHUNK", "LONGEST", "Joiner", "Plain", "SaslError", "SaslTooLong", "external", "pieces", "plain"]

CHUNK = 400
"""Characters of a piece that another one follows."""
LONGEST = 4096
"""Characters of base64 of a message in all its pieces: 3,072 bytes. The longest nickname twice and the longest
password have 1,154."""
EMPTY = "+"
"""Stands for a piece with nothing in it."""


class SaslError(Exception):
    """What was sent is no message of its mechanism; the text says why, and quotes nothing of it."""


class SaslTooLong(SaslError):
    """A piece, or a message, is longer than it may be."""


class Joiner:
    """Puts a client's message together. After an error it begins anew."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def feed(self, piece: str) -> bytes | None:
        """Take the parameter of one AUTHENTICATE; return the message if that was its end. Raises SaslError."""
        if len(piece) > CHUNK:
            self._parts.clear()
            raise SaslTooLong(f"a piece has at most {CHUNK} characters")
        if piece != EMPTY:
            self._parts.append(piece)
        if sum(map(len, self._parts)) > LONGEST:
            self._parts.clear()
            raise SaslTooLong(f"a message has at most {LONGEST} characters of base64")
        if len(piece) == CHUNK:
            return None
        text = "".join(self._parts)
        self._parts.clear()
        return _decoded(text)


def pieces(message: bytes) -> list[str]:
    """Return a server's message as parameters of AUTHENTICATE."""
    text = base64.b64encode(message).decode()
    found = [text[start : start + CHUNK] for start in range(0, len(text), CHUNK)]
    if len(text) % CHUNK == 0:
        found.append(EMPTY)
    return found


class Plain(NamedTuple):
    """What PLAIN says (RFC 4616 §2): for whom, who, and his password."""

    authzid: str
    authcid: str
    password: str

    def __repr__(self) -> str:
        return f"Plain({self.authzid!r}, {self.authcid!r}, [redacted])"


def plain(message: bytes) -> Plain:
    """Read a message of PLAIN. Nobody acts for another here: `authzid` is empty or means `authcid`. Raises SaslError."""
    parts = _text(message).split("\0")
    if len(parts) != 3:
        raise SaslError("PLAIN has three parts")
    found = Plain(*parts)
    if not found.authcid or not found.password:
        raise SaslError("PLAIN names somebody and his password")
    if found.authzid and names.fold(found.authzid) != names.fold(found.authcid):
        raise SaslError("nobody logs in for another")
    return found


def external(message: bytes) -> str:
    """Return whom a message of EXTERNAL names (RFC 4422 appendix A); empty: whoever the certificate belongs to.
    Raises SaslError."""
    text = _text(message)
    if "\0" in text:
        raise SaslError("EXTERNAL names one")
    return text


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        # The cause would show what was sent.
        raise SaslError("that is not base64") from None


def _text(message: bytes) -> str:
    try:
        return message.decode()
    except UnicodeDecodeError:
        raise SaslError("that is not UTF-8") from None
