"""Keeping order, in a room and, from the owner's shell, on the server."""

from __future__ import annotations

from chatd.commands.arguments import Here, HereOrServer, Rest, Somebody, Target, Term, Whom
from chatd.commands.context import Context
from chatd.commands.table import command
from chatd.core import masks
from chatd.core.accounts import Account
from chatd.core.bans import Ban
from chatd.core.events import RoomRank
from chatd.core.replies import BanList, Info
from chatd.core.room import Room, shown_mask
from chatd.core.state import folded_nickname
from chatd.core.user import Rank, User

__all__ = ["Moderation"]

SERVER = "the server"


class Moderation:
    """Kicks, bans, mutes and ranks."""

    title = "Keeping order"

    @command(
        "kick",
        usage="[ROOM] USER [REASON]",
        example="/kick Bob spamming",
        room_rank=RoomRank.OPERATOR,
        shell=True,
        audited=True,
    )
    def kick(self, ctx: Context, room: HereOrServer, target: Target, reason: Rest = "") -> None:
        """Put a user out of a room; from the owner's shell, off the server."""
        ctx.registry.check_outranks(ctx.user, ctx.rank, target, room)
        if room is None:
            ctx.registry.throw_off(target, ctx.by, reason)
        else:
            ctx.registry.kick(ctx.by, room, target, reason)
        _told(ctx, f"{target.nick} is off {_where(room)}.")

    @command("kill", usage="USER [REASON]", example="/kill Bob spamming", rank=Rank.OPERATOR, audited=True)
    def kill(self, ctx: Context, target: Target, reason: Rest = "") -> None:
        """Put a user off the server."""
        ctx.registry.check_outranks(ctx.user, ctx.rank, target, None)
        ctx.registry.throw_off(target, ctx.by, reason)
        _told(ctx, f"{target.nick} is off {SERVER}.", always=True)

    @command(
        "ban",
        usage="[ROOM] [USER|MASK] [DURATION] [REASON]",
        example="/ban Bob 1d spamming",
        room_rank=RoomRank.OPERATOR,
        shell=True,
        audited=True,
        weight=3,
    )
    def ban(
        self, ctx: Context, room: HereOrServer, who: Whom = "", seconds: Term = None, reason: Rest = ""
    ) -> None:
        """Keep a user out: by account if he has one, else by nickname. MASK is a nickname with * and ?, nick!user@host,
        account:NAME, address:NETWORK or host:HASH as /whois shows it. Alone, list the bans."""
        if not who:
            _list_bans(ctx, room)
            return
        target = ctx.registry.nicks.get(folded_nickname(who))
        mask = ctx.registry.mask_of(who)
        ctx.registry.ban(ctx.by, room, mask, seconds, reason, rank=ctx.rank)
        words = f"{ctx.registry.shown_mask(mask)} is banned from {_where(room)}."
        if target is not None and target.who.account is None:
            words += f" Another nickname gets in; /ban host:{target.who.host} bans the address."
        _told(ctx, words, always=target is not None and target.who.account is None)

    @command(
        "unban",
        usage="[ROOM] MASK",
        example="/unban Bob",
        room_rank=RoomRank.OPERATOR,
        shell=True,
        audited=True,
    )
    def unban(self, ctx: Context, room: HereOrServer, mask: Whom) -> None:
        """Lift a ban, named as /ban alone lists it."""
        bans = ctx.registry.bans if room is None else room.bans
        wanted = masks.known(mask)
        if str(wanted) not in bans:
            wanted = ctx.registry.mask_of(mask)
        ctx.registry.unban(ctx.by, room, wanted)
        _told(ctx, f"{ctx.registry.shown_mask(wanted)} is no longer banned from {_where(room)}.")

    @command(
        "mute",
        usage="[ROOM] USER [DURATION] [REASON]",
        example="/mute Bob 10m",
        room_rank=RoomRank.OPERATOR,
        shell=True,
        audited=True,
    )
    def mute(
        self, ctx: Context, room: HereOrServer, target: Target, seconds: Term = None, reason: Rest = ""
    ) -> None:
        """Let a user read but not speak."""
        ctx.registry.check_outranks(ctx.user, ctx.rank, target, room)
        ctx.registry.mute(ctx.by, room, target, seconds, reason)
        _told(ctx, f"{target.nick} is muted.")

    @command(
        "unmute",
        usage="[ROOM] USER",
        example="/unmute Bob",
        room_rank=RoomRank.OPERATOR,
        shell=True,
        audited=True,
    )
    def unmute(self, ctx: Context, room: HereOrServer, target: Target) -> None:
        """Let a user speak again."""
        ctx.registry.unmute(ctx.by, room, target, rank=ctx.rank)
        _told(ctx, f"{target.nick} may speak again.")

    @command("op", usage="[ROOM] USER", example="/op Bob", room_rank=RoomRank.OPERATOR, audited=True)
    def op(self, ctx: Context, room: Here, target: Target) -> None:
        """Make a user an operator of a room."""
        _rank(ctx, room, target, RoomRank.OPERATOR)

    @command("deop", usage="[ROOM] USER", example="/deop Bob", room_rank=RoomRank.OPERATOR, audited=True)
    def deop(self, ctx: Context, room: Here, target: Somebody) -> None:
        """Make an operator an ordinary member again."""
        _unrank(ctx, room, target, RoomRank.OPERATOR)

    @command("voice", usage="[ROOM] USER", example="/voice Bob", room_rank=RoomRank.OPERATOR, audited=True)
    def voice(self, ctx: Context, room: Here, target: Target) -> None:
        """Let a user speak freely in a slow room."""
        _rank(ctx, room, target, RoomRank.VOICE)

    @command(
        "devoice", usage="[ROOM] USER", example="/devoice Bob", room_rank=RoomRank.OPERATOR, audited=True
    )
    def devoice(self, ctx: Context, room: Here, target: Somebody) -> None:
        """Take a user's voice."""
        _unrank(ctx, room, target, RoomRank.VOICE)


def _rank(ctx: Context, room: Room, target: User, rank: RoomRank) -> None:
    ctx.registry.check_outranks(ctx.user, ctx.rank, target, room)
    ctx.registry.rank(ctx.by, room, target, rank)


def _unrank(ctx: Context, room: Room, target: User | Account, rank: RoomRank) -> None:
    ctx.registry.check_outranks(ctx.user, ctx.rank, target, room)
    ctx.registry.unrank(ctx.by, room, target, rank)


def _where(room: Room | None) -> str:
    return SERVER if room is None else room.name.shown


def _told(ctx: Context, words: str, *, always: bool = False) -> None:
    """Confirm in the shell, which sees no room; members see the event itself."""
    if ctx.in_shell or always:
        ctx.reply(Info(text=(words,)))


def _list_bans(ctx: Context, room: Room | None) -> None:
    registry = ctx.registry
    bans = registry.bans if room is None else room.bans
    now = registry.world.clock.seconds()
    trusted = ctx.rank >= Rank.OPERATOR
    lines = [
        _ban_line(ban, registry.shown_mask(ban.mask), now, trusted)
        for ban in bans.values()
        if not registry.expired(ban.until)
    ]
    ctx.reply(BanList(where=_where(room), bans=lines))


def _ban_line(ban: Ban, shown: str, now: float, trusted: bool) -> str:
    mask = shown if trusted else shown_mask(shown)
    left = "" if ban.until is None else f", {int(ban.until - now)} s left"
    return f"{mask} by {ban.by}{left}" + (f" ({ban.reason})" if ban.reason else "")
