"""What outlasts the process besides what was said, as the store hands it over. Times are the wall clock's."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field

from chatd.core.bodies import RoomRank
from chatd.core.keeping import FOR_EVER, Keep
from chatd.core.masks import MaskList

__all__ = ["NOTHING", "PROPERTIES", "Belongings", "Kept", "KeptBan", "KeptRoom"]

PROPERTIES = (
    *("topic", "key", "invite_only", "secret", "limit", "moderated", "slow", "external", "open_topic"),
)
"""What of a room has the same name in the registry, here, and in the store."""


class KeptBan(Struct, frozen=True):
    """A ban, or a mask of another list; `until` none: for good, `made` none: by an earlier chatd."""

    mask: str
    by: str
    until: datetime | None = None
    reason: str = ""
    made: datetime | None = None


class KeptRoom(Struct, frozen=True):
    """A registered room. `ranks` and `mutes` (until when; none: for good) are by account; `last` is its last number,
    `keep` its own bound on what is kept."""

    id: str
    name: str
    created: datetime
    topic: str = ""
    key: str = ""
    invite_only: bool = False
    secret: bool = False
    limit: int = 0
    moderated: bool = False
    slow: int = 0
    external: bool = False
    open_topic: bool = False
    keep: Keep = FOR_EVER
    last: int = 0
    ranks: dict[str, RoomRank] = field(default_factory=dict)
    bans: list[KeptBan] = field(default_factory=list)
    lists: dict[MaskList, list[KeptBan]] = field(default_factory=dict)
    mutes: dict[str, datetime | None] = field(default_factory=dict)


class Belongings(Struct, frozen=True):
    """What an account comes back to: its rooms, by id, whom it ignores (identities with their nicknames then),
    that it was away, and how far it has read (core/markers.py)."""

    rooms: list[str] = field(default_factory=list)
    ignoring: dict[str, str] = field(default_factory=dict)
    away: str | None = None
    markers: dict[str, datetime] = field(default_factory=dict)


NOTHING = Belongings()


class Kept(Struct, frozen=True):
    """All that a server begins with. `mail`: the ids of messages that wait for each account, with the account that wrote each."""

    rooms: list[KeptRoom] = field(default_factory=list)
    bans: list[KeptBan] = field(default_factory=list)
    mutes: dict[str, datetime | None] = field(default_factory=dict)
    mail: dict[str, dict[str, str]] = field(default_factory=dict)
