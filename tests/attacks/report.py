"""Makes docs/reliability.md of the figures of one complete run of the hostile suite.

    python -m tests.attacks.report FOLDER PAGE

FOLDER holds what `figures.record` wrote during `make attacks`. Of a test that failed there is no record.
"""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import twisted

__all__ = ["ELSEWHERE", "PROMISES", "page"]

PROMISES = {
    "0": "Nobody attacks: the base line, for comparison",
    "1": "Who does not read is dropped at 1 MiB queued for him; 30 MB pushed past him make the process grow "
    "by 8 MB at most",
    "2": "Who floods is slowed to his budget of lines, then closed with the reason",
    "3": "Choosing a nickname ends in time (60 s by default), whatever is sent meanwhile",
    "4": "A dead peer is gone in time (150 s by default); who is there and silent stays",
    "5": "One address (IPv6: one /64) has so many connections, and makes so many in a while; others still get in",
    "6": "A line over the limit is refused and the connection kept; its tail never runs; only one without an end "
    "closes the connection, with a reason",
    "7": "Broken or overlong UTF-8 and control characters are refused with an error and never shown to others",
    "8": "No escape sequence, bell, backspace or bare CR reaches a terminal, in error messages neither; "
    "bidi controls are removed",
    "9": "Names come from an allow-list; look-alikes and case variants of a name in use are refused",
    "10": "CR and LF never split a line at any exit",
    "11": "Telnet, HTTP, TLS and PROXY headers on the plain port do no harm",
    "12": "TLS: a handshake ends in time (10 s by default), plain text is never run; certificates reload at SIGHUP "
    "and nobody is dropped",
    "13": "Out of descriptors: those connected notice nothing, and the log is not flooded",
    "14": "A clock set forward or back an hour stalls nothing and drops nobody",
    "starved": "Short of something else: a log that cannot be written, a silent name server, no idle processor",
    "search": "Searching holds up nobody, and neither does the index: what is said is found within 1 s",
    "15": "Two hundred logins at once delay the chat by less than a second",
    "16": "Wrong passwords are slowed; registered and unknown nicknames are answered alike, in words and in time",
    "18": "A password is in no log, history or traceback",
    "19": "The owner's SSH shell: public keys only, so many tries, so long, so many at once; each command in the "
    "audit log",
    "19a": "Nobody is shown another user's address",
    "19b": "Tokens: 128 bits at least, hashed at rest, short-lived, redacted from every log",
    "20": "What anybody was shown as stored is on the disk",
    "22": "Disk full, or the database held by another process: live chat goes on within a second, the sender is told "
    '"not stored", nothing is corrupted, and it heals by itself',
    "24": "Files: all is checked before the bytes, little of them is in memory, and who stops goes on where he was",
    "25": "Clients come back by themselves and miss nothing",
    "27": "One log record is one line",
}
"""What is promised, in the order of the page; 20 lines a second of the canaries are promised all along."""

ELSEWHERE = {
    "1": ("tests/behaviour/test_slow_readers.py", "tests/order/test_sendq.py"),
    "2": ("tests/behaviour/test_budget.py", "tests/core/test_limits.py"),
    "3": ("tests/behaviour/test_watch.py",),
    "4": ("tests/behaviour/test_watch.py",),
    "5": ("tests/core/test_limits.py",),
    "6": (
        "tests/behaviour/test_every_argument.py",
        "tests/behaviour/test_hostile.py",
        "tests/irc/test_every_verb.py",
        "tests/wire/test_splitter.py",
    ),
    "7": (
        "tests/behaviour/test_every_argument.py",
        "tests/behaviour/test_hostile.py",
        "tests/core/test_text.py",
    ),
    "8": (
        "tests/behaviour/test_every_argument.py",
        "tests/behaviour/test_hostile.py",
        "tests/core/test_text.py",
    ),
    "9": ("tests/core/test_names.py", "tests/behaviour/test_names.py"),
    "10": (
        "tests/core/test_text.py",
        "tests/wire/test_codecs.py",
        "tests/wire/test_one_line.py",
        "tests/wire/test_irc_line.py",
        "tests/wire/test_irc_events.py",
        "tests/irc/test_every_verb.py",
        "tests/process/test_log.py",
    ),
    "11": ("tests/behaviour/test_hostile.py", "tests/wire/test_hello.py", "tests/wire/test_telnet.py"),
    "12": ("tests/test_tls.py", "tests/test_tls_handshake.py", "tests/process/test_signals.py"),
    "starved": ("tests/process/test_log_trouble.py",),
    "15": ("tests/services/test_passwords.py",),
    "16": (
        "tests/services/test_accounts.py",
        "tests/services/test_login_times.py",
        "tests/core/test_throttle.py",
    ),
    "18": ("tests/process/test_secrets.py", "tests/behaviour/test_accounts.py"),
    "19": (
        "tests/frontends/test_ssh_login.py",
        "tests/frontends/test_ssh_keys.py",
        "tests/frontends/test_ssh_session.py",
        "tests/process/test_manhole.py",
    ),
    "19a": ("tests/core/test_addresses.py", "tests/behaviour/test_names.py"),
    "20": ("tests/process/test_kill.py", "tests/process/test_sync.py"),
    "22": ("tests/process/test_storage_trouble.py", "tests/behaviour/test_commits.py"),
    "24": (
        "tests/process/test_files.py",
        "tests/process/test_files_http.py",
        "tests/frontends/test_filedoor.py",
    ),
    "25": ("tests/process/test_reconnect.py", "tests/process/test_signals.py"),
    "27": ("tests/process/test_log.py",),
}
"""Tests of `make test` that show a promise as well."""

