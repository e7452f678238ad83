"""The control socket: the JSON dialect at owner rank, for processes of the owner on the same machine."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd.commands.table import CommandTable
from chatd.core.errors import ChatError, Code
from chatd.core.limits import Budget
from chatd.core.ports import View
from chatd.core.registry import Registry
from chatd.frontends.inbox import Inbox
from chatd.frontends.refusals import refusal
from chatd.frontends.sendq import SendQueue, queue_for
from chatd.frontends.shell import Operator, ShellSession
from chatd.wire.jsonl import JsonCodec, MalformedRequest
from chatd.wire.requests import Command
from chatd.wire.splitter import ENDLESS, Line, Splitter

__all__ = ["ControlFactory", "ControlProtocol"]

log = Logger(namespace="chatd.control")

JSON = JsonCodec()


class ControlProtocol(Protocol):
    """One connection: requests of type `command`, one after the other. Lines, queue and inbox are bounded as
    everybody's; there is no budget, for the owner may be in a hurry."""

    factory: ControlFactory
    transport: Any
    queue: SendQueue
    session: ShellSession

    def connectionMade(self) -> None:
        factory = self.factory
        limits, clock = factory.registry.settings.limits, factory.registry.world.clock
        self.queue = queue_for(self.transport, clock, limits, self._overflowed)
        self._splitter = Splitter(limits.json_line_bytes, limits.json_line_bytes + limits.endless_bytes)
        self._inbox = Inbox(
            self,
            limit=limits.inbox_lines,
            limit_bytes=limits.inbox_bytes,
            budget=Budget(0, 1, 0),
            pace=factory.registry.world.pace,
            clock=clock,
        )
        self._ended = False
        operator = Operator("control", f"uid {self._peer_uid()}", "local")
        self.session = ShellSession(
            factory.registry, factory.commands, operator, JSON, self.queue.write, self._end
        )

    def dataReceived(self, data: bytes) -> None:
        self._inbox.begin()
        for line in self._splitter.feed(data):
            if self._ended:
                return
            self._inbox.put(line)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._ended = True
        self._inbox.clear()
        self.queue.lost()

    # frontends.inbox.Taker

    def take(self, line: Line) -> Deferred[Any] | None:
        if self._ended or self.queue.full:
            return None
        if not isinstance(line, bytes):
            limit = self._splitter.limit
            self._refuse(
                ChatError(Code.TOO_LONG, f"a request has at most {limit} bytes; nothing of it was done")
            )
            if line is ENDLESS:
                self._end()
            return None
        try:
            request = JSON.decode(line)
        except ChatError as error:
            self._refuse(error, error.ref if isinstance(error, MalformedRequest) else None)
            return None
        if isinstance(request, Command):
            status = self.session.run(request)
            return status if isinstance(status, Deferred) else None
        if request is not None:
            self._refuse(MalformedRequest('only {"type":"command"} is understood here'), request.ref)
        return None

    def hold(self, held: bool) -> None:
        if held:
            self.transport.pauseProducing()
        else:
            self.transport.resumeProducing()

    def idle(self) -> None:
        """Nothing is to be done then."""

    def flooded(self) -> None:
        self._refuse(ChatError(Code.TOO_FAST, "too many of your requests are waiting"))
        self._end()

    def behind(self, relieved: Callable[[], None]) -> bool:
        """What the owner asks for is not held up."""
        return False

    def _refuse(self, error: ChatError, ref: object = None) -> None:
        self.queue.write(JSON.encode(refusal(error), View(JSON), ref))

    def _overflowed(self) -> None:
        log.warn("{by} does not read the answers on the control socket", by=self.session.operator.by)
        self._ended = True
        self.queue.abort()

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self._inbox.clear()
            self.queue.close()

    def _peer_uid(self) -> int:
        credentials = self.transport.getHandle().getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")
        )
        uid: int = struct.unpack("3i", credentials)[1]
        return uid


class ControlFactory(Factory):
    """Makes the protocols of the control socket."""

    noisy = False

    def __init__(self, registry: Registry, commands: CommandTable) -> None:
        self.registry = registry
        self.commands = commands

    def buildProtocol(self, addr: IAddress | None) -> ControlProtocol:  # type: ignore[override]  # is a Protocol
        protocol = ControlProtocol()
        protocol.factory = self
        return protocol
