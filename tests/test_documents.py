"""The generated pages are those of this code, and the hand-written ones name what there is."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from chatd import documents
from chatd.app import idle_table
from chatd.commands.table import CommandError, CommandTable, command
from chatd.core.errors import Code

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
