"""What may be submitted in a review: opening, judgements, acts with a word, statements."""

from typing import Annotated
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    StringConstraints,
    model_validator,
)

from patrol.core.errors import Refused
from patrol.core.moments import Moment
from patrol.reviews.rules import Act, Measure, Outcome, Part, fits


def _plain(text: str) -> str:
    """Text without the one character that databases cannot keep."""
    return text.replace("\x00", "")


Words = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(_plain)
]
Said = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=4, max_length=2000),
    AfterValidator(_plain),
]


class _Draft(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Opening(_Draft):
    """The doubt a review is opened from."""

    doubt_id: UUID


class Joining(_Draft):
    """The part somebody takes."""

    part: Part


class Keeping(_Draft):
    """Why somebody keeps out of a review."""

    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=4, max_length=400),
        AfterValidator(_plain),
    ]


class Judgement(_Draft):
    """What is proposed or decided for one person, and why."""

    person_id: UUID
    outcome: Outcome
    measure: Measure | None = None
    text: Said

    @model_validator(mode="after")
    def _fitting(self) -> "Judgement":
        if not fits(self.outcome, self.measure):
            raise Refused("measure-unfit", "measure")
        return self


class Doing(_Draft):
    """One act of the procedure, with a word where one is wanted."""

    act: Act
    text: Words = ""


class Defence(_Draft):
    """What a person concerned says (陈述申辩), live or from a phone that was offline."""

    text: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=4, max_length=4000),
        AfterValidator(_plain),
    ]
    made_at: Moment | None = None
