"""What was said before."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from chatd.commands.accounts import require_account
from chatd.commands.arguments import Past, Rest
from chatd.commands.context import Context
from chatd.commands.reading import require_readable
from chatd.commands.table import command
from chatd.core import moments
from chatd.core.accounts import Account
from chatd.core.bodies import pair
from chatd.core.errors import ChatError, Code, UsageError
from chatd.core.events import Event
from chatd.core.ports import Archive
from chatd.core.replies import Info
from chatd.core.room import Room

__all__ = ["History"]

USAGE = "[ROOM|@USER] [COUNT] [before|after NUMBER|TIME]"
MOST = 200
"""Events shown at once."""
EVENTS_A_LINE = 20
"""So many to be read weigh as much as a plain line: 200 cost 5.5 ms of the processor."""


class History:
    """Reads what the store kept."""

    title = "History"

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    @command(
        "history",
        usage=USAGE,
        example="/history 50 before 14:30",
        menu="See what was said before",
        weight=3,
        shell=True,
    )
    async def history(self, ctx: Context, where: Past, words: Rest = "") -> None:
        """Show what was said in a room, or in private with an account: the newest, or what came before or after
        a number or a time."""
        place, title = _place(ctx, where)
        count, side, point = _understood(ctx, words)
        ctx.weight += count // EVENTS_A_LINE
        await ctx.session.settled()
        events = await self._read(place, count, side, point)
        ctx.session.require_alive()
        _place(ctx, where)  # he may have been put out meanwhile
        if not events:
            ctx.reply(Info(text=(f"Nothing of {title} is kept from that time.",)))
            return
        ctx.replay(where if isinstance(where, Room) else None, events)
        first, last = (getattr(events[index], "number", None) for index in (0, -1))
        here = "" if where is ctx.session.current else f"{title} "
        ctx.reply(
            Info(text=(f"{title}, {first} to {last}. /history {here}before {first} shows what came before.",))
        )

    async def _read(
        self, place: str, count: int, side: Literal["before", "after"], point: int | datetime | None
    ) -> list[Event]:
        archive = self._archive
        if isinstance(point, datetime):
            # The last one that is older; what is asked for begins or ends behind it.
            point = await archive.number_at(place, point) + (side == "before")
        if side == "after" and point is not None:
            return await archive.after(place, count, point)
        return await archive.before(place, count, point)


def _place(ctx: Context, where: Room | Account) -> tuple[str, str]:
    """Return where something was said, as the store and as people call it; raise ChatError for who may not
    read it."""
    if isinstance(where, Room):
        require_readable(ctx, where)
        return where.id, where.name.shown
    return pair(require_account(ctx).id, where.id), f"@{where.name}"


def _understood(ctx: Context, words: str) -> tuple[int, Literal["before", "after"], int | datetime | None]:
    """Return how many, on which side of what."""
    typed = words.split()
    count = ctx.registry.settings.history.on_join or 20
    if typed and typed[0].isascii() and typed[0].isdigit():
        count = int(typed.pop(0)[:9])
        if not 1 <= count <= MOST:
            raise ChatError(Code.BAD_VALUE, f"from 1 to {MOST} at once")
    if not typed:
        return count, "before", None
    side = typed[0].casefold()
    if side not in ("before", "after") or len(typed) != 2:
        raise UsageError(f"/history {USAGE}")
    point = moments.parse(typed[1], ctx.registry.time())
    return count, "before" if side == "before" else "after", point
