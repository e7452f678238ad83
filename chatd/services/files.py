"""Files that people share: announced, received, shared when they are whole, fetched, and deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger

from chatd.core.accounts import Account
from chatd.core.bodies import RoomRank, pair
from chatd.core.errors import ChatError, Code
from chatd.core.events import File
from chatd.core.files import GUESTS, Catalogue, SharedFile, content_type, file_name, payer_of
from chatd.core.reading import may_fetch, of_use
from chatd.core.registry import Registry
from chatd.core.room import Room
from chatd.core.user import Rank, User
from chatd.services.receiving import Sender, Upload
from chatd.services.shelf import Opened, Shelf
from chatd.services.tickets import Holder, Tickets
from chatd.storage import files as rows
from chatd.storage.engine import Database

__all__ = ["FileService", "Offer", "Wanted"]

log = Logger(namespace="chatd.files")

WANTED = 50
"""Files that one user may have asked for at once; of more the first token is good for nothing any more."""

Target = Room | User | Account


@dataclass(eq=False, slots=True)
class Offer:
    """A file that is expected. `to` are the ids of the user and the account that it is for; of a room both are empty."""

    holder: Holder
    upload: Upload
    name: str
    payer: str
    place: str
    to: tuple[str, str]


@dataclass(eq=False, slots=True)
class Wanted:
    """A file that somebody has asked for."""

    holder: Holder
    id: int


class FileService:
    """What may be sent and fetched, by whom. Everything is checked when it is asked for, and again when it is done."""

    def __init__(self, registry: Registry, database: Database, shelf: Shelf) -> None:
        self._registry = registry
        self._database = database
        self._shelf = shelf
        self._offers: Tickets[Offer] = Tickets(registry.world.clock)
        self._wanted: Tickets[Wanted] = Tickets(registry.world.clock)
        self._transfers: dict[object, str] = {}
        """Who pays for what each connection sends or fetches."""
        self.catalogue = Catalogue()

    def open(self) -> None:
        """Find what is there, and remove what is left of what never was whole. For who starts the server. Raises OSError,
        StorageError."""
        kept = self._database.read_now(rows.load)
        whole = self._shelf.open((file.stored, file.size) for file in kept)
        for file in kept:
            if file.stored in whole:
                self.catalogue.add(file)
            else:
                log.error("file {id}: its bytes are not in {folder}", id=file.id, folder=self._shelf.folder)

    @property
    def _seconds(self) -> float:
        return self._registry.settings.files.token_minutes * 60.0

    # Announcing

    def offer(self, user: User, name: str, size: int, target: Target) -> tuple[str, str]:
        """Expect a file from a user; return the token to send it with, and the name under which others will see it. Raises
        ChatError if he may not, or it has no room."""
        name = file_name(name)
        self._check_size(user, size)
        self._require_speech(user, target)
        if isinstance(target, Room):
            place, to = target.id, ("", "")
        elif isinstance(target, Account):
            place, to = pair(user.identity, target.id), ("", target.id)
        else:
            place, to = pair(user.identity, target.identity), (target.id, target.who.account or "")
        offer = Offer(Holder(user), Upload(self._shelf, size), name, payer_of(user.who), place, to)
        self.catalogue.reserve(offer.payer, size)
        return self._offers.issue(offer, self._seconds), name

    def _check_size(self, user: User, size: int) -> None:
        settings = self._registry.settings.files
        if sum(offer.holder.user == user.id for offer in self._offers.items()) >= settings.offers:
            raise ChatError(Code.TOO_MANY, f"{settings.offers} of your files are expected already")
        self.catalogue.require_room(settings, user.who, size)

    def _require_speech(self, user: User, target: Target, *, begun: bool = False) -> None:
        if isinstance(target, Room):
            self._registry.require_speech(user, target, begun=begun)
        else:
            self._registry.require_hearing(user, target)

    # Receiving

    async def begin(self, token: str, sender: Sender, producer: IPushProducer, offset: int) -> Offer:
        """Let a file come by a connection, from an offset on; return what is expected. Raises ChatError."""
        offer = self.offered(token)
        self._still_allowed(offer)
        self._begin_transfer(sender, offer.payer, instead=offer.upload.sender)
        try:
            await offer.upload.begin(sender, producer, offset)
        except BaseException:
            self.leave(sender)
            raise
        return offer

    def offered(self, token: str) -> Offer:
        """Return what a token is for: `upload.have` bytes of it are here. Raises ChatError."""
        return self._offers.find(token)

    def leave(self, connection: Any, offer: Offer | None = None) -> None:
        """A connection has ended, or sends and fetches no more. What has come of a file may be continued for a while."""
        self._transfers.pop(connection, None)
        if offer is not None:
            offer.upload.leave(connection)
            self._offers.renew(offer, self._seconds)

    def _begin_transfer(self, connection: object, payer: str, *, instead: object = None) -> None:
        """Count a connection, which may take the place of another one; raise ChatError if it is one too many."""
        settings = self._registry.settings.files
        payers = [each for other, each in self._transfers.items() if other is not instead]
        if payers.count(payer) >= settings.transfers_each:
            whose = "guests of one address" if payer.startswith(GUESTS) else "one account"
            raise ChatError(
                Code.BUSY, f"{settings.transfers_each} files of {whose} may be sent and fetched at once"
            )
        if len(payers) >= settings.transfers:
            raise ChatError(Code.BUSY, "as many files as may are sent and fetched now; try again later")
        self._transfers[connection] = payer

    def _still_allowed(self, offer: Offer) -> tuple[User, Target]:
        """Return who shares a file, with whom; raise ChatError if he may not any more."""
        user, target = offer.holder.find(self._registry), self._target(offer)
        self._require_speech(user, target, begun=True)
        return user, target

    def _target(self, offer: Offer) -> Target:
        registry = self._registry
        user, account = offer.to
        found: Target | None
        if not (user or account):
            found = registry.rooms_by_id.get(offer.place)
        else:
            there = registry.by_account.get(account, {}).values()
            found = registry.users.get(user) or next(iter(there), None) or registry.accounts.by_id(account)
        if found is None:
            raise ChatError(Code.NO_SUCH_USER, "whom it was for is not here any more")
        return found

    async def publish(self, offer: Offer) -> SharedFile:
        """Share a file of which all bytes have come. Raises ChatError."""
        upload = offer.upload
        if upload.sealing:
            raise ChatError(Code.BUSY, "this file has come already, and is being shared")
        upload.sealing = True
        try:
            sha256 = await upload.seal()
            user, _ = self._still_allowed(offer)
            file = await self._database.write(partial(rows.add, file=self._made(offer, user, sha256)))
            await self._announce(offer, file)
        finally:
            upload.sealing = False
        log.info("file {id} is shared: {size} bytes", id=file.id, size=file.size)
        return file

    def _made(self, offer: Offer, user: User, sha256: str) -> SharedFile:
        now = self._registry.time()
        return SharedFile(
            id=0,
            place=offer.place,
            account=user.who.account,
            user=user.id,
            payer=offer.payer,
            nick=user.nick,
            name=offer.name,
            size=offer.upload.size,
            sha256=sha256,
            stored=offer.upload.stored,
            time=now,
            expires=now + timedelta(days=self._registry.settings.files.keep_days),
        )

    async def _announce(self, offer: Offer, file: SharedFile) -> None:
        """Tell the room, or the other, of a file; or forget it, if that may not be any more."""
        self._offers.drop(offer)
        self.catalogue.release(offer.payer, file.size)
        self.catalogue.add(file)
        await offer.upload.close()
        body = File(file.id, file.name, file.size, file.sha256, content_type(file.name))
        try:
            user, target = self._still_allowed(offer)
            if isinstance(target, Room):
                self._registry.say(user, target, body, action=True, begun=True)
            else:
                self._registry.say_private(user, target, body, action=True)
        except ChatError:
            await self.remove([file])
            raise

    # Fetching

    def find(self, user: User, id: int) -> SharedFile:
        """Return a file that a user may read; raise ChatError if there is none of that number."""
        file = self.catalogue.files.get(id)
        if file is None or not may_fetch(self._registry, file, user):
            raise ChatError(Code.BAD_VALUE, f"there is no file {id} that you may read")
        return file

    def ask(self, user: User, id: int) -> tuple[SharedFile, str]:
        """Return a file, and a token to fetch it with. Raises ChatError."""
        file = self.find(user, id)
        mine = [wanted for wanted in self._wanted.items() if wanted.holder.user == user.id]
        if len(mine) >= WANTED:
            self._wanted.drop(mine[0])
        return file, self._wanted.issue(Wanted(Holder(user), id), self._seconds)

    def wanted(self, token: str) -> SharedFile:
        """Return the file that a token is for, if who has asked for it may still read it. Raises ChatError."""
        return self._asked_by(token)[1]

    def _asked_by(self, token: str) -> tuple[User, SharedFile]:
        wanted = self._wanted.find(token)
        user = wanted.holder.find(self._registry)
        return user, self.find(user, wanted.id)

    async def fetch(self, token: str, connection: object) -> tuple[SharedFile, Opened]:
        """Let a connection fetch a file, which it has to close, and `leave`. Raises ChatError."""
        user, file = self._asked_by(token)
        self._begin_transfer(connection, payer_of(user.who))
        try:
            descriptor = await self._shelf.run(self._shelf.read, file.stored)
        except OSError:
            self.leave(connection)
            log.failure("file {id} cannot be read", id=file.id)
            raise ChatError(Code.INTERNAL, f"file {file.id} cannot be read at the moment") from None
        return file, Opened(self._shelf, descriptor, file.size)

    def of_room(self, room: Room) -> list[SharedFile]:
        """Return the files of a room, the newest first."""
        return self.catalogue.of(room.id)

    def of_private_talk(self, user: User) -> list[SharedFile]:
        """Return the files that a user has sent or been sent in private, the newest first."""
        return self.catalogue.private(user.who)

    # Ending

    def deletable(self, user: User, id: int) -> SharedFile:
        """Return a file that a user may delete: his own, one of a room whose operator he is, or any as an operator of the
        server. Raises ChatError."""
        file = self.find(user, id)
        room = self._registry.rooms_by_id.get(file.place)
        if not (
            file.shared_by(user.who)
            or user.rank >= Rank.OPERATOR
            or (room is not None and room.rank_of(user) >= RoomRank.OPERATOR)
        ):
            raise ChatError(Code.NOT_ALLOWED, f"only who has shared file {id}, and operators, may delete it")
        return file

    async def remove(self, files: list[SharedFile]) -> None:
        """Delete files. Raises ChatError(BUSY) if the database does not answer, and has deleted none then."""
        await self._database.write(partial(rows.remove, ids=[file.id for file in files]))
        for file in files:
            self.catalogue.remove(file)
        # What cannot be removed now is named in the log when the server starts again.
        await self._shelf.run(self._shelf.remove, [file.stored for file in files])

    async def sweep(self) -> None:
        """Forget what came not in time, and delete what has expired or can be read by nobody any more."""
        for wanted in self._wanted.expired():
            self._wanted.drop(wanted)
        for offer in self._offers.expired():
            if offer.upload.sender is None and not offer.upload.sealing:
                self._offers.drop(offer)
                self.catalogue.release(offer.payer, offer.upload.size)
                await offer.upload.close()
                await self._shelf.run(self._shelf.remove, [offer.upload.stored])
        now = self._registry.time()
        due = [
            file
            for file in self.catalogue.files.values()
            if file.expires <= now or not of_use(self._registry, file)
        ]
        if due:
            await self.remove(due)
