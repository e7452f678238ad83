"""Parts of what was said in one place, as clients page through it: from one point towards another, or around one.

A point is a time, compared as clients are shown it, in whole milliseconds; or the id of an event, also of one that is
not kept: ids sort by time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from chatd.core.events import Event

__all__ = ["BEGINNING", "END", "MILLISECOND", "Mark", "around", "between", "floored"]

Mark = datetime | str
"""A point: a time, or the id of an event."""

BEGINNING, END = "", "~"
"""Before and behind all that was said: all ids lie between these."""

MILLISECOND = timedelta(milliseconds=1)

E = TypeVar("E", bound=Event)


def floored(when: datetime) -> datetime:
    """Return a time as clients are shown it."""
    return when.replace(microsecond=when.microsecond // 1000 * 1000)


def between(events: Sequence[E], limit: int, start: Mark, stop: Mark) -> list[E]:
    """Return up to `limit` events next to `start` on the side where `stop` is, without those two; oldest first.

    So `stop` may be the earlier one: then the last ones before `start` are returned.
    """
    begin, end = _places(events, start), _places(events, stop)
    if begin[0] <= end[0]:
        return list(events[begin[1] : end[0]][:limit])
    return list(events[end[1] : begin[0]][-limit:])


def around(events: Sequence[E], limit: int, mark: Mark) -> list[E]:
    """Return up to `limit` events around a point: half of them, and what is there itself, from the point on."""
    here = _places(events, mark)[0]
    after = events[here : here + limit - limit // 2]
    return [*events[max(0, here - limit + len(after)) : here], *after]


def _places(events: Sequence[E], mark: Mark) -> tuple[int, int]:
    """Return how many events lie before a point, and how many do not lie behind it."""
    if isinstance(mark, datetime):
        return (
            bisect_left(events, floored(mark), key=lambda event: floored(event.time)),
            bisect_right(events, floored(mark), key=lambda event: floored(event.time)),
        )
    return (
        bisect_left(events, mark, key=lambda event: event.id),
        bisect_right(events, mark, key=lambda event: event.id),
    )
