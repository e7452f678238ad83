"""Whatever people do and however slow the store is: one order, nothing twice, nothing missed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatd.core.events import Arrived, Audited, Event, RoomEvent
from chatd.core.ports import Session
from chatd.core.user import Rank
from chatd.frontends.session import JSON, TEXT
from tests.order.house import Client, House
from tests.order.invariants import check_registry, check_settled
from tests.order.witness import Left, expected, render, seen_lines, witnessed

ROOMS = ("#lobby", "#a", "#b")

SMALL = st.integers(0, 5)
CLIENT = st.tuples(SMALL, SMALL, SMALL)


def _op(name: str) -> st.SearchStrategy[tuple[str, tuple[int, int, int]]]:
    return st.tuples(st.just(name), CLIENT)


# What stands here more than once is tried more often; the first is what a failing example shrinks to.
OPERATIONS = st.sampled_from(
    ["nothing", "say"] + ["say_elsewhere"] * 6 + ["rename", "join", "part", "turn_ends"] * 3
    + ["hold", "release", "private", "connect", "wait"] * 2
    + ["act", "kick", "topic", "delete", "quit", "hang_up", "prompt", "fail", "nonsense"]
).flatmap(_op)  # fmt: skip


class Crowd:
    """Clients that do what they are told, with words of which none is said twice."""

    def __init__(self, log: list[Left]) -> None:
        self.house = House()
        self.log = log
        self.everybody: list[Client] = []
        self.users: dict[Client, str] = {}
        self.ends: dict[Session, int] = {}
        self.cut: set[Client] = set()
        self.count = 0
        turn = self.house.registry.world.turn
        self.leave_all, turn.leave_all = turn.leave_all, self.leaves  # type: ignore[method-assign]
        for dialect in range(4):
            self.connect(dialect, 0, 0)
        for room in ROOMS[1:]:
            for client in self.everybody[:3]:
                client.command(f"join {room}")
        self.house.turn_ends()
        boss = self.everybody[0].session.user
        assert boss is not None
        boss.rank = Rank.OPERATOR

    def leaves(self, session: Session, *, lost: bool) -> None:
        """Note how much had left when a session stopped hearing."""
        self.ends.setdefault(session, len(self.log))
        self.leave_all(session, lost=lost)

    def word(self, mark: str) -> str:
        self.count += 1
        return f"{mark}{self.count}"

    def client(self, index: int) -> Client | None:
        live = [client for client in self.everybody if not client.wire.disconnecting]
        return live[index % len(live)] if live else None

    def nick(self, index: int) -> str:
        users = list(self.house.registry.users.values())
        return users[index % len(users)].nick if users else "nobody"

    def does(self, who: int, line: Callable[[], str]) -> None:
        client = self.client(who)
        if client is not None:
            client.command(line())

    # The operations: three small numbers each.

    def nothing(self, _: int, __: int, ___: int) -> None: ...

    def say(self, who: int, _: int, __: int) -> None:
        client = self.client(who)
        if client is not None:
            client.say(self.word("w"))

    def say_elsewhere(self, who: int, where: int, _: int) -> None:
        client = self.client(who)
        if client is not None:
            client.say(self.word("w"), ROOMS[where % 3])

    def act(self, who: int, _: int, __: int) -> None:
        self.does(who, lambda: f"me {self.word('w')}")

    def join(self, who: int, where: int, _: int) -> None:
        self.does(who, lambda: f"join {ROOMS[where % 3]}")

    def part(self, who: int, where: int, _: int) -> None:
        self.does(who, lambda: f"part {ROOMS[where % 3]} {self.word('w')}")

    def kick(self, who: int, where: int, whom: int) -> None:
        self.does(who, lambda: f"kick {ROOMS[where % 3]} {self.nick(whom)} {self.word('w')}")

    def topic(self, who: int, where: int, _: int) -> None:
        self.does(who, lambda: f"topic {ROOMS[where % 3]} {self.word('w')}")

    def delete(self, who: int, where: int, _: int) -> None:
        self.does(who, lambda: f"room delete {ROOMS[where % 3]}")

    def private(self, who: int, whom: int, _: int) -> None:
        self.does(who, lambda: f"msg {self.nick(whom)} {self.word('w')}")

    def rename(self, who: int, _: int, __: int) -> None:
        self.does(who, lambda: f"nick {self.word('u')}")

    def nonsense(self, who: int, _: int, __: int) -> None:
        self.does(who, lambda: self.word("x"))

    def quit(self, who: int, _: int, __: int) -> None:
        self.does(who, lambda: f"quit {self.word('w')}")

    def hang_up(self, who: int, _: int, __: int) -> None:
        client = self.client(who)
        if client is not None:
            self.cut.add(client)
            client.hang_up()

    def connect(self, dialect: int, _: int, __: int) -> None:
        if len(self.everybody) < 8:
            client = self.house.connect(self.word("u"), TEXT if dialect % 2 else JSON)
            assert client.session.user is not None
            self.everybody.append(client)
            self.users[client] = client.session.user.id

    def turn_ends(self, _: int, __: int, ___: int) -> None:
        self.house.turn_ends()

    def hold(self, _: int, __: int, ___: int) -> None:
        self.house.store.prompt = False

    def prompt(self, _: int, __: int, ___: int) -> None:
        self.house.store.prompt = True
        self.house.store.release()

    def release(self, _: int, __: int, ___: int) -> None:
        self.house.store.release()

    def fail(self, _: int, __: int, ___: int) -> None:
        self.house.store.fail()

    def wait(self, quarters: int, _: int, __: int) -> None:
        self.house.clock.advance(quarters / 4)

    def settle(self) -> None:
        """Let everything leave and be read."""
        self.prompt(0, 0, 0)
        self.house.turn_ends()


class OneOrderTests(SynchronousTestCase):
    # The profile says how many: `HYPOTHESIS_PROFILE=search` tries for as long as one likes.
    @settings(max_examples=4 * settings().max_examples)
    @given(st.lists(OPERATIONS, min_size=20, max_size=60))
    def test_any_interleaving(self, operations: Sequence[tuple[str, tuple[int, int, int]]]) -> None:
        with witnessed() as log:
            crowd = Crowd(log)
            for name, numbers in operations:
                getattr(crowd, name)(*numbers)
                check_registry(crowd.house)
            crowd.settle()
        check_registry(crowd.house)
        check_settled(crowd.house)
        self.check_what_left(crowd)
        self.check_numbers(crowd)
        for client in crowd.everybody:
            self.check_client(crowd, client)

    def check_what_left(self, crowd: Crowd) -> None:
        """Everything left, once for each place, in the order in which it happened."""
        places = {event.id: place for place, event in enumerate(crowd.house.timeline.put_in)}
        self.assertEqual(len(crowd.house.timeline.timeline), 0)
        seen = {event.id for event in crowd.house.timeline.put_in if not isinstance(event, Arrived | Audited)}
        self.assertEqual({event.id for _, event, _ in crowd.log}, seen)
        for where in {left.where for left in crowd.log}:
            order = [places[event.id] for place, event, _ in crowd.log if place == where]
            self.assertEqual(order, sorted(set(order)))

    def check_numbers(self, crowd: Crowd) -> None:
        """They rise, room by room; one that was passed over belongs to an event shown as not stored."""
        last: dict[str, int] = {}
        events: dict[str, Event] = {}
        for _, event, _ in crowd.log:
            events[event.id] = event
            if isinstance(event, RoomEvent) and event.number is not None:
                self.assertGreater(event.number, last.get(event.room_id, 0))
                self.assertTrue(event.stored)
                last[event.room_id] = event.number
            elif isinstance(event, RoomEvent):
                assert event.after is not None
                self.assertGreaterEqual(event.after, last.get(event.room_id, 0))
                last[event.room_id] = event.after
        for (_, number), id in crowd.house.store.given.items():
            event = events[id]
            self.assertIn((event.stored, event.number), ((True, number), (False, None)))

    def check_client(self, crowd: Crowd, client: Client) -> None:
        """It saw all there was to see where it was, in that order, once."""
        end = crowd.ends.get(client.session, len(crowd.log))
        by_place = expected(client, crowd.users[client], crowd.log[:end])
        text = client.wire.value().decode()
        if client.json:
            lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
            seen = [line["id"] for line in lines if "id" in line]
            shown = {place: [event.id for event in events] for place, events in by_place.items()}
            refs = [line["ref"] for line in lines if "ref" in line]
            self.assertEqual(
                refs, list(range(1, client.refs + 1))[: len(refs) if client.session in crowd.ends else None]
            )
        else:
            seen = seen_lines(text)
            shown = {place: [render(event) for event in events] for place, events in by_place.items()}
        for events in shown.values():
            order = [each for each in seen if each in set(events)]
            # What was gathered in the turn in which a connection broke is lost with it.
            self.assertEqual(order, events[: len(order)] if client in crowd.cut else events)
        once = {event.id: event for events in by_place.values() for event in events}
        all_of_it = Counter(list(once) if client.json else map(render, once.values()))
        if client in crowd.cut:
            self.assertLessEqual(Counter(seen), all_of_it)
        else:
            self.assertEqual(Counter(seen), all_of_it)
