"""Accounts: nicknames that are one's own."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from twisted.logger import Logger

from chatd.commands.arguments import Arguments, Rest
from chatd.commands.catching_up import CatchingUp, Mail
from chatd.commands.context import Context
from chatd.commands.people import claim_nickname, named
from chatd.commands.reading import recall
from chatd.commands.table import command
from chatd.core import names
from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code, UsageError
from chatd.core.kept import Belongings
from chatd.core.names import Name
from chatd.core.ports import Archive, AuditTrail, Session
from chatd.core.replies import Info

__all__ = ["Accounts", "Service", "require_account"]

log = Logger(namespace="chatd.accounts")


class Service(Mail, Protocol):
    """What is asked of services/accounts.py."""

    def register(self, name: Name, password: str, address: str, code: str = "") -> Awaitable[Account]:
        """Make an account, with an invitation code where that is needed."""

    def log_in(self, name: Name, password: str, address: str) -> Awaitable[Account]:
        """Return the account that the password proves."""

    def belongings(self, account: Account) -> Awaitable[Belongings]:
        """Return what an account comes back to."""

    def change_password(self, account: Account, old: str, new: str, address: str) -> Awaitable[None]:
        """Replace a password."""

    def end_sessions(self, id: str, words: str, but: Session | None = None) -> int:
        """End the sessions of an account, telling each why; one may stay."""


class Accounts:
    """Keeping a nickname."""

    title = "Accounts"

    def __init__(self, service: Service, trail: AuditTrail, archive: Archive) -> None:
        self._service = service
        self._archive = archive
        self._catching_up = CatchingUp(service, trail)

    @command(
        "register",
        usage="[CODE] PASSWORD",
        example="/register correct-horse",
        menu="Keep your nickname",
        secret=True,
        weight=5,
    )
    async def register(self, ctx: Context, words: Rest) -> None:
        """Keep your nickname for yourself, by a password; where people are invited, with a CODE of the owner's
        before it."""
        user = ctx.named
        ctx.session.require_confidential()
        if user.who.account is not None:
            raise ChatError(Code.NOT_ALLOWED, f"{user.nick} is registered already")
        name, code, password = user.name, "", words
        if ctx.registry.settings.accounts.registration == "invite":
            code, _, password = words.partition(" ")
            code, password = (code, password.strip(" \t")) if password else ("", "")
        account = await self._service.register(name, password, ctx.session.address, code)
        ctx.session.require_alive()
        ctx.registry.identify(user, account)
        ctx.reply(Info(text=(f"{name.shown} is your nickname now. /login {name.shown} PASSWORD proves it.",)))
        ctx.session.remember(account)

    @command(
        "login",
        usage="[NAME] PASSWORD",
        example="/login Alice correct-horse",
        named=False,
        secret=True,
        weight=5,
    )
    async def login(self, ctx: Context, words: Rest = "") -> None:
        """Prove that a nickname is yours. A browser that has done so before need not be told the password again."""
        if not words:
            proved = ctx.session.proved
            if proved is None:
                raise UsageError("/login [NAME] PASSWORD")
            if ctx.user is None:
                ctx.session.require_admission()
            await self._open(ctx, proved)
            return
        ctx.session.require_confidential()
        typed = Arguments(words)
        first, rest = typed.word(), typed.rest
        if not rest and ctx.user is None:
            raise UsageError("/login NAME PASSWORD")
        name = names.nickname(first) if rest else ctx.named.name
        if ctx.user is None:
            ctx.session.require_admission()
        account = await self._service.log_in(name, rest or first, ctx.session.address)
        await self._open(ctx, account)
        ctx.session.remember(account)

    async def _open(self, ctx: Context, account: Account) -> None:
        """Let who has proved an account speak for it."""
        belongings = await self._service.belongings(account)
        for id in belongings.rooms:
            await recall(self._archive, ctx.registry, ctx.registry.rooms_by_id.get(id))
        ctx.session.require_alive()
        since = account.seen
        ctx.registry.accounts.opened(account)  # it may have been suspended meanwhile, or its password changed
        if ctx.user is None:
            await self._arrive(ctx, account, belongings)
        else:
            ctx.registry.identify(ctx.user, account, belongings)
            hint = (
                ""
                if ctx.named.name == names.nickname(account.name)
                else f" /nick {account.name} takes its name."
            )
            ctx.reply(Info(text=(f"You are logged in as {account.name}.{hint}",)))
            ctx.session.come_back(belongings.rooms)
        self._catching_up.begin(ctx, account, since)

    @staticmethod
    async def _arrive(ctx: Context, account: Account, belongings: Belongings) -> None:
        """Let a newcomer be the account's user: the one who is here already, or a new one."""
        name = names.nickname(account.name)
        here = ctx.registry.nicks.get(name.folded)
        if here is not None and here.who.account == account.id:
            ctx.session.join_user(here)
            ctx.reply(named(ctx))
            return
        id = ctx.registry.world.ids.next()
        claims = ctx.registry.world.claims
        await claim_nickname(claims, name, id)
        try:
            ctx.session.require_alive()
            ctx.session.arrive(name, id, account, belongings)
        except ChatError:
            claims.release_nickname(name, id)
            raise
        ctx.reply(named(ctx))
        ctx.session.arrived(belongings.rooms)
        if belongings.away is not None:
            ctx.registry.set_away(ctx.named, belongings.away)
            ctx.reply(Info(text=(f"You are away: {belongings.away}. /back ends it.",)))

    @command("logout", example="/logout")
    async def logout(self, ctx: Context) -> None:
        """Stop being logged in, and choose a nickname anew."""
        require_account(ctx)
        await ctx.session.settled()
        ctx.session.require_alive()
        ctx.session.log_out()
        ctx.reply(Info(text=("You are logged out.",)))

    @command("passwd", usage="OLD NEW", example="/passwd correct-horse battery-staple", secret=True, weight=5)
    async def passwd(self, ctx: Context, words: Rest) -> None:
        """Change the password of your account."""
        ctx.session.require_confidential()
        account = require_account(ctx)
        typed = Arguments(words)
        old, new = typed.word(), typed.rest
        if not new:
            raise UsageError("/passwd OLD NEW")
        await self._service.change_password(account, old, new, ctx.session.address)
        ended = self._service.end_sessions(
            account.id, "The password of your account was changed.", ctx.session
        )
        others = " Your other sessions are ended." if ended else ""
        ctx.reply(Info(text=(f"Your password is changed.{others}",)))
        ctx.session.remember(account)


def require_account(ctx: Context) -> Account:
    """Return the account of who asks; raise ChatError for a guest."""
    account = ctx.registry.accounts.by_id(ctx.named.who.account or "")
    if account is None:
        raise ChatError(Code.NOT_ALLOWED, "you are a guest: /register PASSWORD keeps your nickname")
    return account
