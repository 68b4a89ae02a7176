"""What may be submitted about shifts and handovers."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from patrol.core.moments import Moment
from patrol.people.drafts import Login
from patrol.shifts.rules import Band


def _plain(text: str) -> str:
    """Text without the one character that databases cannot keep."""
    return text.replace("\x00", "")


def _of_our_time(day: date) -> date:
    if not 2000 <= day.year <= 2099:
        raise ValueError("out of range")
    return day


Words = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=1000), AfterValidator(_plain)
]


class NewShifts(BaseModel):
    """Who is on duty in which part of the day, from a day on, for how many days."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    logins: Annotated[list[Login], Field(min_length=1, max_length=40)]
    band: Band
    from_day: Annotated[date, AfterValidator(_of_our_time)]
    days: Annotated[int, Field(ge=1, le=31)] = 7
    weekdays: Annotated[list[Annotated[int, Field(ge=1, le=7)]], Field(max_length=7)] = []


class Signature(BaseModel):
    """What either side signs: the findings that were on the screen, and a word to the other."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    shown: Annotated[list[UUID], Field(max_length=200)] = []
    text: Words = ""
    seen_at: Moment | None = None
    made_at: Moment | None = None
