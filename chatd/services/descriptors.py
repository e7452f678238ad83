"""How many files and connections the process may have open (getrlimit(2), RLIMIT_NOFILE)."""

from __future__ import annotations

import resource

from twisted.logger import Logger

__all__ = ["SHELLS", "connections", "raise_limit"]

log = Logger(namespace="chatd.descriptors")

RESERVE = 64
"""Kept for what is no connection of a client: listeners, logs, the data folder, the owner's shell."""

SHELLS = 24
"""How many connections to the owner's shell that reserve has room for."""

ENOUGH = 1_048_576
"""What an unlimited hard limit counts as."""


def raise_limit() -> None:
    """Raise the soft limit to the hard one, as a server with many connections should."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else hard
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError) as error:
        log.warn("the limit on open files stays at {soft}: {error}", soft=soft, error=error)


def connections() -> int:
    """Return how many connections there are descriptors for, a reserve left aside; at least 1."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        soft = ENOUGH
    return max(1, soft - min(RESERVE, soft // 2))
