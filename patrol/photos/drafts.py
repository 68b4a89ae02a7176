"""What a phone may announce about a photo that will follow its record."""

from datetime import datetime
from typing import Annotated
from urllib.parse import parse_qsl
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from patrol.core.errors import Refused
from patrol.photos.rules import MOST_BYTES, Origin, View

MOST_FIELDS = 16


class Announcement(BaseModel):
    """One photo: its id, what its bytes are, what it shows, when and where it was taken."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: UUID
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(gt=0, le=MOST_BYTES)]
    view: View = View.NEAR
    origin: Origin = Origin.CAMERA
    taken_at: AwareDatetime | None = None
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    accuracy: Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)] | None = None

    def facts(self) -> dict[str, str | int]:
        """What the ledger keeps of it."""
        return {"id": str(self.id), "sha256": self.sha256, "size": self.size, "view": self.view}

    def taken(self, now: datetime) -> datetime | None:
        """When it was taken, never later than now."""
        return min(self.taken_at, now) if self.taken_at and self.taken_at.year >= 2000 else None


def announcement(text: str) -> Announcement:
    """Read `id=…&sha256=…&size=…`; raises `Refused` with `photo-announcement`."""
    try:
        told = dict(parse_qsl(text, max_num_fields=MOST_FIELDS))
        return Announcement.model_validate(told)
    except (ValidationError, ValueError):
        raise Refused("photo-announcement", "photo") from None
