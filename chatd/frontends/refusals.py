"""Errors turned into what a client is shown: here, and nowhere else."""

from __future__ import annotations

from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd.core.errors import ChatError, Code, UsageError
from chatd.core.replies import ErrorReply, Usage
from chatd.core.text import visible

__all__ = ["refusal", "refusal_of"]

log = Logger(namespace="chatd.commands")


def refusal(error: ChatError) -> ErrorReply:
    """Return the reply that shows a refusal; what it quotes is made harmless."""
    kind = Usage if isinstance(error, UsageError) else ErrorReply
    return kind(code=error.code.value, text=visible(error.text))


def refusal_of(failure: Failure, by: str) -> ErrorReply:
    """Return the reply for whatever a command raised. What is no ChatError is logged and not shown."""
    error = failure.value
    if not isinstance(error, ChatError):
        log.failure("a command of {by} failed", failure, by=by)
        error = ChatError(Code.INTERNAL, "something went wrong here; it was written into the log")
    return refusal(error)
