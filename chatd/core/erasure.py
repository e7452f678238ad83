"""Taking a deleted account out of what was said and done."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec.structs import replace

from chatd.core.bodies import Who
from chatd.core.events import (
    Banned,
    Event,
    MaskAdded,
    MaskRemoved,
    Message,
    PrivateMessage,
    TopicChanged,
    Unbanned,
)

__all__ = ["NOBODY", "How", "erased", "mask_of"]

How = Literal["anonymise", "remove"]

NOBODY = Who(nick="(deleted)")
"""Stands for who is no more: nobody else can have such a nickname."""


def erased(event: Event, account: str, how: How) -> Event | None:
    """Return an event without that account; none: nothing of it is left.

    What the account said is removed or, to anonymise it, said by nobody. What others did stays, without its
    name where it is the one whom they met.
    """
    if (
        how == "remove"
        and isinstance(event, Message | PrivateMessage | TopicChanged)
        and event.who.account == account
    ):
        return None
    met = {
        field.name: NOBODY
        for field in msgspec.structs.fields(event)
        if isinstance(who := getattr(event, field.name), Who) and who.account == account
    }
    if isinstance(event, Banned | Unbanned | MaskAdded | MaskRemoved) and event.mask == mask_of(account):
        event = replace(event, mask=mask_of(NOBODY.nick), name=NOBODY.nick)
    return replace(event, **met) if met else event


def mask_of(account: str) -> str:
    """Return the mask by which an account is banned."""
    return f"account:{account}"
