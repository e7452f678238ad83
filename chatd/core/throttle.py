"""Wrong passwords: so many a minute, then longer and longer waits, by what they are for and where they come from."""

from __future__ import annotations

from collections import OrderedDict

__all__ = ["Throttle"]

FREE = 3
"""Wrong ones in a minute before the waits begin."""
MINUTE = 60.0
LONGEST = 3600.0
"""Seconds of the longest wait."""
REMEMBERED = 10_000


class _Tries:
    __slots__ = ("count", "last")

    def __init__(self) -> None:
        self.count = 0
        self.last = 0.0


class Throttle:
    """Counts wrong tries by key. `now` is monotonic, in seconds.

    The first three of a minute are free. Each further one doubles the wait, from a minute to an hour; a wait
    that passed without another wrong one halves it.
    """

    def __init__(self) -> None:
        self._tries: OrderedDict[tuple[str, str], _Tries] = OrderedDict()

    def wait(self, what: str, where: str, now: float) -> float:
        """Return the seconds until another try is let through; 0: now."""
        tries = self._tries.get((what, where))
        if tries is None:
            return 0.0
        self._forgive(tries, now)
        if tries.count < FREE:
            return 0.0
        return max(0.0, tries.last + self._pause(tries.count) - now)

    def failed(self, what: str, where: str, now: float) -> None:
        """A try was wrong."""
        tries = self._tries.setdefault((what, where), _Tries())
        self._forgive(tries, now)
        tries.count += 1
        tries.last = now
        self._tries.move_to_end((what, where))
        if len(self._tries) > REMEMBERED:
            self._tries.popitem(last=False)

    def succeeded(self, what: str, where: str) -> None:
        """A try was right: forget the others."""
        self._tries.pop((what, where), None)

    @staticmethod
    def _pause(count: int) -> float:
        return min(LONGEST, MINUTE * 2.0 ** (count - FREE))

    def _forgive(self, tries: _Tries, now: float) -> None:
        while tries.count and now - tries.last >= 2 * self._pause(max(FREE, tries.count)):
            tries.last += 2 * self._pause(max(FREE, tries.count))
            tries.count -= 1
