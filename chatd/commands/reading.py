"""Who may read what was said."""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.core.errors import ChatError, Code
from chatd.core.ports import Archive
from chatd.core.reading import readable
from chatd.core.registry import Registry
from chatd.core.room import Room

__all__ = ["readable", "recall", "require_readable"]


async def recall(archive: Archive, registry: Registry, room: Room | None) -> None:
    """Let a room of an earlier process know what was said in it, before somebody enters."""
    if room is not None and not room.recalled:
        room.recall(await archive.before(room.id, registry.settings.history.on_join))


def require_readable(ctx: Context, room: Room) -> None:
    """Raise ChatError unless who asks may read what was said in a room."""
    if not readable(ctx.registry, room, ctx.user):
        raise ChatError(Code.NOT_IN_ROOM, f"only who is in {room.name.shown} may read what was said there")
