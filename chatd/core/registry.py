"""The registry of users and rooms: the only place that changes them."""

from __future__ import annotations

from chatd.core.knocking import Knocking
from chatd.core.markers import Markers
from chatd.core.signals import Signals
from chatd.core.succession import Succession

__all__ = ["Registry"]


class Registry(Knocking, Succession, Signals, Markers):
    """Everything that can happen, in two steps: a check that may refuse with ChatError and makes one event,
    then `apply(event)`, which changes the state and never refuses. What is visible goes through the timeline.

    People, rooms, moderation, private talk, what lasts and what operators see are kept apart in the classes this one is
    made of; `state.State` holds what they share, `standing.Standing` and `guests.Guests` what most of them ask or do.
    """
