"""What a `PUT` to /files/TOKEN brings, as it comes."""

from __future__ import annotations

import re

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd.core.errors import ChatError, Code
from chatd.core.files import SharedFile
from chatd.core.registry import Registry
from chatd.frontends.stall import LEAST, Stall
from chatd.frontends.web.channel import WebRequest
from chatd.frontends.web.errors import HttpError
from chatd.services.files import FileService, Offer

__all__ = ["Incoming", "http_error", "unexpected"]

log = Logger(namespace="chatd.files")

STATUS = {
    Code.BUSY: 503,
    Code.BAD_VALUE: 409,
    Code.INTERNAL: 500,
    Code.MUTED: 403,
    Code.MODERATED: 403,
    Code.BANNED: 403,
    Code.NOT_IN_ROOM: 403,
}
"""What a refusal is in HTTP; everything else, a token that is not good before all, is not found."""
_PUT_RANGE = re.compile(rb"bytes ([0-9]{1,15})-([0-9]{1,15})/([0-9]{1,15})")


def http_error(error: ChatError) -> HttpError:
    """Return a refusal as HTTP has it."""
    return HttpError(STATUS.get(error.code, 404), error.text)


def unexpected(failure: Failure) -> HttpError:
    """Return what somebody is told whose request failed; what nobody has refused is logged."""
    if isinstance(failure.value, ChatError):
        return http_error(failure.value)
    log.failure("a file was not sent or fetched", failure)
    return HttpError(500, "something went wrong on the server")


class Incoming:
    """What a PUT brings. The token is looked at before the first byte."""

    def __init__(
        self, registry: Registry, files: FileService, request: WebRequest, path: bytes, length: int | None
    ) -> None:
        """Raises HttpError."""
        self._files = files
        self._channel = request.channel
        self._offer: Offer | None = None
        self._early: list[bytes] = []
        self._over = False
        """Nothing more is taken."""
        self._ended = False
        """Nothing more comes."""
        self._error = HttpError(400, "the connection has ended")
        token = path.split(b"?", 1)[0].split(b"/")[2:3]
        self._token = token[0].decode("latin-1") if token else ""
        try:
            size = files.offered(self._token).upload.size
        except ChatError as error:
            raise http_error(error) from None
        offset = self._offset(request, size, length)
        # What comes meanwhile waits in the kernel.
        self._channel.transport.pauseProducing()
        self._stall = Stall(
            registry.world.clock,
            lambda: registry.settings.files.stall_seconds,
            self._stalled,
            least=LEAST,
        )
        self._begun: Deferred[None] = Deferred.fromCoroutine(self._begin(offset))
        self._begun.addErrback(self._refused)

    @staticmethod
    def _offset(request: WebRequest, size: int, length: int | None) -> int:
        """Return where the bytes belong that a request brings; raise HttpError if that makes no sense."""
        if length is None:
            raise HttpError(411, "say how long it is")
        said = request.requestHeaders.getRawHeaders(b"Content-Range")
        begin, end, total = 0, length - 1, length
        if said:
            found = _PUT_RANGE.fullmatch(said[0].strip())
            if found is None:
                raise HttpError(400, "Content-Range: bytes FIRST-LAST/TOTAL is understood")
            begin, end, total = (int(each) for each in found.groups())
        if total != size or end - begin + 1 != length or end != size - 1:
            raise HttpError(400, f"{size} bytes were announced: this is another number")
        return begin

    async def _begin(self, offset: int) -> None:
        transport = self._channel.transport
        offer = await self._files.begin(self._token, self, transport, offset)
        if self._over:
            self._files.leave(self, offer)
            raise ChatError(Code.NOT_ALLOWED, "the connection has ended")
        self._offer = offer
        transport.resumeProducing()
        early, self._early = self._early, []
        for data in early:
            offer.upload.take(data)

    def _refused(self, failure: Failure) -> None:
        self._fail(unexpected(failure))

    def _fail(self, error: HttpError) -> None:
        """Take nothing more of it. What still comes is passed over: a browser that is closed upon while it sends shows its
        user no answer."""
        if not self._over:
            self._error = error
            self._leave()
            self._channel.transport.resumeProducing()

    def _stalled(self) -> None:
        if not self._ended:
            self._leave()
            self._channel.refuse(HttpError(503, "too little came for too long"))

    def cut_off(self, reason: str) -> None:
        """What comes by this request is wanted no more."""
        self._fail(HttpError(503, reason))

    def received(self, data: bytes) -> None:
        """Take a piece."""
        self._stall.progress(len(data))
        if self._over:
            return
        if self._offer is None:
            self._early.append(data)
        else:
            self._offer.upload.take(data)

    def lost(self) -> None:
        """The connection has ended; what came may be continued."""
        self._ended = True
        self._stall.stop()
        self._leave()

    def _leave(self) -> None:
        self._over = True
        offer, self._offer = self._offer, None
        self._files.leave(self, offer)

    async def publish(self) -> SharedFile:
        """Share the file, all of which has come. Raises ChatError, or HttpError for what was refused already."""
        self._ended = True
        self._stall.stop()
        await self._begun
        offer = self._offer
        if offer is None:
            raise self._error
        try:
            return await self._files.publish(offer)
        finally:
            self._leave()
