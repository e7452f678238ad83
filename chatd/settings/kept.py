"""What is kept, of whom, and for how long."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from chatd.settings.section import RESTART, Section

__all__ = ["Accounts", "History", "Storage"]


class Storage(Section, frozen=True):
    """Where things are kept."""

    data: Annotated[
        str,
        Meta(
            description="Folder for keys, sockets and the database; made with mode 0700.",
            extra=RESTART,
            min_length=1,
        ),
    ] = "chatd-data"
    durability: Annotated[
        Literal["commit", "relaxed", "off"],
        Meta(
            description=(
                "commit: what is shown is on the disk. relaxed: it is written within 100 ms. off: what is said "
                "is not stored; rooms, accounts and bans are."
            ),
            extra=RESTART,
        ),
    ] = "commit"
    commit_seconds: Annotated[
        float,
        Meta(
            description="Seconds a message waits for its commit before it is shown as not stored.",
            gt=0,
            le=86400,
        ),
    ] = 1.0


class Accounts(Section, frozen=True):
    """Who may register a nickname."""

    registration: Annotated[
        Literal["open", "invite", "closed"],
        Meta(
            description=(
                "open: everybody, by /register. invite: who has a code of the owner's, `chatd account invite`. "
                "closed: the owner adds accounts, `chatd account add`."
            )
        ),
    ] = "open"
    per_address: Annotated[
        int,
        Meta(
            description="Accounts that one address (IPv6: one /64) may register in a day; 0: no limit.", ge=0
        ),
    ] = 5

    password_characters: Annotated[
        int,
        Meta(
            description="Characters that a password has at least which people choose; the owner may set any.",
            ge=1,
            le=256,
        ),
    ] = 8
    scram: Annotated[
        bool,
        Meta(
            description=(
                "Offer SCRAM-SHA-256 to IRC clients. A second verifier of each password is then kept beside its hash, "
                "and is easier to guess from; made when the password is set or proved. Off: those there are "
                "are deleted at the next start."
            )
        ),
    ] = False
    founder_days: Annotated[
        int,
        Meta(
            description="Days after which an absent founder of a registered room gives way to its operator who was here last; 0: never.",
            ge=0,
        ),
    ] = 90
    on_delete: Annotated[
        Literal["anonymise", "remove"],
        Meta(description="What becomes of what an account said when it is deleted."),
    ] = "anonymise"


class History(Section, frozen=True):
    """What was said before."""

    on_join: Annotated[
        int, Meta(description="Events shown to who enters a room, the newest; 0: none.", ge=0, le=200)
    ] = 20
    keep_days: Annotated[
        int, Meta(description="Days that what is said in rooms is kept; 0: for ever.", ge=0, le=36500)
    ] = 0
    keep_messages: Annotated[
        int,
        Meta(description="Lines of each room that are kept, the newest; 0: all.", ge=0, le=1_000_000_000),
    ] = 0
    private_keep_days: Annotated[
        int,
        Meta(
            description=(
                "Days that private messages between accounts are kept, also those that wait for somebody "
                "absent; 0: for ever."
            ),
            ge=0,
            le=36500,
        ),
    ] = 0
    private_keep_messages: Annotated[
        int,
        Meta(
            description="Private messages of each two accounts that are kept, the newest; 0: all.",
            ge=0,
            le=1_000_000_000,
        ),
    ] = 0
    audit_days: Annotated[
        int,
        Meta(description="Days that it is kept who steered the server; 0: for ever.", ge=0, le=36500),
    ] = 365
