"""What operators of the server look at, and how people call them."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from chatd.commands.arguments import Current, Rest, Somebody, Whom, Word
from chatd.commands.context import Context
from chatd.commands.table import command
from chatd.core import names
from chatd.core.accounts import Account
from chatd.core.acts import Acts
from chatd.core.errors import ChatError, Code, UsageError
from chatd.core.events import Who
from chatd.core.ports import AuditTrail
from chatd.core.registry import Registry
from chatd.core.replies import Info
from chatd.core.user import Rank

__all__ = ["Oversight", "Ranks"]

SHOWN = 20
MOST = 200
"""Acts shown at once."""

RANKS = {rank.name.lower(): rank for rank in Rank}


class Ranks(Protocol):
    """What is asked of services/accounts.py."""

    def oper(self, name: str, password: str, address: str) -> Awaitable[Rank]:
        """Return the rank that an operator's name and password give."""

    def set_rank(self, account: Account, rank: Rank, by: Who) -> Awaitable[None]:
        """Give an account a rank on the server."""


class Oversight:
    """Reports, the record of acts, and ranks."""

    title = "Oversight"

    def __init__(self, trail: AuditTrail, accounts: Ranks) -> None:
        self._trail = trail
        self._accounts = accounts

    @command(
        "report",
        usage="USER REASON",
        example="/report Spammer advertising in #lobby",
        menu="Call an operator",
        audited=True,
        weight=5,
    )
    def report(self, ctx: Context, target: Somebody, room: Current, reason: Rest) -> None:
        """Tell the operators of the server what somebody does, and where you are; he is not told."""
        told = ctx.registry.report(ctx.named, target, "" if room is None else room.name.shown, reason)
        words = (
            "The operators have been told."
            if told
            else "No operator is here now; your report is kept for them."
        )
        ctx.reply(Info(text=(words,)))

    @command(
        "oper",
        usage="NAME PASSWORD",
        example="/oper alice correct-horse",
        secret=True,
        audited=True,
        weight=5,
    )
    async def oper(self, ctx: Context, name: Word, password: Rest) -> None:
        """Become an operator of the server as long as you are here, by a name and password that its owner gave you."""
        ctx.session.require_confidential()
        rank = await self._accounts.oper(name, password, ctx.session.address)
        ctx.session.require_alive()
        if not ctx.registry.set_oper(ctx.named, max(rank, ctx.rank), ctx.source):
            ctx.reply(Info(text=(f"You are {ctx.rank.name.lower()} of the server already.",)))

    @command(
        "wallops",
        usage="TEXT",
        example="/wallops Who is looking after #lobby tonight?",
        rank=Rank.OPERATOR,
        shell=True,
        weight=3,
    )
    def wallops(self, ctx: Context, words: Rest) -> None:
        """Tell the other operators something; everybody hears it who asked for that (IRC: user mode w)."""
        if ctx.in_shell:
            ctx.registry.wallops(ctx.by, words)
            ctx.reply(Info(text=("The operators have been told.",)))
        else:
            ctx.registry.wallops(ctx.by, words, ctx.source)

    @command(
        "audit",
        usage="[COUNT] [WORD]",
        example="/audit 50 Spammer",
        rank=Rank.OPERATOR,
        shell=True,
        weight=5,
    )
    async def audit(self, ctx: Context, words: Rest = "") -> None:
        """Show what was done to keep order and what was reported, the newest last: all of it, or what was done by or to
        WORD (a nickname, an account, a mask as it was typed) or in the room of that name."""
        count, word = _understood(words)
        account = _account(ctx.registry, word)
        await ctx.session.settled()
        acts = await self._trail.newest(count, word, "" if account is None else account.id)
        ctx.session.require_alive()
        ctx.reply(Acts(acts=acts))

    @command(
        "rank",
        usage="NAME user|operator|owner",
        example="/rank Alice operator",
        rank=Rank.OWNER,
        shell=True,
        audited=True,
    )
    async def rank(self, ctx: Context, name: Whom, rank: Word) -> None:
        """Give an account a rank on the server: operators keep order everywhere, owners may do everything."""
        if rank.casefold() not in RANKS:
            raise ChatError(Code.BAD_VALUE, f'"{rank}" is none of {", ".join(RANKS)}')
        account = _account(ctx.registry, name)
        if account is None:
            raise ChatError(Code.NO_SUCH_USER, f'no account named "{name}"; guests have no rank')
        await self._accounts.set_rank(account, RANKS[rank.casefold()], ctx.by)
        ctx.reply(Info(text=(f"{account.name} has the rank {rank.casefold()} now.",)))


def _understood(words: str) -> tuple[int, str]:
    """Return how many acts are to be shown, and of whom or where."""
    typed = words.split()
    count = SHOWN
    if typed and typed[0].isascii() and typed[0].isdigit():
        count = int(typed.pop(0)[:9])
        if not 1 <= count <= MOST:
            raise ChatError(Code.BAD_VALUE, f"from 1 to {MOST} at once")
    if len(typed) > 1:
        raise UsageError("/audit [COUNT] [WORD]")
    return count, typed[0] if typed else ""


def _account(registry: Registry, word: str) -> Account | None:
    """Return the account of that name."""
    try:
        return registry.accounts.by_name(names.nickname(word))
    except ChatError:
        return None
