"""The ground of the behaviour tests: each behaviour is written once and runs over every front end, and over
two of them talking to each other.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from chatd.core.user import Rank
from chatd.settings import Settings
from tests.behaviour.client import you_are
from tests.behaviour.clients import Client, Happening, JsonClient, TextClient
from tests.behaviour.server import Server

__all__ = ["FRONT_ENDS", "Behaviour", "over_front_ends"]

FRONT_ENDS: dict[str, tuple[type[Client], ...]] = {
    "Text": (TextClient,),
    "Json": (JsonClient,),
    "TextAndJson": (TextClient, JsonClient),
    "JsonAndText": (JsonClient, TextClient),
}
"""What the clients of a test are, in turn. A front end more is a row more, and one mixed with text."""


IN_THE_LOBBY = ("answer", "You talk in #lobby now.")
"""What is told to who is no longer in the room he talked in."""


class Behaviour(SynchronousTestCase):
    """A test case whose clients `over_front_ends` chooses; or, with `__test__ = True`, its `kinds` do."""

    __test__ = False
    kinds: ClassVar[tuple[type[Client], ...]] = (TextClient,)
    settings: ClassVar[Settings] = Settings()
    budgeted: ClassVar[bool] = False
    """Whether the budget of lines holds. Most tests say more than a person would."""

    def setUp(self) -> None:
        limits = self.settings.limits if self.budgeted else replace(self.settings.limits, lines_per_second=0)
        self.server = Server(replace(self.settings, limits=limits))
        self.clients: list[Client] = []

    def tearDown(self) -> None:
        while len(self.server.claims):
            self.server.claims.answer(False)

    def client(self, nick: str = "", address: str = "127.0.0.1", *, secure: bool = False) -> Client:
        """Return a new client that has seen nothing yet; with a nickname, it is in the lobby."""
        kind = self.kinds[len(self.clients) % len(self.kinds)]
        client = kind(self.server, address, secure=secure)
        self.clients.append(client)
        if nick:
            client.command(f"nick {nick}")
            alone = secure or address in ("::1", "127.0.0.1")
            hinted = alone and self.settings.accounts.registration == "open"
            self.assertIn(you_are(nick, hinted=hinted), client.seen())
        return client

    def people(self, *nicks: str) -> list[Client]:
        """Return clients of those names who are in the lobby and have seen nothing yet."""
        people = [self.client(nick) for nick in nicks]
        self.forget()
        return people

    def forget(self) -> None:
        """Let nobody have seen anything."""
        for client in self.clients:
            client.seen()

    def together(self, room: str, *nicks: str) -> list[Client]:
        """Return people who are in a room, which is their current one; the first is its founder."""
        people = self.people(*nicks)
        for person in people:
            person.command(f"join {room}")
        self.forget()
        return people

    def make_operator(self, nick: str) -> None:
        """Give a user the rank of a server operator."""
        self.server.user(nick).rank = Rank.OPERATOR

    def assert_seen(self, client: Client, *happenings: Happening) -> None:
        """Fail unless the client has seen exactly this."""
        self.assertEqual(client.seen(), list(happenings))

    def assert_refused(self, client: Client, words: str) -> None:
        """Fail unless all that the client has seen is one error with these words in it."""
        seen = client.seen()
        self.assertEqual([each[0] for each in seen], ["error"], seen)
        self.assertIn(words, seen[0][1])

    def answer(self, client: Client) -> Happening:
        """Return the lines of the one answer that the client has seen."""
        seen = client.seen()
        self.assertEqual([each[0] for each in seen], ["answer"], seen)
        return seen[0][1:]


def over_front_ends(behaviour: type[Behaviour]) -> dict[str, type[Behaviour]]:
    """Return the test cases of a behaviour, for `globals().update`: one for each row of FRONT_ENDS."""
    cases = {}
    for way, kinds in FRONT_ENDS.items():
        name = f"{behaviour.__name__}Over{way}"
        cases[name] = type(
            name, (behaviour,), {"kinds": kinds, "__test__": True, "__module__": behaviour.__module__}
        )
    return cases
