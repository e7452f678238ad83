"""Tries to prove something, looked at one after the other and slowed when they are wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeVar

from twisted.internet.defer import DeferredLock

from chatd.core.addresses import network
from chatd.core.errors import ChatError, Code
from chatd.core.ports import Clock
from chatd.core.throttle import Throttle

__all__ = ["WRONG", "Tries"]

WRONG = "wrong nickname or password"

RESULTS = ("right", "wrong", "slowed", "failed")
"""How a try can come out: `slowed` has to wait, `failed` could not be looked at."""

T = TypeVar("T")


class Tries:
    """Counts wrong tries by what they are for and the network that they come from."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._throttle = Throttle()
        self._turns: dict[tuple[str, str], DeferredLock] = {}
        self.results = Counter(dict.fromkeys(RESULTS, 0))
        """How many came out in which way."""

    @property
    def busy(self) -> bool:
        """Whether one is looked at."""
        return bool(self._turns)

    def check(self, what: str, address: str) -> None:
        """Raise ChatError if another try has to wait."""
        wait = self._throttle.wait(what, network(address), self._clock.seconds())
        if wait:
            self.results["slowed"] += 1
            raise ChatError(Code.TOO_FAST, f"too many wrong passwords; try again in {int(wait) + 1} s")

    async def judge(self, what: str, address: str, look: Callable[[], Awaitable[T | None]], wrong: str) -> T:
        """Return what `look` finds; nothing is a wrong try: raise ChatError with these words. Raises ChatError as well
        for one too many; what `look` itself raises counts as no try.

        Tries from one address at one name are looked at one after the other: so those of somebody whose clients
        all come back at once are right, not many.
        """
        key = what, network(address)
        turn = self._turns.setdefault(key, DeferredLock())
        await turn.acquire()
        try:
            self.check(what, address)
            try:
                found = await look()
            except Exception:
                self.results["failed"] += 1
                raise
            self.results["wrong" if found is None else "right"] += 1
            if found is None:
                self._throttle.failed(*key, self._clock.seconds())
                raise ChatError(Code.WRONG_PASSWORD, wrong)
            self._throttle.succeeded(*key)
            return found
        finally:
            turn.release()
            if not turn.locked:
                self._turns.pop(key, None)
