"""What the server answers to one client, one struct each. `lines()` is the text any codec can fall back to."""

from __future__ import annotations

from chatd.core.events import Event
from chatd.core.replies.accounts import (
    AccountEntry,
    AccountInfo,
    AccountList,
    CertificateEntry,
    Certificates,
    Record,
    SessionEntry,
    Sessions,
)
from chatd.core.replies.base import Done, ErrorReply, Farewell, Help, Info, Reply, Stats, Usage
from chatd.core.replies.entry import LoginCode, Named, Ping, Pong, Prompt, Welcome
from chatd.core.replies.files import Download, FileEntry, Files, Offer
from chatd.core.replies.talk import AbsentNotice, AwayNotice, Mail, NotStored
from chatd.core.replies.views import (
    BanList,
    Entered,
    MaskListing,
    Member,
    Names,
    RoomEntry,
    RoomInfo,
    Rooms,
    Users,
    Whois,
)

__all__ = [
    "AbsentNotice",
    "AccountEntry",
    "AccountInfo",
    "AccountList",
    "AwayNotice",
    "BanList",
    "CertificateEntry",
    "Certificates",
    "Done",
    "Download",
    "Entered",
    "ErrorReply",
    "Farewell",
    "FileEntry",
    "Files",
    "Help",
    "Info",
    "LoginCode",
    "Mail",
    "MaskListing",
    "Member",
    "Named",
    "Names",
    "NotStored",
    "Offer",
    "Outgoing",
    "Ping",
    "Pong",
    "Prompt",
    "Record",
    "Reply",
    "RoomEntry",
    "RoomInfo",
    "Rooms",
    "SessionEntry",
    "Sessions",
    "Stats",
    "Usage",
    "Users",
    "Welcome",
    "Whois",
]

Outgoing = Event | Reply
