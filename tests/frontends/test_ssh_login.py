"""Who gets in, how often he may try, and for how long."""

from __future__ import annotations

from functools import partial

from twisted.conch.ssh.common import NS
from twisted.conch.ssh.transport import MSG_IGNORE, MSG_SERVICE_REQUEST
from twisted.conch.ssh.userauth import MSG_USERAUTH_FAILURE, MSG_USERAUTH_PK_OK
from twisted.internet.address import IPv4Address

from chatd.frontends.ssh_keys import fingerprint
from tests.frontends.ssh_cases import LoginCase
from tests.frontends.ssh_client import PEER, Link
from tests.frontends.ssh_house import new_key

FAILED = (MSG_USERAUTH_FAILURE, NS(b"publickey") + b"\0")


class KeyTests(LoginCase):
    def test_owner(self) -> None:
        link = self.link()
        link.client.auth.offer(self.house.owner)
        link.pump()
        self.assertEqual([number for number, _ in link.client.auth.answers], [MSG_USERAUTH_PK_OK])
        link.client.auth.sign(self.house.owner)
        link.pump()
        self.assertTrue(link.client.auth.accepted)
        self.assertEqual(self.logged("key"), [fingerprint(self.house.owner.public().blob())])
        self.assertEqual(self.logged("rank"), ["owner"])

    def test_strangers_key_is_refused_before_it_is_used(self) -> None:
        link = self.link()
        stranger = new_key()
        link.client.auth.offer(stranger)
        link.client.auth.sign(stranger)
        link.pump()
        self.assertEqual(link.client.auth.answers, [FAILED, FAILED])
        self.assertEqual(self.logged("what"), [fingerprint(stranger.public().blob())] * 2)
        self.assertEqual(set(self.logged("address")), {PEER.host})

    def test_signature_of_another_key(self) -> None:
        link = self.link()
        link.client.auth.sign(new_key(), blob=self.house.owner.public().blob())
        link.pump()
        self.assertEqual(link.client.auth.answers, [FAILED])

    def test_empty_signature(self) -> None:
        link = self.link()
        blob = self.house.owner.public().blob()
        link.client.auth.ask(b"publickey", b"\1" + NS(b"ssh-ed25519") + NS(blob) + NS(b""))
        link.pump()
        self.assertEqual(link.client.auth.answers, [FAILED])

    def test_what_is_no_key_is_not_parsed(self) -> None:
        link = self.link()
        for blob in (b"", b"\0\0\0\x07ssh-rsa", NS(b"ssh-ed25519") + NS(b"short"), b"{", b"-----BEGIN"):
            link.client.auth.ask(b"publickey", b"\0" + NS(b"ssh-rsa") + NS(blob))
        link.pump()
        self.assertEqual(link.client.auth.answers, [FAILED] * 5)
        self.assertEqual(self.events[-1]["what"], fingerprint(b"-----BEGIN"))

    def test_only_public_keys(self) -> None:
        link = self.link()
        link.client.auth.ask(b"none")
        link.client.auth.ask(b"password", b"\0" + NS(b"sesame"))
        link.client.auth.ask(b"keyboard-interactive", NS(b"") + NS(b""))
        link.pump()
        self.assertEqual(link.client.auth.answers, [FAILED] * 3)

    def test_rsa_signs_with_sha2(self) -> None:
        for algorithm in (b"rsa-sha2-256", b"rsa-sha2-512"):
            link = self.link()
            link.client.auth.sign(self.rsa, algorithm)
            link.pump()
            self.assertTrue(link.client.auth.accepted, algorithm)

    def test_rsa_never_signs_with_sha1(self) -> None:
        link = self.link()
        link.client.auth.offer(self.rsa, b"ssh-rsa")
        link.client.auth.sign(self.rsa, b"ssh-rsa")
        link.client.auth.sign(self.rsa, b"rsa-sha2-256", signed=b"ssh-rsa")
        link.pump()
        self.assertEqual(link.client.auth.answers, [FAILED] * 3)

    def test_the_signatures_are_announced(self) -> None:
        announced = self.link().client.peerExtensions[b"server-sig-algs"].split(b",")
        self.assertIn(b"rsa-sha2-512", announced)
        self.assertNotIn(b"ssh-rsa", announced)


