"""The owner's SSH shell, with the ssh program."""

from __future__ import annotations

from pathlib import Path
from unittest import TestCase

from tests.process.people import Owner, nc
from tests.process.server import ANY_PORT, Server, modes, refused
from tests.requirements import requires

REFUSED_BY_SSH = 255


@requires("nc")
@requires("ssh")
class Shell(TestCase):
    """`ssh -p PORT owner@127.0.0.1`."""

    def test_commands(self) -> None:
        """Exit status 0, 1 and 2 as of `chatd ctl`; errors on stderr; each put on record."""
        owner = Owner(self)
        server = Server(self, *owner.options)
        alice, zoe = nc(self, server, "Alice"), nc(self, server, "Zoé")
        done = owner.ssh(server, "/users")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("Zoé", done.stdout)
        done = owner.ssh(server, "/kick", "Nobody")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("Nobody", done.stderr)
        done = owner.ssh(server, "/kick")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        done = owner.ssh(server, "/kick Zoé spamming")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("spamming", zoe.rest())
        alice.line("Zoé was kicked off the server")
        entries = server.audited()
        self.assertEqual(
            [entry["line"] for entry in entries], ["/users", "/kick Nobody", "/kick", "/kick Zoé spamming"]
        )
        self.assertEqual({entry["door"] for entry in entries}, {"ssh"})
        for entry in entries:
            self.assertTrue(entry["by"].startswith("SHA256:"), entry)

    def test_a_prompt(self) -> None:
        """Commands and Python at one prompt; Ctrl-D leaves with status 0. The input stands on record."""
        owner = Owner(self)
        server = Server(self, *owner.options)
        nc(self, server, "Zoé")
        shell = owner.shell(server)
        shell.expect(">>> ")
        shell.type("/users\r")
        shell.expect("1 online: Zoé")
        shell.expect(">>> ")
        shell.type("sorted(user.nick for user in registry.users.values()), 6 * 7\r")
        shell.expect("(['Zoé'], 42)")
        shell.expect(">>> ")
        shell.type("/kick Zoé bye\r")
        shell.expect("Zoé is off the server.")
        shell.expect(">>> ")
        shell.type("\x04")
        shell.rest()
        self.assertEqual(shell.process.wait(5), 0)
        self.assertIn("6 * 7", str(server.audited()))

    def test_beside_a_proxy(self) -> None:
        """A proxy on the owner's machine sends headers to the chat's ports; the owner's ssh does not."""
        owner = Owner(self)
        server = Server(self, *owner.options, "--set", 'server.proxies=["127.0.0.1"]')
        self.assertEqual(owner.ssh(server, "/users").returncode, 0)

    def test_strangers(self) -> None:
        """A key that is not listed, and no key at all, are refused; the log names the address."""
        server = Server(self, *Owner(self).options)
        done = Owner(self, "stranger").ssh(server, "/shutdown")
        self.assertEqual((done.returncode, done.stdout), (REFUSED_BY_SSH, ""))
        self.assertIn("Permission denied", done.stderr)
        server.heard("login refused from 127.0.0.1")
        self.assertEqual(server.audited(), [])

    def test_the_host_key(self) -> None:
        """It is private under any umask and stays over a restart; one that others can read stops the start."""
        owner = Owner(self)
        server = Server(self, *owner.options, umask=0)
        shown = server.heard("the host key is").rpartition(" ")[2]
        found = modes(server.data)
        self.assertEqual(set(found.values()) - {"0700"}, {"0600"}, found)
        server.stop()
        server = Server(self, *owner.options)
        self.assertEqual(server.heard("the host key is").rpartition(" ")[2], shown)
        server.stop()
        files = [path for path in Path("data").iterdir() if path.is_file()]
        (key,) = [path for path in files if b"PRIVATE KEY" in path.read_bytes()]
        key.chmod(0o644)
        self.assertIn(key.name, refused(self, "--listen", ANY_PORT, "--data", "data", *owner.options))

    def test_keys_with_options(self) -> None:
        """A restriction that would not be honoured stops the start, with the file's name and the line's."""
        owner = Owner(self)
        keys = Path("keys")
        keys.write_text("# the owner\n" + 'command="/users" ' + owner.public.read_text())
        line = refused(
            self, "--listen", ANY_PORT, "--data", "data", "--manhole", ANY_PORT, "--manhole-keys", "keys"
        )
        self.assertRegex(line, r"keys.*\b2\b")
