"""Names: one's own, and who else is there."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from itertools import islice
from typing import TypeVar

from chatd.commands.arguments import Rest, Target
from chatd.commands.context import Context
from chatd.commands.table import command
from chatd.core import names, text
from chatd.core.errors import ChatError, Code
from chatd.core.names import Name
from chatd.core.ports import Claims
from chatd.core.replies import Member, Named, Users, Whois
from chatd.core.user import Rank, User

__all__ = ["LISTED", "ROOMS_LISTED", "People", "claim_nickname", "first", "member", "named"]

LISTED = 500
"""Users in a list. There may be thousands, and who asks may be one of many who ask."""
ROOMS_LISTED = 200

T = TypeVar("T")


class People:
    """Who one is and who is online."""

    title = "People"

    @command(
        "nick",
        "username",
        usage="NAME",
        example="/nick Alice",
        menu="Change your nickname",
        named=False,
        weight=2,
    )
    async def nick(self, ctx: Context, nick: Rest) -> None:
        """Take a nickname, or change it."""
        ctx.weigh_rooms()
        name = names.nickname(nick)
        user = ctx.user
        self._check_name(ctx, name)
        id = ctx.registry.world.ids.next() if user is None else user.id
        claims = ctx.registry.world.claims
        await claim_nickname(claims, name, id)
        try:
            ctx.session.require_alive()
            if user is None:
                ctx.session.arrive(name, id)
            else:
                old = user.name
                ctx.registry.rename(user, name)
                if old.folded != name.folded:
                    claims.release_nickname(old, id)
        except ChatError:
            if user is None or user.name.folded != name.folded:
                claims.release_nickname(name, id)
            raise
        ctx.reply(named(ctx))
        if user is None:
            ctx.session.arrived()

    def _check_name(self, ctx: Context, name: Name) -> None:
        """Raise ChatError unless the nickname is free; ask a newcomer for the password of a registered one."""
        try:
            ctx.registry.check_name(name, ctx.user)
        except ChatError as error:
            if error.code is Code.NAME_REGISTERED and ctx.user is None:
                if not ctx.session.may_take_passwords:
                    raise ChatError(
                        error.code,
                        f"the nickname {name.shown} is registered: connect over TLS if it is yours, or choose another",
                    ) from None
                ctx.session.ask_for_password(name)
                raise ChatError(
                    error.code,
                    f"the nickname {name.shown} is registered: give its password, or an empty line for another name",
                ) from None
            raise

    @command("pass", usage="PASSWORD", example="/pass sesame", named=False, secret=True)
    def password(self, ctx: Context, password: Rest) -> None:
        """Give the password of a server that asks for one before the nickname."""
        ctx.session.admit(password)

    @command("users", "list", "who", example="/users", menu="See who is online", shell=True, weight=3)
    def users(self, ctx: Context) -> None:
        """Show who is online, and the names of the rooms."""
        registry = ctx.registry
        users, more = first(registry.users.values(), LISTED)
        rooms, more_rooms = first(registry.visible_rooms(ctx.user), ROOMS_LISTED)
        ctx.reply(
            Users(
                users=[member(user, _rank(user)) for user in users],
                more=more,
                rooms=[room.name.shown for room in rooms],
                more_rooms=more_rooms,
            )
        )

    @command("whois", "user", usage="USER", example="/whois Bob", shell=True)
    def whois(self, ctx: Context, target: Target) -> None:
        """Show who somebody is: rooms, idle time, away, account."""
        trusted = ctx.rank >= Rank.OPERATOR
        account = ctx.registry.accounts.by_id(target.who.account or "")
        rooms = [room.name.shown for room in target.rooms.values() if room.visible_to(ctx.user)]
        ctx.reply(
            Whois(
                who=target.who,
                rank=target.rank.name.lower(),
                rooms=rooms,
                idle=int(ctx.registry.world.clock.seconds() - target.active),
                away=target.away,
                sessions=len(target.sessions),
                secure=bool(target.sessions) and all(session.secure for session in target.sessions),
                address=target.address if trusted else None,
                account=account.name if account is not None else None,
            )
        )

    @command("quit", "exit", usage="[REASON]", example="/quit see you", menu="Leave the server", named=False)
    def quit(self, ctx: Context, reason: Rest = "") -> None:
        """Leave the server."""
        reason = text.line(reason, text.REASON_BYTES)
        if ctx.user is not None and ctx.registry.silenced(ctx.user, ctx.user.rooms.values()):
            reason = ""
        ctx.answered = True
        ctx.session.quit(reason, ctx.ref)


def named(ctx: Context) -> Named:
    """Return what a client is told of its name."""
    guest = ctx.named.who.account is None
    may = guest and ctx.registry.settings.accounts.registration == "open"
    may = may and ctx.session.may_take_passwords
    return Named(who=ctx.named.who, guest=guest, may_register=may)


def first(items: Iterable[T], count: int) -> tuple[list[T], int]:
    """Return so many of them, and how many there are besides."""
    rest = iter(items)
    return list(islice(rest, count)), sum(1 for _ in rest)


def member(user: User, rank: str) -> Member:
    """Return a user as he stands in a list."""
    return Member(nick=user.nick, account=user.who.account, rank=rank, away=user.away)


def _rank(user: User) -> str:
    return "" if user.rank == Rank.USER else user.rank.name.lower()


async def claim_nickname(claims: Claims, name: Name, id: str) -> None:
    """Claim a nickname for the user of that id; raise ChatError if somebody else has it."""
    claim = claims.nickname(name, id)
    granted = await claim if isinstance(claim, Awaitable) else claim
    if not granted:
        raise ChatError(Code.NAME_TAKEN, f"the nickname {name.shown} is taken")
