"""What the door for browsers shows: the files of the page, and errors."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import ClassVar

from twisted.web.resource import Resource
from twisted.web.server import Request

from chatd.frontends.web.errors import HttpError, headers_for

__all__ = ["Leaf", "StaticFile", "add_page", "show_error"]

TYPES = {
    ".html": b"text/html; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".png": b"image/png",
    ".webmanifest": b"application/manifest+json",
}


def show_error(request: Request, error: HttpError) -> bytes:
    """Answer with an error, and return what is shown."""
    request.setResponseCode(error.code, error.phrase)
    for name, value in headers_for(error):
        request.setHeader(name, value)
    return error.body


class Leaf(Resource):
    """A resource with nothing below it. Its methods raise HttpError for what they refuse."""

    isLeaf = True
    methods: ClassVar[tuple[bytes, ...]] = (b"GET", b"HEAD")
    deep: ClassVar[bool] = False
    """Whether what follows in the path is its own, too."""

    def render(self, request: Request) -> bytes | int:
        """Answer, or refuse."""
        try:
            if request.method not in self.methods:
                raise HttpError(405, "that method is not for this")
            if request.postpath and not self.deep:
                raise HttpError(404, "there is nothing here")
            shown = self.answer(request)
        except HttpError as error:
            if error.code == 405:
                request.setHeader(b"Allow", b", ".join(self.methods))
            shown = show_error(request, error)
        # To be shown a body for a HEAD, Twisted would log the request, and with it what its path holds.
        return b"" if request.method == b"HEAD" and isinstance(shown, bytes) else shown

    def answer(self, request: Request) -> bytes | int:
        """Return what is shown, or NOT_DONE_YET."""
        raise HttpError(404, "there is nothing here")


class StaticFile(Leaf):
    """A file of the page, kept in memory. Browsers ask each time whether theirs is the current one."""

    def __init__(self, data: bytes, content_type: bytes) -> None:
        super().__init__()
        self._data = data
        self._type = content_type
        self._tag = b'"%b"' % sha256(data).hexdigest()[:32].encode()

    def answer(self, request: Request) -> bytes:
        """Return the file, unless the client has it."""
        request.setHeader(b"Cache-Control", b"no-cache")
        request.setHeader(b"Content-Type", self._type)
        if request.setETag(self._tag):  # pairs with If-None-Match
            return b""
        request.setHeader(b"Content-Length", b"%d" % len(self._data))
        return self._data


def add_page(put: Callable[[str, Leaf], None]) -> None:
    """Give `put` each file of the page by its path, the page itself by the empty one."""

    def walk(folder: Traversable, prefix: str) -> None:
        for entry in folder.iterdir():
            path = f"{prefix}{entry.name}"
            if entry.is_dir():
                walk(entry, f"{path}/")
            elif (kind := TYPES.get("." + entry.name.rpartition(".")[2])) is not None:
                put("" if path == "index.html" else path, StaticFile(entry.read_bytes(), kind))

    folder = files("chatd") / "static"
    if folder.is_dir():
        walk(folder, "")
