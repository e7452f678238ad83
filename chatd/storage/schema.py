"""The tables, as SQLAlchemy Core sees them. `migrations/` makes them; a test compares the two.

Times are whole microseconds since 1970, UTC. Ids of rooms and accounts are never used again; numbers of rows
(`row`, `key`) are never shown to anybody.
"""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
)

__all__ = [
    "accounts",
    "audit",
    "bans",
    "certificates",
    "erasures",
    "events",
    "files",
    "ignores",
    "invitations",
    "mail",
    "markers",
    "masks",
    "members",
    "metadata",
    "mutes",
    "places",
    "progress",
    "ranks",
    "rooms",
    "verifiers",
    "web_logins",
]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# BigInteger would be no alias of the row id in SQLite, and Integer has 32 bits elsewhere.
_RowId = BigInteger().with_variant(Integer, "sqlite")

places = Table(
    "places",
    metadata,
    Column("key", _RowId, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("last", BigInteger, nullable=False),
    Column("second", Text, index=True),
    comment="Where events are numbered: a room, or two accounts that talk in private. `second` is the one of the two "
    "who stands last in the id: who stands first is found by that.",
)

events = Table(
    "events",
    metadata,
    Column("row", _RowId, primary_key=True),
    Column("place", _RowId, ForeignKey("places.key"), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("event", Text, nullable=False),
    UniqueConstraint("place", "number"),
    comment="What was shown, as JSON; numbered 1, 2, 3 … in each place.",
    sqlite_autoincrement=True,
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False, unique=True),
    Column("hash", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("address", Text, nullable=False),
    Column("suspended", Boolean, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("guests", Boolean, nullable=False),
    Column("away", Text),
    comment="Registered names. `hash` is the password's, `address` where it was registered from, `guests` "
    "whether they may write in private.",
)

certificates = Table(
    "certificates",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("added", BigInteger, nullable=False),
    comment="TLS certificates that log in to an account, by their SHA-256.",
)

verifiers = Table(
    "verifiers",
    metadata,
    Column("account", Text, primary_key=True),
    Column("verifier", Text, nullable=False),
    comment="What SCRAM-SHA-256 compares a password with, where accounts.scram is on.",
)

members = Table(
    "members",
    metadata,
    Column("account", Text, primary_key=True),
    Column("room", Text, primary_key=True),
    comment="The rooms that an account comes back to.",
)

ignores = Table(
    "ignores",
    metadata,
    Column("account", Text, primary_key=True),
    Column("identity", Text, primary_key=True),
    Column("nick", Text, nullable=False),
    comment="Whom an account ignores, with the nickname he had then.",
)

mail = Table(
    "mail",
    metadata,
    Column("account", Text, primary_key=True),
    Column("row", _RowId, primary_key=True),
    comment="Private messages that wait for the next login of an account: rows of events.",
)

invitations = Table(
    "invitations",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("created", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    comment="Codes with which somebody may register, once; SHA-256 of each.",
)

rooms = Table(
    "rooms",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False, unique=True),
    Column("created", BigInteger, nullable=False),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("slow", Integer, nullable=False),
    Column("keep_seconds", BigInteger),
    Column("keep_messages", BigInteger),
    Column("invite_only", Boolean, nullable=False),
    Column("secret", Boolean, nullable=False),
    Column("limit", Integer, nullable=False),
    Column("moderated", Boolean, nullable=False),
    Column("external", Boolean, nullable=False),
    Column("open_topic", Boolean, nullable=False),
    comment="Registered rooms. `keep_…`: how long, how many; null: as the settings say. `limit` 0: none.",
)

ranks = Table(
    "ranks",
    metadata,
    Column("room", Text, ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True),
    Column("account", Text, primary_key=True),
    Column("rank", Integer, nullable=False),
    comment="Who may do what in a registered room.",
)

bans = Table(
    "bans",
    metadata,
    Column("room", Text, primary_key=True),
    Column("mask", Text, primary_key=True),
    Column("by", Text, nullable=False),
    Column("until", BigInteger),
    Column("reason", Text, nullable=False),
    Column("made", BigInteger),
    comment="Bans of registered rooms and, with an empty room, of the server.",
)

masks = Table(
    "masks",
    metadata,
    Column("room", Text, primary_key=True),
    Column("list", Text, primary_key=True),
    Column("mask", Text, primary_key=True),
    Column("by", Text, nullable=False),
    Column("made", BigInteger),
    comment="Other masks of registered rooms: exceptions from bans, invitations, mutes.",
)

mutes = Table(
    "mutes",
    metadata,
    Column("room", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("until", BigInteger),
    comment="Mutes of accounts in registered rooms and, with an empty room, on the server.",
)

audit = Table(
    "audit",
    metadata,
    Column("row", _RowId, primary_key=True),
    Column("time", BigInteger, nullable=False),
    Column("door", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("account", Text),
    Column("address", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("room", Text, nullable=False),
    comment="Who kept order: when, by which door, who, from where, what, whom, in which room.",
)

erasures = Table(
    "erasures",
    metadata,
    Column("account", Text, primary_key=True),
    Column("how", Text, nullable=False),
    Column("row", _RowId, nullable=False),
    comment="Deleted accounts that are still to be taken out of events behind that row.",
)

progress = Table(
    "progress",
    metadata,
    Column("name", Text, primary_key=True),
    Column("row", _RowId, nullable=False),
    comment="How far work behind the commits has come.",
)

markers = Table(
    "markers",
    metadata,
    Column("account", Text, primary_key=True),
    Column("target", Text, primary_key=True),
    Column("time", BigInteger, nullable=False),
    comment="Up to when an account has read: `#room` by its folded name, `account:` by its id, `nick:` of a guest.",
)

files = Table(
    "files",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("place", Text, nullable=False),
    Column("account", Text),
    Column("user", Text, nullable=False),
    Column("payer", Text, nullable=False),
    Column("nick", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("stored", Text, nullable=False, unique=True),
    Column("time", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    comment="Files that are shared, by the number that people see: a row is made when all bytes are on the disk, under "
    "the name `stored`. `place`: a room, or two identities that talk in private; `payer`: on whose quota it counts.",
    sqlite_autoincrement=True,
)

web_logins = Table(
    "web_logins",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    comment="Cookies that log browsers in to an account until that time, by their SHA-256.",
)

# Each row of `events` has its words here, under the same number, made by core/words.py and kept apart by spaces; the
# text itself is not kept again. What is no ASCII is part of a word; ASCII's letters and digits are.
# Parts of the index are joined in small steps by who fills it (search.py), never by the way.
for _statement in (
    "CREATE VIRTUAL TABLE words USING fts5(tokens, content='', columnsize=0, tokenize='ascii')",
    "INSERT INTO words (words, rank) VALUES ('automerge', 0)",
    "INSERT INTO words (words, rank) VALUES ('crisismerge', 1000)",
):
    event.listen(metadata, "after_create", DDL(_statement).execute_if(dialect="sqlite"))  # type: ignore[no-untyped-call]
