"""`/session`: a page swaps its code for a cookie that no script sees, or gives that back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.web.server import NOT_DONE_YET

from chatd.core.errors import ChatError
from chatd.frontends.web.channel import Body, Small
from chatd.frontends.web.errors import HttpError
from chatd.frontends.web.pages import Leaf, show_error

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from chatd.frontends.web.factory import WebFactory

__all__ = ["COOKIE", "Login", "cookie_of"]

log = Logger(namespace="chatd.web")

COOKIE = b"chatd"
BODY_BYTES = 1024
TOKEN_BYTES = 256


class _Swap(msgspec.Struct, forbid_unknown_fields=True):
    code: str


def cookie_of(request: Any) -> str:
    """Return what the cookie holds; empty: there is none."""
    value: bytes = request.received_cookies.get(COOKIE, b"")
    return value.decode("latin-1") if len(value) <= TOKEN_BYTES else ""


class Login(Leaf):
    """POST swaps, DELETE gives back."""

    methods = (b"POST", b"DELETE")

    def __init__(self, door: WebFactory) -> None:
        super().__init__()
        self._door = door

    @staticmethod
    def body(request: Any, path: bytes, length: int | None) -> Body:
        """Return what takes the code."""
        return Small(BODY_BYTES, length)

    def answer(self, request: Any) -> int:
        """Do what is asked for, if a page of this host asks."""
        self._door.require_own_page(request)
        work = self._swap(request) if request.method == b"POST" else self._give_back(request)
        gone = request.notifyFinish()
        doing = Deferred.fromCoroutine(work)
        gone.addErrback(lambda _: doing.cancel())
        doing.addCallbacks(lambda _: self._done(request), self._failed, errbackArgs=(request,))
        return NOT_DONE_YET

    async def _swap(self, request: Any) -> None:
        try:
            swap = msgspec.json.decode(request.content.read(), type=_Swap)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise HttpError(400, 'the body is {"code": "..."}') from None
        try:
            token, seconds = await self._door.services.web_logins.redeem(swap.code)
        except ChatError as error:
            raise HttpError(403, error.text) from None
        self._set_cookie(request, token, seconds)

    async def _give_back(self, request: Any) -> None:
        token = cookie_of(request)
        if token:
            await self._door.services.web_logins.end(token)
        self._set_cookie(request, "", 0)

    def _set_cookie(self, request: Any, value: str, seconds: int) -> None:
        request.addCookie(
            COOKIE,
            value,
            path="/",
            max_age=str(seconds),
            httpOnly=True,
            sameSite=b"strict",
            secure=self._door.is_secure(request),
        )

    @staticmethod
    def _done(request: Any) -> None:
        request.setResponseCode(204)
        request.finish()

    @staticmethod
    def _failed(failure: Failure, request: Any) -> None:
        if request.gone:
            return
        error = failure.value
        if not isinstance(error, HttpError):
            log.failure("a cookie was not given", failure)
            error = HttpError(500, "that did not work")
        request.write(show_error(request, error))
        request.finish()
