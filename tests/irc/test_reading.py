"""MARKREAD (IRCv3 draft/read-marker; the sections named are those of that document)."""

from __future__ import annotations

from unittest.mock import patch

from twisted.trial.unittest import SynchronousTestCase

from chatd.core import markers
from chatd.storage import schema
from tests.behaviour.server import Server
from tests.irc.tagged import ALL, SETTINGS, Line, Tagged

EARLY, LATE = "timestamp=2019-01-01T00:00:00.000Z", "timestamp=2019-06-01T12:00:00.123Z"


class MarkerCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.server = Server(SETTINGS)

    def client(self, nick: str, caps: str = ALL, *, account: bool = False) -> Tagged:
        return Tagged(self.server, nick, caps, account=account)

    def answer(self, client: Tagged, *params: str) -> list[str]:
        (line,) = client.ask(f"MARKREAD {' '.join(params)}")
        self.assertIn(line.verb, ("MARKREAD", "FAIL"))
        return line.params if line.verb == "MARKREAD" else line.params[:-1]

    @staticmethod
    def markers(lines: list[Line]) -> list[list[str]]:
        return [line.params for line in lines if line.verb == "MARKREAD"]

    def kept(self) -> set[tuple[str, ...]]:
        with self.server.database.begin() as connection:
            return {(row.account, row.target) for row in connection.execute(schema.markers.select())}


class SettingAndGetting(MarkerCase):
    def setUp(self) -> None:
        super().setUp()
        self.ann = self.client("Ann")
        self.ann.send("JOIN #dev")

    def test_nobody_knows(self) -> None:
        for name in ("#dev", "#nowhere", "nobody"):
            self.assertEqual(self.answer(self.ann, name), [name, "*"])

    def test_set_and_asked_for(self) -> None:
        for name in ("#dev", "#nowhere", "nobody"):
            self.assertEqual(self.answer(self.ann, name, LATE), [name, LATE])
            self.assertEqual(self.answer(self.ann, name), [name, LATE])

    def test_it_only_moves_forward(self) -> None:
        """§ "Read timestamp notes"."""
        self.answer(self.ann, "#dev", LATE)
        self.assertEqual(self.answer(self.ann, "#dev", EARLY), ["#dev", LATE])
        self.assertEqual(self.answer(self.ann, "#DEV"), ["#dev", LATE])

    def test_not_into_the_future(self) -> None:
        """§ "Implementation Considerations"."""
        now = self.server.registry.time()
        (_, until) = self.answer(self.ann, "#dev", "timestamp=2199-01-01T00:00:00.000Z")
        self.assertEqual(until, f"timestamp={now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z")

    def test_refusals(self) -> None:
        """§ "Errors and Warnings"."""
        for params, expected in (
            ((), ["NEED_MORE_PARAMS"]),
            (("#dev", "timestamp=soon"), ["INVALID_PARAMS", "timestamp=soon"]),
            (("#dev", "*"), ["INVALID_PARAMS", "*"]),
            (("#dev", "2019-01-01T00:00:00.000Z"), ["INVALID_PARAMS", "2019-01-01T00:00:00.000Z"]),
            (("a/b",), ["INVALID_PARAMS", "a/b"]),
            (("#",), ["INVALID_PARAMS", "#"]),
        ):
            self.assertEqual(self.answer(self.ann, *params), ["MARKREAD", *expected])

    def test_told_behind_the_join_and_before_the_names(self) -> None:
        """§ "Command flows"."""
        self.answer(self.ann, "#dev", LATE)
        self.ann.send("PART #dev")
        for room, until in (("#dev", LATE), ("#new", "*")):
            found = self.ann.ask(f"@label=l JOIN {room}")
            verbs = [line.verb for line in found]
            self.assertLess(verbs.index("JOIN"), verbs.index("MARKREAD"))
            self.assertLess(verbs.index("MARKREAD"), verbs.index("366"))
            self.assertEqual(self.markers(found), [[room, until]])
            self.assertTrue(all("batch" in line.tags for line in found[1:-1]))

    def test_who_has_not_asked_is_told_nothing(self) -> None:
        bob = self.client("Bob", "")
        self.assertEqual(self.markers(bob.ask("JOIN #dev")), [])
        self.assertEqual(self.answer(bob, "#dev", LATE), ["#dev", LATE])


