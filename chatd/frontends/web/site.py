"""What can be asked for over HTTP, and who takes what requests bring."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.web.http import HTTPFactory
from twisted.web.resource import Resource
from twisted.web.server import Site

from chatd.frontends.share import Share
from chatd.frontends.web.channel import Body, Small, WebChannel, WebRequest
from chatd.frontends.web.errors import SAFETY
from chatd.frontends.web.pages import Leaf

__all__ = ["Website"]

TakesBody = Callable[[WebRequest, bytes, int | None], Body]


class Folder(Resource):
    """A part of the tree."""

    def getChild(self, path: bytes, request: Any) -> Leaf:
        """There is nothing else in it."""
        return Leaf()


class Website(Site):
    """A tree of resources, and the bodies that are taken. Nothing else of a request is read than its head."""

    noisy = False
    protocol = WebChannel  # type: ignore[assignment]  # its own one is for HTTP/2, too
    requestFactory = WebRequest

    def __init__(self, reactor: Any) -> None:
        self._root = Folder()
        # Its own clock begins anew with each byte; the channel has one that does not.
        super().__init__(self._root, reactor=reactor, timeout=None, parsePOSTFormSubmission=False)
        self.share = Share(reactor)
        """What answers have of a turn."""
        self.bodies: dict[tuple[bytes, bytes], TakesBody] = {}
        """Who takes the body of a request, by its method and the first part of its path."""

    def put(self, path: str, leaf: Leaf) -> None:
        """Show something at a path; the empty one is the page itself."""
        *folders, name = path.encode().split(b"/")
        parent = self._root
        for folder in folders:
            child = parent.children.get(folder)
            if child is None:
                child = Folder()
                parent.putChild(folder, child)
            parent = child
        parent.putChild(name, leaf)

    def channel(self) -> WebChannel:
        """Return the protocol of a new connection."""
        channel: Any = HTTPFactory.buildProtocol(self, None)
        channel.site = self
        channel.requestFactory = self.requestFactory
        return channel  # type: ignore[no-any-return]  # what `protocol` says

    def body_for(self, request: WebRequest, method: bytes, path: bytes, length: int | None) -> Body:
        """Return what takes the body of a request; raise HttpError if nothing does."""
        first = path.split(b"?", 1)[0].lstrip(b"/").split(b"/", 1)[0]
        taker = self.bodies.get((method, first))
        return Small(0, length) if taker is None else taker(request, path, length)

    def getResourceFor(self, request: Any) -> Leaf:
        """Find what a request asks for."""
        for name, value in SAFETY.items():
            request.setHeader(name, value)
        found = super().getResourceFor(request)
        return found if isinstance(found, Leaf) else Leaf()

    def startFactory(self) -> None:
        """There is no access log, nor a clock for it."""

    def stopFactory(self) -> None:
        """As above."""

    def log(self, request: Any) -> None:
        """As above: a path may hold a token."""
