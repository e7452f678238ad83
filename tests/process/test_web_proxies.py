"""Proxies that speak HTTP, in front of a real server: HAProxy, and nginx by the lines of docs/web.md."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import ssl
import subprocess
from pathlib import Path
from unittest import TestCase

from tests.authority import Authority
from tests.process.pages import Page
from tests.process.server import ANY_PORT, Server
from tests.process.streams import PATIENCE, finished
from tests.process.visitors import trusting
from tests.requirements import program, requires

PAGE = Path(__file__).parents[2] / "docs" / "web.md"
SIZE = 3_000_000
"""Bytes; more than a proxy takes by itself."""

HAPROXY = """\
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout tunnel 1h
listen web
    bind fd@{fd} ssl crt both.pem
    option forwardfor
    http-request set-header X-Forwarded-Proto https
    server chat 127.0.0.1:{web} source 127.0.0.3
"""
NGINX = """\
daemon off;
worker_processes 1;
user root;
pid nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate cert.pem;
        ssl_certificate_key key.pem;
        proxy_bind 127.0.0.3;
{documented}
    }}
}}
"""


class Behind(TestCase):
    """TLS is the proxy's, which tells in headers who comes. It has a port that is open already, so that nothing
    has to be waited for and no number is fixed."""

    __test__ = False

    def setUp(self) -> None:
        self.authority = Authority()
        self.authority.write(self.authority.issue("chat.example"), Path("key.pem"), Path("cert.pem"))
        Path("root.pem").write_bytes(self.authority.root.cert_pem.bytes())
        self.server = Server(
            self, "--web", ANY_PORT, "--set", 'web.proxies=["127.0.0.3"]', "--set", "limits.exempt=[]",
            "--set", "limits.connections_per_address=2", "--set", "web.url=https://chat.example",
        )  # fmt: skip
        with socket.create_server(("127.0.0.1", 0)) as door:
            self.port = door.getsockname()[1]
            process = self.start(door.fileno())
        self.addCleanup(process.wait, PATIENCE)
        self.addCleanup(process.terminate)

    def start(self, fd: int) -> subprocess.Popen[bytes]:
        """Start the proxy at a listening socket."""
        raise AssertionError(fd)

    def connect(self, source: str) -> ssl.SSLSocket:
        """Return a connection through the proxy."""
        plain = socket.create_connection(("127.0.0.1", self.port), PATIENCE, (source, 0))
        self.addCleanup(plain.close)
        return trusting(self.authority).wrap_socket(plain, server_hostname="chat.example")

    def test_everybody_comes_as_himself(self) -> None:
        """With his own address, whatever he says it is, and over TLS."""
        page = Page(self, self.connect("127.0.0.7"), "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: http")
        self.assertEqual(page.runs("nick Alice")["type"], "named")
        self.assertEqual(page.runs("register correct-horse")["type"], "info")
        self.assertRegex(self.server.ctl("/whois Alice").stdout, r"\b127\.0\.0\.7\b")

    def test_limits(self) -> None:
        """They meet each client, and not the proxy."""
        pages = [Page(self, self.connect(f"127.0.0.{number // 2}")) for number in range(14, 24)]
        self.assertTrue(all(b" 101 " in page.head for page in pages))
        late = Page(self, self.connect("127.0.0.7"))
        self.assertIn(b" 503 ", late.head)

    @requires("curl")
    def test_a_file(self) -> None:
        """There and back, of more bytes than a proxy takes by itself."""
        data = os.urandom(SIZE)
        Path("sent").write_bytes(data)
        page = Page(self, self.connect("127.0.0.7"))
        page.runs("nick Alice")
        (way,) = page.runs(f"send sent {SIZE}")["ways"]
        self.curl(*way.split()[1:])
        Path("sent").unlink()
        self.curl("-OJ", page.runs("get 1")["ways"][-1])
        self.assertEqual(hashlib.sha256(Path("sent").read_bytes()).digest(), hashlib.sha256(data).digest())

    def curl(self, *words: str) -> None:
        """Do what the server says, at the port of the proxy."""
        there = f"chat.example:443:127.0.0.1:{self.port}"
        done = finished("curl", "-sSf", "--cacert", "root.pem", "--connect-to", there, *words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


@requires("haproxy")
class HAProxy(Behind):
    __test__ = True

    def start(self, fd: int) -> subprocess.Popen[bytes]:
        Path("both.pem").write_bytes(Path("cert.pem").read_bytes() + Path("key.pem").read_bytes())
        Path("haproxy.cfg").write_text(HAPROXY.format(fd=fd, web=self.server.port("web")))
        command = (program("haproxy"), "-db", "-f", "haproxy.cfg")
        return subprocess.Popen(command, pass_fds=[fd], stdin=subprocess.DEVNULL)


@requires("nginx")
class Nginx(Behind):
    __test__ = True

    def start(self, fd: int) -> subprocess.Popen[bytes]:
        found = re.search(
            r"^location / \{\n.*?^\}\n", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        )
        assert found is not None, "docs/web.md has no lines for nginx"
        documented = found[0].replace("127.0.0.1:7980", f"127.0.0.1:{self.server.port('web')}")
        Path("nginx.conf").write_text(NGINX.format(port=self.port, documented=documented))
        folder = str(Path.cwd())
        command = (program("nginx"), "-p", folder, "-e", "stderr", "-c", f"{folder}/nginx.conf")
        # So a new nginx is handed the sockets of an old one.
        return subprocess.Popen(
            command, pass_fds=[fd], stdin=subprocess.DEVNULL, env={**os.environ, "NGINX": f"{fd};"}
        )
