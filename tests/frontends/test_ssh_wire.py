"""What is negotiated, and bytes that are no SSH."""

from __future__ import annotations

import struct

from twisted.conch.ssh.common import NS
from twisted.conch.ssh.transport import MSG_SERVICE_REQUEST, SSHClientTransport
from twisted.conch.ssh.userauth import MSG_USERAUTH_FAILURE, MSG_USERAUTH_REQUEST
from twisted.python.failure import Failure

from tests.frontends.ssh_cases import LoginCase
from tests.frontends.ssh_client import Link

FAILED = (MSG_USERAUTH_FAILURE, NS(b"publickey") + b"\0")


class OffersTests(LoginCase):
    """What the server is willing to negotiate."""

    def test_nothing_old(self) -> None:
        server = self.link().server
        offered = b" ".join(
            name
            for names in (
                server.supportedKeyExchanges,
                server.supportedCiphers,
                server.supportedMACs,
                server.supportedPublicKeys,
            )
            for name in names
        )
        for old in (b"sha1", b"md5", b"cbc", b"3des", b"group", b"rsa", b"none"):
            self.assertNotIn(old, offered)
        self.assertEqual(server.supportedPublicKeys, [b"ssh-ed25519"])

    def test_no_compression(self) -> None:
        self.assertEqual(self.link().server.supportedCompressions, [b"none"])


class NonsenseTests(LoginCase):
    """Bytes that are no SSH end the connection with one line in the log and no traceback."""

    def expect_end(self, link: Link) -> None:
        self.assertTrue(link.far.disconnecting)
        self.assertEqual(
            [event for event in self.events if isinstance(event.get("log_failure"), Failure)], []
        )

    def test_before_the_keys(self) -> None:
        link = Link(self.factory, self.clock)
        link.server.dataReceived(b"SSH-2.0-x\r\n" + struct.pack(">LB", 12, 4) + b"\x14" + b"\xff" * 10)
        self.expect_end(link)

    def test_after_the_keys(self) -> None:
        link = self.link()
        link.client.sendPacket(MSG_USERAUTH_REQUEST, b"\0\0\0\xff")
        link.pump()
        self.expect_end(link)

    def test_no_login_in_the_clear(self) -> None:
        link = Link(self.factory, self.clock)
        payload = bytes((MSG_SERVICE_REQUEST,)) + NS(b"ssh-userauth")
        padding = 8 - (5 + len(payload)) % 8 + 8
        packet = struct.pack(">LB", 1 + len(payload) + padding, padding) + payload + bytes(padding)
        link.server.dataReceived(b"SSH-2.0-x\r\n" + packet)
        self.expect_end(link)

    def test_no_second_login(self) -> None:
        link = self.link()
        link.login(self.house.operator)
        link.client.sendPacket(MSG_SERVICE_REQUEST, NS(b"ssh-userauth"))
        link.pump()
        self.assertEqual(link.client.reason, b"not now")

    def test_who_does_not_read_is_not_read_from(self) -> None:
        link = self.link()
        self.assertIs(link.far.producer, link.server)
        link.far.producer.pauseProducing()
        self.assertEqual(link.far.producerState, "paused")
        link.far.producer.resumeProducing()
        self.assertEqual(link.far.producerState, "producing")

    def test_old_key_exchange(self) -> None:
        link = Link(self.factory, self.clock)
        client = SSHClientTransport()
        client.supportedKeyExchanges = [b"diffie-hellman-group14-sha1"]
        link.near.clear()
        client.makeConnection(link.near)
        link.server.dataReceived(link.near.value())
        self.expect_end(link)

    def test_closing_time(self) -> None:
        link = self.link()
        self.factory.close("the server stops")
        link.pump()
        self.assertEqual(link.client.reason, b"the server stops")
