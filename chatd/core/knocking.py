"""Asking to be let into a room."""

from __future__ import annotations

from collections import OrderedDict
from math import ceil

from chatd.core import text
from chatd.core.addresses import network
from chatd.core.errors import ChatError, Code
from chatd.core.events import Knocked
from chatd.core.lanes import Doorkeepers
from chatd.core.moderation import Moderation
from chatd.core.room import Room
from chatd.core.user import User
from chatd.core.world import World

__all__ = ["Knocking"]

PAUSE = 300.0
"""Seconds between two knocks of an account, or of guests of one address, at one room."""
ROOM_PAUSE = 10.0
"""Seconds between two knocks at one room, whoever knocks."""
REMEMBERED = 10_000
"""Knocks that are remembered, each for its room and for who knocked."""


class Knocking(Moderation):
    """What one may do about a closed door."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        # When, by whom (empty: anybody) and at which room, oldest first.
        self._knocks: OrderedDict[tuple[str, str], float] = OrderedDict()

    def knock(self, user: User, room: Room, reason: str = "") -> bool:
        """Ask those who may let somebody into a room for it; whether one of them is there. Raises ChatError where the
        door is open to him, where he is banned, and for who knocks too often."""
        reason = text.line(reason, text.REASON_BYTES)
        shown = room.name.shown
        if user.id in room.members:
            raise ChatError(Code.ALREADY_IN_ROOM, f"you are in {shown} already")
        if not self._closed_to(user, room):
            raise ChatError(Code.BAD_VALUE, f"{shown} is open to you: /join {shown}")
        self._count_knock(user, room)
        if self.silenced(user, [room]):
            reason = ""  # it would be heard
        lane = Doorkeepers(room)
        self.enter(Knocked(**self.stamp_in(room), who=user.who, reason=reason), lane)
        return bool(lane.present())

    def _closed_to(self, user: User, room: Room) -> bool:
        """Whether the user is kept out by something else than a ban; raise ChatError where it is that."""
        try:
            self._check_entry(user, room, "")
        except ChatError as error:
            if error.code is Code.BANNED:
                raise
            return True
        return False

    def _count_knock(self, user: User, room: Room) -> None:
        now = self.world.clock.seconds()
        by = user.who.account or network(user.address)
        for who, pause in ((by, PAUSE), ("", ROOM_PAUSE)):
            wait = self._knocks.get((who, room.id), -pause) + pause - now
            if wait > 0:
                whose = "you have" if who else "somebody has"
                raise ChatError(
                    Code.TOO_FAST, f"{whose} just knocked at {room.name.shown}; wait {ceil(wait)} s"
                )
        for who in (by, ""):
            self._knocks[who, room.id] = now
            self._knocks.move_to_end((who, room.id))
        while len(self._knocks) > REMEMBERED:
            self._knocks.popitem(last=False)
