"""Files over HTTP: `PUT`, `GET` and `HEAD` of /files/TOKEN, with whatever name behind it."""

from __future__ import annotations

import re
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.web.http import CACHED
from twisted.web.server import NOT_DONE_YET, Request

from chatd.core.errors import ChatError
from chatd.core.files import UNKNOWN, SharedFile, content_type
from chatd.core.registry import Registry
from chatd.frontends.download import Download
from chatd.frontends.stall import Stall
from chatd.frontends.web.errors import HttpError
from chatd.frontends.web.incoming import Incoming, http_error, unexpected
from chatd.frontends.web.pages import Leaf, show_error
from chatd.frontends.web.site import Website
from chatd.services.files import FileService

__all__ = ["FilesLeaf", "add_files"]

_RANGE = re.compile(rb"bytes=([0-9]{0,15})-([0-9]{0,15})")
_PLAIN = re.compile(r"[^A-Za-z0-9._ -]")


def add_files(site: Website, registry: Registry, files: FileService) -> None:
    """Let a site take and give files."""
    site.put("files", FilesLeaf(registry, files))
    site.bodies[b"PUT", b"files"] = partial(Incoming, registry, files)


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
            raise http_error(error) from None
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
            raise http_error(error) from None
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
        error = failure.value if isinstance(failure.value, HttpError) else unexpected(failure)
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
