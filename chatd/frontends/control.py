"""The control socket: the JSON dialect at owner rank, for processes of the owner on the same machine."""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineOnlyReceiver

from chatd.commands.table import CommandTable
from chatd.core.errors import ChatError, Code
from chatd.core.ports import View
from chatd.core.registry import Registry
from chatd.frontends.refusals import refusal
from chatd.frontends.shell import Operator, ShellSession, Status
from chatd.services.audit import Audit
from chatd.wire.jsonl import JsonCodec, MalformedRequest
from chatd.wire.requests import Command

__all__ = ["ControlFactory", "ControlProtocol", "reachable"]

JSON = JsonCodec()
# sockaddr_un.sun_path of Linux has 108 bytes with its NUL.
LONGEST_PATH = 107


def reachable(path: Path) -> str:
    """Return a name for a Unix socket that is short enough to bind and connect to.

    A folder deep down is reached through an open descriptor, which stays open for the process's life.
    """
    if len(os.fsencode(path)) <= LONGEST_PATH:
        return str(path)
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    return f"/proc/self/fd/{folder}/{path.name}"


class ControlProtocol(LineOnlyReceiver):
    """One connection: requests of type `command`, one after the other."""

    delimiter = b"\n"
    MAX_LENGTH = 32768
    factory: ControlFactory
    transport: Any
    session: ShellSession

    def connectionMade(self) -> None:
        operator = Operator("control", f"uid {self._peer_uid()}", "local")
        factory = self.factory
        self._running: Deferred[Status] | None = None
        self._waiting: list[bytes] = []
        self.session = ShellSession(
            factory.registry,
            factory.commands,
            factory.audit,
            operator,
            JSON,
            self.transport.write,
            self.transport.loseConnection,
        )

    def lineReceived(self, line: bytes) -> None:
        if self._running is not None:
            self._waiting.append(line)
            if len(self._waiting) > self.factory.registry.settings.limits.inbox_lines:
                self.transport.abortConnection()
            return
        try:
            request = JSON.decode(line)
        except ChatError as error:
            self._refuse(error, error.ref if isinstance(error, MalformedRequest) else None)
            return
        if isinstance(request, Command):
            status = self.session.run(request)
            if isinstance(status, Deferred):
                self._running = status
                status.addCallback(self._go_on)
        elif request is not None:
            self._refuse(MalformedRequest('only {"type":"command"} is understood here'), request.ref)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Say so and close: what follows is the rest of that line."""
        self._refuse(ChatError(Code.TOO_LONG, f"a request has at most {self.MAX_LENGTH} bytes"), None)
        self.transport.loseConnection()

    def _go_on(self, status: Status) -> Status:
        self._running = None
        while self._waiting and self._running is None:
            self.lineReceived(self._waiting.pop(0))
        return status

    def _refuse(self, error: ChatError, ref: object) -> None:
        self.transport.write(JSON.encode(refusal(error), View(JSON), ref))

    def _peer_uid(self) -> int:
        credentials = self.transport.getHandle().getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")
        )
        uid: int = struct.unpack("3i", credentials)[1]
        return uid


class ControlFactory(Factory):
    """Makes the protocols of the control socket."""

    noisy = False

    def __init__(self, registry: Registry, commands: CommandTable, audit: Audit) -> None:
        self.registry = registry
        self.commands = commands
        self.audit = audit

    def buildProtocol(self, addr: IAddress | None) -> ControlProtocol:  # type: ignore[override]  # is a Protocol
        protocol = ControlProtocol()
        protocol.factory = self
        return protocol
