"""Other protocols at the door: recognised by their first bytes, and nobody else taken for one."""

from __future__ import annotations

import io
import ssl
from email.parser import BytesParser

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatd.wire.hello import HTTP, HTTP_HEAD, PROXY, SSH, TLS, recognise

WORDS = (
    b"GET",
    b"HEAD",
    b"PRI",
    b"X",
    b" ",
    b" ",
    b"/",
    b"*",
    b" HTTP/1.1",
    b"\r\n",
    b"PROXY TCP4",
    b"SSH-2.0-",
)
PROXY_2 = b"\r\n\r\n\0\r\nQUIT\n"


def client_hello(oldest: ssl.TLSVersion, newest: ssl.TLSVersion) -> bytes:
    """Return the first bytes that Python's own TLS client sends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version, context.maximum_version = oldest, newest
    received, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(received, sent, server_hostname="chat.example").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return sent.read()


class RecogniseTests(SynchronousTestCase):
    def test_tls(self) -> None:
        """A real ClientHello, its first line alone, and one in the form of SSL 2."""
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            hello = client_hello(version, version)
            self.assertIs(recognise(hello), TLS)
            self.assertIs(recognise(hello.split(b"\n")[0]), TLS)
        self.assertIs(recognise(b"\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10"), TLS)
        self.assertIs(recognise(b"\x80\n\x01\x00\x02"), TLS)

    def test_http(self) -> None:
        """Each method and form of target, with either line end, with none, and with more behind it."""
        methods = (
            "GET",
            "POST",
            "PUT",
            "DELETE",
            "CONNECT",
            "OPTIONS",
            "TRACE",
            "PATCH",
            "PROPFIND",
            "M-SEARCH",
        )
        for method in methods:
            for target in ("/", "/a?b=c", "*", "http://chat.example/", "chat.example:7976"):
                for version in ("1.0", "1.1", "2.0"):
                    line = f"{method} {target} HTTP/{version}".encode()
                    for end in (b"", b"\n", b"\r\n", b"\r\nHost: chat.example\r\n\r\nNICK eve\r\n"):
                        self.assertIs(recognise(line + end), HTTP, line + end)
        self.assertIs(recognise(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), HTTP)

    def test_http_head(self) -> None:
        """HEAD has an answer of its own."""
        for line in (b"HEAD / HTTP/1.1\r\n", b"HEAD http://chat.example/ HTTP/1.1", b"HEAD * HTTP/1.1\r\n"):
            self.assertIs(recognise(line), HTTP_HEAD)

    def test_http_with_overlong_target(self) -> None:
        """The beginning of a request for a path or a URL is enough."""
        for target in (b" /", b" http://chat.example/", b" https://chat.example/"):
            for method in (b"GET", b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH"):
                self.assertIs(recognise(method + target + b"x" * 60_000), HTTP)
            self.assertIs(recognise(b"HEAD" + target + b"x" * 60_000), HTTP_HEAD)
        self.assertIs(recognise(b"OPTIONS * "), HTTP)

    def test_proxy(self) -> None:
        """A header of either version."""
        for line in (
            b"PROXY TCP4 192.0.2.1 192.0.2.2 5 6\r\n",
            b"PROXY TCP6 :: ::1 5 6\r\n",
            b"PROXY UNKNOWN\r\n",
        ):
            self.assertIs(recognise(line), PROXY)
        self.assertIs(recognise(b"PROXY UNKNOWN"), PROXY)
        self.assertIs(recognise(PROXY_2), PROXY)
        self.assertIs(recognise(PROXY_2 + b"\x21\x11\x00\x0c" + bytes(12)), PROXY)

    def test_ssh(self) -> None:
        """An identification string, of the old version too."""
        for line in (b"SSH-2.0-OpenSSH_9.9\r\n", b"SSH-1.99-x\n", b"SSH-1.5-x"):
            self.assertIs(recognise(line), SSH)

    def test_people(self) -> None:
        """Nicknames, IRC, JSON lines, telnet and empty lines are let in, and so is what only looks like more."""
        for first in (
            *(
                b"",
                b"\n",
                b"\r\n",
                b"\r\n\r\n",
                b"Alice\r\n",
                b"Zo\xc3\xa9\r\n",
                b"GET\r\n",
                b"HEAD\n",
                b"PROXY\r\n",
            ),
            *(
                b"NICK alice\r\n",
                b"USER a 0 * :A\r\n",
                b"CAP LS 302\r\n",
                b"PASS x\r\n",
                b'{"type":"hello"}\n',
            ),
            *(
                b"\xff\xfb\x01\xff\xfd\x03",
                b"\x16",
                b"PROXY TCP",
                b"PROXY TCP45 x\r\n",
                b"PROXY TCP5 x\r\n",
                b"SSH",
                b"SSH-2 fan\r\n",
            ),
            *(
                b"GET out of here\r\n",
                b"I like HTTP\r\n",
                b"I really like HTTP/1.1\r\n",
                b"PUT it /there\r\n",
            ),
            *(b"HTTP/1.1 200 OK\r\n", b"hello\r\nGET / HTTP/1.1\r\n", b"POST a HTTP/1.1 b\r\n", b"TLS\r\n"),
            *(b"GET  / HTTP/1.1\r\n", b"GETS /", b"HEAD on\r\n"),
        ):
            self.assertIsNone(recognise(first), first)

    @given(st.text(max_size=64))
    def test_first_word(self, name: str) -> None:
        """Whatever one word of text is typed first, its writer is let in."""
        word = "".join(c for c in name if c.isprintable() and c != " ")
        if not word.startswith(("SSH-1.", "SSH-2.")):
            self.assertIsNone(recognise(word.encode() + b"\r\n"))

    @given(st.lists(st.one_of(st.sampled_from(WORDS), st.binary(max_size=4)), max_size=6).map(b"".join))
    def test_any_bytes(self, first: bytes) -> None:
        """Any bytes get None or one of the five, which what follows the line does not change."""
        knock = recognise(first)
        self.assertIn(knock, (None, TLS, HTTP, HTTP_HEAD, PROXY, SSH))
        if knock is not None and first.endswith(b"\n"):
            self.assertIs(recognise(first + b"more"), knock)


class AnswerTests(SynchronousTestCase):
    def test_http(self) -> None:
        """The answer is a whole HTTP response; that to HEAD is the same without the body."""
        head, _, body = HTTP.answer.partition(b"\r\n\r\n")
        status, _, fields = head.partition(b"\r\n")
        headers = BytesParser().parse(io.BytesIO(fields + b"\r\n\r\n"))
        self.assertEqual(status, b"HTTP/1.1 400 Bad Request")
        self.assertEqual(headers["Connection"], "close")
        self.assertEqual(int(headers["Content-Length"]), len(body))
        self.assertTrue(headers["Content-Type"].startswith("text/plain"))
        self.assertIn(b"chat port", body)
        self.assertEqual(HTTP_HEAD.answer, head + b"\r\n\r\n")

    def test_others(self) -> None:
        """The other answers are one line of the text dialect."""
        for knock in (TLS, PROXY, SSH):
            self.assertRegex(knock.answer, rb"\A-> Error: [ -~]+\.\r\n\Z")
            self.assertIn(knock.protocol.encode(), knock.answer)
