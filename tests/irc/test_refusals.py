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


class HiddenRooms(SynchronousTestCase):
    """Ann has made #hidden, which Bob and Cid do not know of once it is hidden."""

    NAME = "#hidden"
    ALIKE = "#hiddеn"
    """With a Cyrillic letter."""

    def setUp(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Begin with a new server."""
        self.server = Server(SETTINGS)
        self.ann, self.bob, self.cid = (Raw(self.server, nick) for nick in ("Ann", "Bob", "Cid"))
        self.ann.send(f"JOIN {self.NAME}")

    def hide(self, *more: str) -> None:
        """Let Ann hide her room."""
        self.ann.send(f"MODE {self.NAME} +s", *more)

    def test_named_where_it_is_known(self) -> None:
        self.assertEqual(
            self.bob.ask(f"JOIN {self.ALIKE}"),
            [f"476 {self.ALIKE} :{self.ALIKE} looks too much like {self.NAME}, which exists"],
        )

    def test_the_same_answer_as_where_there_is_none(self) -> None:
        """Whether the room is hidden, hidden and closed, or not there."""
        answers = []
        for line in (f"PART {self.NAME}", f"MODE {self.NAME} +s", f"MODE {self.NAME} +si"):
            self.begin()
            self.ann.send(line)
            answers.append(self.bob.ask(f"JOIN {self.ALIKE}", f"LIST {self.ALIKE}", f"PART {self.ALIKE}"))
        self.assertEqual(answers[1:], answers[:1] * 2)

    def test_no_imitation_for_its_members(self) -> None:
        """Whoever is in the hidden room cannot be lured into another that looks like it."""
        self.hide()
        self.bob.send(f"JOIN {self.ALIKE}", f"INVITE Ann {self.ALIKE}")
        words = f"476 {self.ALIKE} :{self.ALIKE} looks too much like {self.NAME}, where you are"
        self.assertEqual(self.ann.ask(f"JOIN {self.ALIKE}"), [words])

    def test_nobody_is_kept_out_by_an_imitation(self) -> None:
        """Who is in the imitation gets into the older room all the same, and who was asked into either into both."""
        self.hide("INVITE Cid #hidden")
        self.bob.send(f"JOIN {self.ALIKE}")
        for client, names_of_rooms in ((self.bob, [self.NAME]), (self.cid, [self.ALIKE, self.NAME])):
            for name in names_of_rooms:
                self.assertIn("366", client.numerics(f"JOIN {name}"))
