"""Run by Alembic inside the transaction that `chatd.storage.engine` has begun."""

from __future__ import annotations

from alembic import context

from chatd.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # The transaction is begun and ended outside, as one for all steps.
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
