"""Records that say the same again and again: the first ones are written, the others counted."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from twisted.logger import LogEvent, LogLevel

__all__ = ["Repeats"]

BURST = 20
PER_SECOND = 4 / 60
# Texts that come ready made, from the old twisted.python.log or from print: each is a kind of its own, and
# together they have a larger burst, so that a printed traceback stays whole.
READY_MADE = {"{log_text}": "log_text", "{log_io}": "log_io"}
READY_MADE_BURST = 200
KINDS = 256
NEVER = frozenset({"chatd.audit", "chatd.doors", "chatd.events"})

_DIGITS = re.compile(r"\d+")


class _Kind:
    """Records of one kind: a bucket of tokens, and how many found it empty."""

    __slots__ = ("burst", "level", "namespace", "stamp", "swallowed", "tokens", "words")

    def __init__(self, namespace: str, burst: int, now: float) -> None:
        self.namespace = namespace
        self.burst = burst
        self.tokens: float = burst
        self.stamp = now
        self.swallowed = 0
        self.words = ""
        self.level: Any = LogLevel.info

    def take(self, now: float) -> bool:
        self.tokens = min(self.burst, self.tokens + (now - self.stamp) * PER_SECOND)
        self.stamp = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Repeats:
    """Says which events are to be written. Two are of one kind if namespace and format are the same.

    Of each kind BURST pass at once, then 4 a minute. What steers the server, what tells of its ports,
    what -d shows and what is critical always passes. `clock` is monotonic, in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kinds: OrderedDict[tuple[str, ...], _Kind] = OrderedDict()
        self._forgotten = 0

    def passes(self, event: LogEvent) -> bool:
        """Whether to write `event`; if not, it is counted. Raises what odd values in it raise."""
        namespace, level = event.get("log_namespace", "-"), event.get("log_level")
        if namespace in NEVER or level is LogLevel.critical:
            return True
        words = str(event.get("log_format"))
        ready_made = READY_MADE.get(words)
        if ready_made is None:
            return self._take((namespace, words), BURST, words, level)
        text = _DIGITS.sub("#", str(event.get(ready_made))[:200])
        return self._take((namespace, text), BURST, text, level) and self._take(
            (namespace,), READY_MADE_BURST, text, level
        )

    def told(self) -> Iterator[LogEvent]:
        """Forget what was swallowed so far, and yield an event for each kind of it."""
        forgotten, self._forgotten = self._forgotten, 0
        if forgotten:
            yield _more(forgotten, "chatd.log", LogLevel.warn, "records of many kinds")
        for kind in self._kinds.values():
            swallowed, kind.swallowed = kind.swallowed, 0
            if swallowed:
                yield _more(swallowed, kind.namespace, kind.level, kind.words)

    def _take(self, key: tuple[str, ...], burst: int, words: str, level: Any) -> bool:
        now = self._clock()
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = _Kind(key[0], burst, now)
            if len(self._kinds) > KINDS:
                self._forgotten += self._kinds.popitem(last=False)[1].swallowed
        else:
            self._kinds.move_to_end(key)
        if kind.take(now):
            return True
        kind.swallowed += 1
        kind.words, kind.level = words, level
        return False


def _more(count: int, namespace: str, level: Any, words: str) -> LogEvent:
    return {
        "log_format": "{count} more like this: {words}",
        "log_namespace": namespace,
        "log_level": level,
        "count": count,
        "words": words,
    }
