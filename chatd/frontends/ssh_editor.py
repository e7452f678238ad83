"""A line editor for UTF-8 on Conch's terminal: what is typed may come in any pieces, and is drawn once a packet."""

# mypy: disallow-untyped-calls=False
# Conch is not annotated, and mypy takes a call through super() for a call of ours.
from __future__ import annotations

import codecs
import unicodedata
from typing import Any

from twisted.conch.insults.insults import ServerProtocol
from twisted.conch.recvline import HistoricRecvLine

__all__ = ["BELL", "LineEditor", "Terminal", "cells"]

HISTORY = 200
"""Lines that the arrow keys bring back."""
ESCAPE_BYTES = 64
BELL = b"\a"
CTRL_A, CTRL_E, CTRL_H, CTRL_L, CTRL_U = b"\x01", b"\x05", b"\x08", b"\x0c", b"\x15"


class Terminal(ServerProtocol):
    """Conch's reader of keystrokes. What was typed is drawn once a packet, and the client's screen is left alone."""

    terminalProtocol: Any
    transport: Any

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        if self.state == b"bracket-escaped" and len(self.escBuf) > ESCAPE_BYTES:
            self.state = b"data"
        if self.terminalProtocol is not None:
            self.terminalProtocol.settle()

    def loseConnection(self) -> None:
        self.transport.loseConnection()


