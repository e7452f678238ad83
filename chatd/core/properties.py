"""Changes of what a room is like: who may enter and speak, how fast, and what is kept of it."""

from __future__ import annotations

from chatd.core import keeping
from chatd.core.errors import ChatError, Code
from chatd.core.events import RetentionChanged, RoomChanged, Who
from chatd.core.events.rooms import Change
from chatd.core.keeping import Keep
from chatd.core.room import Room
from chatd.core.standing import Standing
from chatd.core.state import applies

__all__ = ["Properties"]

ALWAYS_OPEN: frozenset[Change] = frozenset({"private", "invite-only", "secret", "key", "limit"})
"""What nobody makes of the lobby."""


class Properties(Standing):
    """What changes how a room is."""

    def switch_room(self, by: Who, room: Room, switches: dict[Change, int]) -> None:
        """Change several switches of a room at once, or its limit; those that are so already change nothing. Raises
        ChatError, also if all are."""
        there = dict[Change, int](
            {
                "invite-only": room.invite_only,
                "secret": room.secret,
                "moderated": room.moderated,
                "external": room.external,
                "open-topic": room.open_topic,
                "limit": room.limit,
            }
        )
        changed = {change: value for change, value in switches.items() if value != there[change]}
        if not changed:
            raise _unchanged(room)
        if room.permanent and not ALWAYS_OPEN.isdisjoint(changed):
            raise ChatError(Code.NOT_ALLOWED, f"{room.name.shown} is open to everybody")
        (change, value), *others = changed.items()
        event = RoomChanged(**self.stamp_in(room), by=by, change=change, value=value, others=dict(others))
        self.enter(event, room)

    def change_room(self, by: Who, room: Room, change: Change, value: int | str) -> None:
        """Change one property of a room: a switch (0 or 1), the key (empty: none), the limit or the pause (0: none).
        Raises ChatError, also if it is so already."""
        if room.permanent and change in ALWAYS_OPEN:
            raise ChatError(Code.NOT_ALLOWED, f"{room.name.shown} is open to everybody")
        event = RoomChanged(
            **self.stamp_in(room),
            by=by,
            change=change,
            value=int(value) if change in ("limit", "slow") else int(bool(value)),
            key=str(value) if change == "key" else "",
        )
        if all(getattr(room, name) == new for name, new in event.fields().items()):
            raise _unchanged(room)
        self.enter(event, room)

    @applies(RoomChanged)
    def _room_changed(self, event: RoomChanged) -> None:
        room = self.rooms_by_id.get(event.room_id)
        if room is None:
            return
        for name, value in event.fields().items():
            setattr(room, name, value)
        if event.change == "slow":
            room.spoke.clear()

    def kept_of(self, room: Room) -> Keep:
        """Return what is kept of what is said in a room: its own bound and that of the settings both hold."""
        return room.keep.within(keeping.of_rooms(self.settings.history))

    def set_retention(self, by: Who, room: Room, keep: Keep) -> None:
        """Keep less of a room than the settings do (or as much: no bound); raise ChatError if it would be more."""
        if not room.lasting:
            raise ChatError(
                Code.NOT_ALLOWED, f"{room.name.shown} is not registered: what is said there ends with it"
            )
        most = keeping.of_rooms(self.settings.history)
        if keep and (
            keep.seconds > (most.seconds or keep.seconds) or keep.messages > (most.messages or keep.messages)
        ):
            raise ChatError(Code.BAD_VALUE, f"this server keeps {most}; a room may keep less, not more")
        self.enter(
            RetentionChanged(**self.stamp_in(room), by=by, seconds=keep.seconds, messages=keep.messages), room
        )

    @applies(RetentionChanged)
    def _retention_changed(self, event: RetentionChanged) -> None:
        room = self.rooms_by_id.get(event.room_id)
        if room is not None:
            room.keep = Keep(event.seconds, event.messages)


def _unchanged(room: Room) -> ChatError:
    return ChatError(Code.NO_CHANGE, f"{room.name.shown} is so already")
