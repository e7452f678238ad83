"""The `chatd` console command: checking settings, steering a running server, backups, writing docs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from chatd import __version__, cli_accounts
from chatd.asking import DONE, REFUSED, USAGE, ask, show
from chatd.settings import Settings

__all__ = ["main"]

NICE = 10
"""What people say while a backup runs comes first (nice(2))."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status: 0, 1 for a refusal or an error, 2 for usage."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who reads has seen enough. What Python would still flush at its end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED
    return status


def _parser() -> argparse.ArgumentParser:
    """Return what reads the command line; `run` is what its verb does."""
    parser = argparse.ArgumentParser(prog="chatd", description="Steer a chatd server; twistd starts it.")
    parser.add_argument("--version", action="version", version=f"chatd {__version__}")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    check = verbs.add_parser("check", help="say whether a settings file is good")
    check.add_argument("file", type=Path)
    check.set_defaults(run=_check)

    ctl = verbs.add_parser("ctl", help="run a command in the running server, as chatd ctl '/users'")
    ctl.add_argument(
        "--data", type=Path, default=Path(Settings().storage.data), help="the server's data folder"
    )
    ctl.add_argument("command", nargs="+", metavar="COMMAND")
    ctl.set_defaults(run=_ctl)

    backup = verbs.add_parser("backup", help="save everything in a file; the server may run")
    backup.add_argument("file", help="the file to write (it is secret); - for standard output")
    backup.add_argument("--data", type=Path, default=Path(Settings().storage.data), help="the data folder")
    backup.add_argument("--force", action="store_true", help="overwrite the file if it is there")
    backup.set_defaults(run=_backup)

    restore = verbs.add_parser("restore", help="make a data folder from such a file")
    restore.add_argument("file", type=Path)
    restore.add_argument(
        "--data",
        type=Path,
        default=Path(Settings().storage.data),
        help="the folder; no database may be there",
    )
    restore.set_defaults(run=_restore)

    cli_accounts.add_to(verbs)

    docs = verbs.add_parser("docs", help="write the generated pages of docs/")
    docs.add_argument("folder", nargs="?", type=Path, default=Path("docs"))
    docs.set_defaults(run=_docs)
    return parser


def _check(options: argparse.Namespace) -> int:
    from twisted.internet import reactor

    from chatd import app, config
    from chatd.frontends.doors import DoorError

    try:
        app.check(config.load(options.file), reactor)
    except (config.ConfigError, DoorError) as error:
        return _say(str(error), REFUSED)
    print(f"{options.file}: good")
    return DONE


def _backup(options: argparse.Namespace) -> int:
    from chatd import backup

    os.nice(NICE)
    try:
        backup.save(options.data, options.file, force=options.force)
    except backup.BackupError as error:
        return _say(f"chatd backup: {error}", REFUSED)
    return DONE


def _restore(options: argparse.Namespace) -> int:
    from chatd import backup

    try:
        backup.restore(options.file, options.data)
    except backup.BackupError as error:
        return _say(f"chatd restore: {error}", REFUSED)
    return DONE


def _docs(options: argparse.Namespace) -> int:
    from chatd import app, documents

    documents.write(options.folder, app.idle_table())
    return DONE


def _ctl(options: argparse.Namespace) -> int:
    line = " ".join(options.command)
    if not line.strip():
        return _say("chatd ctl: name a command, as '/users'; '/help' lists them", USAGE)
    try:
        line.encode()
    except UnicodeEncodeError:
        return _say("chatd ctl: the command is not UTF-8", USAGE)
    try:
        return show(ask(options.data, line))
    except (ConnectionRefusedError, FileNotFoundError) as error:
        return _say(f"chatd ctl: {error.filename}: {error.strerror} (is the server running?)", REFUSED)
    except OSError as error:
        return _say(f"chatd ctl: {error.filename}: {error.strerror or error}", REFUSED)


def _say(text: str, status: int) -> int:
    print(text, file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
