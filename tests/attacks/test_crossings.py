"""Acts of many that cross each other: whatever happens first, all see the same, in the same order, and nothing is left."""

from __future__ import annotations

import random
import socket
import struct
from collections import Counter

import pytest

from tests.attacks.house import AttackCase, Client, Gauge
from tests.attacks.witnesses import FREE, Program

pytestmark = pytest.mark.attack

NOBODY_LINGERS = struct.pack("ii", 1, 0)
"""For SO_LINGER: closing resets the connection."""
CROWD = 50
ACTS = 3000
GROWTH = 4.0
"""MiB that the server may keep of a second crowd, once it has gone like the first."""


class _Crossings(AttackCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.start(*FREE)

    def stranger(self) -> Program:
        program = Program(self.connect(self.server))
        self.addCleanup(program.close)
        return program

    def program(self, nick: str, *lines: str) -> Program:
        """Return somebody in the lobby, who has said these lines."""
        program = self.stranger()
        program.done(f"/nick {nick}", *lines)
        return program

    def agree(self, *people: Program) -> dict[str, set[str]]:
        """See that all know the same of the rooms that they share, and the server as well; return it."""
        rooms = {room for each in people for room in each.follow()}
        for each in people:
            each.done(*(f"/names {room}" for room in sorted(rooms)))
        known: dict[str, set[str]] = {}
        for each in people:
            for room, members in each.follow().items():
                self.assertEqual(known.setdefault(room, members), members, room)
                self.assertIn(each.nick, members)
        return known


class Names(_Crossings):
    def test_one_name(self) -> None:
        """20 strangers take one nickname, and variants of it, at the same moment: one has it, the others are told."""
        names = ("Same", "same", "SAME", "\u0405ame", "\uff33ame", "S\u0430me")
        rounds = 20
        with self.canary(self.server, "9") as canary:
            for _ in range(rounds):
                strangers = [self.stranger() for _ in range(20)]
                for number, stranger in enumerate(strangers):
                    stranger.command(f"/nick {names[number % len(names)]}")
                for stranger in strangers:
                    stranger.done()
                self.assertEqual(sum(bool(each.follow()) for each in strangers), 1)
                for stranger in strangers:
                    self.assertEqual(sum(stranger.codes().values()), 0 if stranger.follow() else 1)
                for stranger in strangers:
                    stranger.command("/quit")
                for stranger in strangers:
                    stranger.rest()
                    stranger.close()
            canary.sing_for(2)
        canary.check(f"{rounds} times 20 strangers")

    def test_renames(self) -> None:
        """Ten people exchange three nicknames as fast as they can: at no time have two the same."""
        people = [self.program(f"Own{number}") for number in range(10)]
        source = random.Random(1)
        with self.canary(self.server, "9") as canary:
            for _ in range(200):
                for number, each in enumerate(people):
                    each.command(f"/nick {source.choice(('Aa', 'Bb', 'bB', 'Cc'))}", f"/nick Own{number}")
            known = self.agree(*people)
            canary.sing_for(2)
        self.assertEqual(len(known["#lobby"]), 12)
        self.assertGreater(sum((each.codes() for each in people), Counter())["name-taken"], 100)
        canary.check(f"{200 * 20} renames")

    def test_back_at_once(self) -> None:
        """Who is reset and comes back under his name at once gets it as soon as the others saw him go."""
        will = self.program("Will")
        tries = 0
        with self.canary(self.server, "9") as canary:
            for _ in range(100):
                bob = self.stranger()
                while not bob.follow():
                    bob.done("/nick Bob")
                    tries += 1
                self.reset(bob)
            canary.sing_for(2)
        will.done()
        seen = [
            (each["type"], each["who"]["nick"])
            for each in will.objects()
            if each["type"] in ("joined", "quit")
        ]
        bobs = [kind for kind, nick in seen if nick == "Bob"]
        self.assertGreaterEqual(len(bobs), 199)
        self.assertEqual(bobs, (["joined", "quit"] * 100)[: len(bobs)])
        canary.check(f"100 times, {tries} tries")

    def reset(self, client: Client) -> None:
        """Go by a RST."""
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NOBODY_LINGERS)
        client.socket.shutdown(socket.SHUT_RD)  # wakes the reader, and tells the server nothing
        client.join()
        client.socket.close()


