"""Conch's own SSH client, joined to the server in memory: bytes and time move only when a test moves them."""

# mypy: disallow-untyped-calls=False
from __future__ import annotations

import struct
from typing import Any

from twisted.conch.ssh.channel import SSHChannel
from twisted.conch.ssh.common import NS
from twisted.conch.ssh.connection import SSHConnection
from twisted.conch.ssh.keys import Key
from twisted.conch.ssh.service import SSHService
from twisted.conch.ssh.session import packRequest_pty_req
from twisted.conch.ssh.transport import SSHClientTransport
from twisted.conch.ssh.userauth import MSG_USERAUTH_REQUEST, MSG_USERAUTH_SUCCESS
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.protocol import connectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from chatd.frontends.manhole import ManholeFactory

__all__ = ["Auth", "Link", "Session"]

PEER = IPv4Address("TCP", "127.0.0.1", 4000)


class Auth(SSHService):
    """Asks to log in exactly as it is told, and keeps the answers."""

    name = b"ssh-userauth"
    transport: Any

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes]] = []

    def packetReceived(self, messageNum: int, packet: bytes) -> None:
        self.answers.append((messageNum, packet))

    def ask(self, method: bytes, data: bytes = b"", user: bytes = b"owner") -> None:
        self.transport.sendPacket(MSG_USERAUTH_REQUEST, NS(user) + NS(b"ssh-connection") + NS(method) + data)

    def offer(self, key: Key, algorithm: bytes = b"") -> None:
        """Ask whether a key would do."""
        self.ask(b"publickey", b"\0" + NS(algorithm or key.sshType()) + NS(key.public().blob()))

    def sign(self, key: Key, algorithm: bytes = b"", signed: bytes = b"", blob: bytes = b"") -> None:
        """Log in with a key; `signed` is the algorithm that the signature is made with, `blob` whose it is said to be."""
        algorithm = algorithm or key.sshType()
        body = b"\1" + NS(algorithm) + NS(blob or key.public().blob())
        message = (
            NS(self.transport.sessionID)
            + bytes((MSG_USERAUTH_REQUEST,))
            + NS(b"owner")
            + NS(b"ssh-connection")
            + NS(b"publickey")
            + body
        )
        self.ask(b"publickey", body + NS(key.sign(message, signed or algorithm)))

    @property
    def accepted(self) -> bool:
        """Whether we are in."""
        return any(number == MSG_USERAUTH_SUCCESS for number, _ in self.answers)


class Client(SSHClientTransport):
    """Trusts any host, and remembers why it was sent away."""

    def __init__(self) -> None:
        self.auth = Auth()
        self.reason = b""
        self.secure = False

    def verifyHostKey(self, hostKey: bytes, fingerprint: bytes) -> Deferred[int]:
        return succeed(1)

    def connectionSecure(self) -> None:
        self.secure = True
        self.requestService(self.auth)

    def receiveError(self, reasonCode: int, description: bytes) -> None:
        self.reason = description


class Session(SSHChannel):
    """One session channel, which keeps what it is told."""

    name = b"session"
    conn: Any

    def __init__(self, kind: bytes = b"session", **more: Any) -> None:
        super().__init__(**more)
        self.name = kind
        self.out = b""
        self.err = b""
        self.status: int | None = None
        self.opened = self.refused = self.over = False
        self.granted: list[bool] = []

    def channelOpen(self, specificData: bytes) -> None:
        self.opened = True

    def openFailed(self, reason: object) -> None:
        self.refused = True

    def ask(self, request: bytes, data: bytes = b"") -> None:
        asked = self.conn.sendRequest(self, request, data, wantReply=1)
        asked.addCallbacks(lambda _: self.granted.append(True), lambda _: self.granted.append(False))

    def terminal(self, width: int = 80) -> None:
        """Ask for a terminal and a prompt."""
        self.ask(b"pty-req", packRequest_pty_req(b"xterm", (24, width, 0, 0), b""))
        self.ask(b"shell")

    def dataReceived(self, data: bytes) -> None:
        self.out += data

    def extReceived(self, dataType: int, data: bytes) -> None:
        self.err += data

    def request_exit_status(self, data: bytes) -> bool:
        (self.status,) = struct.unpack(">L", data)
        return True

    def closed(self) -> None:
        self.over = True


class Link:
    """One connection of a client to the factory's server."""

    def __init__(self, factory: ManholeFactory, clock: Clock, peer: IPv4Address = PEER) -> None:
        self.clock = clock
        self.server: Any = factory.buildProtocol(peer)
        self.client = Client()
        self.near, self.far = StringTransport(), StringTransport(peerAddress=peer)
        if self.server is not None:
            self.server.makeConnection(self.far)
            self.client.makeConnection(self.near)

    def pump(self) -> None:
        """Move bytes until nobody has anything to say; then end what is to end."""
        while self.near.value() or self.far.value():
            there, back = self.near.value(), self.far.value()
            self.near.clear()
            self.far.clear()
            if back:
                self.client.dataReceived(back)
            if there and self.far.connected:
                self.server.dataReceived(there)
            self.clock.advance(0)

    def lose(self) -> None:
        """The connection is gone."""
        self.far.connected = False
        self.server.connectionLost(connectionDone)

    def login(self, key: Key) -> SSHConnection:
        """Log in, and return the client's connection service."""
        self.pump()
        self.client.auth.sign(key)
        self.pump()
        assert self.client.auth.accepted, self.client.auth.answers
        connection = SSHConnection()
        self.client.setService(connection)
        return connection

    def open(self, connection: SSHConnection, channel: Session) -> Session:
        """Open a channel."""
        connection.openChannel(channel)
        channel.conn = connection
        self.pump()
        return channel

    def execute(self, key: Key, line: str | bytes, *, eof: bool = False) -> Session:
        """Log in and run one command."""
        channel = self.open(self.login(key), Session())
        channel.ask(b"exec", NS(line))
        if eof:
            channel.conn.sendEOF(channel)
        self.pump()
        return channel
