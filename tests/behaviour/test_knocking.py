"""/knock: who is kept out of a room asks to be let in."""

from __future__ import annotations

from chatd.core.knocking import PAUSE, ROOM_PAUSE
from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.clients import Client

TOLD = ("answer", "The operators of #den have been told.")


class Knocking(Behaviour):
    """Alice has made #den, where Bob is and one has to be invited."""

    def setUp(self) -> None:
        super().setUp()
        self.alice, self.bob = self.together("#den", "Alice", "Bob")
        self.alice.command("room invite-only on")
        self.carol = self.person("Carol", "192.0.2.3")

    def person(self, nick: str, address: str) -> Client:
        """Let in somebody from an address."""
        person = self.client(nick, address)
        self.forget()
        return person

    def wait(self, seconds: float) -> None:
        """Let time pass, in which nobody is silent for so long that he is taken for gone."""
        for part in (60.0,) * int(seconds // 60) + (seconds % 60,):
            self.server.clock.advance(part)
            for client in self.clients:
                client.command("ping")
        self.forget()

    def test_operators_hear_it(self) -> None:
        """Those who may invite, in the room; an invitation lets in."""
        dan = self.person("Dan", "192.0.2.4")
        self.make_operator("Dan")
        self.carol.command("knock #den I am new here")
        self.assert_seen(self.alice, ("knocked", "Carol", "#den", "I am new here"))
        self.assert_seen(self.carol, TOLD)
        self.assert_seen(self.bob)
        self.assert_seen(dan)
        self.alice.command("invite Carol")
        self.carol.command("join #den")
        self.assertIn(("joined", "Carol", "#den", "3"), self.alice.seen())

    def test_without_a_reason(self) -> None:
        dan = self.person("Dan", "192.0.2.4")
        self.make_operator("Dan")
        dan.command("join #den")
        self.forget()
        self.carol.command("knock #den")
        self.assert_seen(dan, ("knocked", "Carol", "#den", ""))

    def test_at_other_doors(self) -> None:
        """Whatever keeps one out but a ban: a key, a limit."""
        self.alice.command("room invite-only off")
        for change in ("key sesame", "limit 2"):
            self.alice.command(f"room {change}")
            self.wait(PAUSE)
            self.carol.command("knock #den")
            self.assert_seen(self.alice, ("knocked", "Carol", "#den", ""))
            self.alice.command("room key off")
            self.forget()
        self.wait(PAUSE)
        self.alice.command("ban Carol")
        self.forget()
        self.carol.command("knock #den")
        self.assert_refused(self.carol, "you are banned from #den")
        self.assert_seen(self.alice)

    def test_where_there_is_no_need(self) -> None:
        """Who is inside; who may come in: as the room is open, by an invitation, by a rank there or on the server."""
        self.bob.command("knock #den")
        self.assert_refused(self.bob, "you are in #den already")
        self.alice.command("invite Carol")
        self.forget()
        self.carol.command("knock #den")
        self.assert_refused(self.carol, "#den is open to you: /join #den")
        dan = self.person("Dan", "192.0.2.4")
        self.make_operator("Dan")
        dan.command("knock #den")
        self.assert_refused(dan, "#den is open to you")
        self.alice.command("room invite-only off")
        self.forget()
        dan.command("knock #lobby")
        self.assert_refused(dan, "you are in #lobby already")
        self.person("Eve", "192.0.2.5").command("knock #den")
        self.assertEqual(self.clients[-1].seen()[0][0], "error")
        self.assert_seen(self.alice)

    def test_a_hidden_room_is_not_there(self) -> None:
        self.alice.command("room private on")
        self.forget()
        self.carol.command("knock #den")
        hidden = self.carol.seen()
        self.carol.command("knock #dew")
        missing = self.carol.seen()
        self.assertEqual([each[0] for each in (*hidden, *missing)], ["error"] * 2)
        self.assertEqual(hidden[0][1].replace("#den", "#dew"), missing[0][1])
        self.assert_seen(self.alice)

    def test_not_again_and_again(self) -> None:
        """One account, or address of guests, waits minutes; a room hears somebody else after a moment."""
        self.carol.command("knock #den")
        self.wait(ROOM_PAUSE - 1)
        dan = self.person("Dan", "192.0.2.4")
        dan.command("knock #den")
        self.assert_refused(dan, "somebody has just knocked at #den; wait 1 s")
        self.wait(1)
        dan.command("knock #den")
        self.assert_seen(self.alice, ("knocked", "Dan", "#den", ""))
        self.carol.command("nick Caroline")
        self.wait(PAUSE - ROOM_PAUSE - 1)
        self.carol.command("knock #den")
        self.assert_refused(self.carol, "you have just knocked at #den; wait 1 s")
        self.assert_seen(self.alice)
        self.wait(1)
        self.carol.command("knock #den")
        self.assert_seen(self.alice, ("knocked", "Caroline", "#den", ""))

    def test_who_is_ignored_or_muted(self) -> None:
        """An operator hears nobody whom he ignores, which is told to nobody; who is muted gives no reason."""
        self.alice.command("ignore Carol")
        self.forget()
        self.carol.command("knock #den please")
        self.assert_seen(self.alice)
        self.assert_seen(self.carol, TOLD)
        self.alice.command("unignore Carol")
        self.alice.command("mute Carol")
        self.wait(PAUSE)
        self.carol.command("knock #den please")
        self.assert_seen(self.alice, ("knocked", "Carol", "#den", ""))

    def test_when_nobody_is_there_to_hear(self) -> None:
        self.alice.command("part")
        self.forget()
        self.carol.command("knock #den")
        self.assert_seen(self.carol, ("answer", "No operator of #den is there now."))


globals().update(over_front_ends(Knocking))
