"""Registered names: whose a nickname is, whether he is there or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chatd.core.lookalikes import Lookalikes
from chatd.core.names import Name, nickname
from chatd.core.user import Rank

__all__ = ["Account", "Accounts"]


class Account(Struct, frozen=True):
    """A registered name. `id` is never used again; `name` is as it was registered.

    `rank` is the one on the server, `address` the network it was registered from. `guests`: whether they may
    write to it in private.
    """

    id: str
    name: str
    created: datetime
    seen: datetime
    address: str = ""
    suspended: bool = False
    rank: Rank = Rank.USER
    guests: bool = True


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

    def resembled(self, name: Name, but: str = "") -> Account | None:
        """Return an account whose name looks like that one; not the account `but`."""
        for id in self._lookalikes.of(name):
            if id != but:
                return self._by_id[id]
        return None
