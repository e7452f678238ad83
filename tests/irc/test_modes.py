"""MODE: the Modern IRC document's MODE message and channel modes, extended bans (IRCv3 account-extban)."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from chatd.core.user import Rank
from chatd.settings import Irc
from tests.behaviour.clients import TextClient
from tests.behaviour.server import Server
from tests.irc.raw import SETTINGS, Raw


class ModeCase(SynchronousTestCase):
    """A server with Ann, who has created #dev, Bob in it, and Cid outside."""

    def setUp(self) -> None:
        self.server = Server(SETTINGS)
        self.ann, self.bob, self.cid = (Raw(self.server, nick) for nick in ("Ann", "Bob", "Cid"))
        self.ann.send("JOIN #dev")
        self.bob.send("JOIN #dev")
        self.forget()

    def forget(self) -> None:
        for client in (self.ann, self.bob, self.cid):
            client.lines()

    def change(self, modes: str) -> list[str]:
        """Let Ann change modes; return what Bob sees of it, without its source."""
        self.forget()
        self.ann.send(f"MODE #dev {modes}")
        return [line.partition(" ")[2] for line in self.bob.lines()]


class OfRooms(ModeCase):
    def test_what_it_is_like(self) -> None:
        """RPL_CHANNELMODEIS and RPL_CREATIONTIME (Modern IRC, MODE): only operators talk of topics, only members talk."""
        created = str(int(self.server.wall))
        self.assertEqual(self.cid.ask("MODE #dev"), ["324 #dev +nt", f"329 #dev {created}"])

    def test_several_switches_are_one_line(self) -> None:
        """Modes with no parameter, set and removed together (Modern IRC, mode string)."""
        self.assertEqual(self.change("+ims-t"), ["MODE #dev -t+ims"])
        self.assertEqual(self.change("-imsn"), ["MODE #dev -imsn"])
        self.assertEqual(self.ann.ask("MODE #dev")[0], "324 #dev +")

    def test_in_the_order_in_which_they_stand(self) -> None:
        """A mode string is read from left to right (Modern IRC, MODE): who gives his rank away last may do the rest."""
        self.change("+o Bob")
        self.bob.send("MODE #dev +mi-o+s Bob")
        self.assertEqual(
            [line.partition(" ")[2] for line in self.ann.lines()],
            ["MODE #dev +o Bob", "MODE #dev +mi", "MODE #dev -o Bob"],
        )
        self.assertEqual([line.split(" ")[1] for line in self.bob.lines()], ["MODE", "MODE", "482"])

    def test_what_is_so_changes_nothing(self) -> None:
        for modes in ("+nt", "-ims", "-l", "-k x"):
            self.assertEqual(self.change(modes), [], modes)
        for modes in ("+k beer", "+l 7"):
            self.assertEqual(len(self.change(modes)), 1, modes)
            self.assertEqual(self.change(modes), [], modes)
        self.assertEqual(len(self.server.acts()), 2)

    def test_key(self) -> None:
        """+k and -k (Modern IRC, Key): nobody else is shown it, who is inside is told."""
        self.assertEqual(self.change("+k beer"), ["MODE #dev +k *"])
        self.assertEqual(self.ann.ask("MODE #dev")[0], "324 #dev +ntk beer")
        self.assertEqual(self.cid.ask("MODE #dev")[0], "324 #dev +ntk *")
        self.assertEqual(self.cid.numerics("JOIN #dev"), ["475"])
        self.assertIn("JOIN", self.cid.numerics("JOIN #dev beer"))
        self.assertEqual(self.change("-k whatever")[-1:], ["MODE #dev -k *"])

    def test_a_key_that_cannot_be_typed(self) -> None:
        """ERR_INVALIDMODEPARAM (Modern IRC, 696)."""
        for key in (":two words", ":", "a,b", "k" * 65):
            self.assertTrue(self.ann.ask(f"MODE #dev +k {key}")[0].startswith("696 #dev k * :"), key)

    def test_limit(self) -> None:
        """+l (Modern IRC, Client limit): a number above 0; full is 471."""
        self.assertEqual(self.change("+l 2"), ["MODE #dev +l 2"])
        self.assertEqual(self.cid.numerics("JOIN #dev"), ["471"])
        self.assertEqual(self.change("-l"), ["MODE #dev -l"])
        for limit in ("0", "-1", "abc", ":"):
            self.assertTrue(self.ann.ask(f"MODE #dev +l {limit}")[0].startswith("696 #dev l "), limit)

    def test_ranks(self) -> None:
        """+o, +v and their removal; the target is named (Modern IRC, Channel operators)."""
        self.assertEqual(self.change("+v bob"), ["MODE #dev +v Bob"])
        self.assertEqual(self.change("+o Bob"), ["MODE #dev -v+o Bob Bob"])
        self.assertEqual(self.change("-o Bob"), ["MODE #dev -o Bob"])
        self.assertEqual(self.ann.ask("MODE #dev +o Cid"), ["441 Cid #dev :Cid is not in #dev"])
        self.assertEqual(self.ann.numerics("MODE #dev +o nobody"), ["401"])
        self.assertEqual(self.ann.numerics("MODE #dev +o"), ["696"])

    def test_ranks_of_who_is_not_here(self) -> None:
        """ERR_NOSUCHNICK and ERR_USERNOTINCHANNEL (Modern IRC, 401 and 441), on the way down as on the way up."""
        for letter in "ov":
            for sign in "+-":
                modes = f"MODE #dev {sign}{letter}"
                self.assertEqual(self.ann.ask(f"{modes} Cid"), ["441 Cid #dev :Cid is not in #dev"], modes)
                self.assertEqual(self.ann.ask(f"{modes} nobody")[0].split(" :")[0], "401 nobody", modes)
            self.assertEqual(self.ann.ask(f"MODE #dev -{letter} Bob"), [])
        self.assertEqual(self.ann.ask("MODE #dev +q Cid"), ["441 Cid #dev :Cid is not in #dev"])
        self.assertEqual(self.ann.ask("MODE #dev +q nobody")[0].split(" :")[0], "401 nobody")
        # Who may change nothing learns nothing of who is there.
        self.assertEqual(self.bob.numerics("MODE #dev -o nobody"), ["482"])

    def test_a_rank_that_an_account_has_kept(self) -> None:
        """It is taken from who has gone, or is outside, and asks in vain for it when he comes back."""
        self.ann.send("REGISTER * * correct-horse")
        self.bob.send("REGISTER * * correct-horse")
        self.ann.send("ROOM register #dev", "MODE #dev +o Bob")
        self.bob.send("PART #dev")
        self.cid.send("JOIN #dev")
        self.cid.lines()
        self.ann.send("MODE #dev -o Bob")
        self.assertEqual([line.partition(" ")[2] for line in self.cid.lines()], ["MODE #dev -o Bob"])
        self.bob.send("JOIN #dev")
        self.ann.send("MODE #dev +o Bob")
        self.bob.hang_up()
        self.cid.lines()
        self.ann.send("MODE #dev -v Bob", "MODE #dev -o Bob")
        self.assertEqual([line.partition(" ")[2] for line in self.cid.lines()], ["MODE #dev -o Bob"])
        self.assertEqual(self.ann.numerics("MODE #dev -o Bob"), ["401"])
        again = Raw(self.server, "Robert")
        again.send("NICKSERV IDENTIFY Bob correct-horse", "JOIN #dev")
        self.assertEqual(self.ann.ask("NAMES #dev")[0], "353 = #dev :~Ann Cid Robert")

    def test_who_may(self) -> None:
        """ERR_CHANOPRIVSNEEDED (Modern IRC, 482), whatever the mode is."""
        for modes in (
            "+o Bob",
            "+b x!*@*",
            "+k beer",
            "+l 3",
            "+i",
            "-nt",
            "+e x!*@*",
            "+I x!*@*",
            "+b m:x!*@*",
        ):
            self.assertEqual(self.bob.numerics(f"MODE #dev {modes}"), ["482"], modes)
        self.server.registry.set_oper(self.server.user("Bob"), Rank.OPERATOR)
        self.assertIn("MODE", self.bob.numerics("MODE #dev +i"))

    def test_unknown(self) -> None:
        """ERR_UNKNOWNMODE (472), ERR_NOSUCHCHANNEL (403)."""
        self.assertEqual(self.ann.ask("MODE #dev +X"), ["472 X :is unknown mode char to me"])
        self.assertEqual(self.ann.numerics("MODE #nowhere +i"), ["403"])


