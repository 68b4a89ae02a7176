"""What may be submitted about a step of the procedure."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from patrol.core.moments import Local
from patrol.findings.drafts import MOST_PHOTOS, Words
from patrol.handling.rules import Move, Stage
from patrol.photos.drafts import Announcement, announcement


class Take(BaseModel):
    """One step: which, from which stage (so that nobody steps twice), and why."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    move: Move
    stage: Stage
    opinion: Annotated[Words, Field(max_length=1000)] = ""
    unit_id: UUID | None = None
    condition: Annotated[int, Field(ge=1, le=99)] | None = None
    photo: Annotated[list[str], Field(max_length=MOST_PHOTOS)] = []
    seen_at: Local | None = None
    made_at: Local | None = None

    def announcements(self) -> list[Announcement]:
        """The photos that will follow; raises `Refused`."""
        return [announcement(each) for each in self.photo]
