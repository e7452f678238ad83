"""`make audit` is green only when every package was looked up and none is known as vulnerable."""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tools.audit import verdict


def report(*rows: dict[str, Any]) -> str:
    """Return pip-audit's output with these packages."""
    return json.dumps({"dependencies": rows, "fixes": []})


def clean(name: str) -> dict[str, Any]:
    """Return a package that was looked up and found in no list."""
    return {"name": name, "version": "1.0", "vulns": []}


def skipped(name: str) -> dict[str, Any]:
    """Return a package of which pip-audit's source knew nothing; it prints this with exit status 0."""
    reason = f"Dependency not found on PyPI and could not be audited: {name} (1.0)"
    return {"name": name, "skip_reason": reason}


def vulnerable(name: str, *fixed: str) -> dict[str, Any]:
    """Return a package with one known vulnerability."""
    found = {"id": "PYSEC-2020-1", "fix_versions": list(fixed), "aliases": [], "description": "bad"}
    return {"name": name, "version": "1.0", "vulns": [found]}


class VerdictTests(SynchronousTestCase):
    def test_all_looked_up(self) -> None:
        """Passed, with the number; names are compared as package indexes compare them."""
        passed, text = verdict(
            ["Twisted", "zope.interface", "typing_extensions"],
            report(clean("twisted"), clean("zope-interface"), clean("typing-extensions")),
        )
        self.assertTrue(passed, text)
        self.assertEqual(text, "audited: 3 packages, no known vulnerabilities")

    def test_own_package(self) -> None:
        """The project itself is not asked for, whether it is in the report or not."""
        for rows in ((clean("twisted"),), (clean("twisted"), skipped("chatd"))):
            self.assertTrue(verdict(["Twisted", "chatd"], report(*rows)).passed)

    def test_none_looked_up(self) -> None:
        """What pip-audit prints, with status 0, when its source answers for nothing."""
        passed, text = verdict(["Twisted", "attrs"], report(skipped("attrs"), skipped("twisted")))
        self.assertFalse(passed)
        self.assertIn("not audited: 2 of 2 packages\n", text)
        self.assertIn("  twisted: Dependency not found on PyPI", text)
        names = [f"package-{number}" for number in range(79)]
        _, text = verdict(names, report(*map(skipped, names)))
        self.assertTrue(text.startswith("not audited: 79 of 79 packages\n"), text)
        self.assertTrue(text.endswith("\n  and 76 more"), text)

    def test_one_not_looked_up(self) -> None:
        """One package that was passed over is enough, said or not."""
        for rows in ((skipped("attrs"),), (), ({"name": "attrs", "version": "1.0"},)):
            passed, text = verdict(["Twisted", "attrs"], report(clean("twisted"), *rows))
            self.assertFalse(passed)
            self.assertIn("not audited: 1 of 2 packages\n  attrs: ", text)

    def test_vulnerable(self) -> None:
        """Vulnerabilities are named with their fixes, and are not hidden by what was not looked up."""
        passed, text = verdict(["Twisted"], report(vulnerable("twisted", "1.1", "2.0")))
        self.assertFalse(passed)
        self.assertIn("twisted 1.0: PYSEC-2020-1 (fixed in 1.1, 2.0)", text)
        self.assertNotIn("not audited", text)
        _, text = verdict(["Twisted", "attrs"], report(vulnerable("twisted"), skipped("attrs")))
        self.assertIn("twisted 1.0: PYSEC-2020-1 (no fixed version)", text)
        self.assertIn("not audited: 1 of 2 packages", text)

    def test_no_report(self) -> None:
        """Without network pip-audit ends with a traceback and prints no report; its last line is shown."""
        for output in ("", "null", "[]", "{}", '{"dependencies": null}', '{"dependencies": [1]}', "No known"):
            passed, text = verdict(["Twisted"], output, "Traceback\n  …\nConnectionError: no way out\n")
            self.assertFalse(passed, output)
            self.assertEqual(
                text, "not audited: no report from pip-audit; it said: ConnectionError: no way out"
            )
        self.assertIn("it said: nothing", verdict(["Twisted"], "").text)

    def test_nothing_installed(self) -> None:
        """An empty environment proves nothing."""
        self.assertFalse(verdict(["chatd"], report()).passed)
