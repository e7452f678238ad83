"""`chatd account`, with and without a running server."""

from __future__ import annotations

import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from unittest import TestCase

from chatd.cli import main
from tests.process.people import nc
from tests.process.server import CHATD, Server, clean, modes
from tests.process.streams import Peer, finished, terminal
from tests.requirements import requires

OLD, NEW = "correct-horse", "battery-staple"
PATIENCE = 60.0
"""Seconds for a command that starts a server of its own, on a busy machine."""


def account(*words: str, **how: Any) -> CompletedProcess[str]:
    """Run `chatd account` in the folder of the test."""
    act, *rest = words
    done = finished(*CHATD, "account", act, "--data", "data", *rest, timeout=PATIENCE, **how)
    clean(done.stdout + done.stderr)
    return done


def here(*words: str, typed: str) -> tuple[int, str]:
    """Run `chatd account` in this process, which is faster; return its status and what it wrote on stderr."""
    errors, stdin = StringIO(), sys.stdin
    sys.stdin = TextIOWrapper(BytesIO(f"{typed}\n".encode()))
    try:
        with redirect_stderr(errors), redirect_stdout(StringIO()):
            status = main(("account", *words[:1], "--data", "data", *words[1:]))
    except SystemExit as end:
        status = int(end.code or 0)
    finally:
        sys.stdin = stdin
    return status, errors.getvalue()


class AccountCase(TestCase):
    def done(self, *words: str, **how: Any) -> str:
        """Run an act that succeeds; return what it said."""
        done = account(*words, **how)
        self.assertEqual((done.returncode, done.stderr), (0, ""), words)
        return done.stdout

    def refused(self, *words: str, status: int = 1, **how: Any) -> str:
        """Run an act that is refused, in one line; return that."""
        done = account(*words, **how)
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (status, "", 1), done)
        return done.stderr

    def let_in(self, server: Server, password: str) -> Peer:
        peer = self.asked(server, password)
        peer.expect("Alice has joined #lobby")
        return peer

    def asked(self, server: Server, password: str) -> Peer:
        """Type Alice's name and a password."""
        peer = nc(self, server)
        peer.expect("Enter your nickname: ")
        peer.say("alice")
        peer.expect("Password of alice: ")
        peer.say(password)
        return peer


