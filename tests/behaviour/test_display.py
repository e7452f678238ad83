"""Help, and how things are shown to people: colours, times, bells."""

from __future__ import annotations

from chatd.core.user import Rank
from chatd.settings import Server as ServerSettings
from chatd.settings import Settings
from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.clients import TextClient


class Helping(Behaviour):
    """Finding out what there is."""

    def test_there_is_a_page_for_every_command_under_all_its_names(self) -> None:
        (alice,) = self.people("Alice")
        self.make_operator("Alice")
        for row in self.server.commands.rows:
            for name in row.names:
                alice.command(f"help {name}")
                if row.rank > Rank.OPERATOR or not row.chat:
                    self.assertIn(alice.seen()[0][0], ("error", "usage"))
                    continue
                page = self.answer(alice)
                self.assertTrue(page[0].startswith(f"/{row.name}"), page)
                self.assertIn(f"  Example: {row.example}".strip(), page[-1])
                for alias in row.names[1:]:
                    self.assertIn(f"/{alias}", page[1])

    def test_the_list_names_every_command_there_is_for_who_asks(self) -> None:
        (alice,) = self.people("Alice")
        for alias in ("help", "commands"):
            alice.command(alias)
            *groups, _ = self.answer(alice)
            listed = [name for group in groups for name in group.partition(": ")[2].split(", ")]
            there_are = [f"/{row.name}" for row in self.server.commands.rows if row.rank == Rank.USER]
            self.assertEqual(sorted(listed), sorted(there_are))

    def test_slash_and_capitals_make_no_difference(self) -> None:
        (alice,) = self.people("Alice")
        alice.command("help /ROOM info")
        self.assertEqual(self.answer(alice)[0].partition(":")[0], "/room info [ROOM]")

    def test_no_such_page(self) -> None:
        (alice,) = self.people("Alice")
        alice.command("help jion")
        self.assert_refused(alice, "Did you mean /join?")

    def test_the_menu(self) -> None:
        (alice,) = self.people("Alice")
        alice.command("menu")
        text = "\n".join(self.answer(alice))
        for typed in ("/join #dev", "/part #dev", "/rooms", "/users", "/pm Bob", "/nick", "/quit", "/help"):
            self.assertIn(typed, text)

    def test_examples_of_the_menu_are_commands(self) -> None:
        alice, _ = self.people("Alice", "Bob")
        alice.command("menu")
        for line in self.answer(alice)[1:]:
            typed = line.rpartition("  ")[2]
            if typed.startswith("/quit") or not typed.startswith("/"):
                continue
            alice.command(typed[1:])
            self.assertNotIn("usage", [each[0] for each in alice.seen()], typed)

    def test_nothing_is_written_by_default(self) -> None:
        (alice,) = self.people("Alice")
        alice.command("motd")
        self.assertEqual(self.answer(alice), ("There is no message of the day.",))
        alice.command("rules")
        self.assertEqual(self.answer(alice), ("No rules are written down.",))

    def test_version(self) -> None:
        (alice,) = self.people("Alice")
        alice.command("version")
        self.assertTrue(self.answer(alice)[0].startswith("chatd "))

    def test_too_much_is_answered_with_the_usage(self) -> None:
        (alice,) = self.people("Alice")
        for line, usage in (
            ("back now", "/back"),
            ("users all", "/users"),
            ("timestamp", "/timestamp on|off"),
            ("timestamp on off", "/timestamp on|off"),
            ("room key", "/room key [ROOM] KEY|off"),
            ("me", "/me ACTION"),
        ):
            if line == "room key":
                alice.command("join #dev")
                self.forget()
            alice.command(line)
            self.assert_seen(alice, ("usage", usage))


class Written(Behaviour):
    """The message of the day and the rules, before naming too."""

    settings = Settings(server=ServerSettings(motd=("Welcome!", "Be kind."), rules=("No spam.",)))

    def test_shown(self) -> None:
        alice = self.client()
        alice.seen()
        alice.command("motd")
        self.assertEqual(alice.seen()[0], ("answer", "Welcome!", "Be kind."))
        alice.command("rules")
        self.assertEqual(alice.seen()[0], ("answer", "No spam."))


