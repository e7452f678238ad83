"""A backup: the rows of all tables as lines of JSON, read beside a server that runs.

    {"chatd":"backup","format":1,"schema":…,"given":…,"files":{name: base64},"tables":{name: [column, …]}}
    ["accounts","0123…","Alice",…]          one line a row, in the order of the primary keys
    {"end":{"accounts":1,…},"sha256":…}     rows of each table; digest of all lines before this one

The same content makes the same lines. `given` is the last row id that events had, also if that row is gone.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from sqlalchemy import Connection, MetaData, NullPool, Table, create_engine, event, func, select
from sqlalchemy.exc import SQLAlchemyError

from chatd.storage.migrate import StorageError, refuse_unknown

__all__ = ["FORMAT", "LINE_BYTES", "Header", "Trailer", "digest", "encode", "tables", "write"]

FORMAT = 1
LINE_BYTES = 1 << 20
"""Longest line; an event has some kilobytes."""
CHUNK = 1000
"""Events read in one transaction, about 10 ms: one that were held would make the log of the database grow."""

OUTSIDE = frozenset({"alembic_version", "progress"})
"""Tables that a restored database makes for itself, besides virtual ones: how far the index of words is."""
LAST = {"mail": "row"}
"""Tables with a column of event rows: they come behind the events, and without what was purged meanwhile."""

encode = msgspec.json.Encoder().encode


class Header(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The first line."""

    chatd: str
    format: int
    schema: str
    given: int
    files: dict[str, bytes]
    tables: dict[str, list[str]]


class Trailer(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The last line."""

    end: dict[str, int]
    sha256: str


def write(path: Path, files: Mapping[str, bytes], to: BinaryIO) -> Trailer:
    """Write a database, and files with it, to `to`; return the last line. Raises StorageError, OSError."""
    counts: Counter[str] = Counter()
    hashed = sha256()
    with _reading(path) as connection:
        for table, line in _lines(connection, path, files):
            if len(line) > LINE_BYTES:
                raise StorageError(f"{path}: a row of {table} has more than {LINE_BYTES} bytes")
            hashed.update(line)
            to.write(line)
            counts[table] += bool(table)
    trailer = Trailer(end={name: counts[name] for name in sorted(counts) if name}, sha256=hashed.hexdigest())
    to.write(encode(trailer) + b"\n")
    return trailer


def digest(path: Path, files: Mapping[str, bytes]) -> str:
    """Return the digest that a backup would have now. Raises StorageError."""
    hashed = sha256()
    with _reading(path) as connection:
        for _, line in _lines(connection, path, files):
            hashed.update(line)
    return hashed.hexdigest()


def tables(connection: Connection) -> dict[str, Table]:
    """Return the tables that a backup has, as the database knows them: it may be older than this chatd."""
    listed = connection.exec_driver_sql("PRAGMA main.table_list").all()
    names = {str(row.name) for row in listed if row.type == "table" and not row.name.startswith("sqlite_")}
    found = MetaData()
    return {
        name: Table(name, found, autoload_with=connection, resolve_fks=False)
        for name in sorted(names - OUTSIDE)
    }


@contextmanager
def _reading(path: Path) -> Iterator[Connection]:
    if not path.is_file():
        raise StorageError(f"{path}: there is no database")
    uri = f"{path.absolute().as_uri()}?mode=ro"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(uri, uri=True), poolclass=NullPool)
    event.listen(engine, "connect", lambda each, _: setattr(each, "isolation_level", None))
    event.listen(engine, "begin", lambda each: each.exec_driver_sql("BEGIN"))
    try:
        with closing(engine.connect()) as connection:
            yield connection
    except SQLAlchemyError as error:
        raise StorageError(f"{path}: cannot be read: {getattr(error, 'orig', None) or error}") from None


def _lines(connection: Connection, path: Path, files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield table (empty: the header) and line.

    All tables are as they were at one moment. Events follow in transactions of their own, up to the last of that
    moment: none is added to those, and what is purged meanwhile is left out.
    """
    with connection.begin():
        schema = refuse_unknown(path, _schema(connection))
        found = tables(connection)
        events = found.pop("events")
        last = connection.execute(select(func.coalesce(func.max(events.c.row), 0))).scalar_one()
        header = Header(
            chatd="backup",
            format=FORMAT,
            schema=schema,
            given=_given(connection),
            files=dict(sorted(files.items())),
            tables={
                name: [str(column.key) for column in table.c]
                for name, table in (*found.items(), ("events", events))
            },
        )
        rows = {name: _rows(connection, table) for name, table in found.items()}
    yield "", encode(header) + b"\n"
    for name in found:
        if name not in LAST:
            yield from ((name, _line(name, row)) for row in rows[name])
    pointed = {row[found[name].c.keys().index(column)] for name, column in LAST.items() for row in rows[name]}
    kept = set()
    for row in _events(connection, events, last):
        yield "events", _line("events", row)
        if row[0] in pointed:
            kept.add(row[0])
    for name, column in LAST.items():
        place = found[name].c.keys().index(column)
        yield from ((name, _line(name, row)) for row in rows[name] if row[place] in kept)


def _events(connection: Connection, events: Table, last: int) -> Iterator[tuple[Any, ...]]:
    row = 0
    query = select(events).order_by(events.c.row).limit(CHUNK)
    while True:
        with connection.begin():
            chunk = connection.execute(query.where(events.c.row > row, events.c.row <= last)).all()
        if not chunk:
            return
        yield from (tuple(each) for each in chunk)
        row = chunk[-1].row


def _rows(connection: Connection, table: Table) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]


def _line(table: str, row: tuple[Any, ...]) -> bytes:
    return encode((table, *row)) + b"\n"


def _schema(connection: Connection) -> str | None:
    names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars()
    if "alembic_version" not in set(names):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found or ""


def _given(connection: Connection) -> int:
    return connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'events'").scalar() or 0
