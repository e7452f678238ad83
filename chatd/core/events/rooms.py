"""What becomes of a room."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from chatd.core import durations
from chatd.core.bodies import Who
from chatd.core.events.base import RoomEvent
from chatd.core.keeping import Keep
from chatd.core.kept import KeptRoom

__all__ = [
    "Change",
    "RetentionChanged",
    "RoomChanged",
    "RoomDeleted",
    "RoomRegistered",
    "RoomUnregistered",
    "TopicChanged",
]


Change = Literal[
    "private",
    "invite-only",
    "secret",
    "key",
    "limit",
    "moderated",
    "slow",
    "external",
    "open-topic",
]
"""What of a room can be changed. `private` is `invite-only` and `secret` at once."""


class TopicChanged(RoomEvent, kw_only=True, tag="topic"):
    """The topic of a room was set, or removed (empty)."""

    keep = True

    who: Who
    topic: str

    def sentence(self) -> str:
        if not self.topic:
            return f"{self.who.nick} has removed the topic of {self.room}"
        return f"{self.who.nick} has set the topic of {self.room}: {self.topic}"


class RoomChanged(RoomEvent, kw_only=True, tag="room"):
    """One property of a room was changed."""

    keep = True

    by: Who
    change: Change
    value: Annotated[int, Meta(description="0: off, 1: on; limit: members; slow: seconds between two lines.")]
    key: Annotated[
        str, Meta(description="For the registry and the store; always empty in what is shown.")
    ] = ""
    others: Annotated[
        dict[Change, int], Meta(description="What else was changed at once, with its value each.")
    ] = {}

    def sentence(self) -> str:
        changes = {self.change: self.value, **self.others}
        what = " and ".join(self._words(change, value) for change, value in changes.items())
        return f"{self.room} is now {what}, by {self.by.nick}"

    @staticmethod
    def _words(change: Change, value: int) -> str:
        return {
            "private": ("listed for everybody", "private"),
            "invite-only": ("open without an invitation", "open to who is invited only"),
            "secret": ("seen by everybody", "secret: only its members see it"),
            "key": ("open without a key", "locked with a key"),
            "limit": ("open to any number", f"full with {value}"),
            "moderated": ("open to what anybody says", "moderated: only those with voice speak"),
            "slow": ("at normal speed", f"slow: one line every {durations.show(value)}"),
            "external": ("closed to words from outside", "open to words from outside"),
            "open-topic": ("leaving its topic to operators", "leaving its topic to every member"),
        }[change][bool(value)]

    def fields(self) -> dict[str, Any]:
        """Return what of the room is how from now on; the registry and the store have the same names for it."""
        found: dict[str, Any] = {"key": self.key} if self.change == "key" else {}
        for change, value in {self.change: self.value, **self.others}.items():
            if change in ("limit", "slow"):
                found[change] = value
            elif change == "private":
                found |= {"invite_only": bool(value), "secret": bool(value)}
            elif change != "key":
                found[change.replace("-", "_")] = bool(value)
        return found


class RetentionChanged(RoomEvent, kw_only=True, tag="retention"):
    """How much of what is said in a room is kept."""

    keep = True

    by: Who
    seconds: Annotated[int, Meta(description="How long; 0: as long as the server keeps it.")] = 0
    messages: Annotated[int, Meta(description="How many lines; 0: as many as the server keeps.")] = 0

    def sentence(self) -> str:
        keep = Keep(self.seconds, self.messages)
        return f"{self.room} is now keeping {keep or 'as much as the server'}, by {self.by.nick}"


class RoomRegistered(RoomEvent, kw_only=True, tag="registered"):
    """A room lasts from now on, with or without anybody in it."""

    keep = True

    by: Who
    kept: Annotated[KeptRoom | None, Meta(description="For the store; always none in what is shown.")] = None
    founder: Annotated[str, Meta(description="The nickname of its founder, if he is in it.")] = ""

    def sentence(self) -> str:
        return f"{self.room} is registered now, by {self.by.nick}"


class RoomUnregistered(RoomEvent, kw_only=True, tag="unregistered"):
    """A room ends with its last member again."""

    keep = True

    by: Who
    founder: str = ""

    def sentence(self) -> str:
        return f"{self.room} is no longer registered, by {self.by.nick}"


class RoomDeleted(RoomEvent, kw_only=True, tag="deleted"):
    """A room ended and everybody in it was put out."""

    keep = True

    by: Who

    def sentence(self) -> str:
        return f"{self.room} was deleted by {self.by.nick}"
