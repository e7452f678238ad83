"""The database: opened, checked and migrated at start; then one thread that writes and a few that read.

Nothing of SQL runs in the reactor, and nothing of it in the reactor's own pool.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from chatd.core.errors import ChatError, Code
from chatd.storage.migrate import StorageError, check, migrate

__all__ = ["Database", "Job", "StorageError"]

READERS = 2
BUSY_MS = 250
"""How long SQLite waits for another process's lock before it says so; who writes tries again."""

LATER = "that cannot be stored at the moment; try again later"
PASSING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
"""Errors that another process, or who makes room, can end."""

T = TypeVar("T")


class Job(Protocol):
    """Something for the writer's thread."""

    def run(self, connection: Connection, stopping: Event) -> None:
        """Do it, in transactions of its own; must not raise. `stopping`: do not try again."""


class _Call:
    """A function to call in one transaction. It tries once: who asked can ask again, and is told so."""

    def __init__(self, reactor: Any, function: Callable[[Connection], Any]) -> None:
        self._reactor = reactor
        self._function = function
        self.done: Deferred[Any] = Deferred()

    def run(self, connection: Connection, stopping: Event) -> None:
        try:
            with connection.begin():
                outcome = self._function(connection)
        except Exception as error:  # noqa: BLE001 - it goes to who asked
            failure = Failure(ChatError(Code.BUSY, LATER)) if _may_pass(error) else Failure()
            self._reactor.callFromThread(self.done.errback, failure)
        else:
            self._reactor.callFromThread(self.done.callback, outcome)

    def refuse(self) -> None:
        """Say that it cannot be done now."""
        self._reactor.callFromThread(self.done.errback, Failure(ChatError(Code.BUSY, LATER)))


class Database:
    """A SQLite file (WAL, synchronous=FULL: a commit is on the disk when it returns).

    `open` is synchronous and may take as long as it needs: it runs before anybody is let in.
    """

    def __init__(self, path: Path, reactor: Any, *, synchronous: str = "FULL") -> None:
        self.path = path
        self._reactor = reactor
        self._synchronous = synchronous
        self._engine: Engine | None = None
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._stopping = Event()
        self._readers = ThreadPool(0, READERS, "chatd reader")

    def open(self) -> None:
        """Check, migrate, and start the threads. Raises StorageError, and has changed nothing then."""
        check(self.path)
        self.path.touch(mode=0o600, exist_ok=True)
        migrate(self.path)
        # What is written is in no error message, and so in no log: private messages, hashes of passwords.
        self._engine = create_engine(
            f"sqlite:///{self.path}",
            pool_size=READERS + 1,
            connect_args={"timeout": BUSY_MS / 1000},
            hide_parameters=True,
        )
        event.listen(self._engine, "connect", self._connected)
        event.listen(self._engine, "begin", _begin)
        self._thread = Thread(
            target=self._work, args=(self._engine.connect(),), name="chatd writer", daemon=True
        )
        self._thread.start()
        self._readers.start()

    def submit(self, job: Job) -> None:
        """Let the writer do something, behind what it was given before."""
        self._jobs.put(job)

    def write(self, function: Callable[[Connection], T]) -> Deferred[T]:
        """Call `function` with the writer's connection in one transaction; fire with what it returns."""
        call = _Call(self._reactor, function)
        self._jobs.put(call)
        return call.done

    def refuse_calls(self) -> None:
        """Answer who waits for a call of his own that it cannot be done now: what the writer is at goes on trying,
        for as long as it takes. To be called in the writer's thread."""
        jobs = []
        with suppress(Empty):
            while True:
                jobs.append(self._jobs.get_nowait())
        for job in jobs:
            if isinstance(job, _Call):
                job.refuse()
            else:
                self._jobs.put(job)

    def read(self, function: Callable[[Connection], T]) -> Deferred[T]:
        """Call `function` with a reader's connection, in one short transaction."""
        return deferToThreadPool(self._reactor, self._readers, self._read, function)

    def read_now(self, function: Callable[[Connection], T]) -> T:
        """The same in this thread, for who starts the server."""
        with self._refusals():
            return self._read(function)

    def write_now(self, function: Callable[[Connection], T]) -> T:
        """Call `function` in one transaction in this thread, for who starts the server."""
        assert self._engine is not None, "the database is not open"
        with self._refusals(), self._engine.begin() as connection:
            return function(connection)

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise StorageError(f"{self.path}: {error.orig}") from None

    def close(self) -> None:
        """Let what was submitted end, and close. What waits for a lock or for room is given up."""
        if self._thread is not None:
            self._stopping.set()
            self._jobs.put(None)
            self._thread.join()
            self._thread = None
            self._readers.stop()
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _work(self, connection: Connection) -> None:
        with connection:
            driver: Any = connection.connection.dbapi_connection
            while (job := self._jobs.get()) is not None:
                if self._stopping.is_set():  # each of many would wait for who holds the database
                    driver.execute("PRAGMA busy_timeout=0")
                job.run(connection, self._stopping)

    def _read(self, function: Callable[[Connection], T]) -> T:
        assert self._engine is not None, "the database is not open"
        with self._engine.connect().execution_options(read=True) as connection, connection.begin():
            return function(connection)

    def _connected(self, connection: sqlite3.Connection, _: Any) -> None:
        # Transactions begin where we say so, not where the sqlite3 module thinks.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={self._synchronous}")
        connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    driver: Any = connection.connection.dbapi_connection
    if driver.in_transaction:  # a COMMIT failed, and left it open
        driver.rollback()
    reading = connection.get_execution_options().get("read")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _may_pass(error: Exception) -> bool:
    """Whether the database is only busy or full."""
    code = getattr(error.orig, "sqlite_errorcode", 0) if isinstance(error, DBAPIError) else 0
    return code & 0xFF in PASSING  # the low byte: without what is special about it
