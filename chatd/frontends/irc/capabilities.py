"""Capability negotiation (IRCv3 capability-negotiation 3.2)."""

from __future__ import annotations

from chatd.frontends.irc.offers import offered, shown_capability
from chatd.frontends.irc.verbs import Ask, IrcError, verb
from chatd.wire.irc.caps import CAPABILITIES, UNASKED
from chatd.wire.irc.line import BODY_BYTES
from chatd.wire.irc.numerics import Numeric

__all__ = ["Capabilities"]


class Capabilities:
    """CAP."""

    @verb("CAP", least=1, early=True)
    async def cap(self, ask: Ask) -> None:
        """Tell what there is, turn it on and off."""
        session, sub = ask.session, ask.param(0).upper()
        registration = session.registration
        if sub == "LS":
            registration.negotiating |= session.user is None
            version = ask.param(1)
            session.modern |= version.isascii() and version.isdigit() and int(version[:9]) >= 302
            there = offered(session).items()
            self._list(
                ask, "LS", [shown_capability(name, value, modern=session.modern) for name, value in there]
            )
        elif sub == "LIST":
            self._list(ask, "LIST", sorted(session.caps))
        elif sub == "REQ":
            registration.negotiating |= session.user is None
            self._request(ask)
        elif sub == "END":
            if session.user is None:
                registration.negotiating = False
                await registration.finish(ask)
        else:
            raise IrcError(Numeric.ERR_INVALIDCAPCMD, ask.param(0) or "*", "Invalid CAP command")

    def _request(self, ask: Ask) -> None:
        session = ask.session
        there = offered(session)
        words = ask.param(1).split()
        wanted: set[str] = set()
        unwanted: set[str] = set()
        for word in words:
            (unwanted if word.startswith("-") else wanted).add(word.removeprefix("-"))
        good = all(name in there and name not in UNASKED for name in wanted) and all(
            name in CAPABILITIES and name not in UNASKED for name in unwanted
        )
        if session.modern and "cap-notify" in unwanted:
            good = False
        if good:
            caps = (session.caps - unwanted) | wanted
            session.negotiate(frozenset(caps))
        answer = session.reply_line("CAP", "ACK" if good else "NAK", ask.param(1))
        session.send_lines([answer], ask.label)

    def _list(self, ask: Ask, sub: str, words: list[str]) -> None:
        """Answer with a list, in several lines if one is too short for it and the client knows of that."""
        session = ask.session
        room = BODY_BYTES - len(f":{session.server} CAP {session.called} {sub} * :".encode())
        lines = [""]
        for word in words:
            if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
                lines.append("")
            lines[-1] = f"{lines[-1]} {word}".strip()
        more = ("*",) if session.modern else ()
        found = [session.reply_line("CAP", sub, *more, line) for line in lines[:-1]]
        session.send_lines([*found, session.reply_line("CAP", sub, lines[-1])], ask.label)
