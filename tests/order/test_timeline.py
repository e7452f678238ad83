"""The timeline: one order, and what is to be stored is shown after its commit."""

from __future__ import annotations

from chatd.core.events import Event, Muted, Who
from chatd.core.fanout import Audience, Turn
from chatd.core.names import room_name
from chatd.core.ports import Source
from chatd.core.room import Directory, Room
from chatd.services.timeline import Timeline
from tests.order.parts import TIME, Ear, HeldStore, Noting, PlainCodec, joined
from tests.order.timing import ANN, BOB, TimelineCase


class OrderTests(TimelineCase):
    def test_at_once_when_nothing_waits(self) -> None:
        self.timeline.put(joined("ann"), self.a)
        self.assertEqual(self.log, ["a:+ann"])
        self.assertEqual(self.batches(), [])
        self.assertIdle()

    def test_a_prompt_commit_is_at_once_too(self) -> None:
        self.store.prompt = True
        event = self.say("one")
        self.assertEqual(self.log, ["a:one"])
        self.assertEqual((event.stored, event.number), (True, 1))
        self.assertIdle()

    def test_nothing_is_shown_before_its_commit(self) -> None:
        event = self.say("one")
        self.assertEqual(self.log, [])
        self.store.release()
        self.assertEqual(self.log, ["a:one"])
        self.assertEqual((event.stored, event.number), (True, 1))
        self.assertIdle()

    def test_what_comes_while_a_commit_runs_goes_into_the_next(self) -> None:
        for words in ("one", "two", "three"):
            self.say(words)
        self.assertEqual(self.batches(), [1])
        self.store.release()
        self.assertEqual((self.log, self.batches()), (["a:one"], [1, 2]))
        self.say("four")
        self.store.release()
        self.assertEqual((self.log[1:], self.batches()), (["a:two", "a:three"], [1, 2, 1]))
        self.store.release()
        self.assertEqual(self.log[3:], ["a:four"])
        self.assertIdle()

    def test_one_order_for_all_lanes(self) -> None:
        self.say("one", self.a)
        self.timeline.put(joined("bob"), self.b)
        self.say("two", self.b)
        self.timeline.put(joined("cid"), self.a)
        self.assertEqual(self.log, [])
        self.store.release()
        self.assertEqual(self.log, ["a:one", "b:+bob"])
        self.store.release()
        self.assertEqual(self.log, ["a:one", "b:+bob", "b:two", "a:+cid"])
        self.assertIdle()

    def test_numbers_reach_their_own_events(self) -> None:
        events = [self.say(words) for words in ("one", "two", "three")]
        self.store.release()
        self.store.release()
        self.assertEqual([event.number for event in events], [1, 2, 3])


class ReplyTests(TimelineCase):
    def test_behind_ones_own_waiting_events(self) -> None:
        self.say("one", by=ANN)
        self.reply("to ann", ANN)
        self.reply("to bob", BOB)
        self.assertEqual(self.log, ["to bob"])
        self.store.release()
        self.assertEqual(self.log, ["to bob", "a:one", "to ann"])
        self.reply("again", ANN)
        self.assertEqual(self.log[3:], ["again"])
        self.assertIdle()

    def test_behind_each_other(self) -> None:
        self.say("one", by=ANN)
        self.reply("first", ANN)
        self.say("two", by=ANN)
        self.reply("second", ANN)
        self.store.release()
        self.assertEqual(self.log, ["a:one", "first"])
        self.reply("third", ANN)
        self.store.release()
        self.assertEqual(self.log, ["a:one", "first", "a:two", "second", "third"])

    def test_behind_an_unstored_event_of_ones_own(self) -> None:
        self.say("one", by=BOB)
        self.timeline.put(joined("ann"), self.a, Source(ANN))
        self.reply("welcome", ANN)
        self.assertEqual(self.log, [])
        self.store.release()
        self.assertEqual(self.log, ["a:one", "a:+ann", "welcome"])

    def says_goodbye(self) -> None:
        self.log.append("bye")
        self.say("three")

    def test_what_an_action_puts_goes_behind_what_waits(self) -> None:
        for prompt in (False, True):
            with self.subTest(prompt=prompt):
                self.setUp()
                self.say("one", by=ANN)
                self.timeline.after(ANN, self.says_goodbye)
                self.say("two", by=BOB)
                self.store.prompt = prompt
                for _ in range(3):
                    self.store.release()
                self.assertEqual(self.log, ["a:one", "bye", "a:two", "a:three"])
                self.assertIdle()


