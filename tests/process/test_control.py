"""The control socket of a running server, used by `chatd ctl`, and the data folder it lies in."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from unittest import TestCase

from tests.process.people import nc
from tests.process.server import ANY_PORT, CHATD, Server, clean, modes, refused
from tests.process.streams import PATIENCE, finished
from tests.requirements import requires

# Longer than an address of a Unix socket can be.
DEEP = Path("d" * 60, "e" * 60, "f" * 60)


@requires("nc")
class Control(TestCase):
    """`chatd ctl [--data DIR] COMMAND`."""

    def test_statuses(self) -> None:
        """0 for what was done, with the answer on stdout; 1 for a refusal and 2 for usage, on stderr."""
        server = Server(self)
        nc(self, server, "Alice")
        done = server.ctl("/users")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("Alice", done.stdout)
        done = server.ctl("/kick Nobody")
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (1, "", 1))
        self.assertIn("Nobody", done.stderr)
        done = server.ctl("/kick")
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 1))
        self.assertIn("/kick", done.stderr)
        self.assertEqual(server.ctl().returncode, 2)

    def test_acts_and_is_audited(self) -> None:
        """The victim is told and disconnected, others see it, and it is on record who did it."""
        server = Server(self)
        alice, zoe = nc(self, server, "Alice"), nc(self, server, "Zoé")
        alice.expect("Zoé has joined")
        done = server.ctl("/kick", "Zoé", "spamming & -more")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("spamming & -more", zoe.rest())
        self.assertIn("Zoé", alice.line("spamming & -more"))
        entries = server.audited()
        self.assertEqual([entry["line"] for entry in entries], ["/kick Zoé spamming & -more"])
        (act,) = entries
        self.assertEqual((act["door"], act["by"]), ("control", f"uid {os.getuid()}"))
        self.assertEqual((act["target"], act["address"]), ("Zoé", "local"))
        server.heard("/kick Zoé spamming")

    def test_nobody_there(self) -> None:
        """Without a server: status 1 and one line with the path; also as the program's default folder."""
        for options in (["--data", "nowhere"], []):
            done = finished(*CHATD, "ctl", *options, "/users")
            self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (1, "", 1))
            self.assertIn("control.sock", done.stderr)

    def test_odd_arguments(self) -> None:
        """Bytes that are no text, a message and a line that are too long: one line that says so."""
        server = Server(self)
        for word in ("/broadcast \udcff", "/broadcast " + "x" * 5000, "/broadcast " + "x" * 40000):
            with self.subTest(length=len(word)):
                done = server.ctl(word)
                clean(done.stderr)
                self.assertIn(done.returncode, (1, 2))
                self.assertEqual((done.stdout, done.stderr.count("\n")), ("", 1))
                self.assertNotIn("is the server running", done.stderr)
        self.assertEqual(server.ctl("/users").returncode, 0)

    def test_nobody_reads_the_answer(self) -> None:
        """As in `chatd ctl /help | true`: no traceback."""
        server = Server(self)
        reading, writing = os.pipe()
        os.close(reading)
        try:
            done = subprocess.run(
                [*CHATD, "ctl", "--data", "data", "/help"], stdout=writing, stderr=subprocess.PIPE, text=True,
                timeout=PATIENCE, check=False,
            )  # fmt: skip
        finally:
            os.close(writing)
        clean(done.stderr)
        self.assertEqual(server.ctl("/users").returncode, 0)

    def test_a_deep_folder(self) -> None:
        """The path may be longer than an address of a socket; a second server is refused there, too."""
        server = Server(self, data=DEEP)
        nc(self, server, "Alice")
        self.assertIn("Alice", server.ctl("/users").stdout)
        self.assertEqual(modes(server.data)["control.sock"], "0600")
        line = refused(self, "--listen", ANY_PORT, "--data", str(DEEP))
        self.assertIn(DEEP.name, line)
        self.assertEqual(server.ctl("/users").returncode, 0)

    def test_shutdown(self) -> None:
        """Everybody is told why, and the process ends with status 0."""
        server = Server(self)
        alice = nc(self, server, "Alice")
        self.assertEqual(server.ctl("/shutdown Moving house").returncode, 0)
        alice.expect("Moving house")
        self.assertIn("The server is stopping.", alice.rest())
        self.assertEqual(server.ended(10), 0)


@requires("nc")
class Folder(TestCase):
    """One server a folder; nobody else reads in it."""

    def test_a_second_server(self) -> None:
        """It is refused with one line that names the folder; the first goes on as before."""
        server = Server(self)
        nc(self, server, "Alice")
        line = refused(self, "--listen", ANY_PORT, "--data", "data")
        self.assertIn(f"{server.data}: another server", line)
        self.assertIn("Alice", server.ctl("/users").stdout)
        nc(self, server, "Bob")

    def test_after_a_crash(self) -> None:
        """What a killed server leaves behind does not stop the next one, nor the one after."""
        for _ in range(2):
            server = Server(self)
            self.assertEqual(server.ctl("/users").returncode, 0)
            server.kill()
            self.assertTrue(Path("data", "control.sock").is_socket())
        self.assertEqual(Server(self).ctl("/users").returncode, 0)

    def test_private_under_any_umask(self) -> None:
        """With -n twistd leaves the shell's umask alone; the server does not."""
        server = Server(self, umask=0)
        server.ctl("/users")
        found = modes(server.data)
        self.assertEqual((found.pop("."), found.pop("files")), ("0700", "0700"))
        self.assertLessEqual({"chatd.db", "cloak.key", "control.sock"}, found.keys())
        self.assertEqual(set(found.values()), {"0600"}, found)

    def test_an_open_folder_is_closed(self) -> None:
        """An empty data folder that was there already is made private."""
        Path("data").mkdir(mode=0o755)
        server = Server(self)
        self.assertEqual(modes(server.data)["."], "0700")
