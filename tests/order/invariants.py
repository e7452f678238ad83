"""What holds of the registry between any two steps."""

from __future__ import annotations

from chatd.core.lookalikes import Lookalikes
from chatd.core.state import LOBBY, RESERVED, reserved
from tests.order.house import House

__all__ = ["check_registry"]


def check_registry(house: House) -> None:
    """Raise AssertionError unless the indexes agree with each other and with the sessions."""
    registry, live = house.registry, house.factory.sessions
    users, rooms = registry.users, registry.rooms_by_id

    assert {user.id: user for user in users.values()} == users
    assert {user.name.folded: user for user in users.values()} == registry.nicks
    assert {room.id: room for room in rooms.values()} == rooms
    assert {room.name.folded: room for room in rooms.values()} == registry.rooms
    assert registry.lobby.permanent
    assert registry.rooms[LOBBY.folded] is registry.lobby

    for user in users.values():
        assert user.sessions, "a user without a session"
        assert user.who.nick == user.name.shown
        for room in user.rooms.values():
            assert rooms[room.id] is room
            assert room.members[user.id] is user
        for session in user.sessions:
            assert session in live
            assert session.user is user
            current = session.current
            assert current is None or current.id in user.rooms, "talks in a room that he is not in"
            assert current is not None or not user.rooms, "is in rooms and talks in none"

    identities = {user.identity for user in users.values()}
    for room in rooms.values():
        assert room.members or room.permanent, "an empty room"
        for user in room.members.values():
            assert users[user.id] is user
            assert user.rooms[room.id] is room
        for kept in (room.ranks, room.mutes, room.invited, room.spoke):
            assert kept.keys() <= identities, "something is kept of who is gone"
        heard = set(room.audience._views)
        assert heard <= live, "an ended session in an audience"
        assert all(room.audience in registry.world.turn.heard_by(session) for session in heard)
    assert registry.mutes.keys() <= identities
    assert registry.world.turn._heard.keys() <= live, "an ended session is remembered"

    nicks, titles = Lookalikes(), Lookalikes()
    for name in reserved(house.registry.settings):
        nicks.add(name, RESERVED)
    for user in users.values():
        nicks.add(user.name, user.id)
    for room in rooms.values():
        titles.add(room.name, room.id)
    assert nicks._holders == registry._nick_lookalikes._holders
    assert titles._holders == registry._room_lookalikes._holders


def check_settled(house: House) -> None:
    """Raise AssertionError unless, with nothing waiting, who hears a room is who is in it."""
    for room in house.registry.rooms_by_id.values():
        members = {session for user in room.members.values() for session in user.sessions}
        assert set(room.audience._views) == members
        given = [number for id, number in house.store.given if id == room.id]
        assert room.last == max(given, default=0)
