"""Files by HTTP: what curl sends and fetches, parts of a file, and what a browser is told of it."""

from __future__ import annotations

import hashlib
import http.client
import os
import resource
import select
import socket
from pathlib import Path
from typing import Any
from unittest import TestCase

from tests.process.programs import Program
from tests.process.server import ANY_PORT, Server
from tests.process.streams import PATIENCE
from tests.process.test_files import GROWTH, SIZE, Pulse, forget_peak, peak, sh
from tests.requirements import requires


class Web(TestCase):
    def setUp(self) -> None:
        self.server = self.serve()
        self.alice = Program(self, self.server.port(), "Alice")

    def serve(self, *options: str) -> Server:
        """Start a server with a door for browsers."""
        return Server(self, "--web", ANY_PORT, "--set", "limits.lines_per_second=0", *options)

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Make one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port("web"), timeout=PATIENCE)
        self.addCleanup(connection.close)
        connection.request(
            method, path, body, {name.replace("_", "-"): value for name, value in headers.items()}
        )
        response = connection.getresponse()
        return response, response.read()

    def send(self, name: str, data: bytes) -> dict[str, Any]:
        """Announce a file."""
        self.alice.send({"type": "command", "line": f'send "{name}" {len(data)}', "ref": "send"})
        return self.alice.answer("send")

    def share(self, name: str, data: bytes) -> str:
        """Share a file; return the path to fetch it by."""
        response, said = self.ask("PUT", self.send(name, data)["path"], data)
        self.assertEqual(response.status, 201, said)
        number = said.split()[2].decode()
        self.assertEqual(said.decode(), f"ok file {number} sha256 {hashlib.sha256(data).hexdigest()}\n")
        path = self.alice.asks(f"get {number}")["path"]
        assert isinstance(path, str)
        return path


