"""Coming into rooms: the names of who is there (the Modern IRC document, JOIN message, NAMES message)."""

from __future__ import annotations

from base64 import b64encode

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from chatd.core import names
from chatd.core.events import Who
from chatd.core.room import Room
from chatd.core.user import Rank, User
from chatd.frontends.irc.members import NAMES_AT_ONCE
from chatd.frontends.sendq import LOW
from tests.behaviour.server import Server
from tests.irc.raw import SETTINGS, Raw
from tests.irc.tagged import Line, Tagged

COUNT = 15_000
"""Members of a large room: their names are more than the send queue and the transport hold."""


class Case(SynchronousTestCase):
    """Ann has made #huge, where COUNT others are; their connections are left out."""

    def setUp(self) -> None:
        limits = replace(SETTINGS.limits, send_queue_bytes=65536)
        self.server = Server(replace(SETTINGS, limits=limits))
        self.ann = Raw(self.server, "Ann")
        self.others = self.crowd("#huge", "user", COUNT)
        self.room = self.server.registry.rooms["#huge"]

    def crowd(self, name: str, begin: str, count: int) -> list[User]:
        """Let so many be in a room of Ann's."""
        self.ann.send(f"JOIN {name}")
        self.ann.lines()
        registry, users = self.server.registry, []
        room = registry.rooms[name]
        for number in range(count):
            nick = names.nickname(f"{begin}{number}")
            user = User(Who(nick=nick.shown, user=nick.folded), nick)
            registry.users[user.id] = registry.nicks[nick.folded] = room.members[user.id] = user
            user.rooms[room.id] = room
            users.append(user)
        return users

    def come(self, client: Raw | Tagged, *, room: str = "#huge") -> list[Line]:
        """Let a client join and read slowly; return the lines that come."""
        client.wire.stall()
        client.send(f"JOIN {room}")
        return self.read(client)

    def read(self, client: Raw | Tagged) -> list[Line]:
        """Let a client read to the end; return the lines that come."""
        client.wire.flow()
        self.server.turn()
        return [Line.of(line) if isinstance(line, str) else line for line in client.lines()]

    def members(self, room: Room) -> set[str]:
        """Return the nicknames of who is in a room."""
        return {user.nick for user in room.members.values()}


def seen(lines: list[Line], room: str) -> list[str]:
    """Return the list of nicknames that a client has of a room after such lines, as irssi keeps it: names that come
    after the end of the first list are those of a question."""
    nicks: dict[str, None] = {}
    whole = False
    for line in lines:
        nick, params = line.source.partition("!")[0], line.params
        match line.verb:
            case "JOIN" if params[0] == room:
                nicks[nick] = None
            case "353" if params[2] == room and not whole:
                nicks |= dict.fromkeys(name.lstrip("~@+") for name in params[3].split())
            case "366" if params[1] == room:
                whole = True
            case "PART" if params[0] == room:
                nicks.pop(nick, None)
            case "NICK" if nick in nicks:
                del nicks[nick]
                nicks[params[0]] = None
    return list(nicks)


