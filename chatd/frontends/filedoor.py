"""The door for files: one line with a token, then the bytes of one file and nothing else."""

from __future__ import annotations

import re
from collections.abc import Coroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol, ISSLTransport
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from chatd.core.errors import ChatError, Code
from chatd.core.ports import Delayed
from chatd.core.registry import Registry
from chatd.frontends.download import Download
from chatd.frontends.guard import Peer
from chatd.frontends.stall import LEAST, Stall
from chatd.services.files import FileService, Offer
from chatd.settings import Limits

__all__ = ["FileFactory", "FileProtocol"]

log = Logger(namespace="chatd.files")

_REQUEST = re.compile(rb"(put|get)[ \t]+([0-9a-fA-F]{32})(?:[ \t]+([0-9]{1,15}))?[ \t]*", re.IGNORECASE)
USAGE = "put TOKEN [OFFSET], or get TOKEN [OFFSET]: /send and /get in the chat say more"


@implementer(IHalfCloseableProtocol)
class FileProtocol(LineReceiver):
    """One file in, or one file out. Nobody is greeted. A file that came is answered with one line, `ok …` or `error: …`;
    one that goes out is its bytes, or one line `error: …`."""

    delimiter = b"\n"
    MAX_LENGTH = 256
    factory: FileFactory
    transport: Any
    peer: Peer

    def connectionMade(self) -> None:
        self._offer: Offer | None = None
        self._download: Download | None = None
        self._token = ""
        self._early: list[bytes] = []
        self._finished = False
        """The other end sends no more."""
        self._ending = False
        """The last word is said, or about to be: nothing more is taken."""
        self._timer: Delayed | None = None
        self._stall: Stall | None = None
        self.factory.sessions.add(self)
        self._wait(self._limits.naming_seconds, "nothing was asked for in time")

    @property
    def _limits(self) -> Limits:
        return self.factory.registry.settings.limits

    # What comes

    def lineReceived(self, line: bytes) -> None:
        """Take the one line that there is."""
        self.setRawMode()
        found = _REQUEST.fullmatch(line.removesuffix(b"\r"))
        if found is None:
            self._say(f"error: {USAGE}")
            return
        word, self._token, offset = found[1].lower(), found[2].decode().lower(), int(found[3] or 0)
        self._stop_waiting()
        registry = self.factory.registry
        self._stall = Stall(
            registry.world.clock,
            lambda: registry.settings.files.stall_seconds,
            self._stalled,
            least=LEAST if word == b"put" else 0,
        )
        if word == b"put":
            # What comes meanwhile waits in the kernel.
            self.transport.pauseProducing()
            self._run(self._take(offset))
        else:
            self._run(self._give(offset))

    def lineLengthExceeded(self, line: bytes) -> None:
        self.setRawMode()
        self._say(f"error: {USAGE}")

    def rawDataReceived(self, data: bytes) -> None:
        if self._ending or not data or self._download is not None:
            return
        if self._offer is None:
            self._early.append(data)  # of the packet that had the line
        else:
            self._receive(data)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        Deferred.fromCoroutine(work).addErrback(self._refused)

    def _refused(self, failure: Failure) -> None:
        error = failure.value
        if not isinstance(error, ChatError):
            log.failure("a file was not sent or fetched", failure)
            error = ChatError(Code.INTERNAL, "something went wrong on the server")
        self._say(f"error: {error.text}")

    # In

    async def _take(self, offset: int) -> None:
        offer = await self.factory.files.begin(self._token, self, self.transport, offset)
        if self._ending:
            self.factory.files.leave(self, offer)
            return
        self._offer = offer
        self.transport.resumeProducing()
        early, self._early = b"".join(self._early), []
        self._receive(early)
        if self._finished and not self._ending:
            self.readConnectionLost()

    def _receive(self, data: bytes) -> None:
        offer = self._offer
        assert offer is not None, "nothing is expected"
        upload = offer.upload
        if upload.sealing:
            return  # more than was announced, and too late
        self._note_progress(len(data))
        if len(data) > upload.expected:
            self._say(f"error: more came than the {upload.size} bytes that were announced")
            return
        if data:
            upload.take(data)
        if not upload.expected:
            self._run(self._publish(offer))

    async def _publish(self, offer: Offer) -> None:
        self._stop_waiting()
        file = await self.factory.files.publish(offer)
        self._say(f"ok file {file.id} sha256 {file.sha256}")

    def cut_off(self, reason: str) -> None:
        """End: what comes by this connection is wanted no more."""
        self._say(f"error: {reason}")

    # Out

    async def _give(self, offset: int) -> None:
        file, opened = await self.factory.files.fetch(self._token, self)
        if self._ending or offset > file.size:
            opened.close()
            self.factory.files.leave(self)
            self._say(f"error: file {file.id} has {file.size} bytes")
            return
        self._download = Download(
            opened, self.transport, offset, file.size, done=self._given, moved=self._note_progress
        )
        self._download.begin()

    def _given(self, whole: bool) -> None:
        if whole:
            self._end()
        else:
            self.abort()

    # The end

    def readConnectionLost(self) -> None:
        """The other end sends no more: it may still be answered."""
        self._finished = True
        if self._ending or self._download is not None:
            return
        if not self._token:
            self._say(f"error: {USAGE}")
        elif self._offer is not None and self._offer.upload.expected:
            self._run(self._broken_off(self._offer))

    async def _broken_off(self, offer: Offer) -> None:
        upload = offer.upload
        await upload.settled()
        self._say(
            f"error: {upload.have} of {upload.size} bytes have come: put TOKEN {upload.have} goes on with them"
        )

    def writeConnectionLost(self) -> None:
        """This end has said all; the other one may not have finished."""

    def _say(self, line: str) -> None:
        """Say the last word."""
        if not self._ending:
            self.transport.write(line.encode(errors="replace") + b"\n")
            self._end()

    def _end(self) -> None:
        """Close when all is taken. Who still sends is listened to for a moment: a connection that is closed over his bytes
        would take the last word from him."""
        self._ending = True
        self._leave()
        # The end of a file may still wait to be taken.
        stall = self.factory.registry.settings.files.stall_seconds
        self._wait(self._limits.close_seconds if self._download is None else stall, "", self.abort)
        sending = self._token and not self._finished and self._download is None
        if sending and not ISSLTransport.providedBy(self.transport):
            self.transport.resumeProducing()
            self.transport.loseWriteConnection()
        else:
            self.transport.loseConnection()

    def _leave(self) -> None:
        download = self._download
        if download is not None:
            download.stop()
        offer, self._offer = self._offer, None
        self.factory.files.leave(self, offer)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._ending = True
        self._stop_waiting()
        self._leave()
        self.factory.sessions.discard(self)

    # Time

    def _note_progress(self, size: int = 0) -> None:
        if self._stall is not None:
            self._stall.progress(size)

    def _stalled(self) -> None:
        if self._download is not None:
            log.info("a file was not taken by {peer}", peer=self.peer)
            self.abort()
        else:
            self._say("error: too little came for too long")

    def _wait(self, seconds: float, reason: str, then: Any = None) -> None:
        """Do something after a while, and nothing that was to be done before."""
        self._stop_waiting()
        clock = self.factory.registry.world.clock
        self._timer = clock.callLater(seconds, then or (lambda: self.cut_off(reason)))

    def _stop_waiting(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if self._stall is not None:
            self._stall.stop()

    # What a doorkeeper asks of a session

    def abort(self) -> None:
        """End at once."""
        self.transport.abortConnection()

    def quit(self, reason: str, *, farewell: str) -> None:
        """End with a word, where that does no harm: in the midst of a file it would be taken for part of it."""
        if self._download is not None:
            self.abort()
        else:
            self.cut_off(reason)

    def retune(self, limits: Limits) -> None:
        """Limits hold from the next connection on."""

    def renew(self) -> None:
        """Settings hold from the next connection on."""


class FileFactory(Factory):
    """The factory of connections for files."""

    noisy = False

    def __init__(self, registry: Registry, files: FileService) -> None:
        self.registry = registry
        self.files = files
        self.sessions: set[FileProtocol] = set()

    def buildProtocol(self, addr: IAddress) -> FileProtocol:  # type: ignore[override]  # is a Protocol
        protocol = FileProtocol()
        protocol.factory = self
        protocol.peer = Peer.of(addr)
        return protocol

    @staticmethod
    def refusal(reason: str) -> bytes:
        """Return what is said to a client who may not come in."""
        return f"error: {reason}\n".encode()
