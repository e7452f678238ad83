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
from tests.behaviour.clients import Client, Happening, IrcClient, JsonClient, TextClient, WebClient
from tests.behaviour.exceptions import NOT_OVER_IRC, NOT_OVER_WEB
from tests.behaviour.server import Server

__all__ = ["FRONT_ENDS", "Behaviour", "over_front_ends"]

FRONT_ENDS: dict[str, tuple[type[Client], ...]] = {
    "Text": (TextClient,),
    "Json": (JsonClient,),
    "TextAndJson": (TextClient, JsonClient),
    "JsonAndText": (JsonClient, TextClient),
    "Irc": (IrcClient,),
    "IrcAndText": (IrcClient, TextClient),
    "TextAndIrc": (TextClient, IrcClient),
    "JsonAndIrc": (JsonClient, IrcClient),
    "Web": (WebClient,),
    "IrcAndWeb": (IrcClient, WebClient),
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
        irc = replace(self.settings.irc, autojoin=("#lobby",))
        self.server = Server(replace(self.settings, limits=limits, irc=irc))
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
            self.assertIn(client.shown(you_are(nick, hinted=hinted)), client.seen())
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

    def make_lasting(self, room: str) -> None:
        """Let a room last: who has made it stands above its operators then."""
        self.server.registry.rooms[room].registered = True

    def make_operator(self, nick: str) -> None:
        """Give a user the rank of a server operator."""
        self.server.user(nick).rank = Rank.OPERATOR

    def assert_seen(self, client: Client, *happenings: Happening) -> None:
        """Fail unless the client has seen exactly this."""
        self.assertEqual(client.seen(), [client.shown(each) for each in happenings])

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
    module = behaviour.__module__.rpartition(".")[2]
    for way, kinds in FRONT_ENDS.items():
        exceptions = (NOT_OVER_IRC if IrcClient in kinds else {}) | (
            NOT_OVER_WEB if WebClient in kinds else {}
        )
        left_out = _left_out(exceptions, module, behaviour)
        if left_out is None:
            continue
        name = f"{behaviour.__name__}Over{way}"
        fields = {**left_out, "kinds": kinds, "__test__": True, "__module__": behaviour.__module__}
        cases[name] = type(name, (behaviour,), fields)
    return cases


def _left_out(exceptions: dict[str, str], module: str, behaviour: type[Behaviour]) -> dict[str, None] | None:
    """Return the tests of a behaviour that do not run there, as fields that hide them; None: it does not run."""
    if module in exceptions:
        return None
    begin = f"{module}.{behaviour.__name__}."
    tests = [name.removeprefix(begin) for name in exceptions if name.startswith(begin)]
    for test in tests:
        getattr(behaviour, test)  # fails for one that is no more
    return dict.fromkeys(tests)
