"""Who may read what was said."""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.core.errors import ChatError, Code
from chatd.core.ports import Archive
from chatd.core.registry import Registry
from chatd.core.room import Room
from chatd.core.user import Rank, User

__all__ = ["readable", "recall", "require_readable"]


async def recall(archive: Archive, registry: Registry, room: Room | None) -> None:
    """Let a room of an earlier process know what was said in it, before somebody enters."""
    if room is not None and not room.recalled:
        room.recall(await archive.before(room.id, registry.settings.history.on_join))


def readable(registry: Registry, room: Room, user: User | None) -> bool:
    """Whether that user may read what was said in a room: its members may, and anybody where anybody may enter.

    None: the owner's shell.
    """
    if user is None or user.id in room.members or user.rank >= Rank.OPERATOR:
        return True
    closed = room.invite_only or room.secret or room.key or room.full
    return not (closed or registry.kept_out(room, user))


def require_readable(ctx: Context, room: Room) -> None:
    """Raise ChatError unless who asks may read what was said in a room."""
    if not readable(ctx.registry, room, ctx.user):
        raise ChatError(Code.NOT_IN_ROOM, f"only who is in {room.name.shown} may read what was said there")
