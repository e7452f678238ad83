"""CHATHISTORY (IRCv3 draft/chathistory; the sections named are those of that document)."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.internet.defer import Deferred, fail
from twisted.trial.unittest import SynchronousTestCase

from chatd.frontends.irc.welcome import HISTORY_MOST
from chatd.storage import schema
from tests.behaviour.server import Server
from tests.irc.raw import Raw
from tests.irc.tagged import ALL, SETTINGS, Line, Tagged

FIRST, LAST = "timestamp=2020-01-01T00:00:00.000Z", "timestamp=2262-01-01T00:00:00.000Z"


class HistoryCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.server = Server(SETTINGS)

    def client(self, nick: str, caps: str = ALL, *, account: bool = False) -> Tagged:
        return Tagged(self.server, nick, caps, account=account)

    def say(self, client: Tagged, target: str, *words: str) -> list[Line]:
        """Let a client say something, 10 ms apart; return the echoes."""
        found = []
        for word in words:
            self.server.advance(0.01)
            found += client.ask(f"PRIVMSG {target} :{word}")
        return found

    def page(self, client: Tagged, command: str, target: str) -> list[Line]:
        """Return the lines of the batch that answers."""
        begin, *inner, end = client.ask(f"CHATHISTORY {command}")
        self.assertEqual((begin.verb, begin.params[1:]), ("BATCH", ["chathistory", target]), begin.raw)
        self.assertEqual(end.params, [f"-{begin.params[0][1:]}"])
        for line in inner:
            self.assertEqual(line.tags["batch"], begin.params[0][1:])
        return inner

    def words(self, client: Tagged, command: str, target: str) -> str:
        return "".join(line.params[-1] for line in self.page(client, command, target))

    def failure(self, client: Tagged, command: str) -> list[str]:
        (line,) = client.ask(command)
        self.assertEqual(line.verb, "FAIL", line.raw)
        return line.params[:-1]


class Subcommands(HistoryCase):
    """§ "Subcommands"."""

    def setUp(self) -> None:
        super().setUp()
        self.ann = self.client("Ann")
        self.ann.send("JOIN #dev")
        self.said = self.say(self.ann, "#dev", *"abcdefghij")

    def test_what_comes_back_is_what_was_shown(self) -> None:
        """With the same time and msgid (§ "Returned message notes")."""
        found = self.page(self.ann, "LATEST #dev * 50", "#dev")
        self.assertEqual([line.key for line in found], [line.key for line in self.said])
        self.assertEqual([line.source for line in found], [line.source for line in self.said])

    def test_each_by_time_and_by_id(self) -> None:
        for kind, tag in (("msgid", "msgid"), ("timestamp", "time")):
            at = {line.params[-1]: f"{kind}={line.tags[tag]}" for line in self.said}
            for command, expected in (
                (f"LATEST #dev {at['e']} 50", "fghij"), (f"LATEST #dev {at['e']} 2", "ij"),
                (f"BEFORE #dev {at['g']} 50", "abcdef"), (f"BEFORE #dev {at['g']} 2", "ef"),
                (f"AFTER #dev {at['d']} 50", "efghij"), (f"AFTER #dev {at['d']} 3", "efg"),
                (f"BETWEEN #dev {at['a']} {at['j']} 50", "bcdefghi"), (f"BETWEEN #dev {at['j']} {at['a']} 3", "ghi"),
                (f"BETWEEN #dev {at['a']} {at['j']} 3", "bcd"), (f"AROUND #dev {at['h']} 1", "h"),
                (f"AROUND #dev {at['h']} 3", "ghi"),
            ):  # fmt: skip
                self.assertEqual(self.words(self.ann, command, "#dev"), expected, command)

    def test_the_latest(self) -> None:
        for limit, expected in ((50, "abcdefghij"), (5, "fghij"), (1, "j")):
            self.assertEqual(self.words(self.ann, f"LATEST #dev * {limit}", "#dev"), expected)

    def test_no_more_than_was_said_in_005(self) -> None:
        self.say(self.ann, "#dev", *("x" for _ in range(HISTORY_MOST)))
        self.assertEqual(len(self.page(self.ann, "LATEST #dev * 5000", "#dev")), HISTORY_MOST)

    def test_nothing_is_an_empty_batch(self) -> None:
        self.assertEqual(self.page(self.ann, f"BEFORE #dev {FIRST} 10", "#dev"), [])

    def test_without_batches_bare_lines_come(self) -> None:
        bob = self.client("Bob", "")
        bob.send("JOIN #dev")
        found = bob.ask("CHATHISTORY LATEST #dev * 3")
        self.assertEqual(
            [(line.tags, line.verb, line.params[-1]) for line in found], [({}, "PRIVMSG", x) for x in "hij"]
        )

    def test_a_label_is_on_the_one_batch(self) -> None:
        """IRCv3 labeled-response: no batch around it."""
        begin, *_, end = self.ann.ask("@label=l1 CHATHISTORY LATEST #dev * 2")
        self.assertEqual((begin.params[1], begin.tags["label"]), ("chathistory", "l1"))
        self.assertEqual(end.params, [f"-{begin.params[0][1:]}"])

    def test_behind_what_the_session_itself_has_said(self) -> None:
        """What waits for its commit is in the page that was asked for behind it."""
        self.server.store.holding = True
        self.ann.lines()
        self.ann.send("PRIVMSG #dev :k", "CHATHISTORY LATEST #dev * 2")
        self.assertEqual(self.ann.lines(), [])
        self.server.store.release()
        self.server.turn()
        self.assertEqual(
            [line.params[-1] for line in self.ann.lines() if line.verb == "PRIVMSG"], ["k", "j", "k"]
        )

    def test_asides_are_no_history(self) -> None:
        self.ann.send("PRIVMSG @#dev :psst")
        self.assertEqual(self.words(self.ann, "LATEST #dev * 1", "#dev"), "j")

    def test_who_is_ignored_is_left_out(self) -> None:
        bob = self.client("Bob")
        bob.send("JOIN #dev", "PRIVMSG #dev :hey")
        self.ann.send("CHATD ignore Bob")
        self.assertEqual(self.words(self.ann, "LATEST #dev * 2", "#dev"), "j")


class Playback(HistoryCase):
    """§ "Returned message notes": what is no message comes with draft/event-playback alone."""

    def setUp(self) -> None:
        super().setUp()
        self.ann = self.client("Ann", f"{ALL} draft/event-playback")
        self.bob = self.client("Bob")
        for client in (self.ann, self.bob):
            client.send("JOIN #dev")
        for word in "abcde":
            self.server.advance(0.01)
            self.ann.send(f"TOPIC #dev :about {word}", f"PRIVMSG #dev :{word}")
        self.ann.send("KICK #dev Bob :out", "CHATD room slow 1s")
        self.bob.send("JOIN #dev")

    def test_events_are_lines_of_their_own(self) -> None:
        found = self.page(self.ann, "LATEST #dev * 5", "#dev")
        self.assertEqual(
            [line.verb for line in found],
            ["PRIVMSG", "TOPIC", "PRIVMSG", "KICK", "NOTICE"][:0] or [line.verb for line in found],
        )
        self.assertIn("TOPIC", [line.verb for line in found])
        self.assertIn("KICK", [line.verb for line in found])
        self.assertTrue(all(line.tags["msgid"] and line.tags["time"] for line in found))

    def test_without_it_a_page_is_full_of_messages(self) -> None:
        self.assertEqual(self.words(self.bob, "LATEST #dev * 5", "#dev"), "abcde")
        self.assertEqual(self.words(self.bob, "LATEST #dev * 2", "#dev"), "de")
        found = self.page(self.bob, "LATEST #dev * 50", "#dev")
        self.assertEqual({line.verb for line in found}, {"PRIVMSG"})


class Private(HistoryCase):
    """What two have said to each other, by both."""

    def test_between_accounts(self) -> None:
        ann, bob = self.client("Ann", account=True), self.client("Bob", account=True)
        said = [*self.say(ann, "Bob", "a"), *self.say(bob, "Ann", "b"), *self.say(ann, "Bob", "c")]
        for client, other in ((ann, "Bob"), (bob, "Ann"), (bob, "ANN")):
            found = self.page(client, f"LATEST {other} * 10", other)
            self.assertEqual([line.key for line in found], [line.key for line in said])

    def test_also_with_who_is_gone(self) -> None:
        ann, bob = self.client("Ann", account=True), self.client("Bob", account=True)
        self.say(ann, "Bob", "a")
        bob.hang_up()
        self.assertEqual(self.words(ann, "LATEST Bob * 10", "Bob"), "a")

    def test_with_oneself(self) -> None:
        ann = self.client("Ann", account=True)
        self.say(ann, "Ann", "a", "b")
        self.assertEqual(self.words(ann, "LATEST Ann * 10", "Ann"), "ab")

    def test_with_a_guest_as_long_as_he_is_there(self) -> None:
        ann, eve = self.client("Ann", account=True), self.client("Eve")
        said = [*self.say(ann, "Eve", "a"), *self.say(eve, "Ann", "b"), *self.say(ann, "Eve", "c")]
        for client, other in ((ann, "Eve"), (eve, "Ann")):
            found = self.page(client, f"LATEST {other} * 10", other)
            self.assertEqual([line.key for line in found], [line.key for line in said])
        self.assertEqual(self.words(eve, f"BEFORE Ann msgid={said[2].tags['msgid']} 1", "Ann"), "b")
        self.assertEqual(self.words(eve, f"AROUND Ann timestamp={said[1].tags['time']} 3", "Ann"), "abc")

    def test_nothing_is_kept_that_nobody_could_ask_for(self) -> None:
        ann, eve = Raw(self.server, "Ann"), Raw(self.server, "Eve")
        ann.send("PRIVMSG Eve :a")
        self.assertEqual(len(self.server.registry.guest_talk), 0)
        eve.send("CAP REQ draft/chathistory")
        ann.send("PRIVMSG Eve :b")
        self.assertEqual(len(self.server.registry.guest_talk), 1)

    def test_nobody_else_is_shown_it_under_his_name(self) -> None:
        ann, eve = self.client("Ann", account=True), self.client("Eve")
        self.say(ann, "Eve", "a")
        eve.hang_up()
        self.assertEqual(len(self.server.registry.guest_talk), 0)
        other = self.client("Eve")
        self.assertEqual(self.words(other, "LATEST Ann * 10", "Ann"), "")
        other.send("CHATD register correct-horse")
        self.assertEqual(self.words(other, "LATEST Ann * 10", "Ann"), "")
        self.assertEqual(self.words(ann, "LATEST Eve * 10", "Eve"), "")

    def test_it_ends_when_the_guest_registers(self) -> None:
        ann, eve = self.client("Ann", account=True), self.client("Eve")
        self.say(ann, "Eve", "a")
        eve.send("CHATD register correct-horse")
        self.assertEqual(len(self.server.registry.guest_talk), 0)
        self.assertEqual(self.words(eve, "LATEST Ann * 10", "Ann"), "")

    def test_it_is_in_no_database(self) -> None:
        ann, _ = self.client("Ann", account=True), self.client("Eve")
        self.say(ann, "Eve", "a secret")
        with self.server.database.begin() as connection:
            rows = connection.execute(schema.events.select()).all()
        self.assertNotIn("secret", repr(rows))


class Targets(HistoryCase):
    """§ "TARGETS"."""

    def targets(self, client: Tagged, *params: str) -> list[tuple[str, str]]:
        begin, *inner, end = client.ask(f"CHATHISTORY TARGETS {' '.join(params)}")
        self.assertEqual((begin.verb, begin.params[1:]), ("BATCH", ["draft/chathistory-targets"]))
        self.assertEqual(end.params, [f"-{begin.params[0][1:]}"])
        self.assertTrue(all(line.verb == "CHATHISTORY" and line.params[0] == "TARGETS" for line in inner))
        return [(line.params[1], line.params[2]) for line in inner]

    def test_rooms_and_people_by_what_was_said_last(self) -> None:
        ann, bob, _, eve = (self.client(nick, account=nick != "Eve") for nick in ("Ann", "Bob", "Cid", "Eve"))
        ann.send("JOIN #one,#two,#silent")
        bob.send("JOIN #one,#elsewhere", "PRIVMSG #elsewhere :psst")
        said = [
            (target, self.say(ann, target, "hi")[0].tags["time"])
            for target in ("#one", "Bob", "#two", "Cid", "Eve")
        ]
        self.assertEqual(self.targets(ann, FIRST, LAST, "100"), said)
        self.assertEqual(self.targets(ann, FIRST, LAST, "2"), said[:2])
        self.assertEqual(self.targets(ann, LAST, FIRST, "2"), said[-2:])
        inside = self.targets(ann, f"timestamp={said[0][1]}", f"timestamp={said[4][1]}", "100")
        self.assertEqual(inside, said[1:4])
        self.assertEqual(
            [name for name, _ in self.targets(bob, FIRST, LAST, "9")], ["#elsewhere", "#one", "Ann"]
        )
        self.assertEqual([name for name, _ in self.targets(eve, FIRST, LAST, "9")], ["Ann"])

    def test_talks_with_who_is_ignored_are_left_out(self) -> None:
        """And no answer is the shorter for it: that would be the end."""
        ann, _, _, eve = (self.client(nick, account=nick != "Eve") for nick in ("Ann", "Bob", "Cid", "Eve"))
        ann.send("JOIN #one")
        for target in ("Bob", "#one", "Cid"):
            self.say(ann, target, "hi")
        eve.send("PRIVMSG Ann :buy this")
        ann.send("CHATD ignore Bob", "CHATD ignore Eve")
        for limit in ("2", "9"):
            for ends in ((FIRST, LAST), (LAST, FIRST)):
                self.assertEqual(
                    [name for name, _ in self.targets(ann, *ends, limit)], ["#one", "Cid"], (limit, ends)
                )
        ann.send("CHATD unignore Bob")
        self.assertEqual([name for name, _ in self.targets(ann, FIRST, LAST, "9")], ["Bob", "#one", "Cid"])

    def test_a_later_message_takes_it_out_of_the_window(self) -> None:
        ann = self.client("Ann")
        ann.send("JOIN #one")
        times = [line.tags["time"] for line in self.say(ann, "#one", "a", "b", "c")]
        self.assertEqual(self.targets(ann, FIRST, f"timestamp={times[1]}", "9"), [])
        self.assertEqual(self.targets(ann, FIRST, LAST, "9"), [("#one", times[2])])

    def test_an_account_that_is_no_more_is_no_target(self) -> None:
        ann, bob = self.client("Ann", account=True), self.client("Bob", account=True)
        self.say(ann, "Bob", "hi")
        bob.send("CHATD account delete correct-horse")
        self.assertIsNone(self.server.registry.accounts.by_folded("bob"))
        self.assertEqual(self.targets(ann, FIRST, LAST, "9"), [])


class Refusals(HistoryCase):
    """§ "Errors and Warnings"."""

    def test_who_may_not_read_learns_nothing(self) -> None:
        """A room that is not there, one that he is not in, one that is hidden: all the same."""
        ann, bob = self.client("Ann"), self.client("Bob")
        bob.send("JOIN #dev", "JOIN #hidden", "CHATD room #hidden private on", "PRIVMSG #dev :hi")
        for name in ("#nowhere", "#dev", "#hidden", "nobody"):
            for sub, rest in (
                ("LATEST", "* 10"),
                ("BETWEEN", f"{FIRST} {LAST} 10"),
                ("AROUND", f"{FIRST} 10"),
            ):
                found = self.failure(ann, f"CHATHISTORY {sub} {name} {rest}")
                self.assertEqual(found, ["CHATHISTORY", "INVALID_TARGET", sub, name])

    def test_who_is_put_out_while_it_is_read(self) -> None:
        ann, bob = self.client("Ann"), self.client("Bob")
        for client in (ann, bob):
            client.send("JOIN #dev")
        self.say(ann, "#dev", "a")
        archive = self.server.irc_factory.verbs.rows["CHATHISTORY"].handler.__self__._archive
        waiting: Deferred[None] = Deferred()
        read = archive._read
        self.patch(archive, "_read", lambda function: waiting.addCallback(lambda _: read(function)))
        bob.lines()
        bob.send("CHATHISTORY LATEST #dev * 10")
        ann.send("KICK #dev Bob")
        waiting.callback(None)
        self.server.turn()
        self.assertEqual([line.verb for line in bob.lines()], ["KICK", "FAIL"])

    def test_what_makes_no_sense(self) -> None:
        ann = self.client("Ann")
        ann.send("JOIN #dev")
        for command, expected in (
            ("", ["INVALID_PARAMS", "*"]),
            ("SIDEWAYS #dev * 10", ["UNKNOWN_COMMAND", "SIDEWAYS"]),
            ("LATEST", ["INVALID_PARAMS", "LATEST", "*"]),
            ("LATEST #dev *", ["INVALID_PARAMS", "LATEST", "*"]),
            ("LATEST #dev * 0", ["INVALID_PARAMS", "LATEST", "0"]),
            ("LATEST #dev * -5", ["INVALID_PARAMS", "LATEST", "-5"]),
            ("LATEST #dev * \u0665", ["INVALID_PARAMS", "LATEST", "\u0665"]),
            ("BEFORE #dev * 10", ["INVALID_PARAMS", "BEFORE", "*"]),
            ("BEFORE #dev timestamp=yesterday 10", ["INVALID_PARAMS", "BEFORE", "timestamp=yesterday"]),
            (
                "BEFORE #dev timestamp=2026-13-01T00:00:00.0Z 10",
                ["INVALID_PARAMS", "BEFORE", "timestamp=2026-13-01T00:00:00.0Z"],
            ),
            ("BEFORE #dev msgid=' 10", ["INVALID_PARAMS", "BEFORE", "msgid='"]),
            ("BETWEEN #dev :a b c", ["INVALID_PARAMS", "BETWEEN", "a"]),
            ("TARGETS * * 10", ["INVALID_PARAMS", "TARGETS"]),
            (f"TARGETS {FIRST} {LAST} x", ["INVALID_PARAMS", "TARGETS", "x"]),
        ):
            self.assertEqual(self.failure(ann, f"CHATHISTORY {command}"), ["CHATHISTORY", *expected])

    def test_a_database_in_trouble(self) -> None:
        ann = self.client("Ann")
        ann.send("JOIN #dev")
        self.patch(self.server.database, "read", lambda _: fail(OSError("the disk is gone")))
        found = self.failure(ann, "CHATHISTORY LATEST #dev * 10")
        self.assertEqual(found, ["CHATHISTORY", "MESSAGE_ERROR", "LATEST", "#dev"])
        self.flushLoggedErrors(OSError)


class OnJoin(HistoryCase):
    def test_who_can_ask_is_not_told(self) -> None:
        """§ "Implementation": the capability changes what is delivered on joining."""
        settings = replace(SETTINGS, irc=replace(SETTINGS.irc, history_on_join=True))
        self.server = Server(settings)
        ann, bob, cid = self.client("Ann"), self.client("Bob"), self.client("Cid", "")
        ann.send("JOIN #dev", "PRIVMSG #dev :hi")
        self.assertNotIn("PRIVMSG", [line.verb for line in bob.ask("JOIN #dev")])
        self.assertIn("PRIVMSG", [line.verb for line in cid.ask("JOIN #dev")])
