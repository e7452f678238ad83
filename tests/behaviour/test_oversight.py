"""Acts on record, reports, and what operators of the server see of both."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.logger import capturedLogs, formatEvent

from chatd.core.events import Audited, Who
from chatd.core.user import Rank
from chatd.frontends.session import TEXT
from chatd.frontends.shell import Operator, ShellSession
from chatd.services.audit import note
from chatd.settings import Settings
from chatd.wire.requests import Command
from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.client import Client
from tests.behaviour.clients import TextClient
from tests.behaviour.server import Server

SECRET = "correct-horse"
NOBODY_HERE = "No operator is here now; your report is kept for them."
TOLD = "The operators have been told."


def door(client: Client) -> str:
    return client.protocol.session.door


class Recorded(Behaviour):
    """What is done to keep order, and nothing else, is one row."""

    def setUp(self) -> None:
        super().setUp()
        self.alice = self.client("Alice", "192.0.2.1")
        self.bob = self.client("Bob", "192.0.2.2")
        for each in (self.alice, self.bob):
            each.command("join #dev")
        self.forget()
        self.read = 0

    def rows(self) -> list[tuple[str, ...]]:
        """Return who, whom, where and what, and forget it."""
        acts = self.server.acts()[self.read :]
        self.read += len(acts)
        for act in acts:
            self.assertEqual((act.door, act.address), (door(self.alice), "192.0.2.1"))
        return [(act.by, act.target, act.room, act.line) for act in acts]

    def test_each_act(self) -> None:
        for line, target in (
            ("mute #dev Bob 10m loud", "Bob"),
            ("unmute bob", "Bob"),
            ("op Bob", "Bob"),
            ("deop Bob", "Bob"),
            ("voice Bob", "Bob"),
            ("devoice Bob", "Bob"),
            ("ban spam* 1d", "spam*"),
            ("unban spam*", "spam*"),
            ("room private on", ""),
            ("room slow 30s", ""),
            ("kick Bob rude", "Bob"),
            ("invite Bob", "Bob"),
        ):
            self.alice.command(line)
            self.assertEqual(self.rows(), [("Alice", target, "#dev", f"/{line}")])

    def test_the_end_of_a_room(self) -> None:
        self.alice.command("room delete dev")
        self.assertEqual(self.rows(), [("Alice", "", "#dev", "/room delete dev")])

    def test_a_room_that_lasts(self) -> None:
        self.server.user("Alice").rank = Rank.OPERATOR
        self.alice.command("room register")
        self.assertEqual(self.rows(), [])
        alice = self.client("Al", "192.0.2.1", secure=True)
        alice.command("register correct-horse")
        alice.command("join #lasts")
        alice.command("room register")
        self.assertEqual([act.line for act in self.server.acts()], ["/room register"])

    def test_another_founder(self) -> None:
        self.alice.command("room transfer Bob")
        self.assertEqual(self.rows(), [("Alice", "Bob", "#dev", "/room transfer Bob")])

    def test_what_an_operator_of_the_server_tells_everybody(self) -> None:
        self.make_operator("Alice")
        self.alice.command("broadcast hello")
        self.assertEqual(self.rows(), [("Alice", "", "", "/broadcast hello")])

    def test_a_key_is_not_on_record(self) -> None:
        self.alice.command("room key sesame")
        self.assertEqual(self.rows(), [("Alice", "", "#dev", "/room key [redacted]")])

    def test_what_is_refused_is_not(self) -> None:
        self.bob.command("kick Alice")
        for line in ("kick Nobody", "kick", "unban ham", "ban Alice", "room slow soon", "room key a\u2028b"):
            self.alice.command(line)
        self.assertEqual(self.rows(), [])

    def test_what_only_shows_is_not(self) -> None:
        for line in ("ban", "ban #dev", "topic", "room info", "whois Bob", "topic cats"):
            self.alice.command(line)
        self.assertEqual(self.rows(), [])

    def test_an_act_is_one_transaction(self) -> None:
        """Ban, kicks and record are stored together or not at all."""
        self.server.store.holding = True
        self.server.store.sizes.clear()
        self.alice.command("ban Bob")
        self.assertEqual(self.server.store.sizes, [3])
        self.server.store.release()

    def test_a_database_that_does_not_answer_stops_nothing(self) -> None:
        """The act is done and seen a second later; the record waits for its commit, however many wait before it."""
        self.server.store.holding = True
        self.server.timeline._limit = 0
        self.alice.command("kick Bob rude")
        self.server.advance(1.1)
        self.assertIn(("kicked", "Bob", "#dev", "Alice", "rude"), self.bob.seen())
        self.alice.command("ban ham")
        self.assertEqual((len(self.server.timeline), self.rows()), (0, []))
        self.server.store.release()
        self.assertEqual([row[3] for row in self.rows()], ["/kick Bob rude", "/ban ham"])


class Reporting(Behaviour):
    """/report."""

    settings = Settings(limits=replace(Settings().limits, reports_per_hour=3))

    def test_operators_are_told(self) -> None:
        alice, bob, spammer, carol = self.people("Alice", "Bob", "Spammer", "Carol")
        self.make_operator("Alice")
        bob.command("report spammer sells pills")
        self.assert_seen(alice, ("reported", "Bob", "Spammer", "#lobby", "sells pills"))
        self.assertEqual(self.answer(bob), (TOLD,))
        self.assert_seen(spammer)
        self.assert_seen(carol)
        (act,) = self.server.acts()
        self.assertEqual(
            (act.by, act.target, act.room, act.address, act.line),
            ("Bob", "Spammer", "#lobby", "127.0.0.1", "/report spammer sells pills"),
        )

    def test_without_an_operator_it_is_kept(self) -> None:
        (bob, _) = self.people("Bob", "Spammer")
        bob.command("report Spammer sells pills")
        self.assertEqual(self.answer(bob), (NOBODY_HERE,))
        self.assertEqual([act.target for act in self.server.acts()], ["Spammer"])

    def test_who_has_left(self) -> None:
        """Somebody with an account can be reported when he is gone."""
        alice, bob = self.people("Alice", "Bob")
        bob.command("register correct-horse")
        bob.command("quit")
        self.forget()
        alice.command("report bob rude")
        self.assertIn("your report is kept", self.answer(alice)[0])
        self.assertEqual([act.target for act in self.server.acts()], ["Bob"])

    def test_who_is_reported_is_not_told(self) -> None:
        """An operator neither."""
        alice, bob = self.people("Alice", "Bob")
        self.make_operator("Alice")
        bob.command("report Alice rude")
        self.assert_seen(alice)
        self.assertEqual(self.answer(bob), (NOBODY_HERE,))

    def test_what_is_no_report(self) -> None:
        (bob, _) = self.people("Bob", "Spammer")
        bob.command("report Spammer")
        self.assertEqual(bob.seen()[0][0], "usage")
        for line, words in (
            ("report Bob rude", "cannot report yourself"),
            ("report Nobody rude", "no user named"),
            ("report Spammer \u200b", "say what he does"),
        ):
            bob.command(line)
            self.assert_refused(bob, words)
        self.assertEqual(self.server.acts(), [])

    def test_so_many_an_hour(self) -> None:
        (bob, _) = self.people("Bob", "Spammer")
        for _ in range(3):
            bob.command("report Spammer rude")
            self.assertEqual(self.answer(bob), (NOBODY_HERE,))
        bob.command("report Spammer rude")
        self.assert_refused(bob, "you have reported 3 times this hour; wait 60 min")
        bob.command("quit")
        (again,) = self.people("Bo")
        again.command("report Spammer rude")
        self.assert_refused(again, "you have reported 3 times this hour")
        self.assertEqual(len(self.server.acts()), 3)
        self.server.advance(3600)
        again.command("report Spammer rude")
        self.assertEqual(self.answer(again), (NOBODY_HERE,))


class Looking(Behaviour):
    """/audit."""

    def setUp(self) -> None:
        super().setUp()
        self.alice, self.bob = self.people("Alice", "Bob")
        for room in ("#dev", "#own"):
            self.bob.command(f"join {room}")
            self.bob.command(f"ban {room} Zoé")
            self.bob.command(f"ban {room} spam*")
        self.forget()

    def found(self, line: str) -> list[str]:
        self.alice.command(line)
        lines = self.answer(self.alice)
        return [each.split("  ")[-1] for each in lines[1:]]

    def test_by_operators_of_the_server_alone(self) -> None:
        self.alice.command("audit")
        self.assert_refused(self.alice, "unknown command")
        self.bob.command("audit")
        self.assert_refused(self.bob, "unknown command")

    def test_the_newest_last(self) -> None:
        self.make_operator("Alice")
        self.alice.command("audit 1")
        head, line = self.answer(self.alice)
        self.assertEqual(head, "When, who, door, from where, room, whom, what:")
        self.assertEqual(
            line,
            f"2026-01-02 03:04:05Z  Bob  {door(self.bob)}  127.0.0.1  #own  spam*  /ban #own spam*",
        )
        self.assertEqual(self.found("audit 2"), ["/ban #own Zoé", "/ban #own spam*"])

    def test_of_whom_and_where(self) -> None:
        self.make_operator("Alice")
        self.assertEqual(self.found("audit #DEV"), ["/ban #dev Zoé", "/ban #dev spam*"])
        self.assertEqual(self.found("audit ZOÉ"), ["/ban #dev Zoé", "/ban #own Zoé"])
        self.assertEqual(self.found("audit 1 spam*"), ["/ban #own spam*"])
        self.assertEqual(len(self.found("audit bob")), 4)
        self.alice.command("audit nobody")
        self.assertEqual(self.answer(self.alice), ("Nothing of that kind is recorded.",))

    def test_as_many_as_there_may_be(self) -> None:
        self.make_operator("Alice")
        for line in ("audit 0", "audit 201"):
            self.alice.command(line)
            self.assert_refused(self.alice, "from 1 to 200 at once")
        self.alice.command("audit Bob Zoé")
        self.assertEqual(self.alice.seen()[0][0], "usage")


class Appointing(Behaviour):
    """Ranks of accounts."""

    def setUp(self) -> None:
        super().setUp()
        (self.boss, self.alice) = self.people("Boss", "Alice")
        self.server.user("Boss").rank = Rank.OWNER
        self.alice.command(f"register {SECRET}")
        self.forget()

    def test_it_holds_at_once(self) -> None:
        self.boss.command("rank alice operator")
        self.assertEqual(self.answer(self.boss), ("Alice has the rank operator now.",))
        self.assert_seen(self.alice, ("appointed", "Alice", "operator", "Boss"))
        self.alice.command("stats")
        self.assertEqual(self.alice.seen()[0][0], "answer")
        (act,) = self.server.acts()
        self.assertEqual((act.by, act.target, act.line), ("Boss", "alice", "/rank alice operator"))

    def test_it_is_taken_away_at_once(self) -> None:
        self.boss.command("rank Alice owner")
        self.boss.command("rank Alice user")
        self.assertEqual(self.server.user("Alice").rank, Rank.USER)
        self.alice.seen()
        self.alice.command("stats")
        self.assert_refused(self.alice, "unknown command")

    def test_it_comes_with_the_account(self) -> None:
        """Whether one arrives with the password, or is here already; and from another start on."""
        self.alice.command("quit")
        self.boss.command("rank Alice operator")
        for lines in ((f"login Alice {SECRET}",), ("nick Al", f"login Alice {SECRET}")):
            client = self.client()
            for line in lines:
                client.command(line)
            user = client.protocol.session.user
            assert user is not None
            self.assertEqual(user.rank, Rank.OPERATOR)
            client.command("quit")

    def test_it_lasts_over_a_restart(self) -> None:
        self.boss.command("rank Alice operator")
        self.server = Server(self.server.registry.settings, self.server.database)
        self.assertEqual([account.rank for account in self.server.registry.accounts], [Rank.OPERATOR])
        client = self.client()
        client.command(f"login Alice {SECRET}")
        self.assertEqual(self.server.user("Alice").rank, Rank.OPERATOR)

    def test_guests_have_none(self) -> None:
        for line, words in (
            ("rank Nobody operator", 'no account named "Nobody"'),
            ("rank Alice king", '"king" is none of user, operator, owner'),
        ):
            self.boss.command(line)
            self.assert_refused(self.boss, words)
        self.assertEqual(self.server.acts(), [])

    def test_only_owners_give_them(self) -> None:
        self.boss.command("rank Alice operator")
        self.forget()
        self.alice.command("rank Alice owner")
        self.assert_refused(self.alice, "unknown command")
        self.assertEqual(self.server.user("Alice").rank, Rank.OPERATOR)

    def test_an_operator_is_told_what_was_reported_meanwhile(self) -> None:
        self.boss.command("rank Alice operator")
        self.alice.command("quit")
        (bob,) = self.people("Bob")
        self.server.advance(1)
        for _ in range(2):
            bob.command("report Boss bossy")
        again = self.client()
        again.command(f"login Alice {SECRET}")
        self.assertIn(b"2 reports since you logged in last: /audit shows them.", again.raw())
        again.command("quit")
        self.server.advance(1)
        again = self.client()
        again.command(f"login Alice {SECRET}")
        self.assertNotIn(b"reports since", again.raw())


class InText(Behaviour):
    """How a person sees a report."""

    __test__ = True
    kinds = (TextClient,)

    def test_a_report(self) -> None:
        alice, bob, _ = self.people("Alice", "Bob", "Spammer")
        self.make_operator("Alice")
        bob.command("report Spammer sells pills")
        self.assertEqual(alice.raw(), b" * Bob reports Spammer in #lobby: sells pills\r\n")


class AtTheShell(Behaviour):
    """What the owner does at his shell, whatever it is."""

    __test__ = True

    def setUp(self) -> None:
        super().setUp()
        self.said = bytearray()
        self.shell = ShellSession(
            self.server.registry,
            self.server.commands,
            Operator("ssh", "SHA256:key", "192.0.2.99", Rank.OWNER),
            TEXT,
            self.said.extend,
            bool,
        )

    def rows(self) -> list[tuple[str, ...]]:
        for act in self.server.acts():
            self.assertEqual((act.door, act.by, act.address), ("ssh", "SHA256:key", "192.0.2.99"))
        return [(act.line, act.target, act.room) for act in self.server.acts()]

    def test_everything_is_on_record(self) -> None:
        (bob,) = self.people("Bob")
        bob.command("join #dev")
        for line in ("/users", "/kick #dev bob rude", "/kick Nobody", "/nonsense \x1b", "", "/ban", "/audit"):
            self.shell.run(Command(line))
        self.assertEqual(
            self.rows(),
            [
                ("/users", "", ""), ("/kick #dev bob rude", "Bob", "#dev"), ("/kick Nobody", "", ""),
                ("[unknown command]", "", ""), ("", "", ""), ("/ban", "", ""), ("/audit", "", ""),
            ],
        )  # fmt: skip

    def test_before_it_is_done(self) -> None:
        """Also if the server ends by it."""
        found: list[int] = []
        self.server.registry.throw_off = lambda *_: found.append(len(self.rows()))  # type: ignore[method-assign]
        self.people("Bob")
        self.shell.run(Command("/kick Bob"))
        self.assertEqual(found, [1])

    def test_the_answer_comes_when_it_is_stored(self) -> None:
        """And does not wait for ever."""
        self.server.store.holding = True
        self.shell.run(Command("/users"))
        self.assertEqual(self.said, b"")
        self.server.store.release()
        self.assertIn(b"0 online", self.said)
        self.said.clear()
        self.server.store.holding = True
        self.shell.run(Command("/users"))
        self.server.advance(1.1)
        self.assertIn(b"0 online", self.said)
        self.server.store.release()

    def test_its_own_line_is_the_last(self) -> None:
        self.shell.run(Command("/rooms"))
        self.shell.run(Command("/audit"))
        self.assertTrue(self.said.endswith(b"ssh  192.0.2.99  -  -  /audit\r\n"), self.said)

    def test_the_log_has_what_the_owner_does(self) -> None:
        with capturedLogs() as events:
            note(self.audited(Who(nick="SHA256:key")))
            note(self.audited(Who(nick="Alice", user="u1")))
        lines = [formatEvent(event) for event in events if event["log_namespace"] == "chatd.audit"]
        self.assertEqual(lines, ["ssh SHA256:key from 192.0.2.99: /users"])

    def audited(self, by: Who) -> Audited:
        stamp = self.server.registry.stamp()
        return Audited(**stamp, by=by, door="ssh", address="192.0.2.99", line="/users")


for behaviour in (Recorded, Reporting, Looking, Appointing):
    globals().update(over_front_ends(behaviour))
