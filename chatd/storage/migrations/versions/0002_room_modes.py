"""What clients of IRC know of a room: hidden or closed apart, and who may speak, enter, and set its topic."""

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
