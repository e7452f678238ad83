"""The fan-out: encoded once per view, written once per member, and everybody his own share."""

from __future__ import annotations

from chatd.core.ports import Source, View
from chatd.wire.text import TextCodec
from tests.order.fanning import FanoutCase
from tests.order.parts import Ear, message


class GatheringTests(FanoutCase):
    def test_one_encoding_per_view_and_one_send_per_member(self) -> None:
        timed = View(self.plain, time=True)
        self.place(self.room, self.ann, self.bob)
        self.room.place(self.cid, timed)
        for words in ("1", "2", "3"):
            self.say(words)
        self.assertEqual(self.heard(self.ann, self.bob, self.cid), ["", "", ""])
        self.assertEqual(len(self.ends), 1)
        self.end()
        for ear in (self.ann, self.bob, self.cid):
            self.assertEqual(ear.sent, [b"1;2;3;"])
        expected = [(words, view) for view in (self.ann.style, timed) for words in "123"]
        self.assertEqual(self.plain.encoded, expected)

    def test_each_turn_is_its_own(self) -> None:
        self.place(self.room, self.ann)
        self.say("1")
        self.end()
        self.end()
        self.say("2")
        self.end()
        self.assertEqual((self.ann.sent, self.ends), ([b"1;", b"2;"], []))

    def test_the_author_is_left_out(self) -> None:
        self.place(self.room, self.ann, self.bob)
        self.say("1")
        self.say("2", source=Source(self.ann, 7))
        self.say("3")
        self.end()
        self.assertEqual((self.ann.sent, self.bob.sent), ([b"1;3;"], [b"1;2;3;"]))

    def test_a_program_gets_its_echo_with_its_reference(self) -> None:
        second = Ear(self.program, "second")
        self.place(self.room, self.ann, self.bot, second)
        self.say("1", source=Source(self.bot, "x"))
        self.say("2", source=Source(self.bot))
        self.say("3", source=Source(second, 0))
        self.end()
        self.assertEqual(self.heard(self.ann, self.bot, second), ["1;2;3;", "1#x;2;3;", "1;2;3#0;"])

    def test_only_an_author_is_no_reason_to_send(self) -> None:
        self.place(self.room, self.ann)
        self.say("1", source=Source(self.ann))
        self.end()
        self.assertEqual(self.ann.sent, [])

    def test_hidden(self) -> None:
        self.place(self.room, self.ann, self.bob)
        self.say("1")
        self.room.publish(message("2"), None, [self.ann, self.cid])
        self.say("3")
        self.end()
        self.assertEqual(self.heard(self.ann, self.bob, self.cid), ["1;3;", "1;2;3;", ""])

    def test_the_bell(self) -> None:
        ann, bob, dan = (Ear(self.plain, nick, bell=True) for nick in ("ann", "bob", "dan"))
        self.place(self.room, ann, bob, dan, self.cid)
        self.say("hi bob")
        self.say("hi bobby")
        self.room.publish(message("bob and dan"), Source(bob), [dan])
        self.end()
        self.assertEqual(ann.heard, "hi bob;hi bobby;bob and dan;")
        self.assertEqual(bob.heard, "!hi bob;hi bobby;")
        self.assertEqual(dan.heard, "hi bob;hi bobby;")
        self.assertEqual(self.cid.heard, ann.heard)


