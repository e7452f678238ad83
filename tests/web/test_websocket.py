"""WebSockets: what is said in frames, who may open one, and what ends it (RFC 6455)."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

from chatd.frontends.guard import Peer
from chatd.frontends.web import framing
from chatd.frontends.web.errors import SAFETY
from chatd.settings import Limits, Settings, Web
from chatd.settings import Server as ServerSettings
from tests.behaviour.client import LOCAL
from tests.behaviour.web_client import WebClient, framed
from tests.web.house import Visitor, WebCase, handshake

CLOSE, PING, PONG = 8, 9, 10


class Frames(WebCase):
    def test_one_message_for_each_line(self) -> None:
        """§5.2: lengths of one, two and eight bytes; not masked."""
        framer = framing.Framer(framing.Opcode.TEXT)
        self.assertEqual(framer(b"a\n"), b"\x81\x01a")
        self.assertEqual(framer(b"a\r\nbb\r\n"), b"\x81\x01a\x81\x02bb")
        self.assertEqual(framer(b"x" * 126 + b"\n")[:4], b"\x81\x7e\x00\x7e")
        self.assertEqual(framer(b"x" * 65536 + b"\n")[:10], b"\x81\x7f" + (65536).to_bytes(8))
        self.assertEqual(framer(b""), b"")

    def test_framed_once_for_all(self) -> None:
        """However many members a room has."""
        people = [WebClient(self.server) for _ in range(10)]
        for number, person in enumerate(people):
            person.command(f"nick P{number}")
            person.seen()
        for person in people:
            person.seen()
        framed: list[bytes] = []
        frame = framing.frame

        def counted(opcode: Any, payload: bytes) -> bytes:
            framed.append(payload)
            return frame(opcode, payload)

        self.patch(framing, "frame", counted)
        people[0].say("hello")
        seen = [person.seen() for person in people[1:]]
        self.assertEqual(seen, [[("said", "#lobby", "P0", "hello")]] * 9)
        # One for all, and one for who has said it: that repeats the reference.
        self.assertEqual(len([each for each in framed if b'"hello"' in each]), 2)

    def test_in_parts(self) -> None:
        """§5.4: a message in several frames, with a ping between."""
        visitor = self.visitor()
        visitor.frames()
        visitor.send(b'{"type":"command",', 0x01)
        visitor.send(b"are you there", 0x80 | PING)
        visitor.send(b'"line":"nick Alice"}', 0x80)
        frames = visitor.frames()
        self.assertEqual(frames[0], (PONG, b"are you there"))
        self.assertEqual(self.server.nicks(), ["Alice"])

    def test_what_comes_behind_the_handshake(self) -> None:
        """In one packet with it, or before it was answered: nothing is lost."""
        name, room = b'{"type":"command","line":"nick Alice"}', b'{"type":"command","line":"join #dev"}'
        wire, channel = self.asked(b"")
        channel.dataReceived(handshake() + framed(name)[:5])
        channel.dataReceived(framed(name)[5:] + framed(room))
        self.server.turn()
        self.assertIn("#dev", self.server.registry.rooms)
        self.assertIn(b"101", wire.value())

    def test_closing(self) -> None:
        """§5.5.1: what came before is answered, then the end is."""
        alice = self.page("Alice")
        alice.transmit(alice.packet("/topic Tea", "hello"))
        alice.finish()
        kinds = [item["type"] for item in alice.objects()]
        self.assertEqual(kinds[-1], "bye")
        self.assertIn("message", kinds)
        self.assertEqual(alice.told, [(CLOSE, b"\x03\xe8")])
        self.assertTrue(alice.closed)

    def test_pinged_by_frames(self) -> None:
        """A browser answers by itself; who does not is gone."""
        alice, bob = self.page("Alice"), self.page("Bob")
        limits = self.settings.limits
        self.server.advance(limits.ping_seconds)
        for person in (alice, bob):
            person.raw()
            self.assertEqual(person.told[-1], (PING, b""))
        bob.transmit(b"\x8a\x80" + bytes(4))
        self.server.advance(limits.pong_seconds)
        self.assertEqual(self.server.nicks(), ["Bob"])
        self.assertIn(("quit", "Alice", "ping timeout"), bob.seen())

    def test_json_only(self) -> None:
        alice = self.page("Alice")
        alice.command("format text")
        self.assertEqual(alice.seen(), [("error", "over WebSocket only json is spoken")])


class Opening(WebCase):
    settings = Settings(
        server=ServerSettings(name="chat.example"),
        web=Web(origins=("https://pages.example",), url="https://links.example"),
    )

    def opened(
        self, address: str = "127.0.0.1", *, secure: bool = False, host: str = "", **headers: str
    ) -> bool:
        """Whether a WebSocket is opened."""
        request = handshake(**headers)
        if host:
            request = request.replace(b"Host: chat.example", f"Host: {host}".encode())
        wire, _ = self.asked(request, address, secure=secure)
        if not self.server.web_factory.sessions:
            self.assertIn(b"HTTP/1.1 403 ", wire.value())
            self.assertRegex(
                wire.value(), rb"(that origin may not do this|server.name and web.url say)\.\n\Z"
            )
            return False
        self.server.web_factory.sessions.clear()
        return True

    def test_whose_pages(self) -> None:
        """Those of the same host and port, and of whom the owner lists; programs name none."""
        self.assertTrue(self.opened())
        for origin in (
            "http://chat.example",
            "http://chat.example:80",
            "https://pages.example",
            "https://links.example",
        ):
            self.assertTrue(self.opened(Origin=origin), origin)
        for origin in (
            "http://evil.example", "http://chat.example:81", "http://chat.example.evil.example", "null", "",
            "http://evil.example/chat.example", "file://chat.example", "http://[", "http://chat.example:x",
            "http://pages.example",
        ):  # fmt: skip
            self.assertFalse(self.opened(Origin=origin), origin)

    def test_over_tls(self) -> None:
        """A page that came in the clear may have been anybody's."""
        self.assertTrue(self.opened(Origin="https://chat.example", host="chat.example", secure=True))
        self.assertFalse(self.opened(Origin="http://chat.example", secure=True))

    def test_a_name_that_leads_here_for_a_while(self) -> None:
        """On this machine only names that are the server's count (DNS rebinding); whoever comes from elsewhere could come
        without such a page as well."""
        for host in ("127.0.0.1:7980", "localhost:7980", "[::1]:7980", "chat.example", "links.example"):
            self.assertTrue(self.opened(host=host, Origin=f"http://{host}"), host)
        self.assertFalse(self.opened(host="evil.example", Origin="http://evil.example"))
        self.assertTrue(self.opened("192.0.2.9", host="mine.example", Origin="http://mine.example"))

    def test_odd_hosts(self) -> None:
        """None of them is more than refused."""
        for host in ("[a", "a:b", "a:99999", "", "@", "[::1", "x" * 4000):
            self.assertFalse(self.opened(host=host, Origin="http://a"), host)

    def test_one_good_origin_does_not_make_up_for_a_bad_one(self) -> None:
        request = handshake(Origin="http://chat.example").removesuffix(b"\r\n")
        self.asked(request + b"Origin: http://evil.example\r\n\r\n")
        self.assertEqual(self.server.web_factory.sessions, set())

    def test_no_compression(self) -> None:
        wire, protocol = self.asked(b"")
        protocol.dataReceived(
            handshake(Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits")
        )
        self.server.turn()
        head = wire.value().partition(b"\r\n\r\n")[0].lower()
        self.assertIn(b"101", head)
        self.assertNotIn(b"extensions", head)

    def test_a_bad_handshake(self) -> None:
        """§4.2.1: one clear line, and the connection ends; §4.4 names the versions there are."""
        for good, bad, why in (
            (b"Version: 13", b"Version: 12", b"version 12 not supported"),
            (b"AAAAAAAAAAAAAAAAAAAAAA==", b"short", b"Sec-WebSocket-Key"),
            (b"Connection: Upgrade", b"Connection: close", b"HTTP Connection header"),
        ):
            wire, _ = self.asked(handshake().replace(good, bad))
            head, _, body = wire.value().partition(b"\r\n\r\n")
            self.assertTrue(head.startswith(b"HTTP/1.1 400 Bad Request\r\n"), head)
            self.assertRegex(body, rb"\AError: [^\n]*%b[^\n]*\n\Z" % why)
            for name, value in SAFETY.items():
                self.assertIn(b"\r\n%b: %b\r\n" % (name, value), head)
            self.assertEqual(b"Sec-WebSocket-Version: 13" in head, b"Version" in good)
            self.assertTrue(wire.disconnecting)


class OverIrc(WebCase):
    """IRC by the protocols that IRCv3 has named for it."""

    def come(self, protocol: str) -> Visitor:
        """Return somebody who has come in."""
        visitor = self.visitor(handshake(Sec_WebSocket_Protocol=protocol))
        for line in (b"NICK Alice", b"USER a 0 * :A", b"JOIN #lobby"):
            visitor.send(line)
        return visitor

    def test_one_line_a_message(self) -> None:
        for protocol, opcode in (("text.ircv3.net", 1), ("binary.ircv3.net", 2), ("x, binary.ircv3.net", 2)):
            self.setUp()
            alice = self.come(protocol)
            frames = alice.frames()
            self.assertEqual({kind for kind, _ in frames}, {opcode})
            self.assertIn(b" 001 Alice :", frames[0][1])
            self.assertTrue(frames[-1][1].endswith(b" 366 Alice #lobby :End of /NAMES list"))
            self.assertFalse(any(b"\n" in line or b"\r" in line for _, line in frames))
            bob = self.page("Bob")
            bob.say("hé")
            self.assertEqual(alice.frames()[-1][1].partition(b" ")[2], "PRIVMSG #lobby :hé".encode())
            alice.send(b"PRIVMSG #lobby :hello\r\n")
            self.assertEqual(bob.seen()[-1], ("said", "#lobby", "Alice", "hello"))

    def test_bounds_as_on_tcp(self) -> None:
        alice = self.come("text.ircv3.net")
        alice.frames()
        alice.send(b"PRIVMSG #lobby :" + b"x" * 9000)
        self.assertIn(b" 417 ", alice.frames()[0][1])
        alice.send(b"x" * 30_000)
        self.assertEqual([kind for kind, _ in alice.frames()][-1], CLOSE)


class Bounds(WebCase):
    settings = Settings(
        limits=replace(Limits(), lines_per_second=0),
        web=Web(control_frames_per_second=1, burst_control_frames=5),
    )

    def ended(self, visitor: Visitor, code: int, words: str) -> None:
        """Fail unless the connection was ended with that code, and these words before."""
        *_, (kind, said), (last, why) = visitor.frames()
        self.assertEqual((kind, last, int.from_bytes(why)), (1, CLOSE, code))
        self.assertEqual(json.loads(said)["type"], "bye")
        self.assertIn(words, json.loads(said)["text"])
        self.server.advance(self.settings.limits.close_seconds)
        self.assertTrue(visitor.wire.gone)
        self.assertEqual(self.server.web_factory.sessions, set())

    def test_a_message_too_long(self) -> None:
        """Refused, and the connection is kept; far too long, it is not."""
        visitor = self.visitor()
        visitor.frames()
        limits = self.settings.limits
        visitor.send(b"x" * (limits.json_line_bytes + 1))
        (frame,) = visitor.frames()
        self.assertEqual(json.loads(frame[1])["code"], "too-long")
        visitor.send(b'{"type":"command","line":"nick Alice"}')
        self.assertEqual(self.server.nicks(), ["Alice"])
        visitor.send(b"x" * (limits.json_line_bytes + limits.endless_bytes + 1))
        self.ended(visitor, 1009, "exceeds payload limit")
        self.assertEqual(self.server.nicks(), [])

    def test_a_message_without_end(self) -> None:
        """Its parts are counted together, and kept no further than that."""
        visitor = self.visitor()
        visitor.frames()
        visitor.send(b"x" * 30_000, 0x01)
        visitor.send(b"x" * 30_000, 0x00)
        self.ended(visitor, 1009, "exceeds payload limit")

    def test_floods_of_frames_that_say_nothing(self) -> None:
        for first in (0x80 | PING, 0x80 | PONG):
            visitor = self.visitor()
            visitor.frames()
            visitor.protocol.dataReceived(b"".join([bytes((first, 0x80)) + bytes(4)] * 600))
            self.assertLessEqual(len(visitor.frames()[:-2]), 5)
            self.setUp()
        visitor = self.visitor()
        visitor.frames()
        for number in range(10):
            visitor.send(b"", 0x00 if number else 0x01)
        self.ended(visitor, 1008, "too many parts of messages")

    def test_pings_now_and_then(self) -> None:
        visitor = self.visitor()
        for _ in range(20):
            self.server.advance(1)
            visitor.send(b"x", 0x80 | PING)
        self.assertEqual([kind for kind, _ in visitor.frames()].count(PONG), 20)

    def test_broken_rules(self) -> None:
        """§5.1, §5.2: not masked, a reserved opcode, a reserved bit, a control frame in parts."""
        for bad in (b"\x81\x05hello", b"\x83\x80" + bytes(4), b"\xc1\x80" + bytes(4), b"\x09\x80" + bytes(4)):
            visitor = self.visitor()
            visitor.frames()
            visitor.protocol.dataReceived(bad)
            self.ended(visitor, 1002, "")

    def test_bytes_that_are_no_text(self) -> None:
        """One clear line, and the connection is kept."""
        visitor = self.visitor()
        visitor.frames()
        visitor.send(b'{"type":"say","text":"\xff"}')
        (frame,) = visitor.frames()
        self.assertEqual(json.loads(frame[1])["code"], "bad-request")

    def test_who_does_not_read(self) -> None:
        bob = self.page("Bob")
        alice = self.page("Alice")
        bob.wire.stall()
        for _ in range(400):
            alice.say("x" * 4000)
        alice.seen()
        self.server.advance(1)
        self.assertEqual(self.server.nicks(), ["Alice"])
        self.server.advance(self.settings.limits.close_seconds)
        self.assertTrue(bob.wire.gone)


class NamingTime(WebCase):
    def test_no_name_in_time(self) -> None:
        visitor = self.visitor()
        self.server.advance(self.settings.limits.naming_seconds)
        self.assertEqual(visitor.frames()[-1][0], CLOSE)


class Proxied(WebCase):
    settings = Settings(web=Web(proxies=("192.0.2.0/28", "127.0.0.1")))

    def address(self, come_from: str, *forwarded: str, proto: str = "") -> tuple[str, bool]:
        """Return from where somebody is taken to come, and whether nobody can listen in."""
        headers = {"X_Forwarded_For": ", ".join(forwarded)} if forwarded else {}
        if proto:
            headers["X_Forwarded_Proto"] = proto
        self.asked(handshake(**headers), come_from)
        (session,) = self.server.web_factory.sessions
        self.server.web_factory.sessions.clear()
        return session.address, session.secure

    def test_whom_a_listed_proxy_names(self) -> None:
        """The last address that is no proxy's; what stands before it anybody may have written."""
        self.assertEqual(self.address("192.0.2.1", "198.51.100.7"), ("198.51.100.7", False))
        self.assertEqual(self.address("192.0.2.1", "6.6.6.6", "198.51.100.7"), ("198.51.100.7", False))
        self.assertEqual(self.address("192.0.2.1", "198.51.100.7", "192.0.2.2"), ("198.51.100.7", False))
        self.assertEqual(self.address("192.0.2.1", "198.51.100.7", proto="https"), ("198.51.100.7", True))
        self.assertEqual(self.address("192.0.2.1", "198.51.100.7", "rubbish"), ("192.0.2.1", False))
        self.assertEqual(self.address("192.0.2.1"), ("192.0.2.1", False))

    def test_whom_anybody_else_names(self) -> None:
        self.assertEqual(self.address("203.0.113.9", "127.0.0.1", proto="https"), ("203.0.113.9", False))

    def test_a_proxys_clients_count_as_their_own(self) -> None:
        """Each address has its bound; the proxy has none."""
        self.server.registry.renew(
            replace(self.settings, limits=replace(self.settings.limits, connections_per_address=2))
        )
        guard = self.server.web_factory.guard
        keys = [admitted[0] for _ in range(6) if (admitted := guard.admit(Peer("192.0.2.1")))]
        self.assertEqual(keys, ["192.0.2.1"] * 6)
        for key in keys:
            guard.dismiss(key)
        wires = [
            self.asked(handshake(X_Forwarded_For=f"198.51.100.{number % 2}"), "192.0.2.1")[0]
            for number in range(6)
        ]
        self.assertEqual(len(self.server.web_factory.sessions), 4)
        self.assertIn(b"HTTP/1.1 503 ", wires[4].value())
        for wire in wires:
            wire.end(ConnectionError())
        self.assertEqual(self.server.connections.count, 0)

    def test_a_proxy_at_this_machine_makes_nobody_local(self) -> None:
        """Passwords are not taken in the clear from who came through it."""
        _, protocol = self.asked(handshake(X_Forwarded_For="198.51.100.7"), LOCAL)
        self.assertFalse(protocol.session.confidential)
