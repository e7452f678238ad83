"""How a browser comes back without a password: a code, told where the account was proved, is swapped for a cookie.

The page is told the code over its WebSocket and posts it; what the cookie holds no script of the page ever sees. Codes
and cookies are random and kept as hashes.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code
from chatd.core.registry import Registry
from chatd.services.tickets import Tickets
from chatd.storage import web_logins
from chatd.storage.engine import Database

__all__ = ["CODE_SECONDS", "WebLogins"]

CODE_SECONDS = 60.0
"""How long a page has to swap its code."""
TOKEN_BYTES = 32


@dataclass(frozen=True, eq=False)
class _Grant:
    """Who has proved which account where."""

    account: str
    session: Any


class WebLogins:
    """Codes for pages that have logged in, and what their cookies log in to."""

    def __init__(self, registry: Registry, database: Database) -> None:
        self._registry = registry
        self._database = database
        self._codes: Tickets[_Grant] = Tickets(registry.world.clock)

    def code(self, account: Account, session: Any) -> str:
        """Return a code for who has proved an account: good once, for a minute, and while the session lives."""
        for grant in (
            *self._codes.expired(),
            *(each for each in self._codes.items() if each.session is session),
        ):
            self._codes.drop(grant)
        return self._codes.issue(_Grant(account.id, session), CODE_SECONDS)

    async def redeem(self, code: str) -> tuple[str, int]:
        """Return what a cookie is to hold, and for how many seconds it is good. Raises ChatError."""
        grant = self._codes.find(code)
        self._codes.drop(grant)
        account = self._registry.accounts.by_id(grant.account)
        if account is None or grant.session.ended:
            raise ChatError(Code.NOT_ALLOWED, "this code is not good, or not any more")
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self._registry.time()
        seconds = 60 * self._registry.settings.web.login_minutes
        until = now + timedelta(seconds=seconds)
        await self._database.write(lambda c: web_logins.add(c, _hash(token), account.id, now, until))
        return token, seconds

    async def account_of(self, token: str) -> Account | None:
        """Return the account that a cookie logs in to, if it may be opened now."""
        now = self._registry.time()
        id = await self._database.read(lambda connection: web_logins.owner(connection, _hash(token), now))
        account = self._registry.accounts.by_id(id or "")
        return None if account is None or account.suspended else account

    async def end(self, token: str) -> None:
        """Let a cookie log in no more."""
        await self._database.write(lambda connection: web_logins.remove(connection, _hash(token)))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
