"""What long years ask for: whether a person's round is open, a grid's windows by time."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_round_officer_ended", "round", ["officer_id", "ended_at"])
    op.drop_index(op.f("ix_round_officer_id"), table_name="round")
    op.create_index("ix_window_result_grid_to", "window_result", ["grid_id", "to_at"])
    op.drop_index(op.f("ix_window_result_grid_id"), table_name="window_result")


def downgrade() -> None:
    op.create_index(op.f("ix_window_result_grid_id"), "window_result", ["grid_id"])
    op.drop_index("ix_window_result_grid_to", table_name="window_result")
    op.create_index(op.f("ix_round_officer_id"), "round", ["officer_id"])
    op.drop_index("ix_round_officer_ended", table_name="round")
