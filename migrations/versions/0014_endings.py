"""Plans that end outright: who asked for it, and who signed where that takes scope out."""

import sqlalchemy as sa
from alembic import op

from patrol.core.store import UTCDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for part in ("asked", "signed"):
        op.add_column(
            "plan",
            sa.Column(f"end_{part}_by", sa.Uuid(), sa.ForeignKey("person.id"), nullable=True),
            inline_references=True,
        )
        op.add_column("plan", sa.Column(f"end_{part}_at", UTCDateTime(), nullable=True))
    op.add_column(
        "plan", sa.Column("end_reason", sa.String(400), nullable=False, server_default="")
    )


def downgrade() -> None:
    for column in (
        "end_reason",
        *(f"end_{p}_{s}" for p in ("asked", "signed") for s in ("by", "at")),
    ):
        op.drop_column("plan", column)
