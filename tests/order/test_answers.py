"""One client's own lines: they take effect and are answered in order, whatever the store is doing."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatd.frontends.session import JSON
from tests.memory import MemoryStore
from tests.order.house import Client, House


class AnswerTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.house = House()
        (self.text,) = self.house.people(["Tess"])
        self.json, self.other = self.house.people(["Jay", "Kay"], JSON)
        self.text.read()

    def hold(self) -> None:
        """Let the store be slow, with a line of somebody else in a commit."""
        self.house.store.prompt = False
        self.other.say("held")

    def let_go(self) -> None:
        self.house.store.prompt = True
        self.house.store.release()
        self.house.turn_ends()

    def kinds(self, client: Client) -> list[str]:
        return [each["type"] for each in client.read_json()]

    def test_an_answer_waits_for_ones_own_line(self) -> None:
        self.house.store.prompt = False
        self.json.say("one")
        self.json.command("version")
        self.other.command("version")
        self.house.turn_ends()
        self.assertEqual((self.kinds(self.json), self.kinds(self.other)), ([], ["info"]))
        self.let_go()
        self.assertEqual(self.kinds(self.json), ["message", "info"])

    def test_what_one_does_is_seen_before_it_is_answered(self) -> None:
        for line, kind, answer in (
            ("join #new", "joined", "entered"),
            ("topic #new Cats", "topic", "done"),
            ("room slow 5s", "room", "done"),
            ("nick Jim", "renamed", "named"),
            ("part #new bye", "parted", "done"),
        ):
            with self.subTest(line=line):
                self.hold()
                self.json.read()
                self.json.command(line)
                self.let_go()
                seen = [each for each in self.kinds(self.json) if each not in ("message", "info")]
                self.assertEqual(seen, [kind, answer])

    def test_who_enters_is_told_the_number_that_his_entrance_follows(self) -> None:
        self.house.store.prompt = True
        self.other.command("join #new")
        self.house.turn_ends()
        self.house.store.prompt = False
        self.other.say("held", "#new")
        self.json.read()
        self.json.command("join #new")
        self.let_go()
        seen = {each["type"]: each for each in self.json.read_json()}
        self.assertEqual(seen["entered"].get("last"), seen["joined"].get("after"))

    def test_each_reference_comes_back_once(self) -> None:
        self.other.command("away out")
        self.house.turn_ends()
        self.json.read()
        start = self.json.refs
        for line in (
            "msg Tess 1", "msg Jay 2", "msg Kay 3", "msg Nobody 4", "me waves", "ignore Tess", "msg Tess 5",
            "join #a", "join #a", "topic x", "topic x", "invite Tess", "voice Tess", "room private on", "names",
            "part", "nick Jay", "nick jay", "away x", "back", "back", "unknown", "help", "users", "rooms", "bell on",
        ):  # fmt: skip
            self.json.command(line)
        self.house.turn_ends()
        refs = [each["ref"] for each in self.json.read_json() if "ref" in each]
        self.assertEqual(refs, list(range(start + 1, self.json.refs + 1)))

    def test_the_last_reference_comes_back_too(self) -> None:
        self.json.command("quit")
        self.house.turn_ends()
        self.assertEqual([each.get("ref") for each in self.json.read_json()], [self.json.refs])

    def test_back_in_text_only_one_room_is_the_current_one(self) -> None:
        """Lines of the others must say where they were said."""
        self.text.command("join #a")
        self.text.command("format json")
        self.text.types('{"type": "command", "line": "format text"}')
        self.house.turn_ends()
        self.text.read()
        self.other.say("hello", "#lobby")
        self.house.turn_ends()
        self.assertEqual(self.text.read(), ["[#lobby] Kay: hello"])

    def test_ones_lines_in_several_rooms(self) -> None:
        self.json.command("join #a")
        self.house.turn_ends()
        self.json.read()
        for number in range(4):
            self.json.say(str(number), ("#a", "#lobby")[number % 2])
        self.house.turn_ends()
        self.assertEqual([each["body"]["text"] for each in self.json.read_json()], list("0123"))


class NumberTests(SynchronousTestCase):
    def test_the_end_of_a_room_does_not_begin_its_numbers_again(self) -> None:
        """Who is kicked as the last one sees the number that follows the last, and nothing is left of the room."""
        store = MemoryStore()
        house = House(store=store)
        (ann,) = house.people(["Ann"], JSON)
        for line in ("join #a", "me waves", "kick #a Ann"):
            ann.command(line)
        house.turn_ends()
        self.assertEqual([each["number"] for each in ann.read_json() if "number" in each], [1, 2])
        self.assertNotIn(2, [len(kept) for kept in store._kept.values()])
