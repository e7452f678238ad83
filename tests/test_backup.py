"""Everything in a file and back: the same, or refused in one line with nothing changed."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest import TestCase, mock

import pytest
from sqlalchemy import Boolean, Integer, create_engine, insert, select
from sqlalchemy.sql.sqltypes import BigInteger

from chatd import backup
from chatd.services.data import DataFolder
from chatd.storage import dump, migrate, restore
from chatd.storage.schema import metadata
from chatd.storage.upgrading import upgrade

KEYS = {"cloak.key": bytes(range(32)), "ssh_host_ed25519": b"-----BEGIN OPENSSH PRIVATE KEY-----\n\xff"}
EVENTS = 2_500


def value(column: Any, number: int) -> object:
    """Return something for a column, another for each number."""
    for key in column.foreign_keys:
        return value(key.column, 1 if column.table.name == "events" else number)
    if isinstance(column.type, Boolean):
        return bool(number % 2)
    if isinstance(column.type, Integer | BigInteger):
        return number
    return f'{column.name} {number} \u65e5\u672c \U0001f600 "\\\u2028'


def fill(path: Path) -> None:
    """Put rows into every table, of which the last event is gone again."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            count = EVENTS + 1 if table.name == "events" else 3
            rows = [{each.name: value(each, number) for each in table.c} for number in range(1, count + 1)]
            connection.execute(insert(table), rows)
        connection.exec_driver_sql("UPDATE rooms SET keep_seconds = NULL WHERE id LIKE '%1%'")
        connection.exec_driver_sql(f"DELETE FROM events WHERE row > {EVENTS}")
    engine.dispose()


def content(path: Path) -> dict[str, list[Any]]:
    """Return all rows of all tables of the schema, which fit each other."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").first() is None
        found = {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }
    engine.dispose()
    return found


class BackupCase(TestCase):
    @pytest.fixture(autouse=True)
    def here(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        self.capsys = capsys

    def setUp(self) -> None:
        self.data, self.file, self.to = Path("data"), Path("backup.jsonl"), Path("restored")
        self.data.mkdir(mode=0o700)
        self.database = self.data / "chatd.db"
        upgrade(self.database)
        fill(self.database)
        for name, key in KEYS.items():
            (self.data / name).write_bytes(key)

    def save(self) -> bytes:
        backup.save(self.data, str(self.file), force=True)
        return self.file.read_bytes()

    def refused(self, words: str, call: Callable[[], object]) -> None:
        """It is refused in one line, and no file is another than before."""
        before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
        with self.assertRaises(backup.BackupError) as caught:
            call()
        self.assertIn(words, str(caught.exception))
        self.assertNotIn("\n", str(caught.exception))
        after = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
        shared = {name for name in after if name.name in ("lock", "chatd.db-shm", "chatd.db-wal")}
        self.assertEqual(
            {name: after[name] for name in after.keys() - shared},
            {name: before[name] for name in before.keys() - shared},
        )

    def restore(self) -> None:
        backup.restore(self.file, self.to)


class RoundTrip(BackupCase):
    def test_everything(self) -> None:
        self.save()
        self.restore()
        before, after = content(self.database), content(self.to / "chatd.db")
        for table in metadata.sorted_tables:
            self.assertTrue(before[table.name], table.name)
            expected = [] if table.name in dump.OUTSIDE else before[table.name]
            self.assertEqual(after[table.name], expected, table.name)
        self.assertEqual(dump.OUTSIDE & metadata.tables.keys(), {"progress"})
        self.assertEqual({name: (self.to / name).read_bytes() for name in KEYS}, KEYS)

    def test_the_digest_is_the_same(self) -> None:
        first = self.save()
        self.restore()
        backup.save(self.to, "again.jsonl", force=False)
        self.assertEqual(Path("again.jsonl").read_bytes(), first)

    def test_private(self) -> None:
        self.save()
        self.restore()
        modes = {path.name: path.stat().st_mode & 0o777 for path in (self.file, self.to, *self.to.iterdir())}
        self.assertEqual(set(modes.values()), {0o600, 0o700})
        self.assertEqual(modes["restored"], 0o700)
        self.assertEqual(set(modes), {"backup.jsonl", "restored", "chatd.db", "lock", *KEYS})

    def test_a_row_that_was_purged_is_not_given_again(self) -> None:
        self.save()
        self.restore()
        with closing(sqlite3.connect(self.to / "chatd.db")) as connection:
            made = connection.execute(
                "INSERT INTO events (place, number, time, event) VALUES (1, 9999, 0, '')"
            )
            self.assertEqual(made.lastrowid, EVENTS + 2)

    def test_an_empty_server(self) -> None:
        self.database.unlink()
        upgrade(self.database)
        self.save()
        self.restore()
        self.assertEqual(content(self.to / "chatd.db"), content(self.database))

    def test_of_an_older_schema(self) -> None:
        """It is restored as that, and then brought to the schema of today."""
        self.save()
        folder = Path("migrations").absolute()
        shutil.copytree(migrate.MIGRATIONS, folder)
        (folder / "versions" / "9999_later.py").write_text(LATER.format(before=migrate.head()))
        with mock.patch.object(migrate, "MIGRATIONS", folder):
            self.restore()
            self.assertEqual(migrate.head(), "9999")
        with closing(sqlite3.connect(self.to / "chatd.db")) as connection:
            self.assertEqual(connection.execute("SELECT extra FROM places").fetchall(), [("",)] * 3)


LATER = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{before}"


def upgrade():
    op.add_column("places", sa.Column("extra", sa.Text(), nullable=False, server_default=""))
"""


