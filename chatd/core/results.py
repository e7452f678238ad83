"""What a search has found, as it is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from chatd.core.events import Message, PrivateMessage, TopicChanged, body_text
from chatd.core.replies import Reply

__all__ = ["Found", "Hit"]

Hit = Message | PrivateMessage | TopicChanged


class Found(Reply, kw_only=True, tag="found"):
    """What a search found, newest first; `query` is what was asked for, without `before:`."""

    query: str
    events: list[Hit]
    before: Annotated[
        datetime | None,
        Meta(description="Search again with `before:` this for what came before; none: that is all."),
    ] = None
    hasty: Annotated[bool, Meta(description="True: it was given up before all was looked through.")] = False

    def lines(self) -> list[str]:
        lines = ["Found, newest first:", *map(_line, self.events)] if self.events else []
        if self.hasty:
            lines.append("That was too much to look through: name a rarer word, in:, from: or after:.")
        if self.before is not None:
            lines.append(f"/search {self.query} before:{_cursor(self.before)} shows what came before.")
        return lines or ["Nothing found."]


def _line(event: Hit) -> str:
    time = f"{event.time:%Y-%m-%d %H:%M:%SZ}"
    if isinstance(event, TopicChanged):
        return f"{time} {event.room} {event.number} * {event.sentence()}"
    if isinstance(event, Message):
        place = event.room
    else:
        place = f"@{(event.to if event.sent else event.who).nick}"
    text = body_text(event.body)
    said = f"~ {event.who.nick} {text}" if event.action else f"{event.who.nick}: {text}"
    return f"{time} {place} {event.number} {said}"


def _cursor(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S.%fZ}"
