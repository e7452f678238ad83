"""SCRAM-SHA-256 (RFC 5802, RFC 7677), the server's side, without a socket, a store or a clock.

    exchange = Exchange(nonce)
    name = exchange.first(…)                what the client sends first; whose verifier is wanted
    … = exchange.challenge(verifier)        what it is answered
    … = exchange.final(…)                   what it sends then, and the last answer: it has proved the password

No channel binding: who asks for one (`p=`) is refused. Of the mechanism's extensions the optional ones are passed over.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from enum import Enum
from typing import NamedTuple

from chatd.core.names import fold

__all__ = ["ITERATIONS", "SALT_BYTES", "Exchange", "ScramError", "Verifier"]

ITERATIONS = 100_000
"""Of PBKDF2, for client and server: some 30 ms. RFC 7677 §4 has 4,096 as the least."""
SALT_BYTES = 16
HASH = "sha256"
HASH_BYTES = 32

_NONCE = re.compile(r"[!-+\x2d-~]+")
_NAME = re.compile(r"(?:[^=,\0]|=2C|=3D)+")
_EXTENSION = re.compile(r"[A-Za-z]=[^,\0]+")


class ScramError(Exception):
    """An exchange that proves nothing. `value` is the server-error-value of RFC 5802 §7."""

    def __init__(self, value: str) -> None:
        super().__init__(value)
        self.value = value


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, HASH)


class Verifier(NamedTuple):
    """What is kept of a password: enough to tell who knows it, not to be him, but to try passwords with."""

    salt: bytes
    iterations: int
    stored_key: bytes
    server_key: bytes

    @classmethod
    def of(cls, password: bytes, salt: bytes, iterations: int = ITERATIONS) -> Verifier:
        """Make one, which takes as long as `iterations` say (RFC 5802 §3)."""
        salted = hashlib.pbkdf2_hmac(HASH, password, salt, iterations)
        stored = hashlib.sha256(_hmac(salted, b"Client Key")).digest()
        return cls(salt, iterations, stored, _hmac(salted, b"Server Key"))

    @classmethod
    def of_nobody(cls, seed: bytes) -> Verifier:
        """Return the verifier of nobody's password, the same for the same 32 bytes."""
        keys = (_hmac(seed, purpose) for purpose in (b"salt", b"stored", b"server"))
        salt, stored, server = keys
        return cls(salt[:SALT_BYTES], ITERATIONS, stored, server)

    def encode(self) -> str:
        """Return it as it is kept (RFC 5803 §2)."""
        return f"SCRAM-SHA-256${self.iterations}:{_shown(self.salt)}${_shown(self.stored_key)}:{_shown(self.server_key)}"

    @classmethod
    def decode(cls, text: str) -> Verifier:
        """Read what `encode` wrote. Raises ValueError."""
        scheme, parameters, keys = text.split("$")
        if scheme != "SCRAM-SHA-256":
            raise ValueError("another mechanism's")
        iterations, salt = parameters.split(":")
        stored, server = keys.split(":")
        decode = base64.b64decode
        return cls(decode(salt), int(iterations), decode(stored), decode(server))

    def __repr__(self) -> str:
        return "Verifier([redacted])"


class _Step(Enum):
    FIRST = 1
    CHALLENGE = 2
    FINAL = 3
    ENDED = 4


class Exchange:
    """One login. Each step once, in its order; after an error it has ended."""

    def __init__(self, nonce: str) -> None:
        """`nonce`: printable ASCII without a comma, never used again and known to nobody before."""
        self._nonce = nonce
        self._step = _Step.FIRST
        self._header = self._bare = self._asked = ""
        self._verifier: Verifier | None = None

    def first(self, message: bytes) -> str:
        """Take the first message; return the name of who logs in. Raises ScramError."""
        self._begin(_Step.FIRST)
        flag, authzid, bare = _split(_text(message), 3)
        if flag.startswith("p="):
            raise ScramError("channel-binding-not-supported")
        if flag not in ("n", "y") or (authzid and not authzid.startswith("a=")):
            raise ScramError("other-error")
        for_whom = _name(authzid[2:]) if authzid else ""
        if bare.startswith("m="):
            raise ScramError("extensions-not-supported")
        asked, nonce, *extensions = _split(bare, 2, more=True)
        _check_extensions(extensions)
        if not asked.startswith("n=") or not nonce.startswith("r=") or not _NONCE.fullmatch(nonce, 2):
            raise ScramError("other-error")
        name = _name(asked[2:])
        if for_whom and fold(for_whom) != fold(name):
            raise ScramError("other-error")
        self._header, self._bare = f"{flag},{authzid},", bare
        self._nonce = nonce[2:] + self._nonce
        self._step = _Step.CHALLENGE
        return name

    def challenge(self, verifier: Verifier) -> bytes:
        """Return the server's first message, for the verifier of who logs in, or of nobody."""
        self._begin(_Step.CHALLENGE)
        self._verifier = verifier
        self._asked = f"r={self._nonce},s={_shown(verifier.salt)},i={verifier.iterations}"
        self._step = _Step.FINAL
        return self._asked.encode()

    def final(self, message: bytes) -> bytes:
        """Take the last message; return the server's, with which it proves that it has the verifier. Raises ScramError."""
        self._begin(_Step.FINAL)
        verifier = self._verifier
        assert verifier is not None, "the challenge was given one"
        text = _text(message)
        without, _, proof = text.rpartition(",p=")
        binding, nonce, *extensions = _split(without, 2, more=True)
        _check_extensions(extensions)
        if not binding.startswith("c=") or not nonce.startswith("r="):
            raise ScramError("other-error")
        if _bytes(binding[2:]) != self._header.encode():
            raise ScramError("channel-bindings-dont-match")
        if not hmac.compare_digest(nonce[2:].encode(), self._nonce.encode()):
            raise ScramError("other-error")
        said = f"{self._bare},{self._asked},{without}".encode()
        shown = _bytes(proof)
        if len(shown) != HASH_BYTES:
            raise ScramError("invalid-proof")
        signature = _hmac(verifier.stored_key, said)
        key = bytes(one ^ other for one, other in zip(shown, signature, strict=True))
        if not hmac.compare_digest(hashlib.sha256(key).digest(), verifier.stored_key):
            raise ScramError("invalid-proof")
        return f"v={_shown(_hmac(verifier.server_key, said))}".encode()

    def _begin(self, step: _Step) -> None:
        """A step begins, in its turn; if it does not come to its end, it was the last."""
        if self._step is not step:
            raise ScramError("other-error")
        self._step = _Step.ENDED


def _text(message: bytes) -> str:
    try:
        return message.decode()
    except UnicodeDecodeError:
        raise ScramError("invalid-encoding") from None


def _split(text: str, count: int, *, more: bool = False) -> list[str]:
    """Split at commas into that many parts, the last one with all that follows, or into as many at least."""
    parts = text.split(",") if more else text.split(",", count - 1)
    if len(parts) < count:
        raise ScramError("other-error")
    return parts


def _check_extensions(extensions: list[str]) -> None:
    for each in extensions:
        if each.startswith("m="):
            raise ScramError("extensions-not-supported")
        if not _EXTENSION.fullmatch(each):
            raise ScramError("other-error")


def _name(written: str) -> str:
    """Return a name without its escapes (`saslname`, RFC 5802 §5.1)."""
    if not _NAME.fullmatch(written):
        raise ScramError("invalid-username-encoding")
    return written.replace("=2C", ",").replace("=3D", "=")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ScramError("invalid-encoding") from None


def _shown(data: bytes) -> str:
    return base64.b64encode(data).decode()
