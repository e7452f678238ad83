"""What front ends ask about logins that are no commands: SASL's."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from chatd.commands.accounts import Service
from chatd.core.accounts import Account
from chatd.core.names import Name
from chatd.core.ports import Session

__all__ = ["LoginService", "Scram", "WebLoginService"]


class Scram(Protocol):
    """A login by SCRAM-SHA-256."""

    async def challenge(self, first: bytes) -> bytes:
        """Take the client's first message and return the server's."""

    async def finish(self, last: bytes) -> tuple[Account, bytes]:
        """Take the client's last message; return the account and the server's last message."""


class WebLoginService(Protocol):
    """What is asked of services/web_logins.py."""

    def code(self, account: Account, session: Session) -> str:
        """Return a code that a page which has proved an account may swap for a cookie."""

    async def redeem(self, code: str) -> tuple[str, int]:
        """Return what the cookie is to hold, and for how many seconds it is good."""

    async def account_of(self, token: str) -> Account | None:
        """Return the account that a cookie logs in to."""

    async def end(self, token: str) -> None:
        """Let a cookie log in no more."""


class LoginService(Service, Protocol):
    """What is asked of services/accounts.py."""

    def log_in_by_certificate(self, fingerprint: str, name: Name | None, address: str) -> Awaitable[Account]:
        """Return the account that a TLS certificate logs in to."""

    def scram(self, address: str) -> Scram:
        """Begin a login by SCRAM-SHA-256."""
