"""What is told of accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct, json

from chatd.core.replies.base import Reply

__all__ = [
    "AccountEntry",
    "AccountInfo",
    "AccountList",
    "CertificateEntry",
    "Certificates",
    "Record",
    "SessionEntry",
    "Sessions",
]


class Record(Reply, kw_only=True, tag="record"):
    """One thing that is kept of an account: `kind` names the table or `event`."""

    kind: str
    data: dict[str, Any]

    def lines(self) -> list[str]:
        return [json.encode({"kind": self.kind, "data": self.data}).decode()]


class AccountInfo(Reply, kw_only=True, tag="account"):
    """What an account is told of itself."""

    name: str
    created: datetime
    rank: str
    rooms: list[str]
    guests: bool
    sessions: int

    def lines(self) -> list[str]:
        rank = "" if self.rank == "user" else f", {self.rank} of the server"
        return [
            f"{self.name}{rank}, registered {self.created:%Y-%m-%d %H:%M:%SZ}",
            f"  Founder of: {', '.join(self.rooms) or 'no registered room'}",
            f"  Private messages: {'from everybody' if self.guests else 'from accounts only'} (/guests)",
            f"  Sessions: {self.sessions} (/account sessions)",
        ]


class SessionEntry(Struct, frozen=True, omit_defaults=True):
    """One connection of an account."""

    nick: str
    address: str
    dialect: str
    secure: bool = False
    this: Annotated[bool, Meta(description="Whether it is the one that asks.")] = False

    def __str__(self) -> str:
        notes = ("over TLS" if self.secure else "", "this one" if self.this else "")
        rest = "".join(f", {note}" for note in notes if note)
        return f"{self.nick} from {self.address}, {self.dialect}{rest}"


class Sessions(Reply, kw_only=True, tag="sessions"):
    """The connections of an account."""

    sessions: list[SessionEntry]

    def lines(self) -> list[str]:
        count = len(self.sessions)
        return [
            "1 session:" if count == 1 else f"{count} sessions:",
            *(f"  {entry}" for entry in self.sessions),
        ]


class CertificateEntry(Struct, frozen=True, omit_defaults=True):
    """One TLS certificate of an account, by its SHA-256."""

    fingerprint: str
    added: datetime
    this: Annotated[bool, Meta(description="Whether the connection that asks presents it.")] = False

    def __str__(self) -> str:
        note = ", this connection's" if self.this else ""
        return f"{self.fingerprint} since {self.added:%Y-%m-%d}{note}"


class Certificates(Reply, kw_only=True, tag="certificates"):
    """The TLS certificates that log in to an account."""

    certificates: list[CertificateEntry]

    def lines(self) -> list[str]:
        count = len(self.certificates)
        return [
            "1 certificate:" if count == 1 else f"{count} certificates{':' if count else '.'}",
            *(f"  {entry}" for entry in self.certificates),
        ]


class AccountEntry(Struct, frozen=True, omit_defaults=True):
    """One account in a list. `seen` is its last login, `rank` the one on the server, in words."""

    name: str
    created: datetime
    seen: datetime
    rank: str = ""
    suspended: bool = False

    def __str__(self) -> str:
        notes = "".join(f", {note}" for note in (self.rank, "suspended" if self.suspended else "") if note)
        return f"{self.name}: created {self.created:%Y-%m-%d}, seen {self.seen:%Y-%m-%d}{notes}"


class AccountList(Reply, kw_only=True, tag="accounts"):
    """Accounts, for who keeps order; `more`: how many are not listed."""

    accounts: list[AccountEntry]
    more: int = 0

    def lines(self) -> list[str]:
        count = len(self.accounts) + self.more
        return [
            "1 account:" if count == 1 else f"{count} accounts:",
            *(f"  {account}" for account in self.accounts),
            *([f"  and {self.more} more"] if self.more else []),
        ]
