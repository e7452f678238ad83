"""What the clients of the load do, and how often: one function each, and the weights they are drawn with."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Protocol

from bench.soak.clients import Client
from bench.soak.ledger import SLOW, Stay
from bench.soak.text_client import TextClient

__all__ = ["ACTS", "LOBBY", "RENEWING", "Company"]

LOBBY = "#lobby"
ROOMS_OF_A_CLIENT = 6
WORDS = [
    "so",
    "it",
    "was",
    "said",
    "and",
    "heard",
    "in",
    "every",
    "room",
    "of",
    "the",
    "house,",
    "line",
    "by",
    "line,",
    "until",
    "the",
    "lamps",
    "went",
    "out",
]


class Company(Protocol):
    """What an act may look at and draw from."""

    random: Random
    halls: list[str]
    """Rooms that are always there, with many members."""

    def new_nick(self) -> str:
        """Return a nickname that nobody had yet."""

    def new_room(self, start: str) -> str:
        """Return a room name that was not used yet; others may look in there for a while."""

    def some_new_room(self) -> str:
        """Return one of the latest of those."""

    def somebody(self) -> Client:
        """Return any client that has a name."""

    def member(self, room: str, but: Client) -> Client | None:
        """Return somebody who is in a room, or None if nobody else is."""


def words(random: Random) -> str:
    """Return something to say: mostly short, now and then long, sometimes not ASCII."""
    count = random.choice((2, 4, 8, 8, 16, 60))
    said = " ".join(random.choices(WORDS, k=count))
    return said if random.random() < 0.9 else f"{said} — žluťoučký 猫 🐈"


def _rooms(client: Client) -> list[tuple[str, Stay]]:
    return [(room, stay) for room, stay in client.ledger.rooms.items() if not stay.silent]


def talk(client: Client, company: Company) -> None:
    """Say something; in the lobby, where everybody is, less often."""
    rooms = [each for each in _rooms(client) if each[0] != LOBBY or company.random.random() < 0.15]
    if rooms:
        room, _ = company.random.choice(rooms)
        client.say(room, words(company.random))


def act(client: Client, company: Company) -> None:
    """Do something instead of saying it."""
    if isinstance(client, TextClient):
        client.act(words(company.random))


def whisper(client: Client, company: Company) -> None:
    """Say something in private."""
    other = company.somebody()
    if other is not client:
        client.whisper(other.nick, words(company.random))


def _enter(client: Client, room: str, company: Company) -> None:
    if len(client.ledger.rooms) >= ROOMS_OF_A_CLIENT:
        leave(client, company)
    elif room not in client.ledger.rooms:
        client.command(f"/join {room}")


def enter_hall(client: Client, company: Company) -> None:
    """Enter a room with many in it."""
    _enter(client, company.random.choice(company.halls), company)


def enter_new(client: Client, company: Company) -> None:
    """Enter a room that somebody made a moment ago."""
    _enter(client, company.some_new_room(), company)


def make(client: Client, company: Company) -> None:
    """Make a room, with what a room can keep."""
    slow = company.random.random() < 0.2
    room = company.new_room(SLOW if slow else "#")
    access = (f"key {room} sesame", f"private {room} on", f"info {room}")
    client.made.add(room)
    client.command(
        f"/join {room}",
        f"/topic {room} {words(company.random)}",
        f"/ban {room} {company.new_nick()}*x 1h",
        f"/room slow {room} 1s" if slow else f"/room {company.random.choice(access)}",
        f"/invite {room} {company.somebody().nick}",
    )


def unmake(client: Client, company: Company) -> None:
    """End a room of one's own."""
    room = _made(client, company)
    if room:
        client.command(f"/room delete {room}")


def leave(client: Client, company: Company) -> None:
    """Leave a room."""
    room = company.random.choice([*client.ledger.rooms] or [""])
    if room:
        client.made.discard(room)
        client.command(f"/part {room} {company.random.choice(WORDS)}")


def rename(client: Client, company: Company) -> None:
    """Take another nickname."""
    client.command(f"/nick {company.new_nick()}")


def away(client: Client, company: Company) -> None:
    """Go away, or come back."""
    client.away = not client.away
    client.command(f"/away {company.random.choice(WORDS)}" if client.away else "/back")


def topic(client: Client, company: Company) -> None:
    """Set a topic; refused where the client is no operator."""
    rooms = [*client.made] or [*client.ledger.rooms]
    if rooms:
        client.command(f"/topic {company.random.choice(rooms)} {words(company.random)}")