class Rooms(_Crossings):
    def test_kicks_and_parts(self) -> None:
        """Four founders of one room kick and ban each other, themselves too, part, join and rename, all at once."""
        people = [self.program(f"Op{number}", "/join #den") for number in range(4)]
        people[0].done(*(f"/op #den Op{number}" for number in range(1, 4)))
        with self.canary(self.server, "9") as canary:
            for turn in range(150):
                for number, each in enumerate(people):
                    other = (number + 1 + turn % 3) % 4
                    each.command(
                        f"/kick #den Op{other} out", f"/kick #den Op{number} myself", f"/ban #den Op{other}",
                        "/join #den", f"/unban #den Op{other}", "/join #den", "/part #den", "/join #den",
                        f"/nick Np{number}", f"/kick #den Np{other}", f"/nick Op{number}", "/names #den", "/names #lobby",
                    )  # fmt: skip
            known = self.agree(*people)
            canary.sing_for(2)
        self.assertLessEqual({"Op0", "Op1", "Op2", "Op3"}, known["#lobby"])
        kicks = sum(each["type"] == "kicked" for each in people[0].objects())
        self.assertGreater(kicks, 100)
        canary.check(f"{150 * 4 * 13} commands, {kicks} kicks seen")

    def test_delete_and_join(self) -> None:
        """A room is deleted while ten others join it: each is in the new one or in none, and all know which."""
        founder, others = self.program("Fay"), [self.program(f"Joe{number}") for number in range(10)]
        with self.canary(self.server, "9") as canary:
            for _ in range(100):
                founder.command("/join #den", "/room delete #den", "/join #den", "/names #den")
                for each in others:
                    each.command("/join #den", "/names #den", "/part #den", "/join #den", "/room delete #den")
                founder.done("/room delete #den")
            self.agree(founder, *others)
            canary.sing_for(2)
        deleted = sum(each["type"] == "deleted" for each in founder.objects())
        self.assertGreater(deleted, 100)
        canary.check(f"{deleted} deletions seen")

    def test_last_words(self) -> None:
        """Ten write to somebody who quits, is reset or renames himself: each line is delivered or refused, once."""
        writers = [self.program(f"Ann{number}") for number in range(10)]
        lines = 0
        with self.canary(self.server, "9") as canary:
            for turn in range(60):
                bob = self.program("Bob")
                for writer in writers:
                    writer.command("/msg Bob one", "/msg Bob two")
                if turn % 3 == 0:
                    bob.command("/quit")
                elif turn % 3 == 1:
                    bob.command("/nick Bobby")
                for writer in writers:
                    writer.command("/msg Bob three")
                lines += 3
                bob.close()
                for writer in writers:
                    writer.done()
            canary.sing_for(2)
        for writer in writers:
            sent = sum(each["type"] == "private" for each in writer.objects())
            self.assertEqual(sent + writer.codes()["no-such-user"], lines)
        self.agree(*writers)
        canary.check(f"{10 * lines} private messages")


class Crowds(_Crossings):
    def test_random_acts(self) -> None:
        """50 clients act at random; in the end all know the same of who is where, and nothing of them is left."""
        gauge = Gauge(self.server)
        self.storm(1)
        descriptors, memory = gauge.descriptors, gauge.memory
        with self.canary(self.server, "9") as canary:
            tally = self.storm(2)
        gauge.wait_for(lambda gauge: gauge.descriptors <= descriptors)
        grown = gauge.memory - memory
        self.assertLess(grown, GROWTH)
        self.assertGreater(tally["kicked"], 20)
        self.assertGreater(tally["renamed"], 20)
        canary.check(
            f"{ACTS:,} acts, {sum(tally.values()):,} events seen; the server grew by {grown:.1f} MiB"
        )

    def storm(self, seed: int) -> Counter[str]:
        """Let a crowd come, act and go; return how many events of each kind they saw."""
        self.source = random.Random(seed)
        crowd = [self.program(f"P{number}") for number in range(CROWD)]
        for number in range(ACTS):
            index = self.source.randrange(CROWD)
            if number % 100 == 99:
                crowd[index] = self.again(crowd[index], f"Q{number}")
            if number % 4 == 3:
                crowd[index].done()  # no flood: this is not about speed
            crowd[index].command(*(self.act() for _ in range(self.source.randrange(1, 4))))
        self.agree(*crowd)
        tally = Counter(each["type"] for program in crowd for each in program.objects() if "id" in each)
        for each in crowd:
            each.command("/quit")
        for each in crowd:
            each.rest()
            each.close()
        return tally

    def again(self, old: Program, nick: str) -> Program:
        """Go, in one way or another, and come back under another name."""
        if self.source.random() < 0.5:
            old.command("/quit", "/join #r0")
            old.rest()
        old.close()
        old.follow()
        return self.program(nick)

    def act(self) -> str:
        """Return something that somebody might do."""
        choice = self.source.choice
        room = f"#r{self.source.randrange(4)}"
        nick = f"{choice('PN')}{self.source.randrange(CROWD)}"
        acts = (
            *(f"/join {room}",) * 6, f"/part {room}", f"/part {room} bye", f"/nick N{self.source.randrange(CROWD)}",
            *(f"/kick {room} {nick} off",) * 3, *(f"/op {room} {nick}",) * 3, f"/ban {room} {nick} 1s",
            f"/unban {room} {nick}", f"/voice {room} {nick}", f"/invite {room} {nick}", f"/room private {room} on",
            *(f"/room private {room} off",) * 3, f"/room delete {room}", f"/room transfer {room} {nick}",
            f"/topic {room} {nick}", f"/msg {nick} hi", "/me waves", f"{room} hello", f"{room} hi", "#lobby hey", "/away", "/back", f"/names {room}",
            "/names #lobby", f"/mute {room} {nick} 1s", f"/ignore {nick}", f"/whois {nick}",
        )  # fmt: skip
        return choice(acts)
