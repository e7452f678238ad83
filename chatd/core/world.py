"""What the registry is given by the rest of the house."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from chatd.core.events import Audited, Event
from chatd.core.fanout import Turn
from chatd.core.ids import Ids
from chatd.core.limits import Pace
from chatd.core.ports import Claims, Clock, Pending
from chatd.settings import Settings

__all__ = ["World"]


@dataclass(slots=True)
class World:
    """What the registry is given.

    `now` is the wall clock (seconds since 1970), for times that people see; `clock` is monotonic, for
    terms and timers. `cloak` turns an address into its keyed hash. `recorded` is told of each act that is
    recorded, before that is stored; `changed` of each event that changes how things stand, but not of what is said,
    and `room_ended` of each room that ends, by its id. `pace` is what all clients together may take of a turn.
    """

    settings: Settings
    timeline: Pending
    claims: Claims
    turn: Turn
    clock: Clock
    now: Callable[[], float]
    ids: Ids
    cloak: Callable[[str], str]
    origin: str = ""
    recorded: Callable[[Audited], None] = lambda _: None
    changed: Callable[[Event], None] = lambda _: None
    room_ended: Callable[[str], None] = lambda _: None
    pace: Pace = field(default_factory=Pace)
