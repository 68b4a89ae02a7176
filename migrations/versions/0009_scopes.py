"""Plans of narrower scope, plans that stand in for others, and what a signature is for."""

import sqlalchemy as sa
from alembic import op

from patrol.core.store import Json, UTCDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SCOPE = sa.Enum("all", "cells", "hot", "objects", name="scope", native_enum=False, length=32)


def upgrade() -> None:
    op.create_table(
        "plan_place",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("cell_id", sa.Uuid(), nullable=False),
        sa.Column("why", Json, nullable=False),
        sa.Column("from_at", UTCDateTime(), nullable=False),
        sa.Column("to_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"]),
        sa.ForeignKeyConstraint(["cell_id"], ["cell.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("plan_id", "cell_id"):
        op.create_index(op.f(f"ix_plan_place_{column}"), "plan_place", [column], unique=False)
    op.add_column("plan", sa.Column("scope", SCOPE, nullable=False, server_default="all"))
    op.add_column("plan", sa.Column("members", Json, nullable=False, server_default="[]"))
    op.add_column(
        "plan", sa.Column("stands_in", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column(
        "plan",
        sa.Column("resumes_id", sa.Uuid(), sa.ForeignKey("plan.id"), nullable=True),
        inline_references=True,
    )
    op.add_column("plan", sa.Column("signed_for", Json, nullable=False, server_default="[]"))
    op.execute("UPDATE plan SET signed_for = '[\"floor\"]' WHERE floor_signed_by IS NOT NULL")


def downgrade() -> None:
    for column in ("signed_for", "resumes_id", "stands_in", "members", "scope"):
        op.drop_column("plan", column)
    op.drop_table("plan_place")