@requires("nc")
class Running(AccountCase):
    """Through the control socket."""

    def test_what_there_is(self) -> None:
        server = Server(self)
        self.assertEqual(self.done("add", "Alice", input=f"{OLD}\n"), "Alice has an account.\n")
        alice = self.let_in(server, OLD)
        self.assertIn("1 session ended", self.done("passwd", "alice", "--password-stdin", input=f"{NEW}\r\n"))
        self.assertIn("has set another password", alice.rest())
        alice = self.let_in(server, NEW)
        self.assertIn("1 user put off", self.done("suspend", "Alice", "spam", "&", "more"))
        self.assertIn("(account suspended: spam & more)", alice.rest())
        self.asked(server, NEW).expect("this account is suspended")
        self.assertIn(", suspended\n", self.done("list", "al*"))
        self.assertEqual(self.done("resume", "Alice"), "Alice may log in again.\n")
        self.let_in(server, NEW)
        self.done("rank", "Alice", "operator")
        listed = json.loads(self.done("list", "--json"))
        self.assertEqual(listed["accounts"][0]["rank"], "operator")
        self.assertEqual([each["name"] for each in listed["accounts"]], ["Alice"])
        self.assertNotIn("suspended", listed["accounts"][0])

    def test_invited(self) -> None:
        server = Server(self, "--set", "accounts.registration=invite")
        code, words = self.done("invite", "--days", "2").splitlines()
        self.assertEqual(words, f"good once, for 2d: /register {code} PASSWORD")
        bob = nc(self, server, "Bob")
        bob.say(f"/register {code} {OLD}")
        bob.expect("Bob is your nickname now")

    def test_refusals(self) -> None:
        Server(self)
        self.done("add", "Alice", input=f"{OLD}\n")
        refusals: tuple[tuple[str, str, int, str], ...] = (
            ("add ALICE", OLD, 1, "the nickname ALICE is registered"),
            ("add A1ice", OLD, 1, "looks too much like Alice"),
            ("add owner", OLD, 1, "is reserved"),
            ("add Bob", "two words", 1, "a password has no spaces"),
            ("add Bob\t/shutdown", OLD, 1, "a nickname holds only letters"),
            ("resume Bob", "", 1, "no account named Bob"),
            ("add Bob", "x" * 5000, 1, "too long for a password"),
            ("add Bob", "", 2, "no password was given"),
            ("add Bob", " \t", 2, "no password was given"),
            ("list a\tb", "", 2, "one word"),
            ("invite --days -1", "", 2, "Usage: /invitation"),
            ("nonsense", "", 2, "usage:"),
            ("add", "", 2, "usage:"),
            ("rank Alice king", "", 2, "usage:"),
            ("add Bob one two", "", 2, "usage:"),
        )
        for line, typed, status, words in refusals:
            with self.subTest(line):
                self.assertEqual(here(*line.split(" "), typed=typed)[0], status)
                self.assertIn(words, here(*line.split(" "), typed=typed)[1])
        self.assertIn("1 account:", self.done("list"))

    def test_as_an_argument(self) -> None:
        """It is taken, with a warning; both ways at once are not."""
        Server(self)
        done = account("add", "Alice", OLD)
        self.assertEqual((done.returncode, done.stdout), (0, "Alice has an account.\n"))
        self.assertIn("everybody on this machine can see", done.stderr)
        self.assertNotIn(OLD, done.stderr)
        self.refused("passwd", "Alice", NEW, "--password-stdin", status=2)

    def test_a_short_one(self) -> None:
        """The owner may set any; who has one logs in with it."""
        server = Server(self)
        self.assertEqual(account("add", "Alice", "sesam").returncode, 0)
        self.let_in(server, "sesam")

    def test_no_trace_of_a_password(self) -> None:
        """Neither in the log nor in any file, and the audit names the act."""
        server = Server(self, "--debug")
        self.done("add", "Alice", input=f"{OLD}\n")
        self.done("passwd", "Alice", input=f"{NEW}\n")
        self.assertIn("no spaces", self.refused("add", "Bob", input="sesame bun\n"))
        code = self.done("invite").split()[0]
        server.ctl(f"/account addd Carol {OLD}")
        server.ctl(f"/acount add Carol {OLD}")
        acts = server.ctl("/audit").stdout
        server.stop()
        everything = {path: path.read_bytes() for path in Path("data").iterdir() if path.is_file()}
        everything[Path("log")] = server.log.text.encode()
        for secret in (OLD, NEW, "sesame", code):
            for path, held in everything.items():
                self.assertNotIn(secret.encode(), held, path)
        self.assertIn("/account add [redacted]", acts)


