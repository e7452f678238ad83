"""HTTP at the door for browsers: what is shown, refused, and bounded."""

from __future__ import annotations

from twisted.internet.error import ConnectionDone
from twisted.logger import capturedLogs

from chatd.settings import Settings, Web
from tests.web.house import Answer, WebCase, handshake

GET = b"GET / HTTP/1.1\r\nHost: chat.example\r\n\r\n"


class Shown(WebCase):
    def test_the_page(self) -> None:
        """With headers that let nothing in from elsewhere."""
        answer = self.answer(GET)
        self.assertEqual((answer.code, answer.headers["content-type"]), (200, "text/html; charset=utf-8"))
        self.assertIn(b"<!doctype html>", answer.body.lower())
        self.assertEqual(len(answer.body), int(answer.headers["content-length"]))
        self.assertEqual(answer.headers["x-content-type-options"], "nosniff")
        policy = answer.headers["content-security-policy"].split("; ")
        for rule in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"):
            self.assertIn(rule, policy)
        self.assertNotIn("twisted", answer.headers["server"].lower())

    def test_its_modules(self) -> None:
        answer = self.answer(b"GET /js/main.js HTTP/1.1\r\nHost: chat.example\r\n\r\n")
        self.assertEqual(
            (answer.code, answer.headers["content-type"]), (200, "text/javascript; charset=utf-8")
        )

    def test_once_only(self) -> None:
        """Who has the file is told so."""
        tag = self.answer(GET).headers["etag"]
        again = GET.replace(b"\r\n\r\n", f"\r\nIf-None-Match: {tag}\r\n\r\n".encode())
        answer = self.answer(again)
        self.assertEqual((answer.code, answer.body), (304, b""))

    def test_its_head(self) -> None:
        whole, head = self.answer(GET), self.answer(GET.replace(b"GET", b"HEAD"))
        self.assertEqual((head.code, head.body), (200, b""))
        self.assertEqual(head.headers["content-length"], whole.headers["content-length"])


