"""What one client has been shown, room by room: nothing lost, nothing twice, everything in order.

Each line that the load says carries a key and a count, `<#room KEY COUNT>`. A key belongs to one client in one
room (`<@nick KEY COUNT>`: to one pair of private talkers) and is given up for a new one whenever lines under it
may have been refused; so under one key the counts that somebody is shown follow each other without a gap.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import count

__all__ = ["MARK", "SLOW", "Ledger", "Stay", "keys"]

MARK = re.compile(r"<([#@]\S+) (\d+) (\d+)> ")
"""Room or nickname, key, count."""

SLOW = "#slow"
"""How the names of slow rooms begin, where any line may be refused."""

keys: Iterator[int] = count(1)
"""Keys that this process has not used yet."""


class Stay:
    """One client in one room, from entering to leaving.

    `last` is the last number seen there (JSON only; None: not known), `seen` the last count of each key.
    """

    __slots__ = ("count", "key", "last", "seen", "silent")

    def __init__(self, last: int | None = None) -> None:
        self.last = last
        self.seen: dict[int, int] = {}
        self.silent = False
        """Whether this client says nothing more here: it has muted itself."""
        self.renew()

    def renew(self) -> None:
        """Go on under a new key."""
        self.key = next(keys)
        self.count = 0

    def mark(self, room: str) -> str:
        """Return what the next line begins with."""
        if room.startswith(SLOW):
            self.renew()
        self.count += 1
        return f"<{room} {self.key} {self.count}> "


class Ledger:
    """Checks what one client is shown; `complain` is called with what cannot be."""

    def __init__(self, complain: Callable[[str], None]) -> None:
        self._complain = complain
        self.rooms: dict[str, Stay] = {}
        self._private: dict[int, int] = {}
        self._sending: dict[str, list[int]] = {}
        self._has_forgotten = False
        self.ignores = 0
        """Users that this client ignores: what they say is a gap in the numbers of a room."""

    def entered(self, room: str, last: int | None = None) -> None:
        """The client is in a room now."""
        if room in self.rooms:
            self._complain(f"entered {room} twice")
        self.rooms[room] = Stay(last)

    def left(self, room: str) -> None:
        """The client no longer is."""
        if self.rooms.pop(room, None) is None:
            self._complain(f"left {room} without being there")

    def forget(self) -> None:
        """The client ignores others than before: what came until now says nothing about what comes."""
        self._private.clear()
        self._has_forgotten = True
        for stay in self.rooms.values():
            stay.seen.clear()
            stay.last = None

    def mark_private(self, nick: str) -> str:
        """Return what the next private line to somebody begins with. No nickname is used twice."""
        sending = self._sending.setdefault(nick, [next(keys), 0])
        sending[1] += 1
        return f"<@{nick} {sending[0]} {sending[1]}> "

    def heard(self, where: str, key: int, number: int) -> None:
        """A line was shown that was said under a key."""
        if where.startswith("@"):
            known, first = self._private, None if self._has_forgotten else 0
        else:
            stay = self.rooms.get(where)
            if stay is None:
                return  # said by a person who did not know yet that he had been put out
            known, first = stay.seen, None
        before = known.get(key, first)
        if before is not None and number != before + 1:
            self._complain(f"{where}: line {number} of key {key} came after line {before}")
        known[key] = number

    def numbered(self, room: str, number: int | None, after: int | None) -> None:
        """An event of a room was shown, with its number or with the one it follows."""
        stay = self.rooms.get(room)
        if stay is None:
            self._complain(f"was shown what happened in {room} without being there")
            return
        now, step = (after or 0, 0) if number is None else (number, 1)
        if stay.last is not None:
            due = stay.last + step
            if now < due or (now > due and not self.ignores):
                self._complain(f"{room}: number {now} came where {due} was due")
        stay.last = now
