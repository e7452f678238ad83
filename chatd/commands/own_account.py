"""What people ask of their own account."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import Protocol

from chatd.commands.accounts import require_account
from chatd.commands.arguments import Rest
from chatd.commands.context import Context
from chatd.commands.table import command
from chatd.core.accounts import Account
from chatd.core.replies import AccountInfo, Info, Record, SessionEntry, Sessions

__all__ = ["OwnAccount", "Owned"]

AT_ONCE = 50
"""Records queued for a client before it has to take them."""


class Owned(Protocol):
    """What is asked of services/own_data.py."""

    def records(self, account: Account) -> AsyncIterator[list[Record]]:
        """Yield all that is kept of an account, in pages."""

    def delete(self, account: Account, password: str, address: str) -> Awaitable[None]:
        """Delete an account for who knows its password."""


class OwnAccount:
    """An account as its owner sees it."""

    title = "Accounts"

    def __init__(self, owned: Owned) -> None:
        self._owned = owned

    @command("account", "account info", example="/account")
    def account(self, ctx: Context) -> None:
        """Show what your account is and has."""
        account = require_account(ctx)
        registry = ctx.registry
        founded = [
            room.name.shown
            for room in registry.rooms.values()
            if room.registered and room.founder == account.id
        ]
        ctx.reply(
            AccountInfo(
                name=account.name,
                created=account.created,
                rank=account.rank.name.lower(),
                rooms=founded,
                guests=account.guests,
                sessions=sum(len(user.sessions) for user in registry.by_account[account.id].values()),
            )
        )

    @command("account sessions", example="/account sessions")
    def sessions(self, ctx: Context) -> None:
        """Show where you are logged in."""
        account = require_account(ctx)
        ctx.reply(
            Sessions(
                sessions=[
                    SessionEntry(
                        nick=user.nick,
                        address=session.address,
                        dialect=session.codec.name,
                        secure=session.secure,
                        this=session is ctx.session,
                    )
                    for user in ctx.registry.by_account[account.id].values()
                    for session in user.sessions
                ]
            )
        )

    @command("account export", example="/account export", weight=30)
    async def export(self, ctx: Context) -> None:
        """Get all that is kept of you as JSON, one object a line: your account, your rooms and ranks, and every
        message and act that you made or that met you."""
        account = require_account(ctx)
        await ctx.session.settled()
        count = 0
        async for page in self._owned.records(account):
            for start in range(0, len(page), AT_ONCE):
                records = page[start : start + AT_ONCE]
                count += len(records)
                for record in records:
                    ctx.session.reply(record)
                await ctx.session.drained()
                ctx.session.require_alive()
        ctx.reply(Info(text=(f"That was all: {count} records.",)))

    @command(
        "account delete",
        usage="PASSWORD",
        example="/account delete correct-horse",
        secret=True,
        weight=5,
    )
    async def delete(self, ctx: Context, password: Rest) -> None:
        """Delete your account for good; the password confirms it. Your name is free then, and what you said is
        said by nobody any more, or removed, as the server's owner has chosen."""
        ctx.session.require_confidential()
        account = require_account(ctx)
        await self._owned.delete(account, password, ctx.session.address)
        ctx.answered = True
