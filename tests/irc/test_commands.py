"""Commands of chatd's that IRC does not know, as they are typed after /quote."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.behaviour.server import Server
from tests.irc.raw import SETTINGS, Raw


class Quoted(SynchronousTestCase):
    def setUp(self) -> None:
        self.server = Server(settings=SETTINGS)
        self.alice = Raw(self.server, "Alice")

    def test_answered_by_notices(self) -> None:
        notice = ":irc.example NOTICE Alice :"
        self.assertEqual(self.alice.ask("rooms"), [f"{notice}1 room:", f"{notice}  #lobby (0)"])

    def test_used_wrongly(self) -> None:
        """A usage line is called one."""
        self.assertEqual(self.alice.ask("report Alice"), ["461 REPORT :Usage: /report USER REASON"])

    def test_no_room_named(self) -> None:
        """A client has no current room; it is not told that it is in none when it is in some."""
        self.assertEqual(self.alice.ask("ROOM info"), ["400 ROOM :name a room: you are in none"])
        self.alice.send("JOIN #dev")
        self.assertEqual(self.alice.ask("ROOM info"), ["400 ROOM :name a room"])

    def test_unknown(self) -> None:
        self.assertEqual(self.alice.ask("NOSUCH thing"), ["421 NOSUCH :Unknown command"])

    def test_of_other_dialects(self) -> None:
        """How things are shown is the client's to decide."""
        for line in ("color on", "format json", "timestamp on"):
            self.assertEqual([each[:3] for each in self.alice.ask(line)], ["400"], line)