class Shown(Behaviour):
    """What a person can turn on."""

    __test__ = True
    kinds = (TextClient,)

    def test_plain_by_default(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        bob.say("Alice: hello")
        bob.command("me waves at Alice")
        bob.command("pm Alice hello Alice")
        self.assertEqual(
            alice.lines(), [b"Bob: Alice: hello", b"~ Bob waves at Alice", b"[PM from Bob] hello Alice"]
        )

    def test_one_is_not_shown_ones_own_lines(self) -> None:
        alice, _ = self.people("Alice", "Bob")
        alice.say("hello")
        alice.command("me waves")
        alice.command("pm Bob hello")
        self.assertEqual(alice.raw(), b"")

    def test_double_slash_says_a_slash(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.say("//join is a command")
        self.assertEqual(bob.lines(), [b"Alice: /join is a command"])
        self.assertEqual(list(self.server.registry.rooms), ["#lobby"])

    def test_timestamp(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.command("timestamp on")
        self.assertEqual(alice.lines(), [b"-> Times are shown."])
        bob.say("hello")
        self.server.advance(61)
        bob.command("pm Alice hi")
        bob.command("part x")
        bob.command("nick Rob")
        self.assertEqual(
            alice.lines(),
            [b"03:04:05Z Bob: hello", b"03:05:06Z [PM from Bob] hi", b"03:05:06Z  * Bob is now known as Rob"],
        )
        alice.command("timestamp off")
        bob.say("hello")
        self.assertEqual(alice.lines(), [b"-> Times are no longer shown.", b"Rob: hello"])

    def test_color(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.command("color on")
        bob.say("hello")
        bob.command("nick Rob")
        alice.lines()
        bob.say("hello")
        bob.command("nick Bob")
        first, second = alice.lines()
        self.assertRegex(first, rb"\A\x1b\[\d+mRob\x1b\[0m: hello\Z")
        self.assertEqual(second, b"\x1b[2m * Rob is now known as Bob\x1b[0m")
        alice.command("color off")
        alice.lines()
        bob.say("hello")
        self.assertEqual(alice.lines(), [b"Bob: hello"])

    def test_the_bell_rings_for_ones_own_nickname_only(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.command("bell on")
        alice.lines()
        for text, rings in (
            ("alice: hello", True),
            ("hello Alice!", True),
            ("hello malice", False),
            ("Alicia", False),
            ("hello", False),
        ):
            bob.say(text)
            self.assertEqual(alice.lines(), [f"Bob: {text}".encode() + (b"\x07" if rings else b"")], text)
        alice.say("I, Alice")
        self.assertEqual(bob.lines(), [b"Alice: I, Alice"])
        self.assertEqual(alice.raw(), b"")
        alice.command("nick Al")
        alice.lines()
        bob.say("Al or Alice?")
        self.assertEqual(alice.lines(), [b"Bob: Al or Alice?\x07"])
        alice.command("bell off")
        alice.lines()
        bob.say("Al")
        self.assertEqual(alice.lines(), [b"Bob: Al"])

    def test_the_bell_rings_in_private_too(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.command("bell on")
        alice.lines()
        bob.command("pm Alice hello")
        self.assertEqual(alice.lines(), [b"[PM from Bob] hello"])
        bob.command("pm Alice hello Alice")
        self.assertEqual(alice.lines(), [b"[PM from Bob] hello Alice\x07"])

    def test_the_settings_go_along_into_other_rooms(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.command("timestamp on")
        for person in (alice, bob):
            person.command("join #dev")
        alice.raw()
        bob.say("hello")
        self.assertEqual(alice.lines(), [b"03:04:05Z Bob: hello"])


for each in (Helping, Written):
    globals().update(over_front_ends(each))
