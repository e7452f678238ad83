"""A client of IRC in memory that asks for capabilities and takes lines apart."""

from __future__ import annotations

from dataclasses import dataclass

from twisted.internet.error import ConnectionDone

from chatd.settings import Limits, Settings
from chatd.settings import Server as ServerSettings
from tests.behaviour.server import Server

__all__ = ["ALL", "SETTINGS", "Line", "Tagged"]

NAME = "irc.example"
SETTINGS = Settings(server=ServerSettings(name=NAME), limits=Limits(lines_per_second=0))
ALL = (
    "message-tags server-time echo-message batch labeled-response account-tag standard-replies draft/chathistory "
    "draft/multiline draft/read-marker"
)
"""What a client asks for that wants to page through history."""
_MEANT = {":": ";", "s": " ", "r": "\r", "n": "\n", "\\": "\\"}


@dataclass(frozen=True)
class Line:
    """A line as a client reads it."""

    raw: str
    tags: dict[str, str]
    source: str
    verb: str
    params: list[str]

    @classmethod
    def of(cls, raw: str) -> Line:
        """Take a line apart (IRCv3 message-tags, RFC 1459 §2.3.1)."""
        rest, tags, source = raw, {}, ""
        if rest.startswith("@"):
            head, _, rest = rest[1:].partition(" ")
            tags = {key: _value(value) for key, _, value in (each.partition("=") for each in head.split(";"))}
        if rest.startswith(":"):
            source, _, rest = rest[1:].partition(" ")
        words, colon, last = rest.partition(" :")
        verb, *params = words.split(" ")
        return cls(raw, tags, source, verb, [*params, last] if colon else params)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What is the same when it is shown again."""
        return self.tags.get("time", ""), self.tags.get("msgid", ""), self.params[0], self.params[-1]


def _value(escaped: str) -> str:
    found, characters = "", iter(escaped)
    for each in characters:
        after = next(characters, "") if each == "\\" else each
        found += each if each == after else _MEANT.get(after, after)
    return found


class Tagged:
    """One connection, let in as `nick`; an account of that name, if it is to have one, is registered then."""

    def __init__(self, server: Server, nick: str, caps: str = ALL, *, account: bool = False) -> None:
        self.server = server
        self.nick = nick
        self.wire, self.protocol = server.connect_irc("127.0.0.1", secure=False)
        self._unread = b""
        self.send("CAP LS 302", *([f"CAP REQ :{caps}"] if caps else []))
        self.send(f"NICK {nick}", f"USER {nick} 0 * :Real {nick}", "CAP END")
        if account:
            self.send("CHATD register correct-horse")
        self.lines()

    def send(self, *lines: str) -> None:
        """Send lines, and let the turn end."""
        for line in lines:
            self.protocol.dataReceived(line.encode() + b"\r\n")
            self.server.turn()

    def lines(self) -> list[Line]:
        """Return the lines that have come since the last time."""
        *lines, self._unread = (self._unread + self.wire.value()).split(b"\r\n")
        self.wire.clear()
        return [Line.of(line.decode()) for line in lines]

    def ask(self, *lines: str) -> list[Line]:
        """Send lines and return what comes then, without what came before."""
        self.lines()
        self.send(*lines)
        return self.lines()

    def hang_up(self) -> None:
        """End the connection."""
        self.wire.end(ConnectionDone())
        self.server.turn()
