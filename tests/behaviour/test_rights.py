"""Who may do what: every command, as everybody there is, in text and in JSON.

What is refused must change nothing, and what the tables call a change must be one.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from typing import Protocol, cast

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from chatd.commands.context import Context
from chatd.core import masks, names
from chatd.core.accounts import Account, Invitation
from chatd.core.errors import ChatError
from chatd.core.events import RoomRank, Text
from chatd.core.masks import MaskList
from chatd.core.user import Rank, User
from chatd.frontends.session import JSON, TEXT, ClientSession, Dialect
from chatd.frontends.shell import Operator, ShellSession
from chatd.settings import Settings
from chatd.storage import invitations
from chatd.storage.codec import instant
from chatd.wire.requests import Command
from tests.behaviour.clients import Client, JsonClient, TextClient
from tests.behaviour.server import Server
from tests.core.registry_state import snapshot
from tests.files import shared

OUTCOMES = {
    "*": "done, and the registry knows something else now",
    "+": "done",
    "?": "unknown-command",
    "n": "not-named",
    "a": "not-allowed",
    "o": "not-in-room",
    "u": "usage",
    "v": "bad-value",
    "i": "already-in-room",
}
"""What the letters below mean: done, or the code of the refusal."""

LETTERS = {outcome: letter for letter, outcome in OUTCOMES.items()}

COLUMNS = (
    *("unnamed", "user", "member", "voice", "operator", "founder", "server operator", "owner"),
    *("operator's key", "owner's key"),
)
"""Who asks. From `member` to `founder` he is in #dev and talks there; the two ranks of the server are in the
lobby only; the keys are those of the SSH shell."""

RIGHTS = {
    # as typed              u  users  server  shell
    "me waves":            "n  +++++  ++  ??",
    "msg Bob hello":       "n  *****  **  ??",
    "reply hello":         "n  *****  **  ??",
    "ignore":              "n  +++++  ++  ??",
    "ignore Bob":          "n  *****  **  ??",
    "unignore Carol":      "n  *****  **  ??",
    "guests":              "n  +++++  ++  ??",
    "guests off":          "n  +++++  ++  ??",
    "away at lunch":       "n  *****  **  ??",
    "back":                "n  +++++  ++  ??",
    "nick Al":             "*  *****  **  ??",
    "pass sesame":         "+  +++++  ++  ??",
    # In clear text, as here, no password is taken.
    "register sesame-open": "n  aaaaa  aa  ??",
    "login Bob sesame-open": "a  aaaaa  aa  ??",
    "passwd sesame other":  "n  aaaaa  aa  ??",
    "account":             "n  aaaaa  aa  ??",
    "account sessions":    "n  aaaaa  aa  ??",
    "account certificate": "n  aaaaa  aa  ??",
    "account export":      "n  aaaaa  aa  ??",
    "account delete sesame": "n  aaaaa  aa  ??",
    "logout":              "n  aaaaa  aa  ??",
    "users":               "n  +++++  ++  ++",
    "whois Bob":           "n  +++++  ++  ++",
    "quit":                "+  *****  **  ??",
    "join #dev":           "n  *++++  **  ??",
    "join #new":           "n  *****  **  ??",
    "part #dev":           "n  o****  oo  ??",
    "rooms":               "n  +++++  ++  ++",
    "names #dev":          "n  +++++  ++  ??",
    "history #dev":        "n  +++++  ++  ++",
    "search hello":        "n  +++++  ++  ++",
    "send report.pdf 5 #dev": "n  o++++  oo  ??",
    "files #dev":          "n  +++++  ++  ??",
    "files private":       "n  +++++  ++  ??",
    "get 1":               "n  +++++  ++  ??",
    "files delete 1":      "n  aaa++  ++  ??",
    "topic #dev":          "n  +++++  ++  ??",
    "topic #dev News":     "n  aaa**  **  ??",
    "invite #dev Carol":   "n  oaa**  **  ??",
    "knock #dev":         "n  viiii  vv  ??",
    "knock #den":         "n  +++++  vv  ??",
    "room info #dev":      "n  +++++  ++  ??",
    "room delete #dev":    "n  aaaa*  **  ??",
    "room private #dev on": "n  aaa**  **  ??",
    "room secret #dev on": "n  aaa**  **  ??",
    "room invite-only #dev on": "n  aaa**  **  ??",
    "room modes #dev +im": "n  aaa**  **  ??",
    "room limit #dev 9":   "n  aaa**  **  ??",
    "room key #dev sesame": "n  aaa**  **  ??",
    "room slow #dev 30s":  "n  aaa**  **  ??",
    "room moderated #dev on": "n  aaa**  **  ??",
    "room external #dev on": "n  aaa**  **  ??",
    "room open-topic #dev on": "n  aaa**  **  ??",
    "room register #dev": "n  aaaaa  aa  ??",
    "room unregister #dev": "n  aaaav  vv  ??",
    # #dev is not registered: nobody may say what it keeps.
    "room keep #dev 90d":  "n  aaaaa  aa  ??",
    "room transfer #dev Bob": "n  aaaa*  **  ??",
    # Without a room: the one he talks in; from the shell, the server.
    "kick #dev Bob":       "n  aaa**  **  **",
    "kick Bob":            "n  aaa**  **  **",
    "ban #dev":            "n  aaa++  ++  ++",
    "ban":                 "n  aaa++  ++  ++",
    "ban #dev Bob 1d":     "n  aaa**  **  **",
    "ban Bob":             "n  aaa**  **  **",
    "ban #dev host:*.aaaaaaaa": "n  aaa**  **  **",
    "ban #dev 203.0.113.7": "n  aaaaa  **  **",
    "unban #dev Carol":    "n  aaa**  **  **",
    "bar #dev spam*":      "n  aaa**  **  ??",
    "exempt #dev":         "n  aaa++  ++  ??",
    "exempt #dev Bob":     "n  aaa**  **  ??",
    "exempt #dev 203.0.113.7": "n  aaaaa  **  ??",
    "unexempt #dev spam*": "n  aaa**  **  ??",
    "unexempt #dev 203.0.113.9": "n  aaaaa  **  ??",
    "admit #dev":          "n  aaa++  ++  ??",
    "admit #dev Bob":      "n  aaa**  **  ??",
    "unadmit #dev spam*":  "n  aaa**  **  ??",
    "quiet #dev":          "n  aaa++  ++  ??",
    "quiet #dev Bob":      "n  aaa**  **  ??",
    "quiet #dev 203.0.113.7": "n  aaaaa  **  ??",
    "unquiet #dev spam*":  "n  aaa**  **  ??",
    "mute #dev Bob 10m":   "n  aaa**  **  **",
    "mute Bob":            "n  aaa**  **  **",
    "unmute #dev Vera":    "n  aaa**  **  **",
    "op #dev Bob":         "n  aaa**  **  ??",
    "deop #dev Oscar":     "n  aaa**  **  ??",
    "voice #dev Bob":      "n  aaa**  **  ??",
    "devoice #dev Vera":   "n  aaa**  **  ??",
    "format json":         "+  +++++  ++  ??",
    "timestamp on":        "n  +++++  ++  ??",
    "color on":            "n  +++++  ++  ??",
    "bell on":             "n  +++++  ++  ??",
    "ping":                "+  +++++  ++  ??",
    "motd":                "+  +++++  ++  ??",
    "rules":               "+  +++++  ++  ??",
    "version":             "+  +++++  ++  ??",
    "help":                "+  +++++  ++  ++",
    "help me":             "+  +++++  ++  ??",
    "help shutdown":       "?  ?????  ?+  ?+",
    "menu":                "+  +++++  ++  ??",
    "account add Al sesame-open": "n  uuuuu  uu  ?*",
    "account passwd Kim sesame-open": "n  uuuuu  uu  ?*",
    "account suspend Kim": "n  uuuuu  uu  **",
    "account resume Len": "n  uuuuu  uu  **",
    "account list":        "n  uuuuu  uu  ++",
    "invitation":          "?  ?????  ??  ?+",
    "invitation list":     "?  ?????  ??  ?+",
    "invitation revoke 5f5f5f5f": "?  ?????  ??  ?+",
    "broadcast hello":     "?  ?????  ++  ++",
    "stats":               "?  ?????  ++  ++",
    "report Bob rude":     "n  +++++  ++  ??",
    "oper boss sesame":    "n  aaaaa  aa  ??",
    "kill Bob rude":       "?  ?????  **  ??",
    "wallops hello":       "?  ?????  ++  ++",
    "audit 5 Bob":         "?  ?????  ++  ++",
    "rank Keeper operator": "?  ?????  ?*  ?*",
    "shutdown":            "?  ?????  ?*  ?*",
}  # fmt: skip
"""What becomes of each line; a column for each of COLUMNS, in that order."""

TARGETS = ("member", "voice", "operator", "founder", "server operator", "owner")

AGAINST = {
    # who asks         room  server
    "operator":        "***a  aa",
    "founder":         "***.  aa",
    "server operator": "****  *a",
    "owner":           "****  **",
    "operator's key":  "****  *a",
    "owner's key":     "****  **",
}  # fmt: skip
"""Whom one may kick, ban and mute; a column for each of TARGETS. `.`: there is one founder."""

ROOM_RANKS = {"voice": RoomRank.VOICE, "operator": RoomRank.OPERATOR, "founder": RoomRank.FOUNDER}
SERVER_RANKS = {"server operator": Rank.OPERATOR, "owner": Rank.OWNER}
KEYS = {"operator's key": Rank.OPERATOR, "owner's key": Rank.OWNER}


INVITATION = Invitation("5f" * 32, instant(0), instant(2**52), "SHA256:key")


class House:
    """A server with #dev: Frank founded it, and #den where one has to be invited; Oscar is its operator, Vera has a voice and is muted, Bob is a
    member. Carol is in the lobby and banned from #dev. Keeper is an account. Everybody speaks one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        settings = Settings()
        self.server = Server(replace(settings, limits=replace(settings.limits, lines_per_second=0)))
        self.registry = self.server.registry
        self.dialect = dialect
        self._addresses = (f"192.0.2.{number}" for number in range(1, 255))
        self.people = [self.person(nick) for nick in ("Frank", "Oscar", "Vera", "Bob", "Carol")]
        self.people[0].command("join #den")
        self.people[0].command("room invite-only #den on")
        for each in self.people[:-1]:
            each.command("join #dev")
        now = self.registry.time()
        self.registry.accounts.put(Account("keeper", "Keeper", now, now))
        by, self.dev = self.registry.server, self.registry.rooms["#dev"]
        self.give("Oscar", "operator")
        self.give("Vera", "voice")
        self.registry.mute(by, self.dev, self.server.user("Vera"))
        self.registry.ban(by, self.dev, masks.parse("Carol"))
        for which in MaskList:
            for mask in ("spam*", "203.0.113.9"):
                self.registry.add_mask(by, self.dev, which, masks.parse(mask))
        self.keep_accounts()
        frank = self.server.user("Frank").who
        self.server.files.catalogue.add(shared(place=self.dev.id, user=frank.user))

    def keep_accounts(self) -> None:
        """Kim and Len have accounts, Len's is suspended; somebody is invited."""
        accounts = self.server.accounts

        async def keep() -> None:
            for nick in ("Kim", "Len"):
                account = await accounts.add(names.nickname(nick), "sesame-open")
            await accounts.suspend(account, self.registry.server, "", Rank.OWNER)
            await self.server.database.write(lambda connection: invitations.add(connection, INVITATION))

        self.server.now(keep())

    def person(self, nick: str = "") -> Client:
        """Return somebody in the lobby; without a nickname, before naming."""
        client = (JsonClient if self.dialect is JSON else TextClient)(self.server, next(self._addresses))
        if nick:
            client.command(f"nick {nick}")
        return client

    def give(self, nick: str, rank: str) -> None:
        """Give a user a rank in #dev or on the server."""
        user, by = self.server.user(nick), self.registry.server
        if rank in SERVER_RANKS:
            user.rank = SERVER_RANKS[rank]
        elif rank == "founder":
            self.registry.transfer(by, self.dev, user)
        elif rank in ROOM_RANKS:
            self.registry.rank(by, self.dev, user, ROOM_RANKS[rank])

    def asker(self, column: str) -> Asker:
        """Let in who asks, as COLUMNS says."""
        if column in KEYS:
            return Key(self, KEYS[column])
        client = self.person("" if column == "unnamed" else "Alice")
        if column != "unnamed":
            self._acquaint(self.server.user("Alice"))
            if column not in ("user", *SERVER_RANKS):
                client.command("join #dev")
            self.give("Alice", column)
        return Person(client)

    def _acquaint(self, alice: User) -> None:
        bob, carol = self.server.user("Bob"), self.server.user("Carol")
        self.registry.say_private(bob, alice, Text("hello"))
        self.registry.ignore(alice, carol)

    def known(self) -> object:
        """Return all that the registry knows, and whether the server is to stop."""
        accounts = [replace(each, seen=each.created) for each in self.registry.accounts]
        return snapshot(self.registry), list(self.server.stopped), accounts

    def outcome(self, asker: Asker, line: str) -> tuple[str, str]:
        """Run a command; return its letter of OUTCOMES (`!`: refused, in text) and the words of the refusal."""
        for each in self.people:
            each.raw()
        before = self.known()
        code, words = asker.ask(line)
        changed = self.known() != before
        if not words:
            return ("*" if changed else "+"), ""
        assert not changed, f"/{line} is refused and done: {words}"
        assert not any(each.raw() for each in self.people), f"/{line} is refused and seen: {words}"
        return LETTERS.get(code, code), words


