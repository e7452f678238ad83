"""Who a line comes from."""

from __future__ import annotations

from msgspec import UNSET

from chatd.core.events import Who

__all__ = ["IDENT", "ident", "source"]

IDENT = "~u"
"""The user name of who has given none: nobody was asked for it who came by another dialect."""


def ident(who: Who) -> str:
    """Return somebody's user name."""
    return IDENT if who.ident is UNSET else who.ident


def source(who: Who, server: str = "") -> str:
    """Return the source of a line (RFC 1459 §2.3.1); of one that no user has sent, the server's name."""
    if not who.user and not who.host:
        return server or who.nick
    # Each line has one: without the call of `ident`.
    return f"{who.nick}!{IDENT if who.ident is UNSET else who.ident}@{who.host or '*'}"
