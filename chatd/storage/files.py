"""Files that are shared, as rows. Each function runs in the writer's or a reader's thread."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import asdict, replace
from sqlalchemy import Connection, delete, insert, select

from chatd.core.files import SharedFile
from chatd.storage import schema
from chatd.storage.codec import instant, micros

__all__ = ["add", "load", "remove"]

files = schema.files


def load(connection: Connection) -> list[SharedFile]:
    """Return all files, the oldest first."""
    return [
        SharedFile(**{**row, "time": instant(row["time"]), "expires": instant(row["expires"])})
        for row in connection.execute(select(files).order_by(files.c.id)).mappings()
    ]


def add(connection: Connection, file: SharedFile) -> SharedFile:
    """Keep a file; return it with the number that it has from now on."""
    values = {**asdict(file), "time": micros(file.time), "expires": micros(file.expires)}
    del values["id"]
    made = connection.execute(insert(files).values(values)).inserted_primary_key
    assert made is not None
    return replace(file, id=made[0])


def remove(connection: Connection, ids: Iterable[int]) -> None:
    """Forget files."""
    connection.execute(delete(files).where(files.c.id.in_(list(ids))))
