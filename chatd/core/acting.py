"""Whose request is being carried out, for dialects in which every event that it makes is marked as its answer.

A context variable, not an argument: each act of the registry would have to hand it through, and a request that waits
(for a password, for the database) goes on in its own context (PEP 567), whatever is carried out meanwhile.
"""

from __future__ import annotations

from contextvars import ContextVar

from chatd.core.ports import Source

__all__ = ["acting"]

acting: ContextVar[Source | None] = ContextVar("acting", default=None)
