"""Settings that cannot be used stop the start, and `chatd check` says the same beforehand."""

from __future__ import annotations

from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from unittest import TestCase

from chatd import cli
from tests.process.people import nc
from tests.process.server import ANY_PORT, CHATD, Server, clean, refused
from tests.process.streams import finished

GOOD = f"""
[server]
name = "chat.example"

[doors]
text = ["{ANY_PORT}"]

[limits]
inbox_lines = 32
"""
# What is wrong with a file, and the words the one line has to have besides the file's name.
BAD_FILES = {
    "[server]\nnmae = 'x'\n": ("server", "nmae"),
    "[sever]\nname = 'x'\n": ("sever",),
    "[limits]\ninbox_lines = 'many'\n": ("limits.inbox_lines", "int", "str"),
    "[limits]\ninbox_lines = 0\n": ("limits.inbox_lines", ">= 1"),
    "[doors]\ntelegraph = ['tcp:0']\n": ("doors.telegraph",),
    "[doors]\ntext = 'tcp:0'\n": ("doors", "array", "str"),
    "[server\nname = 'x'\n": ("line 1",),
    '"ser\\nver" = 1\n': ("ver",),
    '[server]\nname = "a\\nb"\n': ("server.name",),
    "[manhole]\nendpoints = ['tcp:0']\n": ("manhole.endpoints", "manhole.keys"),
}
BAD_OPTIONS = {
    ("--set", "limits.nosuch=1"): ("--set limits.nosuch: ", "nosuch"),
    ("--set", "limits.inbox_lines=many"): ("--set limits.inbox_lines: ", "limits.inbox_lines", "int"),
    ("--set", "limits.inbox_lines"): ("--set limits.inbox_lines", "KEY=VALUE"),
    ("--set", "doors.telegraph=['tcp:0']"): ("doors.telegraph",),
    ("--listen", "nonsense"): ("nonsense",),
    ("--listen", "ssl:0"): ("ssl:0", "privateKey"),
    ("--listen", ANY_PORT, "--data", ""): ("storage.data",),
    ("--config", "missing.toml"): ("missing.toml", "No such file"),
}


class Checking(TestCase):
    """`chatd check FILE`."""

    def check(self, file: str) -> tuple[int, str, str]:
        done = finished(*CHATD, "check", file)
        clean(done.stdout + done.stderr)
        return done.returncode, done.stdout, done.stderr

    def test_a_good_file(self) -> None:
        """Status 0, and the server starts with it."""
        Path("good.toml").write_text(GOOD)
        status, told, complaint = self.check("good.toml")
        self.assertEqual((status, complaint), (0, ""))
        self.assertIn("good.toml", told)
        server = Server(self, "--config", "good.toml", listen=())
        self.assertIn("chat.example", nc(self, server).expect("Enter your nickname: "))

    def test_bad_files(self) -> None:
        """Status 1 and one line with file, key and reason; the start says the same."""
        for number, (text, words) in enumerate(BAD_FILES.items()):
            with self.subTest(text=text):
                file = f"bad{number}.toml"
                Path(file).write_text(text)
                with redirect_stderr(StringIO()) as stderr:
                    status = cli.main(["check", file])
                complaint = stderr.getvalue()
                self.assertEqual((status, complaint.count("\n")), (1, 1))
                for word in (file, *words):
                    self.assertIn(word, complaint)
        self.assertEqual(self.check(file), (1, "", complaint))
        self.assertIn(complaint.strip(), refused(self, "--config", file))

    def test_files_that_cannot_be_read(self) -> None:
        """A missing one, a folder, one that is not UTF-8: status 1 and one line."""
        Path("folder.toml").mkdir()
        Path("latin1.toml").write_bytes(b"[server]\nname = '\xe9'\n")
        for file in ("missing.toml", "folder.toml", "latin1.toml"):
            with self.subTest(file=file):
                status, told, complaint = self.check(file)
                self.assertEqual((status, told, complaint.count("\n")), (1, "", 1))
                self.assertIn(file, complaint)

    def test_an_endpoint_that_makes_no_sense(self) -> None:
        """What stops the start is found by the check, too."""
        Path("endpoint.toml").write_text("[doors]\ntext = ['nonsense']\n")
        status, _, complaint = self.check("endpoint.toml")
        self.assertEqual(status, 1)
        self.assertIn("nonsense", complaint)


class Starting(TestCase):
    """Options that cannot be followed: status 1 and one line with option, key and reason."""

    def test_bad_options(self) -> None:
        for options, words in BAD_OPTIONS.items():
            with self.subTest(options=options):
                line = refused(self, *options)
                for word in words:
                    self.assertIn(word, line)
        self.assertFalse(Path("chatd-data").exists(), "nothing is made before the settings are good")

    def test_daemonised(self) -> None:
        """The same before it goes to the background."""
        line = refused(
            self, "--set", "limits.nosuch=1", twistd=("--pidfile=chatd.pid", "--logfile=chatd.log")
        )
        self.assertIn("--set limits.nosuch: ", line)
        self.assertFalse(Path("chatd.pid").exists())

    def test_options_over_file(self) -> None:
        """What is typed wins over the file."""
        Path("good.toml").write_text(GOOD)
        server = Server(self, "--config", "good.toml", "--name", "other.example")
        self.assertIn("other.example", nc(self, server).expect("Enter your nickname: "))

    def test_a_file_where_the_data_folder_should_be(self) -> None:
        """One line that names it."""
        Path("occupied").write_text("")
        self.assertIn("occupied", refused(self, "--listen", ANY_PORT, "--data", "occupied"))
