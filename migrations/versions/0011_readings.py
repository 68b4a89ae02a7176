"""How far the ledger was read and found sound."""

import sqlalchemy as sa
from alembic import op

from patrol.core.store import UTCDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("read_at", UTCDateTime(), nullable=False),
        sa.Column("whole_seq", sa.Integer(), nullable=False),
        sa.Column("whole_at", UTCDateTime(), nullable=True),
        sa.Column("again_seq", sa.Integer(), nullable=False),
        sa.Column("again_hash", sa.String(64), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=True),
        sa.Column("fault", sa.String(16), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("ledger_reading")
