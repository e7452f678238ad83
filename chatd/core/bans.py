"""Bans in force, found quickly however many there are."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from msgspec import UNSET, UnsetType

from chatd.core.addresses import numeric
from chatd.core.masks import NO_IDENT, Kind, Mask

__all__ = ["Ban", "Bans"]

REMEMBERED = 256
"""People whose bans are remembered; who speaks is looked for with each line."""

Matches = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Ban:
    """A mask that is refused, or let through. `until` is in seconds of the monotonic clock, None: for good; `made` is
    the wall clock's, None: nobody knows any more."""

    mask: Mask
    by: str
    until: float | None = None
    reason: str = ""
    made: datetime | None = None


class Bans(UserDict[str, Ban]):
    """The bans of a room or the server, or another list of masks, by their text.

    Masks for one nickname, account, address or host are looked up; those with wildcards and networks are
    compiled once and tried one after the other (10,000 of either: some milliseconds), and what was found of
    somebody is remembered until a mask comes or goes.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str | None, ...], list[Ban]] = {}
        self._globs: dict[str, Matches] = {}
        self._hostmasks: dict[str, tuple[Matches, Matches, Matches]] = {}
        self._networks: dict[str, tuple[int, int, int]] = {}
        super().__init__()

    def __setitem__(self, text: str, ban: Ban) -> None:
        super().__setitem__(text, ban)
        self._found.clear()
        mask = ban.mask
        if mask.kind is Kind.HOSTMASK:
            nick, user, host = mask.globs()
            self._hostmasks[text] = (nick.fullmatch, user.fullmatch, host.fullmatch)
        elif mask.kind is Kind.NICK and mask.wide:
            self._globs[text] = mask.glob().fullmatch
        elif mask.kind is Kind.ADDRESS and mask.wide:
            network = mask.network()
            self._networks[text] = (network.version, int(network.netmask), int(network.network_address))

    def __delitem__(self, text: str) -> None:
        super().__delitem__(text)
        self._found.clear()
        self._hostmasks.pop(text, None)
        self._globs.pop(text, None)
        self._networks.pop(text, None)

    def of_nick(self, nick: str) -> Iterator[Ban]:
        """Yield the bans of a folded nickname."""
        if nick in self.data:
            yield self.data[nick]
        for text, matches in list(self._globs.items()):
            if matches(nick):
                yield self.data[text]

    def of_hostmask(self, nick: str, ident: str | UnsetType, cloak: str) -> Iterator[Ban]:
        """Yield the bans by nick!user@host of who would be called that: folded nickname, user name and cloak."""
        user = NO_IDENT if ident is UNSET else ident.lower()
        for text, (of_nick, of_user, of_host) in list(self._hostmasks.items()):
            if of_nick(nick) and of_user(user) and of_host(cloak):
                yield self.data[text]

    def of(
        self, nick: str, account: str | None, address: str, cloak: str, ident: str | UnsetType = UNSET
    ) -> list[Ban]:
        """Return the bans that meet a user: folded nickname and account (None: a guest), address and its cloak, and
        the user name that his client gave."""
        if not self.data:
            return []
        key = (nick, account, address, cloak, None if ident is UNSET else ident)
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= REMEMBERED:
                self._found.clear()
            found = [*self._looked_up(nick, account, address, cloak), *self.of_hostmask(nick, ident, cloak)]
            self._found[key] = found
        return found

    def _looked_up(self, nick: str, account: str | None, address: str, cloak: str) -> Iterator[Ban]:
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
