"""The shell as OpenSSH's client meets it, over a real socket."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from twisted.conch.ssh.keys import Key
from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import ProcessProtocol, Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.internet.utils import getProcessOutputAndValue
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from chatd.frontends.manhole import ManholeFactory, manhole_factory
from chatd.frontends.ssh_keys import fingerprint
from chatd.settings import Manhole
from tests.frontends.ssh_house import House, new_key
from tests.requirements import program, requires

reactor: Any = _reactor


class Typist(ProcessProtocol):
    """Somebody at a terminal, with OpenSSH's client on it."""

    def __init__(self) -> None:
        self.shown = b""
        self.ended: Deferred[int] = Deferred()
        self._waiting: tuple[bytes, Deferred[None]] | None = None

    def outReceived(self, data: bytes) -> None:
        self.shown += data
        self._look()

    def see(self, text: str) -> Deferred[None]:
        """Wait until that is shown, and forget everything before it."""
        seen: Deferred[None] = Deferred()
        self._waiting = text.encode(), seen
        self._look()
        return seen

    def _look(self) -> None:
        if self._waiting is not None and self._waiting[0] in self.shown:
            text, seen = self._waiting
            self._waiting = None
            self.shown = self.shown.split(text, 1)[1]
            seen.callback(None)

    def processEnded(self, reason: Failure) -> None:
        self.ended.callback(reason.value.exitCode)


class Silent(Protocol):
    """Connects and says nothing."""

    def __init__(self) -> None:
        self.lost: Deferred[None] = Deferred()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost.callback(None)


class OpenSSHCase(TestCase):
    settings: dict[str, Any] = {}

    def setUp(self) -> None:
        self.ssh = program("ssh")
        self.house = House(reactor, self.addCleanup, **self.settings)
        self.folder = self.house.folder
        self.rsa = Key(rsa.generate_private_key(65537, 2048))
        self.keys = self.file("owners", self.house.owner, self.rsa)
        self.operator_keys = self.file("operators", self.house.operator)
        self.factory: ManholeFactory = manhole_factory(
            Manhole(keys=str(self.keys), operator_keys=str(self.operator_keys), **self.settings),
            self.folder,
            self.house.registry,
            self.house.commands,
            reactor,
        )
        self.port = reactor.listenTCP(0, self.factory, interface="127.0.0.1")
        self.addCleanup(self.all_gone)
        self.addCleanup(self.port.stopListening)
        known = self.factory.publicKeys[b"ssh-ed25519"].toString("OPENSSH").decode()
        (self.folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port.getHost().port} {known}\n")

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await deferLater(reactor, 0)

    async def all_gone(self) -> None:
        await self.until(lambda: not self.factory.connections)
        self.assertFalse(self.factory.logging_in)

    def file(self, name: str, *keys: Key) -> Path:
        path = self.folder / name
        path.write_bytes(b"".join(key.public().toString("OPENSSH") + b"\n" for key in keys))
        path.chmod(0o600)
        return path

    def arguments(self, key: Key, *options: str) -> list[str]:
        identity = self.folder / fingerprint(key.public().blob()).replace("/", "_")
        identity.write_bytes(key.toString("OPENSSH", subtype="v1"))
        identity.chmod(0o600)
        given = [
            "BatchMode=yes",
            "IdentitiesOnly=yes",
            "IdentityAgent=none",
            "LogLevel=ERROR",
            "StrictHostKeyChecking=yes",
            f"UserKnownHostsFile={self.folder / 'known_hosts'}",
        ]
        configured = [word for option in given for word in ("-o", option)]
        return [
            *("-F", "/dev/null", "-p", str(self.port.getHost().port), "-i", str(identity)),
            *configured,
            *options,
            "owner@127.0.0.1",
        ]

    async def run_ssh(self, key: Key, *line: str, options: tuple[str, ...] = ()) -> tuple[int, str, str]:
        """Run one command; return status, standard output and standard error."""
        out, err, status = await getProcessOutputAndValue(
            self.ssh, [*self.arguments(key, *options), *line], env=dict(os.environ)
        )
        return status, out.decode(), err.decode()

    def at_terminal(self, key: Key, *options: str) -> Typist:
        typist = Typist()
        arguments = [self.ssh, *self.arguments(key, *options)]
        reactor.spawnProcess(typist, self.ssh, arguments, env={**os.environ, "TERM": "xterm"}, usePTY=True)
        return typist


