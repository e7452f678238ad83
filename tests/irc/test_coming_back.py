"""Clients that come back enter all their rooms at once, and ask about each: with the limits as they are by default."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatd.frontends.irc.courtesy import CHEAP, COURTESY
from chatd.settings import Limits, Settings
from tests.behaviour.server import Server
from tests.irc.raw import Raw

LIMITS = Limits()
ROOMS = [f"#room{number}" for number in range(LIMITS.rooms_per_user)]


class ComingBack(SynchronousTestCase):
    def setUp(self) -> None:
        self.server = Server(Settings(limits=LIMITS))
        self.ann = Raw(self.server, "Ann")

    def packet(self, *lines: str, seconds: int = 0) -> list[str]:
        """Send lines in one packet; return the verbs of what comes back within a few turns of the reactor, or later."""
        self.ann.protocol.dataReceived("".join(f"{line}\r\n" for line in lines).encode())
        for _ in range(10):
            self.server.turn()
        for _ in range(10 * seconds):
            self.server.advance(0.1)
        return [line.split(" ")[1] for line in self.ann.lines()]

    def assert_synced(self, verbs: list[str], rooms: int) -> None:
        counts = {verb: verbs.count(verb) for verb in ("JOIN", "366", "324", "315", "368")}
        self.assertEqual(counts, dict.fromkeys(counts, rooms))

    def test_in_a_line_for_each(self) -> None:
        """What is asked of 22 rooms is answered at once; of a hundred, within 20 s, and nobody is closed for it."""
        lines = [f"JOIN {room}\r\nMODE {room}\r\nWHO {room}\r\nMODE {room} b" for room in ROOMS]
        self.assert_synced(self.packet(*lines[:22]), 22)
        self.ann = Raw(self.server, "Bob")
        self.assert_synced(self.packet(*lines, seconds=20), len(ROOMS))

    def test_in_one_line(self) -> None:
        rooms = ROOMS[:33]
        lines = [f"MODE {room}\r\nWHO {room} %tcuhnfa,1\r\nMODE {room} +b" for room in rooms]
        self.assert_synced(self.packet(f"JOIN {','.join(rooms)}", *lines, seconds=3), len(rooms))

    def test_nothing_else(self) -> None:
        """Other requests cost what they do always, and these too, when there are none left."""
        budget = self.ann.session.budget
        self.ann.send("JOIN #dev")
        for line in ("PRIVMSG #dev :hi", "WHO *", "WHO #elsewhere", "MODE #dev +m", "MODE Ann", "NAMES #dev"):
            budget.refill()
            self.ann.send(line)
            self.assertLessEqual(budget._level, budget.burst - 1, line)
        self.ann.session.courtesy = 1
        for cost in (CHEAP, 1):
            budget.refill()
            self.ann.send("MODE #dev")
            self.assertAlmostEqual(budget.burst - budget._level, cost)

    def test_part_of_a_line(self) -> None:
        """Of more rooms than are left to be cheap the rest is paid for."""
        budget = self.ann.session.budget
        spent = []
        for left, rooms in ((4, "#a,#b,#c,#d"), (3, "#e,#f,#g,#h"), (0, "#i")):
            budget.refill()
            self.ann.session.courtesy = left
            self.ann.send(f"JOIN {rooms}")
            spent.append(budget.burst - budget._level)
        self.assertAlmostEqual(spent[0], 4 * CHEAP)
        self.assertAlmostEqual(spent[1], 3 * CHEAP + spent[2])

    def test_until_one_leaves(self) -> None:
        """Coming and going is not cheap, which the others in the room are told."""
        for line in ("PART #dev", "JOIN 0"):
            client = Raw(self.server, f"N{line[:4]}")
            client.send("JOIN #dev")
            self.assertEqual(client.session.courtesy, COURTESY - 1)
            client.send(line)
            self.assertEqual(client.session.courtesy, 0)

    def test_before_the_welcome_there_is_none(self) -> None:
        self.assertEqual(Raw(self.server).session.courtesy, 0)

    def test_who_floods_is_closed(self) -> None:
        """Also by requests that are cheap at first."""
        for line in ("PRIVMSG #dev :flood", "MODE #dev", ""):
            flooder = Raw(self.server, "Flo")
            flooder.send("JOIN #dev")
            flooder.protocol.dataReceived(f"{line}\r\n".encode() * 2000)
            for _ in range(50):
                self.server.turn()
            self.assertIn("too many of your lines are waiting", flooder.lines()[-1])