class LineEditor(HistoricRecvLine):
    """Edits one line, of at most `limit` characters; each is kept as its bytes of UTF-8.

    For the classes below: `colored` paints the line, `remembered` says whether it goes into the history.
    """

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._row = 0  # of the cursor, below the row of the prompt
        self._stale = False  # the screen does not show the line as it is
        self._draft: list[bytes] = []

    def connectionMade(self) -> None:
        super().connectionMade()
        self.keyHandlers |= {
            CTRL_A: self.handle_HOME,
            CTRL_E: self.handle_END,
            CTRL_H: self.handle_BACKSPACE,
            CTRL_L: self.handle_REDRAW,
            CTRL_U: self.handle_KILL,
        }

    def initializeScreen(self) -> None:
        """Show the first prompt. The screen is neither cleared nor switched to another mode: both would outlast us."""
        self.mode = "insert"
        self.prompt()

    def colored(self, line: str) -> str:
        """Return the line with its colours."""
        return line

    def remembered(self, line: bytes) -> bool:
        """Whether the arrow keys bring the line back."""
        return bool(line)

    def setInsertMode(self) -> None:
        self.mode = "insert"

    def setTypeoverMode(self) -> None:
        self.mode = "typeover"

    def terminalSize(self, width: int, height: int) -> None:
        """Take over the size in characters; 0 means unknown (RFC 4254 §6.2)."""
        self.width, self.height = width or 80, height or 24
        self._stale = bool(self.lineBuffer)

    # Keys

    def keystrokeReceived(self, keyID: bytes, modifier: object) -> None:
        if keyID < b"\x80" and self._decoder.getstate()[0]:
            self._garbled()
        handler = self.keyHandlers.get(keyID)
        if handler is not None:
            handler()
        elif len(keyID) == 1:
            self._typed(keyID)

    def _typed(self, byte: bytes) -> None:
        """Take one byte of a character; the rest may come in another packet."""
        try:
            character = self._decoder.decode(byte)
        except UnicodeDecodeError:
            self._garbled()
            return
        if character and unicodedata.category(character) == "Cc":
            self.terminal.write(BELL)
        elif character:
            self.characterReceived(character.encode(), False)

    def _garbled(self) -> None:
        self._decoder.reset()
        self.terminal.write(BELL)

    def characterReceived(self, ch: bytes, moreCharactersComing: bool) -> None:
        """Put one character (in UTF-8) where the cursor is."""
        if len(self.lineBuffer) >= self._limit:
            self.terminal.write(BELL)
            return
        over = self.mode == "typeover"
        self.lineBuffer[self.lineBufferIndex : self.lineBufferIndex + over] = [ch]
        self._move(self.lineBufferIndex + 1)

    def handle_TAB(self) -> None:
        for _ in range(self.TABSTOP - self.lineBufferIndex % self.TABSTOP):
            self.characterReceived(b" ", False)

    def handle_LEFT(self) -> None:
        self._move(self.lineBufferIndex - 1)

    def handle_RIGHT(self) -> None:
        self._move(self.lineBufferIndex + 1)

    def handle_HOME(self) -> None:
        self._move(0)

    def handle_END(self) -> None:
        self._move(len(self.lineBuffer))

    def handle_BACKSPACE(self) -> None:
        """Take away the character before the cursor, with the accents on it."""
        combining = True
        while combining and self.lineBufferIndex:
            removed = self.lineBuffer.pop(self.lineBufferIndex - 1).decode()
            combining = bool(unicodedata.combining(removed))
            self._move(self.lineBufferIndex - 1)

    def handle_DELETE(self) -> None:
        del self.lineBuffer[self.lineBufferIndex : self.lineBufferIndex + 1]
        self._stale = True

    def handle_KILL(self) -> None:
        """Take away everything before the cursor."""
        del self.lineBuffer[: self.lineBufferIndex]
        self._move(0)

    def handle_UP(self) -> None:
        if self.historyPosition:
            if self.historyPosition == len(self.historyLines):
                self._draft = self.lineBuffer
            self._recall(self.historyPosition - 1)

    def handle_DOWN(self) -> None:
        if self.historyPosition < len(self.historyLines):
            self._recall(self.historyPosition + 1)

    def _recall(self, position: int) -> None:
        self.historyPosition = position
        older = position < len(self.historyLines)
        self.lineBuffer = _characters(self.historyLines[position]) if older else self._draft
        self._move(len(self.lineBuffer))

    def _move(self, index: int) -> None:
        self.lineBufferIndex = min(max(index, 0), len(self.lineBuffer))
        self._stale = True

    def handle_RETURN(self) -> None:
        self._move(len(self.lineBuffer))
        self.settle()
        line = b"".join(self.lineBuffer)
        self.lineBuffer, self._draft = [], []
        self._row = self.lineBufferIndex = 0
        self.terminal.nextLine()
        self._remember(line)
        self.lineReceived(line)

    def handle_REDRAW(self) -> None:
        """Clear the screen but for the line."""
        self.terminal.eraseDisplay()
        self.terminal.cursorHome()
        self._row = 0
        self._stale = True

    def _remember(self, line: bytes) -> None:
        if line not in self.historyLines[-1:] and self.remembered(line):
            self.historyLines = [*self.historyLines, line][-HISTORY:]
        self.historyPosition = len(self.historyLines)

    # The screen

    def prompt(self) -> None:
        """Write the prompt on a line of its own; `settle` writes what is typed so far."""
        if not self.terminal.lastWrite.endswith(b"\n") and self.terminal.lastWrite:
            self.terminal.nextLine()
        self.terminal.write(self.ps[self.pn])
        self._row = 0
        self._stale = bool(self.lineBuffer)

    def settle(self) -> None:
        """Draw the line if it changed."""
        if self._stale:
            self._stale = False
            self._draw()

    def erase(self) -> None:
        """Take prompt and line off the screen."""
        if self._row:
            self.terminal.cursorUp(self._row)
        self.terminal.write(b"\r")
        self.terminal.eraseToDisplayEnd()

    def _draw(self) -> None:
        """Draw prompt and line where they stand, over as many rows as they need, and put the cursor into its place."""
        line = b"".join(self.lineBuffer).decode()
        before = b"".join(self.lineBuffer[: self.lineBufferIndex]).decode()
        self.erase()
        self.terminal.write(self.ps[self.pn] + self.colored(line).encode())
        end, cursor = (len(self.ps[self.pn]) + cells(text) for text in (line, before))
        if not end % self.width:
            self.terminal.write(b" \r")  # a full row: most terminals wait for one more character to go on
        self._row, column = divmod(cursor, self.width)
        if end // self.width > self._row:
            self.terminal.cursorUp(end // self.width - self._row)
        self.terminal.write(b"\r")
        if column:
            self.terminal.cursorForward(column)


def cells(text: str) -> int:
    """Return how many columns a terminal needs for `text`: two for wide characters, none for accents."""
    return sum(
        0
        if unicodedata.category(each) in ("Mn", "Me", "Cf")
        else 1 + (unicodedata.east_asian_width(each) in "WF")
        for each in text
    )


def _characters(line: bytes) -> list[bytes]:
    return [character.encode() for character in line.decode()]
