"""Alembic, on one file. Most starts need none of it, and its import costs 0.17 s and 11 MiB: see `chatd.storage.migrate`."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import NullPool, create_engine, event

from chatd.storage import migrate

__all__ = ["configured", "upgrade"]


def upgrade(path: Path, version: str = "head") -> None:
    """Bring a file to a schema in one transaction, whatever it holds. Raises SQLAlchemyError."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", lambda each: each.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        config = configured()
        config.attributes["connection"] = connection
        command.upgrade(config, version)


def configured() -> Config:
    """Return what Alembic has to know, without a configuration file of its own."""
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _connected(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
