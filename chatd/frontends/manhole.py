"""The owner's SSH shell: one listener, the keys that open it, and how many may try at once."""

# mypy: disallow-untyped-calls=False
# Conch is not annotated, and mypy takes a call through super() for a call of ours.
from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.conch.manhole_ssh import ConchFactory
from twisted.conch.ssh.keys import Key
from twisted.conch.ssh.transport import DISCONNECT_BY_APPLICATION
from twisted.cred.portal import Portal
from twisted.internet.interfaces import IAddress
from twisted.logger import Logger

from chatd.commands.table import CommandTable
from chatd.core.addresses import network, networks
from chatd.core.ports import Clock
from chatd.core.registry import Registry
from chatd.core.user import Rank
from chatd.frontends.guard import Peer
from chatd.frontends.ssh import KeyChecker, KeyRealm, ListedKey, ManholeTransport, UserAuth
from chatd.frontends.ssh_keys import SSHError, fingerprint, load_host_key, load_keys
from chatd.frontends.ssh_session import Connection
from chatd.settings import Manhole

__all__ = ["ManholeFactory", "SSHError", "manhole_factory"]

log = Logger(namespace="chatd.ssh")


class ManholeFactory(ConchFactory):
    """Makes SSH connections. `keys` are those listed, by their wire form; `clock` is monotonic."""

    protocol = ManholeTransport
    publicKeys: Any
    privateKeys: Any
    noisy = False

    def __init__(  # noqa: PLR0917 - the shell is what brings these together
        self,
        registry: Registry,
        commands: CommandTable,
        settings: Manhole,
        host_key: Key,
        keys: dict[bytes, ListedKey],
        clock: Clock,
    ) -> None:
        # The portal's parts hold the same one.
        self.keys = keys
        super().__init__(Portal(KeyRealm(self.keys), [KeyChecker(self.keys)]))
        self.registry = registry
        self.commands = commands
        self.settings = settings
        self.clock = clock
        self.privateKeys = {host_key.sshType(): host_key}
        self.publicKeys = {host_key.sshType(): host_key.public()}
        self.primes = None
        self.connections: set[ManholeTransport] = set()
        self.logging_in: dict[ManholeTransport, None] = {}
        """Connections that have not logged in yet."""
        self._turned_away = 0

    def buildProtocol(self, addr: IAddress) -> Any:  # type: ignore[override]  # there is always one
        """Make a connection; none for an address that is half of those who may be logging in at once. When
        there are as many as may be, the oldest of them makes room."""
        peer = Peer.of(addr)
        if self._has_its_share(peer):
            if not self._turned_away:
                log.warn("SSH: {count} are logging in, others are turned away", count=len(self.logging_in))
            self._turned_away += 1
            return None
        if self._turned_away:
            log.warn("SSH: {count} were turned away", count=self._turned_away)
            self._turned_away = 0
        protocol: Any = super().buildProtocol(addr)
        protocol.peer = peer
        while len(self.logging_in) >= self.settings.unauthenticated:
            oldest = next(iter(self.logging_in))
            del self.logging_in[oldest]
            oldest.transport.abortConnection()
        return protocol

    def _has_its_share(self, peer: Peer) -> bool:
        if peer.host in networks(self.registry.settings.limits.exempt):
            return False
        home = network(peer.host)
        beside = sum(network(each.peer.host) == home for each in self.logging_in)
        return beside >= (self.settings.unauthenticated + 1) // 2

    def getService(self, transport: ManholeTransport, service: bytes) -> type[UserAuth | Connection] | None:
        """Return the service of that name (RFC 4253 §10), if this is its time."""
        if hasattr(transport, "avatar"):
            return Connection if service == b"ssh-connection" else None
        return UserAuth if service == b"ssh-userauth" else None

    @staticmethod
    def refusal(reason: str) -> bytes:
        """Return what is said, before SSH begins (RFC 4253 §4.2), to a client who may not come in."""
        return f"{reason}\r\n".encode()

    def reload(self, settings: Manhole) -> None:
        """Take over new settings and read the key files again; bad ones stay as they were, and are logged.

        Who is in with a key that is no longer listed, or no longer gives that rank, is put out.
        """
        try:
            listed = _listed(settings)
        except SSHError as error:
            log.error("SSH: the old keys stay: {error}", error=str(error))
            return
        self.settings = settings
        self.keys.clear()
        self.keys |= listed
        ranks = {fingerprint(blob): each.rank for blob, each in listed.items()}
        for connection in list(self.connections):
            user = connection.user
            if user is not None and ranks.get(user.fingerprint) != user.rank:
                connection.sendDisconnect(DISCONNECT_BY_APPLICATION, b"this key is no longer listed")

    def close(self, reason: str) -> None:
        """End all connections and tell them why."""
        for connection in list(self.connections):
            connection.sendDisconnect(DISCONNECT_BY_APPLICATION, reason.encode())


def manhole_factory(
    settings: Manhole, data: Path, registry: Registry, commands: CommandTable, clock: Clock
) -> ManholeFactory:
    """Load the keys and return the shell's factory. `data` is the data folder, `clock` monotonic.

    Raises SSHError, one line that names the file: keys that cannot be read or honoured, the same key for
    owner and operator, no key at all, a host key that others can read.
    """
    keys = _listed(settings)
    host_key = load_host_key(data)
    log.info("SSH: the host key is {key}", key=fingerprint(host_key.public().blob()))
    return ManholeFactory(registry, commands, settings, host_key, keys, clock)


def _listed(settings: Manhole) -> dict[bytes, ListedKey]:
    """Read the key files. Raises SSHError."""
    owners = load_keys(Path(settings.keys)) if settings.keys else {}
    operators = load_keys(Path(settings.operator_keys)) if settings.operator_keys else {}
    if not owners and not operators:
        names = " and ".join(filter(None, (settings.keys, settings.operator_keys))) or "manhole.keys"
        raise SSHError(f"{names}: no key in there: nobody could log in to the SSH shell")
    for blob in owners.keys() & operators.keys():
        raise SSHError(f"{settings.operator_keys}: {fingerprint(blob)} is in {settings.keys} as well")
    keys = {blob: ListedKey(key, Rank.OPERATOR) for blob, key in operators.items()}
    return keys | {blob: ListedKey(key, Rank.OWNER) for blob, key in owners.items()}
