"""INVITE, and who hears of it (IRCv3 invite-notify)."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.behaviour.server import Server
from tests.irc.raw import SETTINGS, Raw


class Heard(SynchronousTestCase):
    def setUp(self) -> None:
        server = Server(SETTINGS)
        self.ann, self.eve = Raw(server, "Ann"), Raw(server, "Eve", caps="invite-notify")
        self.dan, self.cid = (Raw(server, nick, caps="invite-notify") for nick in ("Dan", "Cid"))
        self.ops = Raw(server, "Ops")
        self.ann.send("JOIN #dev")
        for each in (self.dan, self.cid, self.ops):
            each.send("JOIN #dev")
        self.ann.send("MODE #dev +oo Dan Ops")
        for each in (self.ann, self.eve, self.dan, self.cid, self.ops):
            each.lines()

    def heard(self) -> list[int]:
        """Return how many lines with INVITE each is sent when Ann invites Eve."""
        self.ann.send("INVITE Eve #dev")
        everybody = (self.eve, self.dan, self.cid, self.ops)
        return [sum(" INVITE Eve #dev" in line for line in each.lines()) for each in everybody]

    def test_operators_who_have_asked(self) -> None:
        self.assertEqual(self.heard(), [1, 1, 0, 0])

    def test_not_who_ignores_him(self) -> None:
        self.dan.send("CHATD ignore Ann")
        self.assertEqual(self.heard(), [1, 0, 0, 0])

    def test_no_more_when_no_longer_asked_for(self) -> None:
        self.dan.send("CAP REQ -invite-notify")
        self.assertEqual(self.heard(), [1, 0, 0, 0])

    def test_by_himself(self) -> None:
        """Who invites is answered with 341, not told twice."""
        self.dan.lines()
        self.dan.send("INVITE Eve #dev")
        self.assertEqual([line.split(" ")[1] for line in self.dan.lines()], ["341"])
