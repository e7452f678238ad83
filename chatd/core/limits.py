"""Bounds in time and number: what one client may do in a while, and how many connections there may be."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable

from chatd.core.addresses import LOCAL, network, networks
from chatd.settings import Limits

__all__ = ["Budget", "Connections", "Pace", "Refused", "lines_for"]

REMEMBERED = 50_000
"""Addresses whose new connections are remembered; who has more of them is not held up by that anyway."""

REASONS = {
    "full": "this server is full",
    "address": "too many connections from your address",
    "pace": "too many new connections from your address; try again later",
}
"""Why a connection is not let in, and what it is told."""

ENOUGH = 1 - 1e-6
"""What counts as a whole token: a timer set for it may come a rounding error early."""


class Budget:
    """A token bucket: `burst` lines at once, then `rate` lines a second; a rate of 0 has no limit.

    A line may begin while there is one token. What it turned out to weigh is spent then, so a heavy
    one may leave a debt, which the lines after it wait for. Times are in seconds of a monotonic clock.
    """

    __slots__ = ("_level", "_since", "burst", "rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate = rate
        self.burst = burst
        self._level = float(burst)
        self._since = now

    def wait(self, now: float) -> float:
        """Return the seconds until the next line may begin, 0 if that is now."""
        if not self.rate:
            return 0.0
        self._level = min(self.burst, self._level + (now - self._since) * self.rate)
        self._since = now
        return 0.0 if self._level >= ENOUGH else (1 - self._level) / self.rate

    def spend(self, weight: float) -> None:
        """Take what a line weighs."""
        if self.rate:
            self._level -= weight

    def refill(self) -> None:
        """Forget what was spent."""
        self._level = float(self.burst)


class Pace:
    """How long one client may go on in a turn of the reactor, of which all who are busy have `seconds` together."""

    __slots__ = ("busy",)

    most = 0.005
    seconds = 0.02

    def __init__(self) -> None:
        self.busy = 0
        """Clients who have used their share, and go on in the next turn."""

    def share(self) -> float:
        """Return the seconds that one more has."""
        return min(self.most, self.seconds / (self.busy + 1))


def lines_for(limits: Limits, address: str) -> tuple[float, int]:
    """Return rate and burst of the lines that a client at that address may have run."""
    if address in networks(limits.bots):
        return limits.bot_lines_per_second, limits.bot_burst_lines
    return limits.lines_per_second, limits.burst_lines


class Refused(Exception):
    """One connection too many; the text says why, for who made it."""


class Connections:
    """Counts the connections that are open, and per address (IPv6 by /64) those that were made of late.

    `limits` returns the settings of the moment, `room` how many connections the process has
    descriptors for.
    """

    def __init__(self, limits: Callable[[], Limits], room: Callable[[], int]) -> None:
        self._limits = limits
        self._room = room
        self.count = 0
        """Connections that are open."""
        self.refused = Counter(dict.fromkeys(REASONS, 0))
        """Those that were not let in, by reason."""
        self._open: dict[str, int] = {}
        # By the time of the last connection, oldest first.
        self._made: OrderedDict[str, list[float]] = OrderedDict()

    def enter(self, address: str, now: float, *, exempt: bool | None = None) -> str:
        """Count a new connection and return the key to give back to `leave`. Raises Refused.

        `exempt` says whether the bounds of one address do not hold; None: the settings know.
        """
        limits = self._limits()
        room = self._room()
        if self.count >= min(limits.connections or room, room):
            raise self._refused("full")
        key = network(address)
        if exempt is None:
            exempt = key == LOCAL or address in networks(limits.exempt)
        if not exempt:
            self._check(key, limits, now)
        self.count += 1
        self._open[key] = self._open.get(key, 0) + 1
        return key

    def _check(self, key: str, limits: Limits, now: float) -> None:
        if limits.connections_per_address and self._open.get(key, 0) >= limits.connections_per_address:
            raise self._refused("address")
        self._forget(now - limits.new_connections_seconds)
        limit = limits.new_connections_per_address
        if not limit:
            return
        made = [when for when in self._made.get(key, ()) if when > now - limits.new_connections_seconds]
        if len(made) >= limit:
            raise self._refused("pace")
        self._made[key] = [*made, now]
        self._made.move_to_end(key)

    def _refused(self, reason: str) -> Refused:
        self.refused[reason] += 1
        return Refused(REASONS[reason])

    def _forget(self, before: float) -> None:
        made = self._made
        while made:
            oldest = next(iter(made))
            if made[oldest][-1] > before and len(made) < REMEMBERED:
                return
            # A plain dict would be quadratic here: it looks for its first key from the beginning.
            del made[oldest]

    def leave(self, key: str) -> None:
        """A connection has ended."""
        self.count -= 1
        self._open[key] -= 1
        if not self._open[key]:
            del self._open[key]
