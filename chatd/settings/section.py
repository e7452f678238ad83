"""What a table of the settings file is, and what is said of each key."""

from __future__ import annotations

from typing import Annotated, Any, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct

__all__ = ["RESTART", "SECRET", "Section", "meta_of", "restarts"]

RESTART = {"restart": True}
"""Marks what holds from the next start on; everything else is taken over on SIGHUP."""

SECRET = {"secret": True}
"""Marks what is shown nowhere."""


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the settings file; an unknown key is an error that names its path."""

    def __repr__(self) -> str:
        """Show all but what is secret."""
        hints = get_type_hints(type(self), include_extras=True)
        shown = (
            f"{key}={'[redacted]' if _is_secret(hint) and getattr(self, key) else repr(getattr(self, key))}"
            for key, hint in hints.items()
        )
        return f"{type(self).__name__}({', '.join(shown)})"


def restarts(kind: Any) -> bool:
    """Whether a setting holds from the next start on."""
    return bool((meta_of(kind).extra or {}).get("restart"))


def _is_secret(kind: Any) -> bool:
    return get_origin(kind) is Annotated and bool((meta_of(kind).extra or {}).get("secret"))


def meta_of(kind: Any) -> Meta:
    """Return what is said of a setting in its annotation."""
    if get_origin(kind) is Annotated:
        for extra in get_args(kind)[1:]:
            if isinstance(extra, Meta):
                return extra
    raise TypeError(f"{kind}: a setting without a description")
