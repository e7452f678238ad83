"""docs/reliability.md is made of the records of one run, and of nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from unittest import TestCase

from tests.attacks.report import ELSEWHERE, PROMISES, page, rows

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r'(?:canary|held)\((?:self\.)?(?:server, )?"(\w+)"')
FLOOD = {
    "promise": "2",
    "test": "tests/attacks/test_floods.py::Storm::test_talk",
    "says": "They flood.",
    "figure": "5 a|b",
    "canary": {"lines": 100, "p50_ms": 1.0, "p99_ms": 2.5, "worst_ms": 3.5},
}
HELD = {**FLOOD, "promise": "13", "test": "tests/attacks/test_x.py::A::test_b", "figure": "", "canary": None}


class Report(TestCase):
    def test_each_record_is_a_row(self) -> None:
        """Below the words of its promise, with the pair's figures if it was there."""
        made = page([FLOOD, HELD], "2 cores", "1 May 2026")
        flood = "| They flood. | 5 a\\|b | 2.5 | 3.5 | `test_floods Storm.test_talk` |\n"
        self.assertIn(flood, made.split("## 2. ")[1].split("## 3. ")[0])
        self.assertIn("| They flood. |  |  |  | `test_x A.test_b` |\n", made.split("## 13. ")[1])
        self.assertIn("2 tests, every row of one\nrun. 2 cores, 1 May 2026.", made)

    def test_a_promise_without_a_record_says_so(self) -> None:
        """Where nothing shows it, that is said."""
        made = page([FLOOD], "", "")
        self.assertIn("Not attacked here; shown by `tests/process/test_log.py`.", made.split("## 27. ")[1])
        self.assertIn("No test shows this yet.", made.split("## 19b. ")[1].split("## 27. ")[0])

    def test_every_promise_of_the_attacks_is_known(self) -> None:
        """Else a run of all of them would end without a page."""
        texts = [file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py")]
        named = {each for text in texts for each in NAMED.findall(text)}
        self.assertGreater(len(named), 15)
        self.assertLessEqual(named, set(PROMISES))

    def test_odd_records(self) -> None:
        """Of a promise nobody knows, or none at all: no page."""
        for found in ([], [{**FLOOD, "promise": "99"}]):
            with self.assertRaises(ValueError):
                page(found, "", "")

    def test_records_of_several_processes(self) -> None:
        """Each of them has a file; the rows come in the order of the tests' names."""
        for name, row in (("2", FLOOD), ("1", HELD)):
            Path(f"{name}.jsonl").write_text(json.dumps(row) + "\n")
        self.assertEqual(rows(Path()), [FLOOD, HELD])

    def test_tests_that_are_named(self) -> None:
        """They exist, and so do the promises that they show."""
        self.assertLessEqual(set(ELSEWHERE), set(PROMISES))
        for path in {path for paths in ELSEWHERE.values() for path in paths}:
            self.assertTrue((ROOT / path).exists(), path)
