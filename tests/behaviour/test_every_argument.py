"""Every argument of every command, filled with what nobody should type, at every state of a connection.

Made from the command table: a new command is tried as soon as it is there. Whatever is typed, the client is
answered and kept, nothing fails, and nobody is sent what could drive a terminal or begin a line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice

from twisted.internet.error import ConnectionDone

from chatd.commands.table import Row
from chatd.core.user import Rank
from tests.behaviour.cases import Behaviour
from tests.behaviour.clients import Client, JsonClient, TextClient
from tests.behaviour.hostile import (
    BYTES,
    JSON_VALUES,
    TELNET,
    VALUES,
    check_json,
    check_switch,
    check_text,
    positions,
)
from tests.core.registry_state import snapshot

AFTERWARDS = "version"
"""A command that works whoever asks, named or not, wherever he is."""
DIALECTS: dict[type[Client], str] = {TextClient: "text", JsonClient: "json"}
REFUSED = rb'-> (Error|Usage): |"type":"(error|usage)"'
LEAVES = {"quit"}
"""Commands that end the connection."""
PUTS_OFF = {"kill"}
"""Commands that end another's."""


class Hostile(Behaviour):
    """Alice founded #dev and owns the server; Bob (in text) and Carol (in JSON) are in #dev and watch."""

    def setUp(self) -> None:
        super().setUp()
        self.kind: type[Client] = self.kinds[0]
        self.spoken: dict[Client, str] = {}
        self.rows = self.server.commands.rows
        self.assertGreater(len(self.rows), 40)

    # Typing

    def lines(self, before: str, after: str) -> Iterator[bytes]:
        """Yield a command with each hostile argument in one place."""
        if self.kind is TextClient:
            for value in (*VALUES, *BYTES):
                raw = value if isinstance(value, bytes) else value.encode()
                yield f"/{before} ".encode() + raw + f" {after}".rstrip().encode() + b"\r\n"
        else:
            for text in (*VALUES, *JSON_VALUES):
                yield self.as_json(f"{before} {text} {after}")

    def as_json(self, line: str) -> bytes:
        # ASCII only: lone surrogates can be sent as escapes.
        return json.dumps({"type": "command", "line": line, "ref": 1}).encode() + b"\n"

    def good(self, line: str, dialect: str = "") -> bytes:
        """Return a command in a dialect; "": the one the clients began with."""
        in_text = (dialect or DIALECTS[self.kind]) == "text"
        return f"/{line}\r\n".encode() if in_text else self.as_json(line)

    # Reading

    def dialect(self, client: Client) -> str:
        """Return the dialect that a client is in since its last line."""
        return client.protocol.session.codec.name

    def check(self, client: Client) -> bytes:
        """Return what a client was sent, all of it harmless and nothing of it a failure."""
        data = client.raw()
        before = self.spoken.get(client, DIALECTS[type(client)])
        now = self.spoken[client] = self.dialect(client)
        if now != before:
            check_switch(data, to_json=now == "json")
        elif now == "json":
            check_json(data)
        else:
            check_text(data)
            if isinstance(client, TextClient):
                client._unread = data
                client.seen()  # fails for what is no line of the dialect
        self.assertNotIn(b"something went wrong", data)
        return data

    def tries(self, actor: Client, line: bytes) -> bytes:
        """Send a hostile line and a good one; return what was answered."""
        before = self.dialect(actor)
        actor.transmit(line + self.good(AFTERWARDS, before))
        while actor.protocol.session._inbox.busy:
            self.server.turn()
        data = self.check(actor)
        if self.dialect(actor) != before:  # what was good before is nonsense now
            actor.transmit(self.good(AFTERWARDS, self.dialect(actor)))
            data = self.check(actor)
        if actor.closed:
            self.assertIn(b"Goodbye", data, line)
        else:
            self.assertIn(b" on Python ", b"".join(data.splitlines()[-2:]), line)
        return data

    def population(self) -> tuple[Client, Client, Client]:
        """Put everybody out, and let three come in."""
        registry = self.server.registry
        for client in self.clients:
            if not client.wire.gone:
                client.wire.end(ConnectionDone())
        for bans in (registry.bans, registry.lobby.bans):
            for mask in [ban.mask for ban in bans.values()]:
                registry.unban(registry.server, None if bans is registry.bans else registry.lobby, mask)
        self.server.turn()
        self.assertEqual((registry.users, list(registry.rooms)), ({}, ["#lobby"]))
        people = (
            self.kind(self.server, "192.0.2.1"),
            TextClient(self.server, "192.0.2.2"),
            JsonClient(self.server, "192.0.2.3"),
        )
        self.clients = list(people)
        self.spoken.clear()
        for client, nick in zip(people, ("Alice", "Bob", "Carol"), strict=True):
            client.command(f"nick {nick}")
            client.command("join #dev")
        self.server.user("Alice").rank = Rank.OWNER
        self.forget()
        return people

    # The states

    def try_in_a_room(self, row: Row, before: str, after: str) -> None:
        actor, *watchers = self.population()
        known = self.state(actor)
        for line in self.lines(before, after):
            self.tries(actor, line)
            self.assertTrue(row.name in LEAVES or not actor.closed, line)
            if self.state(actor) != known:
                self.watched(watchers, row)
                actor, *watchers = self.population()
                known = self.state(actor)
        self.watched(watchers, row)

    def state(self, actor: Client) -> object:
        """Return all that a command may have changed."""
        session = actor.protocol.session
        return snapshot(self.server.registry), session.style, session.codec

    def watched(self, watchers: list[Client], row: Row) -> None:
        """What Bob and Carol were sent is harmless, and they are still there unless that is what the command is for."""
        for watcher, nick in zip(watchers, ("Bob", "Carol"), strict=True):
            self.check(watcher)
            if watcher.closed and row.name in PUTS_OFF:
                continue
            self.assertFalse(watcher.closed)
            self.assertTrue(self.server.user(nick))

    def try_in_no_room(self, row: Row, before: str, after: str) -> None:
        lines = list(self.lines(before, after))
        if not self.stays_outside(row, lines):
            # One of them led into a room, say: let each be the first.
            for line in lines:
                self.stays_outside(row, [line])

    def stays_outside(self, row: Row, lines: list[bytes]) -> bool:
        """Send lines as somebody in no room; return whether he is that still."""
        actor, *watchers = self.population()
        actor.transmit(self.good("part #dev"))
        # Nobody leaves the lobby for nowhere by himself.
        registry, user = self.server.registry, self.server.user("Alice")
        registry.kick(registry.server, registry.lobby, user)
        self.check(actor)
        self.assertEqual(user.rooms, {})
        self.tries(actor, b"".join(lines))
        self.assertTrue(row.name in LEAVES or not actor.closed, lines)
        self.watched(watchers, row)
        return not (actor.closed or user.rooms or self.dialect(actor) != DIALECTS[self.kind])

    def try_before_naming(self, row: Row, before: str, after: str) -> None:
        self.population()
        actor = self.newcomer()
        for line in self.lines(before, after):
            answer = self.tries(actor, line)
            if row.named:
                self.assertRegex(answer, REFUSED, line)
            named = actor.closed or actor.protocol.session.user is not None
            if named:
                self.assertIn(row.name, {"nick", *LEAVES}, line)
            if named or self.dialect(actor) != DIALECTS[self.kind]:
                actor.hang_up()
                actor = self.newcomer()
        actor.hang_up()

    def newcomer(self) -> Client:
        """Return somebody who has been greeted."""
        newcomer = self.kind(self.server)
        newcomer.raw()
        return newcomer

    def try_while_a_claim_is_awaited(self, row: Row, before: str, after: str) -> None:
        lines = self.lines(before, after)
        while packet := b"".join(islice(lines, 60)):
            actor, *watchers = self.population()
            self.server.claims.late = True
            actor.transmit(self.good("nick Al") + packet + self.good(AFTERWARDS))
            self.server.claims.late = False
            self.assertEqual(TELNET.sub(b"", actor.raw()), b"", "answered before its turn")
            self.server.claims.answer(True)
            for _ in range(3):
                self.server.turn()
            for client in (actor, *watchers):
                data = self.check(client)
                if client is actor and not actor.closed and self.dialect(actor) == DIALECTS[self.kind]:
                    self.assertIn(b" on Python ", data, packet[:100])

    def try_while_closing(self, row: Row, before: str, after: str) -> None:
        actor, *watchers = self.population()
        lines = list(self.lines(before, after))
        self.server.store.holding = True
        actor.transmit(self.good("topic #dev News"))
        known = snapshot(self.server.registry)
        # These wait already when the end begins, and the next come behind it.
        self.server.claims.late = True
        actor.transmit(self.good("nick Al") + self.good("quit") + b"".join(lines[:60]))
        self.server.claims.late = False
        self.server.claims.answer(False)
        self.server.turn()
        actor.transmit(b"".join(lines))
        self.assertEqual(snapshot(self.server.registry), known)
        self.server.store.release()
        actor.transmit(b"".join(lines))
        self.assertIn(b"Goodbye", self.check(actor))
        self.assertTrue(actor.closed)
        self.watched(watchers, row)

    # The tests

    def try_everything(self, state: str) -> None:
        for row in self.rows:
            for before, after in positions(row):
                getattr(self, f"try_{state}")(row, before, after)

    def test_in_a_room(self) -> None:
        self.try_everything("in_a_room")

    def test_in_no_room(self) -> None:
        self.try_everything("in_no_room")

    def test_before_naming(self) -> None:
        self.try_everything("before_naming")

    def test_while_a_claim_is_awaited(self) -> None:
        self.try_everything("while_a_claim_is_awaited")

    def test_while_closing(self) -> None:
        self.try_everything("while_closing")


class HostileInText(Hostile):
    __test__ = True
    kinds = (TextClient,)

    def test_as_a_plain_line(self) -> None:
        """Said in a room, or taken for a nickname."""
        actor, *watchers = self.population()
        for value in (*VALUES, *BYTES):
            raw = value if isinstance(value, bytes) else value.encode()
            self.tries(actor, raw + b"\r\n")
            for watcher in watchers:
                self.check(watcher)
            newcomer = self.newcomer()
            self.tries(newcomer, raw + b"\r\n")
            newcomer.hang_up()


class HostileInJson(Hostile):
    __test__ = True
    kinds = (JsonClient,)

    def test_as_words_and_room(self) -> None:
        """Every field of a `say`."""
        actor, *watchers = self.population()
        for value in (*VALUES, *JSON_VALUES):
            for fields in ({"text": value}, {"text": "hello", "room": value}):
                self.tries(actor, json.dumps({"type": "say", **fields, "ref": 1}).encode() + b"\n")
                for watcher in watchers:
                    self.check(watcher)
