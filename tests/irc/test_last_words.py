"""ERROR: the last line of a connection says whose it was and why it ends (the Modern IRC document, ERROR and QUIT)."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.behaviour.server import Server
from tests.irc.raw import SETTINGS, Raw


class LastWords(SynchronousTestCase):
    def setUp(self) -> None:
        self.server = Server(SETTINGS)
        self.ann = Raw(self.server, "Ann")
        self.host = self.server.user("Ann").who.host

    def ended(self, client: Raw, link: str, words: str) -> None:
        """Fail unless the last that the client was told is this."""
        self.assertEqual(client.lines()[-1], f"ERROR :Closing link: ({link}) [{words}]")
        self.assertTrue(client.wire.disconnecting)

    def test_of_ones_own(self) -> None:
        bob = Raw(self.server, "Bob", user="bobby")
        self.ann.send("QUIT :see you")
        self.ended(self.ann, f"~Ann@{self.host}", "Quit: see you")
        bob.send("QUIT")
        self.ended(bob, f"~bobby@{self.host}", "Quit")

    def test_before_registration(self) -> None:
        stranger = Raw(self.server)
        stranger.send("NICK Bob", "QUIT :never mind")
        self.ended(stranger, f"unknown@{self.host}", "Quit")

    def test_limits(self) -> None:
        """In words without those that other dialects begin with; a chat's line says the same to those who stay."""
        bob = Raw(self.server, "Bob")
        for each in (self.ann, bob):
            each.send("JOIN #dev")
        bob.lines()
        for seconds in (60, 60, 60):
            bob.send("PING x")
            self.server.clock.advance(seconds)
        self.server.turn()
        self.ended(self.ann, f"~Ann@{self.host}", "ping timeout")
        self.assertTrue(any(line.endswith(" QUIT :ping timeout") for line in bob.lines()))
