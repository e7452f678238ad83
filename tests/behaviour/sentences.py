"""The sentences by which people are told what happens."""

from __future__ import annotations

import re

__all__ = ["told_by"]


def _pattern(kind: str, sentence: str) -> tuple[str, re.Pattern[str]]:
    """Compile a sentence: W is a word, ... the rest; in angle brackets what may be missing."""
    pattern = re.escape(sentence).replace(r"\.\.\.", "(.*)")
    pattern = re.sub(r"\bW\b", r"(\\S+?)", pattern).replace("<", "(?:").replace(">", ")?")
    return kind, re.compile(pattern)


_SENTENCES = [
    _pattern("joined", "W has joined W (W here)"),
    _pattern("left", "W has left W< (...)>"),
    _pattern("quit", "W has quit< (...)>"),
    _pattern("thrown off", "W was kicked off the server by W< (...)>"),
    _pattern("renamed", "W is now known as W"),
    _pattern("topic", "W has set the topic of W: ..."),
    _pattern("topic", "W has removed the topic of W"),
    _pattern("kicked", "W was kicked from W by W< (...)>"),
    _pattern("banned", "W has banned W from W< for W>< (...)>"),
    _pattern("unbanned", "W has lifted the ban on W from W"),
    ("mask added", re.compile(r"(\S+) has ((?:exempted|admitted|quieted) .*)")),
    ("mask removed", re.compile(r"(\S+) no longer ((?:exempts|admits|quiets) .*)")),
    _pattern("muted", "W was muted in W by W< for W>< (...)>"),
    _pattern("unmuted", "W may speak again in W, says W"),
    _pattern("ranked", "W is now W of W, by W"),
    _pattern("unranked", "W is no longer W of W, by W"),
    _pattern("invited", "W invites W to W"),
    _pattern("knocked", "W asks to be let into W< (...)>"),
    _pattern("deleted", "W was deleted by W"),
    _pattern("registered", "W is registered now, by W"),
    _pattern("unregistered", "W is no longer registered, by W"),
    _pattern("appointed", "W is now ... of the server, by W"),
    _pattern("empowered", "W is now ... of the server<, until he leaves>"),
    _pattern("reported", "W reports W< in W>: ..."),
    _pattern("announced", "Announcement from W: ..."),
    _pattern("wallops", "W tells the operators: ..."),
    ("changed", re.compile(r"(\S+) is now (.*), by (\S+)")),
]


def told_by(sentence: str) -> tuple[str, ...]:
    """Return the happening that a sentence tells; nothing: it tells none."""
    for kind, pattern in _SENTENCES:
        if found := pattern.fullmatch(sentence):
            return (kind, *(group or "" for group in found.groups("")))
    return ()
