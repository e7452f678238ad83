"""All that a registry knows, as plain values to compare, and what holds of it beyond tests/order/invariants.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatd.core.events import RoomRank
from chatd.core.kept import PROPERTIES
from chatd.core.lookalikes import Lookalikes
from chatd.core.registry import Registry
from chatd.core.room import Room
from chatd.core.user import User

__all__ = ["check_marks", "snapshot"]


def snapshot(registry: Registry) -> dict[str, Any]:
    """Return what the registry knows. What has run out and was not thrown away yet is left out."""

    def lasting(terms: dict[str, float | None]) -> dict[str, float | None]:
        return {key: until for key, until in terms.items() if not registry.expired(until)}

    def bans(kept: Mapping[str, Any]) -> dict[str, Any]:
        return {mask: ban for mask, ban in kept.items() if not registry.expired(ban.until)}

    def of_user(user: User) -> tuple[Any, ...]:
        return (
            (user.who, user.name, user.rank, user.away, user.correspondent, dict(user.ignoring)),
            (list(user.rooms), set(user.marks), [(id(each), _current(each)) for each in user.sessions]),
        )

    def of_room(room: Room) -> tuple[Any, ...]:
        return (
            (room.name, room.permanent, *(getattr(room, name) for name in PROPERTIES)),
            (list(room.members), dict(room.ranks), set(room.invited), dict(room.spoke)),
            (bans(room.bans), lasting(room.mutes)),
            {which: dict(masks) for which, masks in room.lists.items() if masks},
        )

    return {
        "users": {id: of_user(user) for id, user in registry.users.items()},
        "nicks": {nick: user.id for nick, user in registry.nicks.items()},
        "rooms": {id: of_room(room) for id, room in registry.rooms_by_id.items()},
        "titles": {title: room.id for title, room in registry.rooms.items()},
        "accounts": {account.id: account for account in registry.accounts},
        "bans": bans(registry.bans),
        "mutes": lasting(registry.mutes),
        "ignorers": {identity: set(users) for identity, users in registry.ignorers.items()},
        "lookalikes": [_held(each) for each in (registry._nick_lookalikes, registry._room_lookalikes)],
    }


def _current(session: Any) -> str:
    return "" if session.current is None else str(session.current.id)


def _held(index: Lookalikes) -> dict[str, set[str]]:
    return {key: set(holders) for key, holders in index._holders.items()}


def check_marks(registry: Registry) -> None:
    """Raise AssertionError unless the indexes that only leaving looks into are right, and ranks make sense."""
    users, rooms = registry.users, registry.rooms_by_id
    pairs = {(user.id, identity) for user in users.values() for identity in user.ignoring}
    assert {(id, who) for who, ignorers in registry.ignorers.items() for id in ignorers} == pairs
    for identity, ignorers in registry.ignorers.items():
        assert ignorers, f"an empty set of those who ignore {identity}"
        assert all(users[id] is user for id, user in ignorers.items())

    owners = {user.identity: user for user in users.values()}
    assert len(owners) == len(users), "two users of one identity"
    for room in rooms.values():
        for kept in (room.ranks, room.mutes, room.invited, room.spoke):
            for identity in kept:
                assert room.id in owners[identity].marks, f"{room.name.shown} keeps something unmarked"
        ranks = list(room.ranks.values())
        assert RoomRank.NONE not in ranks
        assert ranks.count(RoomRank.FOUNDER) <= (not room.permanent), (
            f"founders of {room.name.shown}: {ranks}"
        )
        assert not room.invited.keys() & {user.identity for user in room.members.values()}
        assert not (room.permanent and (room.invite_only or room.secret or room.key or room.limit)), (
            "nobody gets into the lobby"
        )
        for masks in (room.bans, *room.lists.values()):
            assert all(str(ban.mask) == text for text, ban in masks.items())
    assert all(str(ban.mask) == text for text, ban in registry.bans.items())
    for user in users.values():
        assert user.marks.keys() <= rooms.keys(), f"{user.nick} is marked in rooms that ended"