class OutOfTimeTests(TimelineCase):
    def test_after_a_second_it_leaves_unstored(self) -> None:
        event = self.say("one")
        self.clock.advance(0.999)
        self.assertEqual(self.log, [])
        self.clock.advance(0.001)
        self.assertEqual(self.log, ["a:one"])
        self.assertEqual((event.stored, event.number, event.id), (False, None, "id-one"))
        self.assertIdle()

    def test_all_who_wait_leave_with_the_first(self) -> None:
        """Trouble holds up the chat for a second, not for a second after each line."""
        self.say("one")
        self.clock.advance(0.6)
        two = self.say("two")
        self.timeline.put(joined("bob"), self.b)
        self.clock.advance(0.4)
        self.assertEqual(self.log, ["a:one", "a:two", "b:+bob"])
        self.assertEqual((two.stored, two.number), (False, None))
        self.assertIdle()

    def test_one_that_came_in_time_does_not_lengthen_the_others_wait(self) -> None:
        self.say("one")
        self.clock.advance(0.5)
        self.store.release()
        self.say("two")
        self.clock.advance(0.5)
        self.say("three")
        self.assertEqual(self.log, ["a:one"])
        self.clock.advance(0.499)
        self.assertEqual(self.log, ["a:one"])
        self.clock.advance(0.001)
        self.assertEqual(self.log, ["a:one", "a:two", "a:three"])
        self.assertIdle()

    def test_replies_go_with_what_they_wait_for(self) -> None:
        self.say("one", by=ANN)
        self.reply("to ann", ANN)
        self.clock.advance(1)
        self.assertEqual(self.log, ["a:one", "to ann"])

    def test_a_number_that_comes_late_is_passed_over(self) -> None:
        room = self.room()
        event = self.say("one", room)
        self.clock.advance(1)
        self.assertEqual((room.last, self.ear.heard), (0, "one;"))
        self.store.release()
        self.assertEqual((room.last, event.stored, event.number), (1, False, None))
        self.turn_ends()
        self.assertEqual(self.ear.heard, "one;")
        second = self.say("two", room)
        self.store.release()
        self.assertEqual((second.number, room.last), (2, 2))

    def test_a_late_number_does_not_set_the_room_back(self) -> None:
        room = self.room()
        self.say("one", room)
        self.clock.advance(1)
        room.last = 7
        self.store.release()
        self.assertEqual(room.last, 7)

    def test_unnumbered_events_say_what_they_follow(self) -> None:
        room = self.room()
        entrance, late, exit_ = joined("bob"), joined("cid"), joined("dan")
        self.timeline.put(entrance, room)
        self.say("one", room)
        self.timeline.put(late, room)
        self.store.release()
        unstored = self.say("two", room)
        self.clock.advance(1)
        self.timeline.put(exit_, room)
        self.assertEqual((entrance.after, late.after, exit_.after), (0, 1, 1))
        self.assertEqual((unstored.stored, unstored.after), (False, 1))

    def test_a_store_that_never_answers(self) -> None:
        for count in range(20):
            self.say(str(count), by=ANN)
            self.reply(f"reply {count}", ANN)
            self.clock.advance(0.25)
        self.clock.advance(1)
        self.assertEqual(self.log, [each for n in range(20) for each in (f"a:{n}", f"reply {n}")])
        self.assertEqual(self.batches(), [1])
        self.assertIdle()

    def test_nobody_waits_in_vain_a_second_time(self) -> None:
        """Until a commit succeeds: then there is something to wait for again."""
        self.say("one")
        self.clock.advance(1)
        second = self.say("two")
        self.assertEqual(self.log, ["a:one", "a:two"])
        self.assertEqual((second.stored, second.number), (False, None))
        self.store.release()
        self.store.release()
        third = self.say("three")
        self.assertEqual(self.log, ["a:one", "a:two"])
        self.store.release()
        self.assertEqual((self.log[-1], third.stored, third.number), ("a:three", True, 3))

    def test_only_so_many_wait_to_be_stored(self) -> None:
        """What changes how things stand is stored all the same."""
        self.timeline = Timeline(self.store, self.clock, limit=3)
        self.say("one")
        self.clock.advance(1)
        for text in ("two", "three", "four", "five", "six"):
            self.say(text)
        muted = Muted(
            id="id-muted",
            time=TIME,
            origin="",
            room="#a",
            room_id="a",
            who=Who(nick="bob"),
            by=Who(nick="ann"),
        )
        self.timeline.put(muted, self.a)
        self.store.release()
        self.store.release()
        self.assertEqual([len(batch) for batch in self.store.batches], [1, 4])
        self.assertIn(muted, self.store.batches[1])

    def test_a_room_is_forgotten_behind_its_last_lines(self) -> None:
        self.say("one")
        self.say("two")
        self.timeline.close_room("a")
        self.assertEqual(self.store.closed, [])
        self.store.release()
        self.assertEqual((self.batches(), self.store.closed), ([1, 1], ["a"]))

    def test_it_heals(self) -> None:
        self.say("one")
        self.clock.advance(1)
        self.say("two")
        self.store.release()
        third = self.say("three")
        self.store.release()
        self.store.release()
        self.assertEqual(self.log, ["a:one", "a:two", "a:three"])
        self.assertEqual((third.stored, third.number), (True, 3))
        self.assertIdle()

    def room(self) -> Room:
        self.turn = Turn(lambda end: self.clock.callLater(0, end))
        room = Room("r", room_name("#r"), TIME, Audience(self.turn), Directory({}, {}))
        self.ear = Ear(PlainCodec())
        room.audience.place(self.ear, self.ear.view(room))
        return room

    def turn_ends(self) -> None:
        self.clock.advance(0)


