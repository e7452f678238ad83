"""The audit log: who steered the server, when, from where, by what. One JSON object a line, appended."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from twisted.logger import Logger

__all__ = ["Audit", "Entry"]

log = Logger(namespace="chatd.audit")


class Entry(msgspec.Struct, frozen=True):
    """One act. `by` is a key's fingerprint or the user of a local process."""

    time: datetime
    door: str
    by: str
    address: str
    line: str


class Audit:
    """Appends to a file of mode 0600; every act also stands in the log. `now` is in seconds since 1970."""

    def __init__(self, path: Path, now: Callable[[], float]) -> None:
        self._path = path
        self._now = now

    def record(self, door: str, by: str, address: str, line: str) -> None:
        """Write down one act before it is carried out. A file that cannot be written is logged, no more."""
        entry = Entry(datetime.fromtimestamp(self._now(), UTC), door, by, address, line)
        log.info("{door} {by} from {address}: {line}", door=door, by=by, address=address, line=line)
        try:
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                os.write(file, msgspec.json.encode(entry) + b"\n")
            finally:
                os.close(file)
        except OSError as error:
            log.error("the audit log {path} cannot be written: {error}", path=self._path, error=error)
