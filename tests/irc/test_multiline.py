"""Messages of several lines (IRCv3 draft/multiline and client-batch; the sections named are those of the first)."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from chatd.core.text import MESSAGE_BYTES
from chatd.wire.irc.caps import CAPABILITIES, MULTILINE_LINES
from tests.behaviour.server import Server
from tests.irc.tagged import ALL, SETTINGS, Line, Tagged

CONCAT = "draft/multiline-concat"
PLAIN = "message-tags server-time echo-message batch labeled-response"


class BatchCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.server = Server(SETTINGS)
        self.ann = self.client("Ann")
        self.bob = self.client("Bob")
        self.cid = self.client("Cid", PLAIN)
        for client in (self.ann, self.bob, self.cid):
            client.send("JOIN #dev")
        for client in (self.ann, self.bob, self.cid):
            client.lines()

    def client(self, nick: str, caps: str = ALL, *, account: bool = False) -> Tagged:
        return Tagged(self.server, nick, caps, account=account)

    @staticmethod
    def batch(*lines: str, target: str = "#dev", tags: str = "", verb: str = "PRIVMSG") -> list[str]:
        """Return the lines of a batch; one that begins with + goes on the one before."""
        found = [f"{f'@{tags} ' if tags else ''}BATCH +1 draft/multiline {target}"]
        for line in lines:
            tag = f";{CONCAT}" if line.startswith("+") else ""
            found.append(f"@batch=1{tag} {verb} {target} :{line.removeprefix('+')}")
        return [*found, "BATCH -1"]

    def failure(self, *lines: str) -> list[str]:
        (line,) = self.ann.ask(*lines)
        self.assertEqual((line.verb, line.params[0]), ("FAIL", "BATCH"), line.raw)
        self.assertEqual((self.bob.lines(), self.cid.lines()), ([], []))
        return line.params[1:-1]


class Delivery(BatchCase):
    def shown(self, lines: list[Line]) -> list[tuple[str, bool]]:
        """Return the text of the lines of one batch, and whether each goes on the one before."""
        begin, *inner, end = lines
        name = begin.params[0][1:]
        self.assertEqual((begin.verb, begin.params[1:]), ("BATCH", ["draft/multiline", "#dev"]))
        self.assertEqual((end.verb, end.params), ("BATCH", [f"-{name}"]))
        for line in inner:
            self.assertEqual({*line.tags} - {CONCAT}, {"batch"})
            self.assertEqual(line.tags["batch"], name)
        return [(line.params[-1], CONCAT in line.tags) for line in inner]

    def test_one_message_for_all(self) -> None:
        """§ "Batch types", § "Fallback", § "Message ids"."""
        echo = self.ann.ask(*self.batch("hello", "#how is ", "+everyone?", tags="label=xyz"))
        sent = [("hello", False), ("#how is ", False), ("everyone?", True)]
        self.assertEqual((self.shown(echo), echo[0].tags["label"]), (sent, "xyz"))
        relay = self.bob.lines()
        self.assertEqual(self.shown(relay), sent)
        for tag in ("msgid", "time"):
            self.assertEqual(relay[0].tags[tag], echo[0].tags[tag])
        bare = self.cid.lines()
        self.assertEqual([line.params[-1] for line in bare], [text for text, _ in sent])
        self.assertEqual([line.tags.get("msgid") for line in bare], [echo[0].tags["msgid"], None, None])
        self.assertEqual({line.tags["time"] for line in bare}, {echo[0].tags["time"]})

    def test_blank_lines_and_tags_of_the_client(self) -> None:
        self.ann.send(*self.batch("", "one", "", "two", tags="label=x;+a=b"))
        relay = self.bob.lines()
        self.assertEqual([text for text, _ in self.shown(relay)], ["", "one", "", "two"])
        self.assertEqual(relay[0].tags["+a"], "b")
        bare = self.cid.lines()
        self.assertEqual([(line.params[-1], line.tags["+a"]) for line in bare], [("one", "b"), ("two", "b")])

    def test_long_tags_come_once(self) -> None:
        """Else a message would be as many times as long as it has lines."""
        self.ann.send(*self.batch("one", "two", tags=f"+a={'x' * 3000}"))
        self.assertEqual(["+a" in line.tags for line in self.cid.lines()], [True, False])

    def test_notices(self) -> None:
        self.ann.send(*self.batch("one", "two", verb="NOTICE"))
        self.assertEqual([line.verb for line in self.bob.lines()], ["BATCH", "NOTICE", "NOTICE", "BATCH"])

    def test_to_a_user_and_to_a_rank(self) -> None:
        self.ann.send(*self.batch("one", "two", target="Bob"))
        self.assertEqual([line.params[-1] for line in self.bob.lines()][1:3], ["one", "two"])
        self.ann.send("MODE #dev +v Bob")
        self.bob.lines()
        self.ann.send(*self.batch("one", "two", target="+#dev"))
        self.assertEqual(self.bob.lines()[0].params[1:], ["draft/multiline", "+#dev"])
        self.assertEqual([line for line in self.cid.lines() if line.verb == "PRIVMSG"], [])

    def test_the_target_in_another_case(self) -> None:
        self.ann.send(
            "BATCH +1 draft/multiline #dev",
            "@batch=1 PRIVMSG #DEV :one",
            "@batch=1 privmsg #Dev :two",
            "BATCH -1",
        )
        self.assertEqual(len(self.bob.lines()), 4)

    def test_one_line_is_a_plain_message(self) -> None:
        self.ann.send(*self.batch("one"))
        (line,) = self.bob.lines()
        self.assertEqual((line.verb, line.params), ("PRIVMSG", ["#dev", "one"]))

    def test_a_long_line_comes_in_one_piece(self) -> None:
        """Said elsewhere: as a batch whose lines go on each other."""
        wire, protocol = self.server.connect("127.0.0.1", secure=False)
        del wire
        text = "x" * 1000
        protocol.dataReceived(f"Joe\r\n/join #dev\r\n{text}\r\n".encode())
        self.server.turn()
        found = [line for line in self.bob.lines() if line.verb in ("BATCH", "PRIVMSG")]
        self.assertEqual("".join(line.params[-1] for line in found[1:-1]), text)
        self.assertEqual([CONCAT in line.tags for line in found[1:-1]], [False, True, True])

    def test_as_much_as_one_message_may_be(self) -> None:
        """Pieces that go on each other need no byte between them (§ "Batch types")."""
        words = ["x" * 256, *("+" + "x" * 256 for _ in range(MESSAGE_BYTES // 256 - 1))]
        self.ann.send(*self.batch(*words))
        self.assertEqual(len(self.bob.lines()), 2 + MESSAGE_BYTES // 256)
        self.ann.send(*self.batch(*("x" for _ in range(MULTILINE_LINES))))
        self.assertEqual(len(self.bob.lines()), 2 + MULTILINE_LINES)
        self.assertEqual(
            CAPABILITIES["draft/multiline"], f"max-bytes={MESSAGE_BYTES},max-lines={MULTILINE_LINES}"
        )

    def test_labeled_without_an_echo(self) -> None:
        dan = self.client("Dan", "batch labeled-response draft/multiline message-tags")
        dan.send("JOIN #dev")
        self.assertEqual(
            [line.raw for line in dan.ask(*self.batch("one", "two", tags="label=9"))],
            ["@label=9 :irc.example ACK"],
        )

    def test_other_lines_may_come_between(self) -> None:
        first, *rest = self.batch("one", "two")
        self.ann.send(first, "PRIVMSG #dev :aloud", *rest)
        self.assertEqual(
            [line.params[-1] for line in self.bob.lines() if line.verb == "PRIVMSG"], ["aloud", "one", "two"]
        )

    def test_each_line_costs_as_one(self) -> None:
        limits = replace(SETTINGS.limits, lines_per_second=0.001, burst_lines=10)
        self.server = Server(replace(SETTINGS, limits=limits))
        dan, eve = self.client("Dan", f"{ALL}"), self.client("Eve")
        for client in (dan, eve):
            client.send("JOIN #dev")
            client.protocol.session.budget.refill()
        eve.lines()
        dan.send(*self.batch(*"abcdefgh"), *self.batch("i", "k"))
        self.assertEqual(len(eve.lines()), 10)

    def test_other_dialects_are_shown_lines(self) -> None:
        wire, protocol = self.server.connect("127.0.0.1", secure=False)
        protocol.dataReceived(b"Joe\r\n/join #dev\r\n")
        self.server.turn()
        wire.clear()
        self.ann.send(*self.batch("one", "", "tw", "+o"))
        self.assertEqual(wire.value(), b"Ann: one\r\nAnn: \r\nAnn: two\r\n")
        wire.clear()
        protocol.dataReceived(b"/history 1\r\n")
        self.server.turn()
        self.assertEqual(
            [line.partition(b"Z ")[2] for line in wire.value().splitlines()[:3]],
            [b"Ann: one", b"Ann: ", b"Ann: two"],
        )
        wire.clear()
        protocol.dataReceived(b"/search two one\r\n")
        self.server.turn()
        self.assertEqual(wire.value().count(b"one  two\r\n"), 1, wire.value())


class Refusals(BatchCase):
    """§ "Errors"."""

    def test_too_long(self) -> None:
        self.assertEqual(
            self.failure(*self.batch(*("x" * 400 for _ in range(11)))), ["MULTILINE_MAX_BYTES", "4096"]
        )
        self.assertEqual(
            self.failure(*self.batch(*("x" for _ in range(90)))),
            ["MULTILINE_MAX_LINES", str(MULTILINE_LINES)],
        )

    def test_told_as_soon_as_it_is_too_long(self) -> None:
        *lines, _ = self.batch(*("x" for _ in range(MULTILINE_LINES + 1)))
        self.assertEqual(self.failure(*lines), ["MULTILINE_MAX_LINES", str(MULTILINE_LINES)])
        self.assertEqual(self.ann.protocol.session.incoming.pieces, [])
        self.ann.send("BATCH -1")
        *lines, _ = self.batch(*("x" * 400 for _ in range(11)))
        self.assertEqual(self.failure(*lines), ["MULTILINE_MAX_BYTES", "4096"])

    def test_another_target(self) -> None:
        found = self.failure("BATCH +1 draft/multiline #dev", "@batch=1 PRIVMSG #ops :one", "BATCH -1")
        self.assertEqual(found, ["MULTILINE_INVALID_TARGET", "#dev", "#ops"])

    def test_invalid(self) -> None:
        begin = "BATCH +1 draft/multiline #dev"
        for lines in (
            (begin, "@batch=2 PRIVMSG #dev :one", "@batch=1 PRIVMSG #dev :two", "BATCH -1"),
            self.batch("one", "+"), self.batch("", ""), self.batch("", " "), self.batch(),
            (begin, "@batch=1 PRIVMSG #dev :one", "@batch=1 NOTICE #dev :two", "BATCH -1"),
            (begin, "@batch=1 PRIVMSG #dev :one", "@batch=1 JOIN #ops", "BATCH -1"),
            (begin, "@batch=1 BATCH +2 draft/multiline #dev", "BATCH -1"),
            (begin, "@batch=1 PRIVMSG #dev :one\x01", "BATCH -1"),
            ("BATCH +1 netsplit a b", "@batch=1 PRIVMSG #dev :one", "BATCH -1"),
            ("BATCH +1 draft/multiline", "@batch=1 PRIVMSG #dev :one", "BATCH -1"),
            ("BATCH +1 draft/multiline #dev,Bob", "@batch=1 PRIVMSG #dev :one", "BATCH -1"),
            ("BATCH +1 draft/multiline NickServ", "@batch=1 PRIVMSG NickServ :help", "BATCH -1"),
            (begin, "@batch=1 PRIVMSG #dev :one", "BATCH +2 draft/multiline #dev", "@batch=2 PRIVMSG #dev :two", "BATCH -2"),
            ("BATCH -1",), ("BATCH 1 draft/multiline #dev",), ("@batch=7 PRIVMSG #dev :one",),
        ):  # fmt: skip
            self.assertEqual(self.failure(*lines), ["MULTILINE_INVALID"], lines)
            self.ann.protocol.session.incoming = None

    def test_a_line_that_cannot_be_read_is_missed(self) -> None:
        for bad in (b"@batch=1 PRIVMSG #dev :\xff", b"@batch=1 PRIVMSG #dev :" + b"x" * 600, b"x" * 5000):
            self.ann.send("@label=4 BATCH +1 draft/multiline #dev", "@batch=1 PRIVMSG #dev :one")
            self.ann.protocol.dataReceived(bad + b"\r\n")
            self.ann.send("@batch=1 PRIVMSG #dev :two", "BATCH -1")
            found = self.ann.lines()
            self.assertEqual([(each.verb, each.tags.get("label")) for each in found[:1]], [("FAIL", "4")])
            self.assertEqual((len(found), self.bob.lines()), (2, []))

    def test_the_next_one_is_taken(self) -> None:
        self.failure(*self.batch("", ""))
        self.ann.send(*self.batch("one", "two"))
        self.assertEqual(len(self.bob.lines()), 4)

    def test_a_label_is_answered_once(self) -> None:
        found = self.ann.ask(*self.batch("one", "+", "two", tags="label=5"))
        self.assertEqual([(line.verb, line.tags["label"]) for line in found], [("FAIL", "5")])
        found = self.ann.ask(*self.batch("one", "two", target="#nowhere", tags="label=6"))
        self.assertEqual([(line.verb, line.tags["label"]) for line in found], [("403", "6")])

    def test_what_may_not_be_said_is_refused_as_for_one_line(self) -> None:
        self.assertEqual(
            [line.verb for line in self.ann.ask(*self.batch("a", "b", target="nobody"))], ["401"]
        )
        self.assertEqual(self.ann.ask(*self.batch("a", "b", target="nobody", verb="NOTICE")), [])
        self.ann.send("MODE #dev +m")
        self.bob.lines()
        self.assertEqual([line.verb for line in self.bob.ask(*self.batch("a", "b"))], ["404"])

    def test_who_has_not_asked_may_not(self) -> None:
        self.assertEqual([line.verb for line in self.cid.ask("BATCH +1 draft/multiline #dev")], ["421"])
        self.cid.send("@batch=1 PRIVMSG #dev :one")
        self.assertEqual([line.params[-1] for line in self.bob.lines()], ["one"])


class Kept(BatchCase):
    def test_a_batch_in_the_batch_of_history(self) -> None:
        """IRCv3 batch: the inner one keeps its name, its ends stand in the outer one."""
        echo = self.ann.ask(*self.batch("one", "two"))
        outer, begin, one, two, end, last = self.ann.ask("@label=l2 CHATHISTORY LATEST #dev * 1")
        name = outer.params[0][1:]
        self.assertEqual((outer.tags, last.params), ({"label": "l2"}, [f"-{name}"]))
        self.assertEqual((begin.tags["batch"], end.tags["batch"]), (name, name))
        self.assertEqual([one.tags["batch"], two.tags["batch"]], [begin.params[0][1:]] * 2)
        self.assertEqual(begin.tags["msgid"], echo[0].tags["msgid"])


class TooLong(BatchCase):
    def test_one_line_is_never_two(self) -> None:
        """What would be cut for who is shown it is refused (RFC 2812 §2.3: 512 bytes, the name before it among them)."""
        self.ann.send("PRIVMSG #dev :x")
        (shown,) = [line for line in self.cid.lines() if line.verb == "PRIVMSG"]
        bare = shown.raw.partition(" ")[2]
        most = 510 - len(bare) + 1
        self.bob.lines()
        for count, told in ((most, ["PRIVMSG"]), (most + 1, [])):
            answer = self.ann.ask(f"PRIVMSG #dev {'x' * count}")
            self.assertEqual([line.verb for line in answer], told or ["417"])
            self.assertEqual([line.verb for line in self.cid.lines()], told)
            self.assertEqual([line.params[-1] for line in self.bob.lines()], ["x" * count] if told else [])

    def test_a_notice_is_cut(self) -> None:
        """It may not be refused (RFC 2812 §3.3.2)."""
        self.ann.send(f"NOTICE #dev {'x' * 490}")
        self.assertEqual([line.verb for line in self.cid.lines()], ["NOTICE", "NOTICE"])
