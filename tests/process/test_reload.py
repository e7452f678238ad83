"""SIGHUP: the settings file is read again, and what changed holds at once, for those connected too."""

from __future__ import annotations

import signal
from pathlib import Path
from unittest import TestCase

from tests.process.people import Owner, nc
from tests.process.server import ANY_PORT, Server
from tests.process.streams import dial
from tests.requirements import requires

FILE = """\
[server]
name = "one.example"
motd = ["first"]
[limits]
lines_per_second = 0
rooms_per_user = 5
"""


@requires("nc")
class Reload(TestCase):
    """A server on a settings file that changes."""

    def setUp(self) -> None:
        self.file = Path("chatd.toml")
        self.file.write_text(FILE)
        self.server = Server(self, "--config", str(self.file), "--set", "limits.topic_bytes=50")

    def change(self, *changes: tuple[str, str], words: str) -> str:
        """Change the file, send the signal, and return the line of the log that has these words."""
        text = self.file.read_text()
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        self.file.write_text(text)
        self.server.signal(signal.SIGHUP)
        return self.server.heard(words)

    def test_what_changed_holds_for_those_connected(self) -> None:
        alice = nc(self, self.server, "Alice")
        line = self.change(
            ('"first"', '"second"'),
            ("rooms_per_user = 5", "rooms_per_user = 1"),
            ("one.example", "two.example"),
            words="settings changed",
        )
        for key in ("server.name", "server.motd", "limits.rooms_per_user"):
            self.assertIn(key, line)
        alice.say("/motd", "/join #dev")
        alice.expect("second")
        alice.expect("Error: you are in 1 rooms already")
        nc(self, self.server).expect("two.example")

    def test_a_budget_for_those_connected(self) -> None:
        alice, bob = nc(self, self.server, "Alice"), nc(self, self.server, "Bob")
        alice.expect("Bob has joined")
        alice.say(*(f"line {number}" for number in range(200)))
        bob.expect("line 199")
        self.change(("lines_per_second = 0", "lines_per_second = 0.1"), words="settings changed")
        alice.say(*(f"again {number}" for number in range(200)))
        alice.expect("Error: too many of your lines are waiting.")
        bob.expect("Alice has quit (too many lines)")

    def test_naming_time_for_those_connected(self) -> None:
        stranger = dial(self, self.server.port())
        self.assertIn(b"Welcome", stranger.recv(4096))
        self.change(("[limits]", "[limits]\nnaming_seconds = 0.2"), words="settings changed")
        with stranger.makefile("rb") as lines:
            self.assertIn(b"Error: you took too long", lines.read())

    def test_options_stand_over_the_file_still(self) -> None:
        alice = nc(self, self.server, "Alice")
        self.change(("[limits]", "[limits]\ntopic_bytes = 300"), words="reloading")
        alice.say("/join #dev", "/topic " + "x" * 51)
        alice.expect("Error: this is too long: at most 50 bytes")

    def test_what_has_to_wait_says_so(self) -> None:
        alice = nc(self, self.server, "Alice")
        line = self.change(
            (
                "[server]",
                '[manhole]\nendpoints = ["tcp:0"]\nkeys = "nobody"\n[log]\nchat_dir = "chat"\n[server]',
            ),
            words="change with the next start",
        )
        self.assertIn("manhole.endpoints, log.chat_dir", line)
        self.assertFalse(Path("chat").exists())
        alice.say("/motd")
        alice.expect("first")

    def test_a_bad_file_changes_nothing(self) -> None:
        alice = nc(self, self.server, "Alice")
        for bad in ('motd = ["first"]\nmotdd = 3', "motd = ["):
            line = self.change(('motd = ["first"]', bad), words="the old settings stay")
            self.assertIn("chatd.toml", line)
            self.file.write_text(FILE)
        self.file.unlink()
        self.server.signal(signal.SIGHUP)
        self.assertIn("No such file", self.server.heard("the old settings stay"))
        alice.say("/motd")
        alice.expect("first")

    @requires("ssh")
    def test_keys_of_the_shell(self) -> None:
        """A key that is no longer listed is put out at once and cannot come back; a bad file changes nothing."""
        owner, other = Owner(self), Owner(self, "other")
        listed = Path("listed")
        own, others = owner.public.read_text(), other.public.read_text()
        listed.write_text(own)
        server = Server(self, "--manhole", ANY_PORT, "--manhole-keys", str(listed), data="second")
        shell = owner.shell(server)
        shell.expect(">>> ")
        listed.write_text("nonsense\n")
        server.signal(signal.SIGHUP)
        server.heard("the old keys stay")
        shell.say("/users")
        shell.expect("0 online")
        listed.write_text(others)
        server.signal(signal.SIGHUP)
        shell.rest()
        self.assertIn("Permission denied", owner.ssh(server, "/users").stderr)
        self.assertEqual(other.ssh(server, "/users").returncode, 0)