class Stopped(AccountCase):
    """On the data folder itself."""

    def setUp(self) -> None:
        Server(self).stop()

    def test_what_there_is(self) -> None:
        self.assertEqual(self.done("add", "Alice", input=f"{OLD}\n"), "Alice has an account.\n")
        self.assertIn("looks too much like Alice", self.refused("add", "A1ice", input=f"{OLD}\n"))
        self.assertIn("is reserved", self.refused("add", "owner", input=f"{OLD}\n"))
        self.assertIn("no spaces", self.refused("add", "Bob", input="two words\n"))
        self.done("suspend", "Alice")
        self.done("rank", "Alice", "owner")
        self.assertIn(", owner, suspended", self.done("list"))
        self.done("resume", "Alice")
        self.done("passwd", "Alice", input=f"{NEW}\n")
        self.assertEqual(len(self.done("invite").splitlines()[0]), 22)
        self.assertEqual(set(modes(Path("data")).values()), {"0700", "0600"})

    @requires("nc")
    def test_a_server_goes_on_from_there(self) -> None:
        self.done("add", "Alice", input=f"{OLD}\n")
        server = Server(self)
        self.let_in(server, OLD)
        self.assertEqual(server.ctl("/users").returncode, 0)

    def test_settings(self) -> None:
        """The rules are those of the server's file, which names the folder, too."""
        Path("chatd.toml").write_text('names.reserved = ["Alice"]\nstorage.data = "data"\n')
        add = (*CHATD, "account", "add", "--config", "chatd.toml")
        self.assertIn("Alice is reserved", finished(*add, "Alice", input=OLD, timeout=PATIENCE).stderr)
        self.assertEqual(finished(*add, "Owner", input=OLD, timeout=PATIENCE).returncode, 0)
        Path("chatd.toml").write_text("nonsense = 1")
        done = finished(*add, "Bob", input=OLD)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1))

    def test_no_folder_of_a_server(self) -> None:
        """A mistyped one is not made."""
        done = finished(*CHATD, "account", "add", "--data", "dada", "Alice", input=OLD)
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (1, "", 1))
        self.assertIn("dada", done.stderr)
        self.assertFalse(Path("dada").exists())

    def test_of_another_user(self) -> None:
        """What root leaves there the server could not open."""
        if os.geteuid():
            self.skipTest("only root can give a file away")
        os.chown("data/lock", 12345, -1)
        self.assertIn("belongs to uid 12345", self.refused("list"))

    def test_a_damaged_database(self) -> None:
        Path("data", "chatd.db").write_bytes(b"not a database" * 100)
        self.assertIn("chatd.db", self.refused("list"))


class Locked(AccountCase):
    """A server that cannot be asked has the folder: nothing is done behind its back."""

    def test_a_dead_socket(self) -> None:
        server = Server(self)
        socket = server.data / "control.sock"
        for leave in (socket.unlink, socket.touch):
            leave()
            self.assertIn(
                "another server is using this folder", self.refused("add", "Alice", input=f"{OLD}\n")
            )
        self.assertEqual(server.process.poll(), None)
        server.stop()
        self.assertEqual(self.done("list"), "0 accounts:\n")


class Typing(AccountCase):
    """At a terminal: typed twice, shown never."""

    def setUp(self) -> None:
        Server(self).stop()

    def typed(self, first: str, second: str) -> Peer:
        peer = terminal(self, *CHATD, "account", "add", "--data", "data", "Alice")
        peer.expect("Password of Alice: ", PATIENCE)
        peer.say(first)
        peer.expect("The same again: ")
        peer.say(second)
        return peer

    def test_twice(self) -> None:
        peer = self.typed(OLD, OLD)
        self.assertIn("Alice has an account.", peer.rest(PATIENCE))
        self.assertEqual(peer.process.wait(PATIENCE), 0)
        self.assertNotIn(OLD, peer.text)

    def test_differently(self) -> None:
        peer = self.typed(OLD, NEW)
        self.assertIn("two different passwords", peer.rest(PATIENCE))
        self.assertEqual(peer.process.wait(PATIENCE), 1)
        self.assertEqual(self.done("list"), "0 accounts:\n")

    def test_interrupted(self) -> None:
        peer = terminal(self, *CHATD, "account", "add", "--data", "data", "Alice")
        peer.expect("Password of Alice: ", PATIENCE)
        peer.process.send_signal(2)
        clean(peer.rest(PATIENCE))
        self.assertEqual(peer.process.wait(PATIENCE), 1)

    def test_a_wrong_name_is_refused_before(self) -> None:
        peer = terminal(self, *CHATD, "account", "add", "--data", "data", "1st")
        self.assertIn("cannot begin with a digit", peer.rest(PATIENCE))
        self.assertNotIn("Password", peer.text)
