"""Group commit: what waits while one transaction runs goes into the next one, in one statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event as Flag
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import DBAPIError
from twisted.logger import Logger

from chatd.core.bodies import the_two
from chatd.core.events import Event, PrivateMessage
from chatd.storage import mail, purge, schema
from chatd.storage.codec import Entry, entry
from chatd.storage.engine import Database
from chatd.storage.projection import PROJECTIONS

__all__ = ["SqlStore"]

log = Logger(namespace="chatd.storage")

RETRY_SECONDS = 0.25
"""Until a transaction that the disk or another process refused is tried again."""
AGAIN_SECONDS = 30.0
"""Until what is in no hurry is tried again."""
ROOMS = 20
"""Rooms forgotten in one transaction."""
REMEMBERED = 20_000
"""Places whose counters the writer remembers."""

COLUMNS = "INSERT INTO events (place, number, time, event) VALUES "
SIZES = (128, 64, 32, 16, 8, 4, 2, 1)
# One statement for many rows costs 1.3 µs a row; executemany 3.5, and it hands the interpreter's lock to the
# reactor and back for each; INSERT … SELECT … FROM json_each(?) 4 to 6. Few sizes, so that they stay prepared.
INSERTS = {size: COLUMNS + ", ".join(["(?, ?, ?, ?)"] * size) for size in SIZES}

Done = Callable[[Sequence[int | None] | None], None]


class SqlStore:
    """`core.ports.Store` on a database. `commit` and `close_room` are called in the reactor's thread."""

    def __init__(self, database: Database, reactor: Any, stored: Callable[[], None] = lambda: None) -> None:
        """`stored` is called after each transaction, in the reactor's thread."""
        self.database = database
        self._reactor = reactor
        self._stored = stored
        self._counters = _Counters()
        self._failing = False
        self._ended: list[str] = []
        self._forgetting = False

    def commit(self, events: Sequence[Event], done: Done) -> None:
        """Store events in one transaction and call `done` later. While the disk is full or another process
        holds the database it is tried again and again; `done(None)` comes only when the server stops. What no
        repetition would help gets the number 0, alone."""
        self.database.submit(_Batch(self, [entry(event) for event in events], done))

    def close_room(self, room_id: str) -> None:
        """A room ended that nobody can ask about again: forget what was said there.

        Rooms that end while others are being forgotten go together into the next transaction.
        """
        self._ended.append(room_id)
        self._forget()

    def _forget(self) -> None:
        if self._ended and not self._forgetting:
            self._forgetting = True
            # Behind the last commits of them all.
            ended, self._ended = self._ended, []
            self.database.submit(_Forgetting(self, ended))

    def forgot(self, left: list[str]) -> None:
        """What was submitted is done, but for those."""
        self._forgetting = False
        self._ended = left + self._ended
        self._forget()

    def forget_later(self, left: list[str]) -> None:
        """It failed: try again after a while. The next start does what is never done."""
        self._reactor.callLater(AGAIN_SECONDS, self.forgot, left)

    def works(self, error: Exception | None) -> None:
        """Log it when storing stops to work (`error`: why) and when it works again; tell of what is stored."""
        if error is None:
            self._stored()
        if error is not None and not self._failing:
            self._failing = True
            log.error("messages cannot be stored at the moment: {error}", error=_cause(error))
        elif error is None and self._failing:
            self._failing = False
            log.warn("messages are stored again")

    def tell(self, function: Callable[..., None], *arguments: Any) -> None:
        """Call a function in the reactor's thread."""
        self._reactor.callFromThread(function, *arguments)


