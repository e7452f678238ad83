"""Masks that a room keeps besides its bans: exceptions from them, invitations, and mutes."""

from __future__ import annotations

from chatd.commands.arguments import Here, Whom
from chatd.commands.context import Context
from chatd.commands.table import command
from chatd.core import masks
from chatd.core.errors import ChatError, Code
from chatd.core.events import RoomRank
from chatd.core.masks import Mask, MaskList
from chatd.core.replies import MaskListing
from chatd.core.room import Room, shown_mask
from chatd.core.user import Rank

__all__ = ["Lists"]


class Lists:
    """What softens a ban, and what takes its place."""

    title = "Keeping order"

    @command(
        "bar",
        usage="[ROOM] MASK",
        example="/bar spam*",
        room_rank=RoomRank.OPERATOR,
        audited=True,
        weight=3,
    )
    def bar(self, ctx: Context, room: Here, mask: Whom) -> None:
        """Let nobody in whom a mask meets, as /ban does, but put nobody out; *!*@* meets everybody. /unban lifts it."""
        ctx.registry.bar(ctx.by, room, _meant(ctx, mask), rank=ctx.rank)

    @command(
        "exempt",
        usage="[ROOM] [USER|MASK]",
        example="/exempt Bob",
        room_rank=RoomRank.OPERATOR,
        audited=True,
        weight=3,
    )
    def exempt(self, ctx: Context, room: Here, who: Whom = "") -> None:
        """Let no ban of a room keep out whom a mask meets; MASK as for /ban. Alone, list these masks."""
        _add(ctx, room, MaskList.EXCEPTION, who)

    @command(
        "unexempt",
        usage="[ROOM] MASK",
        example="/unexempt Bob",
        room_rank=RoomRank.OPERATOR,
        audited=True,
    )
    def unexempt(self, ctx: Context, room: Here, mask: Whom) -> None:
        """Let bans meet a mask's people again, named as /exempt alone lists it."""
        _remove(ctx, room, MaskList.EXCEPTION, mask)

    @command(
        "admit",
        usage="[ROOM] [USER|MASK]",
        example="/admit *-bot",
        room_rank=RoomRank.OPERATOR,
        audited=True,
        weight=3,
    )
    def admit(self, ctx: Context, room: Here, who: Whom = "") -> None:
        """Let whom a mask meets enter uninvited what is by invitation only; MASK as for /ban. Alone, list these masks."""
        _add(ctx, room, MaskList.INVITATION, who)

    @command(
        "unadmit",
        usage="[ROOM] MASK",
        example="/unadmit *-bot",
        room_rank=RoomRank.OPERATOR,
        audited=True,
    )
    def unadmit(self, ctx: Context, room: Here, mask: Whom) -> None:
        """Let a mask's people in only if invited, named as /admit alone lists it."""
        _remove(ctx, room, MaskList.INVITATION, mask)

    @command(
        "quiet",
        usage="[ROOM] [USER|MASK]",
        example="/quiet spam*",
        room_rank=RoomRank.OPERATOR,
        audited=True,
        weight=3,
    )
    def quiet(self, ctx: Context, room: Here, who: Whom = "") -> None:
        """Let whom a mask meets read but not speak, unless he has a voice; MASK as for /ban. Alone, list these masks."""
        _add(ctx, room, MaskList.MUTE, who)

    @command(
        "unquiet",
        usage="[ROOM] MASK",
        example="/unquiet spam*",
        room_rank=RoomRank.OPERATOR,
        audited=True,
    )
    def unquiet(self, ctx: Context, room: Here, mask: Whom) -> None:
        """Let a mask's people speak again, named as /quiet alone lists it."""
        _remove(ctx, room, MaskList.MUTE, mask)


def _meant(ctx: Context, typed: str) -> Mask:
    """Return the mask that somebody means; that of an account which there is not is kept as it is written."""
    if typed == masks.EVERYBODY.pattern:
        return masks.EVERYBODY
    try:
        return ctx.registry.mask_of(typed)
    except ChatError as error:
        if error.code is not Code.NO_SUCH_USER:
            raise
        return masks.parse(typed)


def _add(ctx: Context, room: Room, which: MaskList, who: str) -> None:
    if who:
        ctx.registry.add_mask(ctx.by, room, which, ctx.registry.mask_of(who), rank=ctx.rank)
    else:
        _list(ctx, room, which)


def _remove(ctx: Context, room: Room, which: MaskList, who: str) -> None:
    mask = masks.parse(who)
    if str(mask) not in room.lists.get(which, ()):
        mask = ctx.registry.mask_of(who)
    ctx.registry.remove_mask(ctx.by, room, which, mask, rank=ctx.rank)


def _list(ctx: Context, room: Room, which: MaskList) -> None:
    lines = []
    for each in room.lists.get(which, {}).values():
        shown = ctx.registry.shown_mask(each.mask)
        mask = shown if ctx.rank >= Rank.OPERATOR else shown_mask(shown)
        lines.append(f"{mask} by {each.by}")
    ctx.reply(MaskListing(where=room.name.shown, which=which, masks=lines))
