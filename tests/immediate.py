"""A database and hashes that answer at once, for tests on a clock of their own: real SQL, real argon2id, no threads."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, StaticPool, create_engine
from twisted.internet.defer import Deferred, execute

from chatd.services.scram import SALT_BYTES, Verifier
from chatd.storage import search
from chatd.storage.engine import Job
from chatd.storage.schema import metadata

__all__ = ["ImmediateDatabase", "ImmediatePasswords", "ImmediatePool", "IndexedDatabase"]

T = TypeVar("T")


@cache
def _empty() -> sqlite3.Connection:
    """Return a database with all tables and nothing in them: to copy one takes a hundredth of making it."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    metadata.create_all(engine)
    connection = engine.raw_connection().driver_connection
    assert isinstance(connection, sqlite3.Connection)
    return connection


class ImmediateDatabase:
    """In memory; a call is done when it returns."""

    def __init__(self) -> None:
        self._engine = create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
        with self._engine.connect() as connection:
            _empty().backup(connection.connection.driver_connection)  # type: ignore[arg-type]  # it is SQLite's own

    def begin(self) -> AbstractContextManager[Connection]:
        """Return one transaction, for a `with` statement."""
        return self._engine.begin()

    def write(self, function: Callable[[Connection], T]) -> Deferred[T]:
        """Call a function in one transaction."""

        def run() -> T:
            with self.begin() as connection:
                return function(connection)

        return execute(run)

    read = write

    def submit(self, job: Job) -> None:
        """Let a job do its work."""
        with self._engine.connect() as connection:
            job.run(connection, Event())

    def callFromThread(self, function: Callable[..., object], *arguments: Any) -> None:
        """Call a function in this, the only thread: what a store asks of the reactor."""
        function(*arguments)


class IndexedDatabase:
    """A database whose index of words is brought up to date for each search, which is answered at once or, while
    `holding`, when the test says so."""

    def __init__(self, database: ImmediateDatabase) -> None:
        self._database = database
        self.holding = False
        self._held: list[Callable[[], object]] = []

    def read(self, function: Callable[[Connection], T]) -> Deferred[T]:
        """Call a function in a transaction."""
        with self._database.begin() as connection:
            while not search.index(connection):
                pass
        found = self._database.read(function)
        if not self.holding:
            return found
        answer: Deferred[T] = Deferred()
        self._held.append(lambda: found.chainDeferred(answer))
        return answer

    def release(self) -> None:
        """Let every search answer, now and from now on."""
        self.holding = False
        while self._held:
            self._held.pop(0)()


class ImmediatePool:
    """In place of the threads for files: what is run is done when that returns or, while `holding`, when the test says
    so. It makes the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.holding = False
        self._held: list[Callable[[], object]] = []

    def run(self, function: Callable[..., T], *arguments: Any) -> Deferred[T]:
        """Call a function."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if not self.holding:
            return execute(function, *arguments)
        answer: Deferred[T] = Deferred()
        self._held.append(lambda: execute(function, *arguments).chainDeferred(answer))
        return answer

    def __len__(self) -> int:
        """How much waits."""
        return len(self._held)

    def step(self) -> None:
        """Do what has waited longest."""
        self._held.pop(0)()

    def release(self) -> None:
        """Do all that waits, and from now on all at once."""
        self.holding = False
        while self._held:
            self.step()


class ImmediatePasswords:
    """With parameters that cost next to nothing."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(1, 8, 1)

    def hash(self, password: bytes) -> Deferred[str]:
        """Return the hash of a password."""
        return execute(self._hasher.hash, password)

    def matches(self, known: str | None, password: bytes) -> Deferred[bool]:
        """Whether that is the password of a hash."""

        def compare() -> bool:
            try:
                return known is not None and self._hasher.verify(known, password)
            except VerificationError:
                return False

        return execute(compare)

    def verifier(self, password: bytes) -> Deferred[str]:
        """Return what SCRAM compares a password with."""
        return execute(lambda: Verifier.of(password, bytes(SALT_BYTES), 1).encode())

    def outdated(self, known: str) -> bool:
        """Never."""
        return False
