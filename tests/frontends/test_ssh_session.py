"""One command, or a prompt, over SSH."""

from __future__ import annotations

from twisted.conch.ssh.common import NS
from twisted.conch.ssh.session import packRequest_window_change

from chatd.frontends.ssh_keys import fingerprint
from tests.frontends.ssh_cases import SessionCase
from tests.frontends.ssh_client import PEER, Link, Session


class OneCommandTests(SessionCase):
    def test_done(self) -> None:
        bob = self.house.add("Bob")
        session = self.run_as_owner("/kick bob spamming")
        self.assertEqual((session.status, session.out, session.err), (0, b"-> Bob is off the server.\n", b""))
        self.assertEqual(len(bob.closed), 1)
        self.assertIn("spamming", bob.closed[0])
        self.assertTrue(session.over)
        self.assertEqual(session.granted, [True])

    def test_refused(self) -> None:
        session = self.run_as_owner("/kick nobody")
        self.assertEqual((session.status, session.out), (1, b""))
        self.assertEqual(session.err, b'-> Error: no user named "nobody".\n')

    def test_usage(self) -> None:
        session = self.run_as_owner("/kick")
        self.assertEqual((session.status, session.out), (2, b""))
        self.assertTrue(session.err.startswith(b"-> Usage: /kick"))

    def test_defect(self) -> None:
        session = self.run_as_owner("/break")
        self.assertEqual(session.status, 1)
        self.assertIn(b"something went wrong", session.err)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_utf8(self) -> None:
        zoe = self.house.add("Zoé")
        session = self.run_as_owner("/kick Zoé für später")
        self.assertEqual((session.status, session.out.decode()), (0, "-> Zoé is off the server.\n"))
        self.assertIn("für später", zoe.closed[0])

    def test_no_python(self) -> None:
        for line in ("1/0", "", " /stats", "registry.users", "stats"):
            session = self.run_as_owner(line)
            self.assertEqual((session.status, session.out), (2, b""), line)
            self.assertEqual(session.err.count(b"\n"), 1)
            self.assertTrue(session.err.startswith(b"-> Usage: ssh HOST /COMMAND"))
        self.assertEqual(self.house.audited(), [])

    def test_one_line(self) -> None:
        bob = self.house.add("Bob")
        for line in (
            b"/stats\n/kick bob",
            b"/kick bob\r",
            b"/kick\0bob",
            b"/kick \xff",
            b"/broadcast " + b"x" * 5000,
        ):
            self.assertEqual(self.run_as_owner(line).status, 2, line)
        self.assertEqual(bob.closed, [])
        self.assertEqual(self.run_as_owner("/stats\n").status, 0)

    def test_a_command_that_waits(self) -> None:
        link = self.link()
        session = link.execute(self.house.owner, "/wait", eof=True)
        self.assertEqual((session.status, session.over), (None, False))
        self.house.probe.waiting[0].callback("at last")
        link.pump()
        self.assertEqual((session.status, session.out, session.over), (0, b"-> at last\n", True))

    def test_gone_before_the_end(self) -> None:
        link = self.link()
        link.execute(self.house.owner, "/wait")
        link.lose()
        self.house.probe.waiting[0].callback("too late")
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_end_of_input(self) -> None:
        session = self.run_as_owner("/stats", eof=True)
        self.assertEqual((session.status, session.over), (0, True))
        self.assertIn(b"42", session.out)

    def test_end_of_input_and_nothing_asked(self) -> None:
        link = self.link()
        session = link.open(link.login(self.house.owner), Session())
        session.conn.sendEOF(session)
        link.pump()
        self.assertTrue(session.over)

    def test_on_a_terminal_lines_end_for_it(self) -> None:
        link = self.link()
        session = link.open(link.login(self.house.owner), Session())
        session.ask(b"pty-req", NS(b"xterm") + bytes(16) + NS(b""))
        session.ask(b"exec", NS(b"/kick nobody"))
        link.pump()
        self.assertTrue(session.err.endswith(b".\r\n"))

    def test_input_is_not_read(self) -> None:
        link = self.link()
        session = link.execute(self.house.owner, "/wait")
        session.write(b"/kick bob\n")
        link.pump()
        self.house.probe.waiting[0].callback("done")
        link.pump()
        self.assertEqual(self.house.lines(), ["/wait"])

    def test_a_client_that_reads_too_slowly(self) -> None:
        link = self.link()
        aborted: list[bool] = []
        link.far.abortConnection = lambda: aborted.append(True)  # type: ignore[method-assign]
        session = link.open(link.login(self.house.owner), Session(localWindow=1000))
        session.conn.adjustWindow = lambda channel, count: None
        session.ask(b"exec", NS(b"/flood"))
        link.pump()
        self.assertEqual(aborted, [True])


