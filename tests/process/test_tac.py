"""chatd.tac, for those who start twistd with a file."""

from __future__ import annotations

from pathlib import Path
from unittest import TestCase

from tests.process.people import nc
from tests.process.server import ANY_PORT, TWISTD, Server
from tests.requirements import requires

TAC = Path(__file__).resolve().parents[2] / "chatd.tac"
DEFAULTS = "config.load()"
SETTINGS = f"""
[doors]
text = ["{ANY_PORT}"]
"""


@requires("nc")
class Tac(TestCase):
    """`twistd -ny chatd.tac`."""

    def test_serves(self) -> None:
        """The file starts a server; here with other settings, since the default ports may be somebody's."""
        text = TAC.read_text()
        self.assertEqual(text.count(f"build({DEFAULTS}"), 1)
        Path("chatd.tac").write_text(text.replace(f"build({DEFAULTS}", 'build(config.load("chatd.toml")'))
        Path("chatd.toml").write_text(SETTINGS)
        server = Server(self, data="chatd-data", command=(TWISTD, "--pidfile=", "-ny", "chatd.tac"))
        alice = nc(self, server, "Alice")
        self.assertIn("Alice", server.ctl("/users").stdout)
        server.stop()
        self.assertIn("-> The server is stopping.\r\n", alice.rest())
        self.assertEqual(list(Path.cwd().glob("*.tap")), [])
