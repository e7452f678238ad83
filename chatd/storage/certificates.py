"""Which TLS certificates log in to which account. Each function runs in the writer's or a reader's thread."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from chatd.core.accounts import Certificate
from chatd.storage import schema
from chatd.storage.codec import instant, micros

__all__ = ["add", "forget", "of", "owner", "remove"]

certificates = schema.certificates


def of(connection: Connection, account: str) -> list[Certificate]:
    """Return an account's certificates, the oldest first."""
    rows = connection.execute(
        select(certificates)
        .where(certificates.c.account == account)
        .order_by(certificates.c.added, certificates.c.fingerprint)
    )
    return [Certificate(row.fingerprint, instant(row.added)) for row in rows]


def owner(connection: Connection, fingerprint: str) -> str | None:
    """Return the id of the account that a certificate logs in to."""
    query = select(certificates.c.account).where(certificates.c.fingerprint == fingerprint)
    return connection.execute(query).scalar()


def add(connection: Connection, account: str, certificate: Certificate, most: int) -> bool:
    """Let a certificate log in to an account, and to no other any more; False: the account has `most` (0: no limit)."""
    count = select(func.count()).where(
        certificates.c.account == account, certificates.c.fingerprint != certificate.fingerprint
    )
    if most and connection.execute(count).scalar_one() >= most:
        return False
    statement = insert(certificates).values(
        fingerprint=certificate.fingerprint, account=account, added=micros(certificate.added)
    )
    mine = {"account": account, "added": micros(certificate.added)}
    connection.execute(statement.on_conflict_do_update([certificates.c.fingerprint], set_=mine))
    return True


def remove(connection: Connection, account: str, beginning: str) -> list[str]:
    """Take a certificate from an account, if one alone begins so; return those that do."""
    found = [each.fingerprint for each in of(connection, account) if each.fingerprint.startswith(beginning)]
    if len(found) == 1:
        connection.execute(delete(certificates).where(certificates.c.fingerprint == found[0]))
    return found


def forget(connection: Connection, account: str) -> int:
    """Take all certificates from an account; return how many there were."""
    return connection.execute(delete(certificates).where(certificates.c.account == account)).rowcount
