"""The generated pages are those of this code, and the hand-written ones name what there is."""

from __future__ import annotations

import re
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from chatd import documents
from chatd.app import idle_table
from chatd.commands.table import CommandError, CommandTable, command
from chatd.core.errors import Code
from chatd.frontends.irc.welcome import ROOM_MODES, USER_MODES
from chatd.settings import Settings
from chatd.wire.irc.caps import CAPABILITIES
from tests.behaviour.server import Server

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
        events = [kind for kind in documents.shown_structs() if issubclass(kind, documents.Event)]
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
