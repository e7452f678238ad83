"""What refusals tell, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable

from twisted.trial.unittest import SynchronousTestCase

from chatd.core import names
from tests.behaviour.clients import TextClient
from tests.behaviour.server import Server
from tests.irc.raw import SETTINGS, Raw


class Hints(SynchronousTestCase):
    def test_not_sought_where_they_are_not_shown(self) -> None:
        """Who may have been meant takes longer to find than a message to say: a client that is answered by a numeric
        alone, or not at all, does not make the server look."""
        sought: list[str] = []
        nearest = names.nearest

        def noted(word: str, candidates: Iterable[str]) -> str | None:
            sought.append(word)
            return nearest(word, candidates)

        self.patch(names, "nearest", noted)
        server = Server(SETTINGS)
        ann = Raw(server, "Ann", caps="message-tags draft/chathistory draft/read-marker")
        for line in (
            "PRIVMSG Anm :hi",
            "NOTICE Anm :hi",
            "@+typing=active TAGMSG Anm",
            "CHATHISTORY LATEST Anm * 5",
            "MARKREAD Anm",
        ):
            ann.send(line)
        self.assertEqual(sought, [])
        text = TextClient(server)
        text.command("nick Bob")
        text.lines()
        text.command("msg Anm hi")
        self.assertEqual(text.lines(), [b'-> Error: no user named "Anm". Did you mean Ann?'])
