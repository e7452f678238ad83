"""Which capabilities there are for one client, by the settings of the moment and its connection."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from chatd.wire.irc.caps import CAPABILITIES, UNASKED

if TYPE_CHECKING:
    from chatd.frontends.irc.session import IrcSession

__all__ = ["compared", "offered", "sasl_mechanisms", "shown_capability"]


def offered(session: IrcSession) -> dict[str, str]:
    """Return the capabilities that there are for a client, with their values."""
    settings = session.registry.settings
    return _offered(
        settings.accounts.registration == "closed",
        settings.irc.register_before_connect,
        _sts(session),
        ",".join(sasl_mechanisms(session)),
    )


@lru_cache(64)
def _offered(closed: bool, before: bool, sts: str, sasl: str) -> dict[str, str]:
    """Return them, as one dict for all whom it fits: each session keeps what it was told."""
    found = dict(CAPABILITIES)
    if closed:
        del found["draft/account-registration"]
    elif not before:
        found["draft/account-registration"] = ""
    for name, value in (("sts", sts), ("sasl", sasl)):
        found[name] = value
        if not value:
            del found[name]
    return found


def compared(before: dict[str, str], now: dict[str, str]) -> tuple[list[str], list[str]]:
    """Return which capabilities have gone, and which have come or have another value."""
    gone = [name for name in before if name not in now and name not in UNASKED]
    come = [name for name, value in now.items() if before.get(name) != value and name not in UNASKED]
    return gone, come


def shown_capability(name: str, value: str, *, modern: bool) -> str:
    """Return a capability as it stands in a list; its value is for who knows version 302."""
    return f"{name}={value}" if value and modern else name


def sasl_mechanisms(session: IrcSession) -> list[str]:
    """Return the ways to log in that there are for a connection."""
    there = {
        "PLAIN": session.may_take_passwords,
        "EXTERNAL": bool(session.certificate),
        "SCRAM-SHA-256": session.registry.settings.accounts.scram,
    }
    return [name for name, offered in there.items() if offered]


def _sts(session: IrcSession) -> str:
    """Return the policy by which clients stay with TLS (IRCv3 sts); empty: there is none to tell."""
    irc = session.registry.settings.irc
    if not irc.sts_port or not session.modern:
        return ""
    return f"duration={irc.sts_seconds}" if session.secure else f"port={irc.sts_port}"
