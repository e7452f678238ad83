"""Masks that a room keeps besides its bans: exceptions, invitations and mutes."""

from __future__ import annotations

from msgspec.structs import replace

from chatd.core.accounts import Account
from chatd.core.masks import MaskList, parse
from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.clients import Client, JsonClient

COMMANDS = (("exempt", "unexempt"), ("admit", "unadmit"), ("quiet", "unquiet"))
TITLES = ("Exempt from the bans of #dev", "Admitted to #dev uninvited", "Quiet in #dev")
ADDED = (
    "exempted {0} from the bans of #dev",
    "admitted {0} to #dev uninvited",
    "quieted {0} in #dev",
)
REMOVED = (
    "exempts {0} from the bans of #dev",
    "admits {0} to #dev uninvited",
    "quiets {0} in #dev",
)


class Keeping(Behaviour):
    """How they are put there, shown, and taken away."""

    def test_each_list(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        for (add, remove), title, added, removed in zip(COMMANDS, TITLES, ADDED, REMOVED, strict=True):
            alice.command(add)
            self.assertEqual(self.answer(alice), (f"{title}: nobody.",))
            alice.command(f"{add} Spam*!*@*")
            for person in (alice, bob):
                self.assert_seen(person, ("mask added", "Alice", added.format("spam*")))
            alice.command(add)
            self.assertEqual(self.answer(alice), (f"{title}:", "  spam* by Alice"))
            alice.command(f"{add} spam*")
            self.assert_refused(alice, "of #dev already")
            alice.command(f"{remove} spam*")
            for person in (alice, bob):
                self.assert_seen(person, ("mask removed", "Alice", removed.format("spam*")))
            alice.command(f"{remove} spam*")
            self.assert_refused(alice, '"spam*" is not among the')
            alice.command(f"{add} *!*@*")
            self.assert_refused(alice, "would match everybody")

    def test_only_operators_do_it(self) -> None:
        _, bob = self.together("#dev", "Alice", "Bob")
        for commands in COMMANDS:
            for line in (*commands, *(f"{each} spam*" for each in commands)):
                bob.command(line)
                self.assertEqual(bob.seen()[0][0], "error", line)
        self.assertEqual(dict(self.server.registry.rooms["#dev"].lists), {})

    def test_addresses_are_the_servers_operators(self) -> None:
        """Else who keeps a room would find out by them where somebody is."""
        alice, bob = self.together("#dev", "Alice", "Bob")
        (carol,) = self.people("Carol")
        self.make_operator("Carol")
        carol.command("join #dev")
        for add, remove in COMMANDS:
            self.forget()
            for mask in ("203.0.113.7", "*!*@203.0.113.7", "address:2001:db8::/32"):
                for line in (f"{add} {mask}", f"{remove} {mask}"):
                    alice.command(line)
                    self.assert_refused(alice, "addresses are banned by operators of the server")
            carol.command(f"{add} #dev 203.0.113.7")
            for person in (alice, bob):
                self.assertNotIn("203.0.113.7", str(person.seen()))
            alice.command(add)
            self.assertNotIn("203.0.113.7", str(alice.seen()))
            carol.seen()
            carol.command(f"{add} #dev")
            self.assertIn("203.0.113.7", str(carol.seen()))
            carol.command(f"{remove} #dev 203.0.113.7")
            self.assertNotIn("203.0.113.7", str(bob.seen()))
        alice.command("ban *!*@203.0.113.0/24")
        self.assertIn("addresses are banned by operators of the server", str(alice.seen()))


class Meeting(Behaviour):
    """What they do to whom they meet."""

    def test_an_exception_lets_in_who_is_banned(self) -> None:
        alice, bob, carol = self.together("#dev", "Alice", "Bob", "Carol")
        alice.command("exempt Bob")
        alice.command("ban *o*")
        self.assertEqual([each[1] for each in bob.seen() if each[0] == "kicked"], ["Carol"])
        self.assertIn(("kicked", "Carol", "#dev", "Alice", "banned"), carol.seen())
        bob.command("part #dev")
        self.forget()
        bob.command("join #dev")
        self.assertIn(("joined", "Bob", "#dev", "2"), bob.seen())
        carol.command("join #dev")
        self.assert_refused(carol, "you are banned from #dev")
        bob.command("nick Tom")
        self.assert_refused(bob, "that nickname is banned from #dev")
        alice.command("unexempt Bob")
        bob.command("part")
        self.forget()
        bob.command("join #dev")
        self.assert_refused(bob, "you are banned from #dev")

    def test_nobody_excepts_himself(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("op Bob")
        alice.command("ban Bob")
        self.forget()
        for mask in ("Bob", "b?b", "Bob!~u@*"):
            bob.command(f"exempt #dev {mask}")
            self.assert_refused(bob, "you cannot lift your own ban")
        bob.command("exempt #dev spam*")
        self.assertEqual([each for each in bob.seen() if each[0] == "error"], [])

    def test_an_exception_makes_no_way_round_a_rank(self) -> None:
        """Whom one may not ban, one may not ban by an exception that is taken back later, either."""
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("op Bob")
        self.server.registry.rooms["#dev"].registered = True  # till then its founder is one of its operators
        self.forget()
        bob.command("exempt Alice")
        self.forget()
        bob.command("ban Alice")
        self.assert_refused(bob, "Alice ranks above you")

    def test_who_is_admitted_enters_uninvited(self) -> None:
        alice, bob, carol = self.people("Alice", "Bob", "Carol")
        alice.command("join #dev")
        alice.command("room invite-only on")
        alice.command("admit B*")
        self.forget()
        bob.command("join #dev")
        self.assert_seen(bob, ("joined", "Bob", "#dev", "2"))
        carol.command("join #dev")
        self.assert_refused(carol, "ask to be invited")
        bob.command("part")
        alice.command("unadmit b*")
        self.forget()
        bob.command("join #dev")
        self.assert_refused(bob, "ask to be invited")

    def test_who_is_quiet_speaks_with_a_voice_only(self) -> None:
        alice, bob, carol = self.together("#dev", "Alice", "Bob", "Carol")
        alice.command("quiet B*!*@*")
        self.forget()
        for line in ("hello", "/me waves"):
            bob.transmit(bob.packet(line))
            self.assert_refused(bob, "you are muted in #dev")
        carol.say("hello")
        self.assert_seen(bob, ("said", "#dev", "Carol", "hello"))
        alice.command("voice Bob")
        self.forget()
        bob.say("hello")
        self.assertIn(("said", "#dev", "Bob", "hello"), carol.seen())
        alice.command("devoice Bob")
        alice.command("unquiet b*")
        self.forget()
        bob.say("hello")
        self.assertIn(("said", "#dev", "Bob", "hello"), carol.seen())

    def test_who_is_quiet_has_no_last_word(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("quiet Bob")
        alice.command("room open-topic on")
        self.forget()
        for line in ("topic shouting", "away shouting", "part #dev shouting", "join #dev", "quit shouting"):
            bob.command(line)
        self.assertNotIn(b"shouting", alice.raw())

    def test_a_nickname_banned_with_its_host_cannot_be_taken_inside(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("ban Spam*!~u@*")
        self.forget()
        bob.command("nick Spammer")
        self.assert_refused(bob, "that nickname is banned from #dev")
        bob.command("nick Rob")
        self.assertIn(("renamed", "Bob", "Rob"), alice.seen())

    def test_masks_of_an_account_end_with_it(self) -> None:
        (alice,) = self.together("#dev", "Alice")
        registry, now = self.server.registry, self.server.registry.time()
        account = Account("0f" * 16, "Keeper", now, now)
        registry.accounts.put(account)
        for line in ("exempt ~a:Keeper", "exempt spam*", "quiet Keeper"):
            alice.command(line)
        lists = registry.rooms["#dev"].lists
        self.assertEqual(list(lists[MaskList.EXCEPTION]), [f"account:{account.id}", "spam*"])
        registry.delete_account(account)
        self.assertEqual([list(lists[each]) for each in MaskList], [["spam*"], [], []])

    def test_an_operator_of_the_server_is_not_kept_quiet(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("quiet Bob")
        self.make_operator("Bob")
        self.forget()
        bob.say("hello")
        self.assert_seen(alice, ("said", "#dev", "Bob", "hello"))

    def test_who_speaks_from_outside(self) -> None:
        alice, _ = self.together("#dev", "Alice", "Bob")
        self.people("Carol")
        alice.command("room external on")
        alice.command("quiet Carol")
        registry = self.server.registry
        self.assertTrue(registry.quieted(registry.rooms["#dev"], self.server.user("Carol")))


class Limited(Behaviour):
    """Each list has as many masks as a room has bans."""

    settings = replace(Behaviour.settings, limits=replace(Behaviour.settings.limits, bans_per_room=2))

    def test_each_by_itself(self) -> None:
        (alice,) = self.together("#dev", "Alice")
        for add in ("ban", *(each for each, _ in COMMANDS)):
            for mask in ("one", "two"):
                alice.command(f"{add} {mask}")
            self.forget()
            alice.command(f"{add} three")
            self.assert_refused(alice, "#dev has 2")


class Told(Behaviour):
    """What a program is told."""

    __test__ = True
    kinds = (JsonClient,)

    def events(self, client: Client) -> list[tuple[object, ...]]:
        assert isinstance(client, JsonClient)
        return [
            (each["type"], each["list"], each["mask"], each["by"]["nick"])
            for each in client.objects()
            if each["type"].startswith("mask_")
        ]

    def test_the_lists_by_their_names(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        for which, commands in zip(MaskList, COMMANDS, strict=True):
            for line in commands:
                alice.command(f"{line} spam*")
            self.assertEqual(
                self.events(bob),
                [("mask_added", which, "spam*", "Alice"), ("mask_removed", which, "spam*", "Alice")],
            )

    def test_when_a_ban_was_made(self) -> None:
        (alice,) = self.together("#dev", "Alice")
        registry = self.server.registry
        room = registry.rooms["#dev"]
        alice.command("ban spam*")
        self.server.advance(5)
        registry.add_mask(registry.server, room, MaskList.MUTE, parse("eggs"))
        made = [room.bans["spam*"].made, room.lists[MaskList.MUTE]["eggs"].made]
        assert made[0] is not None
        assert made[1] is not None
        self.assertEqual((made[1] - made[0]).total_seconds(), 5)


for each in (Keeping, Meeting, Limited):
    globals().update(over_front_ends(each))