class Refused(WebCase):
    def refused(self, request: bytes, code: int) -> Answer:
        """Return the answer to a request that is refused in one line of text."""
        answer = self.answer(request)
        self.assertEqual((answer.code, answer.headers["content-type"]), (code, "text/plain; charset=utf-8"))
        self.assertRegex(answer.body, rb"\AError: [^\n]+\.\n\Z")
        self.assertIn("default-src 'none'", answer.headers["content-security-policy"])
        return answer

    def test_what_is_not_there(self) -> None:
        for path in (
            b"/nothing",
            b"/js",
            b"/js/",
            b"/index.html/x",
            b"/../chatd/app.py",
            b"/%2e%2e/app.py",
            b"/ws/x",
        ):
            self.refused(GET.replace(b" / ", b" %b " % path), 404)

    def test_other_methods(self) -> None:
        for method in (b"POST", b"PUT", b"DELETE", b"OPTIONS", b"TRACE"):
            answer = self.refused(GET.replace(b"GET", method), 405)
            self.assertEqual(answer.headers["allow"], "GET, HEAD")

    def test_a_body_that_nobody_takes(self) -> None:
        """Before it comes, or as soon as it does."""
        for head in (b"Content-Length: 1", b"Content-Length: 99999999999"):
            self.refused(b"POST / HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n", 413)
        self.refused(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", 413)
        self.refused(b"POST /session HTTP/1.1\r\nHost: x\r\nContent-Length: 1025\r\n\r\n", 413)

    def test_what_is_behind_a_refused_body_is_not_run(self) -> None:
        wire, _ = self.asked(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n" + GET)
        self.assertEqual(wire.value().count(b"HTTP/1.1 "), 1)

    def test_no_websocket(self) -> None:
        self.refused(GET.replace(b" / ", b" /ws "), 426)


class Ended(WebCase):
    """Whoever was refused is gone soon, and is answered once."""

    def test_over_tls_too(self) -> None:
        """Where the other end has to agree to the end: cut off, whatever it goes on to send."""
        wire, channel = self.asked(b"GET / HTTP/1.1\r\n", secure=True)
        wire.loseConnection = lambda: None  # type: ignore[method-assign]  # it does not agree
        self.server.advance(self.settings.limits.naming_seconds)
        self.assertEqual(wire.value().count(b"HTTP/1.1 408 "), 1)
        for _ in range(5):
            self.server.advance(self.settings.limits.close_seconds / 4)
            channel.dataReceived(b"X: y\r\n")
        self.assertTrue(wire.gone)
        self.assertEqual(wire.value().count(b"HTTP/1.1 "), 1)
        self.assertEqual(self.server.clock.getDelayedCalls(), [])

    def test_answered_once(self) -> None:
        """Neither what follows in the packet nor a wish to be told to go on is answered."""
        for refused in (
            b"PUT /files/wrong HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
        ):
            wire, _ = self.asked(refused + GET)
            self.assertEqual(wire.value().count(b"HTTP/1.1 "), 1, wire.value())

    def test_gone_before_the_answer(self) -> None:
        """In the turn between, or while the database is asked whose a cookie is: nothing is said to nobody."""
        for request in (GET, handshake(Cookie="chatd=x")):
            with capturedLogs() as logs:
                wire, channel = self.asked(b"")
                channel.dataReceived(request)
                wire.end(ConnectionDone())
                self.server.turn()
            self.assertEqual([event for event in logs if "log_failure" in event], [])

    def test_no_host(self) -> None:
        """RFC 9112 §3.2. HTTP/1.0 need not name one."""
        self.assertEqual(self.answer(b"GET / HTTP/1.1\r\n\r\n").code, 400)
        self.assertEqual(self.answer(b"GET / HTTP/1.0\r\n\r\n").code, 200)

    def test_a_head_is_logged_by_nobody(self) -> None:
        """Its path may hold a token."""
        with capturedLogs() as logs:
            for path in (b"/files/0123456789abcdef0123456789abcdef/a.txt", b"/nothing", b"/", b"/ws"):
                wire, _ = self.asked(b"HEAD %b HTTP/1.1\r\nHost: x\r\n\r\n" % path)
                self.assertEqual(wire.value().partition(b"\r\n\r\n")[2], b"")
        self.assertEqual(logs, [])


class Bounded(WebCase):
    settings = Settings(web=Web(burst_requests=3, requests_per_second=1))

    def test_requests_of_one_connection(self) -> None:
        """A packet full of them is not answered to its end."""
        wire, channel = self.asked(GET * 50)
        self.assertEqual(wire.value().count(b"HTTP/1.1 200"), 3)
        self.assertEqual(wire.value().count(b"HTTP/1.1 429"), 1)
        self.assertTrue(wire.disconnecting)
        channel.dataReceived(GET)
        self.assertEqual(wire.value().count(b"HTTP/1.1 "), 4)

    def test_they_may_come_again(self) -> None:
        wire, channel = self.asked(GET * 3)
        self.server.advance(1)
        channel.dataReceived(GET)
        self.server.turn()
        self.assertEqual(wire.value().count(b"HTTP/1.1 200"), 4)

    def test_one_in_a_turn(self) -> None:
        """So many in a packet hold up nobody."""
        wire, channel = self.asked(b"")
        channel.dataReceived(GET * 3)
        self.assertEqual((wire.value(), len(self.server.clock.getDelayedCalls())), (b"", 1))
        self.server.turn()
        self.assertEqual(wire.value().count(b"HTTP/1.1 200"), 3)

    def test_a_request_that_drips(self) -> None:
        """Each byte does not buy more time."""
        wire, channel = self.asked(b"GET / HTTP/1.1\r\n")
        for _ in range(59):
            self.server.advance(1)
            channel.dataReceived(b"A")
        self.assertFalse(wire.disconnecting)
        self.server.advance(1)
        self.assertTrue(wire.disconnecting)
        self.assertIn(b"HTTP/1.1 408 ", wire.value())

    def test_nothing_at_all(self) -> None:
        wire, _ = self.asked(b"")
        self.server.advance(60)
        self.assertTrue(wire.disconnecting)

    def test_headers_without_end(self) -> None:
        wire, channel = self.asked(b"GET / HTTP/1.1\r\n")
        for number in range(600):
            channel.dataReceived(b"X-%d: %b\r\n" % (number, b"x" * 100))
        self.assertIn(b"HTTP/1.1 400 ", wire.value())
        self.assertTrue(wire.disconnecting)
