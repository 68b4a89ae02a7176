"""What may be submitted about checks: a draw, and what was seen at a place."""

from typing import Annotated
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from patrol.checks.rules import Saw
from patrol.core.errors import Refused
from patrol.core.moments import Moment
from patrol.findings.drafts import MOST_PHOTOS
from patrol.photos.drafts import Announcement, announcement

Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Accuracy = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]


def _plain(text: str) -> str:
    """Text without the one character that databases cannot keep."""
    return text.replace("\x00", "")


class NewDraw(BaseModel):
    """How many cells are drawn where, and in how many days they are to be checked."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    grid_id: UUID
    cells: Annotated[int, Field(ge=1, le=200)] = 5
    days: Annotated[int, Field(ge=1, le=30)] = 3


class Seen(BaseModel):
    """What was seen at a place, live or from a phone that was offline."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    lon: Longitude
    lat: Latitude
    accuracy: Accuracy | None = None
    saw: Saw
    topics: Annotated[list[Annotated[str, Field(max_length=32)]], Field(max_length=20)] = []
    code: Annotated[str, Field(pattern=r"^[CE][0-9]{4}$")] | None = None
    check_id: UUID | None = None
    remark: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=1000), AfterValidator(_plain)
    ] = ""
    photo: Annotated[list[str], Field(max_length=MOST_PHOTOS)] = []
    seen_at: Moment | None = None
    made_at: Moment | None = None

    def announced(self) -> list[Announcement]:
        """The photos that will follow; raises `Refused`."""
        return [announcement(each) for each in self.photo]

    @model_validator(mode="after")
    def _says_what(self) -> "Seen":
        if self.saw is Saw.PROBLEM and self.code is None:
            raise Refused("class-needed", "code")
        if self.saw is Saw.CLEAR and not self.topics:
            raise Refused("topics-needed", "topics")
        return self
