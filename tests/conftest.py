"""What holds for every test: no skip goes unseen, random ones repeat, measured ones run alone."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

# ---------------------------------------------------------------- surroundings

# A server that a test starts finds this checkout from any folder, installed or not.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test in a folder of its own: trial's `mktemp` and `./chatd-data` land there."""
    monkeypatch.chdir(tmp_path)


# ---------------------------------------------------------------- hypothesis

# Deadlines measure the machine, not the code; promises about time have tests of their own.
settings.register_profile("quick", derandomize=True, max_examples=50, deadline=None)
settings.register_profile("ci", derandomize=True, max_examples=200, deadline=None, print_blob=True)
settings.register_profile(
    "search",  # by hand: HYPOTHESIS_PROFILE=search make test TESTS=tests/…
    max_examples=20_000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "quick"))

# ---------------------------------------------------------------- skips

SKIP_IS_FAILURE = os.environ.get("CHATD_TEST_ALL") == "1"
_MARK = "chatd_skipped"  # an attribute of a report; xdist carries it over from the workers


def _note_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Mark the report of a skip, and turn it into a failure where none is allowed."""
    # An expected failure is reported as skipped, too.
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    setattr(report, _MARK, True)
    if SKIP_IS_FAILURE:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: skipped, and CHATD_TEST_ALL=1 allows no skip.\n{reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _note_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _note_skip(report)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [
        report for kind in ("skipped", "failed", "error") for report in terminalreporter.stats.get(kind, [])
    ]
    terminalreporter.write_line(f"tests skipped: {sum(hasattr(report, _MARK) for report in reports)}")


# ---------------------------------------------------------------- alone


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Under xdist, run a test marked `alone` while no worker runs another.

    Every test passes the gate (a lock on this folder) and holds the floor (one on the folder above)
    until it ends: shared as a rule, exclusively if alone. Who waits for the floor keeps the gate
    shut, so that nobody else comes in meanwhile. tryfirst: the waiting is not the test's time.
    """
    if not hasattr(item.config, "workerinput"):
        return (yield)
    alone = item.get_closest_marker("alone") is not None
    with _locked(HERE, fcntl.LOCK_EX):
        floor = _locked(ROOT, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        floor.__enter__()
    try:
        return (yield)
    finally:
        floor.__exit__(None, None, None)
