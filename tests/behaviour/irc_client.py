"""A person at an IRC client of the old kind: no capabilities, and its own idea of the current room."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import get_args

from chatd.commands import arguments
from chatd.frontends.irc.factory import IrcProtocol
from tests.behaviour.client import LOCAL, Client, Happening
from tests.behaviour.irc_reader import IrcReader, as_irc_shows
from tests.behaviour.server import Server, Wire

__all__ = ["HOME", "IrcClient"]

HOME = "#lobby"
"""Where the settings of the tests bring IRC clients, for everybody to be there."""

_ALIASES = {
    "j": "join",
    "create": "join",
    "leave": "part",
    "username": "nick",
    "exit": "quit",
    "pm": "msg",
    "whisper": "msg",
    "tell": "msg",
}
_OF_A_ROOM = {get_args(kind)[1] for kind in (arguments.Here, arguments.HereOrServer, arguments.Past)}
"""Kinds of arguments that may be left out for the current room, of which the server knows nothing here."""
_MODES = {"op": "+o", "deop": "-o", "voice": "+v", "devoice": "-v"}


class IrcClient(Client):
    """A person at an IRC client. What is typed becomes a verb where IRC has one, or else a command under its own name."""

    protocol: IrcProtocol

    def __init__(self, server: Server, address: str = LOCAL, *, secure: bool = False) -> None:
        super().__init__(server, address, secure=secure)
        self.reader = IrcReader()
        self._introduced = False
        self._taken = b""
        """What came and nobody has asked for."""
        self._begun = b""
        """A line whose end has not come."""
        self._verbs: dict[str, Callable[[str], str]] = {
            "join": self._join,
            "part": self._part,
            "topic": self._topic,
            "kick": self._kick,
            "invite": self._invite,
            "knock": lambda words: "KNOCK {} :{}".format(*words.partition(" ")[::2]),
            "quit": lambda reason: f"QUIT :{reason}" if reason else "QUIT",
            "me": lambda words: f"PRIVMSG {self.room} :\x01ACTION {words}\x01",
            "msg": self._msg,
            "away": lambda reason: f"AWAY :{reason or 'away'}",
            "back": lambda _: "AWAY",
        }

    def connect(self, address: str, *, secure: bool) -> tuple[Wire, IrcProtocol]:
        return self.server.connect_irc(address, secure=secure)

    @property
    def room(self) -> str:
        """The room in which a plain line is said."""
        self._take()
        return self.reader.room or HOME

    # What it does

    def say(self, text: str) -> None:
        self.transmit(self.packet(text))

    def command(self, line: str) -> None:
        name, _, rest = line.partition(" ")
        self._take()
        if _ALIASES.get(name, name) == "join" and self.reader.turn_to(_room(rest)):
            return
        self.transmit(self.packet(f"/{line}"))

    def packet(self, *lines: str) -> bytes:
        asked = [
            self._asked(line[1:]) if line[:1] == "/" else f"PRIVMSG {self.room} :{line}" for line in lines
        ]
        return "".join(f"{line}\r\n" for line in asked).encode()

    # What it sees

    def raw(self) -> bytes:
        self.server.turn()
        self._take()
        data, self._taken = self._taken, b""
        self.reader.told.clear()
        return data

    def seen(self) -> list[Happening]:
        self.server.turn()
        self._take()
        self._taken = b""
        told, self.reader.told = self.reader.told, []
        return told

    def _take(self) -> None:
        """Read what has come: whoever asks for bytes, the client knows what they say."""
        data = self.wire.value()
        self.wire.clear()
        self._taken += data
        *lines, self._begun = (self._begun + data).split(b"\r\n")
        self.reader.read(lines)
        self.nick = self.reader.nick

    def shown(self, happening: Happening) -> Happening:
        return as_irc_shows(happening)

    def _asked(self, typed: str) -> str:
        """Return what an IRC client sends for a command."""
        name, _, rest = typed.partition(" ")
        name = _ALIASES.get(name, name)
        if name == "nick":
            return self._nick(rest)
        verbs, table = self.protocol.factory.verbs.rows, self.server.commands
        if name in self._verbs:
            return self._verbs[name](rest)
        if name in _MODES and "MODE" in verbs:
            room, nick = self._room_and(rest)
            return f"MODE {room} {_MODES[name]} {nick}"
        if name == "login" and not self.nick:
            return self._login(*rest.partition(" ")[::2])
        # An IRC client asks in another way for what IRC has under the same name.
        plain = table.has(name) and name.upper() not in verbs
        return self._named_room(typed) if plain else f"CHATD {self._named_room(typed)}"

    def _named_room(self, typed: str) -> str:
        """Return a command with the current room, if it concerns one and names none."""
        named = {name: row for row in self.server.commands.rows for name in row.names}
        # Of two names that fit, the one of two words is meant.
        name = max((each for each in named if f"{typed} ".startswith(f"{each} ")), key=len, default="")
        if name and named[name].parameters and named[name].parameters[0].kind in _OF_A_ROOM:
            rest = typed.removeprefix(name).strip()
            return typed if rest[:1] in ("#", "@") else f"{name} {self.room} {rest}".rstrip()
        return typed

    def _nick(self, nick: str) -> str:
        line = f"NICK :{nick}"
        if not self._introduced:
            self._introduced = True
            line += "\r\nUSER u 0 * :A person"
        return line

    def _login(self, name: str, password: str) -> str:
        """Return what logs in who has no nickname yet: SASL."""
        proof = b64encode(f"\0{name}\0{password}".encode()).decode()
        return "\r\n".join(
            ("CAP REQ sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {proof}", self._nick(name), "CAP END")
        )

    def _join(self, rest: str) -> str:
        name, _, key = rest.partition(" ")
        return f"JOIN {_room(name)} {key}".rstrip()

    def _part(self, rest: str) -> str:
        room, reason = self._room_and(rest)
        return f"PART {room} :{reason}" if reason else f"PART {room}"

    def _topic(self, rest: str) -> str:
        room, topic = self._room_and(rest)
        return f"TOPIC {room} :{topic.removeprefix('-')}" if topic else f"TOPIC {room}"

    def _kick(self, rest: str) -> str:
        room, whom = self._room_and(rest)
        nick, _, reason = whom.partition(" ")
        return f"KICK {room} {nick} :{reason}" if reason else f"KICK {room} {nick}"

    def _invite(self, rest: str) -> str:
        room, nick = self._room_and(rest)
        return f"INVITE {nick} {room}"

    @staticmethod
    def _msg(rest: str) -> str:
        nick, _, words = rest.partition(" ")
        return f"PRIVMSG {nick} :{words}"

    def _room_and(self, rest: str) -> tuple[str, str]:
        """Return the room that is named first, or the current one, and the rest."""
        first, _, more = rest.partition(" ")
        return (first, more) if first[:1] == "#" else (self.room, rest)


def _room(rest: str) -> str:
    """Return the room that a command names, which may be left without its sign."""
    name = rest.partition(" ")[0]
    return name if name[:1] == "#" else f"#{name}"
