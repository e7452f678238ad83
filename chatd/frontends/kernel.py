"""What the system knows of a TCP connection: how far away the other end is, and whether it is there at all.

A person cannot be asked for a pong, so his system is: while he is silent the kernel probes it, and what it
confirms is read here. Sources: tcp(7), and `struct tcp_info` of Linux's <linux/tcp.h>, whose beginning is
part of its interface and does not change.
"""

from __future__ import annotations

import socket
import struct
from typing import Any

from chatd.settings import Limits

__all__ = ["keep_asking", "round_trip", "unheard"]

# Offsets of u32 fields in struct tcp_info.
LAST_ACK_RECV = 56
"""Milliseconds since the last segment that confirmed something, or was a probe's answer."""
RTT = 68
"""Microseconds."""


def keep_asking(handle: Any, limits: Limits) -> None:
    """Have the kernel probe the other end of a socket after `ping_seconds` of silence (TCP_KEEPIDLE).

    It gives up `pong_seconds` later by itself only if nothing was being sent meanwhile: there are no probes
    while something is unconfirmed, and TCP_USER_TIMEOUT counts from the first such byte. So `frontends.watch`
    also looks at `unheard`; these are for what has no watch, and for a reactor that hangs.
    """
    if not _is_tcp(handle):
        return
    idle, patience = max(1, round(limits.ping_seconds)), max(1, round(limits.pong_seconds))
    handle.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, idle)
    handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, max(1, patience // 4))
    handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4)
    handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000 * (idle + patience))


def unheard(handle: Any) -> float | None:
    """Return for how many seconds the other end's system has confirmed nothing; None: nobody knows."""
    milliseconds = _info(handle, LAST_ACK_RECV)
    return None if milliseconds is None else milliseconds / 1000


def round_trip(handle: Any) -> float | None:
    """Return the smoothed round trip in milliseconds; None: nobody knows."""
    microseconds = _info(handle, RTT)
    return None if microseconds is None else microseconds / 1000


def _info(handle: Any, offset: int) -> int | None:
    if not _is_tcp(handle):
        return None
    try:
        info = handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, offset + 4)
    except OSError:  # closed already
        return None
    value: int = struct.unpack_from("I", info, offset)[0]
    return value


def _is_tcp(handle: Any) -> bool:
    return isinstance(handle, socket.socket) and handle.family in (socket.AF_INET, socket.AF_INET6)
