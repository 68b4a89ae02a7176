"""What days came to by grid and person, what was served in time, and who was urged."""

import sqlalchemy as sa
from alembic import op

from patrol.core.store import UTCDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "day_tally",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("backfilled", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("finds", sa.Integer(), nullable=False),
        sa.Column("metres", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("gap", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"]),
        sa.ForeignKeyConstraint(["officer_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("day", "grid_id", "officer_id"),
    )
    op.create_index("ix_day_tally_grid_day", "day_tally", ["grid_id", "day"], unique=False)
    op.create_table(
        "on_time",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("from_at", UTCDateTime(), nullable=False),
        sa.Column("cells", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"]),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"]),
        sa.PrimaryKeyConstraint("plan_id", "grid_id", "from_at"),
    )
    op.create_table(
        "urge",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("from_at", UTCDateTime(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("cells", sa.Integer(), nullable=False),
        sa.Column("urged_by", sa.Uuid(), nullable=False),
        sa.Column("urged_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"]),
        sa.ForeignKeyConstraint(["officer_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"]),
        sa.ForeignKeyConstraint(["urged_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("plan_id", "grid_id", "from_at"),
    )
    op.create_index("ix_visit_grid_seen", "visit", ["grid_id", "seen_at"], unique=False)
    op.drop_index("ix_visit_grid_id", table_name="visit")
    op.create_index("ix_passage_grid_first", "passage", ["grid_id", "first_at"], unique=False)
    op.drop_index("ix_passage_grid_id", table_name="passage")


def downgrade() -> None:
    op.create_index("ix_passage_grid_id", "passage", ["grid_id"], unique=False)
    op.drop_index("ix_passage_grid_first", table_name="passage")
    op.create_index("ix_visit_grid_id", "visit", ["grid_id"], unique=False)
    op.drop_index("ix_visit_grid_seen", table_name="visit")
    for table in ("urge", "on_time", "day_tally"):
        op.drop_table(table)
