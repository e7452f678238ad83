"""Registered names: whose a nickname is, whether he is there or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import nsmallest
from re import Pattern
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chatd.core.errors import ChatError, Code
from chatd.core.lookalikes import Lookalikes
from chatd.core.names import Name, nickname, skeletons
from chatd.core.user import Rank
from chatd.settings import Settings

__all__ = ["Account", "Accounts", "Certificate", "Invitation", "check_new"]


class Account(Struct, frozen=True):
    """A registered name. `id` is never used again; `name` is as it was registered.

    `rank` is the one on the server, `address` the network it was registered from. `guests`: whether they may
    write to it in private. `passwords` counts those it has had since the server was started.
    """

    id: str
    name: str
    created: datetime
    seen: datetime
    address: str = ""
    suspended: bool = False
    rank: Rank = Rank.USER
    guests: bool = True
    passwords: int = 0


class Invitation(Struct, frozen=True):
    """A code with which somebody may register, once and before `until`; known by its SHA-256. `by` made it."""

    hash: str
    created: datetime
    until: datetime
    by: str

    @property
    def id(self) -> str:
        """What it is called in lists."""
        return self.hash[:8]


class Certificate(Struct, frozen=True):
    """A TLS certificate that logs in to an account: its SHA-256 in hexadecimal digits, and since when."""

    fingerprint: str
    added: datetime


class Accounts:
    """All accounts, by name; in memory, since each new nickname is compared with all of them.

    Some 600 bytes each with its skeletons. The store keeps them, and their passwords.
    """

    def __init__(self) -> None:
        self._by_id: dict[str, Account] = {}
        self._by_name: dict[str, Account] = {}
        self._lookalikes = Lookalikes()

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._by_id.values())

    def restore(self, accounts: Iterable[Account]) -> None:
        """Begin with these."""
        for account in accounts:
            self.put(account)

    def put(self, account: Account) -> None:
        """Add an account, or take over what changed; its name never does."""
        name = nickname(account.name)
        if account.id not in self._by_id:
            self._lookalikes.add(name, account.id)
        self._by_id[account.id] = self._by_name[name.folded] = account

    def change(self, id: str, **values: Any) -> None:
        """Take over other values for fields of an account."""
        self.put(replace(self._by_id[id], **values))

    def saw(self, id: str, when: datetime) -> None:
        """Note when an account was there last."""
        if self._by_id[id].seen < when:
            self.change(id, seen=when)

    def remove(self, id: str) -> None:
        """Forget an account: its name is free."""
        account = self._by_id.pop(id, None)
        if account is not None:
            name = nickname(account.name)
            del self._by_name[name.folded]
            self._lookalikes.remove(name, id)

    def by_id(self, id: str) -> Account | None:
        """Return the account of that id."""
        return self._by_id.get(id)

    def by_name(self, name: Name) -> Account | None:
        """Return the account of that name, however it is written."""
        return self._by_name.get(name.folded)

    def by_folded(self, folded: str) -> Account | None:
        """Return the account of that name, folded already."""
        return self._by_name.get(folded)

    def opened(self, account: Account) -> Account:
        """Return an account as it is now; raise ChatError if whoever has proved that it is his, when it was as
        given, may not use it."""
        now = self._by_id.get(account.id)
        if now is None:
            raise ChatError(Code.NOT_ALLOWED, "this account was deleted")
        if now.suspended:
            raise ChatError(Code.NOT_ALLOWED, "this account is suspended; ask the owner of the server")
        if now.passwords != account.passwords:
            raise ChatError(Code.WRONG_PASSWORD, "the password was changed at this moment; log in again")
        return now

    def matching(self, pattern: Pattern[str], limit: int) -> tuple[list[Account], int]:
        """Return the first accounts whose folded names match, in the order of these, and how many match besides."""
        found = [folded for folded in self._by_name if pattern.fullmatch(folded)]
        return [self._by_name[folded] for folded in nsmallest(limit, found)], max(0, len(found) - limit)

    def resembled(self, name: Name, but: str = "") -> Account | None:
        """Return an account whose name looks like that one; not the account `but`."""
        for id in self._lookalikes.of(name):
            if id != but:
                return self._by_id[id]
        return None


def check_new(name: Name, accounts: Accounts, settings: Settings) -> None:
    """Raise ChatError unless an account of that name may be made: not too long, not reserved, not another's, nor
    like another's."""
    longest = settings.limits.nickname_characters
    if len(name.shown) > longest:
        raise ChatError(Code.BAD_NAME, f"a nickname has at most {longest} characters")
    if any(skeletons(name) & skeletons(nickname(raw)) for raw in settings.names.reserved):
        raise ChatError(Code.NAME_RESERVED, f"the nickname {name.shown} is reserved")
    if accounts.by_name(name) is not None:
        raise ChatError(Code.NAME_REGISTERED, f"the nickname {name.shown} is registered")
    other = accounts.resembled(name)
    if other is not None:
        raise ChatError(
            Code.NAME_TAKEN, f"{name.shown} looks too much like {other.name}, which is registered"
        )
