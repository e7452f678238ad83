"""The one error a client ever sees: a code for machines and a sentence for people."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["ChatError", "Code", "UsageError"]


class Code(StrEnum):
    """What went wrong, stable for scripts. JSON shows it as it is; IRC maps it to a numeric."""

    BAD_NAME = "bad-name"
    NAME_TAKEN = "name-taken"
    NAME_REGISTERED = "name-registered"
    NAME_RESERVED = "name-reserved"
    NOT_NAMED = "not-named"
    NO_SUCH_USER = "no-such-user"
    NO_SUCH_ROOM = "no-such-room"
    NOT_IN_ROOM = "not-in-room"
    USER_NOT_IN_ROOM = "user-not-in-room"
    ALREADY_IN_ROOM = "already-in-room"
    NO_ROOM = "no-room"
    WRONG_KEY = "wrong-key"
    INVITE_ONLY = "invite-only"
    ROOM_FULL = "room-full"
    BANNED = "banned"
    MUTED = "muted"
    MODERATED = "moderated"
    SLOW_MODE = "slow-mode"
    NOT_ALLOWED = "not-allowed"
    TOO_MANY = "too-many"
    TOO_LONG = "too-long"
    TOO_FAST = "too-fast"
    BAD_TEXT = "bad-text"
    BAD_VALUE = "bad-value"
    NO_CHANGE = "no-change"
    BAD_REQUEST = "bad-request"
    USAGE = "usage"
    UNKNOWN_COMMAND = "unknown-command"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 - a code, not a secret
    BUSY = "busy"
    INTERNAL = "internal"


class ChatError(Exception):
    """A request that was refused.

    `text` is one sentence without a final line end. It may quote what the client typed;
    the codec that shows it removes control characters.
    """

    def __init__(self, code: Code, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class UsageError(ChatError):
    """Too few, too many or unreadable arguments; `text` is the usage line itself."""

    def __init__(self, usage: str) -> None:
        super().__init__(Code.USAGE, usage)
