"""What runs inside an SSH connection: sessions, each a prompt or one command, and nothing else (RFC 4254)."""

# mypy: disallow-untyped-calls=False
# Conch is not annotated, and mypy takes a call through super() for a call of ours.
from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.conch.avatar import ConchUser
from twisted.conch.ssh.channel import SSHChannel
from twisted.conch.ssh.common import NS, getNS
from twisted.conch.ssh.connection import (
    EXTENDED_DATA_STDERR,
    MSG_CHANNEL_OPEN_FAILURE,
    OPEN_ADMINISTRATIVELY_PROHIBITED,
    OPEN_RESOURCE_SHORTAGE,
    SSHConnection,
)
from twisted.conch.ssh.session import parseRequest_pty_req, parseRequest_window_change
from twisted.internet.defer import Deferred
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd.core.events import Who
from chatd.core.ports import Delayed
from chatd.core.replies import ErrorReply, Outgoing
from chatd.core.text import visible
from chatd.core.user import Rank
from chatd.frontends.shell import Operator, ShellSession, Status
from chatd.frontends.ssh_editor import Terminal
from chatd.frontends.ssh_prompt import Prompt
from chatd.frontends.ssh_python import namespace
from chatd.wire.requests import Command
from chatd.wire.text import TextCodec

if TYPE_CHECKING:
    from chatd.frontends.manhole import ManholeFactory

__all__ = ["Connection", "ShellChannel", "ShellUser"]

log = Logger(namespace="chatd.ssh")

CODEC = TextCodec()
CHANNELS = 10
"""Sessions of one connection at once, as many as OpenSSH allows."""
USAGE = "-> Usage: ssh HOST /COMMAND [ARGUMENTS] (/help lists the commands; Python has no place here)\r\n"
NO_TERMINAL = "-> Error: the prompt needs a terminal (ssh -t), one command does not (ssh HOST /help)\r\n"


class ShellUser(ConchUser):
    """Who logged in: a key, and the rank it gives."""

    def __init__(self, fingerprint: str, rank: Rank) -> None:
        super().__init__()
        self.fingerprint = fingerprint
        self.rank = rank
        self.channelLookup[b"session"] = ShellChannel


class Connection(SSHConnection):
    """Opens sessions. Forwarding of ports, agents and X11 is refused in both directions."""

    transport: Any

    def ssh_CHANNEL_OPEN(self, packet: bytes) -> None:
        """Open a session, or refuse what else is asked for (RFC 4254 §5.1)."""
        kind, rest = getNS(packet)
        if kind == b"session" and len(self.channels) < CHANNELS:
            super().ssh_CHANNEL_OPEN(packet)
            return
        code, reason = OPEN_ADMINISTRATIVELY_PROHIBITED, b"only sessions are offered here"
        if kind == b"session":
            code, reason = OPEN_RESOURCE_SHORTAGE, b"too many sessions"
        log.info("a channel was refused: {kind}", kind=visible(repr(kind)))
        (sender,) = struct.unpack(">L", rest[:4])
        failure = struct.pack(">2L", sender, code) + NS(reason) + NS(b"")
        self.transport.sendPacket(MSG_CHANNEL_OPEN_FAILURE, failure)

    def gotGlobalRequest(self, requestType: bytes, data: bytes) -> int:
        """Refuse (RFC 4254 §4): there is none that we know."""
        return 0


class OneCommand(ShellSession):
    """A shell session whose errors go elsewhere than what else it says."""

    errors: Callable[[bytes], None]

    def show(self, item: Outgoing, ref: Any = None) -> None:
        if isinstance(item, ErrorReply):
            self.errors(self.codec.encode(item, self.view(None), ref))
        else:
            super().show(item, ref)


