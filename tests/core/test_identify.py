"""A guest who becomes an account: what he had is the account's, and its name is nobody else's."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from chatd.core.accounts import Account
from chatd.core.errors import ChatError, Code
from chatd.core.events import RoomRank
from chatd.core.names import nickname
from chatd.core.user import User
from chatd.frontends.session import TEXT
from tests.order.house import House
from tests.storage.events import BEGIN

ACCOUNT = Account("a1", "Alice", BEGIN, BEGIN)


class Identified(SynchronousTestCase):
    def setUp(self) -> None:
        self.house = House()
        self.registry = self.house.registry
        self.people = self.house.people(["Ann", "Bob"], TEXT)
        self.registry.accounts.put(ACCOUNT)

    def user(self, nick: str = "Ann") -> User:
        return self.registry.find_user(nick)

    def test_what_he_had(self) -> None:
        ann, bob = self.people
        ann.command("join #dev")
        bob.command("join #own")
        self.registry.mute(self.registry.server, None, self.user(), 60)
        self.registry.invite(self.registry.server, self.registry.rooms["#own"], self.user())
        bob.command("ignore Ann")
        guest = self.user().id
        self.registry.identify(self.user(), ACCOUNT)
        room = self.registry.rooms["#dev"]
        self.assertEqual(room.ranks, {"a1": RoomRank.FOUNDER})
        self.assertEqual(
            (list(self.registry.mutes), list(self.registry.rooms["#own"].invited)), (["a1"], ["a1"])
        )
        self.assertEqual((self.user("Bob").ignoring, list(self.registry.ignorers)), ({"a1": "Ann"}, ["a1"]))
        self.assertEqual((self.user().marks, room.marked), ({}, set()))
        self.assertEqual(self.user().id, guest, "it is the same user")

    def test_it_outlasts_his_leaving(self) -> None:
        ann, bob = self.people
        ann.command("join #dev")
        bob.command("join #dev")
        self.registry.identify(self.user(), ACCOUNT)
        ann.command("quit")
        self.assertEqual(self.registry.rooms["#dev"].ranks, {"a1": RoomRank.FOUNDER})

    def test_twice_is_once(self) -> None:
        self.registry.identify(self.user(), ACCOUNT)
        self.registry.identify(self.user(), ACCOUNT)
        other = replace(ACCOUNT, id="a2", name="Other")
        error = self.assertRaises(ChatError, self.registry.identify, self.user(), other)
        self.assertEqual(error.code, Code.NOT_ALLOWED)

    def test_a_registered_name_is_its_accounts(self) -> None:
        for raw, code in (("ALICE", Code.NAME_REGISTERED), ("A1ice", Code.NAME_TAKEN)):
            error = self.assertRaises(ChatError, self.registry.check_name, nickname(raw))
            self.assertEqual(error.code, code)
        self.registry.check_name(nickname("Alice"), account="a1")
        self.registry.identify(self.user(), ACCOUNT)
        self.registry.rename(self.user(), nickname("Alice"))
        self.assertEqual(self.user("alice").who.account, "a1")
