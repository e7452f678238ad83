"""The index of words on real files: filled in steps, emptied with its rows, asked in every way."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace
from sqlalchemy import Connection, insert, update
from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase

from chatd.core import queries
from chatd.core.bodies import Sealed, Who
from chatd.core.events import Event, Kicked, Message, PrivateMessage, TopicChanged, body_text
from chatd.core.ports import Hits, Scope
from chatd.storage import erasing, finding, purge, schema, search
from chatd.storage.codec import entry
from chatd.storage.engine import Database
from tests.storage.events import ALICE, BEGIN, BOB, private, said, stamp

T = TypeVar("T")
NOW = BEGIN + timedelta(days=1)
CAROL = Who(nick="Carol", user="u3", account="a3", host="h3")
EVERYWHERE = Scope(frozenset({"r1", "r2"}))


class Indexed(SynchronousTestCase):
    """A database whose rows the tests write themselves."""

    def setUp(self) -> None:
        self.database = self.opened()
        self._places: dict[str, int] = {}
        self._last: dict[str, int] = {}

    def opened(self) -> Database:
        database = Database(Path("chatd.db").absolute(), reactor)
        database.open()
        self.addCleanup(database.close)
        return database

    def do(self, function: Callable[[Connection], T]) -> T:
        return self.database.write_now(function)

    def store(self, *events: Event) -> None:
        """Store events as the timeline's commits do, without indexing them."""

        def rows(connection: Connection) -> None:
            for each in map(entry, events):
                if each.place not in self._places:
                    key = self._places[each.place] = len(self._places) + 1
                    connection.execute(insert(schema.places).values(key=key, id=each.place, last=0))
                number = self._last[each.place] = self._last.get(each.place, 0) + 1
                connection.execute(
                    insert(schema.events).values(
                        place=self._places[each.place], number=number, time=each.time, event=each.data
                    )
                )

        self.do(rows)

    def index(self) -> int:
        """Index all there is; return in how many steps."""
        steps = 1
        while not self.do(search.index):
            steps += 1
        return steps

    def say(self, *events: Event) -> None:
        self.store(*events)
        self.index()

    def hits(self, typed: str, scope: Scope = EVERYWHERE, seconds: float = 60.0) -> Hits:
        query = queries.parse(typed, NOW)
        return self.database.read_now(lambda connection: finding.find(connection, query, scope, seconds))

    def found(self, typed: str, scope: Scope = EVERYWHERE) -> list[str]:
        return [text_of(event) for event in self.hits(typed, scope).events]

    def kept(self, token: str) -> int:
        """Return in how many rows of the index a word is."""
        statement = "SELECT count(*) FROM words WHERE words MATCH ?"
        return self.do(lambda connection: connection.exec_driver_sql(statement, (f'"{token}"',)).scalar_one())


def text_of(event: Event) -> str:
    if isinstance(event, TopicChanged):
        return event.topic
    assert isinstance(event, Message | PrivateMessage)
    return body_text(event.body)


