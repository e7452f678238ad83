"""The front end for plain lines: nc, telnet, `openssl s_client -quiet`, and bots that read JSON lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory

from chatd.core.ports import View
from chatd.core.replies import Farewell
from chatd.frontends.guard import Peer
from chatd.frontends.receiver import LinesProtocol
from chatd.frontends.session import TEXT, ClientSession
from chatd.wire.telnet import HIDE, SHOW, TelnetFilter

if TYPE_CHECKING:
    from chatd.commands.table import CommandTable
    from chatd.core.registry import Registry

__all__ = ["LineFactory", "LineProtocol"]

IAC = b"\xff"


class LineProtocol(LinesProtocol):
    """Lines of the text and JSON dialects, with telnet taken out of those of the first."""

    factory: LineFactory
    session: ClientSession

    def connectionMade(self) -> None:
        self._telnet = TelnetFilter()
        self._taken_out = 0  # bytes of telnet since the last end of a line
        super().connectionMade()

    def filtered(self, data: bytes) -> bytes:
        if self._telnet.active or (IAC in data and self.session.codec is TEXT):
            return self._without_telnet(data)
        return data

    def _without_telnet(self, data: bytes) -> bytes:
        """Take out telnet and answer it. Lines have their budget; what stands before none is bounded here."""
        size = len(data)
        data, answer = self._telnet.feed(data)
        if answer:
            self.queue.write(answer)
        self._taken_out = size - len(data) + (0 if b"\n" in data else self._taken_out)
        if self._taken_out > self.factory.registry.settings.limits.endless_bytes:
            self.session.drop("too much telnet", "Error: too much telnet.")
        return data

    def conceal(self, hidden: bool) -> None:
        # Telnet is a protocol of plain TCP; a TLS client would show these bytes.
        if not (self.tls or self.session.secure):
            self.queue.write(HIDE if hidden else SHOW)
            if not hidden and self._telnet.active:
                # The end of the line that was typed was not shown either.
                self.queue.write(b"\r\n")


class LineFactory(Factory):
    """The factory of the text and JSON dialects. It holds the registry of rooms and users and the table
    of `/commands`, which dispatches what its protocols read to handler methods."""

    noisy = False

    def __init__(self, registry: Registry, commands: CommandTable) -> None:
        self.registry = registry
        self.commands = commands
        self.sessions: set[ClientSession] = set()

    def buildProtocol(self, addr: IAddress) -> LineProtocol:  # type: ignore[override]  # is a Protocol
        protocol = LineProtocol()
        protocol.factory = self
        protocol.peer = Peer.of(addr)
        return protocol

    def session(
        self, connection: LineProtocol, *, address: str, secure: bool, proxied: bool
    ) -> ClientSession:
        """Return the session of a client who begins with the text dialect."""
        return ClientSession(
            self.registry, self.commands, connection, address=address, secure=secure, proxied=proxied
        )

    @staticmethod
    def refusal(reason: str) -> bytes:
        """Return what is said to a client who may not come in."""
        return TEXT.encode(Farewell(text=f"Error: {reason}."), View(TEXT))
