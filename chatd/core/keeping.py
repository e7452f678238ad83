"""How much of what was said is kept: for how long, and how many lines."""

from __future__ import annotations

from msgspec import Struct

from chatd.core import durations
from chatd.core.errors import ChatError, Code
from chatd.settings import History

__all__ = ["DAY", "FOR_EVER", "Keep", "of_private_talk", "of_rooms", "parse"]

DAY = 86_400
MOST_MESSAGES = 10**9


class Keep(Struct, frozen=True):
    """A bound on what is kept of a place; 0: none. `messages` counts numbers: messages, topics, moderation."""

    seconds: int = 0
    messages: int = 0

    def __bool__(self) -> bool:
        """Whether anything is ever deleted."""
        return bool(self.seconds or self.messages)

    def within(self, other: Keep) -> Keep:
        """Return what is kept where both hold: the shorter time, the lesser count."""
        return Keep(_lesser(self.seconds, other.seconds), _lesser(self.messages, other.messages))

    def __str__(self) -> str:
        parts = [durations.show(self.seconds)] if self.seconds else []
        if self.messages:
            parts.append("the last line" if self.messages == 1 else f"the last {self.messages} lines")
        return ", ".join(parts) or "for ever"


FOR_EVER = Keep()


def of_rooms(history: History) -> Keep:
    """Return what the settings let every room keep."""
    return Keep(history.keep_days * DAY, history.keep_messages)


def of_private_talk(history: History) -> Keep:
    """Return what the settings let two accounts keep of their talk."""
    return Keep(history.private_keep_days * DAY, history.private_keep_messages)


def _lesser(one: int, other: int) -> int:
    """Return the lesser bound, where 0 is none."""
    return min(one, other) if one and other else one or other


def parse(text: str) -> Keep:
    """Read a duration, a count or both (`90d`, `1000`, `90d 1000`), or `default`, which is no bound of one's own.

    Raises ChatError(BAD_VALUE).
    """
    if text == "default":
        return FOR_EVER
    seconds = messages = 0
    for word in text.split():
        count = word.isascii() and word.isdigit()
        if messages if count else seconds:
            raise ChatError(Code.BAD_VALUE, "name one duration, one count, or one of each")
        if count:
            # int() of a long text takes time that grows with its square.
            messages = int(word[:11])
            if not 1 <= messages <= MOST_MESSAGES:
                raise ChatError(Code.BAD_VALUE, f"a count is from 1 to {MOST_MESSAGES}")
        else:
            seconds = durations.parse(word)
    return Keep(seconds, messages)