class Asking(Indexed):
    def test_newest_first_with_number_and_mark(self) -> None:
        self.say(said("hello one"), said("other"), said("hello two"))
        hits = self.hits("hello")
        self.assertEqual([text_of(event) for event in hits.events], ["hello two", "hello one"])
        self.assertEqual(
            [(e.number, e.replay) for e in hits.events if isinstance(e, Message)], [(3, True), (1, True)]
        )
        self.assertIsNone(hits.rest)

    def test_words_phrases_and_what_must_not_be_there(self) -> None:
        self.say(said("red green blue"), said("green red"), said("Blue!"))
        for typed, texts in (
            ("red", ["green red", "red green blue"]),
            ("green RED", ["green red", "red green blue"]),
            ('"red green"', ["red green blue"]),
            ("blue -red", ["Blue!"]),
            ('green -"green blue"', ["green red"]),
            ("yellow", []),
        ):
            self.assertEqual(self.found(typed), texts, typed)

    def test_what_fts5_would_read_as_its_own(self) -> None:
        self.say(said('AND or NOT NEAR(x) * ^ "quoted" col:on {a} + tokens'))
        for typed in (
            "AND",
            "or",
            "NOT",
            "NEAR",
            "NEAR(x)",
            "x*",
            "^x",
            "col:on",
            "{a}",
            "a+tokens",
            "tokens",
        ):
            self.assertEqual(len(self.found(typed)), 1, typed)
        self.assertEqual(self.found("tokens:x"), [])

    def test_other_scripts(self) -> None:
        text = "\u6771\u4eac\u3067\u30c6\u30b9\u30c8 \u0401\u043b\u043a\u0430 Caf\u00e9"
        self.say(said(text), said("\u4eac\u6771"))
        for typed in (
            "\u4eac\u3067",
            "\u30c6\u30b9\u30c8",
            "\u0435\u043b\u043a\u0430",
            "CAFE",
            "\u6771\u4eac",
        ):
            self.assertEqual(self.found(typed), [text], typed)
        self.assertEqual(len(self.found("\u6771")), 2)

    def test_from(self) -> None:
        self.say(said("one"), said("two", who=BOB), said("three", who=CAROL))
        self.assertEqual(self.found("from:BOB"), ["two"])
        self.assertEqual(self.found("from:bob from:carol"), ["three", "two"])
        self.assertEqual(self.found("two from:alice"), [])
        self.assertEqual(self.found("bob"), [], "who said it is no word of it")

    def test_links_topics_and_deeds(self) -> None:
        self.say(
            said("see https://example.org/page"),
            TopicChanged(**stamp(), who=ALICE, topic="all about page"),
            Message(**stamp(), who=BOB, body=said("turns a page").body, action=True),
            Kicked(**stamp(), who=BOB, by=ALICE, reason="page"),
        )
        self.assertEqual(
            self.found("page"), ["turns a page", "all about page", "see https://example.org/page"]
        )
        self.assertEqual(self.found("page has:link"), ["see https://example.org/page"])

    def test_by_time(self) -> None:
        self.say(*(said(f"x {number}", seconds=number) for number in range(10)))
        at = f"{BEGIN + timedelta(seconds=5):%Y-%m-%dT%H:%M:%S.%f}"
        self.assertEqual(self.found(f"x before:{at}"), [f"x {number}" for number in (4, 3, 2, 1, 0)])
        self.assertEqual(self.found(f"x after:{at}"), [f"x {number}" for number in (9, 8, 7, 6, 5)])
        self.assertEqual(self.found("x before:2020-01-01"), [])
        self.assertEqual(self.found("x after:2030-01-01"), [])

    def test_sealed_words_are_not_searched(self) -> None:
        sealed = Message(**stamp(), who=ALICE, body=Sealed(algorithm="a", device="d", data=b"secret"))
        self.say(sealed)
        self.assertEqual(self.found("encrypted"), [])
        self.assertEqual(self.found("from:alice"), ["[encrypted message]"])

    def test_an_empty_database(self) -> None:
        self.assertEqual(self.found("x before:2h after:3h"), [])


class Rights(Indexed):
    def test_rooms(self) -> None:
        self.say(said("word in one"), said("word in two", "r2"), said("word in three", "r3"))
        self.assertEqual(self.found("word", Scope(frozenset({"r2"}))), ["word in two"])
        self.assertEqual(self.found("word", Scope(frozenset())), [])
        self.assertEqual(
            self.found("from:alice", Scope(frozenset({"r1", "r2"}))), ["word in two", "word in one"]
        )

    def test_private_talk_is_that_of_the_two(self) -> None:
        self.say(private("psst word"), private("word too", CAROL, BOB), said("word"))
        rooms = frozenset({"r1"})
        for account, texts in (
            ("a1", ["word", "psst word"]),
            ("a2", ["word", "word too", "psst word"]),
            ("a4", ["word"]),
            ("", ["word"]),
        ):
            self.assertEqual(self.found("word", Scope(rooms, account=account)), texts, account)
            many = Scope(rooms | {f"x{n}" for n in range(100)}, account=account)
            self.assertEqual(self.found("word", many), texts, account)
        sent = [event.sent for event in self.hits("psst", Scope(rooms, account="a1")).events]
        self.assertEqual(sent, [True])

    def test_of_many_rooms(self) -> None:
        """More than one question names: those that are closed are left out instead, or passed by."""
        ids = [f"room{number}" for number in range(300)]
        self.say(*(said(f"word {id}", id, seconds=number) for number, id in enumerate(ids)))
        for opened in (ids[:1], ids[:64], ids[:100], ids[:290], ids):
            scope = Scope(frozenset(opened), frozenset(ids) - frozenset(opened))
            expected = [f"word {id}" for id in reversed(opened)][: finding.PAGE]
            self.assertEqual(self.found("word", scope), expected, len(opened))

    def test_not_what_somebody_ignores(self) -> None:
        self.say(*(said(f"word {number}", who=BOB) for number in range(30)), said("word from Alice"))
        self.assertEqual(
            self.found("word", Scope(frozenset({"r1"}), ignoring=frozenset({"a2"}))), ["word from Alice"]
        )


