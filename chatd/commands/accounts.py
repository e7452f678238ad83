"""Accounts: nicknames that are one's own."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from chatd.commands.arguments import Rest
from chatd.commands.context import Context
from chatd.commands.table import command
from chatd.core import names
from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code, UsageError
from chatd.core.names import Name
from chatd.core.replies import Info, Named

__all__ = ["Accounts", "Service"]


class Service(Protocol):
    """What is asked of services/accounts.py."""

    def register(self, name: Name, password: str, address: str) -> Awaitable[Account]:
        """Make an account."""

    def log_in(self, name: Name, password: str, address: str) -> Awaitable[Account]:
        """Return the account that the password proves."""

    def change_password(self, account: Account, old: str, new: str, address: str) -> Awaitable[None]:
        """Replace a password."""


class Accounts:
    """Keeping a nickname."""

    title = "Accounts"

    def __init__(self, service: Service) -> None:
        self._service = service

    @command(
        "register",
        usage="PASSWORD",
        example="/register correct-horse",
        menu="Keep your nickname",
        secret=True,
        weight=5,
    )
    async def register(self, ctx: Context, password: Rest) -> None:
        """Keep your nickname for yourself, by a password of at least 8 characters."""
        user = ctx.named
        ctx.session.require_confidential()
        if user.who.account is not None:
            raise ChatError(Code.NOT_ALLOWED, f"{user.nick} is registered already")
        name = user.name
        account = await self._service.register(name, password, ctx.session.address)
        ctx.session.require_alive()
        ctx.registry.identify(user, account)
        ctx.reply(Info(text=(f"{name.shown} is your nickname now. /login {name.shown} PASSWORD proves it.",)))

    @command(
        "login",
        usage="[NAME] PASSWORD",
        example="/login Alice correct-horse",
        named=False,
        secret=True,
        weight=5,
    )
    async def login(self, ctx: Context, words: Rest) -> None:
        """Prove that a nickname is yours."""
        ctx.session.require_confidential()
        first, _, rest = words.partition(" ")
        if not rest and ctx.user is None:
            raise UsageError("/login NAME PASSWORD")
        name = names.nickname(first) if rest else ctx.named.name
        account = await self._service.log_in(name, rest or first, ctx.session.address)
        ctx.session.require_alive()
        if ctx.user is not None:
            ctx.registry.identify(ctx.user, account)
            ctx.reply(Info(text=(f"You are logged in as {account.name}.",)))
            return
        self._arrive(ctx, account)

    @command("passwd", usage="OLD NEW", example="/passwd correct-horse battery-staple", secret=True, weight=5)
    async def passwd(self, ctx: Context, words: Rest) -> None:
        """Change the password of your account."""
        ctx.session.require_confidential()
        account = ctx.registry.accounts.by_id(ctx.named.who.account or "")
        if account is None:
            raise ChatError(Code.NOT_ALLOWED, "you are a guest: /register PASSWORD keeps your nickname")
        old, _, new = words.partition(" ")
        if not new:
            raise UsageError("/passwd OLD NEW")
        await self._service.change_password(account, old, new, ctx.session.address)
        ctx.reply(Info(text=("Your password is changed.",)))

    @staticmethod
    def _arrive(ctx: Context, account: Account) -> None:
        """Let a newcomer be the account's user: the one who is here already, or a new one."""
        name = names.nickname(account.name)
        here = ctx.registry.nicks.get(name.folded)
        if here is not None and here.who.account == account.id:
            ctx.session.join_user(here)
            ctx.reply(Named(who=here.who, guest=False))
            return
        ctx.session.arrive(name, ctx.registry.world.ids.next(), account.id)
        ctx.reply(Named(who=ctx.named.who, guest=False))
        ctx.session.arrived()
