"""Questions about rounds, what officers say to them, and how far each round was looked at."""

import sqlalchemy as sa
from alembic import op

from patrol.core.store import Json, UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KINDS = (
    "too_fast",
    "teleport",
    "frozen",
    "too_smooth",
    "seen_before",
    "clock",
    "shared_phone",
    "same_words",
)
VERDICTS = ("explained", "fault", "open")


def upgrade() -> None:
    op.create_table(
        "flag",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind", sa.Enum(*KINDS, name="kind", native_enum=False, length=32), nullable=False
        ),
        sa.Column("facts", Json, nullable=False),
        sa.Column("from_at", UTCDateTime(), nullable=True),
        sa.Column("to_at", UTCDateTime(), nullable=True),
        sa.Column("raised_at", UTCDateTime(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(*VERDICTS, name="verdict", native_enum=False, length=32),
            nullable=True,
        ),
        sa.Column("remark", sa.String(1000), nullable=False),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"]),
        sa.ForeignKeyConstraint(["officer_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"]),
        sa.ForeignKeyConstraint(["settled_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("round_id", "kind"),
    )
    for column in ("officer_id", "grid_id", "raised_at"):
        op.create_index(op.f(f"ix_flag_{column}"), "flag", [column], unique=False)
    op.create_table(
        "flag_reply",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("flag_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(4000), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["flag_id"], ["flag.id"]),
        sa.ForeignKeyConstraint(["officer_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_flag_reply_flag_id"), "flag_reply", ["flag_id"], unique=False)
    op.create_table(
        "weighing",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("track", Json, nullable=False),
        sa.Column("weighed_at", UTCDateTime(), nullable=False),
        sa.Column("look_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"]),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"]),
        sa.PrimaryKeyConstraint("round_id"),
    )
    op.create_index("ix_weighing_grid_weighed", "weighing", ["grid_id", "weighed_at"], unique=False)
    op.create_index(op.f("ix_weighing_look_at"), "weighing", ["look_at"], unique=False)
    op.create_index("ix_round_ended_at", "round", ["ended_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_round_ended_at", table_name="round")
    op.drop_table("weighing")
    op.drop_table("flag_reply")
    op.drop_table("flag")
