"""Every setting, its default, its unit and its bounds. Pure data: reading files is config.py's work."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from chatd.settings.files import Files
from chatd.settings.kept import Accounts, History, Storage
from chatd.settings.limits import Limits
from chatd.settings.owner import Log, Manhole
from chatd.settings.section import RESTART, SECRET, Section, meta_of, restarts
from chatd.settings.told import Irc, Names, Server
from chatd.settings.web import Web

__all__ = [
    "DOORS",
    "Accounts",
    "Files",
    "History",
    "Irc",
    "Limits",
    "Log",
    "Manhole",
    "Names",
    "Server",
    "Settings",
    "Storage",
    "Web",
    "meta_of",
    "restarts",
]

DOORS = ("text", "irc", "web", "files")
"""The front ends there are (`chatd.frontends.doors`), by name. Here, who reads settings need not load what they name."""


class Settings(Section, frozen=True):
    """All settings: sections of the TOML file, in this order."""

    server: Server = field(default_factory=Server)
    doors: Annotated[
        dict[str, tuple[str, ...]],
        Meta(
            description="Server endpoint strings by front end; none named: each starts on 127.0.0.1.",
            extra=RESTART,
        ),
    ] = {}
    names: Names = field(default_factory=Names)
    limits: Limits = field(default_factory=Limits)
    irc: Irc = field(default_factory=Irc)
    web: Web = field(default_factory=Web)
    storage: Storage = field(default_factory=Storage)
    accounts: Accounts = field(default_factory=Accounts)
    history: History = field(default_factory=History)
    files: Files = field(default_factory=Files)
    operators: Annotated[
        dict[str, str],
        Meta(
            description=(
                "Operators of the server by name, for /oper NAME PASSWORD (IRC: OPER): each the password, or its hash as "
                "`chatd password` prints it. Who has become one stays so until he leaves."
            ),
            extra=SECRET,
        ),
    ] = {}
    manhole: Manhole = field(default_factory=Manhole)
    log: Log = field(default_factory=Log)