class OfLargeRooms(Case):
    def test_slow_reader(self) -> None:
        """Who joins and reads slowly is waited for: his own JOIN is first, the end last, and nobody is missing."""
        bob = Raw(self.server, "Bob")
        bob.wire.stall()
        bob.send("JOIN #huge", "PING after")
        self.assertFalse(bob.protocol.session.ended)
        self.assertLess(bob.wire.held + bob.session.connection.queue.size, 3 * 65536)
        lines = self.read(bob)
        self.assertEqual((lines[0].verb, lines[0].source.partition("!")[0]), ("JOIN", "Bob"))
        self.assertEqual([line.verb for line in lines[-2:]], ["366", "PONG"])
        listed = [name for line in lines if line.verb == "353" for name in line.params[3].split()]
        self.assertEqual(len(listed), COUNT + 2)
        self.assertEqual(set(listed), {"@Ann", "Bob", *(user.nick for user in self.others)})

    def test_in_a_busy_room(self) -> None:
        """Who has not taken all that there was is not kept waiting for that: a little of it there may be always."""
        self.crowd("#dev", "dev", 100)
        bob = Raw(self.server, "Bob")
        bob.wire.stall()
        while not bob.protocol.queue.size:
            bob.session.send(b"PING :late\r\n")
        for asked in ("JOIN #dev", "PING x", "JOIN #huge"):
            self.assertFalse(bob.session._inbox.busy)
            bob.send(asked)
        self.assertTrue(bob.session._inbox.busy)
        self.assertGreater(bob.protocol.queue.size, LOW)

    def test_turns(self) -> None:
        """No turn of the reactor is the newcomer's alone."""
        bob = Raw(self.server, "Bob")
        for asked in ("JOIN #huge", "NAMES #huge", "NAMES"):
            bob.lines()
            bob.protocol.dataReceived(f"{asked}\r\n".encode())
            self.server.registry.world.turn.catch_up(bob.session)
            listed = [line for line in map(Line.of, bob.lines()) if line.verb == "353"]
            self.assertLessEqual(sum(len(line.params[3].split()) for line in listed), NAMES_AT_ONCE, asked)
            self.server.turn()
            self.assertIn(" 366 ", bob.lines()[-1])

    def test_meanwhile(self) -> None:
        """Who comes, leaves and is renamed while names are listed stands in the client's list as he stands in the room,
        also while nothing can be stored."""
        for holding in (False, True):
            bob = Raw(self.server, f"Bob{holding}")
            bob.wire.stall()
            bob.send("JOIN #huge")
            self.server.store.holding = holding
            self.ann.send("PRIVMSG #huge :hello")
            registry, first, last = self.server.registry, self.others[:3], self.others[-3:]
            for user in (first[0], last[0]):
                registry.part(user, self.room)
            for user in (first[1], last[1]):
                registry.rename(user, names.nickname(f"{user.nick}x"))
            # The nickname of who has left the room, taken by others in it.
            for user, gone in ((first[2], last[0]), (last[2], first[0])):
                registry.rename(gone, names.nickname(f"{gone.nick}_gone"))
                registry.rename(user, names.nickname(gone.nick.removesuffix("_gone")))
            Raw(self.server, f"Cid{holding}").send("JOIN #huge")
            lines: list[Line] = self.read(bob)
            self.server.store.release()
            lines += self.read(bob)
            self.assertEqual(set(seen(lines, "#huge")), self.members(self.room))
            self.assertEqual([line.verb for line in lines].count("366"), 1)
            bob.send("PART #huge")
            del self.others[:3], self.others[-3:]

    def test_put_out(self) -> None:
        """Who is no longer in the room is told no more names, and that it is the end."""
        bob = Raw(self.server, "Bob")
        bob.wire.stall()
        bob.send("JOIN #huge")
        self.server.registry.kick(self.server.user("Ann").who, self.room, self.server.user("Bob"))
        self.server.turn()
        verbs = [line.verb for line in self.read(bob)]
        self.assertIn("353", verbs)
        self.assertEqual(verbs[verbs.index("KICK") :], ["KICK", "366"])
        self.assertEqual(set(seen(self.come(bob), "#huge")), self.members(self.room))

    def test_labeled(self) -> None:
        """All of it is one answer, from the JOIN on (IRCv3 labeled-response)."""
        bob = Tagged(self.server, "Bob", "labeled-response batch")
        bob.wire.stall()
        bob.send("@label=abc JOIN #huge")
        first, *inside, last = self.read(bob)
        batch = first.params[0][1:]
        self.assertEqual(
            (first.tags, first.verb, first.params[1]), ({"label": "abc"}, "BATCH", "labeled-response")
        )
        self.assertEqual((last.verb, last.params), ("BATCH", [f"-{batch}"]))
        self.assertEqual({line.tags["batch"] for line in inside}, {batch})
        self.assertEqual([inside[0].verb, inside[-1].verb], ["JOIN", "366"])
        self.assertEqual(set(seen(inside, "#huge")), self.members(self.room))

    def test_by_a_command(self) -> None:
        """Likewise when the room is entered by a command that IRC has a verb for."""
        bob = Tagged(self.server, "Bob", "labeled-response batch")
        first, *_, end, last = bob.ask("@label=abc CHATD join #huge")
        self.assertEqual(
            (first.tags, first.verb, end.verb, last.verb), ({"label": "abc"}, "BATCH", "366", "BATCH")
        )

    def test_no_implicit_names(self) -> None:
        """Who does not want names is told none (IRCv3 draft/no-implicit-names)."""
        bob = Raw(self.server, "Bob", caps="draft/no-implicit-names")
        self.assertEqual([line.verb for line in self.come(bob)], ["JOIN"])

    def test_hidden_meanwhile(self) -> None:
        """Who looks on from outside is told no more names when the room is hidden."""
        bob = Raw(self.server, "Bob")
        bob.wire.stall()
        bob.send("NAMES #huge")
        self.room.secret = True
        lines = self.read(bob)
        self.assertEqual(lines[-1].verb, "366")
        self.assertLess(len(lines), COUNT // 50)


class OfSeveralRooms(Case):
    def test_many_of_moderate_size(self) -> None:
        """However many are entered by one line."""
        rooms = [f"#room{number}" for number in range(40)]
        for number, name in enumerate(rooms):
            self.crowd(name, f"r{number}_member_with_a_long_name_", 400)
        bob = Tagged(self.server, "Bob", "labeled-response batch")
        for label in ("", "@label=abc "):
            bob.wire.stall()
            # The transport takes no more from now on.
            bob.protocol.session.send(b"PING :late\r\n" * 6000)
            bob.send(f"{label}JOIN {','.join(rooms)}")
            self.assertFalse(bob.protocol.session.ended)
            lines = self.read(bob)
            self.assertEqual([line.params[1] for line in lines if line.verb == "366"], rooms)
            for name in rooms:
                self.assertEqual(set(seen(lines, name)), self.members(self.server.registry.rooms[name]))
            bob.send("JOIN 0")
            bob.lines()

    def test_second_session(self) -> None:
        """A further client of one nickname is shown all its rooms in the same way; one that leaves and enters a room
        while that is being listed is shown the whole list anew."""
        self.crowd("#next", "next", 3)
        bob = Tagged(self.server, "Bob", "", account=True)
        bob.send("JOIN #huge,#next")
        again = Raw(self.server)
        again.wire.stall()
        proof = b64encode(b"\0Bob\0correct-horse").decode()
        again.send(
            "CAP REQ sasl",
            "AUTHENTICATE PLAIN",
            f"AUTHENTICATE {proof}",
            "NICK Bob",
            "USER b 0 * :b",
            "CAP END",
        )
        self.assertFalse(again.session.ended)
        again.send("PART #huge", "JOIN #huge")
        lines = self.read(again)
        self.assertEqual([line.params[1] for line in lines if line.verb == "366"], ["#next", "#huge"])
        for name in ("#huge", "#next"):
            room = self.server.registry.rooms[name]
            self.assertEqual(set(seen(lines, name)), self.members(room))


class OfOrdinaryRooms(Case):
    def test_at_once(self) -> None:
        """Their names come in the turn of the JOIN."""
        self.crowd("#dev", "dev", NAMES_AT_ONCE - 2)
        bob = Raw(self.server, "Bob")
        bob.protocol.dataReceived(b"JOIN #dev\r\n")
        self.assertEqual(Line.of(bob.lines()[-1]).verb, "366")
        self.assertEqual(self.server.user("Bob").rank, Rank.USER)
