"""`chatd account`: the owner's commands for accounts, typed at a shell of the machine; and `chatd password`."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from chatd import asking
from chatd.core import names
from chatd.core.errors import ChatError

__all__ = ["add_to"]

LONGEST = 4096
"""Bytes read for a password; it may have fewer."""
SEEN_BY_ALL = "chatd account: everybody on this machine can see a password that is an argument; leave it out"


class _Refused(Exception):
    """It cannot be done; the text says why. With a status."""

    def __init__(self, text: str, status: int = asking.REFUSED) -> None:
        super().__init__(text)
        self.status = status


def add_to(verbs: Any) -> None:
    """Add the verb to those of `chatd`."""
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument("--data", type=Path, help="the server's data folder")
    where.add_argument("--config", type=Path, help="the server's settings file, which names it too")
    account = verbs.add_parser(
        "account", help="keep accounts, whether the server runs or not, as chatd account add Alice"
    )
    acts = account.add_subparsers(required=True, metavar="ACT")

    def act(name: str, help: str, line: Any) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = acts.add_parser(name, help=help, parents=[where])
        parser.set_defaults(run=_run, line=line, json=False)
        return parser

    for name, help in (("add", "make an account"), ("passwd", "set another password; sessions end")):
        parser = act(name, help, _line_with_password)
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("password", metavar="PASSWORD", nargs="?", help="better: leave it out, be asked")
        parser.add_argument("--password-stdin", action="store_true", help="read it from standard input")
        parser.set_defaults(act=name)
    parser = act("suspend", "put an account off the server and keep it out", _line_to_suspend)
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("reason", metavar="REASON", nargs="*")
    parser = act("resume", "let a suspended account in again", lambda o: f"/account resume {_name(o)}")
    parser.add_argument("name", metavar="NAME")
    parser = act("rank", "give an account a rank on the server", lambda o: f"/rank {_name(o)} {o.rank}")
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("rank", choices=("user", "operator", "owner"))
    parser = act("list", "show accounts", lambda o: f"/account list {_word(o.pattern)}")
    parser.add_argument("pattern", metavar="PATTERN", nargs="?", default="*", help="of * and ?")
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    parser = verbs.add_parser("password", help="print a password's hash, for operators in the settings")
    parser.set_defaults(run=_hash)
    parser = act("invite", "make a code to register with", lambda o: f"/invitation {o.days}d")
    parser.add_argument("--days", type=int, default=7, help="how long it is good for (7)")


def _run(options: argparse.Namespace) -> int:
    # Not before it is needed: their import takes long.
    from chatd import config, steering

    try:
        settings = config.load(options.config)
        if options.data is not None:
            settings = replace(settings, storage=replace(settings.storage, data=str(options.data)))
        line = options.line(options)
        try:
            line.encode()
        except UnicodeEncodeError:
            raise _Refused("that is not UTF-8", asking.USAGE) from None
        answer = steering.ask_anyway(settings, line)
    except _Refused as error:
        return _say(str(error), error.status)
    except (ChatError, config.ConfigError) as error:
        return _say(str(error), asking.REFUSED)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _say(f"{where}{error.strerror or error}", asking.REFUSED)
    except KeyboardInterrupt:
        return _say("interrupted", asking.REFUSED)
    if options.json and answer["type"] == "accounts":
        print(msgspec.json.encode(answer).decode())
        return asking.DONE
    return asking.show(answer)


def _hash(_: argparse.Namespace) -> int:
    from chatd.services.passwords import HASHER, prepared

    try:
        typed = _read() if not sys.stdin.isatty() else _asked("an operator")
        print(HASHER.hash(prepared(typed.strip(" \t"))))
    except _Refused as error:
        return _say(str(error), error.status, "password")
    except ChatError as error:
        return _say(str(error), asking.USAGE, "password")
    except KeyboardInterrupt:
        return _say("interrupted", asking.REFUSED, "password")
    return asking.DONE


# The lines


def _line_with_password(options: argparse.Namespace) -> str:
    name = _name(options)  # before anybody is asked for a password
    return f"/account {options.act} {name} {_password(options)}"


def _line_to_suspend(options: argparse.Namespace) -> str:
    return f"/account suspend {_name(options)} {' '.join(options.reason)}".rstrip()


def _name(options: argparse.Namespace) -> str:
    """Return the name that was typed, which is one word then. Raises ChatError."""
    return names.nickname(options.name).shown


def _word(typed: str) -> str:
    if len(typed.split()) != 1:
        raise _Refused("a pattern is one word", asking.USAGE)
    return typed


# Passwords


def _password(options: argparse.Namespace) -> str:
    """Return the password: an argument, a line of standard input, or typed twice where nobody sees it."""
    if options.password is not None:
        if options.password_stdin:
            raise _Refused("a password comes from standard input or is an argument, not both", asking.USAGE)
        print(SEEN_BY_ALL, file=sys.stderr)
        password: str = options.password
    elif options.password_stdin or not sys.stdin.isatty():
        password = _read()
    else:
        password = _asked(options.name)
    # Blanks around it are no part of it, here as in /login.
    password = password.strip(" \t")
    if not password:
        raise _Refused("no password was given", asking.USAGE)
    return password


def _read() -> str:
    line = sys.stdin.buffer.readline(LONGEST + 1)
    if len(line) > LONGEST:
        raise _Refused("that is too long for a password")
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise _Refused("the password is not UTF-8", asking.USAGE) from None


def _asked(name: str) -> str:
    try:
        password = getpass.getpass(f"Password of {name}: ")
        again = getpass.getpass("The same again: ")
    except EOFError:
        raise _Refused("no password was given", asking.USAGE) from None
    if again != password:
        raise _Refused("these are two different passwords; nothing was done")
    return password


def _say(text: str, status: int, verb: str = "account") -> int:
    print(f"chatd {verb}: {text}", file=sys.stderr)
    return status
