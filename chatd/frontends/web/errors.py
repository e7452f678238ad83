"""What a request is refused with: one line of plain text."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

__all__ = ["SAFETY", "HttpError", "answer", "headers_for"]

SAFETY = {
    b"Server": b"chatd",
    b"X-Content-Type-Options": b"nosniff",
    b"X-Frame-Options": b"DENY",
    b"Referrer-Policy": b"no-referrer",
    b"Cross-Origin-Opener-Policy": b"same-origin",
    b"Cross-Origin-Resource-Policy": b"same-origin",
    b"Content-Security-Policy": (
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        b"form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
}
"""Headers of every answer: nothing is loaded from elsewhere, nothing is framed, no script or style stands in a page."""


class HttpError(Exception):
    """A request that is not done: the status and one line that says why."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.phrase = HTTPStatus(code).phrase.encode()
        self.body = f"Error: {text}.\n".encode()


def headers_for(error: HttpError) -> list[tuple[bytes, bytes]]:
    """Return the headers of the answer."""
    return [
        *SAFETY.items(),
        (b"Content-Type", b"text/plain; charset=utf-8"),
        (b"Content-Length", b"%d" % len(error.body)),
    ]


def answer(error: HttpError, more: Sequence[tuple[bytes, bytes]] = ()) -> bytes:
    """Return the whole answer, with `more` headers, after which the connection ends."""
    head = b"".join(b"%b: %b\r\n" % pair for pair in (*headers_for(error), *more))
    return b"HTTP/1.1 %d %b\r\nConnection: close\r\n%b\r\n%b" % (error.code, error.phrase, head, error.body)
