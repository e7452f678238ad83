"""What a record of the log looks like: one line, in which nothing can do harm."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from twisted.logger import LogEvent, formatEvent

from chatd.core.text import visible

__all__ = ["FORMATS", "Record", "record"]

LONGEST = 16384
"""Characters of a text, or of a traceback, before its middle is left out."""


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """One record. All text in it is harmless already."""

    time: datetime
    level: str
    source: str
    text: str
    traceback: list[str] = []


def record(event: LogEvent) -> Record | None:
    """Return what an event of twisted.logger says; None: nothing. Never raises."""
    try:
        text = formatEvent(event)
        failure = event.get("log_failure")
        lines = [] if failure is None else _short(_traceback(failure)).splitlines()
        if not text and not lines:
            return None
        return Record(
            _time(event.get("log_time")),
            _level(event),
            visible(_source(event)),
            visible(_short(text)),
            [visible(line) for line in lines],
        )
    except Exception as error:  # noqa: BLE001 - objects that are logged may raise whatever they like
        name = type(error).__name__
        return Record(_time(None), "error", "chatd.log", f"a record could not be written down: {name}")


def plain(entry: Record) -> bytes:
    r"""Return `2026-11-21T14:30:35Z [source#level] text` as a line; a traceback follows after `\n`."""
    text = r"\n".join((entry.text, *entry.traceback))
    return f"{entry.time:%Y-%m-%dT%H:%M:%SZ} [{entry.source}#{entry.level}] {text}\n".encode()


def json(entry: Record) -> bytes:
    """Return one JSON object as a line."""
    return msgspec.json.encode(entry) + b"\n"


FORMATS: dict[Literal["plain", "json"], Callable[[Record], bytes]] = {"plain": plain, "json": json}


def _time(seconds: Any) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(time.time(), UTC)


def _level(event: LogEvent) -> str:
    return getattr(event.get("log_level"), "name", "info")


def _source(event: LogEvent) -> str:
    """Return who speaks; the old twisted.python.log has no namespaces, only a word for the connection."""
    namespace = event.get("log_namespace", "-")
    return str(event.get("log_system", "-") if namespace == "log_legacy" else namespace)


def _traceback(failure: Any) -> str:
    try:
        return str(failure.getTraceback())
    except Exception as error:  # noqa: BLE001 - it shows values of any kind
        return f"Traceback that cannot be shown: {type(error).__name__}"


def _short(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    half = LONGEST // 2
    return f"{text[:half]} [{len(text) - 2 * half} characters left out] {text[-half:]}"
