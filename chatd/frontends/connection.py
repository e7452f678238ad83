"""The connection under a session, as the session sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from chatd.frontends import kernel
from chatd.settings import Limits

__all__ = ["Connection", "OnSocket", "Outlet"]


class Outlet(Protocol):
    """What is queued for a client: a `SendQueue`, or what stands in front of one."""

    @property
    def full(self) -> bool:
        """Whether the bound was passed: nothing more is taken."""

    @property
    def size(self) -> int:
        """Bytes that wait."""

    @property
    def low(self) -> bool:
        """Whether little waits."""

    def when_low(self, action: Callable[[], None]) -> None:
        """Call `action` once little waits, or nothing ever will."""

    def write(self, data: bytes) -> None:
        """Send, or queue. Never blocks, never raises, never calls back into who writes."""

    def close(self, last: bytes = b"") -> None:
        """Send what is queued and `last`, then close."""

    def retune(self, limits: Limits) -> None:
        """The limits have changed."""

    def abort(self) -> None:
        """Close at once, whatever is queued."""

    def lost(self) -> None:
        """The connection is gone: forget everything."""


class Connection(Protocol):
    """What a session asks of the protocol that carries it."""

    @property
    def queue(self) -> Outlet:
        """What is queued for the client."""

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

    def reached_at(self) -> str:
        """Return the address of this machine at which the client came in; empty: it has none, or a proxy stands between."""

    def unheard(self) -> float | None:
        """Return for how many seconds the other end's system has confirmed nothing; None: nobody knows."""


class OnSocket:
    """What a `Connection` has of its socket; `take_socket` is to be called once there is a transport."""

    transport: Any

    def take_socket(self) -> None:
        """Find the socket; under TLS, the transport's own transport has it."""
        self.socket: Any = getattr(self.transport, "transport", self.transport).getHandle()

    def hold(self, held: bool) -> None:
        if held:
            self.transport.pauseProducing()
        else:
            self.transport.resumeProducing()

    def round_trip(self) -> float | None:
        return kernel.round_trip(self.socket)

    def unheard(self) -> float | None:
        return kernel.unheard(self.socket)
