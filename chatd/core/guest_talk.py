"""What guests said and heard in private, as long as they are here: in memory alone, and of that a little.

The store keeps private talk between accounts only: of a guest nobody can say later who he was. What neither of the
two has a client for that could ask for it again (`Session.rereads`) is not kept here either. It is held by identity,
not by nickname, and dropped when the guest leaves or speaks for an account: who is called the same later is somebody
else.
"""

from __future__ import annotations

from datetime import datetime
from sys import getsizeof

from msgspec import UNSET

from chatd.core.bodies import File, Lines, Text
from chatd.core.events import PrivateMessage

__all__ = ["GuestTalk", "size_of"]

MESSAGES, TALKS, TOTAL = 100, 20, 20_000_000
"""Messages kept of one talk; talks kept of one guest; bytes of memory kept in all."""
THINNED = 4
"""Of too much in all, a part of so many goes at once: looking for the talks that go costs as much for few."""
APART = 1200
"""What a message takes apart from its words and tags, at most: itself, who and when, and its place in a talk."""

Talk = list[PrivateMessage]


def size_of(event: PrivateMessage) -> int:
    """Return the bytes of memory that a message takes. A character takes up to four, if but one of its line does."""
    size = APART + getsizeof(event.tags)
    for name, value in event.tags.items():
        size += getsizeof(name) + getsizeof(value)
    body = event.body
    if isinstance(body, Text):
        return size + getsizeof(body.text) + (0 if body.styled is UNSET else getsizeof(body.styled))
    if isinstance(body, Lines):
        for lines in (body.lines, () if body.styled is UNSET else body.styled):
            size += getsizeof(lines) + sum(map(getsizeof, lines))
        return size + getsizeof(body.joined)
    if isinstance(body, File):
        return size + getsizeof(body.name) + getsizeof(body.sha256)
    return size + getsizeof(body.data) + getsizeof(body.algorithm) + getsizeof(body.device)


class GuestTalk:
    """Talks of two of whom one, or both, are guests. Of too many those go where nothing was said for longest."""

    def __init__(self, messages: int = MESSAGES, talks: int = TALKS, total: int = TOTAL) -> None:
        self._messages, self._most_talks, self._most = messages, talks, total
        self._talks: dict[str, dict[str, Talk]] = {}
        """By the identity of the one and of the other, and the other way round: both have the same list."""
        self._total = 0

    def __len__(self) -> int:
        """How many messages are kept."""
        return sum(len(self._talks[one][other]) for one, other in self._pairs())

    def note(self, event: PrivateMessage) -> None:
        """Keep a message; the same one twice is kept once."""
        # Each private message of a guest comes by here: nothing is put in order, and nothing is looked for.
        one, other = event.who.account or event.who.user, event.to.account or event.to.user
        mine = self._talks.get(one)
        talk = None if mine is None else mine.get(other)
        if talk is None:
            talk = self._begin(event)
        elif talk[-1].id >= event.id and any(each.id == event.id for each in talk):
            return
        talk.append(event)
        if len(talk) > self._messages:
            self._total -= size_of(talk.pop(0))
        self._total += size_of(event)
        if self._total > self._most:
            self._thin()

    def forget(self, identity: str) -> None:
        """Drop all that somebody said and heard."""
        for other in list(self._talks.get(identity, ())):
            self._drop(identity, other)

    def between(self, one: str, other: str) -> list[PrivateMessage]:
        """Return what is kept of the talk of two, by their identities, oldest first."""
        return list(self._talks.get(one, {}).get(other, ()))

    def partners(self, identity: str) -> dict[str, datetime]:
        """Return with whom somebody has talked, by identity, and when last."""
        return {other: talk[-1].time for other, talk in self._talks.get(identity, {}).items()}

    def _begin(self, event: PrivateMessage) -> Talk:
        talk: Talk = []
        for who, to in ((event.who, event.to), (event.to, event.who)):
            mine = self._talks.setdefault(who.identity, {})
            if who.account is None and len(mine) >= self._most_talks and to.identity not in mine:
                self._drop(who.identity, min(mine, key=lambda other: mine[other][-1].id))
            self._talks.setdefault(who.identity, {})[to.identity] = talk
        return talk

    def _thin(self) -> None:
        """Drop the talks where nothing was said for longest."""
        pairs = self._pairs()
        pairs.sort(key=lambda pair: self._talks[pair[0]][pair[1]][-1].id)
        for one, other in pairs:
            if self._total <= self._most - self._most // THINNED:
                return
            self._drop(one, other)

    def _pairs(self) -> list[tuple[str, str]]:
        return [(one, other) for one, talks in self._talks.items() for other in talks if one <= other]

    def _drop(self, one: str, other: str) -> None:
        self._total -= sum(map(size_of, self._talks[one][other]))
        for mine, his in {(one, other), (other, one)}:
            talks = self._talks[mine]
            del talks[his]
            if not talks:
                del self._talks[mine]
