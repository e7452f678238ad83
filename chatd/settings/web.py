"""Settings of the door for browsers."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chatd.settings.section import Section

__all__ = ["Web"]


class Web(Section, frozen=True):
    """What browsers and other HTTP clients may do."""

    url: Annotated[
        str,
        Meta(
            description=(
                "Where people reach it, for links, as `https://chat.example`; empty: where it listens. To be named "
                "behind a proxy."
            ),
            pattern=r"^(https?://[A-Za-z0-9._:\[\]-]+)?\Z",
        ),
    ] = ""
    origins: Annotated[
        tuple[str, ...],
        Meta(
            description=(
                "Pages of other hosts that may open a WebSocket here, each as `https://chat.example`; pages of "
                "this host always may."
            )
        ),
    ] = ()
    proxies: Annotated[
        tuple[str, ...],
        Meta(
            description=(
                "Addresses and networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed."
            )
        ),
    ] = ()
    login_minutes: Annotated[
        int,
        Meta(
            ge=1,
            description="How long a browser that has logged in stays so without the password, in minutes.",
        ),
    ] = 20_160
    metrics: Annotated[
        tuple[str, ...],
        Meta(
            description=(
                "Addresses and networks that may read /metrics; this machine always may, unless through a proxy."
            )
        ),
    ] = ()
    connections_per_address: Annotated[
        int,
        Meta(
            ge=0,
            description=(
                "Open connections of one address (IPv6: of one /64) for pages and files; 0: no limit. WebSockets count by "
                "limits.connections_per_address."
            ),
        ),
    ] = 128
    new_connections_per_address: Annotated[
        int,
        Meta(
            ge=0,
            description="Such connections that one address may make in limits.new_connections_seconds; 0: no limit.",
        ),
    ] = 600
    requests_per_second: Annotated[
        float,
        Meta(ge=0, description="HTTP requests a second on one connection, in the long run. 0: no limit."),
    ] = 16.0
    burst_requests: Annotated[
        int, Meta(ge=1, description="HTTP requests on one connection that may come at once.")
    ] = 128
    control_frames_per_second: Annotated[
        float,
        Meta(
            ge=0,
            description="WebSocket frames a second that bring no message (pings, parts of one), in the long run. 0: no limit.",
        ),
    ] = 4.0
    burst_control_frames: Annotated[int, Meta(ge=1, description="Such frames that may come at once.")] = 64