class MidTurnTests(FanoutCase):
    def test_a_direct_send_comes_behind_what_was_gathered(self) -> None:
        self.place(self.room, self.ann, self.bob)
        self.place(self.other, self.ann)
        self.say("1")
        self.say("2", self.other)
        self.turn.catch_up(self.ann)
        self.turn.catch_up(self.ann)
        self.ann.send(b"direct;")
        self.say("3")
        self.end()
        self.assertEqual(self.heard(self.ann, self.bob), ["1;2;direct;3;", "1;3;"])

    def test_the_author_caught_up(self) -> None:
        self.place(self.room, self.bot, self.bob)
        self.say("1", source=Source(self.bot, 1))
        self.turn.catch_up(self.bot)
        self.say("2", source=Source(self.bot, 2))
        self.end()
        self.assertEqual(self.heard(self.bot, self.bob), ["1#1;2#2;", "1;2;"])

    def test_who_joins_hears_nothing_from_before(self) -> None:
        self.place(self.room, self.ann)
        self.say("1")
        self.place(self.room, self.bob)
        self.turn.catch_up(self.bob)
        self.say("2")
        self.end()
        self.assertEqual(self.heard(self.ann, self.bob), ["1;2;", "2;"])

    def test_who_leaves_gets_what_was_gathered(self) -> None:
        self.place(self.room, self.ann, self.bob)
        self.say("1")
        self.room.remove(self.ann)
        self.room.discard(self.bob)
        self.say("2")
        self.end()
        self.assertEqual(self.heard(self.ann, self.bob), ["1;", ""])
        self.room.remove(self.ann)
        self.assertNotIn(self.ann, self.room)

    def test_who_leaves_and_comes_back(self) -> None:
        self.place(self.room, self.ann)
        self.say("1", source=Source(self.ann))
        self.say("2")
        self.room.remove(self.ann)
        self.say("3")
        self.place(self.room, self.ann)
        self.say("4")
        self.end()
        self.assertEqual(self.ann.heard, "2;4;")

    def test_a_new_view_holds_from_then_on(self) -> None:
        text = TextCodec()
        self.room.place(self.ann, View(text))
        self.room.place(self.bob, View(text))
        self.say("1")
        self.room.place(self.ann, View(text, time=True))
        self.say("2")
        self.end()
        self.assertEqual(
            self.heard(self.ann, self.bob), ["ann: 1\r\n03:04:05Z ann: 2\r\n", "ann: 1\r\nann: 2\r\n"]
        )

    def test_a_bell_turned_on_rings_from_then_on(self) -> None:
        self.place(self.room, self.bob)
        self.say("bob 1")
        self.bob.bell = True
        self.room.place(self.bob, View(self.plain))
        self.say("bob 2")
        self.end()
        self.assertEqual(self.bob.heard, "bob 1;!bob 2;")

    def test_everybody_put_out(self) -> None:
        self.place(self.room, self.ann, self.bob)
        self.say("1")
        self.room.clear()
        self.say("2")
        self.end()
        self.assertEqual(self.heard(self.ann, self.bob), ["1;", "1;"])
        self.assertEqual((len(self.room), self.turn.heard_by(self.ann)), (0, []))


class HoldTests(FanoutCase):
    """What is for one session alone leaves with what its rooms have for it, in order."""

    def test_one_send(self) -> None:
        self.turn.hold(self.ann, b"a;")
        self.turn.hold(self.bob, b"b;")
        self.turn.hold(self.ann, b"c;")
        self.assertEqual((self.heard(self.ann, self.bob), len(self.ends)), (["", ""], 1))
        self.end()
        self.assertEqual((self.ann.sent, self.bob.sent), ([b"a;c;"], [b"b;"]))
        self.end()
        self.assertEqual(len(self.ann.sent), 1)

    def test_among_rooms(self) -> None:
        self.place(self.room, self.ann, self.bob)
        self.place(self.other, self.ann)
        self.turn.hold(self.ann, b"a;")
        self.say("1")
        self.turn.hold(self.ann, b"b;")
        self.say("2", self.other)
        self.turn.hold(self.cid, b"c;")
        self.turn.hold(self.ann, b"d;")
        self.assertEqual(len(self.ends), 1)
        self.end()
        self.assertEqual((self.ann.sent, self.bob.sent, self.cid.sent), ([b"a;1;b;2;d;"], [b"1;"], [b"c;"]))

    def test_before_anything_else(self) -> None:
        self.place(self.room, self.ann)
        self.turn.hold(self.ann, b"a;")
        self.say("1")
        self.turn.catch_up(self.ann)
        self.assertEqual(self.ann.sent, [b"a;1;"])
        self.turn.hold(self.ann, b"b;")
        self.end()
        self.assertEqual(self.ann.sent, [b"a;1;", b"b;"])

    def test_who_ends_is_sent_it_and_who_is_lost_is_not(self) -> None:
        self.turn.hold(self.ann, b"a;")
        self.turn.hold(self.bob, b"b;")
        self.turn.leave_all(self.ann, lost=False)
        self.turn.leave_all(self.bob, lost=True)
        self.assertEqual(self.ann.sent, [b"a;"])
        self.end()
        self.assertEqual((self.ann.sent, self.bob.sent), ([b"a;"], []))