class Lists(ModeCase):
    def test_a_ban_keeps_out_who_comes(self) -> None:
        """+b (Modern IRC, Ban): it stands in the list with who made it when, and puts nobody out."""
        self.assertEqual(self.change("+b BOB!*@*"), ["MODE #dev +b bob!*@*"])
        self.assertIn("Bob", self.ann.ask("NAMES #dev")[0])
        self.assertEqual(
            self.bob.ask("MODE #dev +b"),
            [f"367 #dev bob!*@* Ann {int(self.server.wall)}", "368 #dev :End of channel ban list"],
        )
        self.bob.send("PART #dev")
        self.assertEqual(self.bob.numerics("JOIN #dev"), ["474"])
        self.change("-b Bob!*@*")
        self.assertIn("JOIN", self.bob.numerics("JOIN #dev"))

    def test_everybody(self) -> None:
        """*!*@* beside an exception (Modern IRC, Ban exception); who made it can lift it."""
        self.change("+b *!*@*")
        self.assertEqual(self.cid.numerics("JOIN #dev"), ["474"])
        self.change("+e cid!*@*")
        self.assertIn("JOIN", self.cid.numerics("JOIN #dev"))
        self.assertEqual(self.change("-b *!*@*"), ["MODE #dev -b *!*@*"])
        self.assertEqual(
            self.ann.ask("MODE #dev e"),
            [f"348 #dev cid!*@* Ann {int(self.server.wall)}", "349 #dev :End of channel exception list"],
        )

    def test_invitations(self) -> None:
        """+I lets in by +i (Modern IRC, Invite exception)."""
        self.change("+i")
        self.assertEqual(self.cid.numerics("JOIN #dev"), ["473"])
        self.assertEqual(self.change("+I cid!*@*"), ["MODE #dev +I cid!*@*"])
        self.assertIn("JOIN", self.cid.numerics("JOIN #dev"))

    def test_mutes(self) -> None:
        """An extended ban (EXTBAN in RPL_ISUPPORT): who meets it does not speak, but with voice or an exception."""
        self.assertEqual(self.change("+b m:BOB!*@*"), ["MODE #dev +b m:bob!*@*"])
        self.assertEqual(self.bob.numerics("PRIVMSG #dev :hi"), ["404"])
        self.assertIn(" m:bob!*@* ", self.bob.ask("MODE #dev +b")[0])
        self.change("+v Bob")
        self.assertEqual(self.bob.numerics("PRIVMSG #dev :hi"), [])
        self.change("-v Bob")
        self.change("+e m:*!~bob@*")
        self.assertEqual(self.bob.numerics("PRIVMSG #dev :hi"), [])
        self.change("-e *!~bob@*")
        self.change("-b m:bob!*@*")
        self.assertEqual(self.bob.numerics("PRIVMSG #dev :hi"), [])

    def test_an_account_that_there_is_not(self) -> None:
        """A mask of an account (IRCv3 account-extban) meets no guest of that name."""
        self.assertEqual(self.change("+b a:Cid"), ["MODE #dev +b a:cid"])
        self.assertIn("JOIN", self.cid.numerics("JOIN #dev"))

    def test_what_is_no_mask(self) -> None:
        """ERR_INVALIDMODEPARAM (Modern IRC, 696): nothing that was asked for is left undone without a word."""
        self.server.registry.set_oper(self.server.user("Ann"), Rank.OPERATOR)
        for mode in (
            "+b 1.0.0.0/4",
            "+b $x:foo",
            "+b ~q:foo",
            "+b a!b!c@d,e",
            f"+b {'a' * 40}",
            f"+b {'a' * 400}",
            "+e *",
            "+I **",
            "-b a!b!c@d,e",
        ):
            letter, mask = mode[1], mode[3:]
            answer = self.ann.ask(f"MODE #dev {mode}")
            self.assertEqual(
                [line.split(" :")[0] for line in answer], [f"696 #dev {letter} {mask[:64]}"], mode
            )
        self.assertEqual(self.ann.numerics("MODE #dev +b m:*", "MODE #dev +l 1000000"), ["696", "696"])

    def test_what_is_so_already(self) -> None:
        """It passes without a word, to the others too, and is on no record."""
        for mode in ("+b cid!*@*", "+e cid!*@*", "+I cid!*@*", "+b m:cid!*@*", "+v Bob"):
            self.assertEqual(len(self.change(mode)), 1, mode)
            self.assertEqual(self.ann.ask(f"MODE #dev {mode}"), [], mode)
            undone = mode.replace("+", "-")
            self.assertEqual(len(self.change(undone)), 1, mode)
            self.assertEqual(self.ann.ask(f"MODE #dev {undone}"), [], mode)

    def test_a_ban_in_force_is_left_alone(self) -> None:
        """Its term and its reason stay; one that has run out is made anew."""
        room = self.server.registry.rooms["#dev"]
        self.ann.send("BAN #dev cid* 1h spam")
        ban = room.bans["cid*"]
        self.assertEqual(self.change("+b cid*!*@*"), [])
        self.assertIs(room.bans["cid*"], ban)
        self.server.clock.advance(3600)
        for client in (self.ann, self.bob, self.cid):
            client.send("PING x")
        self.assertEqual(self.change("+b cid*!*@*"), ["MODE #dev +b cid*!*@*"])
        self.assertEqual((room.bans["cid*"].reason, room.bans["cid*"].until), ("", None))

    def test_who_reads_them(self) -> None:
        """ERR_NOTONCHANNEL (442) and the end: bans for who sees into the room, exceptions and invitations for members."""
        self.change("+b spam*!*@*")
        self.change("+eI eggs*!*@* eggs*!*@*")
        self.assertEqual(self.cid.numerics("MODE #dev b"), ["367", "368"])
        for letter, end in (("e", "349"), ("I", "347")):
            self.assertEqual(self.cid.numerics(f"MODE #dev {letter}"), ["442", end])
        self.change("+k beer")
        self.assertEqual(self.cid.numerics("MODE #dev b"), ["442", "368"])
        self.server.registry.set_oper(self.server.user("Cid"), Rank.OPERATOR)
        for client in (self.bob, self.cid):
            self.assertEqual(
                client.numerics("MODE #dev beI"), ["367", "368", "348", "349", "346", "347"], client.nick
            )

    def test_nobody_is_shown_an_address(self) -> None:
        self.server.registry.set_oper(self.server.user("Ann"), Rank.OPERATOR)
        self.assertEqual(self.change("+b *!*@192.0.2.7"), ["MODE #dev +b *!*@(hidden)"])
        self.assertIn(" *!*@192.0.2.7 ", self.ann.ask("MODE #dev b")[0])
        self.assertNotIn("192.0.2.7", "".join(self.bob.ask("MODE #dev b")))