class Readers(MarkerCase):
    """Who is told, and what is kept."""

    def second(self, nick: str, caps: str = ALL) -> Tagged:
        """Return another session of a user."""
        client = Tagged(self.server, "Zed", caps)
        session, user = client.protocol.session, self.server.user(nick)
        self.server.registry.detach(session, "", lost=False)
        self.server.registry.attach(session, user)
        client.lines()
        return client

    def test_the_other_sessions_of_the_account(self) -> None:
        ann, bob = self.client("Ann", account=True), self.client("Bob", account=True)
        other, plain = self.second("Ann"), self.second("Ann", "")
        self.assertEqual(self.markers(ann.ask(f"MARKREAD #dev {LATE}")), [["#dev", LATE]])
        self.assertEqual(self.markers(other.lines()), [["#dev", LATE]])
        self.assertEqual((plain.lines(), bob.lines()), ([], []))
        ann.send(f"MARKREAD #dev {EARLY}")
        self.assertEqual(other.lines(), [])

    def test_an_account_comes_back_to_it(self) -> None:
        ann = self.client("Ann", account=True)
        ann.send(f"MARKREAD #dev {LATE}", f"MARKREAD Ann {EARLY}", f"MARKREAD stranger {EARLY}")
        ann.hang_up()
        self.assertEqual(self.server.registry.markers, {})
        again = Tagged(self.server, "Guest")
        self.assertEqual(self.markers(again.ask("JOIN #dev")), [["#dev", "*"]])
        again.send("CHATD login Ann correct-horse")
        self.assertEqual(self.answer(again, "#dev"), ["#dev", LATE])
        self.assertEqual(self.answer(again, "Ann"), ["Ann", EARLY])
        self.assertEqual(self.answer(again, "stranger"), ["stranger", EARLY])

    def test_told_all_at_once_by_who_logs_in_on_the_way(self) -> None:
        ann = self.client("Ann", account=True)
        ann.send(f"MARKREAD #dev {EARLY}", f"MARKREAD Ann {LATE}")
        ann.hang_up()
        again = self.server.connect_irc("127.0.0.1", secure=False)
        wire, protocol = again
        for line in (
            "CAP LS 302", "CAP REQ :sasl draft/read-marker", "AUTHENTICATE PLAIN",
            "AUTHENTICATE AEFubgBjb3JyZWN0LWhvcnNl", "NICK Ann", "USER a 0 * :a", "CAP END",
        ):  # fmt: skip
            protocol.dataReceived(line.encode() + b"\r\n")
            self.server.turn()
        found = [Line.of(line) for line in wire.value().decode().split("\r\n") if line]
        self.assertEqual(self.markers(found), [["Ann", LATE], ["#dev", EARLY]])

    def test_another_nickname_of_an_account_is_the_same_talk(self) -> None:
        ann, bob = self.client("Ann", account=True), self.client("Bob", account=True)
        ann.send(f"MARKREAD Bob {LATE}")
        bob.send("NICK Robert")
        self.assertEqual(self.answer(ann, "Robert"), ["Robert", LATE])
        self.assertEqual(self.answer(ann, "Bob"), ["Bob", LATE])

    def test_a_guests_end_with_him(self) -> None:
        eve = self.client("Eve")
        eve.send(f"MARKREAD #dev {LATE}")
        eve.hang_up()
        self.assertEqual((self.server.registry.markers, self.kept()), ({}, set()))
        self.assertEqual(self.answer(self.client("Eve"), "#dev"), ["#dev", "*"])

    def test_a_guests_become_his_accounts(self) -> None:
        eve = self.client("Eve")
        eve.send(f"MARKREAD #dev {LATE}", "CHATD register correct-horse")
        account = self.server.user("Eve").identity
        self.assertEqual(self.kept(), {(account, "#dev")})
        self.assertEqual(
            self.server.registry.markers, {account: {"#dev": self.server.registry.markers[account]["#dev"]}}
        )

    def test_deleted_with_the_account(self) -> None:
        ann, bob = self.client("Ann", account=True), self.client("Bob", account=True)
        ann.send(f"MARKREAD #dev {LATE}")
        bob.send(f"MARKREAD Ann {LATE}", f"MARKREAD #dev {LATE}")
        ann.send("CHATD account delete correct-horse")
        self.assertEqual(self.kept(), {(self.server.user("Bob").identity, "#dev")})

    def test_of_too_many_the_one_furthest_back_goes(self) -> None:
        ann = self.client("Ann", account=True)
        with patch.object(markers, "MARKERS", 3):
            for number in (5, 2, 9, 7, 1):
                ann.send(f"MARKREAD #r{number} timestamp=2019-01-0{number}T00:00:00.000Z")
        account = self.server.user("Ann").identity
        self.assertEqual(set(self.server.registry.markers[account]), {"#r1", "#r7", "#r9"})
        self.assertEqual({target for _, target in self.kept()}, {"#r1", "#r7", "#r9"})

    def test_json_clients_of_the_account_are_told_too(self) -> None:
        ann = self.client("Ann", account=True)
        wire, protocol = self.server.connect("127.0.0.1", secure=False)
        protocol.dataReceived(b'{"type":"command","line":"nick Joe"}\n')
        self.server.turn()
        session = protocol.session
        self.server.registry.detach(session, "", lost=False)
        self.server.registry.attach(session, self.server.user("Ann"))
        wire.clear()
        ann.send(f"MARKREAD #dev {LATE}")
        self.assertIn(b'"type":"marked_read"', wire.value())
