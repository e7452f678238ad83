"""Accounts as the owner keeps them, from his shell."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from typing import Protocol

from chatd.commands.arguments import Rest, Term, Word
from chatd.commands.context import Context
from chatd.commands.table import command
from chatd.core import durations, masks, names
from chatd.core.accounts import Account, Invitation
from chatd.core.events import Who
from chatd.core.names import Name
from chatd.core.replies import AccountEntry, AccountList, Info
from chatd.core.user import Rank

__all__ = ["KeepingAccounts", "Stewardship"]

LISTED = 500
WEEK = 7 * 86_400
"""Seconds that an invitation code is good for."""


class Stewardship(Protocol):
    """What is asked of services/stewardship.py."""

    def add(self, name: Name, password: str) -> Awaitable[Account]:
        """Make an account."""

    def find(self, name: Name) -> Account:
        """Return the account of that name."""

    def set_password(self, account: Account, password: str) -> Awaitable[tuple[int, int]]:
        """Replace a password, end the account's sessions and take its certificates away; return how many of both."""

    def suspend(self, account: Account, by: Who, reason: str, rank: Rank) -> Awaitable[int]:
        """Keep an account out; return how many users of it were put off the server."""

    def resume(self, account: Account, rank: Rank) -> Awaitable[None]:
        """Let a suspended account in again."""

    def invite(self, seconds: int, by: str) -> Awaitable[tuple[str, Invitation]]:
        """Make an invitation code."""

    def invitations(self) -> Awaitable[list[Invitation]]:
        """Return the codes that may still be used."""

    def revoke(self, id: str) -> Awaitable[None]:
        """Make a code worthless."""


class KeepingAccounts:
    """Who has an account, and who may make one."""

    title = "Keeping accounts"

    def __init__(self, service: Stewardship) -> None:
        self._service = service

    @command(
        "account add",
        usage="NAME PASSWORD",
        example="/account add Alice correct-horse",
        rank=Rank.OWNER,
        shell=True,
        chat=False,
        secret=True,
    )
    async def add(self, ctx: Context, name: Word, password: Rest) -> None:
        """Make an account. Who is called that now stays a guest until he logs in."""
        account = await self._service.add(names.nickname(name), password)
        words = f"{account.name} has an account."
        if names.nickname(account.name).folded in ctx.registry.nicks:
            words += " A guest of that name is here: it is his once he logs in; /kick puts him off."
        ctx.reply(Info(text=(words,)))

    @command(
        "account passwd",
        usage="NAME PASSWORD",
        example="/account passwd Alice battery-staple",
        rank=Rank.OWNER,
        shell=True,
        chat=False,
        secret=True,
    )
    async def passwd(self, ctx: Context, name: Word, password: Rest) -> None:
        """Set another password for an account, which ends all of its sessions and takes its certificates away."""
        account = self._service.find(names.nickname(name))
        ended, taken = await self._service.set_password(account, password)
        words = f"{account.name} has another password; {_count(ended, 'session')} ended"
        words += f", {_count(taken, 'certificate')} taken away." if taken else "."
        ctx.reply(Info(text=(words,)))

    @command(
        "account suspend",
        usage="NAME [REASON]",
        example="/account suspend Bob spamming",
        rank=Rank.OPERATOR,
        shell=True,
        chat=False,
    )
    async def suspend(self, ctx: Context, name: Word, reason: Rest = "") -> None:
        """Put an account's users off the server and let it log in no more. Its name stays taken."""
        account = self._service.find(names.nickname(name))
        gone = await self._service.suspend(account, ctx.by, reason, ctx.rank)
        ctx.reply(Info(text=(f"{account.name} is suspended; {_count(gone, 'user')} put off the server.",)))

    @command(
        "account resume",
        usage="NAME",
        example="/account resume Bob",
        rank=Rank.OPERATOR,
        shell=True,
        chat=False,
    )
    async def resume(self, ctx: Context, name: Word) -> None:
        """Let a suspended account log in again."""
        account = self._service.find(names.nickname(name))
        await self._service.resume(account, ctx.rank)
        ctx.reply(Info(text=(f"{account.name} may log in again.",)))

    @command(
        "account list",
        usage="[PATTERN]",
        example="/account list al*",
        rank=Rank.OPERATOR,
        shell=True,
        chat=False,
    )
    def accounts(self, ctx: Context, pattern: Word = "*") -> None:
        """Show the accounts whose names match a pattern of * and ?, or all of them."""
        found, more = ctx.registry.accounts.matching(masks.nicknames(pattern), LISTED)
        ctx.reply(AccountList(accounts=[_entry(account) for account in found], more=more))

    @command(
        "invitation",
        usage="[DURATION]",
        example="/invitation 3d",
        rank=Rank.OWNER,
        shell=True,
        chat=False,
    )
    async def invite(self, ctx: Context, seconds: Term = None) -> None:
        """Make a code with which one person may register, within a week or what is given."""
        lasts = WEEK if seconds is None else seconds
        code, _ = await self._service.invite(lasts, ctx.operator)
        words = f"good once, for {durations.show(lasts)}: /register {code} PASSWORD"
        if ctx.registry.settings.accounts.registration != "invite":
            words += " (asked for when accounts.registration is invite, which it is not)"
        ctx.reply(Info(text=(code, words)))

    @command("invitation list", example="/invitation list", rank=Rank.OWNER, shell=True, chat=False)
    async def invitations(self, ctx: Context) -> None:
        """Show the invitation codes that may still be used, by the beginnings of their hashes."""
        ctx.reply(Info(text=tuple(_invited(await self._service.invitations()))))

    @command(
        "invitation revoke",
        usage="ID",
        example="/invitation revoke 5f2a09c1",
        rank=Rank.OWNER,
        shell=True,
        chat=False,
    )
    async def revoke(self, ctx: Context, id: Word) -> None:
        """Make an invitation code worthless, named as /invitation list shows it."""
        await self._service.revoke(id.casefold())
        ctx.reply(Info(text=("That invitation is worth nothing now.",)))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _entry(account: Account) -> AccountEntry:
    rank = "" if account.rank is Rank.USER else account.rank.name.lower()
    return AccountEntry(account.name, account.created, account.seen, rank, account.suspended)


def _invited(found: list[Invitation]) -> Iterator[str]:
    yield f"{_count(len(found), 'open invitation')}" + (":" if found else ".")
    for each in found[:LISTED]:
        yield f"  {each.id} until {each.until:%Y-%m-%d %H:%M}Z, by {each.by}"
    if len(found) > LISTED:
        yield f"  and {len(found) - LISTED} more"