class BehindAllTests(TimelineCase):
    def test_behind_what_waits(self) -> None:
        done: list[str] = []
        self.timeline.behind_all(lambda: done.append("at once"))
        self.say("one")
        self.timeline.behind_all(lambda: done.append(str(self.log)))
        self.say("two")
        self.assertEqual(done, ["at once"])
        self.store.release()
        self.assertEqual(done, ["at once", "['a:one']"])
        self.store.release()
        self.assertIdle()


class TogetherTests(TimelineCase):
    """What one act puts is one transaction."""

    def test_one_commit(self) -> None:
        with self.timeline.together():
            self.say("one")
            self.say("two")
            self.assertEqual(self.batches(), [])
        self.assertEqual(self.batches(), [2])
        self.store.release()
        self.assertEqual(self.log, ["a:one", "a:two"])
        self.assertIdle()

    def test_behind_a_commit_that_runs(self) -> None:
        self.say("before")
        with self.timeline.together():
            self.say("one")
            self.say("two")
        self.assertEqual(self.batches(), [1])
        self.store.release()
        self.assertEqual(self.batches(), [1, 2])
        self.store.release()
        self.assertIdle()

    def test_what_was_done_before_a_failure_is_stored(self) -> None:
        with self.assertRaises(ZeroDivisionError), self.timeline.together(), self.timeline.together():
            self.say("one")
            raise ZeroDivisionError
        self.assertEqual(self.batches(), [1])
        self.store.release()
        self.assertIdle()


class TakingStore(HeldStore):
    """Numbers at once; `refusing`: it can keep nothing more."""

    refusing = False

    def take(self, event: Event) -> int | None:
        return 0 if self.refusing else self._number(event)


class PromptTests(TimelineCase):
    """A store that numbers at once is asked for no commit, and nothing waits for it."""

    def setUp(self) -> None:
        super().setUp()
        self.store: TakingStore = TakingStore()
        self.timeline = Timeline(self.store, self.clock)

    def test_numbered_and_shown(self) -> None:
        first, second = self.say("one"), self.say("two")
        self.assertEqual((self.log, self.batches()), (["a:one", "a:two"], []))
        self.assertEqual([(each.stored, each.number) for each in (first, second)], [(True, 1), (True, 2)])
        self.assertIdle()

    def test_not_kept(self) -> None:
        self.store.refusing = True
        event = self.say("one")
        self.assertEqual((self.log, event.stored, event.number), (["a:one"], False, None))

    def test_behind_what_waits(self) -> None:
        with self.timeline.together():
            self.say("one")
            self.assertEqual(self.log, [])
        self.say("two")
        self.assertEqual((self.log, self.batches()), ([], [1]))
        self.store.release()
        self.store.release()
        self.assertEqual(self.log, ["a:one", "a:two"])
        self.assertIdle()

    def test_a_lane_that_raises_stops_nobody(self) -> None:
        class Broken(Noting):
            def publish(self, event: Event, source: Source | None = None) -> None:
                raise ValueError(event)

        self.say("one", Broken("b", self.log))
        self.say("two")
        self.assertEqual(self.log, ["a:two"])
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
