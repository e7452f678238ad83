"""A small terminal for tests: shows what the bytes that the prompt writes would leave on a screen."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["Screen"]

PIECE = re.compile(r"\x1b\[(\d*)([A-Za-z])|\x1b\[([\d;]*)m|(\r)|(\n)|(\a)|(.)", re.DOTALL)


class Screen:
    """Rows of cells. It wraps as xterm does: after the last column, when one more character comes."""

    def __init__(self, width: int = 80) -> None:
        self.width = width
        self.rows: list[list[str]] = [[]]
        self.row = self.column = 0
        self.bells = 0
        self.raw = ""

    def feed(self, data: bytes) -> None:
        """Show what was written; it must be whole characters."""
        text = data.decode()
        self.raw += text
        for piece in PIECE.finditer(text):
            self._take(piece)

    def _take(self, piece: re.Match[str]) -> None:
        count = int(piece[1] or 1) if piece[2] else 0
        if piece[2] == "A":
            self.row -= count
            assert self.row >= 0
        elif piece[2] == "C":
            self.column = min(self.column + count, self.width - 1)
        elif piece[2] == "D":
            self.column = max(self.column - count, 0)
        elif piece[2] == "J" and piece[1] != "2":
            del self.rows[self.row + 1 :]
            del self.rows[self.row][self.column :]
        elif piece[2] in ("J", "H"):
            self.rows, self.row, self.column = [[]], 0, 0
        elif piece[2] == "m" or piece[3] is not None:
            return
        elif piece[4]:
            self.column = 0
        elif piece[5]:
            self._down()
        elif piece[6]:
            self.bells += 1
        else:
            assert piece[7] not in (None, "\x1b"), piece
            self._put(piece[7])

    def _down(self) -> None:
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append([])

    def _put(self, character: str) -> None:
        if unicodedata.combining(character):
            self.rows[self.row][self.column - 1] += character
            return
        wide = unicodedata.east_asian_width(character) in "WF"
        if self.column + wide >= self.width:
            self._down()
            self.column = 0
        row = self.rows[self.row]
        row += [" "] * (self.column + 1 + wide - len(row))
        row[self.column : self.column + 1 + wide] = [character, ""][: 1 + wide]
        self.column += 1 + wide

    @property
    def text(self) -> list[str]:
        """The rows, as somebody reads them."""
        return ["".join(row).rstrip() for row in self.rows]

    @property
    def cursor(self) -> tuple[int, int]:
        """Row and column of the cursor, from 0."""
        return self.row, self.column
