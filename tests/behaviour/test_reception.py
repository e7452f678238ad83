"""What lies before a nickname: the server's password, and commands that come too early."""

from __future__ import annotations

from typing import Any

import msgspec

from chatd.core.user import Rank
from chatd.settings import Server as ServerSettings
from chatd.settings import Settings
from chatd.wire.telnet import HIDE, SHOW
from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.client import you_are
from tests.behaviour.clients import TextClient

PASSWORD = "sesame"
LOCKED = Settings(server=ServerSettings(password=PASSWORD))


class Locked(Behaviour):
    """A server that asks for a password."""

    settings = LOCKED

    def test_no_name_without_it(self) -> None:
        alice = self.client()
        alice.seen()
        alice.command("nick Alice")
        self.assertEqual(alice.seen()[0], ("error", "this server asks for a password first: /pass PASSWORD"))
        self.assertEqual(self.server.nicks(), [])
        self.assertNotIn("alice", self.server.claims.owners)

    def test_the_right_one_lets_in(self) -> None:
        alice = self.client()
        alice.command(f"pass {PASSWORD}")
        alice.command("nick Alice")
        self.assertIn(alice.shown(you_are("Alice")), alice.seen())

    def test_three_wrong_ones_close(self) -> None:
        alice = self.client()
        alice.seen()
        for _ in range(2):
            alice.command("pass wrong")
            self.assertEqual(alice.seen()[0], ("error", "wrong password"))
            self.assertFalse(alice.closed)
        alice.command("pass wrong")
        self.assertIn(b"wrong password", alice.raw())
        self.assertTrue(alice.closed)

    def test_it_is_never_shown(self) -> None:
        alice = self.client()
        alice.command(f"pass {PASSWORD}x")
        alice.command(f"pass {PASSWORD}")
        self.assertNotIn(PASSWORD.encode(), alice.raw())

    def test_it_is_not_asked_for_in_the_clear(self) -> None:
        alice = self.client(address="198.51.100.7")
        self.assertIn(b"This server asks for a password: connect over TLS.", alice.raw())
        self.assertTrue(alice.closed)

    def test_it_is_asked_for_where_nobody_can_listen(self) -> None:
        for address, secure in (("127.0.0.1", False), ("::1", False), ("198.51.100.7", True)):
            alice = self.client(address=address, secure=secure)
            self.assertIn(("prompt", "Password: "), alice.seen(), address)
            self.assertFalse(alice.closed)


class PlaintextAllowed(Behaviour):
    """An owner who accepts passwords in the clear."""

    settings = Settings(server=ServerSettings(password=PASSWORD, plaintext_passwords=True))

    def test_it_is_asked_for_everywhere(self) -> None:
        alice = self.client(address="198.51.100.7")
        alice.command(f"pass {PASSWORD}")
        alice.command("nick Alice")
        self.assertEqual(self.server.nicks(), ["Alice"])


class Asked(Behaviour):
    """How a person is asked for a password."""

    __test__ = True
    kinds = (TextClient,)
    settings = LOCKED

    def test_plain_lines_answer_and_are_hidden_while_typed(self) -> None:
        alice = self.client()
        self.assertEqual(
            alice.raw(), b"Welcome to chatd at localhost (0 online). Type /help.\r\n" + HIDE + b"Password: "
        )
        alice.say("wrong")
        self.assertEqual(alice.raw(), SHOW + b"-> Error: wrong password\r\n" + HIDE + b"Password: ")
        alice.say(PASSWORD)
        self.assertEqual(alice.raw(), SHOW + b"Enter your nickname: ")
        alice.say("Alice")
        self.assertTrue(
            alice.raw().startswith(b"-> You are Alice (guest). /register PASSWORD keeps this name.\r\n")
        )

    def test_telnet_that_showed_no_line_end_is_sent_one(self) -> None:
        alice = self.client()
        alice.transmit(b"\xff\xfd\x01")  # DO ECHO, the answer to HIDE
        alice.raw()
        alice.say("wrong")
        self.assertEqual(alice.raw(), SHOW + b"\r\n-> Error: wrong password\r\n" + HIDE + b"Password: ")

    def test_nothing_of_telnet_is_sent_over_tls(self) -> None:
        alice = self.client(secure=True)
        alice.say("wrong")
        alice.say(PASSWORD)
        self.assertNotIn(b"\xff", alice.raw())

    def test_nothing_of_telnet_is_sent_to_programs(self) -> None:
        bot = self.client()
        bot.raw()
        bot.transmit(b'{"type":"command","line":"pass wrong","ref":1}\n')
        bot.transmit(b'{"type":"command","line":"pass %b","ref":2}\n' % PASSWORD.encode())
        bot.transmit(b'{"type":"command","line":"nick Bot","ref":3}\n')
        lines = [line for line in bot.lines()[1:] if line]
        objects: list[dict[str, Any]] = []
        for line in lines:
            self.assertTrue(line.startswith(b"{"), line)
            objects.append(msgspec.json.decode(line))
        self.assertEqual(
            [(each["type"], each["ref"]) for each in objects if "ref" in each],
            [("error", 1), ("done", 2), ("named", 3)],
        )

    def test_one_line_end_stands_between_the_prompt_and_the_first_object(self) -> None:
        bot = self.client()
        bot.raw()
        bot.transmit(b'{"type":"command","line":"motd","ref":1}\n')
        self.assertTrue(bot.raw().startswith(SHOW + b'\r\n{"type":"welcome"'))

    def test_what_is_typed_is_shown_again_to_who_turns_to_json(self) -> None:
        alice = self.client()
        alice.raw()
        alice.command("format json")
        self.assertTrue(alice.raw().startswith(SHOW))


class TooEarly(Behaviour):
    """Commands before a nickname."""

    def test_each_gets_one_clear_answer(self) -> None:
        for row in self.server.commands.rows:
            if row.name in ("nick", "quit", "format", "pass", "ping"):
                continue  # tried elsewhere
            for name in row.names:
                for line in (name, f"{name} x", row.example.removeprefix("/")):
                    alice = self.client()
                    alice.seen()
                    alice.command(line)
                    seen = [each for each in alice.seen() if each[0] != "prompt"]
                    self.assertEqual(len(seen), 1, (line, seen))
                    if row.rank > Rank.USER:
                        # Of /account add there is /account, of /invitation list nothing.
                        words = (
                            "unknown command",
                            "choose a nickname first" if " " in row.name else "unknown",
                        )
                        self.assertTrue(seen[0][1].startswith(words), (line, seen))
                    elif row.named:
                        self.assertEqual(seen[0], ("error", "choose a nickname first"), line)
                    self.assertFalse(alice.closed, line)
                    alice.hang_up()

    def test_plain_ones(self) -> None:
        for line, kind in (("nick", "usage"), ("pass", "usage"), ("format", "usage"), ("format x", "error")):
            alice = self.client()
            alice.seen()
            alice.command(line)
            self.assertEqual([each[0] for each in alice.seen() if each[0] != "prompt"], [kind], line)

    def test_quit(self) -> None:
        alice = self.client()
        alice.seen()
        alice.command("quit")
        self.assertEqual(alice.seen(), [("answer", "Goodbye.")])
        self.assertTrue(alice.closed)

    def test_nobody_is_told_of_who_never_took_a_name(self) -> None:
        (bob,) = self.people("Bob")
        alice = self.client()
        alice.command("me waves")
        alice.hang_up()
        self.assert_seen(bob)


for each in (Locked, PlaintextAllowed, TooEarly):
    globals().update(over_front_ends(each))
