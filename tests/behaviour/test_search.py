"""/search: what was said, found by its words, by those who may read it."""

from __future__ import annotations

import json
import re

from chatd.services.search import WAITING
from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.client import Client
from tests.behaviour.clients import JsonClient

PASSWORD = "correct-horse"


class Searching(Behaviour):
    def asked(self, client: Client, line: str) -> list[str]:
        """Return the texts that a search finds, as its client is shown them."""
        client.raw()
        client.command(f"search {line}")
        data = client.raw().decode()
        if isinstance(client, JsonClient):
            (frame,) = map(json.loads, data.splitlines())
            self.assertEqual(frame["type"], "found", frame)
            self.assertTrue(all(event["replay"] for event in frame["events"]))
            return [event.get("topic") or event["body"]["text"] for event in frame["events"]]
        return re.findall(r"^   \d{4}-.*?(?:: |~ \S+ )(.*)\r$", data, re.MULTILINE)

    def register(self, client: Client) -> None:
        client.command(f"register {PASSWORD}")
        client.raw()


class Finding(Searching):
    def test_newest_first_with_room_and_number(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.say("the release is near")
        self.server.advance(60)
        bob.say("which release?")
        alice.command("search release")
        data = alice.raw().decode()
        if isinstance(alice, JsonClient):
            frame = json.loads(data.splitlines()[-1])
            self.assertEqual(
                [(e["room"], e["number"], e["type"]) for e in frame["events"]],
                [("#dev", n, "message") for n in (2, 1)],
            )
            self.assertEqual(
                (frame["query"], frame.get("before"), frame["ref"]), ("release", None, alice.requests)
            )
        else:
            self.assertIn(
                "-> Found, newest first:\r\n"
                "   2026-01-02 03:05:05Z #dev 2 Bob: which release?\r\n"
                "   2026-01-02 03:04:05Z #dev 1 Alice: the release is near\r\n",
                data,
            )

    def test_operators(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        for person, words in ((alice, "tea https://example.org"), (bob, "tea or coffee"), (alice, "coffee")):
            person.say(words)
            self.server.advance(20)
        alice.command("part #dev")
        alice.say("tea in the lobby")
        alice.raw()
        for line, texts in (
            ("tea", ["tea in the lobby", "tea or coffee", "tea https://example.org"]),
            ("tea in:#dev", ["tea or coffee", "tea https://example.org"]),
            ("tea in:lobby", ["tea in the lobby"]),
            ("from:bob", ["tea or coffee"]),
            ("tea from:bob in:#lobby", []),
            ("has:link", ["tea https://example.org"]),
            ("tea -coffee before:10s", ["tea https://example.org"]),
            ("coffee after:30s", ["coffee"]),
            ('"or coffee"', ["tea or coffee"]),
        ):
            self.assertEqual(self.asked(alice, line), texts, line)

    def test_deeds_and_topics(self) -> None:
        alice = self.together("#dev", "Alice")[0]
        alice.command("me makes tea")
        alice.command("topic All about tea")
        self.assertCountEqual(self.asked(alice, "tea"), ["All about tea", "makes tea"])

    def test_nothing(self) -> None:
        (alice,) = self.people("Alice")
        self.assertEqual(self.asked(alice, "nowhere"), [])
        alice.command("search nowhere")
        self.assert_seen(alice, ("answer", "Nothing found."))

    def test_the_next_page_is_told(self) -> None:
        alice = self.together("#dev", "Alice")[0]
        for number in range(45):
            alice.say(f"word {number}")
            self.server.advance(1)
        texts, line = [], "word -rubbish"
        for _ in range(3):
            alice.raw()
            alice.command(f"search {line}")
            lines = alice.seen()[-1][1:]
            texts += [each.rpartition(" ")[2] for each in lines if ": word" in each]
            alice.say("word, but newer")
            told = re.fullmatch(r"/search (.*) shows what came before\.", lines[-1])
            line = "" if told is None else told[1]
        self.assertEqual(texts, [str(number) for number in reversed(range(45))])
        self.assertEqual(line, "")

    def test_ones_own_lines_are_there(self) -> None:
        """Also those that are not stored yet when it is asked for."""
        alice = self.together("#dev", "Alice")[0]
        self.server.store.holding = True
        alice.say("just now")
        alice.command("search just")
        self.server.store.release()
        self.server.turn()
        self.assertIn(
            b"Alice: just now" if not isinstance(alice, JsonClient) else b'"query":"just"', alice.raw()
        )

    def test_mistakes(self) -> None:
        (alice,) = self.people("Alice")
        for line, words in (
            ("search !?", "nothing to search for"),
            ('search "open', "a quote is not closed"),
            ("search x in:#nowhere", "no room named"),
            ("search x before:5", "numbers count in one room"),
            ("search x has:cheese", "has: knows link"),
            ("search " + "x" * 1025, "too long"),
        ):
            alice.command(line)
            self.assert_refused(alice, words)
        alice.command("search")
        self.assertEqual(alice.seen()[0][0], "usage")

    def test_no_control_character_comes_back(self) -> None:
        (alice,) = self.people("Alice")
        alice.command("search word\x1b[31m")
        self.assertNotIn(b"\x1b", alice.raw())


class Rights(Searching):
    """Only what the asker may read."""

    def test_rooms(self) -> None:
        """Whoever could enter may read: guests too. Where only members may, others find nothing."""
        alice, _ = self.together("#dev", "Alice", "Bob")
        alice.say("word")
        carol = self.client("Carol")
        self.assertEqual(self.asked(carol, "word"), ["word"])
        for shut, opened in (("room private on", "room private off"), ("room key sesame", "room key off")):
            alice.command(shut)
            self.assertEqual(self.asked(carol, "word"), [], shut)
            self.assertEqual(self.asked(alice, "word"), ["word"])
            carol.command("search word in:#dev")
            self.assertEqual([each[0] for each in carol.seen()], ["error"])
            alice.command(opened)
        alice.command("ban Carol")
        self.assertEqual(self.asked(carol, "word"), [])
        carol.command("search word in:#dev")
        self.assert_refused(carol, "only who is in #dev may read")

    def test_what_one_may_not_read_takes_no_place(self) -> None:
        """However much of it is newer than what one may."""
        alice, _ = self.together("#dev", "Alice", "Bob")
        carol = self.client("Carol")
        carol.say("word in the lobby")
        alice.command("room private on")
        for _ in range(50):
            self.server.advance(1)
            alice.say("word")
        self.assertEqual(self.asked(carol, "word"), ["word in the lobby"])

    def test_operators_read_all_rooms(self) -> None:
        alice, _ = self.together("#dev", "Alice", "Bob")
        alice.command("room private on")
        alice.say("word")
        carol = self.client("Carol")
        self.assertEqual(self.asked(carol, "word"), [])
        self.make_operator("Carol")
        self.assertEqual(self.asked(carol, "word"), ["word"])

    def test_private_talk_is_that_of_the_two(self) -> None:
        """Not even of operators; and of guests nothing is kept."""
        alice, bob, carol = self.people("Alice", "Bob", "Carol")
        for person in (alice, bob, carol):
            self.register(person)
        alice.command("msg Bob psst word")
        self.make_operator("Carol")
        guest = self.client("Guest")
        for person, texts in ((alice, ["psst word"]), (bob, ["psst word"]), (carol, []), (guest, [])):
            self.assertEqual(self.asked(person, "word"), texts)
            self.assertEqual(self.asked(person, "word in:#lobby"), [])
        self.assertEqual(self.asked(alice, "word in:@bob"), ["psst word"])
        self.assertEqual(self.asked(alice, "word in:@Carol"), [])
        self.assertEqual(self.asked(alice, "word in:@Carol in:@bob"), ["psst word"])
        self.assertEqual(self.asked(carol, "from:alice"), [])
        bob.command("search word")
        self.assertIn(
            b'"private"' if isinstance(bob, JsonClient) else b"Z @Alice 1 Alice: psst word", bob.raw()
        )

    def test_not_what_one_ignores(self) -> None:
        alice, bob, carol = self.together("#dev", "Alice", "Bob", "Carol")
        alice.say("word")
        bob.say("rubbish word")
        carol.command("ignore Bob")
        self.assertEqual(self.asked(carol, "word"), ["word"])

    def test_a_room_that_ended_is_not_found(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.say("word")
        for person in (alice, bob):
            person.command("part #dev")
        alice.command("join #dev")
        self.assertEqual(self.asked(alice, "word"), [])

    def test_what_is_shut_while_it_is_searched(self) -> None:
        """The answer is looked at again when it comes."""
        alice, _ = self.together("#dev", "Alice", "Bob")
        alice.say("word")
        carol = self.client("Carol")
        self.server.searched.holding = True
        carol.raw()
        carol.command("search word")
        alice.command("room private on")
        self.server.searched.release()
        self.server.turn()
        self.assertNotIn(b"Alice: word", carol.raw())


class Crowding(Searching):
    def test_only_so_many_wait(self) -> None:
        """One search at a time, a bounded number waiting, the next is refused at once."""
        people = self.people(*(f"P{number}" for number in range(WAITING + 2)))
        self.server.searched.holding = True
        for person in people[:-1]:
            person.command("search word")
            self.assert_seen(person)
        people[-1].command("search word")
        self.assert_refused(people[-1], "too many search")
        self.server.searched.release()
        for person in people[:-1]:
            self.assert_seen(person, ("answer", "Nothing found."))

    def test_who_left_meanwhile_is_not_answered(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        self.server.searched.holding = True
        alice.command("search word")
        alice.hang_up()
        self.server.searched.release()
        self.assertEqual(self.asked(bob, "word"), [])


globals().update(over_front_ends(Finding))
globals().update(over_front_ends(Rights))
globals().update(over_front_ends(Crowding))
