"""Where a request becomes a WebSocket: who may, and as whom."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.web.server import NOT_DONE_YET

from chatd.core.accounts import Account
from chatd.frontends.web.errors import HttpError
from chatd.frontends.web.login import cookie_of
from chatd.frontends.web.pages import Leaf, show_error
from chatd.frontends.web.websocket import WebSocket

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from chatd.frontends.web.factory import WebFactory

__all__ = ["Upgrade"]

log = Logger(namespace="chatd.web")

LOOK_SECONDS = 1.0
"""How long the database may take to say whose a cookie is."""


class Upgrade(Leaf):
    """`/ws`."""

    methods = (b"GET",)

    def __init__(self, door: WebFactory) -> None:
        super().__init__()
        self._door = door

    def answer(self, request: Any) -> int:
        """Hand the connection over to a WebSocket."""
        headers = request.requestHeaders
        wanted = b",".join(headers.getRawHeaders(b"Upgrade", ())).lower()
        if b"websocket" not in [each.strip() for each in wanted.split(b",")]:
            request.setHeader(b"Upgrade", b"websocket")
            raise HttpError(426, "this speaks WebSocket only")
        self._door.require_own_page(request)
        token = cookie_of(request)
        if not token:
            self._begin(request, None)
            return NOT_DONE_YET
        looked = Deferred.fromCoroutine(self._door.services.web_logins.account_of(token))
        clock: Any = self._door.registry.world.clock
        looked.addTimeout(LOOK_SECONDS, clock)
        looked.addErrback(self._not_known)
        request.notifyFinish().addErrback(lambda _: looked.cancel())
        looked.addCallback(partial(self._begin_or_refuse, request))
        return NOT_DONE_YET

    @staticmethod
    def _not_known(failure: Failure) -> None:
        """The database does not answer: who comes may chat without his account."""
        log.warn(
            "whose cookie that is could not be found: {why}", why=failure.getErrorMessage() or "no answer"
        )

    def _begin_or_refuse(self, request: Any, account: Account | None) -> None:
        if request.gone:
            return
        try:
            self._begin(request, account)
        except HttpError as error:
            request.write(show_error(request, error))
            request.finish()

    def _begin(self, request: Any, account: Account | None) -> None:
        headers, peer = request.requestHeaders, self._door.peer_of(request)
        key = self._door.counted(peer)
        protocol = WebSocket(self._door, peer, key, account)
        protocol.factory = self._door.sockets
        lines = [b"%b %b HTTP/1.1" % (request.method, request.uri)]
        lines += [
            b"%b: %b" % (name, value) for name, values in headers.getAllRawHeaders() for value in values
        ]
        request.channel.give_to(protocol, b"\r\n".join([*lines, b"", b""]))
