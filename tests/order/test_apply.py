"""`apply(event)` may run twice, and on another server than the one that made the event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from twisted.trial.unittest import SynchronousTestCase

from chatd.core import events
from chatd.core.accounts import Account
from chatd.core.events import Event
from chatd.core.keeping import Keep
from chatd.core.kept import PROPERTIES
from chatd.core.registry import Registry
from chatd.core.user import Rank
from chatd.frontends.session import JSON
from tests.order.house import House
from tests.order.parts import TIME

SHOWN_ONLY = {
    "AccountChanged",
    "Announced",
    "Aside",
    "Knocked",
    "Message",
    "PrivateSignal",
    "Signal",
    "Wallops",
}
"""Kinds that change nothing."""


def snapshot(registry: Registry) -> dict[str, Any]:
    """Return what events change, as plain values."""
    return {
        "users": {
            user.id: (
                user.who,
                user.name,
                user.away,
                user.realname,
                user.modes,
                user.rank,
                user.guests,
                user.ignoring,
                user.correspondent,
                sorted(user.rooms),
            )
            for user in registry.users.values()
        },
        "nicks": {nick: user.id for nick, user in registry.nicks.items()},
        "names": {name: room.id for name, room in registry.rooms.items()},
        "rooms": {
            id: (
                *(room.name, room.keep, room.permanent, [getattr(room, name) for name in PROPERTIES]),
                *(sorted(room.members), room.ranks, room.mutes, list(room.invited)),
                dict(room.bans),
                {which: dict(masks) for which, masks in room.lists.items() if masks},
            )
            for id, room in registry.rooms_by_id.items()
        },
        "bans": dict(registry.bans),
        "mutes": dict(registry.mutes),
        "markers": {identity: dict(each) for identity, each in registry.markers.items()},
        "mail": {account: dict(waiting) for account, waiting in registry.mail.items()},
        "nicks that look alike": registry._nick_lookalikes._holders,
        "rooms that look alike": registry._room_lookalikes._holders,
    }


def copied(event: Event) -> Event:
    """Return the event as another server would read it."""
    data: bytes = msgspec.json.encode(event)
    return msgspec.json.decode(data, type=type(event))


class ApplyTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.house = House()
        self.made: list[Event] = []
        self.after_each: Callable[[Event], None] = lambda event: None
        self.apply = self.house.registry.apply
        self.house.registry.apply = self.applies  # type: ignore[method-assign]

    def applies(self, event: Event) -> None:
        self.apply(event)
        self.made.append(event)
        self.after_each(event)

    def live(self) -> None:
        """Let every kind of event happen."""
        registry = self.house.registry
        ann, bob, cid, dan = (self.house.connect(nick, JSON) for nick in ("Ann", "Bob", "Cid", "Dan"))
        for client, line in (
            (ann, "join #dev"), (bob, "join #dev"), (cid, "join #dev"), (dan, "join #dev"), (ann, "me waves"),
            (ann, "topic #dev Cats"), (ann, "op #dev Bob"), (bob, "nick Rob"), (ann, "voice #dev Cid"),
            (ann, "devoice #dev Cid"), (ann, "room slow 5s"), (ann, "room private on"), (ann, "room key sesame"),
            (ann, "exempt #dev Dan"), (ann, "exempt #dev Cid"),
            (ann, "unexempt #dev Cid"), (ann, "admit #dev *bot"), (ann, "quiet #dev spam*"),
            (ann, "room limit 9"), (ann, "room external on"), (ann, "room open-topic on"),
            (cid, "part #dev enough"), (ann, "invite #dev Cid"), (bob, "kick #dev Dan noise"),
            (ann, "mute #dev Rob 10m"), (ann, "mute #dev Dan"), (ann, "unmute #dev Dan"), (ann, "ban #dev spam* 1h"),
            (ann, "ban #dev eggs*"), (ann, "unban #dev eggs*"), (cid, "away out"), (dan, "away"), (dan, "back"),
            (ann, "ignore Dan"), (ann, "ignore Cid"), (ann, "unignore Dan"), (ann, "guests off"), (ann, "msg Rob hi"), (dan, "join #own"), (dan, "part #own"), (cid, "join #gone"), (dan, "join #gone"),
            (cid, "room delete #gone"), (ann, "report Cid rude"), (ann, "room transfer #dev Rob"), (dan, "quit bye"),
        ):  # fmt: skip
            client.command(line)
        keeper = events.Who(nick="Kay", user="kay", account="kay")
        registry.register_room(keeper, registry.rooms["#dev"])
        registry.set_retention(keeper, registry.rooms["#dev"], Keep(messages=100))
        account = Account("kay", "Kay", TIME, TIME)
        registry.accounts.put(account)
        registry.identify(registry.find_user("Cid"), account)
        registry.unregister_room(keeper, registry.rooms["#dev"])
        registry.appoint(registry.server, account, Rank.OPERATOR)
        registry.set_oper(registry.find_user("Ann"), Rank.OPERATOR)
        server, user = registry.server, registry.find_user("Cid")
        registry.mute(server, None, user)
        registry.unmute(server, None, user)
        registry.mute(server, None, user, 60)
        mask = registry.rooms["#dev"].bans["spam*"].mask
        registry.ban(server, None, mask, 60, "spam")
        registry.unban(server, None, mask)
        registry.ban(server, None, mask)
        registry.announce(server, "hello")
        registry.wallops(server, "hello")
        registry.accounts.put(Account("lee", "Lee", TIME, TIME))
        registry.delete_account(registry.accounts.by_id("lee"))  # type: ignore[arg-type]
        registry.set_realname(user, "Cid of the Moors")
        registry.mark_read(user, "#dev", TIME)
        registry.set_modes(user, "Biw", "")
        registry.set_modes(user, "", "i")
        registry.throw_off(registry.find_user("Rob"), server, "rude")
        self.house.turn_ends()

    def test_every_kind_happens(self) -> None:
        self.live()
        kinds = {name for name in events.__all__ if self.is_kind(getattr(events, name))}
        happened = {type(event).__name__ for event in self.made}
        self.assertEqual(kinds - SHOWN_ONLY - {"Event", "RoomEvent"}, happened - SHOWN_ONLY)

    def is_kind(self, each: object) -> bool:
        return isinstance(each, type) and issubclass(each, Event)

    def test_twice_is_once(self) -> None:
        def again(event: Event) -> None:
            before = snapshot(self.house.registry)
            self.apply(event)
            self.assertEqual(snapshot(self.house.registry), before, event)

        self.after_each = again
        self.live()

    def test_an_arrival_told_again_later(self) -> None:
        """Who has arrived keeps his rooms and his connections."""
        self.live()
        registry = self.house.registry
        before, there = snapshot(registry), dict(registry.users)
        for event in self.made:
            if isinstance(event, events.Arrived) and event.who.user in there:
                self.apply(event)
        self.assertEqual((snapshot(registry), registry.users), (before, there))

    def test_on_another_server(self) -> None:
        """With the same lobby: each event leads from an equal state to an equal state."""
        other = House()
        self.assertEqual(other.registry.lobby.id, self.house.registry.lobby.id)

        def follow(event: Event) -> None:
            other.registry.apply(copied(event))
            self.assertEqual(snapshot(other.registry), snapshot(self.house.registry), event)

        self.after_each = follow
        self.live()

    def test_later_on_another_server(self) -> None:
        self.live()
        other = House()
        for event in self.made:
            for _ in range(2):
                other.registry.apply(copied(event))
        self.assertEqual(snapshot(other.registry), snapshot(self.house.registry))

    def test_terms_end_at_the_same_time(self) -> None:
        self.live()
        other = House()
        other.clock.advance(3600)
        for event in self.made:
            other.registry.apply(copied(event))
        self.assertEqual(other.registry.mutes, self.house.registry.mutes)
        self.assertEqual(list(other.registry.mutes.values()), [60])

    def test_the_lobby_is_one_room_on_all_servers(self) -> None:
        """A server of its own has made its own lobby; who enters the lobby elsewhere is in that one."""
        other = House(process="fedcba9876543210")
        own = other.registry.lobby
        self.house.connect("Ann", JSON)
        for event in self.made:
            other.registry.apply(copied(event))
        self.assertEqual(len(other.registry.rooms_by_id), 1)
        self.assertIs(other.registry.lobby, own)
        self.assertTrue(other.registry.lobby.permanent)

    def test_of_what_is_unknown_nothing_changes(self) -> None:
        """An event may come for a user or a room that has ended here meanwhile."""
        self.live()
        other = House()
        arrivals = {"Arrived", "Joined"}
        server_wide = {"Muted", "Unmuted", "Banned", "Unbanned"}
        before = snapshot(other.registry)
        for event in self.made:
            kind = type(event).__name__
            in_a_room = bool(getattr(event, "room_id", ""))
            if kind not in arrivals and (in_a_room or kind not in server_wide):
                other.registry.apply(copied(event))
                self.assertEqual(snapshot(other.registry), before, event)
