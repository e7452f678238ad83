"""What the server sends in the JSON dialect: every kind of object there is."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from chatd.core import acts, results
from chatd.core.events import Arrived, Audited, Event, Ignored, RoomEvent, Unignored
from chatd.core.replies import ErrorReply, Reply

__all__ = ["shown_structs"]

UNSEEN = (Arrived, Audited, Ignored, Unignored)
"""Events that no client is shown."""

REPLIES = (acts, results)
"""Where replies are besides core/replies: imported, they are known."""


def shown_structs() -> list[type[msgspec.Struct]]:
    """Return every kind of object that the server sends, in order of its `type`."""
    kinds = [kind for base in (Event, Reply) for kind in _leaves(base) if kind not in UNSEEN]
    return sorted(kinds, key=lambda kind: str(kind.__struct_config__.tag))


def _leaves(base: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for kind in base.__subclasses__():
        if kind is not RoomEvent:
            yield kind
        if kind in (RoomEvent, ErrorReply):
            yield from _leaves(kind)
