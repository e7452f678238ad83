"""A login by SCRAM-SHA-256: the exchange of scram.py with who has an account here, slowed as every login."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

from chatd.core.accounts import Account, Accounts
from chatd.core.errors import ChatError, Code
from chatd.core.names import nickname
from chatd.services.scram import Exchange, ScramError, Verifier
from chatd.services.tries import WRONG, Tries

__all__ = ["ScramLogin"]

NONCE_BYTES = 18
KNOWN_BY = 64
"""Characters by which a name is remembered that cannot be anybody's."""


class ScramLogin:
    """`challenge`, then `finish`. Who has no account, or no verifier, is answered like all others to the end."""

    def __init__(
        self,
        accounts: Accounts,
        tries: Tries,
        verifier: Callable[[str, Account | None], Awaitable[tuple[Verifier, bool]]],
        address: str,
    ) -> None:
        """`verifier` returns that of a folded name and its account, and whether it is his or nobody's."""
        self._accounts = accounts
        self._tries = tries
        self._verifier = verifier
        self._address = address
        self._exchange = Exchange(secrets.token_urlsafe(NONCE_BYTES))
        self._folded = ""
        self._account: Account | None = None
        self._his = False

    async def challenge(self, first: bytes) -> bytes:
        """Take the client's first message and return the server's. Raises ChatError."""
        try:
            typed = self._exchange.first(first)
        except ScramError as error:
            raise _refused(error) from None
        try:
            self._folded = nickname(typed).folded
        except ChatError:
            self._folded = typed[:KNOWN_BY] + " "  # no nickname has a space
        self._account = self._accounts.by_folded(self._folded)
        self._tries.check(self._folded, self._address)
        verifier, self._his = await self._verifier(self._folded, self._account)
        return self._exchange.challenge(verifier)

    async def finish(self, last: bytes) -> tuple[Account, bytes]:
        """Take the client's last message; return the account and the server's last message. Raises ChatError."""

        async def look() -> tuple[Account, bytes] | None:
            try:
                answer = self._exchange.final(last)
            except ScramError as error:
                if error.value == "invalid-proof":
                    return None
                raise _refused(error) from None
            return (self._account, answer) if self._his and self._account is not None else None

        account, answer = await self._tries.judge(self._folded, self._address, look, WRONG)
        return self._accounts.opened(account), answer


def _refused(error: ScramError) -> ChatError:
    return ChatError(Code.BAD_VALUE, f"that is not how SCRAM-SHA-256 goes: {error.value}")