@requires("ssh")
class CommandTests(OpenSSHCase):
    async def test_statuses(self) -> None:
        bob = self.house.add("Bob")
        owner = self.house.owner
        self.assertEqual(
            await self.run_ssh(owner, "/kick bob spamming"), (0, "-> Bob is off the server.\n", "")
        )
        self.assertEqual(len(bob.closed), 1)
        self.assertEqual(
            await self.run_ssh(owner, "/kick", "bob"), (1, "", '-> Error: no user named "bob".\n')
        )
        status, out, err = await self.run_ssh(owner, "/kick")
        self.assertEqual((status, out, err.startswith("-> Usage: /kick")), (2, "", True))
        status, out, err = await self.run_ssh(owner, "registry.users")
        self.assertEqual((status, out, err.startswith("-> Usage: ssh")), (2, "", True))

    async def test_utf8(self) -> None:
        self.house.add("Zoé")
        self.assertEqual(
            (await self.run_ssh(self.house.owner, "/kick Zoé"))[:2], (0, "-> Zoé is off the server.\n")
        )

    async def test_input_is_closed(self) -> None:
        self.assertEqual((await self.run_ssh(self.house.owner, "/stats", options=("-n",)))[0], 0)

    async def test_rsa(self) -> None:
        self.assertEqual((await self.run_ssh(self.rsa, "/stats"))[0], 0)

    async def test_old_signatures(self) -> None:
        options = ("-o", "PubkeyAcceptedAlgorithms=ssh-rsa")
        self.assertEqual((await self.run_ssh(self.rsa, "/stats", options=options))[0], 255)

    async def test_operator(self) -> None:
        self.assertEqual((await self.run_ssh(self.house.operator, "/stats"))[0], 0)
        self.assertEqual((await self.run_ssh(self.house.operator, "/shutdown"))[0], 1)
        self.assertEqual(self.house.stopped, [])

    async def test_audit(self) -> None:
        await self.run_ssh(self.house.owner, "/stats")
        (entry,) = self.house.audited()
        self.assertEqual(entry.by, fingerprint(self.house.owner.public().blob()))
        self.assertEqual((entry.door, entry.address, entry.line), ("ssh", "127.0.0.1", "/stats"))


@requires("ssh")
class RefusedTests(OpenSSHCase):
    async def test_wrong_key(self) -> None:
        status, out, err = await self.run_ssh(new_key(), "/stats")
        self.assertEqual((status, out), (255, ""))
        self.assertIn("Permission denied (publickey)", err)
        self.assertEqual(self.house.audited(), [])

    async def test_passwords(self) -> None:
        options = ("-o", "PreferredAuthentications=password,keyboard-interactive")
        status, _, err = await self.run_ssh(self.house.owner, "/stats", options=options)
        self.assertEqual(status, 255)
        self.assertIn("Permission denied (publickey)", err)

    async def test_file_transfer(self) -> None:
        status, _, err = await self.run_ssh(self.house.owner, "sftp", options=("-s",))
        self.assertEqual(status, 255)
        self.assertIn("subsystem request failed", err)

    async def test_forwarding(self) -> None:
        target = f"127.0.0.1:{self.port.getHost().port}"
        self.assertEqual((await self.run_ssh(self.house.owner, options=("-W", target)))[0], 255)
        remote = ("-R", f"0:{target}", "-o", "ExitOnForwardFailure=yes")
        self.assertEqual((await self.run_ssh(self.house.owner, "/stats", options=remote))[0], 255)

    async def test_old_ciphers(self) -> None:
        for option in ("KexAlgorithms=diffie-hellman-group14-sha1", "Ciphers=aes128-cbc", "MACs=hmac-sha1"):
            self.assertEqual(
                (await self.run_ssh(self.house.owner, "/stats", options=("-o", option)))[0], 255, option
            )


@requires("ssh")
class CrowdTests(OpenSSHCase):
    settings = {"unauthenticated": 3}

    async def test_silent_ones_and_their_end(self) -> None:
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", self.port.getHost().port)
        silent = [await connectProtocol(endpoint, Silent()) for _ in range(3)]
        await self.until(lambda: len(self.factory.logging_in) == 3)
        self.assertEqual((await self.run_ssh(self.house.owner, "/stats"))[0], 0)
        await silent[0].lost  # the oldest has made room
        for each in silent[1:]:
            each.transport.loseConnection()
            await each.lost


@requires("ssh")
class TerminalTests(OpenSSHCase):
    async def test_a_conversation(self) -> None:
        zoe = self.house.add("Zoé")
        typist = self.at_terminal(self.house.owner)
        await typist.see(">>> ")
        for byte in "/kick Zoè\x7fé für später\r".encode():
            typist.transport.write(bytes([byte]))
        await typist.see("-> Zoé is off the server.\r\n>>> ")
        self.assertIn("für später", zoe.closed[0])
        typist.transport.write(b"len(registry.users), 'sesame'\r")
        await typist.see("(0, 'sesame')\r\n>>> ")
        typist.transport.write(b"\x04")
        self.assertEqual(await typist.ended, 0)
        self.assertEqual(self.house.lines(), ["/kick Zoé für später", ">>> len(registry.users), '…'"])

    async def test_operator(self) -> None:
        typist = self.at_terminal(self.house.operator)
        await typist.see(">>> ")
        typist.transport.write(b"registry\r")
        await typist.see("Only commands work with this key")
        await typist.see(">>> ")
        typist.transport.write(b"/shutdown\r")
        await typist.see("unknown command")
        typist.transport.write(b"\x04")
        self.assertEqual((await typist.ended, self.house.stopped), (0, []))

    async def test_the_server_ends_it(self) -> None:
        typist = self.at_terminal(self.house.owner)
        await typist.see(">>> ")
        self.factory.close("the server stops")
        self.assertEqual(await typist.ended, 255)
