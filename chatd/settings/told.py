"""What people are told and given when they come."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chatd.settings.section import SECRET, Section

__all__ = ["Irc", "Names", "Server"]


class Server(Section, frozen=True):
    """What people are told about this server."""

    name: Annotated[
        str,
        Meta(
            description="Host name shown in the greeting and to IRC clients.",
            max_length=63,
            pattern=r"^[A-Za-z0-9._:-]+\Z",
        ),
    ] = "localhost"
    motd: Annotated[tuple[str, ...], Meta(description="Lines shown by /motd.")] = ()
    rules: Annotated[tuple[str, ...], Meta(description="Lines shown by /rules.")] = ()
    password: Annotated[
        str,
        Meta(description="Password asked of everybody before the nickname; empty: none.", extra=SECRET),
    ] = ""
    plaintext_passwords: Annotated[
        bool, Meta(description="Allow passwords on connections that are neither TLS nor loopback.")
    ] = False
    proxies: Annotated[
        tuple[str, ...],
        Meta(
            description="Addresses and networks of proxies: each connection from there begins with a PROXY header."
        ),
    ] = ()


class Names(Section, frozen=True):
    """Which nicknames nobody may take."""

    reserved: Annotated[
        tuple[str, ...], Meta(description="Nicknames refused to everybody, together with their look-alikes.")
    ] = ("chatd", "server", "system", "owner", "nickserv", "chanserv", "operserv", "memoserv")


class Irc(Section, frozen=True):
    """What IRC clients are told and given."""

    network: Annotated[
        str,
        Meta(
            description="Name of the network, as clients show it.",
            max_length=32,
            pattern=r"^[A-Za-z0-9._-]+\Z",
        ),
    ] = "chatd"
    sts_port: Annotated[
        int,
        Meta(
            description="Port with TLS that IRC clients are told to use, and to stay with (IRCv3 STS); 0: they are told of none.",
            ge=0,
            le=65535,
        ),
    ] = 0
    sts_seconds: Annotated[
        int, Meta(description="Seconds for which they stay with TLS after each connection.", ge=0)
    ] = 2592000
    register_before_connect: Annotated[
        bool, Meta(description="Let IRC clients make an account (REGISTER) before they are let in.")
    ] = True
    user_modes: Annotated[
        str,
        Meta(
            description="Modes that IRC clients begin with: i for not to be found by who shares no room, w for wallops.",
            pattern=r"^[Biw]*\Z",
        ),
    ] = ""
    autojoin: Annotated[
        tuple[str, ...], Meta(description="Rooms that every IRC client is brought into.")
    ] = ()
    history_on_join: Annotated[
        bool,
        Meta(
            description=(
                "Show IRC clients what was said of late when they enter a room, as others are (history.on_join). "
                "Clients that know CHATHISTORY ask for it."
            )
        ),
    ] = False
    admin: Annotated[
        tuple[str, str, str],
        Meta(description="What /ADMIN shows: where the server is, who runs it, and how to reach him."),
    ] = ("A chatd server", "Its owner has not said who he is", "Use /quote report in the meantime")
