"""The connection under a session, as the session sees it."""

from __future__ import annotations

from typing import Protocol

from chatd.frontends.sendq import SendQueue

__all__ = ["Connection"]


class Connection(Protocol):
    """What a session asks of the protocol that carries it."""

    queue: SendQueue

    def changed(self) -> None:
        """How the rest of what was received is to be read has changed: lines may be longer."""

    def retune(self) -> None:
        """The limits have changed."""

    def hold(self, held: bool) -> None:
        """Stop reading, or go on."""

    def conceal(self, hidden: bool) -> None:
        """Ask the other end not to show (or to show again) what is typed."""

    def round_trip(self) -> float | None:
        """Return the smoothed round trip as the kernel measured it, in milliseconds; None: it did not."""

    def certificate(self) -> str:
        """Return the SHA-256 of the TLS certificate that the client presented, in hexadecimal digits; empty: none."""

    def unheard(self) -> float | None:
        """Return for how many seconds the other end's system has confirmed nothing; None: nobody knows."""
