"""What a key does not open."""

from __future__ import annotations

from twisted.conch.ssh.common import NS

from chatd.frontends.ssh_keys import fingerprint
from tests.frontends.ssh_cases import SessionCase
from tests.frontends.ssh_client import Session


class OperatorTests(SessionCase):
    def test_rank(self) -> None:
        self.house.add("Bob")
        self.assertEqual(self.link().execute(self.house.operator, "/kick bob").status, 0)
        self.assertEqual(self.house.audited()[0].by, fingerprint(self.house.operator.public().blob()))

    def test_no_shutdown(self) -> None:
        session = self.link().execute(self.house.operator, "/shutdown")
        self.assertEqual((session.status, self.house.stopped), (1, []))
        self.assertEqual(self.run_as_owner("/shutdown moving").status, 0)
        self.assertEqual(self.house.stopped, ["moving"])


class DoorsTests(SessionCase):
    def test_only_sessions(self) -> None:
        link = self.link()
        connection = link.login(self.house.owner)
        for kind in (b"direct-tcpip", b"forwarded-tcpip", b"x11", b"auth-agent@openssh.com"):
            channel = link.open(connection, Session(kind))
            self.assertEqual((channel.opened, channel.refused), (False, True), kind)

    def test_no_forwarding_to_the_client(self) -> None:
        link = self.link()
        connection = link.login(self.house.owner)
        asked = connection.sendGlobalRequest(b"tcpip-forward", NS(b"") + bytes(4), wantReply=1)
        link.pump()
        self.failureResultOf(asked)

    def test_only_prompts_and_commands(self) -> None:
        link = self.link()
        session = link.open(link.login(self.house.owner), Session())
        for request, data in (
            (b"subsystem", NS(b"sftp")),
            (b"env", NS(b"LANG") + NS(b"C")),
            (b"x11-req", b""),
            (b"auth-agent-req@openssh.com", b""),
            (b"sh\xc3\xa9ll", b""),
            (b"pty-req", b"nonsense"),
            (b"window-change", b""),
            (b"exec", b"\xff\xff\xff"),
        ):
            session.granted.clear()
            session.ask(request, data)
            link.pump()
            self.assertEqual(session.granted, [False], request)

    def test_one_thing_a_session(self) -> None:
        link = self.link()
        session = link.execute(self.house.owner, "/wait")
        session.ask(b"exec", NS(b"/stats"))
        session.ask(b"shell")
        link.pump()
        self.assertEqual(session.granted, [True, False, False])
        self.assertEqual(self.house.lines(), ["/wait"])

    def test_ten_sessions(self) -> None:
        link = self.link()
        connection = link.login(self.house.owner)
        sessions = [link.open(connection, Session()) for _ in range(11)]
        self.assertEqual([session.opened for session in sessions], [True] * 10 + [False])
        sessions[0].loseConnection()
        link.pump()
        self.assertTrue(link.open(connection, Session()).opened)
