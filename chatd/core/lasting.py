"""What outlasts people and the process: registered rooms, and what the store hands over at start."""

from __future__ import annotations

from datetime import datetime

from chatd.core import masks, names
from chatd.core.bans import Ban, Bans
from chatd.core.errors import ChatError, Code
from chatd.core.events import RoomRegistered, Who
from chatd.core.kept import PROPERTIES, Kept, KeptBan, KeptRoom
from chatd.core.people import People
from chatd.core.private import PrivateTalk
from chatd.core.room import Room
from chatd.core.state import applies

__all__ = ["Lasting"]


class Lasting(People, PrivateTalk):
    """What makes rooms last."""

    def register_room(self, by: Who, room: Room) -> None:
        """Keep a room with its ranks, topic, key, bans and mutes; raise ChatError if that may not be.

        Ranks and mutes of guests are not kept: a guest ends when he leaves.
        """
        if room.lasting:
            raise ChatError(Code.BAD_VALUE, f"{room.name.shown} is registered already")
        if by.account is None:
            raise ChatError(Code.NOT_ALLOWED, "only an account can keep a room: /register PASSWORD first")
        limit = self.settings.limits.registered_rooms
        if limit and self._founded_by(by.account) >= limit:
            raise ChatError(Code.TOO_MANY, f"you have {limit} registered rooms already")
        event = RoomRegistered(**self.stamp_in(room), by=by, kept=self.kept(room), founder=room.founder_here)
        self.enter(event, room)

    @applies(RoomRegistered)
    def _registered(self, event: RoomRegistered) -> None:
        room = self.rooms_by_id.get(event.room_id)
        if room is not None:
            room.registered = True

    def restore(self, kept: Kept) -> None:
        """Begin with what was kept. Terms that ended meanwhile are over."""
        for each in kept.rooms:
            self._restore_room(each)
        self._restore_bans(self.bans, kept.bans)
        self.mutes |= self._running(kept.mutes)
        self.mail.update(kept.mail)

    def _restore_room(self, kept: KeptRoom) -> None:
        room = self._open_room(kept.id, names.room_name(kept.name), kept.created)
        room.registered = not room.permanent
        for name in PROPERTIES:
            setattr(room, name, getattr(kept, name))
        room.keep = kept.keep
        room.last = kept.last
        room.recalled = not kept.last
        room.ranks.update(kept.ranks)
        self._restore_bans(room.bans, kept.bans)
        for which, each in kept.lists.items():
            self._restore_bans(room.lists[which], each)
        room.mutes |= self._running(kept.mutes)

    def _restore_bans(self, bans: Bans, kept: list[KeptBan]) -> None:
        for ban in kept:
            until = self._monotonic(ban.until)
            if not self.expired(until):
                bans[ban.mask] = Ban(masks.known(ban.mask), ban.by, until, ban.reason, ban.made)

    def _running(self, terms: dict[str, datetime | None]) -> dict[str, float | None]:
        found = {identity: self._monotonic(until) for identity, until in terms.items()}
        return {identity: until for identity, until in found.items() if not self.expired(until)}

    def kept(self, room: Room) -> KeptRoom:
        """Return what is to be kept of a room, as it is now."""
        guests = room.marked
        return KeptRoom(
            id=room.id,
            name=room.name.shown,
            created=room.created,
            keep=room.keep,
            ranks={identity: rank for identity, rank in room.ranks.items() if identity not in guests},
            bans=self._kept_bans(room.bans),
            lists={which: self._kept_bans(each) for which, each in room.lists.items() if each},
            mutes={
                identity: self.wall(until) for identity, until in room.mutes.items() if identity not in guests
            },
            **{name: getattr(room, name) for name in PROPERTIES},
        )

    def _kept_bans(self, bans: Bans) -> list[KeptBan]:
        return [
            KeptBan(str(ban.mask), ban.by, self.wall(ban.until), ban.reason, ban.made)
            for ban in bans.values()
        ]

    def _founded_by(self, account: str) -> int:
        return sum(room.registered and room.founder == account for room in self.rooms.values())

    def _monotonic(self, when: datetime | None) -> float | None:
        """Return a wall-clock time on the monotonic clock."""
        return None if when is None else self.world.clock.seconds() + when.timestamp() - self.world.now()
