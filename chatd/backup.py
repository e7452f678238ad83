"""`chatd backup` and `chatd restore`: everything that a server needs to be the same one, in a file and back."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatd.frontends.ssh_keys import HOST_KEY
from chatd.services.data import CLOAK_KEY, DataError, DataFolder
from chatd.storage import dump
from chatd.storage.dump import Trailer
from chatd.storage.engine import StorageError
from chatd.storage.keeper import FILE
from chatd.storage.restore import Verified, load, verify

__all__ = ["BackupError", "restore", "save"]

KEYS = (CLOAK_KEY, HOST_KEY)
"""Files of the data folder that a server is recognised by, besides the database."""
STDOUT = "-"


class BackupError(Exception):
    """It was not done, and nothing was changed; the text is one line."""


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (StorageError, DataError) as error:
        raise BackupError(str(error)) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise BackupError(f"{where}{error.strerror or error}") from None


def save(data: Path, name: str, *, force: bool) -> None:
    """Write what a data folder holds to a file (mode 0600) or to standard output. Raises BackupError.

    The file has its name when it is whole, and not before.
    """
    with _refusals():
        if name == STDOUT:
            dump.write(data / FILE, _keys(data), sys.stdout.buffer)
            return
        file = Path(name)
        if not force and os.path.lexists(file):
            raise BackupError(f"{file}: it is there already (--force overwrites it)")
        descriptor, unfinished = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(descriptor, "wb", buffering=1 << 20) as opened:
                trailer = dump.write(data / FILE, _keys(data), opened)
                size = opened.tell()
                opened.flush()
                os.fsync(opened.fileno())
            Path(unfinished).replace(file)
            _sync(file.parent)
        finally:
            Path(unfinished).unlink(missing_ok=True)
        print(f"{file}: {_rows(trailer)}, {size} bytes, SHA-256 {trailer.sha256}")


def restore(file: Path, data: Path) -> None:
    """Make a data folder of a backup. Raises BackupError, if there is a database, or the file is not whole."""
    with _refusals():
        found = verify(file)
        strange = found.header.files.keys() - set(KEYS)
        if strange:
            raise BackupError(f"{file}: it holds a file that chatd does not know: {min(strange)!r}")
        _refuse_used(data, found)
        folder = DataFolder(data)
        folder.open()
        try:
            # Another restore may have been faster.
            _refuse_used(folder.path, found)
            _make(file, found, folder.path)
        finally:
            folder.close()
        print(f"{data}: {_rows(found.trailer)} from {file}, SHA-256 {found.trailer.sha256}")


def _make(file: Path, found: Verified, folder: Path) -> None:
    """Make database and keys under names that no server looks for; the database gets its own in the end."""
    unfinished = folder / f"{FILE}.unfinished"
    try:
        _remove(unfinished)
        load(file, found, unfinished)
        for name, content in found.header.files.items():
            _put(folder / name, content)
        unfinished.replace(folder / FILE)
        _sync(folder)
    finally:
        _remove(unfinished)


def _refuse_used(folder: Path, found: Verified) -> None:
    """Raise BackupError for a folder with a database, or with other keys.

    A log of a database that is gone (`chatd.db-wal`) would be taken for one of the new database.
    """
    for path in sorted(folder.glob(f"{FILE}*")):
        if path.name in {FILE, *(f"{FILE}-{kind}" for kind in ("wal", "shm", "journal"))}:
            raise BackupError(f"{path}: it is there already; restore into another folder")
    for name, content in found.header.files.items():
        path = folder / name
        if path.exists() and path.read_bytes() != content:
            raise BackupError(f"{path}: the key there is another one; restore into another folder")


def _keys(data: Path) -> dict[str, bytes]:
    return {name: (data / name).read_bytes() for name in KEYS if (data / name).is_file()}


def _put(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 that is whole when it has its name."""
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    Path(unfinished).replace(path)


def _remove(unfinished: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        unfinished.with_name(unfinished.name + suffix).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Let new names in a folder be on the disk (fsync(2))."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _rows(trailer: Trailer) -> str:
    events = trailer.end.get("events", 0)
    return f"{sum(trailer.end.values())} rows, {events} of them events"
