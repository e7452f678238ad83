"""What lets somebody send or fetch one file, once he has asked: a token, good for minutes.

The token itself is kept nowhere, only its SHA-256. It is bound to the account, or to the guest as long as he is here; what
he may do is asked again when it is used.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Generic, TypeVar

from chatd.core.errors import ChatError, Code
from chatd.core.ports import Clock
from chatd.core.registry import Registry
from chatd.core.user import User

__all__ = ["TOKEN_BYTES", "Holder", "Tickets"]

TOKEN_BYTES = 16


class Holder:
    """Whom a token is bound to."""

    def __init__(self, user: User) -> None:
        self.user = user.id
        self.account = user.who.account

    def find(self, registry: Registry) -> User:
        """Return him as he is here now; raise ChatError if he is not."""
        user = registry.users.get(self.user)
        if user is not None and self.account in (None, user.who.account):
            return user
        others = registry.by_account.get(self.account or "", {})
        if not others:
            raise ChatError(Code.NOT_ALLOWED, "who asked for this token is not here any more")
        return next(iter(others.values()))


T = TypeVar("T")


class Tickets(Generic[T]):
    """Tokens that are good now, and what each is for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[bytes, tuple[float, T]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def issue(self, item: T, seconds: float) -> str:
        """Return a new token for something, good for so long."""
        token = secrets.token_hex(TOKEN_BYTES)
        self._kept[_digest(token)] = (self._clock.seconds() + seconds, item)
        return token

    def find(self, token: str) -> T:
        """Return what a token is for; raise ChatError if it is good for nothing, in the same words whatever the cause."""
        until, item = self._kept.get(_digest(token), (0.0, None))
        if item is None or until <= self._clock.seconds():
            raise ChatError(Code.NOT_ALLOWED, "this token is not good, or not any more")
        return item

    def renew(self, item: T, seconds: float) -> None:
        """Let the token for something be good for so long from now."""
        for digest, (_, each) in self._kept.items():
            if each is item:
                self._kept[digest] = (self._clock.seconds() + seconds, item)

    def items(self) -> list[T]:
        """Return what tokens are kept for, good or not any more, the oldest first."""
        return [item for _, item in self._kept.values()]

    def drop(self, item: T) -> None:
        """Let no token be good for something."""
        for digest in [digest for digest, (_, each) in self._kept.items() if each is item]:
            del self._kept[digest]

    def expired(self) -> list[T]:
        """Return that whose time is over."""
        now = self._clock.seconds()
        return [item for until, item in self._kept.values() if until <= now]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
