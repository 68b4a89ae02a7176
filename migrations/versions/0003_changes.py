"""Changes of grids and cells with their heirs, hot spots, and objects beside the cells."""

import sqlalchemy as sa
from alembic import op

from patrol.core.store import Json, UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "grid_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "level",
            sa.Enum("grid", "cell", name="level", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "split",
                "merge",
                "rename",
                "retire",
                "recut",
                name="alters",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("terms", Json, nullable=False),
        sa.Column("from_at", UTCDateTime(), nullable=False),
        sa.Column("planned_by", sa.Uuid(), nullable=True),
        sa.Column("planned_at", UTCDateTime(), nullable=False),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("off_at", UTCDateTime(), nullable=True),
        sa.Column("off_why", sa.String(64), nullable=False),
        sa.Column("followed_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"]),
        sa.ForeignKeyConstraint(["planned_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_grid_change_from_at"), "grid_change", ["from_at"], unique=False)
    op.create_index(op.f("ix_grid_change_grid_id"), "grid_change", ["grid_id"], unique=False)
    op.create_table(
        "cell_heir",
        sa.Column("before_id", sa.Uuid(), nullable=False),
        sa.Column("after_id", sa.Uuid(), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("m2", sa.Float(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["after_id"], ["cell.id"]),
        sa.ForeignKeyConstraint(["before_id"], ["cell.id"]),
        sa.ForeignKeyConstraint(["change_id"], ["grid_change.id"]),
        sa.PrimaryKeyConstraint("before_id", "after_id"),
    )
    op.create_index(op.f("ix_cell_heir_after_id"), "cell_heir", ["after_id"], unique=False)
    op.create_index(op.f("ix_cell_heir_change_id"), "cell_heir", ["change_id"], unique=False)
    op.create_table(
        "grid_heir",
        sa.Column("before_id", sa.Uuid(), nullable=False),
        sa.Column("after_id", sa.Uuid(), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("m2", sa.Float(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["after_id"], ["grid.id"]),
        sa.ForeignKeyConstraint(["before_id"], ["grid.id"]),
        sa.ForeignKeyConstraint(["change_id"], ["grid_change.id"]),
        sa.PrimaryKeyConstraint("before_id", "after_id"),
    )
    op.create_index(op.f("ix_grid_heir_after_id"), "grid_heir", ["after_id"], unique=False)
    op.create_index(op.f("ix_grid_heir_change_id"), "grid_heir", ["change_id"], unique=False)
    op.create_table(
        "hot_spot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cell_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column("first_month", sa.Integer(), nullable=False),
        sa.Column("last_month", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("marked_by", sa.Uuid(), nullable=True),
        sa.Column("valid_from", UTCDateTime(), nullable=False),
        sa.Column("valid_to", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["cell_id"], ["cell.id"]),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"]),
        sa.ForeignKeyConstraint(["marked_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_hot_spot_cell_id"), "hot_spot", ["cell_id"], unique=False)
    op.create_index(op.f("ix_hot_spot_grid_id"), "hot_spot", ["grid_id"], unique=False)
    op.create_table(
        "past_standing",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("cell_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("seen_at", UTCDateTime(), nullable=True),
        sa.Column("grade", sa.String(1), nullable=True),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["cell_id"], ["cell.id"]),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"]),
        sa.ForeignKeyConstraint(["officer_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"]),
        sa.PrimaryKeyConstraint("plan_id", "cell_id"),
    )
    op.create_index(op.f("ix_past_standing_cell_id"), "past_standing", ["cell_id"], unique=False)
    op.create_table(
        "patrol_object",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column(
            "sort",
            sa.Enum("road", "permit", "site", "point", name="sort", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("cell_id", sa.Uuid(), nullable=True),
        sa.Column("line", Json, nullable=False),
        sa.Column("permit", sa.String(64), nullable=False),
        sa.Column("permit_until", sa.Date(), nullable=True),
        sa.Column("site", sa.String(120), nullable=False),
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column("valid_from", UTCDateTime(), nullable=False),
        sa.Column("valid_to", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["cell_id"], ["cell.id"]),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_patrol_object_cell_id"), "patrol_object", ["cell_id"], unique=False)
    op.create_index("ix_patrol_object_code", "patrol_object", ["code", "valid_to"], unique=False)
    op.create_index(op.f("ix_patrol_object_grid_id"), "patrol_object", ["grid_id"], unique=False)
    op.add_column("cell", sa.Column("name", sa.String(40), nullable=False, server_default=""))
    op.add_column(
        "cell", sa.Column("retired", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    op.drop_column("cell", "retired")
    op.drop_column("cell", "name")
    op.drop_index(op.f("ix_patrol_object_grid_id"), table_name="patrol_object")
    op.drop_index("ix_patrol_object_code", table_name="patrol_object")
    op.drop_index(op.f("ix_patrol_object_cell_id"), table_name="patrol_object")
    op.drop_table("patrol_object")
    op.drop_index(op.f("ix_past_standing_cell_id"), table_name="past_standing")
    op.drop_table("past_standing")
    op.drop_index(op.f("ix_hot_spot_grid_id"), table_name="hot_spot")
    op.drop_index(op.f("ix_hot_spot_cell_id"), table_name="hot_spot")
    op.drop_table("hot_spot")
    op.drop_index(op.f("ix_grid_heir_change_id"), table_name="grid_heir")
    op.drop_index(op.f("ix_grid_heir_after_id"), table_name="grid_heir")
    op.drop_table("grid_heir")
    op.drop_index(op.f("ix_cell_heir_change_id"), table_name="cell_heir")
    op.drop_index(op.f("ix_cell_heir_after_id"), table_name="cell_heir")
    op.drop_table("cell_heir")
    op.drop_index(op.f("ix_grid_change_grid_id"), table_name="grid_change")
    op.drop_index(op.f("ix_grid_change_from_at"), table_name="grid_change")
    op.drop_table("grid_change")
