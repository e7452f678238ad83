"""Who is counted, and who is told of those that come, go and change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from chatd.core.user import Rank

if TYPE_CHECKING:
    from chatd.core.events import Event
    from chatd.core.ports import Session, Source
    from chatd.core.user import User

__all__ = ["Census", "Lookout", "Observer"]

Observer = Callable[["Event", "User | None"], None]
"""Told of an event when it leaves the timeline, and of whom, where that is at hand."""


class Census:
    """Sets of those who are counted: their sizes are told to everybody who comes, who may be one of many."""

    def __init__(self) -> None:
        self.hidden: set[str] = set()
        """Ids of users that are not to be found by who shares no room with them."""
        self.operators: set[str] = set()
        """Ids of users who are operators of the server, or more."""
        self.listening: set[str] = set()
        """Ids of users who want to hear what operators tell each other."""
        self.strangers: set[Session] = set()
        """Sessions that speak for nobody yet."""
        self.drops: Counter[str] = Counter()
        """Connections that broke a limit, by the reason that others are told."""

    def note(self, user: User) -> None:
        """Take over what a user's rank and modes are now."""
        for kept, belongs in (
            (self.hidden, "i" in user.modes),
            (self.operators, user.rank >= Rank.OPERATOR),
            (self.listening, "w" in user.modes),
        ):
            if belongs:
                kept.add(user.id)
            else:
                kept.discard(user.id)

    def forget(self, user: User) -> None:
        """A user has left."""
        for kept in (self.hidden, self.operators, self.listening):
            kept.discard(user.id)


class Lookout:
    """Who is told of each user that comes, goes, is renamed, or changes what others see of him, whatever room he is in.

    As a lane it shows an event to nobody else.
    """

    def __init__(self) -> None:
        self.observers: list[Observer] = []

    def publish(self, event: Event, source: Source | None = None) -> None:
        """Tell of an event that is shown to nobody."""
        self.tell(event, None)

    def tell(self, event: Event, user: User | None) -> None:
        """Tell of an event, of that user."""
        for observer in self.observers:
            observer(event, user)
