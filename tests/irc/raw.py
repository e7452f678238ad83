"""A client of IRC that sees every line as it comes."""

from __future__ import annotations

from twisted.internet.error import ConnectionDone

from chatd.frontends.irc.session import IrcSession
from chatd.settings import Limits, Settings
from chatd.settings import Server as ServerSettings
from tests.behaviour.server import Server

__all__ = ["SETTINGS", "Raw"]

SETTINGS = Settings(server=ServerSettings(name="irc.example"), limits=Limits(lines_per_second=0))

LOCAL = "127.0.0.1"


class Raw:
    """One connection to a server in memory, let in as `nick` unless that is empty; what it was told then is forgotten."""

    def __init__(
        self,
        server: Server,
        nick: str = "",
        *,
        caps: str = "",
        address: str = LOCAL,
        secure: bool = False,
        user: str = "",
        realname: str = "",
    ) -> None:
        self.server = server
        self.nick = nick
        self.wire, self.protocol = server.connect_irc(address, secure=secure)
        self._unread = b""
        if nick:
            self.send(f"CAP REQ :{caps}") if caps else None
            self.send(f"NICK {nick}", f"USER {user or nick} 0 * :{realname or 'Real ' + nick}")
            self.send("CAP END") if caps else None
            self.welcome = self.lines()

    @property
    def session(self) -> IrcSession:
        """Its session."""
        return self.protocol.session

    def send(self, *lines: str) -> None:
        """Send lines, and let the turn end."""
        for line in lines:
            self.protocol.dataReceived(line.encode() + b"\r\n")
            self.server.turn()

    def lines(self) -> list[str]:
        """Return the lines that have come since the last time."""
        *lines, self._unread = (self._unread + self.wire.value()).split(b"\r\n")
        self.wire.clear()
        return [line.decode() for line in lines]

    def told(self) -> list[str]:
        """Return them without what names the server and the client: numerics with their parameters, others whole."""
        begin = f":{self.server.registry.settings.server.name} "
        shown = []
        for line in self.lines():
            rest = line.removeprefix(begin)
            numeric, _, after = rest.partition(" ")
            own = rest != line and numeric.isdigit() and after.partition(" ")[0] == self.called
            shown.append(f"{numeric} {after.partition(' ')[2]}" if own else line)
        return shown

    @property
    def called(self) -> str:
        """What the server calls it."""
        return self.session.called

    def ask(self, *lines: str) -> list[str]:
        """Send lines and return the answer, without what came before."""
        self.lines()
        self.send(*lines)
        return self.told()

    def numerics(self, *lines: str) -> list[str]:
        """Send lines and return the numerics, or verbs, of what comes back."""
        self.lines()
        self.send(*lines)
        return [line.removeprefix("@").split(" ")[1] for line in self.lines()]

    def hang_up(self) -> None:
        """End the connection."""
        self.wire.end(ConnectionDone())
        self.server.turn()
