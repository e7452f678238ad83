"""What happens in the chat, one struct each. The JSON dialect, the store and the files are made of these.

Every event has a `sentence()`: the plain text any codec can fall back to.
"""

from __future__ import annotations

from chatd.core.bodies import Body, Lines, RoomRank, Sealed, Text, Who, body_lines, body_text, plain
from chatd.core.events.base import Event, RoomEvent
from chatd.core.events.order import (
    Audited,
    Banned,
    Invited,
    Kicked,
    Muted,
    Ranked,
    Reported,
    Unbanned,
    Unmuted,
)
from chatd.core.events.people import (
    AccountChanged,
    AccountDeleted,
    Appointed,
    Arrived,
    AwayChanged,
    Empowered,
    GuestsChanged,
    Identified,
    Ignored,
    Joined,
    Parted,
    Quit,
    RealnameChanged,
    Renamed,
    Unignored,
    UserModes,
)
from chatd.core.events.rooms import (
    RetentionChanged,
    RoomChanged,
    RoomDeleted,
    RoomRegistered,
    RoomUnregistered,
    TopicChanged,
)
from chatd.core.events.talk import Announced, Aside, Message, PrivateMessage, PrivateSignal, Signal

__all__ = [
    "AccountChanged",
    "AccountDeleted",
    "Announced",
    "Appointed",
    "Arrived",
    "Aside",
    "Audited",
    "AwayChanged",
    "Banned",
    "Body",
    "Empowered",
    "Event",
    "GuestsChanged",
    "Identified",
    "Ignored",
    "Invited",
    "Joined",
    "Kicked",
    "Lines",
    "Message",
    "Muted",
    "Parted",
    "PrivateMessage",
    "PrivateSignal",
    "Quit",
    "Ranked",
    "RealnameChanged",
    "Renamed",
    "Reported",
    "RetentionChanged",
    "RoomChanged",
    "RoomDeleted",
    "RoomEvent",
    "RoomRank",
    "RoomRegistered",
    "RoomUnregistered",
    "Sealed",
    "Signal",
    "Text",
    "TopicChanged",
    "Unbanned",
    "Unignored",
    "Unmuted",
    "UserModes",
    "Who",
    "body_lines",
    "body_text",
    "plain",
]
