"""The owner's own: the shell and the log."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from chatd.settings.section import RESTART, Section

__all__ = ["Log", "Manhole"]


class Manhole(Section, frozen=True):
    """The owner's SSH shell; off until keys are given."""

    endpoints: Annotated[
        tuple[str, ...], Meta(description="Server endpoint strings of the shell.", extra=RESTART)
    ] = ()
    keys: Annotated[str, Meta(description="authorized_keys file of owners: commands and Python.")] = ""
    operator_keys: Annotated[str, Meta(description="authorized_keys file of operators: commands only.")] = ""
    login_seconds: Annotated[float, Meta(description="Seconds to log in.", gt=0, le=86400)] = 120.0
    login_tries: Annotated[int, Meta(description="Keys a connection may offer.", ge=1)] = 6
    unauthenticated: Annotated[
        int,
        Meta(
            description="Connections that may be logging in at once; one address may be half of them.", ge=1
        ),
    ] = 10


class Log(Section, frozen=True):
    """What the log holds."""

    debug: Annotated[bool, Meta(description="Log each event, secrets redacted (-d).", extra=RESTART)] = False
    format: Annotated[
        Literal["plain", "json"], Meta(description="How a record is written: plain or json, one a line.")
    ] = "plain"
    chat_dir: Annotated[
        str,
        Meta(description="Folder for the chat log, a file a room; empty: none is written.", extra=RESTART),
    ] = ""
