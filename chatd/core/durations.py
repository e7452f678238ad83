"""Spans of time as people type them: `30s`, `10m`, `1h30m`, `7d`, `4w`."""

from __future__ import annotations

import re

from chatd.core.errors import ChatError, Code

__all__ = ["LONGEST", "parse", "show"]

_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
# Each unit once, the larger before the smaller. [0-9]: \d would take other scripts' digits.
_PATTERN = re.compile("".join(f"(?:([0-9]{{1,9}}){unit})?" for unit in _SECONDS), re.IGNORECASE | re.ASCII)

LONGEST = 3_650 * _SECONDS["d"]  # ten years, in seconds


def parse(text: str) -> int:
    """Read a duration; returns seconds, from 1 to LONGEST. Raises ChatError(BAD_VALUE)."""
    found = _PATTERN.fullmatch(text)
    if not found or not text:
        raise ChatError(Code.BAD_VALUE, "a duration is written like 30s, 10m, 2h, 7d, 4w or 1h30m")
    total = sum(int(count or 0) * size for count, size in zip(found.groups(), _SECONDS.values(), strict=True))
    if not 1 <= total <= LONGEST:
        raise ChatError(Code.BAD_VALUE, "a duration lasts from one second to ten years")
    return total


def show(seconds: int) -> str:
    """Write a duration so that `parse` reads it back: 5400 is `1h30m`.

    Weeks stand only alone (`10d`, not `1w3d`). What is over shows as `0s`.
    """
    if seconds <= 0:
        return "0s"
    if seconds % _SECONDS["w"] == 0:
        return f"{seconds // _SECONDS['w']}w"
    parts = []
    for unit in "dhms":
        count, seconds = divmod(seconds, _SECONDS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)