class _Counters:
    """How far each place has counted: its key in the table and its last number. Used by the writer alone."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, int]] = {}

    def get(self, connection: Connection, place: str) -> tuple[int, int]:
        """Return key and last number of a place, made if it is new."""
        known = self._known.get(place)
        if known is not None:
            return known
        places = schema.places
        row = connection.execute(select(places.c.key, places.c.last).where(places.c.id == place)).first()
        if row is not None:
            return row.key, row.last
        two = the_two(place)
        row_of = insert(places).values(id=place, last=0, second=None if two is None else two[1])
        made = connection.execute(row_of).inserted_primary_key
        assert made is not None
        return made[0], 0

    def committed(self, counted: dict[str, tuple[int, int]]) -> None:
        """Remember what a transaction that is complete has counted."""
        if len(self._known) > REMEMBERED:
            self._known.clear()
        self._known.update(counted)

    def forget(self, place: str) -> None:
        """Forget one place."""
        self._known.pop(place, None)


class _Batch:
    """One transaction of the timeline."""

    def __init__(self, store: SqlStore, entries: list[Entry], done: Done) -> None:
        self._store = store
        self._entries = entries
        self._done = done

    def run(self, connection: Connection, stopping: Flag) -> None:
        """Try until it is done."""
        self._store.tell(self._done, self._settle(connection, stopping))

    def _settle(self, connection: Connection, stopping: Flag) -> list[int | None] | None:
        """Return the numbers; None: the server stops before they are given."""
        while True:
            try:
                numbers = self._commit(connection)
            except Exception as error:  # noqa: BLE001 - the writer must go on with what comes next
                if not _may_pass(error):
                    log.failure("{count} events cannot be stored", count=len(self._entries))
                    return self._singly(connection, stopping)
                self._store.tell(self._store.works, error)
                self._store.database.refuse_calls()
                if stopping.wait(RETRY_SECONDS):
                    return None
            else:
                self._store.tell(self._store.works, None)
                return numbers

    def _singly(self, connection: Connection, stopping: Flag) -> list[int | None]:
        """Store each by itself: one that cannot be stored must not take the others with it."""
        if len(self._entries) == 1:
            return [0]
        found = [
            _Batch(self._store, [each], self._done)._settle(connection, stopping) for each in self._entries
        ]
        return [0 if numbers is None else numbers[0] for numbers in found]

    def _commit(self, connection: Connection) -> list[int | None]:
        counted: dict[str, tuple[int, int]] = {}
        counters = self._store._counters
        with connection.begin():
            numbers: list[int | None] = []
            values: list[int | str] = []
            for each in self._entries:
                number = None
                if each.place:
                    key, last = counted.get(each.place) or counters.get(connection, each.place)
                    number = last + 1
                    counted[each.place] = key, number
                    values += (key, number, each.time, each.data)
                numbers.append(number)
            _insert(connection, values)
            if counted:
                connection.exec_driver_sql(
                    "UPDATE places SET last = ? WHERE key = ?",
                    [(last, key) for key, last in counted.values()],
                )
            for each, number in zip(self._entries, numbers, strict=True):
                project = PROJECTIONS.get(type(each.event))
                if project is not None:
                    project(connection, each.event)
                elif number is not None and isinstance(each.event, PrivateMessage) and each.event.waited:
                    mail.keep(connection, each.event.to.account or "", counted[each.place][0], number)
        counters.committed(counted)
        return numbers


def _insert(connection: Connection, values: list[int | str]) -> None:
    """Insert rows, four values each, in few statements."""
    begin, left = 0, len(values) // 4
    for size in SIZES:
        while left >= size:
            end = begin + 4 * size
            connection.exec_driver_sql(INSERTS[size], tuple(values[begin:end]))
            begin, left = end, left - size


class _Forgetting:
    """Deletes what was said in rooms, some rows at a time, so that commits can go between."""

    def __init__(self, store: SqlStore, places: list[str]) -> None:
        self._store = store
        self._places = places

    def run(self, connection: Connection, stopping: Flag) -> None:
        """Delete some, and let the store come back for the rest."""
        if stopping.is_set():
            return
        left = list(self._places)
        for place in left:
            self._store._counters.forget(place)
        try:
            with connection.begin():
                while left and len(self._places) - len(left) < ROOMS and purge.forget(connection, left[0]):
                    left.pop(0)
        except Exception:  # noqa: BLE001 - it is tried again
            log.failure("what was said in rooms that ended is not deleted yet")
            self._store.tell(self._store.forget_later, self._places)
        else:
            self._store.tell(self._store.forgot, left)


def _may_pass(error: Exception) -> bool:
    """Whether trying again can help: locked, full, out of reach; not: a statement that makes no sense."""
    if not isinstance(error, DBAPIError) or error.connection_invalidated:
        return False
    return type(error).__name__ == "OperationalError"


def _cause(error: Exception) -> str:
    return str(getattr(error, "orig", error))
