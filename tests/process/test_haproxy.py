"""HAProxy before a real server, as documented for it: TLS taken off by it, or passed on."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path
from unittest import TestCase

from tests.authority import IssuedFiles
from tests.process.server import ANY_PORT, Server
from tests.process.streams import PATIENCE
from tests.process.visitors import Visitor, trusting
from tests.requirements import program, requires

# Ports that are open already, so that nothing has to be waited for and no number is fixed.
CONFIGURATION = """\
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen plain
    bind fd@{plain}
    server chat 127.0.0.1:{text} source 127.0.0.3 send-proxy
listen off
    bind fd@{off} ssl crt {certificate}
    server chat 127.0.0.1:{text} source 127.0.0.3 send-proxy-v2-ssl check check-send-proxy inter 20ms
listen on
    bind fd@{on}
    server chat 127.0.0.1:{tls} source 127.0.0.3 send-proxy-v2
"""


@requires("haproxy")
class HAProxy(IssuedFiles, TestCase):
    """TCP mode, from 127.0.0.3 to the server."""

    def setUp(self) -> None:
        super().setUp()
        self.server = Server(
            self,
            "--set", 'server.proxies=["127.0.0.3"]',
            "--set", 'server.password="open sesame"',
            "--set", "limits.exempt=[]",
            "--set", "limits.connections_per_address=2",
            "--set", "limits.new_connections_per_address=5",
            listen=(ANY_PORT, self.description()),
        )  # fmt: skip
        doors = {name: self.listener() for name in ("plain", "off", "on")}
        self.ports = {name: door.getsockname()[1] for name, door in doors.items()}
        both = Path("both.pem").absolute()
        both.write_bytes(self.certificate.read_bytes() + self.key.read_bytes())
        configuration = Path("haproxy.cfg")
        configuration.write_text(
            CONFIGURATION.format(
                text=self.server.port(),
                tls=self.server.port("tls"),
                certificate=both,
                **{name: door.fileno() for name, door in doors.items()},
            )
        )
        process = subprocess.Popen(
            (program("haproxy"), "-db", "-f", str(configuration)),
            pass_fds=[door.fileno() for door in doors.values()],
            stdin=subprocess.DEVNULL,
        )
        self.addCleanup(process.wait, PATIENCE)
        self.addCleanup(process.kill)
        self.trust = trusting(self.authority)

    def listener(self) -> socket.socket:
        door = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(door.close)
        return door

    def visit(self, door: str, source: str) -> Visitor:
        tls = None if door == "plain" else self.trust
        return Visitor(self, self.ports[door], source=source, tls=tls)

    def test_everybody_comes_as_himself(self) -> None:
        """With his own address; the password is asked for over TLS, wherever that ends, and nowhere else."""
        for door, nick, source in (("off", "Alice", "127.0.0.7"), ("on", "Bob", "127.0.0.8")):
            visitor = self.visit(door, source)
            visitor.expect("Password: ")
            visitor.say("open sesame")
            visitor.enter(nick)
            self.assertRegex(self.server.ctl(f"/whois {nick}").stdout, rf"\b{source}\b")
        plain = self.visit("plain", "127.0.0.9")
        self.assertEqual(plain.rest(), "-> This server asks for a password: connect over TLS.\r\n")

    def test_limits(self) -> None:
        """They meet each client, and neither HAProxy nor its checks of the server, fifty a second."""
        inside = [self.visit(door, "127.0.0.7") for door in ("off", "on")]
        inside += [self.visit("on", f"127.0.1.{number}") for number in range(20)]
        for visitor in inside:
            visitor.expect("Password: ")
        for door in ("off", "on"):
            self.assertEqual(
                self.visit(door, "127.0.0.7").rest(), "-> Error: too many connections from your address.\r\n"
            )
        self.assertNotIn("127.0.0.3 was refused", self.server.log.text)
