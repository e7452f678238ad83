"""Endpoint strings of TLS listeners, taken apart:

    ssl:PORT:privateKey=FILE[:certKey=FILE][:extraCertChain=FILE][:interface=ADDRESS][:backlog=N]

A backslash stands before a colon or a backslash that belongs to a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from chatd.frontends.certificates import TLSError, TLSFiles

__all__ = ["BACKLOG", "Place", "read"]

BACKLOG = 1024
"""Newcomers who may wait to be accepted. Whom the kernel has no place for tries again after a second."""

# In the order in which Twisted takes them when their names are left out.
ARGUMENTS = (
    "port", "privateKey", "certKey", "sslmethod", "interface", "backlog", "extraCertChain", "dhParameters",
)  # fmt: skip
NOT_TAKEN = {
    "sslmethod": "TLS 1.2 and newer are always offered, and nothing older",
    "dhParameters": "key exchange is by elliptic curves, which need none",
}


@dataclass(frozen=True)
class Place:
    """Where a listener listens, and what it shows who comes."""

    port: int
    interface: str
    backlog: int
    files: TLSFiles


def read(description: str) -> Place:
    """Return what an `ssl:` endpoint string says, or raise `TLSError`.

    Relative file names are taken from the folder that is the current one now.
    """
    arguments = _arguments(description)
    key = Path(arguments["privateKey"]).absolute()
    certificate = Path(arguments.get("certKey") or key).absolute()
    chain = arguments.get("extraCertChain")
    return Place(
        _number(description, arguments, "port", 0, 65535),
        arguments.get("interface", ""),
        _number(description, arguments, "backlog", BACKLOG, 65535),
        TLSFiles(key, certificate, Path(chain).absolute() if chain else None),
    )


def _split(description: str) -> list[list[str]]:
    """Split an endpoint string into arguments, `[value]` or `[name, value]`, with backslashes resolved."""
    arguments = [[""]]
    characters = iter(description)
    for character in characters:
        if character == ":":
            arguments.append([""])
        elif character == "=" and len(arguments[-1]) == 1:
            arguments[-1].append("")
        else:
            arguments[-1][-1] += next(characters, "") if character == "\\" else character
    return arguments


def _arguments(description: str) -> dict[str, str]:
    """Return the named arguments of an `ssl:` endpoint string, or raise `TLSError`."""
    kind, *arguments = _split(description)
    if kind != ["ssl"]:
        raise TLSError(description, "is not an ssl: endpoint")
    found: dict[str, str] = {}
    unnamed = iter(ARGUMENTS)
    for argument in arguments:
        name = argument[0] if len(argument) == 2 else next(unnamed, "")
        if name not in ARGUMENTS:
            raise TLSError(description, f"{argument[0]!r} is not an argument of ssl:")
        if name in NOT_TAKEN:
            raise TLSError(description, f"{name} is not taken: {NOT_TAKEN[name]}")
        if name in found:
            raise TLSError(description, f"{name} is given twice")
        found[name] = argument[-1]
    for name in ("port", "privateKey"):
        if not found.get(name):
            raise TLSError(description, f"{name} is missing")
    return found


def _number(description: str, arguments: dict[str, str], name: str, default: int, largest: int) -> int:
    """Return a whole number from 0 to `largest` out of `arguments`, or raise `TLSError`."""
    text = arguments.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(largest)) and int(text) <= largest):
        raise TLSError(description, f"{name} is not a number from 0 to {largest}")
    return int(text)
