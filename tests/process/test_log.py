"""What stands in the log, with and without -d, and what never does."""

from __future__ import annotations

from pathlib import Path
from unittest import TestCase

from tests.process.people import nc
from tests.process.server import Server, refused
from tests.process.streams import Peer
from tests.requirements import requires

PASSWORD = "correct-horse"
ROOM_KEY = "battery-staple"
SECRET = "between you and me"


@requires("nc")
class Logged(TestCase):
    """A conversation with secrets in it, logged."""

    def talk(self, server: Server) -> None:
        alice, bob = self.admitted(server, "Alice"), self.admitted(server, "Bob")
        alice.expect("Bob has joined #lobby")
        alice.say("said aloud", "/join #den", f"/room key {ROOM_KEY}")
        bob.expect("Alice: said aloud")
        alice.expect("#den is now locked with a key")
        bob.say(f"/join #den {ROOM_KEY}x", f"/join #den {ROOM_KEY}")
        bob.expect("-> Error: ")
        alice.expect("Bob has joined #den")
        bob.say(f"/pm Alice {SECRET}", f"/me whispers to #den {ROOM_KEY[:3]}")
        alice.expect(f"[PM from Bob] {SECRET}")
        bob.say("/quit")
        alice.expect("Bob has quit")

    def admitted(self, server: Server, nick: str) -> Peer:
        peer = nc(self, server)
        peer.expect("Password: ")
        peer.say(f"not-{PASSWORD}")
        peer.expect("-> Error: ")
        peer.say(PASSWORD)
        peer.enter(nick)
        return peer

    def everything_written(self, server: Server) -> str:
        """Return the log, and what stands in the files of the data folder."""
        server.stop()
        files = [path.read_bytes().decode(errors="replace") for path in Path("data").iterdir()]
        return "\n".join([server.log.text, *files])

    def test_debug(self) -> None:
        """-d logs each event on one line; keys, passwords and what is said in private stay out of it."""
        server = Server(self, "-d", "--set", f"server.password={PASSWORD}")
        self.talk(server)
        for event in ("joined", "message", "room", "private", "quit"):
            line = server.log.find(rf'.*chatd\.events#debug\] {{"type":"{event}".*')
            self.assertTrue(line.endswith("}"), line)
        self.assertIn("said aloud", server.log.text)
        written = self.everything_written(server)
        for secret in (PASSWORD, ROOM_KEY, SECRET):
            self.assertNotIn(secret, written)

    def test_without_debug(self) -> None:
        """No event is logged, secret or not."""
        server = Server(self, "--set", f"server.password={PASSWORD}")
        self.talk(server)
        written = self.everything_written(server)
        for words in (PASSWORD, ROOM_KEY, SECRET, "said aloud", "Alice", "chatd.events"):
            self.assertNotIn(words, written)

    def test_one_record_one_line(self) -> None:
        """What a client sends cannot begin a line of the log, nor colour the owner's terminal."""
        server = Server(self, "-d")
        alice = nc(self, server, "Alice")
        alice.say("/join #own", "/topic one\u2028two", "/me three\u0085four", "/away \u202efive\x1b[31m")
        alice.say("/quit \u2029six")
        alice.rest()
        server.ctl("/broadcast seven\neight\x1b[31m\rnine")
        server.stop()
        for line in server.log.text.removesuffix("\n").split("\n"):
            self.assertRegex(line, r"\A\d{4}-\d\d-\d\dT[^\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]*\Z")

    def test_a_password_of_digits(self) -> None:
        """It is a password like any other."""
        server = Server(self, "--set", "server.password=271828")
        peer = nc(self, server)
        peer.expect("Password: ")
        peer.say("271828")
        peer.enter("Alice")

    def test_an_option_with_a_secret(self) -> None:
        """A mistake beside it does not show it: services keep what is written on stderr."""
        line = refused(self, "--set", f"server.password=['{PASSWORD}']")
        self.assertIn("server.password", line)
        self.assertNotIn(PASSWORD, line)
