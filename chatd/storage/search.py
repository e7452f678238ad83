"""The index of words: filled behind the commits in steps, and emptied with the rows it speaks of.

An FTS5 table that keeps no text. Each row has the words of what was said and, as words of their own, who said it, where
(a room, or each of two accounts that talk in private) and whether there is a link in it: so the index alone
answers who may read what, and from whom, by one intersection.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects.sqlite import insert

from chatd.core import words
from chatd.core.bodies import File, Lines, Text, body_text
from chatd.core.events import Event, Message, PrivateMessage, RoomEvent, TopicChanged
from chatd.storage import schema
from chatd.storage.codec import decode

__all__ = ["STEP", "index", "indexed", "put_back", "remove", "renew"]

STEP = 100
"""Rows indexed in one transaction: about 6 ms of CPU with the merging, never more than some 30."""
STEP_BYTES = 24_576
"""Of long lines fewer are: a hundred of 4 KiB took up to 200 ms, for which commits had to wait."""
MERGED = 16
"""Pages of the index joined in one transaction. Ten keep up with the rows; joining when there are too many parts, as
FTS5 would by itself, took up to 83 ms at a time."""
_PROGRESS = f"words {words.VERSION}"
"""The row of `progress` that says how far the index has come."""

events, progress = schema.events, schema.progress


def indexed(connection: Connection) -> int:
    """Return the last row that is in the index."""
    return connection.execute(select(progress.c.row).where(progress.c.name == _PROGRESS)).scalar() or 0


def renew(connection: Connection) -> None:
    """Begin anew if the index is of another version: by other rules, or by another edition of Unicode."""
    others = progress.c.name.startswith("words ") & (progress.c.name != _PROGRESS)
    if connection.execute(select(progress.c.name).where(others)).first() is not None:
        connection.exec_driver_sql("INSERT INTO words (words) VALUES ('delete-all')")
        connection.execute(delete(progress).where(progress.c.name.startswith("words ")))


def index(connection: Connection, step: int = STEP) -> bool:
    """Index up to `step` more rows, of STEP_BYTES at most; whether that was all there are."""
    rows = connection.execute(
        select(events.c.row, events.c.event)
        .where(events.c.row > indexed(connection))
        .order_by(events.c.row)
        .limit(step)
    ).all()
    sizes = accumulate(len(row.event) for row in rows)
    found = [row for row, size in zip(rows, sizes, strict=True) if size <= STEP_BYTES] or rows[:1]
    if found:
        _write(connection, "INSERT INTO words (rowid, tokens) VALUES (?, ?)", found)
        mark = insert(progress).values(name=_PROGRESS, row=found[-1].row)
        connection.execute(mark.on_conflict_do_update(["name"], set_={"row": mark.excluded.row}))
    return len(found) == len(rows) < step


def remove(connection: Connection, rows: Sequence[int]) -> None:
    """Take rows out of the index: in the transaction that deletes or changes them, and before it does."""
    # An index that keeps no text has to be told what to forget (SQLite, FTS5 §6.3).
    _write(
        connection,
        "INSERT INTO words (words, rowid, tokens) VALUES ('delete', ?, ?)",
        _those_indexed(connection, rows),
    )


def put_back(connection: Connection, rows: Sequence[int]) -> None:
    """Index rows again that were removed in this transaction, and changed."""
    _write(connection, "INSERT INTO words (rowid, tokens) VALUES (?, ?)", _those_indexed(connection, rows))


def _those_indexed(connection: Connection, rows: Sequence[int]) -> Sequence[Row[Any, Any]]:
    end = indexed(connection)
    wanted = [row for row in rows if row <= end]
    return connection.execute(select(events.c.row, events.c.event).where(events.c.row.in_(wanted))).all()


def _write(connection: Connection, statement: str, found: Iterable[Row[Any, Any]]) -> None:
    rows = [(row.row, " ".join(tokens)) for row in found if (tokens := _tokens(row.event))]
    if rows:
        connection.exec_driver_sql(statement, rows)
        connection.exec_driver_sql("INSERT INTO words (words, rank) VALUES ('merge', ?)", (MERGED,))


def _tokens(data: str) -> list[str]:
    """Return the words of a stored event as the index has them; none: nobody searches for it."""
    try:
        event = decode(data, 0)
    except msgspec.MsgspecError:
        return []  # of a newer chatd: archive.py logs it where somebody would read it
    text = _text(event)
    if text is None:
        return []
    found = words.tokens(text)
    found.append(words.author(event.who.nick))  # type: ignore[attr-defined]  # all that have a text do
    if isinstance(event, RoomEvent):
        found.append(words.place(event.room_id))
    elif isinstance(event, PrivateMessage):
        found += (
            words.PRIVATE,
            *(words.partner(who.account) for who in (event.who, event.to) if who.account),
        )
    return found


def _text(event: Event) -> str | None:
    if isinstance(event, Message | PrivateMessage):
        if isinstance(event.body, File):
            return event.body.name
        return body_text(event.body) if isinstance(event.body, Text | Lines) else ""
    return event.topic if isinstance(event, TopicChanged) else None
