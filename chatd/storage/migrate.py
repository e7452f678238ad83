"""Bringing a database to the schema of this chatd: looked at first, saved, then changed in one transaction."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

__all__ = ["MIGRATIONS", "StorageError", "check", "head", "migrate", "refuse_unknown", "revisions"]

MIGRATIONS = Path(__file__).with_name("migrations")


class StorageError(Exception):
    """The database cannot be used; the text is one line that names it."""


def revisions() -> list[str]:
    """Return the revisions that this chatd knows, in their order: each migration's file begins with its own."""
    return sorted(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def head() -> str:
    """Return the revision that this chatd needs."""
    return revisions()[-1]


def check(path: Path) -> None:
    """Raise StorageError for a file that is damaged, is something else, or was made by a newer chatd.

    It is opened for reading only, and left as it is.
    """
    if not path.exists() or not path.stat().st_size:
        return
    try:
        with closing(_reader(path)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                words = " ".join(str(found).split())
                raise StorageError(f"{path}: the database is damaged: {words}")
            version = _version(connection)
            new = not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    except sqlite3.Error as error:
        raise StorageError(f"{path}: not a database that can be read: {error}") from None
    if not new:  # else the first start was killed before its tables were there
        refuse_unknown(path, version)


def refuse_unknown(path: Path, version: str | None) -> str:
    """Return a schema that this chatd knows; raise StorageError for any other, and for none."""
    if version is None:
        raise StorageError(f"{path}: a database, but not chatd's")
    if version not in revisions():
        raise StorageError(f"{path}: made by a newer chatd (schema {version}, this one knows {head()})")
    return version


def migrate(path: Path) -> None:
    """Make the tables, or change them; before that, a copy is kept beside the file. Raises StorageError.

    All is one transaction: whatever ends the process leaves the old schema or the new one.
    """
    try:
        with closing(_reader(path)) as reader:
            version = _version(reader)
        if version == head():
            return
        if version is not None:
            _save(path, path.with_name(f"{path.name}.before-{head()}"))
        from chatd.storage.upgrading import upgrade

        upgrade(path)
    except (sqlite3.Error, SQLAlchemyError, OSError) as error:
        raise StorageError(f"{path}: cannot be brought to schema {head()}: {error}") from None


def _reader(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _version(connection: sqlite3.Connection) -> str | None:
    """Return the revision of a database; None: it has no tables of ours. "" if a table is there without one."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    if "alembic_version" not in tables:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return "" if row is None else str(row[0])


def _save(path: Path, copy: Path) -> None:
    """Copy a database under a name that nothing has while it is not whole."""
    unfinished = copy.with_name(f"{copy.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(_reader(path)) as source, closing(sqlite3.connect(unfinished)) as target:
        source.backup(target)
    with unfinished.open("rb") as written:
        os.fsync(written.fileno())
    unfinished.replace(copy)
