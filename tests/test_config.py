"""Settings: defaults, file, options; every mistake is one line with file, key and reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2 import PasswordHasher
from twisted.trial.unittest import SynchronousTestCase

from chatd import config
from chatd.frontends.doors import FRONTENDS
from chatd.settings import DOORS, Settings


class ConfigTests(SynchronousTestCase):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.file = tmp_path / "chatd.toml"

    def refused(self, text: str) -> str:
        """Return the reason why a file is refused."""
        self.file.write_text(text, encoding="utf-8")
        error = self.assertRaises(config.ConfigError, config.load, self.file)
        self.assertNotIn("\n", str(error))
        self.assertTrue(str(error).startswith(f"{self.file}: "), error)
        return str(error).removeprefix(f"{self.file}: ")

    def test_defaults(self) -> None:
        self.assertEqual(config.load(), Settings())

    def test_the_file_stands_over_the_defaults(self) -> None:
        self.file.write_text('[server]\nname = "chat.example"\n[doors]\ntext = ["tcp:1"]\n', encoding="utf-8")
        settings = config.load(self.file)
        self.assertEqual(settings.server.name, "chat.example")
        self.assertEqual(settings.doors, {"text": ("tcp:1",)})
        self.assertEqual(settings.limits, Settings().limits)

    def test_options_stand_over_the_file(self) -> None:
        self.file.write_text('[server]\nname = "chat.example"\n', encoding="utf-8")
        settings = config.load(self.file, {"server.name": "other.example"}, ["limits.inbox_lines=7"])
        self.assertEqual((settings.server.name, settings.limits.inbox_lines), ("other.example", 7))

    def test_set_takes_toml_or_plain_words(self) -> None:
        settings = config.load(None, {}, ["server.name=a.b", 'server.motd=["x", "y"]', "log.debug=true"])
        self.assertEqual(settings.server.name, "a.b")
        self.assertEqual(settings.server.motd, ("x", "y"))
        self.assertTrue(settings.log.debug)

    def test_a_password_of_digits(self) -> None:
        self.assertEqual(config.load(None, {}, ["server.password=1234"]).server.password, "1234")

    def test_no_error_shows_the_value_of_an_option(self) -> None:
        for assignment in ("server.passwort=sesame", "log.debug=sesame", "=sesame"):
            error = self.assertRaises(config.ConfigError, config.load, None, {}, [assignment])
            self.assertNotIn("sesame", str(error))

    def test_words_that_cannot_be_shown(self) -> None:
        self.assertIn("server.motd: line 2", self.refused('[server]\nmotd = ["a", "b\\u0007"]\n'))

    def test_what_is_no_network(self) -> None:
        for section, key in (
            ("server", "proxies"),
            ("web", "proxies"),
            ("web", "metrics"),
            ("limits", "exempt"),
        ):
            self.assertIn(f"{section}.{key}: ", self.refused(f'[{section}]\n{key} = ["10.0.0.1/8"]\n'))

    def test_unknown_keys(self) -> None:
        self.assertEqual(self.refused("[limits]\ninbox = 3\n"), "limits.inbox: there is no such setting")
        self.assertEqual(self.refused("[limit]\n"), "limit: there is no such setting")

    def test_bad_values(self) -> None:
        self.assertEqual(
            self.refused("[limits]\ninbox_lines = 0\n"), "limits.inbox_lines: Expected `int` >= 1"
        )
        self.assertEqual(self.refused("[log]\ndebug = 3\n"), "log.debug: Expected `bool`, got `int`")

    def test_what_is_no_toml_names_the_line(self) -> None:
        self.assertIn("line 2", self.refused("[limits]\nwhat\n"))

    def test_a_file_that_is_not_there(self) -> None:
        error = self.assertRaises(config.ConfigError, config.load, self.file)
        self.assertEqual(str(error), f"{self.file}: No such file or directory")

    def test_the_doors_are_the_front_ends(self) -> None:
        self.assertEqual(DOORS, tuple(row.name for row in FRONTENDS))

    def test_an_unknown_door(self) -> None:
        self.assertIn("doors.smoke: there is no such front end", self.refused('[doors]\nsmoke = ["tcp:1"]\n'))

    def test_a_reserved_name_that_is_no_name(self) -> None:
        self.assertIn("names.reserved: 'a b'", self.refused('[names]\nreserved = ["a b"]\n'))

    def test_a_shell_without_keys(self) -> None:
        self.assertIn("manhole.endpoints", self.refused('[manhole]\nendpoints = ["tcp:1"]\n'))

    def test_assignments_that_make_no_sense(self) -> None:
        for assignment in ("x", "=3", "server.name.x=3", "limits.inbox_lines=many"):
            error = self.assertRaises(config.ConfigError, config.load, None, {}, [assignment])
            self.assertNotIn("\n", str(error))

    def test_operators(self) -> None:
        hashed = PasswordHasher(1, 8, 1).hash("sesame")
        self.file.write_text(f'[operators]\nboss = "{hashed}"\n', encoding="utf-8")
        settings = config.load(self.file, {}, ["operators.alice=sesame", "operators.bob=1234"])
        self.assertEqual(settings.operators, {"boss": hashed, "alice": "sesame", "bob": "1234"})

    def test_operators_that_make_no_sense(self) -> None:
        """Told by their names, never by what their passwords are."""
        for text, words in (
            ('"a b" = "sesame"', "operators.a b: a name is one word"),
            ('boss = ""', "operators.boss: a password has no spaces and is not empty"),
            ('boss = "sesame bun"', "operators.boss: a password has no spaces"),
            ('boss = "$argon2id$v=19$sesame"', "operators.boss: not a whole argon2id hash"),
            ("boss = 5", "operators: Expected `str`, got `int`"),
            ('boss = ["sesame"]', "operators: Expected `str`, got `array`"),
        ):
            reason = self.refused(f"[operators]\n{text}\n")
            self.assertIn(words, reason)
            self.assertNotIn("sesame", reason)

    def test_what_changes_at_once_and_what_waits(self) -> None:
        old = config.load()
        new = config.load(None, {}, ["operators.boss=sesame", "accounts.scram=true", 'doors.text=["tcp:1"]'])
        renewal = config.renewed(old, new)
        self.assertEqual((renewal.changed, renewal.waiting), (["accounts.scram", "operators"], ["doors"]))
        self.assertEqual(renewal.settings.operators, {"boss": "sesame"})
        self.assertEqual(renewal.settings.doors, {})

    def test_no_secret_is_shown(self) -> None:
        settings = config.load(None, {}, ["server.password=sesame-one", "operators.boss=sesame-two"])
        shown = f"{settings} {settings!r} {settings.server!r}"
        self.assertNotIn("sesame", shown)
        self.assertIn("operators=[redacted]", shown)
        self.assertIn("password=[redacted]", shown)
        self.assertIn("name='localhost'", shown)
        self.assertIn("password=''", repr(Settings()))
