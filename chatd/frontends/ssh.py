"""The SSH connection of the shell: public keys only, so long and so often (RFC 4252, RFC 4253)."""

# mypy: disallow-untyped-calls=False
# Conch is not annotated, and mypy takes a call through super() for a call of ours.
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twisted.conch.error import ConchError, IgnoreAuthentication, ValidPublicKey
from twisted.conch.interfaces import IConchUser
from twisted.conch.ssh.common import NS, getNS
from twisted.conch.ssh.keys import Key
from twisted.conch.ssh.transport import (
    DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE,
    DISCONNECT_PROTOCOL_ERROR,
    DISCONNECT_SERVICE_NOT_AVAILABLE,
    SSHServerTransport,
)
from twisted.conch.ssh.userauth import MSG_USERAUTH_FAILURE, SSHUserAuthServer
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import ISSHPrivateKey
from twisted.cred.error import UnauthorizedLogin
from twisted.cred.portal import IRealm
from twisted.internet.defer import Deferred, fail
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from chatd.core.ports import Delayed
from chatd.core.text import visible
from chatd.core.user import Rank
from chatd.frontends.ssh_keys import SIGNATURES, fingerprint
from chatd.frontends.ssh_session import ShellUser

if TYPE_CHECKING:
    from chatd.frontends.guard import Peer
    from chatd.frontends.manhole import ManholeFactory

__all__ = ["KeyChecker", "KeyRealm", "ListedKey", "ManholeTransport", "UserAuth"]

log = Logger(namespace="chatd.ssh")