class TriesTests(LoginCase):
    def offer(self, link: Link, times: int) -> None:
        for _ in range(times):
            link.client.auth.offer(new_key())
        link.pump()

    def test_five_wrong_keys_and_the_right_one(self) -> None:
        link = self.link()
        link.client.auth.ask(b"none")
        self.offer(link, 5)
        link.client.auth.offer(self.house.owner)
        link.client.auth.sign(self.house.owner)
        link.pump()
        self.assertTrue(link.client.auth.accepted)

    def test_six_wrong_keys(self) -> None:
        link = self.link()
        self.offer(link, 20)
        self.assertEqual(link.client.auth.answers, [FAILED] * 5)
        self.assertEqual(link.client.reason, b"too many tries")
        self.assertTrue(link.far.disconnecting)

    def test_beginning_anew_does_not_help(self) -> None:
        link = self.link()
        for _ in range(10):
            self.offer(link, 2)
            link.client.sendPacket(MSG_SERVICE_REQUEST, NS(b"ssh-userauth"))
        link.pump()
        self.assertEqual(link.client.reason, b"too many tries")

    def test_many_packets_of_no_use(self) -> None:
        link = self.link()
        for _ in range(200):
            link.client.sendPacket(MSG_IGNORE, NS(b""))
        link.pump()
        self.assertEqual(link.client.reason, b"too many packets before login")
        self.assertEqual(link.server.buf, b"")

    def test_who_is_in_may_send_many(self) -> None:
        link = self.link()
        link.login(self.house.owner)
        for _ in range(200):
            link.client.sendPacket(MSG_IGNORE, NS(b""))
        link.pump()
        self.assertFalse(link.far.disconnecting)

    def test_what_follows_in_the_same_packet_is_not_read(self) -> None:
        link = self.link()
        for _ in range(6):
            link.client.auth.offer(new_key())
        link.client.auth.sign(self.house.owner)
        link.pump()
        self.assertFalse(link.client.auth.accepted)

    def test_asking_about_a_good_key_counts(self) -> None:
        link = self.link()
        for _ in range(7):
            link.client.auth.offer(self.house.owner)
        link.pump()
        self.assertEqual(link.client.reason, b"too many tries")

    def test_none_is_free_once(self) -> None:
        link = self.link()
        for _ in range(7):
            link.client.auth.ask(b"none")
        link.pump()
        self.assertEqual(link.client.reason, b"too many tries")


class GraceTests(LoginCase):
    def test_silence(self) -> None:
        link = Link(self.factory, self.clock)
        self.clock.advance(119)
        self.assertFalse(link.far.disconnecting)
        self.clock.advance(1)
        self.assertTrue(link.far.disconnecting)
        self.assertEqual(self.logged("address"), [PEER.host])

    def test_failing_now_and_then_does_not_put_it_off(self) -> None:
        link = self.link()
        for _ in range(4):
            self.clock.advance(29)
            link.client.auth.offer(new_key())
            link.client.sendPacket(MSG_SERVICE_REQUEST, NS(b"ssh-userauth"))
            link.pump()
        self.assertFalse(link.far.disconnecting)
        self.clock.advance(4)
        link.pump()
        self.assertEqual(link.client.reason, b"logging in took too long")

    def test_logged_in_for_good(self) -> None:
        link = self.link()
        link.login(self.house.owner)
        self.clock.advance(100_000)
        self.assertFalse(link.far.disconnecting)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_who_does_not_take_the_goodbye_is_cut_off(self) -> None:
        link = Link(self.factory, self.clock)
        aborted: list[bool] = []
        link.far.abortConnection = lambda: aborted.append(True)  # type: ignore[method-assign]
        self.clock.advance(120)
        self.assertEqual(aborted, [])
        self.clock.advance(self.house.settings.limits.close_seconds)
        self.assertEqual(aborted, [True])


class UnauthenticatedTests(LoginCase):
    settings = {"unauthenticated": 2}

    def test_the_oldest_makes_room(self) -> None:
        first, second = self.link(), self.link()
        aborted: list[object] = []
        for link in (first, second):
            link.far.abortConnection = partial(aborted.append, link)  # type: ignore[method-assign]
        Link(self.factory, self.clock)
        self.assertEqual(aborted, [first])
        self.assertEqual(len(self.factory.logging_in), 2)

    def test_logging_in_makes_room(self) -> None:
        self.link()
        self.link().login(self.house.owner)
        self.assertIsNotNone(self.factory.buildProtocol(PEER))

    def test_half_of_them_for_one_address(self) -> None:
        stranger = IPv4Address("TCP", "198.51.100.9", 22)
        link = Link(self.factory, self.clock, stranger)
        link.pump()
        self.assertIsNone(self.factory.buildProtocol(stranger))
        self.assertIsNotNone(self.factory.buildProtocol(IPv4Address("TCP", "198.51.100.10", 22)))

    def test_every_way_out_makes_room(self) -> None:
        def lost(link: Link) -> None:
            """The client is gone."""

        def nonsense(link: Link) -> None:
            link.server.dataReceived(b"\0" * 64)

        def tries(link: Link) -> None:
            for _ in range(6):
                link.client.auth.offer(new_key())
            link.pump()

        def grace(link: Link) -> None:
            self.clock.advance(120)

        def goodbye(link: Link) -> None:
            link.client.sendDisconnect(11, b"bye")
            link.pump()

        def before_a_word(link: Link) -> None:
            link.lose()

        for way in (lost, nonsense, tries, grace, goodbye):
            link = self.link()
            self.assertEqual(set(self.factory.logging_in), {link.server})
            way(link)
            link.lose()
            self.assertFalse(self.factory.logging_in, way.__name__)
            self.assertEqual(self.clock.getDelayedCalls(), [], way.__name__)
        before_a_word(Link(self.factory, self.clock))
        self.assertFalse(self.factory.logging_in)