class AuditTests(SessionCase):
    def test_who_and_from_where(self) -> None:
        self.house.add("Bob")
        self.run_as_owner("/kick bob")
        (entry,) = self.house.audited()
        by = fingerprint(self.house.owner.public().blob())
        self.assertEqual(
            (entry.door, entry.by, entry.address, entry.line, entry.target),
            ("ssh", by, PEER.host, "/kick bob", "Bob"),
        )

    def test_refused_ones_too(self) -> None:
        self.run_as_owner("/kick nobody")
        self.run_as_owner("/kcik nobody")
        self.assertEqual(self.house.lines(), ["/kick nobody", "[unknown command]"])

    def test_secrets(self) -> None:
        self.run_as_owner("/secret sesame")
        self.assertEqual(self.house.lines(), ["/secret [redacted]"])


class PromptTests(SessionCase):
    def open(self, link: Link, width: int = 80) -> Session:
        session = link.open(link.login(self.house.owner), Session())
        session.terminal(width)
        link.pump()
        return session

    def type(self, link: Link, session: Session, keys: str) -> str:
        session.out = b""
        session.write(keys.encode())
        link.pump()
        return session.out.decode()

    def test_greeting(self) -> None:
        session = self.open(self.link())
        self.assertEqual(session.granted, [True, True])
        banner, _hint, prompt = session.out.decode().split("\r\n")
        self.assertIn("registry", banner)
        self.assertEqual(prompt, ">>> ")

    def test_commands_and_python(self) -> None:
        link = self.link()
        session = self.open(link)
        self.house.add("Zoé")
        self.assertIn("Zoé", self.type(link, session, "[u.nick for u in registry.users.values()]\r"))
        self.assertIn("Zoé is off the server", self.type(link, session, "/kick Zoé\r"))
        self.assertEqual(self.house.lines(), [">>> [u.nick for u in registry.users.values()]", "/kick Zoé"])

    def test_typed_early(self) -> None:
        link = self.link()
        session = link.open(link.login(self.house.owner), Session())
        session.ask(b"pty-req", NS(b"xterm") + bytes(16) + NS(b""))
        session.ask(b"shell")
        session.write(b"/stats\r")
        link.pump()
        self.assertIn(b"42", session.out)

    def test_ways_out(self) -> None:
        for keys in ("\x04", "exit()\r", "\x1c", "raise SystemExit(3)\r"):
            link = self.link()
            session = self.open(link)
            self.type(link, session, keys)
            self.assertEqual((session.status, session.over), (0, True), keys)
            self.assertFalse(link.far.disconnecting)

    def test_end_of_input(self) -> None:
        link = self.link()
        session = self.open(link)
        session.write(b"/stats\r")
        session.conn.sendEOF(session)
        link.pump()
        self.assertIn(b"42", session.out)
        self.assertEqual((session.status, session.over), (0, True))

    def test_without_a_terminal(self) -> None:
        link = self.link()
        session = link.open(link.login(self.house.owner), Session())
        session.ask(b"shell")
        session.write(b"/stats\n")
        link.pump()
        self.assertEqual((session.status, session.out, session.err.count(b"\n")), (2, b"", 1))

    def test_resized(self) -> None:
        link = self.link()
        session = self.open(link)
        session.ask(b"window-change", packRequest_window_change((24, 20, 0, 0)))
        link.pump()
        self.assertEqual(session.granted[-1], True)
        self.assertIn("Zoé", self.type(link, session, "'Zoé'\r"))

    def test_lost(self) -> None:
        link = self.link()
        self.type(link, self.open(link), "/wait\r")
        link.lose()
        self.house.probe.waiting[0].callback("too late")

    def test_operators_have_no_python(self) -> None:
        link = self.link()
        session = link.open(link.login(self.house.operator), Session())
        session.terminal()
        link.pump()
        shown = self.type(link, session, "registry.stop = 1\r")
        self.assertIn("Only commands work with this key", shown)
        self.assertFalse(hasattr(self.house.registry, "stop"))
        self.assertIn("unknown command", self.type(link, session, "/shutdown\r"))
        self.assertEqual(self.house.stopped, [])
        self.assertIn("42", self.type(link, session, "/stats\r"))
