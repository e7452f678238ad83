"""Bringing a database to the schema of this chatd: looked at first, saved, then changed in one transaction."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

__all__ = ["StorageError", "check", "head", "migrate", "refuse_unknown", "upgrade"]

MIGRATIONS = Path(__file__).with_name("migrations")


class StorageError(Exception):
    """The database cannot be used; the text is one line that names it."""


def head() -> str:
    """Return the revision that this chatd needs."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return revision


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
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if version not in known:
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
        upgrade(path)
    except (sqlite3.Error, SQLAlchemyError, OSError) as error:
        raise StorageError(f"{path}: cannot be brought to schema {head()}: {error}") from None


def upgrade(path: Path, version: str = "head") -> None:
    """Bring a file to a schema in one transaction, whatever it holds. Raises SQLAlchemyError."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", lambda each: each.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, version)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _connected(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")


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
