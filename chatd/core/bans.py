"""Bans in force, found quickly however many there are."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chatd.core.addresses import numeric
from chatd.core.masks import Kind, Mask

__all__ = ["Ban", "Bans"]


@dataclass(frozen=True, slots=True)
class Ban:
    """A mask that is refused. `until` is in seconds of the monotonic clock, None: for good."""

    mask: Mask
    by: str
    until: float | None = None
    reason: str = ""


class Bans(UserDict[str, Ban]):
    """The bans of a room or the server, by the text of their masks.

    Masks for one nickname, account, address or host are looked up; those with wildcards and networks are
    compiled once and tried one after the other (10,000 of either: some milliseconds).
    """

    def __init__(self) -> None:
        self._globs: dict[str, Callable[[str], object]] = {}
        self._networks: dict[str, tuple[int, int, int]] = {}
        super().__init__()

    def __setitem__(self, text: str, ban: Ban) -> None:
        super().__setitem__(text, ban)
        mask = ban.mask
        if mask.kind is Kind.NICK and mask.wide:
            self._globs[text] = mask.glob().fullmatch
        elif mask.kind is Kind.ADDRESS and mask.wide:
            network = mask.network()
            self._networks[text] = (network.version, int(network.netmask), int(network.network_address))

    def __delitem__(self, text: str) -> None:
        super().__delitem__(text)
        self._globs.pop(text, None)
        self._networks.pop(text, None)

    def of_nick(self, nick: str) -> Iterator[Ban]:
        """Yield the bans of a folded nickname."""
        if nick in self.data:
            yield self.data[nick]
        for text, matches in list(self._globs.items()):
            if matches(nick):
                yield self.data[text]

    def of(self, nick: str, account: str | None, address: str, cloak: str) -> Iterator[Ban]:
        """Yield the bans that meet a user: folded nickname and account (None: a guest), address and its cloak."""
        if not self.data:
            return
        yield from self.of_nick(nick)
        ip = numeric(address)
        texts = [f"host:{cloak}", f"host:*.{cloak.partition('.')[2]}"]
        if account is not None:
            texts.append(f"account:{account}")
        if ip is not None:
            texts.append(f"address:{ip}")
        for text in texts:
            if text in self.data:
                yield self.data[text]
        if ip is None:
            return
        version, number = ip.version, int(ip)
        for text, (which, netmask, network) in list(self._networks.items()):
            if which == version and number & netmask == network:
                yield self.data[text]
