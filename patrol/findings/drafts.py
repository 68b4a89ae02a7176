"""What may be submitted about a finding: seeing it, stopping it, proving it was there before."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from patrol.core.moments import Local
from patrol.findings.rules import Source, StopKind, StopOutcome
from patrol.photos.drafts import Announcement, announcement

MOST_PHOTOS = 9

Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Accuracy = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]


def _plain(text: str) -> str:
    """Text without the one character that databases cannot keep."""
    return text.replace("\x00", "").strip()


Words = Annotated[str, AfterValidator(_plain)]


class _Act(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    seen_at: Local | None = None
    made_at: Local | None = None


class Draft(_Act):
    """A finding as its officer writes it down."""

    code: Annotated[str, Field(pattern=r"^[CE][0-9]{4}$")]
    condition: Annotated[int, Field(ge=1, le=99)] | None = None
    lon: Longitude
    lat: Latitude
    own_lon: Longitude | None = None
    own_lat: Latitude | None = None
    own_accuracy: Accuracy | None = None
    remark: Annotated[Words, Field(max_length=2000)] = ""
    party: Annotated[Words, Field(max_length=200)] = ""
    self_handled: bool = False
    source: Source | None = None
    since: Local | None = None  # it was there by then already, somebody says
    ground: Annotated[Words, Field(max_length=90)] = ""  # who or what says so
    repeat_of: UUID | None = None
    round_id: UUID | None = None
    photo: Annotated[list[str], Field(max_length=MOST_PHOTOS)] = []

    def announcements(self) -> list[Announcement]:
        """The photos that will follow; raises `Refused`."""
        return [announcement(each) for each in self.photo]


class Stop(_Act):
    """An act to stop a violation."""

    kind: StopKind
    outcome: StopOutcome
    remark: Annotated[Words, Field(max_length=400)] = ""
    photo: Annotated[list[str], Field(max_length=MOST_PHOTOS)] = []

    def announcements(self) -> list[Announcement]:
        """The photos that will follow; raises `Refused`."""
        return [announcement(each) for each in self.photo]


class Earlier(BaseModel):
    """Word that it was there at an earlier moment already."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    at: Local
    ground: Annotated[Words, Field(min_length=2, max_length=90)]
    remark: Annotated[Words, Field(max_length=400)] = ""


class Join(BaseModel):
    """Which earlier finding this one is the same as."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    into: UUID
