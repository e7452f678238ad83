"""The clocks of one connection: who does not name himself, and whose other end is gone."""

from __future__ import annotations

from typing import Protocol

from chatd.core.ports import Clock, Delayed
from chatd.settings import Limits

__all__ = ["Watch", "Watched"]


class Watched(Protocol):
    """What is watched: a session."""

    @property
    def named(self) -> bool:
        """Whether it has a user."""

    @property
    def heard(self) -> float:
        """When something was received last, in seconds of the clock."""

    @property
    def answers_pings(self) -> bool:
        """Whether its client is a program, which can be asked; of a person's, only the system is."""

    @property
    def limits(self) -> Limits:
        """Those of the moment."""

    def unheard(self) -> float | None:
        """Return for how many seconds the other end's system has confirmed nothing; None: nobody knows."""

    def send_ping(self) -> None:
        """Ask whether it is there."""

    def drop(self, reason: str, words: str) -> None:
        """End it: `reason` for the others, `words` for its client."""


class Watch:
    """Runs from the connection's first moment to its last.

    Time to choose a nickname is counted from the beginning, whatever is sent meanwhile. After that a
    program which is silent for `ping_seconds` is sent a ping, and dropped if nothing at all comes from it
    in the `pong_seconds` after. A person may be silent; his system, which the kernel asks, may not be for
    as long as both together.
    """

    def __init__(self, watched: Watched, clock: Clock) -> None:
        self._watched = watched
        self._clock = clock
        self._timer: Delayed | None = None
        self.begin()

    def begin(self) -> None:
        """There is no user: count the time to choose a nickname."""
        self.stop()
        self._began = self._clock.seconds()
        self._timer = self._clock.callLater(self._watched.limits.naming_seconds, self._unnamed)

    def named(self) -> None:
        """There is a user now."""
        self.stop()
        self._listen()

    def retune(self) -> None:
        """The limits have changed."""
        self.stop()
        if self._watched.named:
            self._listen()
        else:
            left = self._began + self._watched.limits.naming_seconds - self._clock.seconds()
            self._timer = self._clock.callLater(max(0.0, left), self._unnamed)

    def stop(self) -> None:
        """Watch no more."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _unnamed(self) -> None:
        self._timer = None
        self._watched.drop(
            "took too long to choose a nickname", "Error: you took too long to choose a nickname."
        )

    def _listen(self) -> None:
        """Look again when the other end may have been silent for long enough."""
        left = self._watched.heard + self._watched.limits.ping_seconds - self._clock.seconds()
        self._timer = self._clock.callLater(max(0.0, left), self._look)

    def _look(self) -> None:
        silent = self._clock.seconds() - self._watched.heard
        if silent < self._watched.limits.ping_seconds:
            self._listen()
        elif self._watched.answers_pings:
            self._watched.send_ping()
            self._timer = self._clock.callLater(
                self._watched.limits.pong_seconds, self._decide, self._clock.seconds()
            )
        else:
            self._look_at_system()

    def _look_at_system(self) -> None:
        limits = self._watched.limits
        patience = limits.ping_seconds + limits.pong_seconds
        unheard = self._watched.unheard()
        if unheard is not None and unheard >= patience:
            self._lost()
        else:
            self._timer = self._clock.callLater(patience - (unheard or 0.0), self._look)

    def _decide(self, asked: float) -> None:
        if self._watched.heard >= asked:
            self._listen()
        else:
            self._lost()

    def _lost(self) -> None:
        self._timer = None
        self._watched.drop("ping timeout", "Error: ping timeout.")
