"""Reading the audit table. For the readers' threads."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select
from twisted.internet.defer import Deferred

from chatd.core.acts import Act
from chatd.core.names import fold
from chatd.storage import schema
from chatd.storage.codec import instant, micros
from chatd.storage.engine import Database

__all__ = ["AuditTrail", "newest", "reports"]

audit = schema.audit

# A small i may come from a capital one with a dot, which is not ASCII.
_NOT_ASCII = re.compile(r"i?[^\x00-\x7f]+")


class AuditTrail:
    """`core.ports.AuditTrail`: the functions below, in the readers' threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, limit: int, word: str = "", account: str = "") -> Deferred[list[Act]]:
        """Return the last acts, oldest first: all, or those by, on or in what is called `word`, or by that account."""
        return self._database.read(lambda connection: newest(connection, limit, word, account))

    def reports(self, since: datetime) -> Deferred[int]:
        """Return how many users were reported after that time."""
        return self._database.read(lambda connection: reports(connection, since))


def newest(connection: Connection, limit: int, word: str = "", account: str = "") -> list[Act]:
    """Return up to `limit` acts, oldest first; with a word, those it meets as nicknames are compared."""
    query = select(audit).order_by(audit.c.row.desc())
    if not word:
        found = (_act(row) for row in connection.execute(query.limit(limit)))
        return list(found)[::-1]
    wanted = fold(word)
    # The database knows capitals of ASCII only; what it lets through is looked at again.
    pattern = _NOT_ASCII.sub("%", re.sub(r"[\\%_]", r"\\\g<0>", wanted))
    like: list[ColumnElement[bool]] = [
        column.like(pattern, escape="\\") for column in (audit.c.by, audit.c.target, audit.c.room)
    ]
    if account:
        like.append(audit.c.account == account)
    acts = (_act(row) for row in connection.execute(query.where(or_(*like))))
    met = (
        act
        for act in acts
        if (account and act.account == account) or wanted in map(fold, (act.by, act.target, act.room))
    )
    return list(islice(met, limit))[::-1]


def reports(connection: Connection, since: datetime) -> int:
    """Return how many /report were recorded after that time; those refused at a shell have no target."""
    query = (
        select(func.count())
        .select_from(audit)
        .where(audit.c.time > micros(since), audit.c.target != "", audit.c.line.like("/report %"))
    )
    return connection.execute(query).scalar_one()


def _act(row: Row[Any]) -> Act:
    return Act(
        time=instant(row.time), door=row.door, by=row.by, address=row.address, line=row.line,
        account=row.account, target=row.target, room=row.room,
    )  # fmt: skip
