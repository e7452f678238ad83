"""What happens in the chat, one struct each. The JSON dialect, the store and the files are made of these.

Every event has a `sentence()`: the plain text any codec can fall back to.
"""

from __future__ import annotations

from chatd.core.bodies import Body, RoomRank, Sealed, Text, Who, body_text
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
    AccountDeleted,
    Appointed,
    Arrived,
    AwayChanged,
    GuestsChanged,
    Identified,
    Ignored,
    Joined,
    Parted,
    Quit,
    Renamed,
    Unignored,
)
from chatd.core.events.rooms import (
    RetentionChanged,
    RoomChanged,
    RoomDeleted,
    RoomRegistered,
    RoomUnregistered,
    TopicChanged,
)
from chatd.core.events.talk import Announced, Message, PrivateMessage

__all__ = [
    "AccountDeleted",
    "Announced",
    "Appointed",
    "Arrived",
    "Audited",
    "AwayChanged",
    "Banned",
    "Body",
    "Event",
    "GuestsChanged",
    "Identified",
    "Ignored",
    "Invited",
    "Joined",
    "Kicked",
    "Message",
    "Muted",
    "Parted",
    "PrivateMessage",
    "Quit",
    "Ranked",
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
    "Text",
    "TopicChanged",
    "Unbanned",
    "Unignored",
    "Unmuted",
    "Who",
    "body_text",
]
