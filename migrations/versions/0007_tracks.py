"""Who opened whose track, and what became of tracks whose time is over."""

import sqlalchemy as sa
from alembic import op

from patrol.core.store import UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WHY = sa.Enum(
    "question",
    "doubt",
    "check",
    "complaint",
    "safety",
    "other",
    name="openedfor",
    native_enum=False,
    length=32,
)


def upgrade() -> None:
    op.create_table(
        "track_opening",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("opener_id", sa.Uuid(), nullable=False),
        sa.Column("why", WHY, nullable=False),
        sa.Column("remark", sa.String(200), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"]),
        sa.ForeignKeyConstraint(["officer_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["opener_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("round_id", "officer_id"):
        op.create_index(op.f(f"ix_track_opening_{column}"), "track_opening", [column], unique=False)
    op.create_table(
        "track_keeping",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("thinned_at", UTCDateTime(), nullable=True),
        sa.Column("frozen_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"]),
        sa.PrimaryKeyConstraint("round_id"),
    )
    op.create_index(op.f("ix_track_batch_to_at"), "track_batch", ["to_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_track_batch_to_at"), table_name="track_batch")
    op.drop_table("track_keeping")
    op.drop_table("track_opening")
