"""The log's line for each act of the owner and the server. Acts of users are in the audit table alone."""

from __future__ import annotations

from twisted.logger import Logger

from chatd.core.events import Audited

__all__ = ["note"]

log = Logger(namespace="chatd.audit")


def note(event: Audited) -> None:
    """Log an act. A user can act as often as his budget allows: his acts would fill the log."""
    if not event.by.user:
        log.info(
            "{door} {by} from {address}: {line}",
            door=event.door,
            by=event.by.nick,
            address=event.address,
            line=event.line,
        )
