"""Programs of the system that some tests speak with, and the Debian packages that have them.

In a test file:

    from tests.requirements import requires

    @requires("ssh")
    class ShellTests(TestCase): ...

A test whose program is missing is skipped with the names of both; with `CHATD_TEST_ALL=1` that is a
failure. `python3 tests/requirements.py` prints the packages that are missing, one a line.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

__all__ = ["PACKAGES", "missing_packages", "program", "requires"]

PACKAGES = {
    "chromedriver": "chromium-driver",
    "chromium": "chromium",
    "curl": "curl",
    "haproxy": "haproxy",
    "irssi": "irssi",
    "nc": "netcat-openbsd",
    "nginx": "nginx-light",
    "node": "nodejs",
    "npm": "npm",
    "openssl": "openssl",
    "ssh": "openssh-client",
    "strace": "strace",
    "telnet": "telnet",
    "tmux": "tmux",
    "weechat": "weechat-curses",
}
"""Program and Debian package. What stands here is installed before the tests run in CI."""


# Where Debian keeps servers: not on every user's path.
PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))


def _which(name: str) -> str | None:
    return shutil.which(name, path=PATH)


def _reason(name: str, package: str | None) -> str:
    return f"needs the program {name} (Debian package {package or PACKAGES[name]})"


def requires(name: str, *, package: str | None = None) -> pytest.MarkDecorator:
    """Skip a test, a class or (as `pytestmark`) a file where the program `name` is missing.

    `package` may be left out for the programs in PACKAGES; any other without it is a KeyError.
    """
    import pytest  # not above: this file also runs as a script, where pytest may be missing

    return pytest.mark.skipif(_which(name) is None, reason=_reason(name, package))


def program(name: str, *, package: str | None = None) -> str:
    """Return the path of the program `name`, or skip the running test."""
    import pytest

    path = _which(name)
    if path is None:
        pytest.skip(_reason(name, package))
    return path


def missing_packages() -> list[str]:
    """Return the Debian packages of those PACKAGES whose programs are not on the path."""
    return sorted({package for name, package in PACKAGES.items() if _which(name) is None})


if __name__ == "__main__":
    for missing in missing_packages():
        print(missing)
