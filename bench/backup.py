"""`chatd backup` beside a server with a long past and much talk: how long, how large, and who notices.

Fills a database, starts the real server on it, lets clients say so many lines a second in the lobby, and
measures two canaries (20 lines a second, from one to the other) first without, then with backups. Last, the
backup is restored into a new folder.

    python bench/backup.py [--events 1000000] [--rate 500] [--backups 3]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from chatd.core.events import Message, Text, Who  # noqa: E402 - this tree, whatever is installed
from chatd.storage.codec import entry  # noqa: E402

BIRDS = ROOT / "tests" / "attacks" / "birds.py"
TALKERS = 10
QUIET_SECONDS = 10.0
CHATD = (sys.executable, "-c", "import sys; from chatd.cli import main; sys.exit(main())")
MEGABYTE = 1_000_000


@contextmanager
def server(data: Path) -> Iterator[int]:
    """Start a server; yield its port."""
    run = "from twisted.scripts.twistd import run; run()"
    command = [
        sys.executable,
        "-c",
        run,
        "-n",
        "--pidfile=",
        "chatd",
        "--listen",
        "tcp:0:interface=127.0.0.1",
    ]
    process = subprocess.Popen(
        [*command, "--data", str(data), "--set", "limits.lines_per_second=0"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if found := re.search(r"nc 127\.0\.0\.1 (\d+)", line):
                Thread(target=process.stdout.read, daemon=True).start()
                yield int(found[1])
                return
        raise SystemExit("the server did not start")
    finally:
        process.terminate()
        process.wait(30)


def fill(path: Path, count: int) -> None:
    """Put messages of some 60 characters into the lobby."""
    with closing(sqlite3.connect(path)) as connection, connection:
        (lobby,) = connection.execute("SELECT id FROM rooms WHERE name = '#lobby'").fetchone()
        connection.execute("INSERT INTO places (id, last) VALUES (?, ?)", (lobby, count))
        (key,) = connection.execute("SELECT key FROM places WHERE id = ?", (lobby,)).fetchone()
        begin = datetime(2026, 1, 1, tzinfo=UTC)
        who = Who(nick="Alice", user="0" * 32, account="1" * 32, host="host.aaaaaaaa.bbbbbbbb")

        def rows() -> Iterator[tuple[int, int, int, str]]:
            for number in range(1, count + 1):
                event = Message(
                    id=f"{number:032x}", time=begin + timedelta(seconds=number), origin="bench", who=who,
                    room="#lobby", room_id=lobby, body=Text(f"line {number} " + "lorem ipsum dolor sit amet " * 2),
                )  # fmt: skip
                each = entry(event)
                yield key, number, each.time, each.data

        connection.executemany("INSERT INTO events (place, number, time, event) VALUES (?, ?, ?, ?)", rows())


class Talk:
    """Clients in the lobby who say so many lines a second, all together, and read what they are sent."""

    def __init__(self, port: int, rate: float) -> None:
        self._sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(TALKERS)]
        self._stop = Event()
        for number, each in enumerate(self._sockets):
            each.sendall(json.dumps({"type": "command", "line": f"/nick Talker{number}"}).encode() + b"\n")
            Thread(target=self._read, args=(each,), daemon=True).start()
        self.said = 0
        self._thread = Thread(target=self._say, args=(rate,), daemon=True)
        if rate:
            self._thread.start()

    def _read(self, each: socket.socket) -> None:
        while each.recv(1 << 20):
            pass

    def _say(self, rate: float) -> None:
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            line = json.dumps({"type": "say", "text": f"line {self.said} " + "x" * 50})
            self._sockets[self.said % TALKERS].sendall(line.encode() + b"\n")
            self.said += 1
            due += 1 / rate

    def stop(self) -> None:
        self._stop.set()


class LogSize:
    """The largest size of the write-ahead log while its `with` block runs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.largest = 0
        self._stop = Event()
        self._thread = Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._stop.wait(0.01):
            self.largest = max(self.largest, self._path.stat().st_size)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


@contextmanager
def canaries(port: int, words: str) -> Iterator[None]:
    """Let the pair sing meanwhile; print how late its lines came."""
    birds = subprocess.Popen(
        [sys.executable, str(BIRDS), str(port), "127.0.0.3"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert birds.stdout is not None
    birds.stdout.readline()
    yield
    song = json.loads(birds.communicate()[0].splitlines()[-1])
    late = sorted(1000 * each for each in song["seconds"])
    p99 = late[int(0.99 * (len(late) - 1))]
    print(
        f"canaries {words}: {song['heard']} of {song['said']} lines, median {statistics.median(late):.1f} ms, "
        f"p99 {p99:.1f} ms, worst {late[-1]:.1f} ms {song['trouble']}"
    )


def backup(data: Path, file: Path) -> tuple[float, float]:
    """Back up; return seconds and CPU seconds."""
    begin = time.monotonic()
    command = [*CHATD, "backup", "--data", str(data), str(file)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    used = os.wait4(process.pid, 0)
    if used[1]:
        raise SystemExit("the backup failed")
    return time.monotonic() - begin, used[2].ru_utime + used[2].ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rate", type=float, default=500)
    parser.add_argument("--backups", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data, log = Path(folder, "data"), Path(folder, "data", "chatd.db-wal")
        with server(data):
            pass
        fill(data / "chatd.db", options.events)
        files = [Path(folder, f"backup{number}.jsonl") for number in range(options.backups)]
        with server(data) as port:
            talk = Talk(port, options.rate)
            with canaries(port, "without a backup"), LogSize(log) as before:
                time.sleep(QUIET_SECONDS)
            with canaries(port, "beside the backups"), LogSize(log) as during:
                taken = [backup(data, file) for file in files]
            talk.stop()
        size = files[0].stat().st_size
        print(
            f"backup of {options.events} events beside {options.rate:g} lines/s: "
            f"{statistics.median(each[0] for each in taken):.1f} s, CPU {statistics.median(each[1] for each in taken):.1f} s, "
            f"{size / MEGABYTE:.0f} MB; log of the database at most {during.largest / MEGABYTE:.1f} MB "
            f"(before {before.largest / MEGABYTE:.1f} MB)"
        )
        begin = time.monotonic()
        subprocess.run(
            [*CHATD, "restore", str(files[-1]), "--data", str(Path(folder, "new"))], cwd=ROOT, check=True
        )
        print(f"restore: {time.monotonic() - begin:.1f} s")


if __name__ == "__main__":
    main()
