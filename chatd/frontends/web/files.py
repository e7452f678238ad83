"""Files over HTTP: `PUT`, `GET` and `HEAD` of /files/TOKEN, with whatever name behind it."""

from __future__ import annotations

import re
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import CACHED
from twisted.web.server import NOT_DONE_YET, Request

from chatd.core.errors import ChatError, Code
from chatd.core.files import UNKNOWN, SharedFile, content_type
from chatd.core.registry import Registry
from chatd.frontends.download import Download
from chatd.frontends.stall import LEAST, Stall
from chatd.frontends.web.channel import WebRequest
from chatd.frontends.web.errors import HttpError
from chatd.frontends.web.pages import Leaf, show_error
from chatd.frontends.web.site import Website
from chatd.services.files import FileService, Offer

__all__ = ["FilesLeaf", "add_files"]

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
_RANGE = re.compile(rb"bytes=([0-9]{0,15})-([0-9]{0,15})")
_PLAIN = re.compile(r"[^A-Za-z0-9._ -]")


def add_files(site: Website, registry: Registry, files: FileService) -> None:
    """Let a site take and give files."""
    site.put("files", FilesLeaf(registry, files))
    site.bodies[b"PUT", b"files"] = partial(Incoming, registry, files)


def _http(error: ChatError) -> HttpError:
    return HttpError(STATUS.get(error.code, 404), error.text)


def _unexpected(failure: Failure) -> HttpError:
    if isinstance(failure.value, ChatError):
        return _http(failure.value)
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
            raise _http(error) from None
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
        self._fail(_unexpected(failure))

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


class Part(NamedTuple):
    """Which bytes are asked for."""

    begin: int
    end: int
    all: bool


class FilesLeaf(Leaf):
    """Everything below /files."""

    methods = (b"GET", b"HEAD", b"PUT")
    deep = True

    def __init__(self, registry: Registry, files: FileService) -> None:
        super().__init__()
        self._registry = registry
        self._files = files

    def answer(self, request: Request) -> bytes | int:
        request.setHeader(b"Cache-Control", b"private, no-cache")
        if request.method == b"PUT":
            Deferred.fromCoroutine(self._put(request)).addErrback(self._refuse, request)
            return NOT_DONE_YET
        token = request.postpath[0].decode("latin-1") if request.postpath else ""
        try:
            file = self._files.wanted(token)
        except ChatError as error:
            if request.method == b"HEAD":
                return self._tell_offset(request, token)
            raise _http(error) from None
        return self._give(request, token, file)

    # In

    async def _put(self, request: Any) -> None:
        body = request.body
        if not isinstance(body, Incoming):
            raise HttpError(400, "a file was expected")
        file = await body.publish()
        if request._disconnected:
            return
        said = f"ok file {file.id} sha256 {file.sha256}\n".encode()
        request.setResponseCode(201)
        request.setHeader(b"Content-Type", b"text/plain; charset=utf-8")
        request.setHeader(b"Content-Length", b"%d" % len(said))
        request.write(said)
        request.finish()

    def _tell_offset(self, request: Request, token: str) -> bytes:
        """Tell who sends a file how much of it is here."""
        try:
            upload = self._files.offered(token).upload
        except ChatError as error:
            raise _http(error) from None
        request.setHeader(b"Upload-Offset", b"%d" % upload.have)
        request.setHeader(b"Upload-Length", b"%d" % upload.size)
        return b""

    # Out

    def _give(self, request: Request, token: str, file: SharedFile) -> bytes | int:
        _describe(request, file)
        if request.setETag(b'"%b"' % file.sha256[:32].encode()) is CACHED:  # pairs with If-None-Match
            return b""
        part = _part(request, file)
        if not part.all:
            request.setResponseCode(206)
            request.setHeader(b"Content-Range", b"bytes %d-%d/%d" % (part.begin, part.end - 1, file.size))
        request.setHeader(b"Content-Length", b"%d" % (part.end - part.begin))
        if request.method == b"HEAD":
            return b""
        Deferred.fromCoroutine(self._pour(request, token, part)).addErrback(self._refuse, request)
        return NOT_DONE_YET

    async def _pour(self, request: Any, token: str, part: Part) -> None:
        channel = request.channel  # the request loses it with the connection
        ended = request.notifyFinish().addErrback(lambda _: None)  # gone, or done: it is over
        _, opened = await self._files.fetch(token, request)
        stall = Stall(
            self._registry.world.clock,
            lambda: self._registry.settings.files.stall_seconds,
            channel.transport.abortConnection,
        )
        download = Download(
            opened,
            request,
            part.begin,
            part.end,
            done=lambda whole: request.finish() if whole else channel.transport.abortConnection(),
            moved=stall.progress,
        )

        def end(_: object) -> None:
            stall.stop()
            download.stop()
            self._files.leave(request)

        ended.addBoth(end)
        if request.finished or request._disconnected:
            return
        download.begin()

    def _refuse(self, failure: Failure, request: Any) -> None:
        error = failure.value if isinstance(failure.value, HttpError) else _unexpected(failure)
        if request.finished or request._disconnected:
            return
        for name in (b"Content-Range", b"Content-Disposition", b"ETag"):
            request.responseHeaders.removeHeader(name)
        request.write(show_error(request, error))
        request.finish()


def _describe(request: Request, file: SharedFile) -> None:
    """Set the headers of a file. What is no picture and no plain text is saved, not shown; and what is shown is alone."""
    kind = content_type(file.name)
    how = "attachment" if kind == UNKNOWN else "inline"
    plain = _PLAIN.sub("_", file.name)
    said = f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}"
    request.setHeader(b"Content-Type", kind.encode())
    request.setHeader(b"Content-Disposition", said.encode())
    request.setHeader(b"Content-Security-Policy", b"sandbox; default-src 'none'; frame-ancestors 'none'")
    request.setHeader(b"Accept-Ranges", b"bytes")


def _part(request: Request, file: SharedFile) -> Part:
    """Return what of a file a request asks for (RFC 9110 §14.2): of several ranges, or what makes no sense, all of it.
    Raises HttpError for what lies behind the end."""
    whole = Part(0, file.size, all=True)
    asked = request.requestHeaders.getRawHeaders(b"Range")
    unless = request.requestHeaders.getRawHeaders(b"If-Range")
    found = _RANGE.fullmatch(asked[0].strip()) if asked else None
    if found is None or (unless and unless[0] != b'"%b"' % file.sha256[:32].encode()):
        return whole
    first, last = found.groups()
    if not (first or last):
        return whole
    if first:
        begin, end = int(first), min(int(last) + 1, file.size) if last else file.size
        if last and int(last) < begin:
            return whole
    else:
        begin, end = max(0, file.size - int(last)), file.size
    if begin >= end:
        request.setHeader(b"Content-Range", b"bytes */%d" % file.size)
        raise HttpError(416, f"the file has {file.size} bytes")
    return Part(begin, end, all=False)
