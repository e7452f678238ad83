"""An index of names by what they look like (UTS #39 §4)."""

from __future__ import annotations

from chatd.core import names
from chatd.core.names import Name

__all__ = ["Lookalikes"]


class Lookalikes:
    """Finds the holders of names that look like a given one, in time that does not depend on their number."""

    def __init__(self) -> None:
        self._holders: dict[str, tuple[str, ...]] = {}
        """Most have one; a set of one takes 216 bytes, for each name of everybody who is here."""

    def add(self, name: Name, holder: str) -> None:
        """Note that `holder` (any id) has that name."""
        for key in names.skeletons(name):
            holders = self._holders.get(key, ())
            if holder not in holders:
                self._holders[key] = (*holders, holder)

    def remove(self, name: Name, holder: str) -> None:
        """Note that he no longer has it."""
        for key in names.skeletons(name):
            others = tuple(other for other in self._holders.get(key, ()) if other != holder)
            if others:
                self._holders[key] = others
            else:
                self._holders.pop(key, None)

    def of(self, name: Name) -> set[str]:
        """Return the holders of names that look like this one, or are it."""
        return {holder for key in names.skeletons(name) for holder in self._holders.get(key, ())}
