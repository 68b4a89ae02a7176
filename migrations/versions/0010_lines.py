"""Timetable patrols: lines, their stops, and the trips made on them."""

import sqlalchemy as sa
from alembic import op

from patrol.core.store import Json, UTCDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ROLES = (
    "officer", "worker", "head", "squad_leader", "brigade_leader", "bureau_leader", "supervisor",
    "legal", "dispatcher", "handler", "auditor", "admin",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "patrol_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role", sa.Enum(*ROLES, name="role", native_enum=False, length=32), nullable=False
        ),
        sa.Column(
            "mode",
            sa.Enum("foot", "bike", "car", name="mode", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("first", sa.String(5), nullable=False),
        sa.Column("last", sa.String(5), nullable=False),
        sa.Column("headway", sa.Integer(), nullable=False),
        sa.Column("weekdays", Json, nullable=False),
        sa.Column("radius", sa.Float(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"]),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "line_stop",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cell_id", sa.Uuid(), nullable=False),
        sa.Column("cell_number", sa.Integer(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("dwell", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["patrol_line.id"]),
        sa.ForeignKeyConstraint(["cell_id"], ["cell.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("line_id", "number"),
        sa.UniqueConstraint("line_id", "cell_id"),
    )
    op.create_table(
        "trip",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("departs_at", UTCDateTime(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["round.id"]),
        sa.ForeignKeyConstraint(["line_id"], ["patrol_line.id"]),
        sa.ForeignKeyConstraint(["officer_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for table, columns in (
        ("patrol_line", ("grid_id",)),
        ("line_stop", ("line_id",)),
        ("trip", ("line_id", "officer_id", "grid_id")),
    ):
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def downgrade() -> None:
    op.drop_table("trip")
    op.drop_table("line_stop")
    op.drop_table("patrol_line")
