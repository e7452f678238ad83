"""Compare the installed packages with the public lists of vulnerable ones: `make audit`.

pip-audit does the work. It ends with status 0 when its source knows nothing of a package, or of any; here
that is a failure, so that a green run means that every installed package was looked up.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import distributions
from typing import Any, NamedTuple

OWN = "chatd"
"""Not asked about: nobody but the project itself publishes what is wrong with it."""

COMMAND = (
    "pip_audit",
    "--local",
    "--skip-editable",
    "--format=json",
    "--progress-spinner=off",
)
SECONDS = 600.0
EXAMPLES = 3
"""Packages not looked up that are named with the reason."""


class Verdict(NamedTuple):
    """What an audit has shown."""

    passed: bool
    text: str
    """One line, or one and what belongs to it."""


def verdict(installed: Iterable[str], report: str, complaints: str = "") -> Verdict:
    """Judge pip-audit's JSON `report` on the packages `installed`; `complaints` is what it wrote besides.

    Passes only if each of them was looked up and none is known as vulnerable. Known vulnerabilities are
    named whether or not everything was looked up.
    """
    wanted = {_normal(name) for name in installed} - {OWN}
    try:
        rows: list[dict[str, Any]] = json.loads(report)["dependencies"]
        looked_up = {_normal(row["name"]) for row in rows if "skip_reason" not in row and "vulns" in row}
        known = [f"{row['name']} {row['version']}: {_name(v)}" for row in rows for v in row.get("vulns", ())]
        reasons = {_normal(row["name"]): str(row["skip_reason"]) for row in rows if "skip_reason" in row}
    except (ValueError, KeyError, TypeError, AttributeError):
        said = complaints.strip().splitlines() or ["nothing"]
        return Verdict(False, f"not audited: no report from pip-audit; it said: {said[-1]}")
    missing = sorted(wanted - looked_up)
    lines = []
    if known:
        lines += ["known vulnerabilities:", *(f"  {line}" for line in known)]
    if missing:
        lines.append(f"not audited: {len(missing)} of {len(wanted)} packages")
        lines += [f"  {name}: {reasons.get(name, 'not in the report')}" for name in missing[:EXAMPLES]]
        if len(missing) > EXAMPLES:
            lines.append(f"  and {len(missing) - EXAMPLES} more")
    if not wanted:
        lines.append("not audited: no packages are installed here")
    if lines:
        return Verdict(False, "\n".join(lines))
    return Verdict(True, f"audited: {len(wanted)} packages, no known vulnerabilities")


def _normal(name: str) -> str:
    """Return the one spelling of a package's name (PyPA, "Name normalization")."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _name(vulnerability: dict[str, Any]) -> str:
    """Return a vulnerability's number and what to do about it."""
    fixed = ", ".join(vulnerability.get("fix_versions", ()))
    return f"{vulnerability['id']} ({f'fixed in {fixed}' if fixed else 'no fixed version'})"


def main() -> int:
    """Audit the environment of this interpreter; return the exit status."""
    installed = [each.metadata["Name"] for each in distributions()]
    try:
        done = subprocess.run(
            [sys.executable, "-m", *COMMAND], capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        result = verdict(installed, "", f"nothing in {SECONDS:g} s")
    else:
        result = verdict(installed, done.stdout, done.stderr)
    print(result.text, file=sys.stdout if result.passed else sys.stderr)
    return 0 if result.passed else 1


if __name__ == "__main__":
    sys.exit(main())
