"""The generated pages are those of this code, and the hand-written ones name what there is."""

from __future__ import annotations

import re
from pathlib import Path
from string import ascii_letters

from twisted.trial.unittest import SynchronousTestCase

from chatd import documents
from chatd.app import idle_table
from chatd.commands.table import CommandError, CommandTable, command
from chatd.core.errors import Code
from chatd.core.events import Event
from chatd.core.text import MESSAGE_BYTES
from chatd.core.user import Rank
from chatd.frontends.irc.talking import TAG_KEYS
from chatd.frontends.irc.welcome import (
    HISTORY_MOST,
    KICKED_AT_ONCE,
    MONITORED,
    ROOM_MODES,
    TARGETS,
    USER_MODES,
)
from chatd.settings import Settings
from chatd.wire.irc.caps import CAPABILITIES, MULTILINE_BYTES, MULTILINE_LINES
from chatd.wire.irc.line import BODY_BYTES
from chatd.wire.outgoing import shown_structs
from tests.behaviour.server import Server
from tests.irc.raw import SETTINGS, Raw

IRC_ROW = re.compile(r"^\| ((?:`[^`]+` ?)+)\|", re.MULTILINE)

DOCS = Path(__file__).resolve().parent.parent / "docs"


class DocumentsTests(SynchronousTestCase):
    def test_generated_pages_are_up_to_date(self) -> None:
        for name, text in documents.generated(idle_table()).items():
            self.assertEqual((DOCS / name).read_text(encoding="utf-8"), text, f"docs/{name}: run make docs")

    def test_the_protocol_names_every_error_code(self) -> None:
        page = (DOCS / "protocol.md").read_text(encoding="utf-8")
        self.assertEqual([code.value for code in Code if f"`{code.value}`" not in page], [])

    def test_the_protocol_names_every_event(self) -> None:
        page = (DOCS / "protocol.md").read_text(encoding="utf-8")
        events = [kind for kind in shown_structs() if issubclass(kind, Event)]
        self.assertEqual([kind for kind in events if f"`{kind.__struct_config__.tag}`" not in page], [])


class IrcPageTests(SynchronousTestCase):
    """docs/irc.md, whose tables are written by hand, names what there is and nothing else."""

    def rows(self, heading: str) -> list[str]:
        """Return what the first columns of the tables under a heading name."""
        page = (DOCS / "irc.md").read_text(encoding="utf-8")
        section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
        return sorted(name for row in IRC_ROW.findall(section) for name in re.findall("`([^`]+)`", row))

    def test_verbs(self) -> None:
        self.assertEqual(self.rows("Verbs"), sorted(Server(Settings()).irc_factory.verbs.rows))

    def test_capabilities(self) -> None:
        self.assertEqual(self.rows("Capabilities"), sorted(CAPABILITIES))

    def test_modes(self) -> None:
        self.assertEqual(self.rows("Modes"), sorted(ROOM_MODES + USER_MODES))

    def test_figures(self) -> None:
        """Bounds stand there as the code has them."""
        page = (DOCS / "irc.md").read_text(encoding="utf-8")
        for figure in (
            f"{TARGETS} targets;",
            f"{KICKED_AT_ONCE} users in one `KICK`",
            f"{HISTORY_MOST} messages at most",
            f"`MONITOR` of {MONITORED} nicknames",
            f"to those who asked for tags, {TAG_KEYS} in a message",
            f"several lines are one message: at most {MULTILINE_LINES}, and {MULTILINE_BYTES:,} bytes",
            f"{MESSAGE_BYTES:,} bytes go through a room",
            f"several lines of {BODY_BYTES + 2} bytes",
        ):
            self.assertIn(figure, page)

    def test_stats(self) -> None:
        """Each query that is answered with figures is named, and no other."""
        client = Raw(Server(SETTINGS), "Ann")
        client.session.registry.set_oper(client.server.user("Ann"), Rank.OPERATOR)
        answered = [query for query in ascii_letters if len(client.numerics(f"STATS {query}")) > 1]
        page = (DOCS / "irc.md").read_text(encoding="utf-8")
        self.assertEqual(sorted(re.findall("`STATS (.)`", page)), answered)


class TableTests(SynchronousTestCase):
    def test_a_command_without_help_stops_the_start(self) -> None:
        class Group:
            title = "Group"

            @command("mystery", example="/mystery")
            def mystery(self, ctx: object) -> None: ...

        error = self.assertRaises(CommandError, CommandTable, [Group()])
        self.assertIn("/mystery has no help", str(error))

    def test_a_name_that_stands_twice_stops_the_start(self) -> None:
        class Group:
            title = "Group"

            @command("same", "same", example="/same")
            def same(self, ctx: object) -> None:
                """Do it."""

        self.assertRaises(CommandError, CommandTable, [Group()])

    def test_every_row_has_an_example_of_itself(self) -> None:
        for row in idle_table().rows:
            words = row.example.removeprefix("/")
            self.assertTrue(any(words.split(" ")[0] == name.split(" ")[0] for name in row.names), row.example)
