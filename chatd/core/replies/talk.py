"""What becomes of what somebody said, or was said to him."""

from __future__ import annotations

from chatd.core.replies.base import Reply

__all__ = [
    "AbsentNotice",
    "AwayNotice",
    "Mail",
    "NotStored",
]


class NotStored(Reply, kw_only=True, tag="not_stored"):
    """What the client said was shown before it could be stored. Who is shown his own lines sees it there."""

    def lines(self) -> list[str]:
        return [
            "Shown, but not stored: the database does not answer. It is stored when it does, unless too much waits."
        ]


class AbsentNotice(Reply, kw_only=True, tag="absent"):
    """The account written to is not there: it gets the message when it comes."""

    nick: str

    def lines(self) -> list[str]:
        return [f"{self.nick} is not here and gets your message when he comes."]


class AwayNotice(Reply, kw_only=True, tag="away_notice"):
    """The user asked for is away: told to who writes to him."""

    nick: str
    away: str

    def lines(self) -> list[str]:
        return [f"{self.nick} is away: {self.away}"]


class Mail(Reply, kw_only=True, tag="mail"):
    """Private messages that waited come next."""

    count: int

    def lines(self) -> list[str]:
        return [
            "A private message waited for you:"
            if self.count == 1
            else f"{self.count} private messages waited for you:"
        ]
