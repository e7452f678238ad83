"""The file: what stops the start and changes nothing, and how one schema becomes the next."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from chatd.core.events import RoomRank
from chatd.storage import loading, migrate
from chatd.storage.engine import Database, StorageError
from chatd.storage.schema import metadata
from chatd.storage.upgrading import configured

FIRST = Path(__file__).with_name("first.sql")
"""The first schema, as it was released: never changed."""


def dump(path: Path) -> list[str]:
    """Return schema and rows of a database. Of the index of words, which cannot be read, its own tables count."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
        tables = [
            name
            for name, sql in found
            if sql and sql.startswith("CREATE TABLE") and name != "sqlite_sequence"
        ]
        return [
            *map(repr, found),
            *(f"{name} {row}" for name in tables for row in connection.execute(f'SELECT * FROM "{name}"')),
        ]


class DatabaseCase(TestCase):
    def setUp(self) -> None:
        self.path = Path("chatd.db").absolute()

    def open(self) -> Database:
        database = Database(self.path, reactor)
        database.open()
        self.addCleanup(database.close)
        return database


class Opening(DatabaseCase):
    def test_a_new_one(self) -> None:
        self.open()
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o600)

    def test_what_it_promises_for_a_commit(self) -> None:
        database = self.open()
        found = database.read_now(
            lambda connection: [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
        )
        self.assertEqual(found, ["wal", 2, 1])

    def test_again(self) -> None:
        self.open().close()
        before = dump(self.path)
        self.open()
        self.assertEqual(dump(self.path), before)

    def refuses(self, words: str) -> None:
        """Opening is refused in one line that names the file, which stays as it was."""
        before = self.path.read_bytes()
        with self.assertRaises(StorageError) as caught:
            Database(self.path, reactor).open()
        self.assertIn(str(self.path), str(caught.exception))
        self.assertIn(words, str(caught.exception))
        self.assertNotIn("\n", str(caught.exception))
        self.assertEqual(self.path.read_bytes(), before)

    def test_something_else(self) -> None:
        self.path.write_text("This is no database, but a letter. " * 100)
        self.refuses("not a database")

    def test_a_damaged_one(self) -> None:
        self.open().close()
        data = bytearray(self.path.read_bytes())
        data[4096 * 3 : 4096 * 6] = b"\xa5" * (4096 * 3)
        self.path.write_bytes(data)
        self.refuses("damaged")

    def test_that_of_another_program(self) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("CREATE TABLE recipes (name TEXT)")
        self.refuses("not chatd's")

    def test_a_newer_one(self) -> None:
        self.open().close()
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        self.refuses("newer chatd")


class Killed(DatabaseCase):
    """The process ends between two statements of a migration: the schema is the old one, and it starts again."""

    def test_anywhere(self) -> None:
        command = [sys.executable, "-c", DIES]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        *killed, ended = map(int, done.stdout.split())
        self.assertEqual(ended, 0, done.stderr)
        self.assertGreater(len(killed), 5)
        for statement, status in enumerate(killed):
            self.path = Path(f"{statement}.db").absolute()
            self.assertEqual(status, -signal.SIGKILL, done.stderr)
            self.assertEqual(self.tables(), set(), f"killed before statement {statement}")
            self.open().close()  # the next start makes them
            self.assertIn("events", self.tables())

    def tables(self) -> set[str]:
        with closing(sqlite3.connect(self.path)) as connection:
            return {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}


# Migrates in one process after the other, each killed one statement later, until one is not; each has a file of its own.
DIES = """
import os, signal
from itertools import count
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.engine import Engine
from chatd.storage import upgrading
from chatd.storage.migrate import migrate

def migrate_and_die(path, left):
    @event.listens_for(Engine, "before_cursor_execute")
    def dies(connection, cursor, statement, *rest):
        nonlocal left
        if statement.lstrip().upper().startswith(("CREATE", "INSERT", "UPDATE")):
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
    path.touch()
    migrate(path)
    os._exit(0)

for statements in count():
    child = os.fork()
    if not child:
        migrate_and_die(Path(f"{statements}.db").absolute(), statements)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(status, flush=True)
    if status != -signal.SIGKILL:
        break
"""


LOADS = """
import sys
from pathlib import Path
import chatd.app
from chatd.storage.migrate import migrate
migrate(Path(sys.argv[1]))
print("alembic" in sys.modules)
"""


class Migrating(DatabaseCase):
    def test_the_names_of_the_files_are_the_revisions(self) -> None:
        """A start reads no more than those."""
        scripts = ScriptDirectory.from_config(configured()).walk_revisions()
        self.assertEqual([script.revision for script in scripts][::-1], migrate.revisions())

    def test_no_start_but_the_first_loads_alembic(self) -> None:
        """Its import costs 0.17 s and 11 MiB."""
        path = self.path.absolute()
        path.touch()
        for expected in ("True", "False"):
            told = subprocess.check_output((sys.executable, "-c", LOADS, str(path)), text=True)
            self.assertEqual(told.strip(), expected)

    def test_the_migrations_make_the_tables_of_the_code(self) -> None:
        self.open().close()
        with create_engine(f"sqlite:///{self.path}").connect() as connection:
            context = MigrationContext.configure(connection, opts={"include_name": _is_ours})
            self.assertEqual(compare_metadata(context, metadata), [])

    def test_the_index_of_words_is_that_of_the_code(self) -> None:
        self.open().close()
        other = Path("other.db").absolute()
        engine = create_engine(f"sqlite:///{other}")
        metadata.create_all(engine)
        engine.dispose()
        self.assertEqual(*(_index_of_words(path) for path in (self.path, other)))

    def test_from_the_first_schema(self) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.executescript(FIRST.read_text())
        self.open().close()
        with closing(sqlite3.connect(self.path)) as connection:
            version = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
            self.assertEqual(version, migrate.head())
            self.assertEqual(connection.execute("SELECT name FROM rooms").fetchall(), [("#lobby",)])

    def test_rooms_of_the_first_schema_that_were_private(self) -> None:
        """They are hidden and let in only who is invited; ranks, which point to rooms, are still there."""
        rooms = [("r1", "#open", 0), ("r2", "#den", 1)]
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.executescript(FIRST.read_text())
            connection.executemany(
                "INSERT INTO rooms (id, name, folded, created, topic, key, private, slow)"
                " VALUES (?1, ?2, ?2, 0, 'Cats', 'sesame', ?3, 5)",
                rooms,
            )
            connection.execute("INSERT INTO ranks (room, account, rank) VALUES ('r2', 'a1', 3)")
        kept = self.open().read_now(loading.load)
        found = {room.name: room for room in kept.rooms}
        for name, private in (("#lobby", False), ("#open", False), ("#den", True)):
            room = found[name]
            self.assertEqual((room.invite_only, room.secret), (private, private), name)
            self.assertEqual((room.moderated, room.limit, room.external, room.open_topic), (0, 0, 0, 0))
        self.assertEqual((found["#den"].topic, found["#den"].key, found["#den"].slow), ("Cats", "sesame", 5))
        self.assertEqual(found["#den"].ranks, {"a1": RoomRank.FOUNDER})


def _is_ours(name: str | None, kind: str, parents: object) -> bool:
    """Whether SQLAlchemy knows of it: not of the index of words, which is SQLite's own kind of table."""
    return kind != "table" or not (name or "").startswith("words")


def _index_of_words(path: Path) -> list[tuple[str, ...]]:
    """Return how the index of words is made and configured."""
    with closing(sqlite3.connect(path)) as connection:
        return [
            *connection.execute("SELECT sql FROM sqlite_master WHERE name LIKE 'words%' ORDER BY name"),
            *connection.execute("SELECT * FROM words_config ORDER BY 1"),
        ]
