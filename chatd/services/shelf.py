"""The folder with the bytes of files, and the threads that touch it: nothing of that runs in the reactor.

A file has its bytes here from the first one on, under a random name that ends in `.part` until they are whole. What makes
it one that is shared is its row in the database. A `.part` is a leftover when the server starts, and removed; nothing else
is, whatever the database knows: it may be an older one.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.threadpool import ThreadPool

__all__ = ["CHUNK", "Opened", "Pool", "Shelf", "Threads", "hash_of"]

log = Logger(namespace="chatd.files")

THREADS = 4
CHUNK = 65_536
"""Bytes that are read at once."""
NAMED = 10
"""Files that nobody knows which are named in the log; of more their number."""
_UNFINISHED = re.compile(r"[0-9a-f]{32}\.part")

T = TypeVar("T")


class Pool(Protocol):
    """Runs what may have to wait for a disk."""

    def run(self, function: Callable[..., T], *arguments: Any) -> Deferred[T]:
        """Call a function somewhere else, and fire with what it returns or raises."""


class Threads:
    """A few threads for files alone: a slow disk holds up nothing else."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._threads = ThreadPool(0, THREADS, "chatd files")

    def run(self, function: Callable[..., T], *arguments: Any) -> Deferred[T]:
        """Call a function in one of the threads."""
        return deferToThreadPool(self._reactor, self._threads, function, *arguments)

    def start(self) -> None:
        """Begin."""
        self._threads.start()

    def stop(self) -> None:
        """Let what was begun end."""
        self._threads.stop()


class Shelf:
    """The folder. Its functions are for the threads, but for the first three."""

    def __init__(self, folder: Path, pool: Pool) -> None:
        self.folder = folder
        self._pool = pool

    def run(self, function: Callable[..., T], *arguments: Any) -> Deferred[T]:
        """Call one of the functions below in a thread."""
        return self._pool.run(function, *arguments)

    @staticmethod
    def new_name() -> str:
        """Return a name that no file had."""
        return secrets.token_hex(16)

    def open(self, wanted: Iterable[tuple[str, int]]) -> set[str]:
        """Make the folder, or remove what never was whole from it; return what of `wanted` (names and sizes) is there,
        whole. For who starts the server. Raises OSError."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.folder.chmod(0o700)
        sizes = dict(wanted)
        whole, unknown, left = set(), [], 0
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if not entry.is_file(follow_symlinks=False):
                    continue
                if _UNFINISHED.fullmatch(entry.name):
                    (self.folder / entry.name).unlink()
                    left += 1
                elif entry.name not in sizes:
                    unknown.append(entry.name)
                elif entry.stat(follow_symlinks=False).st_size == sizes[entry.name]:
                    whole.add(entry.name)
        if left:
            log.info("files that were not complete are removed: {count}", count=left)
        if unknown:
            names = ", ".join(sorted(unknown)[:NAMED]) + (", …" if len(unknown) > NAMED else "")
            log.warn(
                "{count} files in {folder} are not in the database, and left alone: {names}",
                count=len(unknown),
                folder=self.folder,
                names=names,
            )
        return whole

    def create(self, name: str) -> int:
        """Return a descriptor of a file (0600) that is not whole yet, made if it is not there."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(self._unfinished(name), flags, 0o600)

    def read(self, name: str) -> int:
        """Return a descriptor for reading."""
        return os.open(self.folder / name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)

    def seal(self, name: str, file: int, size: int) -> None:
        """Let a file of that size, and its name, be on the disk (fsync(2)): it is whole. It may have been before."""
        os.ftruncate(file, size)
        os.fsync(file)
        with suppress(FileNotFoundError):
            self._unfinished(name).rename(self.folder / name)
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def remove(self, names: Iterable[str]) -> None:
        """Remove files, whole or not; what is gone already is no error."""
        for name in names:
            self._unfinished(name).unlink(missing_ok=True)
            (self.folder / name).unlink(missing_ok=True)

    def _unfinished(self, name: str) -> Path:
        return self.folder / f"{name}.part"


class Opened:
    """A file that is read, piece by piece. It stays readable when it is removed meanwhile."""

    def __init__(self, shelf: Shelf, file: int, size: int) -> None:
        self._shelf = shelf
        self._file = file
        self._reading = False
        self._closed = False
        self.size = size

    def piece(self, offset: int, most: int = CHUNK) -> Deferred[bytes]:
        """Return the bytes from there, up to so many."""
        self._reading = True
        return self._shelf.run(os.pread, self._file, min(most, CHUNK), offset).addBoth(self._read)

    def _read(self, outcome: Any) -> Any:
        self._reading = False
        if self._closed:
            os.close(self._file)
        return outcome

    def close(self) -> None:
        """Read no more."""
        if not self._closed:
            self._closed = True
            if not self._reading:
                os.close(self._file)


def hash_of(file: int, size: int) -> Any:
    """Return the SHA-256 of the first bytes of a file, to go on with. For the threads."""
    hashed = hashlib.sha256()
    offset = 0
    while offset < size:
        data = os.pread(file, min(CHUNK, size - offset), offset)
        if not data:
            raise OSError(f"{size - offset} bytes are missing")
        hashed.update(data)
        offset += len(data)
    return hashed
