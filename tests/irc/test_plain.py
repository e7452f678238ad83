"""The short way of plain lines says what the long way says, to everybody, and answers nothing of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from twisted.trial.unittest import SynchronousTestCase

from chatd.frontends.irc import dispatch
from chatd.frontends.irc.session import IrcSession
from chatd.storage.early import EarlyStore
from tests.behaviour.server import Server
from tests.irc.raw import SETTINGS, Raw

LONG = "x" * 480
LINES = [
    "PRIVMSG #room :hello",
    "PRIVMSG #ROOM :hello there, all of you",
    "PRIVMSG #room hello",
    "PRIVMSG #room : ",
    "PRIVMSG #room :",
    "PRIVMSG #room",
    "PRIVMSG",
    "PRIVMSG  #room :two blanks",
    "PRIVMSG  :no target",
    "PRIVMSG :#room :odd",
    "PRIVMSG #room,bob :both",
    "PRIVMSG #room bob :three",
    "PRIVMSG @#room :to those with a rank",
    "PRIVMSG #nowhere :anybody?",
    "PRIVMSG #quiet :hushed",
    "PRIVMSG #elsewhere :not a member",
    "PRIVMSG #slow :one",
    "PRIVMSG #slow :two at once",
    "PRIVMSG Bob :hello",
    "PRIVMSG bob :hello",
    "PRIVMSG ann :to myself",
    "PRIVMSG gone :are you there",
    "PRIVMSG nobody :hello",
    "PRIVMSG grumpy :who ignores me",
    "PRIVMSG NickServ :HELP",
    "PRIVMSG ns :HELP",
    "PRIVMSG bob :\x01VERSION\x01",
    "PRIVMSG bob :\x01ACTION waves\x01",
    "PRIVMSG #room :\x01ACTION waves\x01",
    "PRIVMSG #room :\x02bold\x02 and \x0304red",
    "PRIVMSG #room :Grüße, 世界, 👋🏽",
    "PRIVMSG #room :a\u202eb\u200bc",
    "PRIVMSG #room :a\x07b",
    "PRIVMSG #room :a\tb",
    "PRIVMSG #room :with : and  blanks ",
    f"PRIVMSG #room :{LONG}",
    f"PRIVMSG bob :{LONG}",
    f"PRIVMSG bob :{'é' * 185}",
    f"PRIVMSG bob :{'é' * 200}",
    "privmsg #room :small letters",
    "NOTICE #room :a notice",
    "PRIVMSG Dan\u0301 :an accent",
]


class Both(SynchronousTestCase):
    """Each line is sent to two servers alike, of which one has no short way."""

    def setUp(self) -> None:
        self.taken = 0

    def house(self) -> dict[str, Raw]:
        server = Server(SETTINGS)
        server.registry.world.ids.process = "0123456789abcdef"
        found = {
            name: Raw(server, name, caps=caps)
            for name, caps in (("Ann", ""), ("Bob", "server-time message-tags"), ("Gone", ""), ("Grumpy", ""))
        }
        for room in ("#room", "#quiet", "#slow"):
            for each in found.values():
                each.send(f"JOIN {room}")
        found["Gone"].send("AWAY :for lunch")
        found["Bob"].send("JOIN #elsewhere", "MODE #elsewhere +n", "JOIN #room")
        found["Grumpy"].send("CHATD ignore Ann")
        server.registry.rooms["#slow"].slow = 5
        server.registry.rooms["#quiet"].moderated = True
        found["Ann"].send("MODE #quiet -o Ann", "MODE #slow -o Ann")
        for each in found.values():
            each.lines()
        return found

    def heard(self, line: str) -> list[tuple[str, list[str]]]:
        """Return what everybody is told when Ann sends a line."""
        found = self.house()
        for _ in range(2):  # so that what the first one leaves behind is seen, too
            found["Ann"].send(line)
        return [(name, each.lines()) for name, each in found.items()]

    def test_every_line(self) -> None:
        quick = dispatch.said

        def counted(session: IrcSession, line: bytes) -> bool:
            done = quick(session, line)
            self.taken += done
            return done

        for line in LINES:
            self.patch(dispatch, "said", counted)
            short = self.heard(line)
            self.patch(dispatch, "said", lambda *_: False)
            with self.subTest(line):
                self.assertEqual(short, self.heard(line))
        self.assertGreater(self.taken, 20, "the short way was not tried")

    def test_a_bug_in_it_is_answered(self) -> None:
        """What goes wrong within it ends no connection."""
        found = self.house()

        def broken(session: IrcSession, line: bytes) -> bool:
            raise ZeroDivisionError

        self.patch(dispatch, "said", broken)
        answer = found["Ann"].ask("PRIVMSG #room :hello")
        self.assertIn("something went wrong here", answer[0])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertTrue(found["Ann"].numerics("VERSION"))


class Activity(SynchronousTestCase):
    def test_it_never_goes_back(self) -> None:
        """What waited here since before another session of the same user was active does not make him idle again."""
        server = Server(SETTINGS)
        ann, _ = Raw(server, "Ann"), Raw(server, "Bob")
        user = server.user("Ann")
        later = server.clock.seconds() + 60
        user.active = later
        for line in ("PRIVMSG Bob :hi", "PRIVMSG Bob :there"):
            ann.send(line)
            self.assertEqual(user.active, later)
        server.advance(80)
        ann.send("PRIVMSG Bob :again")
        self.assertEqual(user.active, server.clock.seconds())


class Memory(SynchronousTestCase):
    """CPython shares the keys of the instances of a class up to thirty of them."""

    def test_a_session_shares_its_keys(self) -> None:
        client = Raw(Server(SETTINGS), "Ann", caps="draft/chathistory")
        parts = (client.session, client.protocol, client.session.user, client.protocol.queue)
        for part in parts:
            self.assertLessEqual(len(vars(part)), 30, type(part).__name__)


class Cost(SynchronousTestCase):
    """What a line costs is counted in calls of chatd's functions, which do not depend on the machine."""

    def setUp(self) -> None:
        server = Server(SETTINGS)
        server.timeline._prompt = EarlyStore(server.store, server.clock, messages=False)
        self.clients = [Raw(server, f"C{number}") for number in range(10)]
        self.lines = 4
        self.calls = 0

    def count(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call" and "/chatd/" in frame.f_code.co_filename:
            self.calls += 1

    @contextmanager
    def counted(self) -> Iterator[None]:
        sys.setprofile(self.count)
        try:
            yield
        finally:
            sys.setprofile(None)

    def say(self, target: str) -> float:
        """Return the calls that a line takes, of four in one packet."""
        client = self.clients[0]
        client.send(f"PRIVMSG {target} :once, so that all is warm")
        packet = f"PRIVMSG {target} :{'x' * 64}\r\n".encode() * self.lines
        with self.counted():
            client.protocol.dataReceived(packet)
            client.server.turn()
        return self.calls / self.lines

    def test_to_one(self) -> None:
        self.assertLessEqual(self.say("C1"), 36)  # 33; by the long way 59

    def test_to_a_room_of_ten(self) -> None:
        for client in self.clients:
            client.send("JOIN #room")
        self.assertLessEqual(self.say("#room"), 40)  # 37, the writes to nine among them; by the long way 63
