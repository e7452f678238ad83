"""Talking: aloud, in private, as an action, and who does not hear it."""

from __future__ import annotations

from tests.behaviour.cases import Behaviour, over_front_ends
from tests.behaviour.clients import Happening


class Aloud(Behaviour):
    """What is said in a room."""

    def test_everybody_there_hears_it_once_in_one_order(self) -> None:
        alice, bob, carol = self.people("Alice", "Bob", "Carol")
        for number in range(5):
            alice.say(f"a{number}")
            bob.say(f"b{number}")
        said: list[Happening] = [
            ("said", "#lobby", nick, f"{letter}{number}")
            for number in range(5)
            for nick, letter in (("Alice", "a"), ("Bob", "b"))
        ]
        self.assert_seen(carol, *said)
        self.assert_seen(alice, *said[1::2])
        self.assert_seen(bob, *said[::2])

    def test_many_lines_of_one_packet_keep_their_order(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.transmit(alice.packet("one", "/me nods", "/pm Bob two", "three", "/topic"))
        self.assert_seen(
            bob,
            ("said", "#lobby", "Alice", "one"),
            ("did", "#lobby", "Alice", "nods"),
            ("pm", "Alice", "two"),
            ("said", "#lobby", "Alice", "three"),
        )
        self.assert_seen(alice, ("answer", "#lobby has no topic."))

    def test_rooms_that_are_not_the_current_one_are_named(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        bob.command("join #lobby")
        self.forget()
        alice.say("in dev")
        alice.command("me codes")
        alice.command("join #lobby")
        alice.say("in the lobby")
        self.assert_seen(
            bob,
            ("said", "#dev", "Alice", "in dev"),
            ("did", "#dev", "Alice", "codes"),
            ("said", "#lobby", "Alice", "in the lobby"),
        )

    def test_unknown_commands_are_never_said_aloud(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        for line, words in (
            ("jion #dev", 'unknown command "/jion". Did you mean /join?'),
            ("xyzzyx", 'unknown command "/xyzzyx". Type /help.'),
            ("stats", "unknown command"),
            ("", 'unknown command "/"'),
        ):
            alice.command(line)
            self.assert_refused(alice, words)
        self.assert_seen(bob)

    def test_letters_of_all_kinds_arrive_as_they_are(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        for text in ("Grüße, 世界 👩‍👩‍👧", "a\ttab", "می‌خواهم", "  indented", 'quotes " and \\'):
            alice.say(text)
            self.assert_seen(bob, ("said", "#lobby", "Alice", text))

    def test_length(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.say("é" * 2048)
        self.assert_seen(bob, ("said", "#lobby", "Alice", "é" * 2048))
        alice.say("é" * 2048 + "x")
        self.assert_refused(alice, "at most 4,096 bytes")
        self.assert_seen(bob)

    def test_direction_and_width_controls_are_removed(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.say("a\u202eb\u200bc\ufeffd")
        self.assert_seen(bob, ("said", "#lobby", "Alice", "abcd"))

    def test_control_characters_are_refused_everywhere(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        for sign in ("\x00", "\x07", "\x08", "\x1b[31m", "\x7f", "\x9b"):
            alice.say(f"a{sign}b")
            self.assert_refused(alice, "cannot be sent")
            for line in ("pm Bob a{}b", "me a{}b", "topic a{}b", "away a{}b", "kick Bob a{}b"):
                alice.command(line.format(sign))
                self.assert_refused(alice, "cannot be sent")
        self.assert_seen(bob)

    def test_control_characters_in_a_farewell(self) -> None:
        alice, bob = self.together("#dev", "Alice", "Bob")
        alice.command("part a\x07b")
        self.assert_refused(alice, "cannot be sent")
        self.assert_seen(bob)


class InPrivate(Behaviour):
    """What is said to one user."""

    def test_only_the_target_hears_it(self) -> None:
        alice, bob, carol = self.people("Alice", "Bob", "Carol")
        for alias in ("msg", "pm", "whisper", "tell"):
            alice.command(f"{alias} bob hi  there")
            self.assert_seen(bob, ("pm", "Alice", "hi  there"))
        self.assert_seen(carol)
        self.assert_seen(alice)

    def test_reply_goes_to_the_last_one_who_wrote(self) -> None:
        alice, bob, carol = self.people("Alice", "Bob", "Carol")
        bob.command("reply nobody wrote")
        self.assert_refused(bob, "there is nobody to reply to")
        carol.command("pm Bob first")
        alice.command("pm Bob second")
        self.forget()
        bob.command("r yes")
        alice.command("nick Al")
        self.forget()
        bob.command("reply still you")
        self.assert_seen(alice, ("pm", "Bob", "still you"))
        self.assert_seen(carol)
        alice.hang_up()
        self.forget()
        bob.command("r gone?")
        self.assert_refused(bob, "there is nobody to reply to")

    def test_errors(self) -> None:
        alice, _ = self.people("Alice", "Bob")
        alice.command("pm Bbo hi")
        self.assert_seen(alice, ("error", 'no user named "Bbo". Did you mean Bob?'))
        for line in ("pm", "pm Bob"):
            alice.command(line)
            self.assert_seen(alice, ("usage", "/msg USER MESSAGE"))
        alice.command("reply")
        self.assert_seen(alice, ("usage", "/reply MESSAGE"))

    def test_the_sender_is_told_of_absence(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        bob.command("away at lunch")
        self.assert_seen(bob, ("answer", "You are away. /back ends it."))
        alice.command("pm Bob hi")
        self.assert_seen(alice, ("answer", "Bob is away: at lunch"))
        self.assert_seen(bob, ("pm", "Alice", "hi"))
        bob.command("back")
        self.assert_seen(bob, ("answer", "You are back."))
        alice.command("pm Bob hi")
        self.assert_seen(alice)

    def test_one_may_write_to_oneself(self) -> None:
        (alice,) = self.people("Alice")
        alice.command("pm Alice note to self")
        self.assertIn(b"note to self", alice.raw())


class Ignoring(Behaviour):
    """Not hearing somebody."""

    def test_nothing_the_ignored_says_is_shown(self) -> None:
        alice, bob, carol = self.together("#dev", "Alice", "Bob", "Carol")
        bob.command("ignore Alice")
        self.assert_seen(bob, ("answer", "You no longer see what Alice says."))
        alice.say("aloud")
        alice.command("me waves")
        alice.command("pm Bob in private")
        alice.command("nick Al")
        alice.say("under another name")
        self.assertEqual([each[0] for each in bob.seen()], ["renamed"])
        self.assertEqual([each[0] for each in carol.seen()], ["said", "did", "renamed", "said"])
        bob.command("reply who?")
        self.assert_refused(bob, "nobody to reply to")

    def test_invitations_of_the_ignored_are_not_shown(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.command("join #dev")
        bob.command("ignore Alice")
        self.forget()
        alice.command("invite Bob")
        self.assert_seen(bob)

    def test_the_list_and_its_end(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        bob.command("ignore")
        self.assert_seen(bob, ("answer", "You ignore nobody."))
        bob.command("ignore Alice")
        self.forget()
        bob.command("ignore")
        self.assert_seen(bob, ("answer", "You ignore: Alice."))
        alice.command("nick Al")
        self.forget()
        bob.command("unignore al")
        self.assert_seen(bob, ("answer", "You see again what Alice says."))
        alice.say("hello")
        self.assert_seen(bob, ("said", "#lobby", "Al", "hello"))
        bob.command("unignore Al")
        self.assert_refused(bob, 'you do not ignore "Al"')

    def test_oneself(self) -> None:
        alice, _ = self.people("Alice", "Bob")
        alice.command("ignore alice")
        self.assert_refused(alice, "you cannot ignore yourself")
        alice.command("ignore Nobody")
        self.assert_refused(alice, 'no user named "Nobody"')


class Leaving(Behaviour):
    """Saying goodbye."""

    def test_everybody_is_told_why(self) -> None:
        for alias in ("quit", "exit"):
            alice, bob = self.people("Alice", "Bob")
            alice.command(f"{alias} see you")
            self.assert_seen(bob, ("quit", "Alice", "see you"))
            self.assertIn(("answer", "Goodbye."), alice.seen())
            self.assertTrue(alice.closed)
            bob.hang_up()

    def test_what_follows_in_the_packet_is_not_done(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        alice.transmit(alice.packet("/quit", "one more thing"))
        self.assert_seen(bob, ("quit", "Alice", ""))

    def test_an_unfit_reason_keeps_nobody_half_gone(self) -> None:
        for reason in ("x" * 391, "a\x07b"):
            alice, bob = self.people("Alice", "Bob")
            alice.command(f"quit {reason}")
            if not alice.closed:
                self.assertEqual(alice.seen()[0][0], "error")
                alice.say("still here")
                self.assert_seen(bob, ("said", "#lobby", "Alice", "still here"))
            alice.hang_up()
            self.assertEqual(self.server.nicks(), ["Bob"], reason)
            bob.hang_up()

    def test_an_unfit_reason_behind_a_held_commit_stops_nobody_else(self) -> None:
        alice, bob, carol = self.people("Alice", "Bob", "Carol")
        self.server.store.holding = True
        alice.say("held")
        alice.command("quit " + "x" * 391)
        bob.say("held too")
        self.server.store.release()
        self.assertIn(("said", "#lobby", "Bob", "held too"), carol.seen())
        alice.hang_up()
        self.assertEqual(self.server.nicks(), ["Bob", "Carol"])


class Announcing(Behaviour):
    """What the operators of the server say to all."""

    def test_everybody_is_told(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        self.make_operator("Alice")
        alice.command("broadcast Back in five minutes")
        for person in (alice, bob):
            self.assert_seen(person, ("announced", "Alice", "Back in five minutes"))

    def test_others_are_not_even_told_of_the_command(self) -> None:
        alice, bob = self.people("Alice", "Bob")
        for line in ("broadcast hello", "shutdown", "help broadcast"):
            alice.command(line)
            self.assert_refused(alice, "unknown command")
        self.make_operator("Alice")
        alice.command("shutdown")
        self.assert_refused(alice, "unknown command")
        self.assertEqual(self.server.stopped, [])
        self.assert_seen(bob)


for each in (Aloud, InPrivate, Ignoring, Leaving, Announcing):
    globals().update(over_front_ends(each))