class OfOneself(ModeCase):
    def test_letters(self) -> None:
        """RPL_UMODEIS (221), ERR_UMODEUNKNOWNFLAG (501), ERR_USERSDONTMATCH (502)."""
        self.ann.send("MODE Ann +Bi-w")
        self.assertTrue(self.ann.lines()[0].endswith(" MODE Ann +Bi"))
        self.assertEqual(self.ann.ask("MODE Ann"), ["221 +Bi"])
        self.assertEqual(self.ann.numerics("MODE Ann +x"), ["501"])
        self.assertEqual(self.ann.numerics("MODE Bob +i"), ["502"])
        self.assertEqual(self.ann.numerics("MODE nobody +i"), ["401"])

    def test_operators_are_not_made_so(self) -> None:
        self.ann.send("MODE Ann +o")
        self.assertEqual(self.server.user("Ann").rank, Rank.USER)
        self.server.registry.set_oper(self.server.user("Ann"), Rank.OPERATOR)
        self.assertEqual(self.ann.ask("MODE Ann"), ["221 +o"])
        self.ann.send("MODE Ann -o")
        self.assertEqual(self.server.user("Ann").rank, Rank.USER)


class BothWays(ModeCase):
    def test_people_at_nc_read_it(self) -> None:
        """One state, seen from all sides."""
        dan = TextClient(self.server)
        dan.command("nick Dan")
        dan.command("join #dev")
        dan.seen()
        self.ann.send("MODE #dev +im", "MODE #dev +o Dan")
        self.assertEqual(
            [line.decode() for line in dan.lines()],
            [
                " * #dev is now open to who is invited only and moderated: only those with voice speak, by Ann",
                " * Dan is now operator of #dev, by Ann",
            ],
        )
        self.forget()
        dan.command("room moderated off")
        dan.command("ban spam*")
        dan.command("quiet eggs*")
        dan.command("voice Bob")
        self.assertEqual(
            [line.partition(" ")[2] for line in self.bob.lines()],
            ["MODE #dev -m", "MODE #dev +b spam*!*@*", "MODE #dev +b m:eggs*!*@*", "MODE #dev +v Bob"],
        )


class Founders(ModeCase):
    def test_a_registered_room_has_one(self) -> None:
        """Who has made a room is its first operator; once it is registered he is shown as its founder (prefix ~)."""
        self.ann.send("REGISTER * * correct-horse")
        self.forget()
        self.ann.send("ROOM register #dev")
        self.assertTrue(self.bob.lines()[0].endswith(" MODE #dev +q Ann"))
        self.assertEqual(self.bob.ask("NAMES #dev")[0], "353 = #dev :~Ann Bob")
        self.ann.send("ROOM unregister #dev")
        self.assertTrue(self.bob.lines()[0].endswith(" MODE #dev -q Ann"))


class FirstModes(SynchronousTestCase):
    def test_by_the_settings(self) -> None:
        server = Server(replace(SETTINGS, irc=Irc(user_modes="i")))
        self.assertEqual(Raw(server, "Ann").ask("MODE Ann"), ["221 +i"])
