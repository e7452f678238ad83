"""Which capabilities there are for one client, by the settings of the moment and its connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.wire.irc.caps import CAPABILITIES

if TYPE_CHECKING:
    from chatd.frontends.irc.session import IrcSession

__all__ = ["offered"]


def offered(session: IrcSession) -> dict[str, str]:
    """Return the capabilities that there are for a client, with their values."""
    found = dict(CAPABILITIES)
    settings = session.registry.settings
    if settings.accounts.registration == "closed":
        del found["draft/account-registration"]
    elif not settings.irc.register_before_connect:
        found["draft/account-registration"] = ""
    sts = session.sts()
    if sts:
        found["sts"] = sts
    else:
        del found["sts"]
    mechanisms = session.sasl_mechanisms()
    if mechanisms:
        found["sasl"] = ",".join(mechanisms)
    else:
        del found["sasl"]
    return found
