"""Acts of order as they are shown to operators, with real addresses."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from chatd.core.replies import Reply

__all__ = ["Act", "Acts"]


class Act(Struct, frozen=True, omit_defaults=True):
    """One act, as it was recorded (`events.Audited`). `by` is a nickname, a key's fingerprint or a local user."""

    time: datetime
    door: str
    by: str
    address: str
    line: str
    account: str | None = None
    target: str = ""
    room: str = ""

    def __str__(self) -> str:
        parts = (self.by, self.door, self.address, self.room or "-", self.target or "-", self.line)
        return f"{self.time:%Y-%m-%d %H:%M:%SZ}  " + "  ".join(parts)


class Acts(Reply, kw_only=True, tag="acts"):
    """What was done to keep order, oldest first."""

    acts: list[Act]

    def lines(self) -> list[str]:
        if not self.acts:
            return ["Nothing of that kind is recorded."]
        return ["When, who, door, from where, room, whom, what:", *map(str, self.acts)]
