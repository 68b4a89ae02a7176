"""Handovers: a place passes from one person to another, and both sign."""

import sqlalchemy as sa
from alembic import op

from patrol.core.store import Json, UTCDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handover",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("grids", Json, nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("giver_id", sa.Uuid(), nullable=False),
        sa.Column("taker_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("left", Json, nullable=False),
        sa.Column("note", sa.String(1000), nullable=False),
        sa.Column("given_at", UTCDateTime(), nullable=True),
        sa.Column("given_received_at", UTCDateTime(), nullable=True),
        sa.Column("taken", Json, nullable=False),
        sa.Column("remark", sa.String(1000), nullable=False),
        sa.Column("taken_at", UTCDateTime(), nullable=True),
        sa.Column("taken_received_at", UTCDateTime(), nullable=True),
        sa.Column("closing", sa.String(32), nullable=True),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"]),
        sa.ForeignKeyConstraint(["giver_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["taker_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("at", "grid_id"):
        op.create_index(op.f(f"ix_handover_{column}"), "handover", [column], unique=False)
    for side in ("giver", "taker"):
        columns = [f"{side}_id", "closed_at"]
        op.create_index(f"ix_handover_{side}_closed", "handover", columns, unique=False)


def downgrade() -> None:
    op.drop_table("handover")
