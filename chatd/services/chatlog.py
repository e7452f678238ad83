"""The chat log: what is said and done in rooms, a file a room, for people to read."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote

from msgspec.structs import replace
from twisted.logger import Logger

from chatd.core.events import (
    Banned,
    Event,
    MaskAdded,
    MaskRemoved,
    Message,
    RoomEvent,
    Unbanned,
    body_lines,
)
from chatd.core.names import fold
from chatd.core.ports import Store
from chatd.core.room import shown_mask
from chatd.core.text import visible
from chatd.services.data import DataError
from chatd.services.writer import Writer

__all__ = ["ChatLog"]

log = Logger(namespace="chatd.chatlog")

# A link, a folder or a FIFO that somebody put in the place of one room's file.
OF_ONE_FILE = frozenset({errno.ELOOP, errno.EISDIR, errno.ENXIO})

Line = tuple[str, bytes]
"""The name of a file, and what is to be written there."""


def written(event: RoomEvent) -> list[str]:
    """Return an event as records of the chat log, harmless and without their ends: what the room is shown. A message
    of several lines is as many."""
    if isinstance(event, Message):
        before = f"~ {event.who.nick} " if event.action else f"{event.who.nick}: "
        lines = [before + line for line in body_lines(event.body)]
    else:
        if isinstance(event, Banned | Unbanned | MaskAdded | MaskRemoved):
            event = replace(event, mask=shown_mask(event.mask))
        lines = [f"* {event.sentence()}"]
    return [f"{event.time:%Y-%m-%dT%H:%M:%SZ} {visible(line)}" for line in lines]


@lru_cache(1024)
def file_name(room: str) -> str:
    """Return the name of a room's file: the same for each way to write the room's name, and no other's.

    It begins with # and holds no slash; with 64 bytes of a name it has at most 196 (NAME_MAX is 255).
    """
    return f"{quote(fold(room), safe='#', errors='backslashreplace')}.log"


class ChatLog:
    """A store that writes what another store has kept into files of mode 0600, in a folder of mode 0700.

    The files are written by a thread, and each opened anew for what there is to write: one that was moved
    away is made again, and any number of rooms needs one descriptor. What cannot be written is lost; the
    log tells when that begins and ends, and the chat goes on.
    """

    def __init__(self, store: Store, folder: Path, reactor: Any) -> None:
        self._store = store
        self._folder = folder.absolute()
        self._reactor = reactor
        self._writer: Writer[Line] = Writer(_Files(self._folder, self._report), _size, self._note)

    def open(self) -> None:
        """Make the folder if it is not there, and start the thread. Raises DataError."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            mode = self._folder.stat().st_mode
        except OSError as error:
            raise DataError(f"log.chat_dir: {self._folder}: {error.strerror}") from None
        if stat.S_IMODE(mode) & 0o077:
            raise DataError(f"log.chat_dir: {self._folder}: others may enter it: chmod 700, or name another")
        if not os.access(self._folder, os.W_OK | os.X_OK):
            raise DataError(f"log.chat_dir: {self._folder}: it cannot be written to")
        self._writer.start("chatd chat log")

    def close(self) -> None:
        """Wait until all is written, for a second at most."""
        self._writer.finish()
        self._writer.stop()

    def commit(self, events: Sequence[Event], done: Callable[[Sequence[int | None] | None], None]) -> None:
        """Have `events` stored, and write down those that were."""

        def stored(numbers: Sequence[int | None] | None) -> None:
            # Before `done`: that may bring the next commit.
            if numbers is not None:
                self._log(events)
            done(numbers)

        self._store.commit(events, stored)

    def close_room(self, room_id: str) -> None:
        """Pass on."""
        self._store.close_room(room_id)

    def _log(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, RoomEvent) and event.room_id:
                try:
                    data = "".join([f"{line}\n" for line in written(event)])
                    self._writer.put((file_name(event.room), data.encode()))
                except Exception:  # noqa: BLE001 - the event is stored, and has to be shown
                    log.failure("an event is not in the chat log")

    def _note(self, text: str) -> None:
        self._report("the chat log fell behind: {text}", text)

    def _report(self, words: str, text: str) -> None:
        """Log something from the thread."""
        self._reactor.callFromThread(log.warn, words, text=text)


def _size(line: Line) -> int:
    return len(line[1])


class _Files:
    """The sink: appends to each file what there is for it."""

    def __init__(self, folder: Path, report: Callable[[str, str], None]) -> None:
        self._folder = folder
        self._report = report
        self._lost: dict[str, int] = {}  # lines by file; those lost with the disk, or the folder, by ""

    def ready(self, seconds: float) -> bool:
        """Files always are."""
        return True

    def reopen(self) -> None:
        """Each is opened for each writing."""

    def write(self, items: Sequence[Line], most: int) -> int:
        """Write all items, those of one file together; what cannot be written is lost. Raises nothing."""
        # sorted() keeps the order within a file.
        for name, lines in groupby(sorted(items, key=itemgetter(0)), itemgetter(0)):
            data = [line for _, line in lines]
            try:
                self._append(name, b"".join(data))
            except OSError as error:
                self._failed(name, len(data), error)
            else:
                self._worked(name)
        return len(items)

    def _append(self, name: str, data: bytes) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
        try:
            file = os.open(self._folder / name, flags, 0o600)
        except FileNotFoundError:  # somebody has moved the folder away
            self._folder.mkdir(mode=0o700, parents=True)
            file = os.open(self._folder / name, flags, 0o600)
        try:
            before = os.fstat(file).st_size
            try:
                while data:
                    data = data[os.write(file, data) :]
            except OSError:
                os.ftruncate(file, before)  # no half line stays
                raise
        finally:
            os.close(file)

    def _failed(self, name: str, count: int, error: OSError) -> None:
        key = name if error.errno in OF_ONE_FILE else ""
        if key not in self._lost:
            text = f"{self._folder / name}: {error.strerror}"
            self._report("the chat log cannot be written: {text}", text)
        self._lost[key] = self._lost.get(key, 0) + count

    def _worked(self, name: str) -> None:
        lost = self._lost.pop(name, 0) + self._lost.pop("", 0)
        if lost:
            text = f"{self._folder / name}; {lost} lines were lost"
            self._report("the chat log is written again: {text}", text)
