"""Lines of IRC, read as a client of the old kind would: what they tell, who is where, which room is the current one."""

from __future__ import annotations

import re
from collections.abc import Callable

from chatd.wire.irc.line import IrcLine, parse
from tests.behaviour.client import Happening, you_are
from tests.behaviour.sentences import told_by

__all__ = ["IrcReader", "as_irc_shows"]

_RANKS = {"v": ("voice", 1), "o": ("operator", 2), "q": ("founder", 3)}
_SAID_OTHERWISE = frozenset(
    (
        # The greeting.
        *(
            "002",
            "003",
            "004",
            "005",
            "251",
            "252",
            "253",
            "254",
            "255",
            "265",
            "266",
            "375",
            "372",
            "376",
            "422",
        ),
        # Who set a topic, and that names and modes are complete; that an account is one's own.
        *("333", "324", "329", "900", "901", "903"),
        *("AUTHENTICATE", "CAP", "PING", "PONG"),
    )
)
"""Lines for what other dialects do not say, or say in another line."""
_YOU_ARE = re.compile(r"You are (\S+?)(?: \(guest\))?\.(?: /register .*)?")
_CHANGES = {
    "i": ("open without an invitation", "open to who is invited only"),
    "k": ("open without a key", "locked with a key"),
    "l": ("open to any number", "full with W"),
    "m": ("open to what anybody says", "moderated: only those with voice speak"),
    "n": ("open to words from outside", "closed to words from outside"),
    "s": ("seen by everybody", "secret: only its members see it"),
    "t": ("leaving its topic to every member", "leaving its topic to operators"),
}
"""What a room is without a mode and with it."""
_LISTS = {
    "e": "exempted W from the bans of #/exempts W from the bans of #",
    "I": "admitted W to # uninvited/admits W to # uninvited",
    "m": "quieted W in #/quiets W in #",
}
_LAST_WORDS = re.compile(r"Closing link: \(\S+@\S+\) \[(.*)\]")
LATER = " (not stored)"