INTRO = """# How chatd bears up

Made by `make attacks`, which attacks a real server in a process of its own over loopback: {tests} tests, every row of one
run. {machine}, {date}.

Beside nearly every attack a canary pair talks in the lobby: 20 lines a second, from an address of its own. Every line has
to be heard, in order; the 99th percentile of the time from saying to hearing has to be 100 ms at most, the worst 1 s. Where a
test has no figures of the pair it was not there. Durations such as the time to choose a nickname are set to seconds for the tests.

The attackers, the pair and the server share the machine's cores, so the figures are of a machine under load.
"""

HEAD = "| What happens | Figure | p99, ms | Worst, ms | Test |\n|---|---|--:|--:|---|\n"

Row = dict[str, Any]


def rows(folder: Path) -> list[Row]:
    """Return what was recorded, in the order of the tests' names."""
    lines = [line for file in sorted(folder.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()]
    return sorted((json.loads(line) for line in lines), key=lambda row: str(row["test"]))


def page(found: list[Row], machine: str, date: str) -> str:
    """Return the page. Raises ValueError if there is a record of a promise that is not known."""
    unknown = {row["promise"] for row in found} - set(PROMISES)
    if unknown or not found:
        raise ValueError(f"no records, or of promises that are not known: {sorted(unknown)}")
    parts = [INTRO.format(tests=len({row["test"] for row in found}), machine=machine, date=date)]
    for number, words in PROMISES.items():
        title = words if number in ("0", "starved") else f"{number}. {words}"
        parts.append(
            f"\n## {title}\n\n{_section(number, [row for row in found if row['promise'] == number])}"
        )
    return "".join(parts)


def _section(number: str, found: list[Row]) -> str:
    elsewhere = ", ".join(f"`{path}`" for path in ELSEWHERE.get(number, ()))
    if not found:
        return f"Not attacked here; shown by {elsewhere}.\n" if elsewhere else "No test shows this yet.\n"
    table = HEAD + "".join(map(_row, found))
    return f"{table}\nAlso shown by {elsewhere}.\n" if elsewhere else table


def _row(row: Row) -> str:
    canary = row["canary"] or {"p99_ms": "", "worst_ms": ""}
    test = re.sub(r".*/", "", row["test"]).replace(".py::", " ").replace("::", ".")
    cells = (row["says"], row["figure"], canary["p99_ms"], canary["worst_ms"], f"`{test}`")
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |\n"


def _machine() -> str:
    """Return what this machine is, in words."""
    models = re.findall(r"(?m)^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text("utf-8"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({models[0] if models else platform.machine()}), {memory:.0f} GiB, "
        f"Linux {platform.release()}, Python {platform.python_version()}, Twisted {twisted.__version__}"
    )


def main(folder: str, file: str) -> None:
    """Write the page."""
    date = f"{datetime.now(UTC):%d %B %Y}".lstrip("0")
    Path(file).write_text(page(rows(Path(folder)), _machine(), date), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
