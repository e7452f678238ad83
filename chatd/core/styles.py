"""Bodies out of what was typed: plain, with the formatting codes of IRC, or of several lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import UNSET

from chatd.core import text
from chatd.core.bodies import Lines, Text
from chatd.core.errors import ChatError, Code

__all__ = ["body_of", "lines_of", "unstyled"]

# Bold, colour by number, colour by its red, green and blue, reset, monospace, reverse, italics, strike-through and
# underline (the formatting codes in common use; no RFC has them).
_CODE = re.compile(
    "(\x02|\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?|[\x0f\x11\x16\x1d-\x1f])"
)
_CODES = frozenset("\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f")


def unstyled(raw: str) -> str:
    """Return text without formatting codes."""
    return raw if _CODES.isdisjoint(raw) else _CODE.sub("", raw)


def body_of(raw: str) -> Text:
    """Return one line as a body. Raises ChatError as `text.message` does."""
    if raw.isprintable() or _CODES.isdisjoint(raw):
        return Text(text.message(raw))
    return Text(text.message(unstyled(raw)), _cleaned(raw))


def lines_of(pieces: Sequence[tuple[str, bool]]) -> Text | Lines:
    """Return a body of several lines; with each, whether it goes on the line before without a break.

    Lines may be empty, but not all of them. Raises ChatError as `text.message` does.
    """
    raw = [piece for piece, _ in pieces]
    breaks = sum(not goes_on for _, goes_on in pieces[1:])
    if sum(len(piece.encode()) for piece in raw) + breaks > text.MESSAGE_BYTES:
        raise ChatError(Code.TOO_LONG, f"this is too long: at most {text.MESSAGE_BYTES:,} bytes")
    if len(raw) == 1:
        return body_of(raw[0])
    joined = tuple(index for index, (_, goes_on) in enumerate(pieces) if goes_on and index)
    text.message(
        "".join([("" if index in joined else " ") + unstyled(piece) for index, piece in enumerate(raw)])[1:]
    )
    lines = tuple(text.tidy(unstyled(piece)) for piece in raw)
    if all(_CODES.isdisjoint(piece) for piece in raw):
        return Lines(lines, joined, UNSET)
    return Lines(lines, joined, tuple(map(_cleaned, raw)))


def _cleaned(raw: str) -> str:
    """Return text with its codes, and nothing else in it that `text.message` would not let pass."""
    parts = _CODE.split(raw)
    return "".join(part if index % 2 else text.tidy(part) for index, part in enumerate(parts))
