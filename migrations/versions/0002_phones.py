"""Phones that sign what they send, deliver after the session, and say when they are empty."""

import sqlalchemy as sa
from alembic import op

from patrol.core.store import UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RECEIPT = (
    ("mark", sa.String(64)),
    ("prev", sa.String(64)),
    ("signature", sa.String(88)),
    ("signed", sa.Boolean()),
    ("supersedes", sa.Uuid()),
    ("supersedes_seq", sa.Integer()),
    ("carried_by", sa.Uuid()),
)
REJECTED = (("device_id", sa.Uuid()), ("device_seq", sa.Integer()))


def upgrade() -> None:
    op.create_table(
        "device_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_key", sa.String(120), nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("enrolled_by", sa.Uuid(), nullable=False),
        sa.Column("enrolled_at", UTCDateTime(), nullable=False),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["enrolled_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["revoked_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_device_key_enrolled_by"), "device_key", ["enrolled_by"])
    op.create_table(
        "upload_grant",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.String(64), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("ends_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device_key.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["session_id"], ["session_token.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_upload_grant_device_id"), "upload_grant", ["device_id"])
    op.create_table(
        "outbox_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("empty_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("device_id", "person_id"):
        op.create_index(op.f(f"ix_outbox_report_{column}"), "outbox_report", [column])
    for name, kind in RECEIPT:
        op.add_column("receipt", sa.Column(name, kind, nullable=True))
    for name, kind in REJECTED:
        op.add_column("rejected_submission", sa.Column(name, kind, nullable=True))
    op.create_index(op.f("ix_rejected_submission_device_id"), "rejected_submission", ["device_id"])
    # What phones said before of being empty goes where it is said now.
    op.execute(
        "INSERT INTO outbox_report (id, device_id, person_id, last_seq, empty_at) "
        "SELECT id, id, person_id, last_seq, empty_at FROM device WHERE empty_at IS NOT NULL"
    )
    op.drop_column("device", "empty_at")


def downgrade() -> None:
    op.add_column("device", sa.Column("empty_at", UTCDateTime(), nullable=True))
    op.drop_index(op.f("ix_rejected_submission_device_id"), table_name="rejected_submission")
    for name, _ in REJECTED:
        op.drop_column("rejected_submission", name)
    for name, _ in RECEIPT:
        op.drop_column("receipt", name)
    for table in ("outbox_report", "upload_grant", "device_key"):
        op.drop_table(table)
