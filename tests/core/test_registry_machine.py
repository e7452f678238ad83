"""Whatever happens to the registry, and however slow its store is, what it knows stays of one piece.

A rank (a mute, an invitation) is kept of who is online, in the room or not: who comes back in is what he was,
and who had a rank may come back into a private room. What is kept of a guest ends with him.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from twisted.logger import ILogObserver, LogEvent, LogLevel, globalLogPublisher
from zope.interface import implementer

from chatd.core import masks, names
from chatd.core.addresses import Cloaker
from chatd.core.errors import ChatError
from chatd.core.events import Event, RoomRank, Text, Who
from chatd.core.masks import MaskList
from chatd.core.ports import Lane, Source
from chatd.core.room import Room
from chatd.core.user import Rank, User
from chatd.frontends.session import JSON, TEXT, ClientSession
from tests.core.registry_state import check_marks, snapshot
from tests.order.house import Client, House, RecordedTimeline
from tests.order.invariants import check_registry, check_settled

# Look-alikes, capitals and reserved names among them.
NICKS = ("Ann", "ann", "Bill", "BilI", "Bob", "Воb", "Zoé", "spam1", "spam2", "server", "sеrver")
ROOMS = ("#lobby", "#a", "#A", "#dev", "#dеv", "#den")
ADDRESSES = ("192.0.2.1", "192.0.2.77", "198.51.100.9", "2001:db8::1", "2001:db8::2", "local")
CLOAKS = [Cloaker(bytes(32)).cloak(address) for address in ADDRESSES]
MASKS = (
    *("b*!~u@*", "*!~u@*.?*", "~a:ann"),
    *("ann", "spam*", "b?b", "*o*", "account:ann", "192.0.2.1", "192.0.2.0/24", "2001:db8::/64"),
    *(f"host:{cloak}" for cloak in CLOAKS),
    *(f"host:*.{cloak.partition('.')[2]}" for cloak in CLOAKS if "." in cloak),
)
SWITCHES = ("private", "invite-only", "secret", "moderated", "external", "open-topic")
WORDS = st.sampled_from(("", "because", "x" * 391, "bad\x1b", "\u200b"))
TERMS = st.none() | st.sampled_from((1, 60, 7200))
WHO = st.integers(0, 7)
WHERE = st.integers(0, 5)


class Shifty(House):
    """A house whose wall clock can be set, and which sees to it that each event may be applied twice."""

    shift = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.registry.world.cloak = Cloaker(bytes(32)).cloak
        self.registry.world.timeline = self.timeline = Twice(self)

    def now(self) -> float:
        return super().now() + self.shift


class Twice(RecordedTimeline):
    """Applies once more what was just applied and is put in; that must change nothing."""

    def __init__(self, house: House) -> None:
        super().__init__(house.timeline.timeline)
        self._registry = house.registry

    def put(self, event: Event, lane: Lane, source: Source | None = None) -> None:
        before = snapshot(self._registry)
        self._registry.apply(event)
        assert snapshot(self._registry) == before, f"applied twice: {event}"
        check_marks(self._registry)
        super().put(event, lane, source)


@implementer(ILogObserver)
class Errors(list[LogEvent]):
    """What was logged as an error."""

    def __call__(self, event: LogEvent) -> None:
        if event["log_level"] >= LogLevel.error:
            self.append(event)


class RegistryMachine(RuleBasedStateMachine):
    """Calls the registry as commands do, with small numbers that choose among those who are there."""

    def __init__(self) -> None:
        super().__init__()
        self.house = Shifty()
        self.registry = self.house.registry
        self.clients: list[Client] = []
        self.errors = Errors()
        self.refused = 0
        globalLogPublisher.addObserver(self.errors)

    def teardown(self) -> None:
        globalLogPublisher.removeObserver(self.errors)

    # Choosing

    @property
    def users(self) -> list[User]:
        return list(self.registry.users.values())

    def user(self, index: int) -> User:
        return self.users[index % len(self.users)]

    def room(self, index: int) -> Room:
        rooms = list(self.registry.rooms_by_id.values())
        return rooms[index % len(rooms)]

    def member(self, room: Room, index: int) -> User:
        """Return somebody in the room or, now and then, anybody."""
        members = list(room.members.values())
        return members[index % len(members)] if members and index < 6 else self.user(index)

    def by(self, index: int) -> Who:
        """Return one of the users or, now and then, the owner in his shell."""
        return self.registry.server if index == 7 else self.user(index).who

    def room_or_server(self, index: int) -> Room | None:
        return None if index == 5 else self.room(index)

    def sessions(self) -> list[ClientSession]:
        return [cast("ClientSession", session) for user in self.users for session in user.sessions]

    @contextmanager
    def allowed_to_refuse(self) -> Iterator[None]:
        """ChatError is an answer, and then nothing has changed."""
        before = snapshot(self.registry)
        try:
            yield
        except ChatError:
            self.refused += 1
            assert snapshot(self.registry) == before, "refused, but something has changed"

    def call(self, method: Callable[..., object], *arguments: object) -> None:
        with self.allowed_to_refuse():
            method(*arguments)

    # Coming and going

    @initialize()
    def begin(self) -> None:
        for nick, room in (("Ann", "#a"), ("Bob", "#a"), ("Zoé", "#dev")):
            self.arrive(nick, ADDRESSES[0], Rank.USER, home=True)
            self.enter(self.registry.find_user(nick), room)

    def connect(self, address: str) -> ClientSession:
        self.clients.append(Client(self.house, TEXT if len(self.clients) % 2 else JSON))
        session = self.clients[-1].session
        session.address = address
        return session

    @precondition(lambda self: len(self.users) < 7)
    @rule(
        nick=st.sampled_from(NICKS),
        address=st.sampled_from(ADDRESSES),
        rank=st.sampled_from((Rank.USER, Rank.USER, Rank.OPERATOR)),
        home=st.booleans(),
    )
    def arrive(self, nick: str, address: str, rank: Rank, home: bool) -> None:
        """`home`: it is a person, who belongs in the lobby, no IRC client."""
        session = self.connect(address)
        session.enters_lobby = home
        with self.allowed_to_refuse():
            self.registry.arrive(session, names.nickname(nick), self.registry.world.ids.next(), rank=rank)
        if session.user is None:
            session.close("no name")
        elif home:
            with self.allowed_to_refuse():
                session.arrived()

    @precondition(lambda self: self.users and len(self.sessions()) < 10)
    @rule(who=WHO, address=st.sampled_from(ADDRESSES))
    def attach(self, who: int, address: str) -> None:
        """What shows a further session the rooms of its user is the part of who attaches it."""
        user, session = self.user(who), self.connect(address)
        session.enters_lobby = user.sessions[0].enters_lobby
        self.registry.attach(session, user)
        for room in user.rooms.values():
            session.enter(room)
            room.audience.place(session, session.view(room))

    @precondition(lambda self: self.sessions())
    @rule(which=st.integers(0, 9), way=st.sampled_from(("close", "quit", "hang up")))
    def detach(self, which: int, way: str) -> None:
        session = self.sessions()[which % len(self.sessions())]
        if way == "hang up":
            next(client for client in self.clients if client.session is session).hang_up()
        elif way == "close":
            session.close("enough")
        else:
            session.quit("see you")

    @precondition(lambda self: self.users)
    @rule(who=WHO, by=WHO, words=WORDS)
    def throw_off(self, who: int, by: int, words: str) -> None:
        self.call(self.registry.throw_off, self.user(who), self.by(by), words)

    # Rooms

    @precondition(lambda self: self.users)
    @rule(who=WHO, name=st.sampled_from(ROOMS), key=st.sampled_from(("", "sesame")))
    def join(self, who: int, name: str, key: str) -> None:
        self.enter(self.user(who), name, key)

    @precondition(lambda self: any(room.invited for room in self.registry.rooms_by_id.values()))
    @rule()
    def follow(self) -> None:
        """Somebody who was invited comes."""
        room = next(room for room in self.registry.rooms_by_id.values() if room.invited)
        self.enter(self.registry.users[next(iter(room.invited))], room.name.shown)

    def enter(self, user: User, name: str, key: str = "") -> None:
        """The session that asks talks there then, and so does one that talked nowhere."""
        with self.allowed_to_refuse():
            room = self.registry.join(user, names.room_name(name), key)
            for session in user.sessions:
                if session is user.sessions[0] or session.current is None:
                    session.enter(room)

    @precondition(lambda self: self.users)
    @rule(who=WHO, where=WHERE, words=WORDS)
    def part(self, who: int, where: int, words: str) -> None:
        self.call(self.registry.part, self.user(who), self.room(where), words)

    @precondition(lambda self: self.users)
    @rule(who=WHO, where=WHERE, words=WORDS)
    def topic(self, who: int, where: int, words: str) -> None:
        with self.allowed_to_refuse():
            self.registry.check_topic(self.user(who), self.room(where))
            self.registry.set_topic(self.by(who), self.room(where), words)

    @precondition(lambda self: self.users)
    @rule(who=WHO, where=WHERE, whom=WHO)
    def invite(self, who: int, where: int, whom: int) -> None:
        self.call(self.registry.invite, self.by(who), self.room(where), self.user(whom))

    @precondition(lambda self: self.users)
    @rule(
        who=WHO,
        where=WHERE,
        change=st.sampled_from(
            (
                *(("key", ""), ("key", "sesame"), ("slow", 0), ("slow", 30), ("limit", 0), ("limit", 2)),
                *((name, value) for name in SWITCHES for value in (0, 1)),
            )
        ),
    )
    def change(self, who: int, where: int, change: tuple[str, int | str]) -> None:
        self.call(self.registry.change_room, self.by(who), self.room(where), *change)

    @precondition(lambda self: self.users)
    @rule(who=WHO, where=WHERE)
    def delete(self, who: int, where: int) -> None:
        self.call(self.registry.delete_room, self.by(who), self.room(where))

    # People

    @precondition(lambda self: self.users)
    @rule(who=WHO, nick=st.sampled_from(NICKS))
    def rename(self, who: int, nick: str) -> None:
        self.call(self.registry.rename, self.user(who), names.nickname(nick))

    @precondition(lambda self: self.users)
    @rule(who=WHO, words=st.none() | WORDS)
    def away(self, who: int, words: str | None) -> None:
        self.call(self.registry.set_away, self.user(who), words)

    @precondition(lambda self: self.users)
    @rule(who=WHO, where=WHERE, action=st.booleans())
    def say(self, who: int, where: int, action: bool) -> None:
        with self.allowed_to_refuse():
            self.registry.say(self.user(who), self.room(where), Text("hello Ann"), action=action)

    @precondition(lambda self: self.users)
    @rule(who=WHO, whom=WHO)
    def say_private(self, who: int, whom: int) -> None:
        self.call(self.registry.say_private, self.user(who), self.user(whom), Text("psst"))

    @precondition(lambda self: self.users)
    @rule(who=WHO, whom=WHO)
    def ignore(self, who: int, whom: int) -> None:
        self.call(self.registry.ignore, self.user(who), self.user(whom))

    @precondition(lambda self: self.users)
    @rule(who=WHO, nick=st.sampled_from(NICKS))
    def unignore(self, who: int, nick: str) -> None:
        user = next((user for user in self.users if user.ignoring), self.user(who))
        self.call(self.registry.unignore, user, next(iter(user.ignoring.values()), nick))

    # Keeping order

    @precondition(lambda self: self.users)
    @rule(who=WHO, where=WHERE, whom=WHO, words=WORDS)
    def kick(self, who: int, where: int, whom: int, words: str) -> None:
        room = self.room(where)
        self.call(self.registry.kick, self.by(who), room, self.member(room, whom), words)

    @precondition(lambda self: self.users)
    @rule(who=WHO, where=WHERE, mask=st.sampled_from(MASKS), seconds=TERMS, words=WORDS)
    def ban(self, who: int, where: int, mask: str, seconds: int | None, words: str) -> None:
        room = self.room_or_server(where)
        self.call(self.registry.ban, self.by(who), room, masks.parse(mask), seconds, words)

    @precondition(lambda self: self.users)
    @rule(who=WHO, where=WHERE)
    def unban(self, who: int, where: int) -> None:
        room = self.room_or_server(where)
        bans = self.registry.bans if room is None else room.bans
        self.call(
            self.registry.unban,
            self.by(who),
            room,
            next((ban.mask for ban in bans.values()), masks.parse("nobody")),
        )

    @precondition(lambda self: self.users)
    @rule(
        who=WHO,
        where=WHERE,
        which=st.sampled_from(MaskList),
        mask=st.sampled_from(MASKS),
        rank=st.sampled_from((Rank.USER, Rank.OPERATOR)),
    )
    def add_mask(self, who: int, where: int, which: MaskList, mask: str, rank: Rank) -> None:
        with self.allowed_to_refuse():
            self.registry.add_mask(self.by(who), self.room(where), which, masks.parse(mask), rank=rank)

    @precondition(lambda self: self.users)
    @rule(who=WHO, where=WHERE, which=st.sampled_from(MaskList))
    def remove_mask(self, who: int, where: int, which: MaskList) -> None:
        room = self.room(where)
        kept = (ban.mask for ban in room.lists.get(which, {}).values())
        mask = next(kept, masks.parse("nobody"))
        self.call(self.registry.remove_mask, self.by(who), room, which, mask)

    @precondition(lambda self: self.users)
    @rule(who=WHO, where=WHERE, whom=WHO, seconds=TERMS, words=WORDS)
    def mute(self, who: int, where: int, whom: int, seconds: int | None, words: str) -> None:
        room = self.room_or_server(where)
        self.call(self.registry.mute, self.by(who), room, self.user(whom), seconds, words)

    @precondition(lambda self: self.users)
    @rule(who=WHO, where=WHERE, whom=WHO)
    def unmute(self, who: int, where: int, whom: int) -> None:
        room, target = self.room_or_server(where), self.user(whom)
        for identity in self.registry.mutes if room is None else room.mutes:
            target = self.registry.users[identity]
        self.call(self.registry.unmute, self.by(who), room, target)

    @precondition(lambda self: self.users)
    @rule(
        who=WHO,
        where=WHERE,
        whom=WHO,
        rank=st.sampled_from((RoomRank.VOICE, RoomRank.OPERATOR)),
        give=st.booleans(),
    )
    def rank(self, who: int, where: int, whom: int, rank: RoomRank, give: bool) -> None:
        act, room = self.registry.rank if give else self.registry.unrank, self.room(where)
        self.call(act, self.by(who), room, self.member(room, whom), rank)

    @precondition(lambda self: self.users)
    @rule(who=WHO, where=WHERE, whom=WHO)
    def transfer(self, who: int, where: int, whom: int) -> None:
        room = self.room(where)
        self.call(self.registry.transfer, self.by(who), room, self.member(room, whom))

    # Time and the store

    @rule()
    def turn_ends(self) -> None:
        self.house.turn_ends()

    @rule(seconds=st.sampled_from((0.5, 2.0, 120.0)))
    def wait(self, seconds: float) -> None:
        self.house.clock.advance(seconds)

    @rule(seconds=st.sampled_from((-3600.0, 3600.0)))
    def set_the_clock(self, seconds: float) -> None:
        self.house.shift += seconds

    @rule(how=st.sampled_from(("hold", "release", "fail", "prompt")))
    def store(self, how: str) -> None:
        store = self.house.store
        if how in ("hold", "prompt"):
            store.prompt = how == "prompt"
        if how in ("release", "prompt"):
            store.release()
        elif how == "fail":
            store.fail()

    # What holds

    @invariant()
    def nothing_failed(self) -> None:
        assert not self.errors, self.errors

    @invariant()
    def of_one_piece(self) -> None:
        check_registry(self.house)
        check_marks(self.registry)

    @invariant()
    def who_hears_is_who_is_there(self) -> None:
        if not len(self.house.timeline.timeline):
            check_settled(self.house)


RegistryTests = RegistryMachine.TestCase
RegistryTests.settings = settings(stateful_step_count=60)
