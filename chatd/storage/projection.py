"""What lasts besides the events themselves: registered rooms, ranks, bans, mutes, kept as they stand; and acts on
record.

Each function changes the tables as one kind of event says. It runs in the transaction that stores the event,
and may run twice. Guests are not kept: what is theirs ends with them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, and_, delete, update
from sqlalchemy.dialects.sqlite import insert

from chatd.core.bodies import RoomRank
from chatd.core.events import (
    AccountDeleted,
    Audited,
    Banned,
    Event,
    GuestsChanged,
    Identified,
    Ignored,
    MarkedRead,
    MaskAdded,
    MaskRemoved,
    Muted,
    Ranked,
    RetentionChanged,
    RoomChanged,
    RoomDeleted,
    RoomRegistered,
    RoomUnregistered,
    TopicChanged,
    Unbanned,
    Unignored,
    Unmuted,
)
from chatd.storage import accounts, erasing, rooms, rows, schema
from chatd.storage.codec import micros

__all__ = ["PROJECTIONS", "delete_account"]

Projection = Callable[[Connection, Any], None]
PROJECTIONS: dict[type[Event], Projection] = {}
# Written for each act of order: what SQLAlchemy makes of a statement would cost several times as much.
AUDITED = 'INSERT INTO audit (time, door, "by", account, address, line, target, room) VALUES (?, ?, ?, ?, ?, ?, ?, ?)'
P = TypeVar("P", bound=Callable[..., None])


def _of(kind: type[Event]) -> Callable[[P], P]:
    def mark(projection: P) -> P:
        PROJECTIONS[kind] = projection
        return projection

    return mark


@_of(RoomRegistered)
def _registered(connection: Connection, event: RoomRegistered) -> None:
    if event.kept is not None:
        rooms.put(connection, event.kept)


@_of(AccountDeleted)
def delete_account(connection: Connection, event: AccountDeleted) -> None:
    """Delete an account and what is kept for it; what it said is a task for storage/erasing.py."""
    accounts.remove(connection, event.account)
    for table in (schema.ranks, schema.mutes, schema.members, schema.ignores, schema.mail, schema.markers):
        connection.execute(delete(table).where(table.c.account == event.account))
    for table in (schema.bans, schema.masks):
        connection.execute(delete(table).where(table.c.mask == f"account:{event.account}"))
    connection.execute(delete(schema.ignores).where(schema.ignores.c.identity == event.account))
    connection.execute(delete(schema.markers).where(schema.markers.c.target == f"account:{event.account}"))
    erasing.begin(connection, event.account, event.how)


@_of(RoomUnregistered)
@_of(RoomDeleted)
def _deleted(connection: Connection, event: RoomDeleted | RoomUnregistered) -> None:
    if rooms.lasts(connection, event.room_id):
        rooms.forget(connection, event.room_id)


@_of(TopicChanged)
def _topic(connection: Connection, event: TopicChanged) -> None:
    rooms.change(connection, event.room_id, topic=event.topic)


@_of(RoomChanged)
def _changed(connection: Connection, event: RoomChanged) -> None:
    rooms.change(connection, event.room_id, **event.fields())


@_of(RetentionChanged)
def _retained(connection: Connection, event: RetentionChanged) -> None:
    rooms.change(
        connection, event.room_id, keep_seconds=event.seconds or None, keep_messages=event.messages or None
    )


@_of(Ranked)
def _ranked(connection: Connection, event: Ranked) -> None:
    if event.who.account is None or not rooms.lasts(connection, event.room_id):
        return
    ranks = schema.ranks
    if event.rank == RoomRank.FOUNDER:
        # There is one, as in the registry.
        connection.execute(
            update(ranks)
            .where(and_(ranks.c.room == event.room_id, ranks.c.rank == int(RoomRank.FOUNDER)))
            .values(rank=int(RoomRank.OPERATOR))
        )
    if event.rank == RoomRank.NONE:
        connection.execute(
            delete(ranks).where(and_(ranks.c.room == event.room_id, ranks.c.account == event.who.account))
        )
    else:
        rows.put(
            connection, schema.ranks, room=event.room_id, account=event.who.account, rank=int(event.rank)
        )


@_of(Banned)
def _banned(connection: Connection, event: Banned) -> None:
    if rooms.lasts(connection, event.room_id):
        rows.put(
            connection, schema.bans, room=event.room_id, mask=event.mask, by=event.by.nick,
            until=_end(event), reason=event.reason, made=micros(event.time),
        )  # fmt: skip


@_of(Unbanned)
def _unbanned(connection: Connection, event: Unbanned) -> None:
    bans = schema.bans
    connection.execute(delete(bans).where(and_(bans.c.room == event.room_id, bans.c.mask == event.mask)))


@_of(MaskAdded)
def _mask_added(connection: Connection, event: MaskAdded) -> None:
    if rooms.lasts(connection, event.room_id):
        rows.put(
            connection, schema.masks, room=event.room_id, list=str(event.list), mask=event.mask,
            by=event.by.nick, made=micros(event.time),
        )  # fmt: skip


@_of(MaskRemoved)
def _mask_removed(connection: Connection, event: MaskRemoved) -> None:
    table = schema.masks
    same = (table.c.room == event.room_id, table.c.list == str(event.list), table.c.mask == event.mask)
    connection.execute(delete(table).where(and_(*same)))


@_of(Muted)
def _muted(connection: Connection, event: Muted) -> None:
    if event.who.account is not None and rooms.lasts(connection, event.room_id):
        rows.put(connection, schema.mutes, room=event.room_id, account=event.who.account, until=_end(event))


@_of(Unmuted)
def _unmuted(connection: Connection, event: Unmuted) -> None:
    mutes = schema.mutes
    connection.execute(
        delete(mutes).where(and_(mutes.c.room == event.room_id, mutes.c.account == event.who.account))
    )


@_of(Identified)
def _identified(connection: Connection, event: Identified) -> None:
    account = event.who.account
    accounts.saw(connection, account or "", event.time)
    for room, rank in event.ranks.items():
        rows.put(connection, schema.ranks, room=room, account=account, rank=int(rank))
    for room, until in event.mutes.items():
        rows.put(connection, schema.mutes, room=room, account=account, until=rows.moment(until))
    for identity, nick in event.ignoring.items():
        rows.put(connection, schema.ignores, account=account, identity=identity, nick=nick)
    for target, until in event.markers.items():
        _mark(connection, account or "", target, until)


@_of(MarkedRead)
def _marked_read(connection: Connection, event: MarkedRead) -> None:
    if event.who.account is None:
        return
    if event.dropped:
        markers = schema.markers
        connection.execute(
            delete(markers).where(
                and_(markers.c.account == event.who.account, markers.c.target == event.dropped)
            )
        )
    _mark(connection, event.who.account, event.key, event.until)


def _mark(connection: Connection, account: str, target: str, until: datetime) -> None:
    """Keep how far an account has read, unless it has read further."""
    mark = insert(schema.markers).values(account=account, target=target, time=micros(until))
    later = mark.excluded.time > schema.markers.c.time
    connection.execute(
        mark.on_conflict_do_update(["account", "target"], set_={"time": mark.excluded.time}, where=later)
    )


@_of(GuestsChanged)
def _guests_changed(connection: Connection, event: GuestsChanged) -> None:
    accounts.change(connection, event.who.account or "", guests=event.allowed)


@_of(Ignored)
def _ignored(connection: Connection, event: Ignored) -> None:
    if event.who.account is not None and event.target.account is not None:
        target = event.target
        rows.put(
            connection, schema.ignores, account=event.who.account, identity=target.identity, nick=target.nick
        )  # fmt: skip


@_of(Unignored)
def _unignored(connection: Connection, event: Unignored) -> None:
    ignores = schema.ignores
    connection.execute(
        delete(ignores).where(
            and_(ignores.c.account == event.who.account, ignores.c.identity == event.identity)
        )
    )


@_of(Audited)
def _audited(connection: Connection, event: Audited) -> None:
    # A transaction that is tried again has left nothing behind: no act is there twice.
    by = event.by
    row = (
        micros(event.time),
        event.door,
        by.nick,
        by.account,
        event.address,
        event.line,
        event.target,
        event.room,
    )
    connection.exec_driver_sql(AUDITED, row)


def _end(event: Banned | Muted) -> int | None:
    return None if event.seconds is None else micros(event.time) + event.seconds * 1_000_000
