"""Asking a running server through its control socket, and showing what it answers. Imports little: it is waited for."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

import msgspec

from chatd.core.replies import Done, ErrorReply, Usage
from chatd.services.data import reachable
from chatd.wire.outgoing import shown_structs

__all__ = ["DONE", "REFUSED", "USAGE", "ask", "show"]

DONE, REFUSED, USAGE = 0, 1, 2
TIMEOUT = 30.0


def ask(folder: Path, line: str) -> dict[str, Any]:
    """Let the server that has a data folder run a command, and return its answer. Raises OSError, whose
    `filename` is the socket's path, if there is none or it does not answer."""
    path = folder.absolute() / "control.sock"
    request = {"type": "command", "line": line, "ref": 1}
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(TIMEOUT)
            connection.connect(reachable(path))
            connection.sendall(msgspec.json.encode(request) + b"\n")
            with connection.makefile("rb") as lines:
                for each in lines:
                    answer: dict[str, Any] = msgspec.json.decode(each)
                    # What could not be read as a request is refused without a reference.
                    if answer.get("ref", request["ref"]) == request["ref"]:
                        return answer
        raise ConnectionError("the server closed the connection without an answer")
    except OSError as error:
        error.filename = str(path)
        raise


def show(answer: dict[str, Any]) -> int:
    """Print an answer, a refusal on stderr; return the exit status it means."""
    kinds: dict[Any, Any] = {kind.__struct_config__.tag: kind for kind in shown_structs()}
    reply = msgspec.convert(answer, kinds[answer["type"]])
    failed = isinstance(reply, ErrorReply)
    for text in () if isinstance(reply, Done) else reply.lines():
        print(text, file=sys.stderr if failed else sys.stdout)
    if failed:
        return USAGE if isinstance(reply, Usage) else REFUSED
    return DONE
