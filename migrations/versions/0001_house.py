"""The whole house as it is first built."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

from patrol.core.store import Json, UTCDateTime
from patrol.ledger import guards

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.Column("retry_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("day"),
    )
    op.create_table(
        "handling_unit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "ladder",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "line",
            sa.Enum("territory", "unit", name="line", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", UTCDateTime(), nullable=False),
        sa.Column("valid_to", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(96), nullable=False),
        sa.Column("commitment", sa.String(64), nullable=False),
        sa.Column("prev_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("hash"),
        sa.UniqueConstraint("prev_hash"),
    )
    op.create_index(op.f("ix_ledger_entry_actor_id"), "ledger_entry", ["actor_id"], unique=False)
    op.create_index(op.f("ix_ledger_entry_subject"), "ledger_entry", ["subject"], unique=False)
    op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("value", Json, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "tier",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("name_en", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "topic",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("name_en", sa.String(60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "event_class",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("major", sa.String(40), nullable=False),
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column(
            "persistence",
            sa.Enum("continuous", "recurring", name="persistence", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("radius", sa.Integer(), nullable=False),
        sa.Column("stop_amount", sa.Integer(), nullable=True),
        sa.Column(
            "stop_unit",
            sa.Enum(
                "urgent_hour",
                "urgent_day",
                "work_hour",
                "work_day",
                name="limitunit",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("favourite", sa.Integer(), nullable=False),
        sa.Column("valid_from", UTCDateTime(), nullable=False),
        sa.Column("valid_to", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["topic"],
            ["topic.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_event_class_code"), "event_class", ["code"], unique=False)
    op.create_index(op.f("ix_event_class_topic"), "event_class", ["topic"], unique=False)
    op.create_table(
        "grid",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("path", sa.String(400), nullable=False),
        sa.Column("area", sa.Float(), nullable=False),
        sa.Column("boundary", Geometry("MULTIPOLYGON", srid=4326), nullable=False),
        sa.Column("valid_from", UTCDateTime(), nullable=False),
        sa.Column("valid_to", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["grid.id"],
        ),
        sa.ForeignKeyConstraint(
            ["tier"],
            ["tier.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_grid_code"), "grid", ["code"], unique=False)
    op.create_index(op.f("ix_grid_parent_id"), "grid", ["parent_id"], unique=False)
    op.create_index(op.f("ix_grid_path"), "grid", ["path"], unique=False)
    op.create_index(op.f("ix_grid_tier"), "grid", ["tier"], unique=False)
    op.create_table(
        "ladder_rung",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ladder_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "officer",
                "worker",
                "head",
                "squad_leader",
                "brigade_leader",
                "bureau_leader",
                "supervisor",
                "legal",
                "dispatcher",
                "handler",
                "auditor",
                "admin",
                name="role",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("tier", sa.Integer(), nullable=True),
        sa.Column("patience", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ladder_id"],
            ["ladder.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ladder_id", "number"),
    )
    op.create_index(op.f("ix_ladder_rung_ladder_id"), "ladder_rung", ["ladder_id"], unique=False)
    op.create_table(
        "ledger_payload",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seq"],
            ["ledger_entry.seq"],
        ),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.String(64), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("phone", sa.String(32), nullable=False),
        sa.Column(
            "identity",
            sa.Enum(
                "civil_servant",
                "institution",
                "contract",
                "agency",
                "village",
                "volunteer",
                name="identity",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("certificate", sa.String(40), nullable=True),
        sa.Column("certificate_until", sa.Date(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("locale", sa.String(16), nullable=False),
        sa.Column("access_version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("disabled_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["handling_unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("login"),
    )
    op.create_index(op.f("ix_person_unit_id"), "person", ["unit_id"], unique=False)
    op.create_table(
        "cell",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("area", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("boundary", Geometry("MULTIPOLYGON", srid=4326), nullable=False),
        sa.Column("valid_from", UTCDateTime(), nullable=False),
        sa.Column("valid_to", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_cell_code"), "cell", ["code"], unique=False)
    op.create_index(op.f("ix_cell_grid_id"), "cell", ["grid_id"], unique=False)
    op.create_table(
        "condition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("filing", sa.String(), nullable=False),
        sa.Column("closing", sa.String(), nullable=False),
        sa.Column("limit_amount", sa.Integer(), nullable=False),
        sa.Column(
            "limit_unit",
            sa.Enum(
                "urgent_hour",
                "urgent_day",
                "work_hour",
                "work_day",
                name="limitunit",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["class_id"],
            ["event_class.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_condition_class_id"), "condition", ["class_id"], unique=False)
    op.create_table(
        "device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", UTCDateTime(), nullable=False),
        sa.Column("empty_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_device_person_id"), "device", ["person_id"], unique=False)
    op.create_table(
        "excuse",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("leave", "order", "weather", name="excusekind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("document", sa.String(60), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("from_at", UTCDateTime(), nullable=False),
        sa.Column("to_at", UTCDateTime(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", UTCDateTime(), nullable=True),
        sa.Column("refused_by", sa.Uuid(), nullable=True),
        sa.Column("refused_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["approved_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["refused_by"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_excuse_grid_id"), "excuse", ["grid_id"], unique=False)
    op.create_index(op.f("ix_excuse_person_id"), "excuse", ["person_id"], unique=False)
    op.create_table(
        "matter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(96), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("ladder_id", sa.Uuid(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("next_at", UTCDateTime(), nullable=True),
        sa.Column("settled_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.ForeignKeyConstraint(
            ["ladder_id"],
            ["ladder.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("subject", "ladder_id"),
    )
    op.create_index(op.f("ix_matter_grid_id"), "matter", ["grid_id"], unique=False)
    op.create_index(op.f("ix_matter_next_at"), "matter", ["next_at"], unique=False)
    op.create_index(op.f("ix_matter_subject"), "matter", ["subject"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(96), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column(
            "channel",
            sa.Enum("inbox", name="channel", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("delivered_at", UTCDateTime(), nullable=True),
        sa.Column("read_at", UTCDateTime(), nullable=True),
        sa.Column("acted_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_notice_person_id"), "notice", ["person_id"], unique=False)
    op.create_index(op.f("ix_notice_subject"), "notice", ["subject"], unique=False)
    op.create_table(
        "photo",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(96), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column(
            "view",
            sa.Enum("near", "far", "after", name="view", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "origin",
            sa.Enum("camera", "album", name="origin", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("mime", sa.String(40), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("taken_at", UTCDateTime(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("accuracy", sa.Float(), nullable=True),
        sa.Column("exif", Json, nullable=True),
        sa.Column("announced_at", UTCDateTime(), nullable=False),
        sa.Column("stored_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_photo_grid_id"), "photo", ["grid_id"], unique=False)
    op.create_index(op.f("ix_photo_officer_id"), "photo", ["officer_id"], unique=False)
    op.create_index(op.f("ix_photo_sha256"), "photo", ["sha256"], unique=False)
    op.create_index(op.f("ix_photo_subject"), "photo", ["subject"], unique=False)
    op.create_table(
        "plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column(
            "line",
            sa.Enum("territory", "unit", name="line", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "role",
            sa.Enum(
                "officer",
                "worker",
                "head",
                "squad_leader",
                "brigade_leader",
                "bureau_leader",
                "supervisor",
                "legal",
                "dispatcher",
                "handler",
                "auditor",
                "admin",
                name="role",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "cadence",
            sa.Enum("daily", "weekly", "monthly", name="cadence", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("rrule", sa.String(200), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("hours", Json, nullable=False),
        sa.Column("grace", sa.Integer(), nullable=False),
        sa.Column("grade", sa.String(1), nullable=False),
        sa.Column("topics", Json, nullable=False),
        sa.Column("minutes_per_cell", sa.Float(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "suspended",
                "ended",
                name="planstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", UTCDateTime(), nullable=False),
        sa.Column("valid_to", UTCDateTime(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("published_at", UTCDateTime(), nullable=True),
        sa.Column("floor_signed_by", sa.Uuid(), nullable=True),
        sa.Column("floor_reason", sa.String(400), nullable=False),
        sa.Column("workdays_only", sa.Boolean(), nullable=False),
        sa.Column("closed_until", UTCDateTime(), nullable=True),
        sa.Column("closes_next_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["floor_signed_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.ForeignKeyConstraint(
            ["made_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["published_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["plan.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_plan_closes_next_at"), "plan", ["closes_next_at"], unique=False)
    op.create_index(op.f("ix_plan_grid_id"), "plan", ["grid_id"], unique=False)
    op.create_index(op.f("ix_plan_state"), "plan", ["state"], unique=False)
    op.create_table(
        "post",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "officer",
                "worker",
                "head",
                "squad_leader",
                "brigade_leader",
                "bureau_leader",
                "supervisor",
                "legal",
                "dispatcher",
                "handler",
                "auditor",
                "admin",
                name="role",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("primary", "relief", "cover", name="postkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("from_at", UTCDateTime(), nullable=False),
        sa.Column("to_at", UTCDateTime(), nullable=True),
        sa.Column("assigned_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("served_at", UTCDateTime(), nullable=True),
        sa.Column("accepted_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["assigned_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_post_grid_id"), "post", ["grid_id"], unique=False)
    op.create_index(op.f("ix_post_person_id"), "post", ["person_id"], unique=False)
    op.create_index(op.f("ix_post_role"), "post", ["role"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("device_seq", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("location", sa.String(200), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("ledger_seq", sa.Integer(), nullable=True),
        sa.Column("ledger_hash", sa.String(64), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("author_id", "item_id"),
    )
    op.create_index(op.f("ix_receipt_device_id"), "receipt", ["device_id"], unique=False)
    op.create_table(
        "rejected_submission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_rejected_submission_author_id"), "rejected_submission", ["author_id"], unique=False
    )
    op.create_table(
        "session_token",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.Column("ends_at", UTCDateTime(), nullable=False),
        sa.Column("proved_at", UTCDateTime(), nullable=False),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_session_token_person_id"), "session_token", ["person_id"], unique=False
    )
    op.create_table(
        "climb",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("fired_at", UTCDateTime(), nullable=False),
        sa.Column("delayed_by_system", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("notice_id", sa.Uuid(), nullable=True),
        sa.Column("annulled_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["matter_id"],
            ["matter.id"],
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["notice.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["post.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("matter_id", "cycle", "rung"),
    )
    op.create_index(op.f("ix_climb_matter_id"), "climb", ["matter_id"], unique=False)
    op.create_table(
        "clock_stop",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=True),
        sa.Column("from_at", UTCDateTime(), nullable=False),
        sa.Column("to_at", UTCDateTime(), nullable=True),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("signed_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["matter_id"],
            ["matter.id"],
        ),
        sa.ForeignKeyConstraint(
            ["signed_by"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_clock_stop_matter_id"), "clock_stop", ["matter_id"], unique=False)
    op.create_table(
        "round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column(
            "mode",
            sa.Enum("foot", "bike", "car", name="mode", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("crew", Json, nullable=False),
        sa.Column("duties", Json, nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("left_because", sa.String(200), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["plan.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_round_grid_id"), "round", ["grid_id"], unique=False)
    op.create_index(op.f("ix_round_officer_id"), "round", ["officer_id"], unique=False)
    op.create_table(
        "standing",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("cell_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("seen_at", UTCDateTime(), nullable=True),
        sa.Column("grade", sa.String(1), nullable=True),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cell_id"],
            ["cell.id"],
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["plan.id"],
        ),
        sa.PrimaryKeyConstraint("plan_id", "cell_id"),
    )
    op.create_index(op.f("ix_standing_cell_id"), "standing", ["cell_id"], unique=False)
    op.create_index(
        "ix_standing_grid_cell",
        "standing",
        ["grid_id", "cell_id", "plan_id", "seen_at"],
        unique=False,
    )
    op.create_index("ix_standing_grid_plan", "standing", ["grid_id", "plan_id"], unique=False)
    op.create_table(
        "window_credit",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("from_at", UTCDateTime(), nullable=False),
        sa.Column("cell_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cell_id"],
            ["cell.id"],
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["plan.id"],
        ),
        sa.PrimaryKeyConstraint("plan_id", "from_at", "cell_id"),
    )
    op.create_table(
        "window_result",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("from_at", UTCDateTime(), nullable=False),
        sa.Column("to_at", UTCDateTime(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("excused", sa.Boolean(), nullable=False),
        sa.Column("closed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["plan.id"],
        ),
        sa.PrimaryKeyConstraint("plan_id", "grid_id", "from_at"),
    )
    op.create_index(op.f("ix_window_result_grid_id"), "window_result", ["grid_id"], unique=False)
    op.create_index(
        op.f("ix_window_result_officer_id"), "window_result", ["officer_id"], unique=False
    )
    op.create_index(op.f("ix_window_result_to_at"), "window_result", ["to_at"], unique=False)
    op.create_table(
        "finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("condition_id", sa.Uuid(), nullable=True),
        sa.Column(
            "severity",
            sa.Enum("ordinary", "serious", "grave", name="severity", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "patrol",
                "inspection",
                "public",
                "hotline",
                "social_grid",
                name="source",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("cell_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("round_id", sa.Uuid(), nullable=True),
        sa.Column("spot", Geometry("POINT", srid=4326), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("own_lon", sa.Float(), nullable=True),
        sa.Column("own_lat", sa.Float(), nullable=True),
        sa.Column("own_accuracy", sa.Float(), nullable=True),
        sa.Column("distance", sa.Float(), nullable=True),
        sa.Column("remark", sa.String(2000), nullable=False),
        sa.Column("party", sa.String(200), nullable=False),
        sa.Column("self_handled", sa.Boolean(), nullable=False),
        sa.Column("repeat_of", sa.Uuid(), nullable=True),
        sa.Column("joined_to", sa.Uuid(), nullable=True),
        sa.Column(
            "stage",
            sa.Enum(
                "received",
                "verifying",
                "filing",
                "dispatching",
                "handling",
                "hung",
                "checking",
                "closing",
                "closed",
                "void",
                "declined",
                name="stage",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("stop_due_at", UTCDateTime(), nullable=True),
        sa.Column("handle_due_at", UTCDateTime(), nullable=True),
        sa.Column("stopped_at", UTCDateTime(), nullable=True),
        sa.Column("resolved_at", UTCDateTime(), nullable=True),
        sa.Column("remedied", sa.Boolean(), nullable=True),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cell_id"],
            ["cell.id"],
        ),
        sa.ForeignKeyConstraint(
            ["class_id"],
            ["event_class.id"],
        ),
        sa.ForeignKeyConstraint(
            ["condition_id"],
            ["condition.id"],
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.ForeignKeyConstraint(
            ["joined_to"],
            ["finding.id"],
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["repeat_of"],
            ["finding.id"],
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["round.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["handling_unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(op.f("ix_finding_cell_id"), "finding", ["cell_id"], unique=False)
    op.create_index("ix_finding_class_cell", "finding", ["class_id", "cell_id"], unique=False)
    op.create_index(op.f("ix_finding_grid_id"), "finding", ["grid_id"], unique=False)
    op.create_index(op.f("ix_finding_joined_to"), "finding", ["joined_to"], unique=False)
    op.create_index(op.f("ix_finding_officer_id"), "finding", ["officer_id"], unique=False)
    op.create_index(op.f("ix_finding_repeat_of"), "finding", ["repeat_of"], unique=False)
    op.create_index(op.f("ix_finding_resolved_at"), "finding", ["resolved_at"], unique=False)
    op.create_index(op.f("ix_finding_seen_at"), "finding", ["seen_at"], unique=False)
    op.create_index(op.f("ix_finding_stage"), "finding", ["stage"], unique=False)
    op.create_index(op.f("ix_finding_topic"), "finding", ["topic"], unique=False)
    op.create_index(op.f("ix_finding_unit_id"), "finding", ["unit_id"], unique=False)
    op.create_table(
        "leg",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum("foot", "bike", "car", name="mode", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("crew", Json, nullable=False),
        sa.Column("from_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["round.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_leg_round_id"), "leg", ["round_id"], unique=False)
    op.create_table(
        "passage",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("cell_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("metres", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("first_at", UTCDateTime(), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cell_id"],
            ["cell.id"],
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["round.id"],
        ),
        sa.PrimaryKeyConstraint("round_id", "cell_id"),
    )
    op.create_index(op.f("ix_passage_cell_id"), "passage", ["cell_id"], unique=False)
    op.create_index(op.f("ix_passage_grid_id"), "passage", ["grid_id"], unique=False)
    op.create_table(
        "pause",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("from_at", UTCDateTime(), nullable=False),
        sa.Column("to_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["round.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_pause_round_id"), "pause", ["round_id"], unique=False)
    op.create_table(
        "track_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("points", Json, nullable=False),
        sa.Column("gaps", Json, nullable=False),
        sa.Column("from_at", UTCDateTime(), nullable=False),
        sa.Column("to_at", UTCDateTime(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["round.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("round_id", "first"),
    )
    op.create_index(op.f("ix_track_batch_grid_id"), "track_batch", ["grid_id"], unique=False)
    op.create_index(op.f("ix_track_batch_officer_id"), "track_batch", ["officer_id"], unique=False)
    op.create_index(op.f("ix_track_batch_round_id"), "track_batch", ["round_id"], unique=False)
    op.create_table(
        "visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("cell_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "proposed",
                "check_in",
                "by_hand",
                "track",
                name="method",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "grade",
            sa.Enum("A", "B", "C", name="grade", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("pending", sa.Boolean(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("accuracy", sa.Float(), nullable=True),
        sa.Column("metres", sa.Float(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("backfill", sa.Boolean(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cell_id"],
            ["cell.id"],
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["round.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_visit_cell_seen", "visit", ["cell_id", "seen_at"], unique=False)
    op.create_index(op.f("ix_visit_grid_id"), "visit", ["grid_id"], unique=False)
    op.create_index("ix_visit_officer_seen", "visit", ["officer_id", "seen_at"], unique=False)
    op.create_index(op.f("ix_visit_round_id"), "visit", ["round_id"], unique=False)
    op.create_table(
        "clear_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("act_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("cell_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column(
            "grade",
            sa.Enum("A", "B", "C", name="grade", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("pending", sa.Boolean(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("accuracy", sa.Float(), nullable=True),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cell_id"],
            ["cell.id"],
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["round.id"],
        ),
        sa.ForeignKeyConstraint(
            ["topic"],
            ["topic.code"],
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"],
            ["visit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_clear_note_act_id"), "clear_note", ["act_id"], unique=False)
    op.create_index("ix_clear_note_cell_seen", "clear_note", ["cell_id", "seen_at"], unique=False)
    op.create_index(op.f("ix_clear_note_grid_id"), "clear_note", ["grid_id"], unique=False)
    op.create_index(op.f("ix_clear_note_round_id"), "clear_note", ["round_id"], unique=False)
    op.create_table(
        "doubt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column(
            "trigger",
            sa.Enum("t1", "t2", name="trigger", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "span",
            sa.Enum(
                "spans", "may_span", "does_not_span", name="span", native_enum=False, length=32
            ),
            nullable=True,
        ),
        sa.Column("ground", sa.String(80), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("answer_by", UTCDateTime(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "taken_up", "refused", name="doubtstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("passed_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["finding_id"],
            ["finding.id"],
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("finding_id", "trigger"),
    )
    op.create_index(op.f("ix_doubt_finding_id"), "doubt", ["finding_id"], unique=False)
    op.create_index(op.f("ix_doubt_grid_id"), "doubt", ["grid_id"], unique=False)
    op.create_index(op.f("ix_doubt_state"), "doubt", ["state"], unique=False)
    op.create_table(
        "freeze",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(96), nullable=False),
        sa.Column("frozen_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"],
            ["finding.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("finding_id", "subject"),
    )
    op.create_index(op.f("ix_freeze_finding_id"), "freeze", ["finding_id"], unique=False)
    op.create_index(op.f("ix_freeze_subject"), "freeze", ["subject"], unique=False)
    op.create_table(
        "onset",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column(
            "proof",
            sa.Enum("absence", "presence", name="proof", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("source", sa.String(96), nullable=False),
        sa.Column("remark", sa.String(400), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"],
            ["finding.id"],
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_onset_finding_id"), "onset", ["finding_id"], unique=False)
    op.create_index(op.f("ix_onset_officer_id"), "onset", ["officer_id"], unique=False)
    op.create_table(
        "step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column(
            "from_stage",
            sa.Enum(
                "received",
                "verifying",
                "filing",
                "dispatching",
                "handling",
                "hung",
                "checking",
                "closing",
                "closed",
                "void",
                "declined",
                name="stage",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "to_stage",
            sa.Enum(
                "received",
                "verifying",
                "filing",
                "dispatching",
                "handling",
                "hung",
                "checking",
                "closing",
                "closed",
                "void",
                "declined",
                name="stage",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("move", sa.String(32), nullable=False),
        sa.Column("opinion", sa.String(1000), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("round_number", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"],
            ["finding.id"],
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["handling_unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_step_finding_id"), "step", ["finding_id"], unique=False)
    op.create_index(op.f("ix_step_officer_id"), "step", ["officer_id"], unique=False)
    op.create_table(
        "stopping",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "advised", "ordered", "reported", name="stopkind", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "stopped", "refused", "absent", name="stopoutcome", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("certificate", sa.String(40), nullable=True),
        sa.Column("remark", sa.String(400), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"],
            ["finding.id"],
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_stopping_finding_id"), "stopping", ["finding_id"], unique=False)
    op.create_index(op.f("ix_stopping_officer_id"), "stopping", ["officer_id"], unique=False)
    op.create_table(
        "watch",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("looked_at", UTCDateTime(), nullable=False),
        sa.Column("next_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["finding_id"],
            ["finding.id"],
        ),
        sa.PrimaryKeyConstraint("finding_id"),
    )
    op.create_index(op.f("ix_watch_next_at"), "watch", ["next_at"], unique=False)
    op.create_table(
        "doubt_reply",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("doubt_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(4000), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["doubt_id"],
            ["doubt.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_doubt_reply_doubt_id"), "doubt_reply", ["doubt_id"], unique=False)
    op.create_index(op.f("ix_doubt_reply_person_id"), "doubt_reply", ["person_id"], unique=False)
    op.create_table(
        "named",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("doubt_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("question", sa.String(32), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["doubt_id"],
            ["doubt.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["post.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("doubt_id", "person_id"),
    )
    op.create_index(op.f("ix_named_doubt_id"), "named", ["doubt_id"], unique=False)
    op.create_index(op.f("ix_named_person_id"), "named", ["person_id"], unique=False)
    op.create_table(
        "review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("doubt_id", sa.Uuid(), nullable=True),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "phase",
            sa.Enum(
                "investigation",
                "proposal",
                "hearing",
                "legal",
                "panel",
                "decision",
                "countersign",
                "delivery",
                "execution",
                "publication",
                "filing",
                "archiving",
                "archived",
                "transferred",
                "appeal",
                name="phase",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("decide_by", UTCDateTime(), nullable=False),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("published_at", UTCDateTime(), nullable=True),
        sa.Column("filed_at", UTCDateTime(), nullable=True),
        sa.Column("file_by", UTCDateTime(), nullable=True),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["doubt_id"],
            ["doubt.id"],
        ),
        sa.ForeignKeyConstraint(
            ["finding_id"],
            ["finding.id"],
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(op.f("ix_review_doubt_id"), "review", ["doubt_id"], unique=False)
    op.create_index(op.f("ix_review_finding_id"), "review", ["finding_id"], unique=False)
    op.create_index(op.f("ix_review_grid_id"), "review", ["grid_id"], unique=False)
    op.create_index(op.f("ix_review_phase"), "review", ["phase"], unique=False)
    op.create_table(
        "concerned",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.String(32), nullable=False),
        sa.Column("excuse", sa.String(96), nullable=False),
        sa.Column(
            "proposed",
            sa.Enum(
                "no_fault", "not_pursued", "pursued", name="outcome", native_enum=False, length=32
            ),
            nullable=True,
        ),
        sa.Column("proposed_measure", sa.String(32), nullable=False),
        sa.Column("proposal", sa.String(2000), nullable=False),
        sa.Column("served_at", UTCDateTime(), nullable=True),
        sa.Column("answer_by", UTCDateTime(), nullable=True),
        sa.Column("waived_at", UTCDateTime(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "no_fault", "not_pursued", "pursued", name="outcome", native_enum=False, length=32
            ),
            nullable=True,
        ),
        sa.Column("measure", sa.String(32), nullable=False),
        sa.Column("grounds", sa.String(2000), nullable=False),
        sa.Column("delivered_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["review.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("review_id", "person_id"),
    )
    op.create_index(op.f("ix_concerned_person_id"), "concerned", ["person_id"], unique=False)
    op.create_index(op.f("ix_concerned_review_id"), "concerned", ["review_id"], unique=False)
    op.create_table(
        "interest",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("declared_by", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("declared_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["declared_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["review.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("review_id", "person_id"),
    )
    op.create_index(op.f("ix_interest_person_id"), "interest", ["person_id"], unique=False)
    op.create_index(op.f("ix_interest_review_id"), "interest", ["review_id"], unique=False)
    op.create_table(
        "review_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("act", sa.String(32), nullable=False),
        sa.Column(
            "from_phase",
            sa.Enum(
                "investigation",
                "proposal",
                "hearing",
                "legal",
                "panel",
                "decision",
                "countersign",
                "delivery",
                "execution",
                "publication",
                "filing",
                "archiving",
                "archived",
                "transferred",
                "appeal",
                name="phase",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "to_phase",
            sa.Enum(
                "investigation",
                "proposal",
                "hearing",
                "legal",
                "panel",
                "decision",
                "countersign",
                "delivery",
                "execution",
                "publication",
                "filing",
                "archiving",
                "archived",
                "transferred",
                "appeal",
                name="phase",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(2000), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["review.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_review_step_review_id"), "review_step", ["review_id"], unique=False)
    op.create_table(
        "seat",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "part",
            sa.Enum(
                "investigator",
                "legal",
                "decider",
                "second",
                name="part",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["review.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("review_id", "person_id", "part"),
    )
    op.create_index(op.f("ix_seat_person_id"), "seat", ["person_id"], unique=False)
    op.create_index(op.f("ix_seat_review_id"), "seat", ["review_id"], unique=False)
    op.create_table(
        "statement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(4000), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["review.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_statement_person_id"), "statement", ["person_id"], unique=False)
    op.create_index(op.f("ix_statement_review_id"), "statement", ["review_id"], unique=False)
    guards.install(op.get_bind())


def downgrade() -> None:
    guards.remove(op.get_bind())
    op.drop_index(op.f("ix_statement_review_id"), table_name="statement")
    op.drop_index(op.f("ix_statement_person_id"), table_name="statement")
    op.drop_table("statement")
    op.drop_index(op.f("ix_seat_review_id"), table_name="seat")
    op.drop_index(op.f("ix_seat_person_id"), table_name="seat")
    op.drop_table("seat")
    op.drop_index(op.f("ix_review_step_review_id"), table_name="review_step")
    op.drop_table("review_step")
    op.drop_index(op.f("ix_interest_review_id"), table_name="interest")
    op.drop_index(op.f("ix_interest_person_id"), table_name="interest")
    op.drop_table("interest")
    op.drop_index(op.f("ix_concerned_review_id"), table_name="concerned")
    op.drop_index(op.f("ix_concerned_person_id"), table_name="concerned")
    op.drop_table("concerned")
    op.drop_index(op.f("ix_review_phase"), table_name="review")
    op.drop_index(op.f("ix_review_grid_id"), table_name="review")
    op.drop_index(op.f("ix_review_finding_id"), table_name="review")
    op.drop_index(op.f("ix_review_doubt_id"), table_name="review")
    op.drop_table("review")
    op.drop_index(op.f("ix_named_person_id"), table_name="named")
    op.drop_index(op.f("ix_named_doubt_id"), table_name="named")
    op.drop_table("named")
    op.drop_index(op.f("ix_doubt_reply_person_id"), table_name="doubt_reply")
    op.drop_index(op.f("ix_doubt_reply_doubt_id"), table_name="doubt_reply")
    op.drop_table("doubt_reply")
    op.drop_index(op.f("ix_watch_next_at"), table_name="watch")
    op.drop_table("watch")
    op.drop_index(op.f("ix_stopping_officer_id"), table_name="stopping")
    op.drop_index(op.f("ix_stopping_finding_id"), table_name="stopping")
    op.drop_table("stopping")
    op.drop_index(op.f("ix_step_officer_id"), table_name="step")
    op.drop_index(op.f("ix_step_finding_id"), table_name="step")
    op.drop_table("step")
    op.drop_index(op.f("ix_onset_officer_id"), table_name="onset")
    op.drop_index(op.f("ix_onset_finding_id"), table_name="onset")
    op.drop_table("onset")
    op.drop_index(op.f("ix_freeze_subject"), table_name="freeze")
    op.drop_index(op.f("ix_freeze_finding_id"), table_name="freeze")
    op.drop_table("freeze")
    op.drop_index(op.f("ix_doubt_state"), table_name="doubt")
    op.drop_index(op.f("ix_doubt_grid_id"), table_name="doubt")
    op.drop_index(op.f("ix_doubt_finding_id"), table_name="doubt")
    op.drop_table("doubt")
    op.drop_index(op.f("ix_clear_note_round_id"), table_name="clear_note")
    op.drop_index(op.f("ix_clear_note_grid_id"), table_name="clear_note")
    op.drop_index("ix_clear_note_cell_seen", table_name="clear_note")
    op.drop_index(op.f("ix_clear_note_act_id"), table_name="clear_note")
    op.drop_table("clear_note")
    op.drop_index(op.f("ix_visit_round_id"), table_name="visit")
    op.drop_index("ix_visit_officer_seen", table_name="visit")
    op.drop_index(op.f("ix_visit_grid_id"), table_name="visit")
    op.drop_index("ix_visit_cell_seen", table_name="visit")
    op.drop_table("visit")
    op.drop_index(op.f("ix_track_batch_round_id"), table_name="track_batch")
    op.drop_index(op.f("ix_track_batch_officer_id"), table_name="track_batch")
    op.drop_index(op.f("ix_track_batch_grid_id"), table_name="track_batch")
    op.drop_table("track_batch")
    op.drop_index(op.f("ix_pause_round_id"), table_name="pause")
    op.drop_table("pause")
    op.drop_index(op.f("ix_passage_grid_id"), table_name="passage")
    op.drop_index(op.f("ix_passage_cell_id"), table_name="passage")
    op.drop_table("passage")
    op.drop_index(op.f("ix_leg_round_id"), table_name="leg")
    op.drop_table("leg")
    op.drop_index(op.f("ix_finding_unit_id"), table_name="finding")
    op.drop_index(op.f("ix_finding_topic"), table_name="finding")
    op.drop_index(op.f("ix_finding_stage"), table_name="finding")
    op.drop_index(op.f("ix_finding_seen_at"), table_name="finding")
    op.drop_index(op.f("ix_finding_resolved_at"), table_name="finding")
    op.drop_index(op.f("ix_finding_repeat_of"), table_name="finding")
    op.drop_index(op.f("ix_finding_officer_id"), table_name="finding")
    op.drop_index(op.f("ix_finding_joined_to"), table_name="finding")
    op.drop_index(op.f("ix_finding_grid_id"), table_name="finding")
    op.drop_index("ix_finding_class_cell", table_name="finding")
    op.drop_index(op.f("ix_finding_cell_id"), table_name="finding")
    op.drop_table("finding")
    op.drop_index(op.f("ix_window_result_to_at"), table_name="window_result")
    op.drop_index(op.f("ix_window_result_officer_id"), table_name="window_result")
    op.drop_index(op.f("ix_window_result_grid_id"), table_name="window_result")
    op.drop_table("window_result")
    op.drop_table("window_credit")
    op.drop_index("ix_standing_grid_plan", table_name="standing")
    op.drop_index("ix_standing_grid_cell", table_name="standing")
    op.drop_index(op.f("ix_standing_cell_id"), table_name="standing")
    op.drop_table("standing")
    op.drop_index(op.f("ix_round_officer_id"), table_name="round")
    op.drop_index(op.f("ix_round_grid_id"), table_name="round")
    op.drop_table("round")
    op.drop_index(op.f("ix_clock_stop_matter_id"), table_name="clock_stop")
    op.drop_table("clock_stop")
    op.drop_index(op.f("ix_climb_matter_id"), table_name="climb")
    op.drop_table("climb")
    op.drop_index(op.f("ix_session_token_person_id"), table_name="session_token")
    op.drop_table("session_token")
    op.drop_index(op.f("ix_rejected_submission_author_id"), table_name="rejected_submission")
    op.drop_table("rejected_submission")
    op.drop_index(op.f("ix_receipt_device_id"), table_name="receipt")
    op.drop_table("receipt")
    op.drop_index(op.f("ix_post_role"), table_name="post")
    op.drop_index(op.f("ix_post_person_id"), table_name="post")
    op.drop_index(op.f("ix_post_grid_id"), table_name="post")
    op.drop_table("post")
    op.drop_index(op.f("ix_plan_state"), table_name="plan")
    op.drop_index(op.f("ix_plan_grid_id"), table_name="plan")
    op.drop_index(op.f("ix_plan_closes_next_at"), table_name="plan")
    op.drop_table("plan")
    op.drop_index(op.f("ix_photo_subject"), table_name="photo")
    op.drop_index(op.f("ix_photo_sha256"), table_name="photo")
    op.drop_index(op.f("ix_photo_officer_id"), table_name="photo")
    op.drop_index(op.f("ix_photo_grid_id"), table_name="photo")
    op.drop_table("photo")
    op.drop_index(op.f("ix_notice_subject"), table_name="notice")
    op.drop_index(op.f("ix_notice_person_id"), table_name="notice")
    op.drop_table("notice")
    op.drop_index(op.f("ix_matter_subject"), table_name="matter")
    op.drop_index(op.f("ix_matter_next_at"), table_name="matter")
    op.drop_index(op.f("ix_matter_grid_id"), table_name="matter")
    op.drop_table("matter")
    op.drop_index(op.f("ix_excuse_person_id"), table_name="excuse")
    op.drop_index(op.f("ix_excuse_grid_id"), table_name="excuse")
    op.drop_table("excuse")
    op.drop_index(op.f("ix_device_person_id"), table_name="device")
    op.drop_table("device")
    op.drop_index(op.f("ix_condition_class_id"), table_name="condition")
    op.drop_table("condition")
    op.drop_index(op.f("ix_cell_grid_id"), table_name="cell")
    op.drop_index(op.f("ix_cell_code"), table_name="cell")
    op.drop_table("cell")
    op.drop_index(op.f("ix_person_unit_id"), table_name="person")
    op.drop_table("person")
    op.drop_table("ledger_payload")
    op.drop_index(op.f("ix_ladder_rung_ladder_id"), table_name="ladder_rung")
    op.drop_table("ladder_rung")
    op.drop_index(op.f("ix_grid_tier"), table_name="grid")
    op.drop_index(op.f("ix_grid_path"), table_name="grid")
    op.drop_index(op.f("ix_grid_parent_id"), table_name="grid")
    op.drop_index(op.f("ix_grid_code"), table_name="grid")
    op.drop_table("grid")
    op.drop_index(op.f("ix_event_class_topic"), table_name="event_class")
    op.drop_index(op.f("ix_event_class_code"), table_name="event_class")
    op.drop_table("event_class")
    op.drop_table("topic")
    op.drop_table("tier")
    op.drop_table("setting")
    op.drop_table("ledger_head")
    op.drop_index(op.f("ix_ledger_entry_subject"), table_name="ledger_entry")
    op.drop_index(op.f("ix_ledger_entry_actor_id"), table_name="ledger_entry")
    op.drop_table("ledger_entry")
    op.drop_table("ladder")
    op.drop_table("handling_unit")
    op.drop_table("calendar_day")
    op.drop_table("attempt")
