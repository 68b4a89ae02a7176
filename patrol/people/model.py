"""The tables of people: who they are, the posts they hold, what excuses them, how they sign in."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Index, or_
from sqlmodel import Field, SQLModel, col

from patrol.core.roles import Identity, PostKind, Role
from patrol.core.store import UTCDateTime, key, stored
from patrol.people.rules import ExcuseKind as ExcuseKind  # noqa: PLC0414  others take it from here


class Person(SQLModel, table=True):
    """Somebody who signs in or is named."""

    id: UUID = key()
    login: str = Field(max_length=64, unique=True)
    name: str = Field(max_length=80)
    phone: str = Field(default="", max_length=32)
    identity: Identity = Field(sa_type=stored(Identity))
    certificate: str | None = Field(default=None, max_length=40)
    certificate_until: date | None = None
    unit_id: UUID | None = Field(default=None, foreign_key="handling_unit.id", index=True)
    password: str = Field(default="", max_length=200)  # argon2id; empty: cannot sign in
    locale: str = Field(default="zh_Hans_CN", max_length=16)
    access_version: int = 0  # goes up whenever the person's posts or state change
    recorded_at: datetime = Field(sa_type=UTCDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    @property
    def officer_id(self) -> UUID:
        """A person's record is the person's own."""
        return self.id

    @classmethod
    def owned_by(cls, person_id: UUID) -> ColumnElement[bool]:
        """The same as `officer_id`, as a condition."""
        return col(cls.id) == person_id


class Post(SQLModel, table=True):
    """Person × role × grid × kind, from–to; binding once accepted or served before a window."""

    id: UUID = key()
    person_id: UUID = Field(foreign_key="person.id", index=True)
    role: Role = Field(sa_type=stored(Role), index=True)
    grid_id: UUID = Field(foreign_key="grid.id", index=True)
    kind: PostKind = Field(default=PostKind.PRIMARY, sa_type=stored(PostKind))
    from_at: datetime = Field(sa_type=UTCDateTime)
    to_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    assigned_by: UUID | None = Field(default=None, foreign_key="person.id")
    recorded_at: datetime = Field(sa_type=UTCDateTime)
    served_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # told in writing
    accepted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    @property
    def officer_id(self) -> UUID:
        """Whose post it is."""
        return self.person_id

    @classmethod
    def owned_by(cls, person_id: UUID) -> ColumnElement[bool]:
        """The same as `officer_id`, as a condition."""
        return col(cls.person_id) == person_id

    @classmethod
    def bound(cls) -> ColumnElement[bool]:
        """Whether it ever bound: it was accepted, or served."""
        return or_(col(cls.accepted_at).is_not(None), col(cls.served_at).is_not(None))


class Shift(SQLModel, table=True):
    """Hours in which a post is on duty; never changed, only called off before they are over."""

    __table_args__ = (
        Index("ix_shift_grid_to", "grid_id", "to_at"),
        Index("ix_shift_person_to", "person_id", "to_at"),
    )

    id: UUID = key()
    post_id: UUID = Field(foreign_key="post.id", index=True)
    person_id: UUID = Field(foreign_key="person.id")
    grid_id: UUID = Field(foreign_key="grid.id")
    from_at: datetime = Field(sa_type=UTCDateTime)
    to_at: datetime = Field(sa_type=UTCDateTime)
    recorded_by: UUID = Field(foreign_key="person.id")
    recorded_at: datetime = Field(sa_type=UTCDateTime)
    cancelled_by: UUID | None = Field(default=None, foreign_key="person.id")
    cancelled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    @property
    def officer_id(self) -> UUID:
        """Whose shift it is."""
        return self.person_id

    @classmethod
    def owned_by(cls, person_id: UUID) -> ColumnElement[bool]:
        """The same as `officer_id`, as a condition."""
        return col(cls.person_id) == person_id


class Excuse(SQLModel, table=True):
    """A signed entry that excuses somebody for a time; late ones are proposals until approved."""

    id: UUID = key()
    person_id: UUID = Field(foreign_key="person.id", index=True)
    grid_id: UUID | None = Field(default=None, foreign_key="grid.id", index=True)
    kind: ExcuseKind = Field(sa_type=stored(ExcuseKind))
    document: str = Field(max_length=60)  # number of the paper, such as #2026-118
    reason: str = Field(default="", max_length=400)
    from_at: datetime = Field(sa_type=UTCDateTime)
    to_at: datetime = Field(sa_type=UTCDateTime)
    recorded_by: UUID = Field(foreign_key="person.id")
    recorded_at: datetime = Field(sa_type=UTCDateTime)
    approved_by: UUID | None = Field(default=None, foreign_key="person.id")
    approved_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    refused_by: UUID | None = Field(default=None, foreign_key="person.id")
    refused_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    @property
    def officer_id(self) -> UUID:
        """Whom it excuses."""
        return self.person_id

    @classmethod
    def owned_by(cls, person_id: UUID) -> ColumnElement[bool]:
        """The same as `officer_id`, as a condition."""
        return col(cls.person_id) == person_id


class SessionToken(SQLModel, table=True):
    """A signed-in browser; the token itself is kept only there, here is its hash."""

    __tablename__ = "session_token"

    id: str = Field(primary_key=True, max_length=64)  # SHA-256 of the token, hex
    person_id: UUID = Field(foreign_key="person.id", index=True)
    made_at: datetime = Field(sa_type=UTCDateTime)
    seen_at: datetime = Field(sa_type=UTCDateTime)
    ends_at: datetime = Field(sa_type=UTCDateTime)
    proved_at: datetime = Field(sa_type=UTCDateTime)  # when the password was last given
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Attempt(SQLModel, table=True):
    """Wrong passwords lately given for one account, known or not, or from one address."""

    id: str = Field(primary_key=True, max_length=64)  # SHA-256 of what is counted, hex
    failures: int = 0
    since: datetime = Field(sa_type=UTCDateTime)
    retry_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