@requires("curl")
class Curl(Web):
    def test_there_and_back(self) -> None:
        """50 MiB: equal, in little memory, and nobody notices."""
        data = os.urandom(SIZE)
        Path("my file.bin").write_bytes(data)
        (way,) = self.send("my file.bin", data)["ways"]
        before, pulse = forget_peak(self.server), Pulse(self, self.server)
        try:
            said = sh(way).decode()
            self.assertEqual(said, f"ok file 1 sha256 {hashlib.sha256(data).hexdigest()}\n")
            (link,) = self.alice.asks("get 1")["ways"]
            sh(f"curl -s -o fetched {link}")
        finally:
            pulse.stop()
        self.assertEqual(Path("fetched").read_bytes(), data)
        self.assertLessEqual(peak(self.server) - before, GROWTH)
        self.assertLess(pulse.worst, 1.0)

    def test_stopped_and_continued(self) -> None:
        data = os.urandom(SIZE)
        Path("my file.bin").write_bytes(data)
        path = self.send("my file.bin", data)["path"]
        half = SIZE // 2
        with socket.create_connection(("127.0.0.1", self.server.port("web"))) as sending:
            sending.sendall(f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {SIZE}\r\n\r\n".encode())
            sending.sendall(data[:half])
            while (have := self.offset(path)) < half:
                pass
        self.assertEqual(have, half)
        url = f"http://127.0.0.1:{self.server.port('web')}{path}"
        said = sh(f"curl -s -C {half} -T 'my file.bin' {url}").decode()
        self.assertEqual(said, f"ok file 1 sha256 {hashlib.sha256(data).hexdigest()}\n")
        link = f"http://127.0.0.1:{self.server.port('web')}{self.alice.asks('get 1')['path']}"
        sh(f"curl -s -r 0-{half - 1} -o part {link}; curl -s -C - -o part {link}")
        self.assertEqual(Path("part").read_bytes(), data)

    def offset(self, path: str) -> int:
        """Ask how much of a file has come."""
        response, _ = self.ask("HEAD", path)
        return int(response.headers["Upload-Offset"])


class Slow(Web):
    def serve(self, *options: str) -> Server:
        return super().serve("--set", "files.stall_seconds=1", *options)

    def test_who_takes_nothing(self) -> None:
        """He costs no memory, and is dropped."""
        path = self.share("a.bin", os.urandom(SIZE))
        before = forget_peak(self.server)
        with socket.create_connection(("127.0.0.1", self.server.port("web")), timeout=PATIENCE) as fetching:
            fetching.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            self.until_dropped(fetching)
        self.assertLessEqual(peak(self.server) - before, GROWTH)

    def test_who_sends_no_more(self) -> None:
        path = self.send("a.bin", bytes(1000))["path"]
        with socket.create_connection(("127.0.0.1", self.server.port("web")), timeout=PATIENCE) as sending:
            sending.sendall(f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhello".encode())
            self.assertIn(b" 503 ", sending.recv(4096))
        self.assertEqual(self.ask("HEAD", path)[0].headers["Upload-Offset"], "5")

    def until_dropped(self, connection: socket.socket) -> None:
        """Wait, without reading, until the other end has reset the connection."""
        poll = select.poll()
        poll.register(connection, 0)
        self.assertTrue(poll.poll(PATIENCE * 1000))


class Behind(Web):
    def test_a_proxy(self) -> None:
        """Links begin with the address that people have."""
        server = self.serve("--set", "web.url=https://chat.example", "--files", ANY_PORT)
        alice = Program(self, server.port(), "Alice")
        ways = alice.asks("send a.txt 5")["ways"]
        self.assertIn("nc 127.0.0.1 ", ways[0])
        self.assertRegex(ways[1], "^curl -T a.txt https://chat.example/files/[0-9a-f]{32}/a.txt$")

    def setUp(self) -> None:
        """The server is the test's."""


class Requests(Web):
    def test_parts(self) -> None:
        data = os.urandom(100_000)
        path = self.share("a.bin", data)
        for asked, status, said in (
            ("bytes=0-9", 206, data[:10]),
            ("bytes=99990-", 206, data[99990:]),
            ("bytes=-10", 206, data[-10:]),
            ("bytes=99999-200000", 206, data[99999:]),
            ("bytes=-200000", 206, data),
            ("bytes=5-1", 200, data),
            ("bytes=0-1,5-6", 200, data),
            ("lines=1-2", 200, data),
        ):
            response, body = self.ask("GET", path, Range=asked)
            self.assertEqual((response.status, body), (status, said), asked)
            self.assertEqual(response.headers["Content-Length"], str(len(said)))
        response, _ = self.ask("GET", path, Range="bytes=0-9")
        self.assertEqual(response.headers["Content-Range"], "bytes 0-9/100000")
        for asked in ("bytes=100000-", "bytes=-0"):
            response, _ = self.ask("GET", path, Range=asked)
            self.assertEqual((response.status, response.headers["Content-Range"]), (416, "bytes */100000"))
        tag = response.headers["ETag"] or self.ask("HEAD", path)[0].headers["ETag"]
        self.assertEqual(self.ask("GET", path, If_None_Match=tag)[0].status, 304)
        self.assertEqual(self.ask("GET", path, Range="bytes=0-9", If_Range=tag)[0].status, 206)
        self.assertEqual(self.ask("GET", path, Range="bytes=0-9", If_Range='"other"')[0].status, 200)
        response, body = self.ask("HEAD", path)
        self.assertEqual((response.headers["Content-Length"], body), ("100000", b""))

    def test_what_a_browser_is_told(self) -> None:
        """By the end of the name: pictures and plain text are shown, alone; everything else is saved."""
        for name, kind, how in (
            ("a.PNG", "image/png", "inline"),
            ("notes.txt", "text/plain; charset=utf-8", "inline"),
            ("page.html", "application/octet-stream", "attachment"),
            ("a.svg", "application/octet-stream", "attachment"),
            ("png", "application/octet-stream", "attachment"),
            ("report.pdf", "application/octet-stream", "attachment"),
        ):
            response, body = self.ask("GET", self.share(name, b"<script>alert(1)</script>"))
            headers = response.headers
            self.assertEqual(body, b"<script>alert(1)</script>")
            self.assertEqual(headers["Content-Type"], kind)
            self.assertEqual(
                headers["Content-Disposition"], f"{how}; filename=\"{name}\"; filename*=UTF-8''{name}"
            )
            self.assertTrue(headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'"))
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["Cache-Control"], "private, no-cache")
        response, _ = self.ask("HEAD", self.share("é';x=.txt", b"x"))
        self.assertEqual(
            response.headers["Content-Disposition"],
            "inline; filename=\"___x_.txt\"; filename*=UTF-8''%C3%A9%27%3Bx%3D.txt",
        )

    def test_refusals(self) -> None:
        """Each with its status, and what was announced can still come afterwards."""
        data = b"hello"
        path = self.send("a.txt", data)["path"]
        for method, where, status in (
            ("GET", "/files/", 404),
            ("GET", "/files/../../etc/passwd", 404),
            ("GET", f"/files/{'0' * 32}/a.txt", 404),
            ("HEAD", f"/files/{'0' * 32}/a.txt", 404),
            ("GET", path, 404),
            ("POST", path, 413),
            ("DELETE", path, 405),
        ):
            body = b"x" if method == "POST" else None
            self.assertEqual(self.ask(method, where, body)[0].status, status, (method, where))
        for body, headers, status in (
            (b"hell", {}, 400),
            (b"hello!", {}, 400),
            (b"lo", {"Content_Range": "bytes 3-4/6"}, 400),
            (b"lo", {"Content_Range": "bytes 3-4/5"}, 409),
            (b"l", {"Content_Range": "bytes 2-2/5"}, 400),
            (b"hello", {"Content_Range": "lines 1-2"}, 400),
        ):
            self.assertEqual(self.ask("PUT", path, body, **headers)[0].status, status, (body, headers))
        self.assertEqual(self.ask("PUT", f"/files/{'0' * 32}/a", data)[0].status, 404)
        self.assertEqual(self.ask("PUT", path, data)[0].status, 201)
        self.assertEqual(self.ask("PUT", path, data)[0].status, 404)

    def test_a_large_body_that_is_not_wanted(self) -> None:
        """curl asks before it sends so much, and is answered."""
        Path("large").write_bytes(os.urandom(SIZE))
        url = f"http://127.0.0.1:{self.server.port('web')}/files/{'0' * 32}/large"
        said = sh(f"curl -s -w '%{{http_code}}' -T large {url}").decode()
        self.assertEqual(said, "Error: this token is not good, or not any more.\n404")

    def test_a_full_disk(self) -> None:
        """Who sends, as a browser does, all of it at once is told at the end; what came stays."""
        data = os.urandom(SIZE)
        path = self.send("a.bin", data)["path"]
        _, hard = resource.prlimit(self.server.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.server.process.pid, resource.RLIMIT_FSIZE, (SIZE // 2, hard))
        response, said = self.ask("PUT", path, data)
        self.assertEqual(response.status, 503)
        self.assertIn(b"the disk of the server is full at the moment", said)
        resource.prlimit(self.server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        have = int(self.ask("HEAD", path)[0].headers["Upload-Offset"])
        rest = {"Content_Range": f"bytes {have}-{SIZE - 1}/{SIZE}"}
        self.assertEqual(self.ask("PUT", path, data[have:], **rest)[0].status, 201)

    def test_rights_are_asked_again(self) -> None:
        path = self.share("a.txt", b"hello")
        sending = self.send("b.txt", b"hello")["path"]
        self.server.ctl("/mute Alice")
        response, said = self.ask("PUT", sending, b"hello")
        self.assertEqual((response.status, said), (403, b"Error: you are muted on this server.\n"))
        self.assertEqual(self.ask("GET", path)[1], b"hello")
        self.alice.send({"type": "command", "line": "quit"})
        while (response := self.ask("GET", path)[0]).status != 404:
            self.assertEqual(response.status, 200)  # till it has gone
        self.assertEqual(self.ask("HEAD", path)[0].status, 404)
