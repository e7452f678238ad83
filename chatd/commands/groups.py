"""All groups of commands, put into one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from chatd.commands.accounts import Accounts
from chatd.commands.admin import Admin
from chatd.commands.certificates import Certified, OwnCertificates
from chatd.commands.display import Display, Helper
from chatd.commands.files import FileKeeper, Filing, Ways
from chatd.commands.history import History
from chatd.commands.keeping_accounts import KeepingAccounts, Stewardship
from chatd.commands.lists import Lists
from chatd.commands.logins import LoginService, WebLoginService
from chatd.commands.moderation import Moderation
from chatd.commands.oversight import Oversight, Ranks
from chatd.commands.own_account import OwnAccount, Owned
from chatd.commands.people import People
from chatd.commands.room_family import RoomFamily
from chatd.commands.rooms import Rooms
from chatd.commands.search import Search
from chatd.commands.table import CommandTable
from chatd.commands.talk import Talk
from chatd.core.ports import Archive, AuditTrail, Searcher

__all__ = ["Services", "command_table"]


class AccountServices(LoginService, Ranks, Certified, Protocol):
    """What is asked of services/accounts.py, by all groups together."""


@dataclass(frozen=True, slots=True)
class Services:
    """What the commands stand on: `figures` are those of /stats, `stop` is what /shutdown does, `ways` are the doors for
    files."""

    archive: Archive
    trail: AuditTrail
    searcher: Searcher
    accounts: AccountServices
    owned: Owned
    stewardship: Stewardship
    web_logins: WebLoginService
    files: FileKeeper
    ways: Ways
    figures: Callable[[], dict[str, Any]]
    stop: Callable[[str], None]


def command_table(services: Services) -> CommandTable:
    """Return the table of all commands, in the order in which /help lists them."""
    helper = Helper()
    helper.table = CommandTable(
        [
            Talk(),
            People(),
            Accounts(services.accounts, services.trail, services.archive),
            OwnAccount(services.owned),
            OwnCertificates(services.accounts),
            Rooms(services.archive),
            RoomFamily(),
            History(services.archive),
            Search(services.searcher),
            Filing(services.files, services.ways),
            Moderation(),
            Lists(),
            Oversight(services.trail, services.accounts),
            Display(),
            helper,
            KeepingAccounts(services.stewardship),
            Admin(services.figures, services.stop),
        ]
    )
    return helper.table
