"""Points in a room's past as people type them: a number, a date, a time of day, or how long ago."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from chatd.core import durations
from chatd.core.errors import ChatError, Code

__all__ = ["parse"]

_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+Z?)?", re.ASCII)
_WORDS = (
    "a number, a date like 2026-11-01 or 2026-11-01T14:30, a time like 14:30 (UTC), or how long ago, like 2h"
)


def parse(text: str, now: datetime) -> int | datetime:
    """Read a number, or a time (UTC). Raises ChatError(BAD_VALUE).

    A time of day is the last one before `now`.
    """
    if _NUMBER.fullmatch(text):
        return int(text)
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        found = now.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
        return found if found <= now else found - timedelta(days=1)
    try:
        if _DATE.fullmatch(text):
            return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
        return now - timedelta(seconds=durations.parse(text))
    except (ChatError, ValueError):
        raise ChatError(Code.BAD_VALUE, f'"{text}" is no point in time: {_WORDS}') from None
