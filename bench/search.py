"""How long /search takes on a million lines, and how long its index holds up the commits.

Fills a database with the talk of corpus.py, indexes it by the server's own code, step by step, and asks each
question several times. A question says how many of the 300 rooms its asker may read.

    python -m bench.search [--rows 1000000] [--times 7] [--data DIR]

With `--data` the database is kept there, and used again if it is there.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from twisted.internet import reactor

from bench.corpus import PEOPLE, ROOMS, fill
from chatd.core import queries
from chatd.core.ports import Scope
from chatd.storage import finding, search
from chatd.storage.engine import Database

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ALL = Scope(frozenset(ROOMS))
RARE = Scope(frozenset(ROOMS[-1:]))
SOME = Scope(frozenset(ROOMS[-64:]), frozenset(ROOMS[:-64]))
MOST = Scope(frozenset(ROOMS[64:]), frozenset(ROOMS[:64]))
MINE = Scope(frozenset(), account=PEOPLE[5].account or "")
QUESTIONS: Sequence[tuple[str, str, Scope]] = (
    ("a word of nearly every line", "everywhere", ALL),
    ("the same, for who may read one room where it is rare", "everywhere", RARE),
    ("the same, for who may read 64 small rooms", "everywhere", SOME),
    ("the same, for who may not read the 64 largest", "everywhere", MOST),
    ("the same, in private talk", "everywhere", MINE),
    ("a rare word", "seldom", ALL),
    ("a rare word, one room", "seldom", RARE),
    ("a rare word, 64 small rooms", "seldom", SOME),
    ("a rare word, not the 64 largest rooms", "seldom", MOST),
    ("a word of one line in 700, 64 small rooms", "word500", SOME),
    ("the same, not the 64 largest rooms", "word500", MOST),
    ("a word that is nowhere", "nowhere", ALL),
    ("from:", "from:person5", ALL),
    ("from:, one room", "from:person5", RARE),
    ("from: nobody", "from:nobody", ALL),
    ("two frequent words", "everywhere odd", ALL),
    ("two frequent words that never meet", "odd even", ALL),
    ("the same, one room", "odd even", RARE),
    ("the same, 64 rooms", "odd even", SOME),
    ("the same, not the 64 largest", "odd even", MOST),
    ("a phrase", '"word1 word0"', ALL),
    ("a phrase of frequent words that never follow each other", '"odd everywhere"', ALL),
    ("nine frequent words", "word0 word1 word2 word3 word4 word5 word6 word7 word8", ALL),
    ("a frequent word without another", "everywhere -odd", ALL),
    ("a frequent word without what is always there", "everywhere -odd -even", ALL),
    ("one Chinese character", "\u4e05", ALL),
    ("two", "\u4e05\u4e06", ALL),
    ("three", "\u4e00\u4e01\u4e02", ALL),
    ("has:link from:", "has:link from:person7", ALL),
    ("has:link and a frequent word, one room", "has:link word0", RARE),
    ("in: alone", "in:#room", RARE),
    ("before: the oldest tenth", "everywhere before:2025-02-04", ALL),
    ("after: when nothing was said", "odd even after:2026-11-30", ALL),
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = (options.data or Path(folder)).absolute() / "chatd.db"
        path.parent.mkdir(parents=True, exist_ok=True)
        known = path.exists()
        database = Database(path, reactor)
        database.open()
        try:
            if not known:
                database.write_now(lambda connection: fill(connection, options.rows))
                build(database, path)
            ask(database, options.times)
        finally:
            database.close()


def build(database: Database, path: Path) -> None:
    """Index everything, and tell what the steps cost."""
    before, walls, cpus, finished = _bytes(path), [], [], False
    while not finished:
        wall, cpu = time.perf_counter(), time.thread_time()
        finished = database.write_now(search.index)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.thread_time() - cpu)
    print(f"{len(walls)} steps of {search.STEP} lines; {(_bytes(path) - before) / 1e6:.0f} MB of index")
    print("| step | median | 99 of 100 | 999 of 1,000 | longest |\n|---|---|---|---|---|")
    for name, seconds in (("CPU", cpus), ("with the disk", walls)):
        seconds.sort()
        cells = (seconds[min(len(seconds) - 1, int(len(seconds) * part))] for part in (0.5, 0.99, 0.999, 1))
        print(f"| {name} | " + " | ".join(f"{1000 * each:.1f} ms" for each in cells) + " |")
    print()


def ask(database: Database, times: int) -> None:
    """Ask all questions, each several times, and print a table."""
    print("| asked | rooms | found | median | worst | CPU |\n|---|---|---|---|---|---|")
    slowest = 0.0
    for words, typed, scope in QUESTIONS:
        query = queries.parse(typed, NOW)
        walls, cpus = [], []
        for _ in range(times):
            wall, cpu = time.perf_counter(), time.thread_time()
            hits = database.read_now(
                lambda connection, query=query, scope=scope: finding.find(connection, query, scope)
            )  # type: ignore[misc]
            walls.append(time.perf_counter() - wall)
            cpus.append(time.thread_time() - cpu)
        walls.sort()
        cpus.sort()
        slowest = max(slowest, walls[-1])
        cells = (f"{1000 * each:.1f} ms" for each in (walls[times // 2], walls[-1], cpus[times // 2]))
        gave_up = " (gave up)" if hits.hasty else ""
        print(f"| {words} | {len(scope.rooms)} | {len(hits.events)}{gave_up} | {' | '.join(cells)} |")
    print(f"\nThe slowest of all took {1000 * slowest:.0f} ms.")


def _bytes(path: Path) -> int:
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*") if "shm" not in file.name)


if __name__ == "__main__":
    main()
