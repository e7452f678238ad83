"""What a server begins with: all that is kept of rooms, and of itself, read at once."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import Connection, func, select

from chatd.core.bodies import RoomRank
from chatd.core.keeping import Keep
from chatd.core.kept import PROPERTIES, Kept, KeptBan, KeptRoom
from chatd.core.masks import MaskList
from chatd.storage import mail, schema
from chatd.storage.codec import instant

__all__ = ["load"]


def load(connection: Connection) -> Kept:
    """Return all that is kept of rooms and of the server, as it stands."""
    ranks: dict[str, dict[str, RoomRank]] = defaultdict(dict)
    bans: dict[str, list[KeptBan]] = defaultdict(list)
    lists: dict[str, dict[MaskList, list[KeptBan]]] = defaultdict(dict)
    mutes: dict[str, dict[str, datetime | None]] = defaultdict(dict)
    for row in connection.execute(select(schema.ranks)):
        ranks[row.room][row.account] = RoomRank(row.rank)
    for row in connection.execute(select(schema.bans)):
        bans[row.room].append(KeptBan(row.mask, row.by, _instant(row.until), row.reason, _instant(row.made)))
    for row in connection.execute(select(schema.masks)):
        kept = KeptBan(row.mask, row.by, made=_instant(row.made))
        lists[row.room].setdefault(MaskList(row.list), []).append(kept)
    for row in connection.execute(select(schema.mutes)):
        mutes[row.room][row.account] = _instant(row.until)
    rooms, places = schema.rooms, schema.places
    found = connection.execute(
        select(rooms, func.coalesce(places.c.last, 0).label("last")).outerjoin(
            places, places.c.id == rooms.c.id
        )
    )
    return Kept(
        rooms=[
            KeptRoom(
                id=row.id,
                name=row.name,
                created=instant(row.created),
                keep=Keep(row.keep_seconds or 0, row.keep_messages or 0),
                last=row.last,
                ranks=ranks[row.id],
                bans=bans[row.id],
                lists=lists[row.id],
                mutes=mutes[row.id],
                **{name: getattr(row, name) for name in PROPERTIES},
            )
            for row in found
        ],
        bans=bans[""],
        mutes=mutes[""],
        mail=mail.waiting(connection),
    )


def _instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else instant(microseconds)