PACKETS = 100
"""Packets from a client that has not logged in: key exchange, six keys and their signatures fit many times."""


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A public key that may log in, and the rank it gives."""

    key: Key
    rank: Rank


class ManholeTransport(SSHServerTransport):
    """One connection, with an end to logging in.

    Conch's own limits begin with the service that logs in, and begin anew when the client asks for it
    again; ours belong to the connection. Compression is not offered: it would be at work before login.
    """

    factory: ManholeFactory
    transport: Any
    peer: Peer
    ourVersionString = b"SSH-2.0-chatd"
    supportedKeyExchanges = [
        name for name in SSHServerTransport.supportedKeyExchanges if not name.startswith(b"diffie-hellman")
    ]
    supportedCiphers = [b"aes256-ctr", b"aes192-ctr", b"aes128-ctr"]
    supportedMACs = [b"hmac-sha2-512", b"hmac-sha2-256"]
    supportedCompressions = [b"none"]

    user: ShellUser | None = None
    """Who logged in."""
    tries = 0
    """Keys that were offered so far."""
    _packets = 0
    _ending = False
    _grace: Delayed | None = None
    _abort: Delayed | None = None

    @property
    def address(self) -> str:
        """The client's address, without the port."""
        return self.peer.host or "local"

    def connectionMade(self) -> None:
        factory = self.factory
        factory.connections.add(self)
        factory.logging_in[self] = None
        self._grace = factory.clock.callLater(factory.settings.login_seconds, self._too_slow)
        self.transport.registerProducer(self, True)
        super().connectionMade()

    def _too_slow(self) -> None:
        log.warn("SSH: {address} took too long to log in", address=self.address)
        self.sendDisconnect(DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE, b"logging in took too long")

    def logged_in(self, user: ShellUser) -> None:
        """The key was right: no more limits on logging in."""
        self.user = user
        self.factory.logging_in.pop(self, None)
        _cancel(self._grace)
        log.info(
            "SSH: {key} logged in from {address} as {rank}",
            key=user.fingerprint,
            address=self.address,
            rank=user.rank.name.lower(),
        )

    def connectionLost(self, reason: Failure | None = connectionDone) -> None:
        self._ending = True
        self.factory.connections.discard(self)
        self.factory.logging_in.pop(self, None)
        _cancel(self._grace)
        _cancel(self._abort)
        super().connectionLost(reason)

    # Who does not read is not read from.

    def pauseProducing(self) -> None:
        """Our answers pile up."""
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Our answers are gone."""
        self.transport.resumeProducing()

    def stopProducing(self) -> None:
        """The connection is gone."""

    # Packets

    def dataReceived(self, data: bytes) -> None:
        """Read packets; what Conch cannot read ends the connection, without a traceback before login."""
        if self._ending:
            return
        try:
            super().dataReceived(data)
        except Exception as error:  # noqa: BLE001 - whatever Conch stumbled over
            if self.user is not None:
                log.failure("SSH: a packet from {address} failed", address=self.address)
            else:
                log.warn(
                    "SSH: nonsense from {address} ({error})", address=self.address, error=type(error).__name__
                )
            self.sendDisconnect(DISCONNECT_PROTOCOL_ERROR, b"protocol error")

    def dispatchMessage(self, messageNum: int, payload: bytes) -> None:
        """Take a packet, unless one before it has ended the connection. Who has not logged in may send few."""
        if self._ending:
            return
        if self.user is None:
            self._packets += 1
            if self._packets > PACKETS:
                log.warn("SSH: too many packets from {address} before login", address=self.address)
                self.sendDisconnect(DISCONNECT_PROTOCOL_ERROR, b"too many packets before login")
                return
        super().dispatchMessage(messageNum, payload)

    def sendDisconnect(self, reason: int, desc: bytes) -> None:
        """Say why, and end; within `close_seconds` even if the client does not read it."""
        if not self._ending:
            self._going()
            super().sendDisconnect(reason, desc)

    def ssh_DISCONNECT(self, packet: bytes) -> None:
        """The client ends (RFC 4253 §11.1)."""
        self._going()
        self.transport.loseConnection()

    def _going(self) -> None:
        self._ending = True
        self.buf = b""  # nothing of it will be looked at
        self.transport.unregisterProducer()
        seconds = self.factory.registry.settings.limits.close_seconds
        self._abort = self.factory.clock.callLater(seconds, self.transport.abortConnection)

    def ssh_SERVICE_REQUEST(self, packet: bytes) -> None:
        """Begin to log in (RFC 4253 §10): once there are keys to encrypt with, and not again after login."""
        if self.user is not None or not self.isEncrypted("both"):
            self.sendDisconnect(DISCONNECT_SERVICE_NOT_AVAILABLE, b"not now")
        else:
            super().ssh_SERVICE_REQUEST(packet)

    def sendExtInfo(self, extensions: list[tuple[bytes, bytes]]) -> None:
        """Name the signatures that keys may make (RFC 8308 §3.1); Conch would name those of the host key."""
        algorithms = b",".join(name for names in SIGNATURES.values() for name in names)
        super().sendExtInfo([(b"server-sig-algs", algorithms)])


class UserAuth(SSHUserAuthServer):
    """Logs in by public key. Each key offered counts for the connection: refused, or found good but not yet used."""

    transport: ManholeTransport
    clock: Any
    _offered = ""
    _asked = False

    def serviceStarted(self) -> None:
        self.clock = self.transport.factory.clock
        super().serviceStarted()

    def auth_publickey(self, packet: bytes) -> Deferred[Any]:
        """Check a key (RFC 4252 §7); one that is not listed is not even parsed."""
        _, blob, _ = getNS(packet[1:], 2)
        self._offered = fingerprint(blob)
        if blob not in self.transport.factory.keys:
            return fail(UnauthorizedLogin("not a listed key"))
        return super().auth_publickey(packet)

    def _cbFinishedAuth(self, result: Any) -> None:
        super()._cbFinishedAuth(result)
        self.transport.logged_in(result[1])

    def _ebBadAuth(self, reason: Failure) -> None:
        """Count, and answer that it failed (RFC 4252 §5.1). The first `none` only asks what is offered."""
        transport = self.transport
        limit = transport.factory.settings.login_tries
        queried = reason.check(IgnoreAuthentication) is not None
        if self.method != b"none" or self._asked:
            transport.tries += 1
        self._asked = True
        if not queried and self.method != b"none":
            self._log_refusal(reason)
        if transport.tries > limit or (transport.tries == limit and not queried):
            log.warn("SSH: {address} offered too many keys", address=transport.address)
            transport.sendDisconnect(DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE, b"too many tries")
        elif not queried:
            methods = b",".join(self.supportedAuthentications)
            transport.sendPacket(MSG_USERAUTH_FAILURE, NS(methods) + b"\0")

    def _log_refusal(self, reason: Failure) -> None:
        if not reason.check(UnauthorizedLogin, ConchError):
            log.failure("SSH: a login failed", reason)
        log.warn(
            "SSH: login refused from {address}: {what}",
            address=self.transport.address,
            what=self._offered if self.method == b"publickey" else visible(repr(self.method)[:40]),
        )


@implementer(ICredentialsChecker)
class KeyChecker:
    """Knows the listed keys, and lets in who can sign with one of them. The name given does not matter."""

    credentialInterfaces = (ISSHPrivateKey,)

    def __init__(self, keys: Mapping[bytes, ListedKey]) -> None:
        self._keys = keys

    def requestAvatarId(self, credentials: Any) -> Any:
        """Return the key in its wire form. Raises ValidPublicKey for a good key without a signature, and
        UnauthorizedLogin."""
        listed = self._keys.get(credentials.blob)
        if listed is None or credentials.algName not in SIGNATURES[listed.key.sshType()]:
            raise UnauthorizedLogin("not a listed key, or a signature that is not taken")
        if credentials.sigData is None:
            raise ValidPublicKey
        signature = credentials.signature or b""
        try:
            # Conch takes the algorithm that the signature names, whatever the request said.
            good = getNS(signature)[0] == credentials.algName
            good = good and listed.key.verify(signature, credentials.sigData)
        except Exception:  # noqa: BLE001 - whatever goes wrong with a signature, it is a bad one
            good = False
        if not good:
            raise UnauthorizedLogin("the signature is wrong")
        return credentials.blob


@implementer(IRealm)
class KeyRealm:
    """Makes the user of a key."""

    def __init__(self, keys: Mapping[bytes, ListedKey]) -> None:
        self._keys = keys

    def requestAvatar(self, avatarId: Any, mind: object, *interfaces: object) -> tuple[Any, ShellUser, Any]:
        """Return who logged in with the key `avatarId`."""
        user = ShellUser(fingerprint(avatarId), self._keys[avatarId].rank)
        return IConchUser, user, lambda: None


def _cancel(call: Delayed | None) -> None:
    if call is not None and call.active():
        call.cancel()
