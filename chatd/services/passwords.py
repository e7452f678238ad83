"""Passwords: hashed with argon2id (RFC 9106) in threads of their own, a few at a time.

A hash takes some 20 ms and 19 MiB. In the reactor, or in its own pool, two hundred people who log in at once
would stop the chat; here they wait for each other, and who finds too many waiting is told to come again.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable
from typing import Any, TypeVar

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from chatd.core.errors import ChatError, Code
from chatd.services.scram import SALT_BYTES, Verifier

__all__ = ["HASHER", "LONGEST", "Passwords", "as_typed", "check_hash", "is_hash", "prepared"]

MEMORY_KIB, PASSES, LANES = 19456, 2, 1
"""What OWASP's password storage cheat sheet names as the least for argon2id."""
THREADS = 2
WAITING = 64
"""Passwords that may wait for a thread."""
LONGEST = 512
"""Characters of a password."""
HASH = "$argon2id$"

HASHER = PasswordHasher(PASSES, MEMORY_KIB, LANES)

T = TypeVar("T")


def prepared(password: str, least: int = 1) -> bytes:
    """Return a password as it is hashed: NFC, as UTF-8 (RFC 8265 §4.2, OpaqueString). Raises ChatError for one
    of fewer characters than `least`, or too many, or with spaces."""
    text = unicodedata.normalize("NFC", password)
    if len(text) < least:
        words = "a password is not empty" if least == 1 else f"a password has at least {least} characters"
        raise ChatError(Code.BAD_VALUE, words)
    if any(character.isspace() for character in text):
        # /passwd OLD NEW and /login NAME PASSWORD could not tell where it ends.
        raise ChatError(Code.BAD_VALUE, "a password has no spaces; join words with a dash")
    if len(text) > LONGEST:
        raise ChatError(Code.BAD_VALUE, f"a password has at most {LONGEST} characters")
    return text.encode()


def as_typed(password: str) -> bytes:
    """Return a password to compare; one that could be nobody's is compared all the same."""
    try:
        return prepared(password)
    except ChatError:
        return b""


def is_hash(text: str) -> bool:
    """Whether this is a hash as `Passwords` makes it, and no password."""
    return text.startswith(HASH)


def check_hash(text: str) -> None:
    """Raise ValueError for a hash that nothing can be compared with."""
    try:
        extract_parameters(text)
    except InvalidHashError:
        raise ValueError("not a whole argon2id hash") from None


class Passwords:
    """Hashes and compares. `start` and `stop` are those of its threads."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._hasher = HASHER
        self._pool = ThreadPool(0, THREADS, "chatd passwords")
        self._waiting = 0
        self._nobody: str | None = None

    def start(self) -> None:
        """Start the threads."""
        self._pool.start()

    def stop(self) -> None:
        """End the threads, if they were started."""
        if self._pool.started:
            self._pool.stop()

    def hash(self, password: bytes) -> Deferred[str]:
        """Return the hash of a password, with its parameters and salt in it. Raises ChatError(BUSY)."""
        return self._run(lambda: self._hasher.hash(password))

    def matches(self, known: str | None, password: bytes) -> Deferred[bool]:
        """Whether that is the password of a hash. Nobody's (none) is compared as well, with one that nobody
        knows, so that it takes as long. Raises ChatError(BUSY)."""
        return self._run(lambda: self._matches(known, password))

    def verifier(self, password: bytes) -> Deferred[str]:
        """Return what SCRAM-SHA-256 compares a password with. Raises ChatError(BUSY)."""
        return self._run(lambda: Verifier.of(password, secrets.token_bytes(SALT_BYTES)).encode())

    def outdated(self, known: str) -> bool:
        """Whether a hash was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(known)

    def _matches(self, known: str | None, password: bytes) -> bool:
        if self._nobody is None:
            self._nobody = self._hasher.hash(secrets.token_bytes(32))
        try:
            self._hasher.verify(known or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return known is not None

    def _run(self, work: Callable[[], T]) -> Deferred[T]:
        if self._waiting >= THREADS + WAITING:
            raise ChatError(Code.BUSY, "the server is busy with other passwords; try again in a moment")
        self._waiting += 1
        return deferToThreadPool(self._reactor, self._pool, work).addBoth(self._done)

    def _done(self, outcome: Any) -> Any:
        self._waiting -= 1
        return outcome
