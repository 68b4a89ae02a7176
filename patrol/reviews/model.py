"""The tables of reviews: the procedure on a doubt, the people concerned, and what each said."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, UniqueConstraint, exists
from sqlalchemy.orm import object_session
from sqlmodel import Field, SQLModel, col, select

from patrol.core.store import UTCDateTime, key, stored
from patrol.reviews.rules import Outcome, Part, Phase


class Review(SQLModel, table=True):
    """An accountability review, opened from a doubt taken up or by a supervisor."""

    id: UUID = key()
    number: str = Field(max_length=32, unique=True)
    doubt_id: UUID | None = Field(default=None, foreign_key="doubt.id", index=True)
    finding_id: UUID = Field(foreign_key="finding.id", index=True)
    grid_id: UUID = Field(foreign_key="grid.id", index=True)
    officer_id: UUID = Field(foreign_key="person.id")  # who opened it
    phase: Phase = Field(sa_type=stored(Phase), index=True)
    opened_at: datetime = Field(sa_type=UTCDateTime)
    decide_by: datetime = Field(sa_type=UTCDateTime)
    extended: bool = False
    published_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    filed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    file_by: datetime | None = Field(default=None, sa_type=UTCDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    @classmethod
    def concerning(cls, person_id: UUID) -> ColumnElement[bool]:
        """The reviews that are about this person."""
        return exists().where(
            col(Concerned.review_id) == col(cls.id), col(Concerned.person_id) == person_id
        )

    def concerns(self, person_id: UUID) -> bool:
        """Whether this review is about this person."""
        session = object_session(self)
        found = select(Concerned.id).where(
            col(Concerned.review_id) == self.id, col(Concerned.person_id) == person_id
        )
        return session is not None and session.scalar(found) is not None


class Seat(SQLModel, table=True):
    """Who has which part in a review."""

    __table_args__ = (UniqueConstraint("review_id", "person_id", "part"),)

    id: UUID = key()
    review_id: UUID = Field(foreign_key="review.id", index=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    part: Part = Field(sa_type=stored(Part))
    since: datetime = Field(sa_type=UTCDateTime)


class Concerned(SQLModel, table=True):
    """A person a review is about: duty, notice, time to answer, outcome."""

    __table_args__ = (UniqueConstraint("review_id", "person_id"),)

    id: UUID = key()
    review_id: UUID = Field(foreign_key="review.id", index=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    question: str = Field(max_length=32)  # the first no
    excuse: str = Field(default="", max_length=96)
    proposed: Outcome | None = Field(default=None, sa_type=stored(Outcome))
    proposed_measure: str = Field(default="", max_length=32)
    proposal: str = Field(default="", max_length=2000)
    served_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    answer_by: datetime | None = Field(default=None, sa_type=UTCDateTime)
    waived_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    outcome: Outcome | None = Field(default=None, sa_type=stored(Outcome))
    measure: str = Field(default="", max_length=32)
    grounds: str = Field(default="", max_length=2000)
    delivered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Interest(SQLModel, table=True):
    """Somebody who may have no part in a review for kinship or interest, and who said so."""

    __table_args__ = (UniqueConstraint("review_id", "person_id"),)

    id: UUID = key()
    review_id: UUID = Field(foreign_key="review.id", index=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    declared_by: UUID = Field(foreign_key="person.id")
    reason: str = Field(max_length=400)
    declared_at: datetime = Field(sa_type=UTCDateTime)


class Statement(SQLModel, table=True):
    """What a person concerned said in defence (陈述申辩)."""

    id: UUID = Field(primary_key=True)  # the phone makes it
    review_id: UUID = Field(foreign_key="review.id", index=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    text: str = Field(max_length=4000)
    made_at: datetime = Field(sa_type=UTCDateTime)
    received_at: datetime = Field(sa_type=UTCDateTime)


class ReviewStep(SQLModel, table=True):
    """One act in the procedure; nothing is overwritten."""

    __tablename__ = "review_step"

    id: UUID = key()
    review_id: UUID = Field(foreign_key="review.id", index=True)
    officer_id: UUID | None = Field(default=None, foreign_key="person.id")
    act: str = Field(max_length=32)
    from_phase: Phase = Field(sa_type=stored(Phase))
    to_phase: Phase = Field(sa_type=stored(Phase))
    text: str = Field(default="", max_length=2000)
    at: datetime = Field(sa_type=UTCDateTime)
