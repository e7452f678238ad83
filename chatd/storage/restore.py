"""A database from a backup: the file is looked at first, all of it; then the tables are made and filled."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, NullPool, create_engine, event, insert
from sqlalchemy.exc import SQLAlchemyError

from chatd.storage import dump
from chatd.storage.dump import FORMAT, LINE_BYTES, Header, Trailer
from chatd.storage.migrate import StorageError, refuse_unknown
from chatd.storage.upgrading import upgrade

__all__ = ["Verified", "load", "verify"]

BATCH = 1000


class Verified(msgspec.Struct, frozen=True):
    """What a whole backup says of itself."""

    header: Header
    trailer: Trailer


def verify(file: Path) -> Verified:
    """Read a backup from end to end. Raises StorageError for one that is cut off, damaged, or something else."""
    counts: Counter[str] = Counter()
    hashed = sha256()
    header = _header(file)
    trailer = None
    for number, line in enumerate(_raw_lines(file)):
        if trailer is not None:
            raise StorageError(f"{file}: the backup is damaged: something follows its end")
        if line.startswith(b'{"end"'):
            trailer = _decode(file, line, Trailer)
            continue
        hashed.update(line)
        if number:
            row = _decode(file, line, list)
            name = str(row[0]) if row else ""
            if len(row) - 1 != len(header.tables.get(name, ())):
                raise StorageError(f"{file}: the backup is damaged: a line cannot be read")
            counts[name] += 1
    if trailer is None:
        raise StorageError(f"{file}: the backup is cut off: its last line is missing")
    if hashed.hexdigest() != trailer.sha256 or dict(counts) != trailer.end:
        raise StorageError(f"{file}: the backup is damaged: its digest is another")
    refuse_unknown(file, header.schema)
    return Verified(header, trailer)


def load(file: Path, found: Verified, path: Path) -> None:
    """Make the database `path`, which is not there, of a backup that was verified. Raises StorageError.

    It has the schema of the backup first, and that of this chatd in the end. In between, its digest is compared
    with the backup's: what was put in is what comes out.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        upgrade(path, found.header.schema)
        _fill(file, found.header, path)
        if dump.digest(path, found.header.files) != found.trailer.sha256:
            raise StorageError(f"{file}: what was restored is not what the backup holds")
        upgrade(path)
        with path.open("rb") as written:
            os.fsync(written.fileno())
    except (SQLAlchemyError, OSError, OverflowError) as error:
        words = " ".join(str(getattr(error, "orig", None) or error).split())
        raise StorageError(f"{file}: cannot be restored: {words}") from None


def _fill(file: Path, header: Header, path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    event.listen(engine, "connect", _hurry)
    event.listen(engine, "begin", lambda each: each.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        tables = dump.tables(connection)
        if {name: list(table.c.keys()) for name, table in tables.items()} != header.tables:
            raise StorageError(f"{file}: its tables are not those of schema {header.schema}")
        rows = (line for line in islice(_raw_lines(file), 1, None) if not line.startswith(b"{"))
        decoded = (msgspec.json.decode(line, type=list) for line in rows)
        for name, batch in _batches(decoded):
            statement = insert(tables[name]).compile(connection, column_keys=header.tables[name])
            # With dicts through SQLAlchemy a row costs twice as much.
            connection.exec_driver_sql(str(statement), batch)
        _give(connection, header.given)


def _batches(rows: Iterator[list[Any]]) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """Yield rows of one table together, as they follow each other."""
    table = ""
    batch: list[tuple[Any, ...]] = []
    for name, *values in rows:
        if batch and (name != table or len(batch) == BATCH):
            yield table, batch
            batch = []
        table = name
        batch.append(tuple(values))
    if batch:
        yield table, batch


def _give(connection: Connection, last: int) -> None:
    """Let the next event have a row that none had before."""
    connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = 'events'")
    if last:
        connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES ('events', ?)", (last,))


def _hurry(connection: Any, _: Any) -> None:
    # Nobody uses the file before it is whole and synced.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")


def _raw_lines(file: Path) -> Iterator[bytes]:
    try:
        with closing(file.open("rb")) as opened:
            while line := opened.readline(LINE_BYTES + 1):
                if not line.endswith(b"\n"):
                    raise StorageError(f"{file}: the backup is cut off: its last line is missing")
                yield line
    except OSError as error:
        raise StorageError(f"{file}: {error.strerror}") from None


def _header(file: Path) -> Header:
    stranger = StorageError(f"{file}: not a backup of chatd")
    try:
        with file.open("rb") as opened:
            line = opened.readline(LINE_BYTES + 1)
    except OSError as error:
        raise StorageError(f"{file}: {error.strerror}") from None
    try:
        if (version := msgspec.json.decode(line, type=_Format)).chatd != "backup":
            raise stranger
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise stranger from None
    if version.format != FORMAT:
        raise StorageError(
            f"{file}: made by a newer chatd (format {version.format}, this one knows {FORMAT})"
        )
    header: Header = _decode(file, line, Header)
    return header


class _Format(msgspec.Struct):
    """What the first line of any format has."""

    chatd: str
    format: int


def _decode(file: Path, line: bytes, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise StorageError(f"{file}: the backup is damaged: a line cannot be read") from None
