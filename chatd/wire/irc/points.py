"""Points in what was said, as clients name them: `timestamp=` with a time of server-time, `msgid=` with an id."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from chatd.core.excerpts import Mark

__all__ = ["mark", "moment", "time"]

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z", re.ASCII)
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def moment(when: datetime) -> str:
    """Return a time as IRCv3 server-time has it."""
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}Z"


def time(text: str) -> datetime | None:
    """Read `timestamp=YYYY-MM-DDThh:mm:ss.sssZ`; none: it is something else, or no time that there is."""
    kind, _, value = text.partition("=")
    if kind != "timestamp" or not _TIME.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value.removesuffix("Z")).replace(tzinfo=UTC)
    except ValueError:
        return None


def mark(text: str) -> Mark | None:
    """Read a time or an id of ours; none: it is neither."""
    kind, _, value = text.partition("=")
    if kind == "msgid" and _ID.fullmatch(value):
        return value
    return time(text)
