"""What clients of IRC know of a room: hidden or closed apart, who may speak, enter, and set its topic; masks besides
bans, and when they were made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

SWITCHES = ("invite_only", "secret", "moderated", "external", "open_topic")


def upgrade() -> None:
    # Columns are added one by one, not by a new table in place of the old one: ranks point to it.
    for name in SWITCHES:
        op.add_column("rooms", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("rooms", sa.Column("limit", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE rooms SET invite_only = private, secret = private")
    op.drop_column("rooms", "private")
    op.add_column("bans", sa.Column("made", sa.BigInteger(), nullable=True))
    op.create_table(
        "masks",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("mask", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("room", "list", "mask", name=op.f("pk_masks")),
    )
