"""Something to search in: a database full of talk whose words are as unevenly common as people's.

A thousand people, 300 rooms (the first has a sixth of everything, the last 0.05 %), 3 to 14 of 30,000 words a
line, a tenth of the lines with Chinese, a few with links, a twentieth private. Besides there are words
made for trouble: `everywhere` in nine lines of ten, `odd` and `even` in every other and never together, `seldom`
in one of 50,000.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from sqlalchemy import Connection, insert

from chatd.core.bodies import the_two
from chatd.core.events import Message, PrivateMessage, Text, Who
from chatd.storage import schema
from chatd.storage.codec import Entry, entry

__all__ = ["PEOPLE", "ROOMS", "fill"]

PEOPLE = [Who(nick=f"person{n}", user=f"{n:032x}", account=f"{n:032x}") for n in range(1000)]
ROOMS = [f"{n:032x}" for n in range(300)]
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
BATCH = 10_000
WORDS = [f"word{n}" for n in range(30_000)]
HAN = [chr(0x4E00 + n) for n in range(2000)]


def _zipf(count: int, shift: int = 1) -> list[float]:
    return list(accumulate(1 / (n + shift) for n in range(count)))


class _Talk:
    """The same lines for the same number of them."""

    def __init__(self, rooms: Sequence[str]) -> None:
        self._chance = random.Random(1)
        self._ids = rooms
        self._words, self._han, self._rooms = _zipf(len(WORDS)), _zipf(len(HAN), 5), _zipf(len(rooms))

    def line(self, number: int) -> Message | PrivateMessage:
        """Return one line; half a minute lies between two."""
        chance = self._chance
        body = Text(self._text(number))
        stamp = {"id": f"{number:032x}", "time": BEGIN + timedelta(seconds=30 * number), "origin": "bench"}
        who = chance.choice(PEOPLE)
        if chance.random() < 0.05:
            return PrivateMessage(**stamp, who=who, to=chance.choice(PEOPLE), body=body)  # type: ignore[arg-type]
        room = chance.choices(range(len(self._ids)), cum_weights=self._rooms)[0]
        return Message(**stamp, who=who, body=body, room=f"#room{room}", room_id=self._ids[room])  # type: ignore[arg-type]

    def _text(self, number: int) -> str:
        chance = self._chance
        words = chance.choices(WORDS, cum_weights=self._words, k=chance.randint(3, 14))
        if chance.random() < 0.9:
            words.append("everywhere")
        words.append("odd" if number % 2 else "even")
        if number % 50_000 == 17:
            words.append("seldom")
        if chance.random() < 0.1:
            words.append("".join(chance.choices(HAN, cum_weights=self._han, k=chance.randint(1, 12))))
        if chance.random() < 0.03:
            words.append(f"https://example.org/{words[0]}")
        return " ".join(words)


def fill(connection: Connection, rows: int, rooms: Sequence[str] = ROOMS) -> None:
    """Write so many lines of the talk into an open transaction of an empty database, not indexed."""
    talk, places, last = _Talk(rooms), dict[str, int](), dict[str, int]()
    for begin in range(0, rows, BATCH):
        made: list[Entry] = [entry(talk.line(number)) for number in range(begin, min(begin + BATCH, rows))]
        values = []
        for each in made:
            if each.place not in places:
                two = the_two(each.place)
                row = insert(schema.places).values(
                    id=each.place, last=0, second=None if two is None else two[1]
                )
                key = connection.execute(row).inserted_primary_key
                assert key is not None
                places[each.place] = key[0]
            number = last[each.place] = last.get(each.place, 0) + 1
            values.append((places[each.place], number, each.time, each.data))
        connection.exec_driver_sql(
            "INSERT INTO events (place, number, time, event) VALUES (?, ?, ?, ?)", values
        )
    connection.exec_driver_sql(
        "UPDATE places SET last = ? WHERE key = ?", [(last[id], key) for id, key in places.items()]
    )
