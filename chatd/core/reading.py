"""Who may read what was said, and fetch what was shared."""

from __future__ import annotations

from chatd.core.bodies import the_two
from chatd.core.files import SharedFile
from chatd.core.registry import Registry
from chatd.core.room import Room
from chatd.core.user import Rank, User

__all__ = ["may_fetch", "of_use", "readable"]


def readable(registry: Registry, room: Room, user: User | None) -> bool:
    """Whether that user may read what was said in a room: its members may, and anybody where anybody may enter.

    None: the owner's shell.
    """
    if user is None or user.id in room.members or user.rank >= Rank.OPERATOR:
        return True
    closed = room.invite_only or room.secret or room.key or room.full
    return not (closed or registry.kept_out(room, user))


def may_fetch(registry: Registry, file: SharedFile, user: User) -> bool:
    """Whether that user may fetch a file: who may read the room where it was shared, or is one of the two."""
    two = the_two(file.place)
    if two is not None:
        return user.id in two or user.who.account in two
    room = registry.rooms_by_id.get(file.place)
    return room is not None and readable(registry, room, user)


def of_use(registry: Registry, file: SharedFile) -> bool:
    """Whether somebody may be able to fetch a file, and who has shared it is not deleted."""
    if file.account is not None and registry.accounts.by_id(file.account) is None:
        return False
    two = the_two(file.place)
    if two is None:
        return file.place in registry.rooms_by_id
    return any(each in registry.users or registry.accounts.by_id(each) is not None for each in two)
