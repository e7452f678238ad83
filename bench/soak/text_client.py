"""A person at nc, who knows where his lines go from what he is shown."""

from __future__ import annotations

import re

from bench.soak.clients import Client, House
from bench.soak.ledger import MARK

__all__ = ["TextClient"]

NAMED = re.compile(r"-> You are (\S+) \(guest\)\.")
CURRENT = re.compile(r"-> You talk in (\S+) now\.")
IGNORING = ("-> You no longer see", "-> You see again")


class TextClient(Client):
    """Lines as a person types and reads them."""

    dialect = "text"

    def __init__(self, house: House, name: str) -> None:
        super().__init__(house, name)
        self._current: str | None = None

    def introduce(self) -> None:
        self.send(f"{self.wanted}\r\n".encode())

    def command(self, *lines: str) -> None:
        self.send("".join(f"{line}\r\n" for line in lines).encode())

    def say(self, room: str, words: str) -> None:
        stay = self.ledger.rooms[room]
        before = ""
        if room != self._current:
            # What was said under the old key may have gone to a room he was moved to without knowing it yet.
            stay.renew()
            before = f"/join {room}\r\n"
            self._current = room
        self.send(f"{before}{stay.mark(room)}{words}\r\n".encode())

    def act(self, words: str) -> None:
        """Do something in the current room."""
        stay = self.ledger.rooms.get(self._current or "")
        if stay is not None and not stay.silent:
            self.command(f"/me {stay.mark(str(self._current))}{words}")

    def received(self, line: bytes) -> None:
        text = line.decode()
        if "<" in text and (found := MARK.search(text)):
            self.ledger.heard(found[1], int(found[2]), int(found[3]))
        elif text.startswith(" * "):
            self._happened(text[3:].rstrip("\r"))
        else:
            self._answered(text.removeprefix("Enter your nickname: "))

    def _happened(self, sentence: str) -> None:
        who, _, what = sentence.partition(" ")
        if who != self.nick:
            if what.startswith("was deleted by ") and who in self.ledger.rooms:
                self._left(who)
            return
        words = what.split(" ")
        if what.startswith("has joined "):
            self.ledger.entered(words[2])
            self._current = words[2]
        elif what.startswith("has left "):
            self._left(words[2])
        elif what.startswith("was kicked from "):
            self._left(words[3])
        elif what.startswith("is now known as "):
            self.named(words[4])

    def _left(self, room: str) -> None:
        self.ledger.left(room)
        if room == self._current:
            self._current = None

    def _answered(self, text: str) -> None:
        if text.startswith("-> Error: "):
            self.house.counts[f"refused: {_kind(text[10:])}"] += 1
        elif found := NAMED.match(text):
            self.named(found[1])
        elif found := CURRENT.match(text):
            self._current = found[1]
            if found[1] in self.ledger.rooms:
                self.ledger.rooms[found[1]].renew()
        elif text.startswith(IGNORING):
            self.ledger.forget()


def _kind(text: str) -> str:
    """Return an error of the text dialect without the names in it."""
    return re.sub(r'"[^"]*"|#\S+|\S*\d\S*', "…", text.partition(".")[0]).strip()
