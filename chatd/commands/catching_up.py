"""What an account is shown after it has logged in: what was said to it meanwhile and, to an operator, that there are reports."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Protocol

from twisted.logger import Logger

from chatd.commands.context import Context
from chatd.commands.driving import drive, later
from chatd.core.accounts import Account
from chatd.core.errors import ChatError
from chatd.core.events import Event
from chatd.core.ports import AuditTrail
from chatd.core.replies import Info
from chatd.core.user import Rank

__all__ = ["CatchingUp", "Mail"]

log = Logger(namespace="chatd.accounts")

RETRY_SECONDS, TRIES = 5.0, 12
"""How often it is looked for private messages that waited, when the database does not answer."""


class Mail(Protocol):
    """What is asked of services/accounts.py."""

    def mail(self, account: Account) -> Awaitable[dict[int, Event]]:
        """Return the private messages that waited, by what the store calls them."""

    def delivered(self, account: Account, shown: dict[int, Event]) -> Awaitable[bool]:
        """They were shown; whether none is left."""

    def undelivered(self, account: Account) -> None:
        """They could not be shown."""


class CatchingUp:
    """Shows it, in whatever dialect."""

    def __init__(self, service: Mail, trail: AuditTrail) -> None:
        self._service = service
        self._trail = trail

    def begin(self, ctx: Context, account: Account, since: datetime) -> None:
        """Show what there is since then. Nobody waits for it: the database may not answer, and the client says more."""
        waiting = drive(self._catch_up(ctx, account, since))
        if waiting is not None:
            waiting.addErrback(lambda failure: log.failure("mail cannot be delivered", failure))

    async def _catch_up(self, ctx: Context, account: Account, since: datetime) -> None:
        # Behind the login's own commit, and so behind what was said before it.
        await ctx.session.settled()
        if account.rank >= Rank.OPERATOR:
            await self._tell_of_reports(ctx, since)
        for _ in range(TRIES):
            if await self._deliver(ctx, account):
                break
            # The database does not answer, or has not stored all of it yet.
            await later(ctx.registry.world.clock, RETRY_SECONDS)

    async def _deliver(self, ctx: Context, account: Account) -> bool:
        """Show what waits, if the client still is who it was; whether there is nothing left to do."""
        try:
            found = await self._service.mail(account)
            user = ctx.user
            if user is None or user.who.account != account.id or ctx.session.ending:
                self._service.undelivered(account)
                return True
            ctx.session.show_mail(list(found.values()))
            return await self._service.delivered(account, found)
        except ChatError:
            return False

    async def _tell_of_reports(self, ctx: Context, since: datetime) -> None:
        count = await self._trail.reports(since)
        if count:
            reports = "1 report" if count == 1 else f"{count} reports"
            ctx.session.reply(Info(text=(f"{reports} since you logged in last: /audit shows them.",)))
