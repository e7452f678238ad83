"""Words that go with what one does, as clients send them: with formatting, or longer than they may be."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatd.core.text import REASON_BYTES
from tests.behaviour.server import Server
from tests.irc.raw import SETTINGS, Raw

STYLED = "\x02so \x0304,12long\x0f now"
PLAIN = "so long now"
LONG = "ж" * 220
EACH = ((STYLED, PLAIN), (LONG, LONG[: REASON_BYTES // 2]))
"""Words, and what is shown of them."""


class Words(SynchronousTestCase):
    """Ann has made #dev, Bob is in it: nothing is refused for the words that go with it (the Modern IRC document, TOPICLEN,
    KICKLEN and AWAYLEN)."""

    def setUp(self) -> None:
        self.server = Server(SETTINGS)
        self.ann, self.bob = Raw(self.server, "Ann"), Raw(self.server, "Bob")
        for client in (self.ann, self.bob):
            client.send("JOIN #dev")
        self.ann.lines()

    def test_of_who_leaves(self) -> None:
        """Here whatever else may not stand in them is left out, too."""
        for words, kept in (*EACH, (f"{STYLED}\x07\ufffe", PLAIN)):
            self.bob.send("JOIN #dev")
            self.ann.lines()
            self.bob.send(f"PART #dev :{words}")
            self.assertTrue(self.ann.lines()[-1].endswith(kept))
        self.bob.send("JOIN #dev", f"QUIT :{STYLED}\x07")
        self.assertTrue(self.ann.lines()[-1].endswith(PLAIN))

    def test_of_a_kick(self) -> None:
        for words, kept in EACH:
            self.bob.send("JOIN #dev")
            self.ann.ask(f"KICK #dev Bob :{words}")
            self.assertTrue(self.bob.lines()[-1].endswith(kept))

    def test_of_a_topic(self) -> None:
        for words, kept in EACH:
            self.ann.send(f"TOPIC #dev :{words}")
            self.assertTrue(self.ann.lines()[-1].endswith(f" TOPIC #dev :{kept}"))

    def test_of_who_is_away(self) -> None:
        for words, kept in (*EACH, ("\x02", "away")):
            self.assertEqual(self.bob.numerics(f"AWAY :{words}"), ["306"])
            self.assertEqual(self.server.user("Bob").away, kept)

    def test_of_a_knock(self) -> None:
        self.bob.send("PART #dev")
        self.ann.send("MODE #dev +i")
        self.ann.lines()
        self.assertEqual(self.bob.numerics(f"KNOCK #dev :{STYLED}"), ["711"])
        self.assertTrue(self.ann.lines()[-1].endswith(f"({PLAIN})"))