class ShellChannel(SSHChannel):
    """One session: a prompt on a terminal, or one command and its exit status (RFC 4254 §6)."""

    name = b"session"
    conn: Any
    avatar: Any
    _size: tuple[int, int] | None = None
    _terminal: Terminal | None = None
    _taken = False
    _ended = False
    _later: Delayed | None = None

    @property
    def factory(self) -> ManholeFactory:
        """What all connections share."""
        factory: ManholeFactory = self.conn.transport.factory
        return factory

    @property
    def operator(self) -> Operator:
        """Who is here, and from where."""
        user: ShellUser = self.avatar
        return Operator("ssh", user.fingerprint, self.conn.transport.address, user.rank)

    def requestReceived(self, requestType: bytes, data: bytes) -> bool:
        """Carry out a request; what is not in the table (subsystem, env, X11, agent …) is refused."""
        handler = _REQUESTS.get(requestType)
        if handler is None or self._ended:
            return False
        try:
            return handler(self, data)
        except (struct.error, ValueError, TypeError, IndexError):
            return False

    def _pty(self, data: bytes) -> bool:
        _, (rows, columns, *_), _ = parseRequest_pty_req(data)
        self._size = columns, rows
        return True

    def _resize(self, data: bytes) -> bool:
        rows, columns, *_ = parseRequest_window_change(data)
        if self._terminal is not None:
            self._terminal.terminalProtocol.terminalSize(columns, rows)
            self._terminal.terminalProtocol.settle()
        return True

    def _take(self, run: Callable[..., None], *arguments: Any) -> bool:
        """Begin once the request is answered: a reply after the channel's end would belong to nobody."""
        if self._taken:
            return False
        self._taken = True
        self._later = self.factory.clock.callLater(0, run, *arguments)
        return True

    # The prompt

    def _shell(self, data: bytes) -> bool:
        return self._take(self._open_prompt)

    def _open_prompt(self) -> None:
        if self._size is None:
            self._complain(NO_TERMINAL.encode())
            self._end(Status.USAGE)
            return
        factory, operator = self.factory, self.operator
        registry, commands = factory.registry, factory.commands
        owner = operator.rank >= Rank.OWNER
        names = namespace(registry=registry, commands=commands, settings=registry.settings) if owner else None
        place = f"chatd at {registry.settings.server.name}, "
        banner = place + ("Python and /commands; `registry` is at hand." if owner else "/commands only.")

        def shell(output: Callable[[bytes], None]) -> ShellSession:
            return ShellSession(registry, commands, operator, CODEC, output, self._leave)

        def record(line: str) -> None:
            registry.record(Who(nick=operator.by), operator.door, operator.address, f">>> {line}")

        limit = registry.settings.limits.line_bytes
        end = f"{banner}\n/help lists the commands; Ctrl-D ends this."
        self._terminal = Terminal(lambda: Prompt(end, names, shell, record, self._leave, limit))
        self._terminal.makeConnection(self)
        columns, rows = self._size
        self._terminal.terminalProtocol.terminalSize(columns, rows)
        early, self._early = self._early, b""
        self._terminal.dataReceived(early)

    _early = b""

    def dataReceived(self, data: bytes) -> None:
        """Hand on what was typed. One command reads nothing."""
        if self._terminal is not None and not self._ended:
            self._terminal.dataReceived(data)
        elif self._size is not None and len(self._early) < self.localWindowSize:
            self._early += data

    # One command

    def _exec(self, data: bytes) -> bool:
        return self._take(self._run, getNS(data)[0])

    def _run(self, raw: bytes) -> None:
        limit = self.factory.registry.settings.limits.line_bytes
        try:
            line = raw.decode().removesuffix("\n")
        except UnicodeDecodeError:
            line = ""
        if not line.startswith("/") or set(line) & set("\r\n\0") or len(raw) > limit:
            self._complain(USAGE.encode())
            self._end(Status.USAGE)
            return
        factory = self.factory
        session = OneCommand(factory.registry, factory.commands, self.operator, CODEC, self._say, self._leave)
        session.errors = self._complain
        status = session.run(Command(line))
        if isinstance(status, Deferred):
            status.addErrback(_broken).addCallback(self._after, session)
        else:
            self._after(status, session)

    def _after(self, status: Status, session: ShellSession) -> None:
        """End behind what the command still has to say."""
        self.factory.registry.world.timeline.after(session, lambda: self._end(status))

    def _line_ends(self, data: bytes) -> bytes:
        return data if self._size is not None else data.replace(b"\r\n", b"\n")

    def _say(self, data: bytes) -> None:
        self.write(self._line_ends(data))

    def _complain(self, data: bytes) -> None:
        if not self._ended:
            self.writeExtended(EXTENDED_DATA_STDERR, self._line_ends(data))

    # The end

    def write(self, data: bytes) -> None:
        """Send, or keep as much as a client that reads too slowly may have waiting; past that it is dropped."""
        if self._ended:
            return
        super().write(data)
        if len(self.buf) > self.factory.registry.settings.limits.send_queue_bytes:
            log.warn("send queue exceeded: {by}", by=self.operator.by)
            self._ended = True
            self.conn.transport.transport.abortConnection()

    def eofReceived(self) -> None:
        """The client sends no more (RFC 4254 §5.3): the prompt ends, a command goes on."""
        if self._terminal is not None:
            self._leave()
        elif not self._taken:
            self.loseConnection()

    def _leave(self) -> None:
        self._end(Status.DONE)

    def _end(self, status: Status) -> None:
        """Send the exit status (RFC 4254 §6.10) and close."""
        if not self._ended:
            self._ended = True
            self.conn.sendRequest(self, b"exit-status", struct.pack(">L", status))
            self.loseConnection()

    def closed(self) -> None:
        """Both sides have closed."""
        self._ended = True
        if self._later is not None and self._later.active():
            self._later.cancel()
        if self._terminal is not None:
            self._terminal.connectionLost(connectionDone)


def _broken(failure: Failure) -> Status:
    log.failure("a command did not end as it should", failure)
    return Status.REFUSED


_REQUESTS: dict[bytes, Callable[[ShellChannel, bytes], bool]] = {
    b"pty-req": ShellChannel._pty,
    b"window-change": ShellChannel._resize,
    b"shell": ShellChannel._shell,
    b"exec": ShellChannel._exec,
}
