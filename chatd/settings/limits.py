"""What one client can make the server do."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chatd.settings.section import Section

__all__ = ["Limits"]


class Limits(Section, frozen=True):
    """Bounds on what one client can make the server do. 0 means no limit where it says so."""

    # Lines
    line_bytes: Annotated[int, Meta(description="Longest line in the text dialect, bytes.", ge=512)] = 4608
    json_line_bytes: Annotated[int, Meta(description="Longest line in the JSON dialect, bytes.", ge=4608)] = (
        32768
    )
    endless_bytes: Annotated[
        int,
        Meta(description="A line this many bytes over its limit without an end closes the connection.", ge=0),
    ] = 11776
    lines_per_second: Annotated[
        float,
        Meta(
            description="Lines of one client that are run in a second, once its burst is used; 0: no limit.",
            ge=0,
        ),
    ] = 2.0
    burst_lines: Annotated[
        int, Meta(description="Lines of one client that are run at once before it has to wait.", ge=1)
    ] = 10
    bots: Annotated[
        tuple[str, ...],
        Meta(description="Addresses and networks whose clients are bots, with the next two limits."),
    ] = ()
    bot_lines_per_second: Annotated[
        float, Meta(description="Lines of a bot that are run in a second; 0: no limit.", ge=0)
    ] = 50.0
    bot_burst_lines: Annotated[
        int, Meta(description="Lines of a bot that are run at once before it has to wait.", ge=1)
    ] = 100
    inbox_lines: Annotated[
        int,
        Meta(
            description="Lines of one client that may wait to be run; one more closes the connection.", ge=1
        ),
    ] = 64
    irc_inbox_lines: Annotated[
        int,
        Meta(
            description="Likewise of an IRC client: it asks about each of its rooms when it comes back.", ge=1
        ),
    ] = 1024
    inbox_bytes: Annotated[
        int, Meta(description="Bytes of these lines; more close the connection.", ge=32768)
    ] = 131072

    # Connections
    connections: Annotated[
        int,
        Meta(
            description="Connections in all; 0, or more than that: as many as the process may have files open, less a reserve.",
            ge=0,
        ),
    ] = 0
    connections_per_address: Annotated[
        int, Meta(description="Open connections of one address (IPv6: of one /64); 0: no limit.", ge=0)
    ] = 16
    new_connections_per_address: Annotated[
        int,
        Meta(
            description="Connections that one address may make in new_connections_seconds; 0: no limit.", ge=0
        ),
    ] = 32
    new_connections_seconds: Annotated[
        float, Meta(description="Seconds for which a new connection is counted.", gt=0, le=86400)
    ] = 600.0
    exempt: Annotated[
        tuple[str, ...],
        Meta(
            description="Addresses and networks that the two limits on connections of one address do not meet."
        ),
    ] = ("127.0.0.0/8", "::1")
    proxy_header_seconds: Annotated[
        float, Meta(description="Seconds that a proxy has to send its PROXY header.", gt=0, le=86400)
    ] = 5.0
    handshake_seconds: Annotated[float, Meta(description="Seconds for a TLS handshake.", gt=0, le=86400)] = (
        10.0
    )
    naming_seconds: Annotated[float, Meta(description="Seconds to choose a nickname.", gt=0, le=86400)] = 60.0
    ping_seconds: Annotated[
        float,
        Meta(
            description="Seconds of silence until the other end is asked whether it is there.", ge=1, le=32767
        ),
    ] = 90.0
    pong_seconds: Annotated[
        float, Meta(description="Seconds that the other end then has to answer.", ge=1, le=32767)
    ] = 60.0
    send_queue_bytes: Annotated[
        int, Meta(description="Bytes queued for one client before it is dropped.", ge=65536)
    ] = 1048576
    close_seconds: Annotated[
        float,
        Meta(description="Seconds a closing connection has to take what is queued for it.", gt=0, le=86400),
    ] = 3.0
    drain_seconds: Annotated[
        float, Meta(description="Seconds from SIGTERM until the process ends.", gt=0, le=86400)
    ] = 10.0
    direct_send: Annotated[
        bool, Meta(description="Write to plain TCP sockets at once instead of through the reactor.")
    ] = True

    # What is kept
    nickname_characters: Annotated[int, Meta(description="Longest nickname, characters.", ge=1, le=32)] = 32
    room_name_bytes: Annotated[
        int, Meta(description="Longest room name, bytes, with its #.", ge=6, le=64)
    ] = 64
    topic_bytes: Annotated[int, Meta(description="Longest topic, bytes.", ge=1, le=390)] = 390
    rooms: Annotated[int, Meta(description="Rooms that exist at once; 0: no limit.", ge=0)] = 10000
    registered_rooms: Annotated[
        int, Meta(description="Registered rooms of which one account is the founder; 0: no limit.", ge=0)
    ] = 20
    rooms_per_user: Annotated[int, Meta(description="Rooms one user can be in; 0: no limit.", ge=0)] = 100
    bans: Annotated[int, Meta(description="Bans of the server; 0: no limit.", ge=0)] = 10000
    bans_per_room: Annotated[
        int, Meta(description="Bans a room keeps, and masks of each other list; 0: no limit.", ge=0)
    ] = 200
    invitations_per_room: Annotated[
        int, Meta(description="Open invitations a room keeps; 0: no limit.", ge=0)
    ] = 200
    mail: Annotated[
        int, Meta(description="Private messages that wait for an absent account; 0: no limit.", ge=0)
    ] = 1000
    mail_per_sender: Annotated[
        int, Meta(description="Of these those that one account wrote; 0: no limit.", ge=0)
    ] = 50
    certificates: Annotated[
        int, Meta(description="TLS certificates that log in to one account; 0: no limit.", ge=0)
    ] = 10
    reports_per_hour: Annotated[
        int,
        Meta(
            description="Times that one account, or the guests of one address, may /report in an hour; 0: no limit.",
            ge=0,
        ),
    ] = 10
    ignores_per_user: Annotated[int, Meta(description="Users one user can ignore; 0: no limit.", ge=0)] = 200