class IrcReader:
    """What a client knows, and what it tells its user of each line."""

    def __init__(self) -> None:
        self.nick = ""
        self.room = ""
        """The current room."""
        self._there: dict[str, list[str]] = {}
        """Who is in each of one's rooms, which stand in the order in which they were entered."""
        self.told: list[Happening] = []
        """What nobody has asked for yet."""
        self._entered: dict[str, int] = {}
        """Rooms whose names are still being listed: where the happening stands that waits for their number."""
        self._answering = False
        """Whether the line before was one of an answer: several make one."""
        self._read: dict[str, Callable[[str, list[str]], None]] = {
            "PRIVMSG": self._privmsg,
            "NOTICE": self._notice,
            "JOIN": self._join,
            "PART": self._part,
            "QUIT": self._quit,
            "KICK": self._kick,
            "NICK": self._renamed,
            "TOPIC": self._topic,
            "MODE": self._mode,
            "INVITE": lambda by, words: self._tell("invited", by, words[0], words[1]),
            "FAIL": lambda _, words: self._tell("error", words[-1]),
            "ERROR": self._end,
            "001": self._welcome,
            "305": lambda _, words: self._tell("answer", "You are back."),
            "306": lambda _, words: self._tell("answer", "You are away. /back ends it."),
            "301": lambda _, words: self._tell("answer", f"{words[1]} is away: {words[2]}"),
            "331": lambda _, words: self._tell("answer", f"{words[1]} has no topic."),
            "332": lambda _, words: self._tell("answer", f"Topic of {words[1]}: {words[2]}"),
            "341": lambda _, words: self._tell("invited", self.nick, words[1], words[2]),
            "353": self._names,
            "366": self._names_end,
            "710": self._knocked,
            "711": lambda _, words: self._tell("answer", words[2]),
            "461": lambda _, words: self._tell("usage", ""),
        }

    def read(self, lines: list[bytes]) -> None:
        """Tell of lines without their ends."""
        for data in lines:
            line = parse(data)
            if line is None:
                raise AssertionError("a blank line")
            nick = data.partition(b" ")[0][1:].partition(b"!")[0].decode() if data[:1] == b":" else ""
            self._line(nick, line)

    def turn_to(self, room: str) -> bool:
        """Talk in another of one's rooms, of which the server knows nothing; return whether one is there."""
        found = next((each for each in self._there if each.casefold() == room.casefold()), None)
        if found is None:
            return False
        self._go(found)
        return True

    def _line(self, nick: str, line: IrcLine) -> None:
        self._answering &= line.verb == "NOTICE"
        read = self._read.get(line.verb)
        if read is not None:
            read(nick, line.params)
        elif line.verb in _SAID_OTHERWISE:
            return
        elif line.verb.isdigit() and line.verb >= "400":
            self._tell("error", line.params[-1])
        else:
            raise AssertionError(f"no line for a client of the old kind: {line}")

    def _tell(self, *happening: str) -> None:
        self.told.append(happening)

    def _go(self, room: str) -> None:
        self.room = room
        self._tell("answer", f"You talk in {room} now.")

    # Who one is

    def _welcome(self, _: str, words: list[str]) -> None:
        self.nick = words[0]
        self.told.append(you_are(self.nick, hinted=False))

    def _end(self, _: str, words: list[str]) -> None:
        told = _LAST_WORDS.findall(words[0])[0]
        self._tell("answer", "Goodbye." if told.startswith("Quit") else told)

    def _renamed(self, nick: str, words: list[str]) -> None:
        if nick == self.nick:
            self.nick = words[0]
        for there in self._there.values():
            if nick in there:
                there[there.index(nick)] = words[0]
        self._tell("renamed", nick, words[0])
        if words[0] == self.nick:
            self.told.append(you_are(self.nick, hinted=False))

    # What is said

    def _privmsg(self, nick: str, words: list[str]) -> None:
        target, text = words
        action = text.startswith("\x01ACTION ")
        if action:
            text = text.removeprefix("\x01ACTION ").removesuffix("\x01")
        if target[:1] == "#":
            self._tell("did" if action else "said", target, nick, text)
        else:
            kind, who = ("pm-to", target) if nick == self.nick else ("pm", nick)
            self._tell(kind, who, f"{who} {text}" if action else text)

    def _notice(self, nick: str, words: list[str]) -> None:
        target, text = words
        if target != self.nick:
            told = told_by(text.removesuffix(LATER))
            if not told:
                raise AssertionError(f"no sentence: {text!r}")
            self.told.append(told)
        elif self._answering and self.told:
            self.told[-1] += (text,)
        else:
            self._tell("answer", text)
        self._answering = target == self.nick

    # Rooms

    def _join(self, nick: str, words: list[str]) -> None:
        room = words[0]
        if nick == self.nick:
            self._there[room] = []
            self.room = room
            self._entered[room] = len(self.told)
            self._tell("joined", nick, room, "")
        else:
            self._there[room].append(nick)
            self._tell("joined", nick, room, str(len(self._there[room])))

    def _names(self, _: str, words: list[str]) -> None:
        self._there[words[2]] += [name.lstrip("~@+") for name in words[3].split()]

    def _names_end(self, _: str, words: list[str]) -> None:
        room = words[1]
        at = self._entered.pop(room)
        self.told[at] = ("joined", self.nick, room, str(len(self._there[room])))

    def _knocked(self, _: str, words: list[str]) -> None:
        reason = words[3].removeprefix("has asked for an invite").removeprefix(" (").removesuffix(")")
        self._tell("knocked", words[2].partition("!")[0], words[1], reason)

    def _part(self, nick: str, words: list[str]) -> None:
        self._tell("left", nick, words[0], *(words[1:] or [""]))
        self._out(nick, words[0])

    def _kick(self, by: str, words: list[str]) -> None:
        room, nick, reason = words
        self._tell("kicked", nick, room, by, "" if reason == by else reason)
        self._out(nick, room)

    def _quit(self, nick: str, words: list[str]) -> None:
        for there in self._there.values():
            if nick in there:
                there.remove(nick)
        reason = words[0]
        if reason.startswith("Killed ("):
            by, _, why = reason.removeprefix("Killed (").removesuffix("))").partition(" (")
            self._tell("thrown off", nick, by, "" if why == "no reason" else why)
        else:
            self._tell("quit", nick, "" if reason == "Quit" else reason)

    def _out(self, nick: str, room: str) -> None:
        if nick != self.nick:
            self._there[room].remove(nick)
            return
        del self._there[room]
        if room == self.room:
            self.room = ""
            if self._there:
                self._go("#lobby" if "#lobby" in self._there else list(self._there)[-1])

    def _topic(self, nick: str, words: list[str]) -> None:
        self._tell("topic", nick, words[0], words[1])

    def _mode(self, by: str, words: list[str]) -> None:
        target, changed, *args = words
        if target[:1] != "#":
            if "o" in changed:
                self._tell("empowered", target, "operator" if "+" in changed else "an ordinary user")
            return
        ranks: list[tuple[int, str, str]] = []
        sign = "+"
        for letter in changed:
            if letter in "+-":
                sign = letter
            elif letter in "qov":
                word, height = _RANKS[letter]
                ranks.append((height if sign == "+" else -height, word, args.pop(0)))
            elif letter in "beI":
                self._mask(by, target, sign, letter, args.pop(0))
            else:
                told = _CHANGES[letter][sign == "+"]
                if "W" in told or letter == "k":
                    told = told.replace("W", args.pop(0))
                self._tell("changed", target, told, by)
        if ranks:
            height, word, nick = max(ranks, key=lambda each: abs(each[0]))
            self._tell("ranked" if height > 0 else "unranked", nick, word, target, by)

    def _mask(self, by: str, room: str, sign: str, letter: str, mask: str) -> None:
        if mask.startswith("m:"):
            letter, mask = "m", mask[2:]
        mask = _typed(mask)
        if letter != "b":
            words = _LISTS[letter].replace("W", mask).replace("#", room)
            self._tell("mask added" if sign == "+" else "mask removed", by, words.split("/")[sign == "-"])
        elif sign == "+":
            self._tell("banned", by, mask, room, "", "")
        else:
            self._tell("unbanned", by, mask, room)


def _typed(mask: str) -> str:
    """Return a mask as it is typed elsewhere."""
    if mask.startswith("~a:"):
        return f"account:{mask[3:]}"
    if mask.startswith("*!*@"):
        return f"host:{mask[4:]}"
    return mask.removesuffix("!*@*")


def as_irc_shows(happening: Happening) -> Happening:
    """Return a happening without what a client of the old kind is not told of it."""
    match happening:
        case ("banned", by, mask, room, _, _) if room[:1] == "#":
            return ("banned", by, mask, room, "", "")
        case ("answer", told) if found := _YOU_ARE.fullmatch(told):
            return you_are(found[1], hinted=False)
        case ("usage", *_):
            return ("usage", "")
    return happening
