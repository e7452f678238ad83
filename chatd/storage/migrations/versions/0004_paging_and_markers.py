"""Up to when accounts have read; and the second account of the places where two talk in private, to find them by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "markers",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "target", name=op.f("pk_markers")),
    )
    op.add_column("places", sa.Column("second", sa.Text(), nullable=True))
    # private:FIRST:SECOND
    op.execute(
        "UPDATE places SET second = substr(id, instr(substr(id, 9), ':') + 9) WHERE id LIKE 'private:%'"
    )
    op.create_index(op.f("ix_places_second"), "places", ["second"])
