"""KNOCK: the numerics 710 to 714, as several servers have them."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.behaviour.server import Server
from tests.irc.raw import SETTINGS, Raw


class Knock(SynchronousTestCase):
    """Ann has made #den, for those who are invited; Bob is outside."""

    def setUp(self) -> None:
        self.server = Server(SETTINGS)
        self.ann, self.bob = Raw(self.server, "Ann"), Raw(self.server, "Bob")
        self.ann.send("JOIN #den", "MODE #den +i")
        self.ann.lines()

    def test_done(self) -> None:
        """RPL_KNOCKDLVR (711) to who knocks, RPL_KNOCK (710) to the operators; again too soon: ERR_TOOMANYKNOCK (712)."""
        self.assertEqual(
            self.bob.ask("KNOCK #DEN :let me in"), ["711 #den :The operators of #den have been told."]
        )
        host = self.server.user("Bob").who.host
        self.assertEqual(self.ann.told(), [f"710 #den Bob!~Bob@{host} :has asked for an invite (let me in)"])
        self.assertEqual(self.bob.numerics("KNOCK #den"), ["712"])
        self.assertEqual(self.ann.lines(), [])

    def test_refused(self) -> None:
        """ERR_CHANOPEN (713), ERR_KNOCKONCHAN (714), 404 for who is banned, 403 where no room can be seen, 461."""
        self.assertEqual(self.ann.numerics("KNOCK #den"), ["714"])
        self.ann.send("INVITE Bob #den")
        self.assertEqual(self.bob.numerics("KNOCK #den"), ["713"])
        self.bob.send("JOIN #den", "PART #den")
        self.ann.send("MODE #den +b Bob!*@*")
        self.assertEqual(self.bob.numerics("KNOCK #den"), ["404"])
        self.ann.send("MODE #den -b Bob!*@*", "MODE #den +s")
        hidden = self.bob.ask("KNOCK #den")
        self.assertEqual(hidden, ["403 #den :No such channel"])
        self.assertEqual(self.bob.ask("KNOCK #dew"), ["403 #dew :No such channel"])
        self.assertEqual(self.bob.numerics("KNOCK"), ["461"])

    def test_it_is_announced(self) -> None:
        self.assertTrue(any(" KNOCK " in line for line in self.bob.ask("VERSION")))
