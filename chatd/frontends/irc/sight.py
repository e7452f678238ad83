"""Who is shown to whom."""

from __future__ import annotations

from chatd.core.registry import Registry
from chatd.core.user import Rank, User

__all__ = ["account_of", "findable", "sees_addresses", "share_a_room", "shown_name"]


def share_a_room(one: User, other: User) -> bool:
    """Whether both are in some room."""
    return not one.rooms.keys().isdisjoint(other.rooms)


def findable(asker: User, user: User) -> bool:
    """Whether who does not name the user himself may find him: who is invisible (mode i) is found by those who share a
    room with him."""
    return "i" not in user.modes or user is asker or asker.rank >= Rank.OPERATOR or share_a_room(asker, user)


def sees_addresses(asker: User, user: User) -> bool:
    """Whether the user's real address may be shown: to himself and to operators."""
    return user is asker or asker.rank >= Rank.OPERATOR


def account_of(registry: Registry, user: User) -> str:
    """Return the name of the account that the user speaks for; empty: he is a guest."""
    account = registry.accounts.by_id(user.who.account or "")
    return "" if account is None else account.name


def shown_name(user: User) -> str:
    """Return his real name; his nickname if he has given none."""
    return user.realname or user.nick
