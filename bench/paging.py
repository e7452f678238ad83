"""How long one page of CHATHISTORY takes among a million lines, and TARGETS.

Fills a database with the talk of corpus.py, not indexed, and asks for pages of 100 of the largest room (a sixth of
everything), of a small one, and of private talk, each several times.

    python -m bench.paging [--rows 1000000] [--times 50] [--data DIR]

With `--data` the database is kept there, and used again if it is there.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select
from twisted.internet import reactor

from bench.corpus import BEGIN, PEOPLE, ROOMS, fill
from chatd.core.excerpts import BEGINNING, END
from chatd.storage import excerpts, schema
from chatd.storage.engine import Database

PAGE = 100
TALK = frozenset({"message", "private"})
Question = Callable[[Connection], Any]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=50)
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
            measure(database, options.rows, options.times)
        finally:
            database.close()


def questions(connection: Connection, rows: int) -> dict[str, Callable[[], Question]]:
    """Return what is asked; each call of one asks for another point."""
    chance = random.Random(2)
    events, places = schema.events, schema.places

    def when() -> Any:
        return BEGIN + timedelta(seconds=30 * chance.randrange(rows))

    def id_of(room: str) -> str:
        key = connection.execute(select(places.c.key).where(places.c.id == room)).scalar()
        last = connection.execute(select(places.c.last).where(places.c.id == room)).scalar() or 1
        number = chance.randint(1, last)
        row = select(events.c.event).where(events.c.place == key, events.c.number == number)
        return str(connection.execute(row).scalar_one()).split('"id":"')[1][:32]

    def between(room: str, start: Any, stop: Any) -> Question:
        return lambda each: excerpts.between(each, room, PAGE, start, stop, kinds=TALK)

    def around(room: str, mark: str) -> Question:
        return lambda each: excerpts.around(each, room, PAGE, mark, kinds=TALK)

    big, small = ROOMS[0], ROOMS[-1]
    me = PEOPLE[5].account or ""
    return {
        "LATEST *, the largest room": lambda: between(big, END, BEGINNING),
        "LATEST *, a small room": lambda: between(small, END, BEGINNING),
        "BEFORE timestamp=, the largest room": lambda: between(big, when(), BEGINNING),
        "BEFORE msgid=, the largest room": lambda: between(big, id_of(big), BEGINNING),
        "AFTER msgid=, a small room": lambda: between(small, id_of(small), END),
        "BETWEEN two timestamps": lambda: between(big, when(), when()),
        "AROUND msgid=": lambda: around(big, id_of(big)),
        "TARGETS, 50 rooms and all private talk": lambda: (
            lambda each: excerpts.targets(
                each, ROOMS[:50], me, PAGE, start=BEGIN, stop=BEGIN + timedelta(days=3650), kinds=TALK
            )
        ),
        "TARGETS, private talk alone": lambda: (
            lambda each: excerpts.targets(
                each, [], me, 10_000, start=BEGIN, stop=BEGIN + timedelta(days=3650), kinds=TALK
            )
        ),
    }


def measure(database: Database, rows: int, times: int) -> None:
    """Ask everything, and print a table."""
    asked = database.read_now(lambda connection: prepared(connection, rows, times))
    print("| asked | found | median | 99 of 100 | longest | CPU |\n|---|---|---|---|---|---|")
    for words, each in asked.items():
        walls, cpus, found = [], [], 0
        for question in each:
            wall, cpu = time.perf_counter(), time.thread_time()
            found = len(database.read_now(question))
            walls.append(time.perf_counter() - wall)
            cpus.append(time.thread_time() - cpu)
        walls.sort()
        cpus.sort()
        spots = (walls[times // 2], walls[int(times * 0.99)], walls[-1], cpus[times // 2])
        print(f"| {words} | {found} | " + " | ".join(f"{1000 * spot:.1f} ms" for spot in spots) + " |")


def prepared(connection: Connection, rows: int, times: int) -> dict[str, list[Question]]:
    """Return each question with as many points as it is asked."""
    return {words: [make() for _ in range(times)] for words, make in questions(connection, rows).items()}


if __name__ == "__main__":
    main()
