"""Every setting, its default, its unit and its bounds. Pure data: reading files is config.py's work."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct, field

__all__ = ["Irc", "Limits", "Log", "Manhole", "Names", "Server", "Settings", "Storage", "meta_of", "restarts"]


RESTART = {"restart": True}
"""Marks what holds from the next start on; everything else is taken over on SIGHUP."""


SECRET = {"secret": True}
"""Marks what is shown nowhere."""


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the settings file; an unknown key is an error that names its path."""

    def __repr__(self) -> str:
        """Show all but what is secret."""
        hints = get_type_hints(type(self), include_extras=True)
        shown = (
            f"{key}={'[redacted]' if _is_secret(hint) and getattr(self, key) else repr(getattr(self, key))}"
            for key, hint in hints.items()
        )
        return f"{type(self).__name__}({', '.join(shown)})"


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


class Storage(Section, frozen=True):
    """Where things are kept."""

    data: Annotated[
        str,
        Meta(
            description="Folder for keys, sockets and the database; made with mode 0700.",
            extra=RESTART,
            min_length=1,
        ),
    ] = "chatd-data"
    durability: Annotated[
        Literal["commit", "relaxed", "off"],
        Meta(
            description=(
                "commit: what is shown is on the disk. relaxed: it is written within 100 ms. off: what is said "
                "is not stored; rooms, accounts and bans are."
            ),
            extra=RESTART,
        ),
    ] = "commit"
    commit_seconds: Annotated[
        float,
        Meta(
            description="Seconds a message waits for its commit before it is shown as not stored.",
            gt=0,
            le=86400,
        ),
    ] = 1.0


class Accounts(Section, frozen=True):
    """Who may register a nickname."""

    registration: Annotated[
        Literal["open", "invite", "closed"],
        Meta(
            description=(
                "open: everybody, by /register. invite: who has a code of the owner's, `chatd account invite`. "
                "closed: the owner adds accounts, `chatd account add`."
            )
        ),
    ] = "open"
    per_address: Annotated[
        int,
        Meta(
            description="Accounts that one address (IPv6: one /64) may register in a day; 0: no limit.", ge=0
        ),
    ] = 5

    password_characters: Annotated[
        int,
        Meta(
            description="Characters that a password has at least which people choose; the owner may set any.",
            ge=1,
            le=256,
        ),
    ] = 8
    scram: Annotated[
        bool,
        Meta(
            description=(
                "Offer SCRAM-SHA-256 to IRC clients. A second verifier of each password is then kept beside its hash, "
                "and is easier to guess from; made when the password is set or proved. Off: those there are "
                "are deleted at the next start."
            )
        ),
    ] = False
    founder_days: Annotated[
        int,
        Meta(
            description="Days after which an absent founder of a registered room gives way to its operator who was here last; 0: never.",
            ge=0,
        ),
    ] = 90
    on_delete: Annotated[
        Literal["anonymise", "remove"],
        Meta(description="What becomes of what an account said when it is deleted."),
    ] = "anonymise"


class History(Section, frozen=True):
    """What was said before."""

    on_join: Annotated[
        int, Meta(description="Events shown to who enters a room, the newest; 0: none.", ge=0, le=200)
    ] = 20
    keep_days: Annotated[
        int, Meta(description="Days that what is said in rooms is kept; 0: for ever.", ge=0, le=36500)
    ] = 0
    keep_messages: Annotated[
        int,
        Meta(description="Lines of each room that are kept, the newest; 0: all.", ge=0, le=1_000_000_000),
    ] = 0
    private_keep_days: Annotated[
        int,
        Meta(
            description=(
                "Days that private messages between accounts are kept, also those that wait for somebody "
                "absent; 0: for ever."
            ),
            ge=0,
            le=36500,
        ),
    ] = 0
    private_keep_messages: Annotated[
        int,
        Meta(
            description="Private messages of each two accounts that are kept, the newest; 0: all.",
            ge=0,
            le=1_000_000_000,
        ),
    ] = 0
    audit_days: Annotated[
        int,
        Meta(description="Days that it is kept who steered the server; 0: for ever.", ge=0, le=36500),
    ] = 365


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
    storage: Storage = field(default_factory=Storage)
    accounts: Accounts = field(default_factory=Accounts)
    history: History = field(default_factory=History)
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


def restarts(kind: Any) -> bool:
    """Whether a setting holds from the next start on."""
    return bool((meta_of(kind).extra or {}).get("restart"))


def _is_secret(kind: Any) -> bool:
    return get_origin(kind) is Annotated and bool((meta_of(kind).extra or {}).get("secret"))


def meta_of(kind: Any) -> Meta:
    """Return what an annotation above says of a setting."""
    if get_origin(kind) is Annotated:
        for extra in get_args(kind)[1:]:
            if isinstance(extra, Meta):
                return extra
    raise TypeError(f"{kind}: a setting without a description")
