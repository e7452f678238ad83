"""Everybody in one conversation: nc, telnet, OpenSSL and a bot, and the owner at his SSH shell."""

from __future__ import annotations

import sys
from pathlib import Path
from unittest import TestCase

from tests.authority import IssuedFiles
from tests.process.people import Owner, nc, s_client, telnet
from tests.process.server import ANY_PORT, Server
from tests.process.streams import finished, run
from tests.requirements import requires

BOT = """\
import json, socket, sys
lines = socket.create_connection(("127.0.0.1", int(sys.argv[1]))).makefile("rw", encoding="utf-8", newline="\\n")
def ask(**request):
    print(json.dumps(request), file=lines, flush=True)
ask(type="command", line="/nick Dicebot")
ask(type="command", line="/join #games")
for event in (json.loads(line) for line in lines if line.startswith("{")):
    print(event["type"], flush=True)
    if event["type"] == "message" and event["body"]["text"] == "roll":
        ask(type="say", room=event["room"], text=f"a four for {event['from']['nick']}")
"""


@requires("nc")
class Netcat(TestCase):
    """nc, as in the README."""

    def test_two_people(self) -> None:
        """They talk; nobody is shown his own line; /quit ends it, and the other sees who left."""
        server = Server(self)
        alice = nc(self, server, "Alice")
        bob = nc(self, server, "Bob")
        alice.expect(" * Bob has joined #lobby (2 here)\r\n")
        alice.say("Hi Bob, schön dich zu sehen 👋")
        bob.expect("Alice: Hi Bob, schön dich zu sehen 👋\r\n")
        bob.say("Hi Alice!", "/pm Alice just us")
        self.assertEqual(alice.expect("[PM from Bob] just us\r\n"), "Bob: Hi Alice!\r\n")
        bob.say("/quit see you")
        self.assertEqual(bob.rest(), "-> Goodbye.\r\n")
        alice.expect(" * Bob has quit (see you)\r\n")

    def test_half_closed(self) -> None:
        """`printf … | nc -N` has all its answers, and the server closes."""
        server = Server(self)
        done = finished("nc", "-N", "127.0.0.1", str(server.port()), input="Alice\n/users\nhello\n/ping\n")
        self.assertEqual(done.returncode, 0)
        for words in ("You are Alice", "1 online: Alice", "pong", "Goodbye."):
            self.assertIn(words, done.stdout)

    def test_a_name_that_is_taken(self) -> None:
        """One is asked again, not dropped."""
        server = Server(self)
        nc(self, server, "Alice")
        other = nc(self, server)
        other.expect("Enter your nickname: ")
        other.say("ALICE")
        other.expect("-> Error: ")
        other.enter("Alina")


@requires("telnet")
class Telnet(TestCase):
    """The telnet program, in front of a person."""

    def test_talks(self) -> None:
        """Lines arrive whole and clean, and it says when the server closes."""
        server = Server(self)
        ann, bob = telnet(self, server, "Ann"), telnet(self, server, "Bob")
        ann.expect("Bob has joined")
        bob.say("hello over there")
        ann.expect("Bob: hello over there\r\n")
        ann.say("/quit")
        ann.expect("-> Goodbye.")
        ann.expect("Connection closed")
        bob.expect("Ann has quit")

    def test_a_password_is_not_shown(self) -> None:
        """While the password is typed, the server asks telnet to leave the showing to it, and back after."""
        server = Server(self, "--set", "server.password=sesame")
        ann = telnet(self, server)
        ann.expect("Password: ")
        ann.say("sesame")
        ann.expect("Enter your nickname: ")
        ann.say("Ann")
        ann.expect("-> You are Ann")
        self.assertNotIn("sesame", ann.text)


@requires("nc")
@requires("openssl")
@requires("ssh")
@requires("telnet")
class Everybody(IssuedFiles, TestCase):
    """One conversation over several rooms, each by other means."""

    def test_a_conversation(self) -> None:
        owner = Owner(self)
        tls = self.description()
        server = Server(self, "--name", "chat.example", *owner.options, listen=(ANY_PORT, tls))
        alice = nc(self, server, "Alice")
        bob = telnet(self, server, "Bob")
        carol = s_client(self, server, self.authority, "Carol")
        Path("bot.py").write_text(BOT)
        bot = run(self, sys.executable, "bot.py", str(server.port()))
        bot.expect("entered\n")
        bot.expect("entered\n")
        alice.expect("Dicebot has joined #lobby (4 here)\r\n")

        # The lobby: in one order for all, and nothing comes back.
        alice.say("good evening")
        bob.expect("Alice: good evening\r\n")
        carol.expect("Alice: good evening\r\n")
        carol.say("and to you, over TLS")
        bob.expect("Carol: and to you, over TLS\r\n")
        self.assertEqual(alice.expect("Carol: and to you, over TLS\r\n"), "")

        # A second room: Bob stays in the lobby and hears nothing of it.
        alice.say("/join #games")
        alice.expect("Alice has joined #games (2 here)\r\n")
        carol.say("/join games")
        alice.expect("Carol has joined #games (3 here)\r\n")
        alice.say("roll")
        alice.expect("Dicebot: a four for Alice\r\n")
        carol.expect("Alice: roll\r\n")
        carol.expect("Dicebot: a four for Alice\r\n")
        bob.say("anybody here?")
        alice.expect("[#lobby] Bob: anybody here?\r\n")
        carol.expect("[#lobby] Bob: anybody here?\r\n")
        carol.say("/me nods", "/whisper Bob in the games room")
        alice.expect("~ Carol nods\r\n")
        self.assertNotIn("four", bob.expect("[PM from Carol] in the games room\r\n"))

        # The owner throws Bob off.
        done = owner.ssh(server, "/kick Bob spamming")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("Bob", done.stdout)
        bob.expect("-> You have been kicked off the server")
        self.assertIn("spamming", bob.expect("Connection closed"))
        for peer in (alice, carol):
            self.assertIn("Bob was kicked off the server", peer.line("spamming"))
        self.assertNotIn("Bob", server.ctl("/users").stdout)

        # Those who are left are told of the end.
        server.stop()
        for peer in (alice, carol):
            self.assertIn("-> The server is stopping.\r\n", peer.rest())
        bot.expect("bye\n")
