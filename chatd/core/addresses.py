"""What stands for a client's address: for others a cloak, for limits a key."""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

__all__ = ["LOCAL", "Cloaker", "Networks", "is_cloak", "is_loopback", "network", "networks", "numeric"]

LOCAL = "local"  # Stands for whatever is no IP address, as the peer of a Unix socket.

_KEY_BYTES = range(16, 65)  # RFC 7693 §2.1 takes up to 64; less than 128 bits could be guessed.
# In base32 characters of 5 bits: 50 and 40 bits.
_ADDRESS_PART = 10
_NETWORK_PART = 8
_REMEMBERED = 4_096
_CLOAK = re.compile(rf"(?:[a-z2-7]{{{_ADDRESS_PART}}}|\*)\.[a-z2-7]{{{_NETWORK_PART}}}|{LOCAL}")


class Cloaker:
    """Makes the cloaks of one server.

    A cloak is `ADDRESS.NETWORK`, as `x4k2p7qa3m.hm5t2zle`: the same address always has the same
    cloak, addresses of one IPv4 /24 or IPv6 /64 share the network part, and without the key neither
    part leads back (keyed BLAKE2b, RFC 7693 §2.9).
    """

    def __init__(self, key: bytes) -> None:
        """`key` is 16 to 64 secret bytes, kept for as long as cloaks should stay. Raises ValueError."""
        if len(key) not in _KEY_BYTES:
            raise ValueError("a cloak key has 16 to 64 bytes")
        self._key = key
        self._cached = lru_cache(_REMEMBERED)(self._cloak)

    def cloak(self, address: str) -> str:
        """The cloak of an IP address; LOCAL for anything else. Never raises."""
        return self._cached(address)

    def derived(self, purpose: bytes) -> bytes:
        """Return 32 bytes for another purpose (16 bytes at most), as secret and lasting as the key itself."""
        return blake2b(key=self._key, person=purpose, digest_size=32).digest()

    def _cloak(self, address: str) -> str:
        ip = numeric(address)
        if ip is None:
            return LOCAL
        host_bits = 8 if ip.version == 4 else 64
        around = int(ip) >> host_bits
        return (
            self._part(b"address", f"{ip}", _ADDRESS_PART)
            + "."
            + self._part(b"network", f"{ip.version}/{around:x}", _NETWORK_PART)
        )

    def _part(self, purpose: bytes, text: str, length: int) -> str:
        digest = blake2b(text.encode(), key=self._key, person=purpose).digest()
        return b32encode(digest)[:length].decode().lower()


def is_cloak(text: str) -> bool:
    """Whether this is written like a cloak, or like `*.NETWORK`, which stands for all of a network."""
    return _CLOAK.fullmatch(text) is not None


@lru_cache(_REMEMBERED)
def network(address: str) -> str:
    """The key under which connections of one client are counted: IPv4 alone, IPv6 by /64.

    Anything that is no IP address is LOCAL. Never raises.
    """
    ip = numeric(address)
    if ip is None:
        return LOCAL
    if isinstance(ip, IPv4Address):
        return str(ip)
    return f"{IPv6Address(int(ip) >> 64 << 64)}/64"


def is_loopback(address: str) -> bool:
    """Whether this is an address of the machine itself."""
    ip = numeric(address)
    return ip is not None and ip.is_loopback


@lru_cache(_REMEMBERED)
def numeric(address: str) -> IPv4Address | IPv6Address | None:
    """Read an IP address; None if it is none.

    An IPv4 address mapped into IPv6 (RFC 4291 §2.5.5.2) is the IPv4 address; the zone of a
    link-local one (RFC 4007 §11) is left out.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return (ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else ip


class Networks:
    """A list of addresses and networks; `in` asks whether an address belongs to one of them."""

    def __init__(self, texts: Iterable[str]) -> None:
        """`texts` as `192.0.2.1`, `192.0.2.0/24` or `2001:db8::/32`. Raises ValueError, which names the bad one."""
        self._networks = [_network(text) for text in texts]

    def __contains__(self, address: str) -> bool:
        ip = numeric(address)
        return ip is not None and any(ip in each for each in self._networks)

    def __bool__(self) -> bool:
        return bool(self._networks)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(text)
    except ValueError:
        raise ValueError(f"{text!r} is no address or network, as 192.0.2.0/24 or 2001:db8::/32") from None
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    # Addresses are compared as `numeric` reads them, which knows no mapped ones (RFC 4291 §2.5.5.2).
    return ip_network(f"{mapped}/{network.prefixlen - 96}") if mapped and network.prefixlen >= 96 else network


@lru_cache(16)
def networks(texts: tuple[str, ...]) -> Networks:
    """Return `Networks` of settings, parsed once. Raises ValueError."""
    return Networks(texts)
