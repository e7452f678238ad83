"""What was said before: shown to who enters, and on request."""

from __future__ import annotations

import json

from chatd.settings import History, Settings
from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.client import Client
from tests.behaviour.clients import JsonClient


def texts(client: Client) -> list[str]:
    """Return what was shown again to a client, in order."""
    data = client.raw().decode()
    if isinstance(client, JsonClient):
        frames = map(json.loads, data.splitlines())
        return [frame["body"]["text"] for frame in frames if frame.get("replay") and "body" in frame]
    return [
        line.partition("Z ")[2].rpartition(": ")[2] for line in data.splitlines() if line.startswith("2026-")
    ]


class Entering(Behaviour):
    """Who enters a room is shown what was said in it of late, with times."""

    def test_the_last_lines(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        for number in range(30):
            alice.say(f"line {number}")
        carol = self.client("Carol")
        carol.raw()
        carol.command("join #dev")
        self.assertEqual(texts(carol), [f"line {number}" for number in range(10, 30)])
        bob.raw()
        alice.say("now")
        self.assertEqual(carol.seen()[-1][-1], "now")

    def test_with_times_and_marked(self) -> None:
        alice, _ = self.together("#dev", "Alice", "Bob")
        alice.say("hello")
        carol = self.client("Carol")
        carol.raw()
        carol.command("join #dev")
        data = carol.raw().decode()
        if isinstance(carol, JsonClient):
            self.assertIn('"replay":true', data)
            self.assertIn('"number":1', data)
        else:
            self.assertIn("\r\n2026-01-02 03:04:05Z Alice: hello\r\n", data)

    def test_also_in_the_lobby(self) -> None:
        alice, _ = self.people("Alice", "Bob")
        alice.say("hello")
        carol = self.client()
        carol.raw()
        carol.command("nick Carol")
        self.assertEqual(texts(carol), ["hello"])

    def test_entering_is_shown_before_it(self) -> None:
        alice, _ = self.together("#dev", "Alice", "Bob")
        alice.say("hello")
        carol = self.client("Carol")
        carol.raw()
        carol.command("join #dev")
        data = carol.raw()
        self.assertLess(data.find(b"joined"), data.find(b"hello"))

    def test_nothing_is_missed_and_nothing_comes_twice(self) -> None:
        """Whatever waits for its commit while somebody enters."""
        alice, _ = self.together("#dev", "Alice", "Bob")
        carol = self.client("Carol")
        carol.raw()
        self.server.store.holding = True
        alice.say("while he knocks")
        carol.command("join #dev")
        alice.say("once he is in")
        self.server.store.release()
        self.server.turn()
        data = carol.raw()
        self.assertEqual((data.count(b"while he knocks"), data.count(b"once he is in")), (1, 1))
        self.assertLess(data.find(b"while he knocks"), data.find(b"once he is in"))

    def test_not_what_he_ignores(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        carol = self.client("Carol")
        carol.command("ignore Bob")
        alice.say("hello")
        bob.say("rubbish")
        carol.raw()
        carol.command("join #dev")
        self.assertEqual(texts(carol), ["hello"])

    def test_none_if_the_owner_wants_none(self) -> None:
        self.server.registry.renew(Settings(history=History(on_join=0)))
        alice, _ = self.together("#dev", "Alice", "Bob")
        alice.say("hello")
        carol = self.client("Carol")
        carol.raw()
        carol.command("join #dev")
        self.assertEqual(texts(carol), [])

    def test_a_room_of_the_same_name_has_no_past(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.say("hello")
        for person in (alice, bob):
            person.command("part #dev")
        alice.raw()
        alice.command("join #dev")
        self.assertEqual(texts(alice), [])
        alice.command("history")
        self.assertIn(b"Nothing of #dev is kept", alice.raw())


class Asking(Behaviour):
    """/history."""

    def talk(self) -> Client:
        alice = self.together("#dev", "Alice", "Bob")[0]
        for number in range(1, 41):
            alice.say(f"line {number}")
            self.server.advance(60)
        alice.raw()
        return alice

    def asked(self, alice: Client, line: str) -> list[str]:
        alice.raw()
        alice.command(line)
        return texts(alice)

    def test_pages(self) -> None:
        alice = self.talk()
        for line, first, last in (
            ("history", 21, 40),
            ("history 5", 36, 40),
            ("history 5 before 36", 31, 35),
            ("history 5 after 10", 11, 15),
            ("history #dev 3 before 3", 1, 2),
            ("history before 30", 10, 29),
        ):
            self.assertEqual(self.asked(alice, line), [f"line {n}" for n in range(first, last + 1)], line)

    def test_by_time(self) -> None:
        alice = self.talk()  # from 03:04:05 to 03:43:05; it is 03:44:05 now
        for line, first, last in (
            ("history 5 before 03:10", 2, 6),
            ("history 5 after 03:10", 7, 11),
            ("history 5 before 2026-01-02T03:10:00Z", 2, 6),
            ("history 5 after 10m", 31, 35),
            ("history 5 before 2026-01-01", 1, 0),
        ):
            self.assertEqual(self.asked(alice, line), [f"line {n}" for n in range(first, last + 1)], line)

    def test_where_one_is_is_told(self) -> None:
        alice = self.talk()
        alice.command("history 5")
        self.assertIn(b"#dev, 36 to 40. /history before 36 shows", alice.raw())

    def test_ones_own_lines_are_there(self) -> None:
        """Also those that are not stored yet when it is asked for."""
        alice, _ = self.together("#dev", "Alice", "Bob")
        self.server.store.holding = True
        alice.say("just now")
        alice.command("history")
        self.server.store.release()
        self.server.turn()
        self.assertEqual(texts(alice), ["just now"])

    def test_who_may(self) -> None:
        alice = self.talk()
        carol = self.client("Carol")
        self.assertEqual(self.asked(carol, "history #dev 2"), ["line 39", "line 40"])
        for change in ("room private on", "room key sesame"):
            alice.command(change)
            carol.command("history #dev")
            self.assertNotIn(b"line 40", carol.raw())
            alice.command("room private off")
            alice.command("room key off")
        alice.command("ban Carol")
        carol.command("history #dev")
        self.assertIn(b"only who is in #dev may read", carol.raw())

    def test_mistakes(self) -> None:
        alice = self.talk()
        for line, words in (
            ("history 0", "from 1 to 200"),
            ("history 201", "from 1 to 200"),
            ("history yesterday", "/history [ROOM|@USER]"),
            ("history before", "/history [ROOM|@USER]"),
            ("history before yesterday", "no point in time"),
            ("history before 2026-13-01", "no point in time"),
            ("history 5 after 10 20", "/history [ROOM|@USER]"),
        ):
            alice.command(line)
            self.assertIn(words.encode(), alice.raw(), line)


globals().update(over_front_ends(Entering))
globals().update(over_front_ends(Asking))
