"""The programs people come with: nc, telnet, OpenSSL's s_client, and ssh for the owner."""

from __future__ import annotations

from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from unittest import TestCase

from tests.authority import Authority
from tests.process.server import ANY_PORT, Server
from tests.process.streams import Peer, finished, run, terminal

__all__ = ["Owner", "nc", "s_client", "telnet"]


def nc(case: TestCase, server: Server, nick: str = "") -> Peer:
    """Connect to the text port with nc; with a nickname, come back when that is in the lobby."""
    return _entered(run(case, "nc", "127.0.0.1", str(server.port())), nick)


def telnet(case: TestCase, server: Server, nick: str = "") -> Peer:
    """Connect to the text port with telnet at a terminal, which shows what is typed as well."""
    return _entered(terminal(case, "telnet", "127.0.0.1", str(server.port())), nick)


def s_client(case: TestCase, server: Server, authority: Authority, nick: str = "") -> Peer:
    """Connect to the TLS port with `openssl s_client -quiet`, trusting the root of `authority` alone."""
    root = Path("root.pem")
    root.write_bytes(authority.root.cert_pem.bytes())
    peer = run(
        case, "openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{server.port('tls')}",
        "-CAfile", str(root), "-verify_return_error", "-verify_hostname", "chat.example",
        "-servername", "chat.example",
    )  # fmt: skip
    return _entered(peer, nick)


def _entered(peer: Peer, nick: str) -> Peer:
    if nick:
        peer.enter(nick)
    return peer


class Owner:
    """Somebody with a key for the SSH shell. `options` are those that let him in."""

    def __init__(self, case: TestCase, name: str = "owner") -> None:
        self._case = case
        self._key = Path(f"{name}_key").absolute()
        made = finished("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(self._key))
        case.assertEqual(made.returncode, 0, made.stderr)
        self.public = self._key.with_suffix(".pub")
        self.options = ("--manhole", ANY_PORT, "--manhole-keys", str(self.public))

    def command(self, server: Server, *words: str) -> list[str]:
        """Return the command line of ssh, with the options that a test needs, and nobody's own settings."""
        options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes",
                   "LogLevel=ERROR", "BatchMode=yes")  # fmt: skip
        return [
            "ssh", "-F", "none", *(part for option in options for part in ("-o", option)),
            "-i", str(self._key), "-p", str(server.port("ssh")), "owner@127.0.0.1", *words,
        ]  # fmt: skip

    def ssh(self, server: Server, *words: str, **how: Any) -> CompletedProcess[str]:
        """Run one command in the shell and return how it ended."""
        return finished(*self.command(server, *words), **how)

    def shell(self, server: Server) -> Peer:
        """Open the interactive shell at a terminal."""
        command = self.command(server)
        return terminal(self._case, *command)
