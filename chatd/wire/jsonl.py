"""The JSON dialect: one object a line, in both directions."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec.structs import replace

from chatd.core.errors import ChatError, Code
from chatd.core.events import Event, Message, PrivateMessage, PrivateSignal, Signal, plain
from chatd.core.ports import View
from chatd.core.replies import Outgoing
from chatd.wire.requests import Incoming, Ref

__all__ = ["JsonCodec", "MalformedRequest", "looks_like_json"]

# A brace alone could begin a nickname.
_OBJECT = re.compile(rb'[ \t]*\{[ \t]*["}]')
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Incoming).decode


class _Referring(msgspec.Struct):
    ref: Ref = None


_decode_ref = msgspec.json.Decoder(_Referring).decode


class MalformedRequest(ChatError):
    """A line that is no request; `ref` is the client's reference if that much could be read."""

    def __init__(self, text: str, ref: Any = None) -> None:
        super().__init__(Code.BAD_REQUEST, text)
        self.ref = ref


def looks_like_json(line: bytes) -> bool:
    """Whether a connection whose first line this is wants to speak JSON."""
    return _OBJECT.match(line) is not None


class JsonCodec:
    """Requests in, events and replies out (docs/protocol.md)."""

    name = "json"
    styled = False
    separate_echo = False

    def decode(self, line: bytes) -> Incoming | None:
        """Read one line; None: it is blank. Raises MalformedRequest."""
        if not line or line.isspace():
            return None
        try:
            request: Incoming = _decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise MalformedRequest(f"not a request: {error}", _ref_of(line)) from None
        return request

    def echoes(self, event: Event, view: View) -> bool:
        """A program is shown what it made: that is the answer."""
        return True

    def encode(self, item: Outgoing, view: View, ref: Any = None) -> bytes:
        """Return `item` as one line; `ref` comes last in the object. Requests of IRC's clients are not shown."""
        if isinstance(item, Message | PrivateMessage):
            body = plain(item.body)
            if body is not item.body:
                item = replace(item, body=body)
        elif isinstance(item, Signal | PrivateSignal) and item.ctcp:
            return b""
        data = _encode(item)
        if ref is None:
            return data + b"\n"
        return b'%b,"ref":%b}\n' % (data[:-1], _encode(ref))

    def ring(self, frame: bytes) -> bytes:
        """Return `frame`: programs have no bell."""
        return frame


def _ref_of(line: bytes) -> Any:
    try:
        return _decode_ref(line).ref
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
