"""Bytes in, lines out: cuts a connection's bytes at its line ends, within bounds.

A line ends with LF or CRLF. Too long a line is reported once and skipped to its end, so that its
tail never runs as a command; the lines around it are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final, TypeAlias

__all__ = ["ENDLESS", "OVERLONG", "Line", "Mark", "Splitter"]


class Mark(Enum):
    """What stands in the place of a line that was not kept."""

    OVERLONG = "overlong"
    ENDLESS = "endless"


OVERLONG: Final = Mark.OVERLONG
"""A line passed `Splitter.limit`. The rest of it is skipped; the connection can go on."""

ENDLESS: Final = Mark.ENDLESS
"""A line passed `Splitter.endless`. Nothing more will be read; the caller closes the connection."""

Line: TypeAlias = bytes | Mark


class Splitter:
    """Cuts packets into lines.

    `limit` is the longest line, `endless` the length past which the sender is given up, both in
    bytes without the line end (LF, or CRLF). Both may be changed at any time and hold from the next
    `feed` on, for the line under way too. With `endless` at or below `limit` no line is OVERLONG.

    Kept between packets: an unfinished line of at most `limit` bytes and its CR; of a line that is
    being skipped, nothing but its length.
    """

    __slots__ = ("_bare", "_held", "_mark", "_size", "_untold", "endless", "limit")

    def __init__(self, limit: int, endless: int) -> None:
        self.limit = limit
        self.endless = endless
        self._held = bytearray()
        self._reset()

    def _reset(self) -> None:
        """Forget the line under way."""
        self._held.clear()
        self._size = 0  # bytes of the line under way
        self._bare = 0  # the same, less a CR that may turn out to belong to its end
        self._mark: Mark | None = None  # the last mark given for the line under way
        self._untold = 0  # line ends in the last packet for which `feed` returned nothing

    def feed(self, data: bytes) -> Sequence[Line]:
        """Return the lines that `data` completes, in order, without their ends.

        A mark takes the place of a line as soon as the bound is passed, whether or not the line has
        ended: one OVERLONG, then perhaps one ENDLESS, after which every call returns nothing.
        How the bytes are cut into packets makes no difference to what is returned in total.
        """
        if self._size:
            return self._resume(data)
        self._untold = 0
        # Removes exactly one CR before each LF; a CR at the end of the packet has to wait.
        lines = data.replace(b"\r\n", b"\n").split(b"\n")
        tail = lines.pop()
        if len(data) > self.limit or len(data) > self.endless:
            return self._bounded(data, lines, tail)
        if tail:
            self._grow(tail)
        return lines

    def take_rest(self, data: bytes, index: int) -> bytes:
        """Return what follows a line, byte for byte, and start afresh, at the beginning of a line.

        `data` is the packet given to the last `feed`, `index` the place of the line (not of a mark)
        in what that returned. Feeding the rest reads it again, under new limits perhaps. For a line
        handler that changes the mode of the connection; each call costs a pass over the packet.
        """
        ends = index + 1 + self._untold
        parts = data.split(b"\n", ends)
        self._reset()
        return parts[ends] if len(parts) > ends else b""

    def _resume(self, data: bytes) -> list[Line]:
        """`feed` with a line under way."""
        if self._mark is ENDLESS:
            return []
        head, end, rest = data.partition(b"\n")
        lines = self._grow(head)
        if not end or ENDLESS in lines:
            return lines
        if self._mark is None:
            lines.append(bytes(self._held).removesuffix(b"\r"))
        untold = 0 if lines else 1
        self._reset()
        lines += self.feed(rest)
        self._untold = untold
        return lines

    def _bounded(self, data: bytes, lines: list[bytes], tail: bytes) -> list[Line]:
        """Put marks in the place of the long ones among `lines`, which with `tail` are `data`."""
        kept: list[Line] = []
        if _fits(data, min(self.limit, self.endless)):
            kept += lines
        else:
            kept += [line if len(line) <= self.limit else OVERLONG for line in lines]
            if not _fits(data, self.endless):
                for index, line in enumerate(lines):
                    if len(line) > self.endless:
                        kept[index:] = self._marks(len(line))
                        self._size, self._mark = len(line), ENDLESS
                        return kept
        kept += self._grow(tail)
        return kept

    def _grow(self, piece: bytes) -> list[Line]:
        """Add `piece` (no LF in it) to the line under way; return the marks that this calls for."""
        if piece:
            self._size += len(piece)
            self._bare = self._size - piece.endswith(b"\r")
        marks = self._marks(self._bare)
        if marks:
            self._mark = ENDLESS if ENDLESS in marks else OVERLONG
            self._held.clear()
        elif self._mark is None:
            self._held += piece
        return marks

    def _marks(self, length: int) -> list[Line]:
        """Return the marks still to be given for a line of `length` bytes."""
        marks: list[Line] = []
        if self._mark is None and length > self.limit and self.endless > self.limit:
            marks.append(OVERLONG)
        if length > self.endless:
            marks.append(ENDLESS)
        return marks


def _fits(data: bytes, bound: int) -> bool:
    """Whether no line of `data` is longer than `bound` bytes, a CR counted; looks at few line ends."""
    start = 0
    while len(data) - start > bound:
        end = data.rfind(b"\n", start, start + bound + 1)
        if end < 0:
            return False
        start = end + 1
    return True