def _made(client: Client, company: Company) -> str:
    client.made.intersection_update(client.ledger.rooms)
    return company.random.choice([*sorted(client.made)] or [""])


def kick(client: Client, company: Company) -> None:
    """Put somebody out of a room of one's own."""
    room = _made(client, company)
    if room and (other := company.member(room, client)):
        client.command(f"/kick {room} {other.nick} {company.random.choice(WORDS)}")


def ban(client: Client, company: Company) -> None:
    """Ban somebody from a room of one's own, for a while, for good, or by the hash of an address."""
    room = _made(client, company)
    if room and (other := company.member(room, client)):
        mask = company.random.choice(
            (other.nick, f"{other.nick}*", f"host:{client.host}" if client.host else "x*x")
        )
        client.bans.append((room, mask))
        client.command(f"/ban {room} {mask} {company.random.choice(('1s', '10m', ''))}")


def unban(client: Client, company: Company) -> None:
    """Lift a ban; what is left ends with its room."""
    if client.bans:
        room, mask = client.bans.pop(company.random.randrange(len(client.bans)))
        if room in client.made:
            client.command(f"/unban {room} {mask}")


def ignore(client: Client, company: Company) -> None:
    """Ignore somebody, or see one again."""
    if client.ignoring and company.random.random() < 0.6:
        client.command(f"/unignore {client.ignoring.pop()}")
        return
    other = company.somebody()
    if other is not client and other.nick not in client.ignoring:
        client.ignoring.append(other.nick)
        client.command(f"/ignore {other.nick}")


def rank(client: Client, company: Company) -> None:
    """Give a rank in a room of one's own, or take it."""
    room = _made(client, company)
    if room and (other := company.member(room, client)):
        client.command(f"/{company.random.choice(('op', 'voice', 'deop', 'devoice'))} {room} {other.nick}")


def mute(client: Client, company: Company) -> None:
    """Mute oneself in a room of one's own, and say no more there: a mute to be forgotten with its guest."""
    room = _made(client, company)
    if room:
        client.ledger.rooms[room].silent = True
        client.command(f"/mute {room} {client.nick} {company.random.choice(('1s', '1h', ''))}")


def invite(client: Client, company: Company) -> None:
    """Invite somebody into a room of one's own."""
    room = _made(client, company)
    if room:
        client.command(f"/invite {room} {company.somebody().nick}")


def look(client: Client, company: Company) -> None:
    """Look around."""
    room = company.random.choice([*client.ledger.rooms] or [LOBBY])
    nick = company.somebody().nick
    # A program's /ping is answered when it has answered the server's, behind what it asked for meanwhile.
    last = "/ping" if isinstance(client, TextClient) else "/users"
    looks = ("/rooms", f"/names {room}", f"/room info {room}", f"/whois {nick}", "/help join", last)
    client.command(company.random.choice(looks))


def slip(client: Client, company: Company) -> None:
    """Mistype a name: refused, with a suggestion looked for."""
    nick = company.somebody().nick
    client.command(
        company.random.choice((f"/whois {nick[1:]}", f"/msg {nick}q hello", "/join #", "/part #nowhere"))
    )


def leave_server(client: Client, company: Company) -> None:
    """Leave with a farewell."""
    client.quit(words(company.random))


def drop(client: Client, company: Company) -> None:
    """Be gone by a reset (RST)."""
    client.drop(reset=True)


def hang_up(client: Client, company: Company) -> None:
    """Be gone by closing (FIN; under TLS its alert)."""
    client.drop(reset=False)


ACTS: dict[Callable[[Client, Company], None], float] = {
    talk: 60,
    act: 3,
    whisper: 8,
    enter_hall: 4,
    enter_new: 4,
    make: 2.5,
    unmake: 0.4,
    leave: 8,
    rename: 2.5,
    away: 2,
    topic: 1,
    kick: 0.6,
    ban: 0.4,
    unban: 0.3,
    ignore: 1,
    rank: 0.5,
    mute: 0.2,
    invite: 0.4,
    look: 1.5,
    slip: 0.6,
    leave_server: 1.2,
    drop: 0.8,
    hang_up: 0.6,
}
"""Relative weights."""

RENEWING = (make, leave, rename, leave_server, drop, hang_up)
"""What brings new names, rooms and addresses."""
