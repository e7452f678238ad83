"""What programs ask that watch the server: its figures, whether it lives, whether to send people to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from prometheus_client import CONTENT_TYPE_LATEST

from chatd.core.addresses import is_loopback, networks
from chatd.frontends.web.errors import HttpError
from chatd.frontends.web.pages import Leaf

if TYPE_CHECKING:
    from chatd.frontends.web.factory import WebFactory

__all__ = ["Watched", "add_watching"]

PASSED_ON = (b"Forwarded", b"Via", b"X-Forwarded-For", b"X-Forwarded-Host", b"X-Real-IP")
"""Headers by which a request tells that a proxy has passed it on."""
PLAIN = b"text/plain; charset=utf-8"


class Watched(Protocol):
    """What is asked of services/metrics.py."""

    def page(self) -> bytes:
        """Return all figures in Prometheus's text format."""

    @property
    def unready(self) -> str:
        """Why nobody should be sent here now; empty: all is well."""


def add_watching(door: WebFactory, watched: Watched) -> None:
    """Show it all on a door's site."""
    door.site.put("metrics", Figures(door, watched))
    door.site.put("healthz", Alive())
    door.site.put("readyz", Ready(watched))


class Fresh(Leaf):
    """A leaf whose answer is another each time."""

    content_type = PLAIN

    def answer(self, request: Any) -> bytes:
        """Return what is shown."""
        body = self.show(request)
        request.setHeader(b"Cache-Control", b"no-store")
        request.setHeader(b"Content-Type", self.content_type)
        request.setHeader(b"Content-Length", b"%d" % len(body))
        return body

    def show(self, request: Any) -> bytes:
        """Return the body of the answer; raise HttpError for another one."""
        raise HttpError(404, "there is nothing here")


class Figures(Fresh):
    """`/metrics`. Who may not see it is told that there is no such page."""

    content_type = CONTENT_TYPE_LATEST.encode()

    def __init__(self, door: WebFactory, watched: Watched) -> None:
        super().__init__()
        self._door = door
        self._watched = watched

    def show(self, request: Any) -> bytes:
        if not self._may_watch(request):
            raise HttpError(404, "there is nothing here")
        return self._watched.page()

    def _may_watch(self, request: Any) -> bool:
        """Whether somebody on this machine, or at a listed address, asks for himself."""
        if not self._door.is_called(request):
            return False
        peer = self._door.peer_of(request)
        if peer is request.channel.peer and any(map(request.requestHeaders.hasHeader, PASSED_ON)):
            # What a proxy that is not listed passes on is not asked by the machine that it is on.
            return False
        if peer.host in networks(self._door.registry.settings.web.metrics):
            return True
        return is_loopback(peer.host) and not peer.proxied


class Alive(Fresh):
    """`/healthz`: whoever gets an answer knows that the process turns."""

    def show(self, request: Any) -> bytes:
        return b"ok\n"


class Ready(Fresh):
    """`/readyz`: whether people may be sent here."""

    def __init__(self, watched: Watched) -> None:
        super().__init__()
        self._watched = watched

    def show(self, request: Any) -> bytes:
        reason = self._watched.unready
        if reason:
            request.setHeader(b"Cache-Control", b"no-store")
            raise HttpError(503, reason)
        return b"ok\n"