class Asker(Protocol):
    """Whoever runs commands."""

    def ask(self, line: str) -> tuple[str, str]:
        """Run a command; return code (`!` in text) and words of the refusal, empty if it was done."""


class Person(Asker):
    """A client of the chat."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def ask(self, line: str) -> tuple[str, str]:
        self.client.raw()
        self.client.command(line)
        return refusal(self.client.raw())


class Key(Asker):
    """Somebody at the SSH shell or (in JSON) the control socket."""

    def __init__(self, house: House, rank: Rank) -> None:
        self._output = bytearray()
        self._session = ShellSession(
            house.registry,
            house.server.commands,
            Operator("ssh", "SHA256:key", "192.0.2.99", rank),
            house.dialect,
            self._output.extend,
            lambda: None,
        )

    def ask(self, line: str) -> tuple[str, str]:
        self._output.clear()
        self._session.run(Command(f"/{line}"))
        return refusal(bytes(self._output))


def refusal(data: bytes) -> tuple[str, str]:
    """Return code (`!` in text) and words of the one refusal in what a client was sent; empty: there is none."""
    found = []
    for line in data.decode().splitlines():
        if line.startswith("{"):
            item = json.loads(line)
            if item["type"] in ("error", "usage"):
                found.append((item["code"], item["text"]))
        elif match := re.match("-> (?:Error|Usage): (.*)", line):
            found.append(("!", match[1]))
    assert len(found) <= 1, found
    return found[0] if found else ("", "")


class Rights(SynchronousTestCase):
    maxDiff = None

    def setUp(self) -> None:
        self.unchanged: dict[tuple[str, str], tuple[House, Asker]] = {}

    def outcome(self, column: str, line: str, dialect: Dialect) -> tuple[str, str]:
        """Return letter and words for one cell, in a house where nothing has changed so far."""
        which = column, dialect.name
        if which not in self.unchanged:
            house = House(dialect)
            self.unchanged[which] = house, house.asker(column)
        house, asker = self.unchanged[which]
        letter, words = house.outcome(asker, line)
        if letter == "*" or line in ("format json", "quit"):
            del self.unchanged[which]
        return letter, words

    def found(self, column: str, line: str) -> str:
        """Return the letter for one cell, the same in both dialects."""
        letter, words = self.outcome(column, line, JSON)
        told = self.outcome(column, line, TEXT)
        self.assertEqual(told, ("!" if words else letter, words), f"/{line} as {column}")
        return letter

    def test_every_command_for_everybody(self) -> None:
        found = {
            line: filled(row, (self.found(column, line) for column in COLUMNS))
            for line, row in RIGHTS.items()
        }
        self.assertEqual(found, RIGHTS)

    def test_every_command_is_in_the_table(self) -> None:
        house = House(TEXT)
        session = cast("ClientSession", house.person().protocol.session)
        chat, shell = (Context(house.registry, session, Rank.OWNER, in_shell=each) for each in (False, True))
        tried = set()
        for line in RIGHTS:
            for context in (chat, shell):
                with contextlib.suppress(ChatError):
                    tried.add(house.server.commands.named(context, line).name)
        self.assertEqual({row.name for row in house.server.commands.rows} - tried, set())

    def test_nobody_acts_on_who_ranks_above_him(self) -> None:
        for act in ("kick #dev Tom", "mute #dev Tom", "ban #dev Tom", "ban #dev t?m", "ban #dev host:{host}"):
            found = {
                asks: filled(row, (self.against(asks, target, act) for target in TARGETS))
                for asks, row in AGAINST.items()
            }
            self.assertEqual(found, AGAINST, act)

    def test_nor_does_a_key_on_the_server(self) -> None:
        for act in ("kick Tom", "mute Tom", "ban Tom", "ban host:{host}"):
            for asks in KEYS:
                found = filled(AGAINST[asks], (self.against(asks, target, act) for target in TARGETS))
                self.assertEqual((act, asks, found), (act, asks, AGAINST[asks]))

    def against(self, asks: str, target: str, act: str) -> str:
        """Return the letter for one who acts on another."""
        if asks == target == "founder":
            return "."
        house = House(JSON)
        house.people.append(house.person("Tom"))
        house.people[-1].command("join #dev")
        house.give("Tom", target)
        asker = house.asker(asks)
        house.dev.registered = True  # till then its founder is one of its operators
        return house.outcome(asker, act.format(host=house.server.user("Tom").who.host))[0]


def filled(row: str, letters: Iterator[str]) -> str:
    """Return a row with its letters replaced and its spaces kept."""
    return "".join(char if char.isspace() else next(letters) for char in row)
