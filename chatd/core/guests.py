"""What is a guest's: his account's when he registers, gone when he goes."""

from __future__ import annotations

from typing import TypeVar

from chatd.core.events import Who
from chatd.core.room import Room
from chatd.core.state import State
from chatd.core.user import User

__all__ = ["Guests", "longer"]

V = TypeVar("V")


class Guests(State):
    """Ranks, mutes, invitations, private talk and ignores of those who have no account."""

    def _mark(self, room: Room, who: Who) -> None:
        """Note that a room keeps something of a guest, so that his leaving need not look into every room."""
        user = self.users.get(who.user)
        if user is not None and who.account is None:
            user.marks[room.id] = None
            room.marked.add(user.id)

    def _hand_over(self, user: User, guest: str) -> None:
        """Let his account have what a guest had: ranks, mutes, invitations, and who ignores him."""
        identity = user.identity
        for id in user.marks:
            room = self.rooms_by_id.get(id)
            if room is None:
                continue
            room.marked.discard(user.id)
            if guest in room.ranks:
                room.ranks[identity] = max(room.ranks.pop(guest), room.rank_of(user))
            _move_term(room.mutes, guest, identity)
            _move(room.invited, guest, identity)
            _move(room.spoke, guest, identity)
        user.marks.clear()
        self.guest_talk.forget(guest)
        _move_term(self.mutes, guest, identity)
        for other in self.ignorers.pop(guest, {}).values():
            other.ignoring[identity] = other.ignoring.pop(guest)
            self.ignorers.setdefault(identity, {})[other.id] = other

    def _forget_ignorer(self, identity: str, user: User) -> None:
        holders = self.ignorers.get(identity, {})
        holders.pop(user.id, None)
        if not holders:
            self.ignorers.pop(identity, None)

    def _forget_guest(self, user: User) -> None:
        """Drop the ranks, mutes, invitations and private talk of a guest: they end with him."""
        for id in user.marks:
            room = self.rooms_by_id.get(id)
            if room is not None:
                room.marked.discard(user.id)
                for kept in (room.ranks, room.mutes, room.invited, room.spoke):
                    kept.pop(user.id, None)
        self.mutes.pop(user.id, None)
        self.guest_talk.forget(user.id)
        self.markers.pop(user.id, None)


def _move(kept: dict[str, V], old: str, new: str) -> None:
    if old in kept:
        kept[new] = kept.pop(old)


def _move_term(terms: dict[str, float | None], old: str, new: str) -> None:
    """Of two terms the longer one stays; None has no end."""
    if old in terms:
        terms[new] = longer(terms.pop(old), terms.get(new, 0.0))


def longer(one: float | None, other: float | None) -> float | None:
    """Return the later of two ends; None: there is none."""
    return None if one is None or other is None else max(one, other)
