"""What is told in a room besides messages for all: to those of a rank only, or by clients to clients."""

from __future__ import annotations

from chatd.core.events import Aside, Body, RoomRank, Signal
from chatd.core.ports import Source
from chatd.core.room import Room
from chatd.core.rooms import Rooms
from chatd.core.state import NO_TAGS
from chatd.core.user import User

__all__ = ["Signals"]


class Signals(Rooms):
    """Asides and signals. Nobody keeps them."""

    def say_aside(
        self,
        user: User,
        room: Room,
        rank: RoomRank,
        body: Body,
        *,
        action: bool = False,
        notice: bool = False,
        tags: dict[str, str] = NO_TAGS,
        source: Source | None = None,
    ) -> None:
        """Say something in a room to those of that rank or a higher one; raise ChatError as `say` does."""
        self.require_speech(user, room)
        event = Aside(
            **self.stamp_in(room),
            who=user.who,
            body=body,
            action=action,
            notice=notice,
            tags=tags,
            rank=rank,
        )
        self.enter(event, room, source)

    def signal(
        self,
        user: User,
        room: Room,
        *,
        tags: dict[str, str] = NO_TAGS,
        ctcp: str = "",
        notice: bool = False,
        rank: RoomRank = RoomRank.NONE,
        source: Source | None = None,
    ) -> None:
        """Let a user's client tell the others in a room something; raise ChatError as `say` does."""
        if ctcp:
            self.require_speech(user, room)
        else:
            # That somebody types is no turn of his in a slow room.
            if not room.external:
                self.require_member(user, room)
            self.require_voice(user, room)
        event = Signal(**self.stamp_in(room), who=user.who, tags=tags, ctcp=ctcp, notice=notice, rank=rank)
        self.enter(event, room, source)
