"""Who may read what was said."""

from __future__ import annotations

from chatd.core.registry import Registry
from chatd.core.room import Room
from chatd.core.user import Rank, User

__all__ = ["readable"]


def readable(registry: Registry, room: Room, user: User | None) -> bool:
    """Whether that user may read what was said in a room: its members may, and anybody where anybody may enter.

    None: the owner's shell.
    """
    if user is None or user.id in room.members or user.rank >= Rank.OPERATOR:
        return True
    closed = room.invite_only or room.secret or room.key or room.full
    return not (closed or registry.kept_out(room, user))
