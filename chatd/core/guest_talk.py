"""What guests said and heard in private, as long as they are here: in memory alone, and of that a little.

The store keeps private talk between accounts only: of a guest nobody can say later who he was. It is held by
identity, not by nickname, and dropped when the guest leaves or speaks for an account: who is called the same later
is somebody else.
"""

from __future__ import annotations

from datetime import datetime

from chatd.core.bodies import pair, the_two
from chatd.core.events import PrivateMessage

__all__ = ["GuestTalk"]

MESSAGES, TALKS, TOTAL = 100, 20, 4000
"""Messages kept of one talk; talks kept of one guest; messages kept in all, some 20 MB if each is as long as may be."""


class GuestTalk:
    """Talks of two of whom one, or both, are guests. Of too many the one goes where nothing was said for longest."""

    def __init__(self, messages: int = MESSAGES, talks: int = TALKS, total: int = TOTAL) -> None:
        self._messages, self._most_talks, self._most = messages, talks, total
        self._talks: dict[str, dict[str, PrivateMessage]] = {}
        """By the place as the store would call it, the newest talk last; each by the ids of its messages."""
        self._of: dict[str, dict[str, None]] = {}
        """The places of each guest, and of those who talk with guests; likewise the newest last."""
        self._total = 0

    def __len__(self) -> int:
        """How many messages are kept."""
        return self._total

    def note(self, event: PrivateMessage) -> None:
        """Keep a message; the same one twice is kept once."""
        place = pair(event.who.identity, event.to.identity)
        talk = self._talks.pop(place, {})
        if event.id not in talk:
            talk[event.id] = event
            self._total += 1
        if len(talk) > self._messages:
            del talk[next(iter(talk))]
            self._total -= 1
        self._talks[place] = talk
        for who in (event.who, event.to):
            mine = self._of.setdefault(who.identity, {})
            mine.pop(place, None)
            mine[place] = None
            if who.account is None and len(mine) > self._most_talks:
                self._drop(next(iter(mine)))
        while self._total > self._most:
            self._drop(next(iter(self._talks)))

    def forget(self, identity: str) -> None:
        """Drop all that somebody said and heard."""
        for place in list(self._of.get(identity, ())):
            self._drop(place)

    def between(self, one: str, other: str) -> list[PrivateMessage]:
        """Return what is kept of the talk of two, by their identities, oldest first."""
        return list(self._talks.get(pair(one, other), {}).values())

    def partners(self, identity: str) -> dict[str, datetime]:
        """Return with whom somebody has talked, by identity, and when last."""
        found = {}
        for place in self._of.get(identity, ()):
            two = the_two(place)
            assert two is not None, "that is how it was named"
            last = next(reversed(self._talks[place].values()))
            found[two[1] if two[0] == identity else two[0]] = last.time
        return found

    def _drop(self, place: str) -> None:
        self._total -= len(self._talks.pop(place))
        for identity in the_two(place) or ():
            mine = self._of.get(identity, {})
            mine.pop(place, None)
            if not mine:
                self._of.pop(identity, None)