class Saving(BackupCase):
    def test_a_file_that_is_there_stays(self) -> None:
        self.file.write_text("precious")
        self.refused("--force overwrites it", lambda: backup.save(self.data, str(self.file), force=False))

    def test_without_a_database(self) -> None:
        self.refused(
            "there is no database", lambda: backup.save(Path("nowhere"), str(self.file), force=False)
        )
        self.assertFalse(self.file.exists())

    def test_what_fails_leaves_nothing(self) -> None:
        self.file.write_text("the last good one")
        with mock.patch.object(dump, "_events", side_effect=OSError(28, "No space left on device")):
            self.refused("No space left", lambda: backup.save(self.data, str(self.file), force=True))

    def test_of_another_program_or_a_newer_chatd(self) -> None:
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        self.refused("made by a newer chatd", self.save)
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute("DROP TABLE alembic_version")
        self.refused("not chatd's", self.save)

    def test_what_is_purged_meanwhile(self) -> None:
        """Half of the events go while the others are read: nothing in the backup points at what is not there."""
        original = dump._events

        def interrupted(*arguments: Any) -> Any:
            rows = original(*arguments)
            yield next(rows)
            with closing(sqlite3.connect(self.database)) as connection, connection:
                connection.execute(f"DELETE FROM events WHERE row IN (2, {EVENTS - 1})")
                connection.execute("INSERT INTO events (place, number, time, event) VALUES (1, 9999, 0, '')")
                connection.execute("UPDATE places SET last = 9999")
            yield from rows

        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(f"UPDATE mail SET row = {EVENTS - 1} WHERE row = 3")
        with mock.patch.object(dump, "_events", interrupted):
            self.save()
        self.restore()
        after = content(self.to / "chatd.db")
        self.assertEqual(len(after["events"]), EVENTS - 1)
        self.assertEqual([place[2] for place in after["places"]], [1, 2, 3])
        self.assertEqual([row for _, row in after["mail"]], [1, 2])

    def test_in_short_transactions(self) -> None:
        """None of them reads more than a chunk: while one lasts, the log of the database can only grow."""
        began: list[object] = []
        begin = dump.Connection.begin

        def noted(connection: Any) -> Any:
            began.append(connection)
            return begin(connection)

        with mock.patch.object(dump.Connection, "begin", noted), mock.patch.object(dump, "CHUNK", 100):
            self.save()
        self.assertEqual(len(began), 1 + EVENTS // 100 + 1)


class Damaged(BackupCase):
    def setUp(self) -> None:
        super().setUp()
        self.whole = self.save()

    def damaged(self, data: bytes, words: str) -> None:
        self.file.write_bytes(data)
        self.refused(words, self.restore)
        self.assertFalse(self.to.exists())

    def test_cut_off(self) -> None:
        lines = self.whole.splitlines(keepends=True)
        for data in (self.whole[:-1], self.whole[: len(self.whole) // 2], b"".join(lines[:-1]), lines[0]):
            self.damaged(data, "the backup is cut off")

    def test_any_byte(self) -> None:
        """One bit of one byte, all over the file."""
        first = len(self.whole.splitlines()[0])
        for place in (*range(first + 1, len(self.whole), len(self.whole) // 40), len(self.whole) - 30):
            data = bytearray(self.whole)
            data[place] ^= 1
            self.damaged(bytes(data), "the backup is")

    def test_a_line_less_or_more(self) -> None:
        lines = self.whole.splitlines(keepends=True)
        self.damaged(b"".join(lines[:5] + lines[6:]), "its digest is another")
        self.damaged(b"".join(lines[:5] + lines[4:]), "its digest is another")
        self.damaged(self.whole + lines[5], "something follows its end")

    def test_something_else(self) -> None:
        for data in (
            b"",
            b"precious\n",
            b"\x00" * 100,
            b"[1]\n",
            b'{"chatd":1}\n',
            b"\xff\xfe\n",
            b"x" * 3_000_000,
        ):
            self.damaged(data, "not a backup of chatd")

    def test_not_there(self) -> None:
        self.file.unlink()
        self.refused("No such file", self.restore)

    def signed(self, change: Callable[[list[Any]], None]) -> bytes:
        """Return the backup after a change, with a digest that fits."""
        lines = [json.loads(line) for line in self.whole.splitlines()]
        change(lines)
        body = b"".join(json.dumps(line).encode() + b"\n" for line in lines[:-1])
        end = {"end": lines[-1]["end"], "sha256": sha256(body).hexdigest()}
        return body + json.dumps(end).encode() + b"\n"

    def test_of_a_newer_chatd(self) -> None:
        self.damaged(self.signed(lambda lines: lines[0].update(format=2)), "made by a newer chatd (format 2")
        self.damaged(
            self.signed(lambda lines: lines[0].update(schema="9999")), "made by a newer chatd (schema 9999"
        )

    def test_files_that_are_none_of_ours(self) -> None:
        def change(lines: list[Any]) -> None:
            lines[0]["files"] = {"../authorized_keys": ""}

        self.damaged(self.signed(change), "a file that chatd does not know")

    def test_what_does_not_fit_leaves_no_database(self) -> None:
        """A whole file, whose content no server can have written."""

        def twice(lines: list[Any]) -> None:
            place = next(
                index for index, line in enumerate(lines) if isinstance(line, list) and line[0] == "events"
            )
            lines[place + 1] = lines[place]

        self.file.write_bytes(self.signed(twice))
        self.refused("UNIQUE constraint", self.restore)
        self.assertEqual([path.name for path in self.to.iterdir()], ["lock"])

    def test_what_comes_out_is_compared(self) -> None:
        """If filling the tables lost something, it would be noticed."""
        original = restore._batches
        with mock.patch.object(restore, "_batches", lambda rows: list(original(rows))[:-1]):
            self.refused("what was restored is not what the backup holds", self.restore)
        self.assertEqual([path.name for path in self.to.iterdir()], ["lock"])


class Used(BackupCase):
    """A folder that is not free."""

    def setUp(self) -> None:
        super().setUp()
        self.save()

    def test_a_database(self) -> None:
        for name in ("chatd.db", "chatd.db-wal"):
            self.to.mkdir(mode=0o700, exist_ok=True)
            (self.to / name).write_text("precious")
            self.refused(f"{name}: it is there already", self.restore)
            (self.to / name).unlink()

    def test_a_server(self) -> None:
        folder = DataFolder(self.to)
        folder.open()
        self.addCleanup(folder.close)
        self.refused("another server is using this folder", self.restore)

    def test_another_key(self) -> None:
        self.to.mkdir(mode=0o700)
        (self.to / "cloak.key").write_bytes(bytes(32))
        self.refused("the key there is another one", self.restore)

    def test_again_after_one_that_was_interrupted(self) -> None:
        self.to.mkdir(mode=0o700)
        (self.to / "chatd.db.unfinished").write_text("half a database")
        (self.to / "cloak.key").write_bytes(KEYS["cloak.key"])
        self.restore()
        self.assertEqual(content(self.to / "chatd.db")["events"], content(self.database)["events"])

    def test_it_has_its_name_when_it_is_whole(self) -> None:
        """Ended at the last moment before: there is no database, and there was none."""
        seen = []

        def end(_: int) -> None:
            seen.append((self.to / "chatd.db").exists())
            raise KeyboardInterrupt

        with mock.patch.object(os, "fsync", end), self.assertRaises(KeyboardInterrupt):
            self.restore()
        self.assertEqual([*seen, (self.to / "chatd.db").exists()], [False, False])