class Pages(Indexed):
    def all(self, typed: str) -> list[str]:
        """Return what all pages have, asked for one after the other while more is said."""
        texts: list[str] = []
        rest = ""
        while True:
            hits = self.hits(typed + rest)
            texts += [text_of(event) for event in hits.events]
            if hits.rest is None:
                return texts
            rest = f" before:{hits.rest:%Y-%m-%dT%H:%M:%S.%fZ}"
            self.say(said("word, newer", seconds=5000))

    def test_nothing_twice_and_nothing_missed(self) -> None:
        self.say(*(said(f"word {number}", seconds=number) for number in range(70)))
        self.assertEqual(self.all("word"), [f"word {number}" for number in reversed(range(70))])

    def test_also_of_what_was_said_at_once(self) -> None:
        self.say(*(said(f"word {number}", seconds=number // 7) for number in range(70)))
        self.assertEqual(self.all("word"), [f"word {number}" for number in reversed(range(70))])

    def test_a_page_has_a_bound(self) -> None:
        self.say(*(said("same moment") for _ in range(100)))
        self.assertEqual(len(self.hits("moment").events), 2 * finding.PAGE)
        self.say(*(said("word " + "x" * 4000, seconds=number) for number in range(30)))
        self.assertLessEqual(len(self.hits("word").events), 5)


class Filling(Indexed):
    def test_in_steps(self) -> None:
        self.store(*(said("word") for _ in range(2 * search.STEP + 1)))
        self.assertEqual(self.index(), 3)
        self.assertEqual(self.kept("word"), 2 * search.STEP + 1)
        self.assertEqual(self.index(), 1)
        self.assertEqual(self.kept("word"), 2 * search.STEP + 1)

    def test_its_parts_are_joined(self) -> None:
        """Each step adds a part to the index; they must not become many, for additions and removals alike."""
        self.store(*(said(f"word {number}") for number in range(120)))
        while not self.do(lambda connection: search.index(connection, 1)):
            pass
        parts = "SELECT count(DISTINCT segid) FROM words_idx"
        self.assertLess(self.do(lambda c: c.exec_driver_sql(parts).scalar_one()), 20)
        for number in range(1, 100):
            self.do(lambda connection, number=number: purge.delete_until(connection, "r1", number))  # type: ignore[misc]
        self.assertLess(self.do(lambda c: c.exec_driver_sql(parts).scalar_one()), 20)

    def test_it_goes_on_after_a_restart(self) -> None:
        self.store(*(said("word") for _ in range(2 * search.STEP)))
        self.do(search.index)
        self.database.close()
        self.database = self.opened()
        self.do(search.renew)
        self.assertEqual(self.kept("word"), search.STEP)
        self.index()
        self.assertEqual(self.kept("word"), 2 * search.STEP)

    def test_anew_with_other_rules(self) -> None:
        self.say(said("word"))
        self.do(lambda connection: connection.execute(update(schema.progress).values(name="words 0")))
        self.do(search.renew)
        self.assertEqual(self.kept("word"), 0)
        self.index()
        self.assertEqual(self.kept("word"), 1)

    def test_what_cannot_be_read_is_passed_by(self) -> None:
        self.store(said("word"), said("word"))
        self.do(
            lambda c: c.execute(
                update(schema.events).where(schema.events.c.row == 1).values(event='{"type":"new"}')
            )
        )
        self.index()
        self.assertEqual(self.found("word"), ["word"])

    def test_too_slow(self) -> None:
        """A search ends when its time is over, with what it has, and the connection is good for the next."""
        self.patch(finding, "OPCODES", 1)
        words = ("odd", "even")
        for _ in range(20):
            self.store(*(said(words[number % 2], seconds=number) for number in range(200)))
        self.index()
        hits = self.hits("odd even", seconds=0.0)
        self.assertEqual((hits.events, hits.hasty), ([], True))
        self.assertEqual(len(self.found("odd")), 20)


class Removing(Indexed):
    def test_with_the_rows(self) -> None:
        """A row that is deleted leaves nothing in the index, whoever deletes it."""
        self.say(*(said(f"word {number}") for number in range(10)), said("word elsewhere", "r2"))
        self.do(lambda connection: purge.delete_until(connection, "r1", 4))
        self.assertEqual(self.kept("word"), 7)
        self.assertEqual(self.found("3"), [])
        self.do(lambda connection: purge.forget(connection, "r1"))
        self.assertEqual(self.kept("word"), 1)
        self.assertEqual(self.kept("9"), 0)

    def test_before_they_are_indexed(self) -> None:
        self.store(*(said(f"word {number}") for number in range(10)))
        self.do(lambda connection: purge.delete_until(connection, "r1", 4))
        self.index()
        self.assertEqual(self.kept("word"), 6)

    def test_what_is_changed(self) -> None:
        event = said("word")
        self.say(event)

        def rewrite(connection: Connection) -> None:
            search.remove(connection, [1])
            other = entry(replace(event, who=Who(nick="nobody"))).data
            connection.execute(update(schema.events).values(event=other))
            search.put_back(connection, [1])

        self.do(rewrite)
        self.assertEqual((self.found("from:alice"), self.found("from:nobody")), ([], ["word"]))

    def test_of_a_deleted_account(self) -> None:
        """What is said by nobody from now on is not found by the name, and what is removed not at all."""
        for account, how, texts in (("a1", "anonymise", ["word"]), ("a2", "remove", [])):
            who = ALICE if account == "a1" else BOB
            self.say(said("word", account, who=who))
            task: erasing.Task | None = erasing.Task(account, how, 0)  # type: ignore[arg-type]
            while task is not None:
                task = self.do(partial(erasing.step, task=task))
            scope = Scope(frozenset({account}))
            self.assertEqual(
                (self.found(f"from:{who.nick}", scope), self.found("word", scope)), ([], texts), how
            )
        self.assertEqual(self.kept("word"), 1)
        self.do(lambda c: c.exec_driver_sql("INSERT INTO words (words) VALUES ('integrity-check')"))

    def test_the_index_is_sound(self) -> None:
        """After a heap of additions and removals it still passes SQLite's own check."""
        chance = random.Random(4)
        for _ in range(30):
            self.say(*(said(f"word {chance.random()}", f"r{chance.randrange(5)}") for _ in range(50)))
            place, number = f"r{chance.randrange(5)}", chance.randrange(300)
            self.do(lambda c, place=place, number=number: purge.delete_until(c, place, number))  # type: ignore[misc]
        self.do(lambda c: c.exec_driver_sql("INSERT INTO words (words) VALUES ('integrity-check')"))
        left = self.do(lambda c: c.exec_driver_sql("SELECT count(*) FROM events").scalar_one())
        self.assertEqual(self.kept("word"), left)


class Thousands(Indexed):
    """5,000 rows of random words: what the index finds is what a look at each row finds."""

    def test_like_looking_at_each(self) -> None:
        chance = random.Random(7)
        vocabulary = [f"w{number}" for number in range(60)]
        people = (ALICE, BOB, CAROL)
        rows = []
        for number in range(5000):
            text = " ".join(chance.choices(vocabulary, k=6))
            rows.append(said(text, f"r{chance.randrange(8)}", who=chance.choice(people), seconds=number))
        self.store(*rows)
        self.index()
        for _ in range(200):
            one, other, third = chance.sample(vocabulary, 3)
            who = chance.choice(people)
            rooms = frozenset(f"r{number}" for number in chance.sample(range(8), 3))
            until = chance.randrange(5000)
            typed = (
                f"{one} -{other} from:{who.nick}"
                if chance.random() < 0.5
                else f'"{one} {third}" -{other} from:{who.nick}'
            )
            words = [one] if '"' not in typed else [one, third]
            expected = [
                text
                for row in reversed(rows[:until])
                if " ".join(words) in (text := text_of(row)) and set(words) <= set(text.split())
                and f" {' '.join(words)} " in f" {text} " and other not in text.split()
                and row.who == who and row.room_id in rooms
            ][: finding.PAGE]  # fmt: skip
            before = f" before:{BEGIN + timedelta(seconds=until):%Y-%m-%dT%H:%M:%S.%f}"
            self.assertEqual(self.found(typed + before, Scope(rooms)), expected, typed)
