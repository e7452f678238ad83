"""TLS certificates that log in to an account."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from chatd.commands.accounts import require_account
from chatd.commands.arguments import Word
from chatd.commands.context import Context
from chatd.commands.table import command
from chatd.core.accounts import Account, Certificate
from chatd.core.errors import ChatError, Code, UsageError
from chatd.core.replies import CertificateEntry, Certificates, Info

__all__ = ["Certified", "OwnCertificates"]

SHOWN = 16
"""Digits of a fingerprint that a sentence has."""
USAGE = "/account certificate [list | add [SHA256] | remove SHA256]"


class Certified(Protocol):
    """What is asked of services/accounts.py."""

    def certificates(self, account: Account) -> Awaitable[list[Certificate]]:
        """Return the certificates that log in to an account."""

    def add_certificate(self, account: Account, fingerprint: str, *, shown: bool) -> Awaitable[Certificate]:
        """Let a certificate log in to an account; `shown`: the client has its key."""

    def remove_certificate(self, account: Account, beginning: str) -> Awaitable[str]:
        """Let the one whose fingerprint begins so log in no more; return that."""


class OwnCertificates:
    """An account's certificates as its owner sees them."""

    title = "Accounts"

    def __init__(self, service: Certified) -> None:
        self._service = service

    @command(
        "account certificate",
        usage="[list | add [SHA256] | remove SHA256]",
        example="/account certificate add",
        weight=3,
    )
    async def certificate(self, ctx: Context, act: Word = "list", fingerprint: Word = "") -> None:
        """Show the TLS certificates that log in to your account without a password; `add` the one that your
        connection presents, or another by its SHA-256; `remove` one by the beginning of that."""
        account = require_account(ctx)
        act = act.casefold()
        if act == "add":
            await self._add(ctx, account, fingerprint)
        elif act == "remove" and fingerprint:
            removed = await self._service.remove_certificate(account, fingerprint)
            ctx.reply(Info(text=(f"The certificate {removed[:SHOWN]}… logs in no more.",)))
        elif act == "list" and not fingerprint:
            await self._list(ctx, account)
        else:
            raise UsageError(USAGE)

    async def _list(self, ctx: Context, account: Account) -> None:
        presented = ctx.session.certificate
        found = await self._service.certificates(account)
        entries = [
            CertificateEntry(each.fingerprint, each.added, each.fingerprint == presented) for each in found
        ]
        ctx.reply(Certificates(certificates=entries))

    async def _add(self, ctx: Context, account: Account, typed: str) -> None:
        # On the way somebody could put in another one, and stay for good.
        ctx.session.require_confidential()
        presented = ctx.session.certificate
        if not (typed or presented):
            raise ChatError(
                Code.BAD_VALUE,
                "your connection presents no certificate: connect over TLS with one, or name its SHA-256",
            )
        shown = bool(presented) and typed.replace(":", "").casefold() in ("", presented)
        added = await self._service.add_certificate(account, typed or presented, shown=shown)
        ctx.reply(Info(text=(f"The certificate {added.fingerprint[:SHOWN]}… logs in as {account.name}.",)))
