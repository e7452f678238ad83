"""A person at nc."""

from __future__ import annotations

import re

from chatd.frontends.line import LineProtocol
from tests.behaviour.client import LOCAL, Client, Happening
from tests.behaviour.sentences import told_by
from tests.behaviour.server import Server

__all__ = ["TextClient"]


_SAID = re.compile(r"(?:\[(#\S+)\] )?(?:(\S+): (.*)|~ (\S+) (.*))")
_AGAIN = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ ")
_PRIVATE = re.compile(r"\[PM (from|to) (\S+)\] (.*)")
_PROMPT = re.compile(r"(?:\xff[\xfb-\xfe].(?:\r\n)?)?(Password: |Enter your nickname: )")


class TextClient(Client):
    """A person at nc."""

    protocol: LineProtocol

    def __init__(self, server: Server, address: str = LOCAL, *, secure: bool = False) -> None:
        super().__init__(server, address, secure=secure)
        self._rooms: list[str] = []
        self.room = ""
        """The room in which lines without a room's name are said."""

    def say(self, text: str) -> None:
        self.transmit(self.packet(text))

    def command(self, line: str) -> None:
        self.transmit(self.packet(f"/{line}"))

    def packet(self, *lines: str) -> bytes:
        return "".join(f"{line}\r\n" for line in lines).encode()

    def seen(self) -> list[Happening]:
        text = re.sub(rb"\xff[\xfb-\xfe].(?:\r\n)?", b"", self.raw()).decode()
        happenings: list[Happening] = []
        for line in text.split("\r\n"):
            while prompt := _PROMPT.match(line):
                happenings.append(("prompt", prompt[1]))
                line = line[prompt.end() :]  # noqa: PLW2901 - what follows stands on the same line
            if not line or _AGAIN.match(line):
                continue  # what is shown again did not happen now
            if line.startswith("   "):
                happenings[-1] += (line[3:],)
                continue
            happening = self._read(line)
            self._follow(happening)
            happenings.append(happening)
        return happenings

    def _read(self, line: str) -> Happening:
        if line.startswith("-> Error: "):
            return ("error", line[10:])
        if line.startswith("-> Usage: "):
            return ("usage", line[10:])
        if line.startswith(("-> ", "Welcome ")):
            return ("answer", line.removeprefix("-> "))
        if line.startswith(" * "):
            told = told_by(line[3:].removesuffix(" (not stored)"))
            if told:
                return told
        if found := _PRIVATE.fullmatch(line):
            return ("pm" if found[1] == "from" else "pm-to", found[2], found[3])
        if found := _SAID.fullmatch(line):
            kind = "said" if found[2] else "did"
            return (kind, found[1] or self.room, found[2] or found[4], found[3] or found[5])
        raise AssertionError(f"no line of the text dialect: {line!r}")

    def _follow(self, happening: Happening) -> None:
        """Keep track of one's own name and of the current room, as a reader would."""
        match happening:
            case ("answer", told) if told.startswith("You are ") and "(guest)" in told:
                self.nick = told.split()[2]
            case ("renamed", self.nick, new):
                self.nick = new
            case ("answer", told) if told.startswith("You talk in "):
                self.room = told.split()[3]
            case ("joined", self.nick, room, _):
                self._rooms.append(room)
                self.room = room
            case ("left" | "kicked", self.nick, room, *_) | ("deleted", room, _):
                self._leave(room)

    def _leave(self, room: str) -> None:
        if room in self._rooms:
            self._rooms.remove(room)
        if self.room == room:
            self.room = "#lobby" if "#lobby" in self._rooms else (self._rooms or [""])[-1]
