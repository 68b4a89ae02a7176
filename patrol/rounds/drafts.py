"""What may be submitted about rounds, by hand or by a phone that was offline."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from patrol.core.errors import Refused
from patrol.core.geo import lon_lat
from patrol.core.moments import Moment
from patrol.rounds.model import ByHandBecause, LeftBecause, Method, Mode, OpenedFor
from patrol.rounds.rules import Fix

MOST_POINTS = 1000  # of one batch; phones send 200

Words = Annotated[str, Field(max_length=180)]
Accuracy = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]


class Act(BaseModel):
    """What every record of a round says: when it happened and when it was written down."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    seen_at: Moment | None = None
    made_at: Moment | None = None


class Placed(Act):
    """A record that may carry the position it was made at."""

    lon: float | None = None
    lat: float | None = None
    accuracy: Accuracy | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Placed":
        if (self.lon, self.lat, self.accuracy).count(None) not in {0, 3}:
            raise Refused("position-in-part", "lon")
        if self.lon is not None and self.lat is not None:
            lon_lat(self.lon, self.lat, field="lon")
        return self

    def fix(self, at: datetime) -> Fix | None:
        """The position as a fix taken at that moment."""
        if self.lon is None or self.lat is None or self.accuracy is None:
            return None
        return Fix(self.lon, self.lat, self.accuracy, at)


class Start(Act):
    """A round begins."""

    grid_id: UUID
    plan_id: UUID | None = None
    mode: Mode = Mode.FOOT
    crew: Annotated[list[UUID], Field(max_length=20)] = []


class Change(Act):
    """Another crew or another mode: a new leg."""

    round_id: UUID
    mode: Mode
    crew: Annotated[list[UUID], Field(max_length=20)] = []


class Turn(Act):
    """A round pauses or goes on."""

    round_id: UUID


class End(Act):
    """A round ends, perhaps before all was walked."""

    round_id: UUID
    because: LeftBecause | None = None
    words: Words = ""

    @property
    def reason(self) -> str:
        """Own words where there are any, else the code."""
        return self.words.strip() or (self.because.value if self.because else "")


class CheckIn(Placed):
    """A visit: this cell, now, from this position, or by hand with a reason."""

    round_id: UUID
    cell_id: UUID
    method: Method = Method.CHECK_IN
    because: ByHandBecause | None = None
    words: Words = ""
    tag: Annotated[str, Field(max_length=200)] = (
        ""  # the token of the cell's tag, where one was read
    )
    minutes_ago: Annotated[int, Field(ge=0, le=1440)] = 0  # by hand: how long ago it was

    @property
    def reason(self) -> str:
        """Own words where there are any, else the code."""
        return self.words.strip() or (self.because.value if self.because else "")

    @model_validator(mode="after")
    def _by_hand_with_a_reason(self) -> "CheckIn":
        if self.method is Method.TRACK:
            raise Refused("method-not-by-hand", "method")
        if (self.method is Method.BY_HAND or self.lon is None) and (
            not self.reason or self.reason == ByHandBecause.OTHER.value
        ):
            raise Refused("reason-needed", "because")
        return self


class Clear(Placed):
    """Looked and found nothing: these topics, in these cells."""

    round_id: UUID
    cells: Annotated[list[UUID], Field(min_length=1, max_length=200)]
    topics: Annotated[
        list[Annotated[str, Field(max_length=32)]], Field(min_length=1, max_length=20)
    ]


class Batch(Act):
    """A run of the track: `lon_lat_accuracy_seconds` after `from_at`, a lone `-` for a gap."""

    round_id: UUID
    first: Annotated[int, Field(ge=0, lt=2**31)]
    from_at: Moment
    points: Annotated[str, Field(min_length=1, max_length=80 * MOST_POINTS)]

    @model_validator(mode="after")
    def _readable(self) -> "Batch":
        runs = self.runs
        fixes = sum(map(len, runs))
        if not fixes or fixes > MOST_POINTS:
            raise Refused("track-not-read", "points")
        return self

    @property
    def runs(self) -> list[list[Fix]]:
        """The fixes between one gap and the next, in the order they were taken."""
        runs: list[list[Fix]] = [[]]
        for word in self.points.split():
            if word == "-":
                runs.append([])
            else:
                runs[-1].append(self._fix(word))
        return [run for run in runs if run]

    def _fix(self, word: str) -> Fix:
        try:
            lon, lat, accuracy, seconds = map(float, word.split("_"))
            at = self.from_at + timedelta(seconds=seconds)
        except (ValueError, OverflowError):
            raise Refused("track-not-read", "points") from None
        lon, lat = lon_lat(lon, lat, field="points")
        if not 0 <= accuracy < float("inf") or seconds < 0:
            raise Refused("track-not-read", "points")
        return Fix(lon, lat, accuracy, at)


class Opening(BaseModel):
    """Why somebody wants to see another's track."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    why: OpenedFor
    remark: Words = ""

    @model_validator(mode="after")
    def _said(self) -> "Opening":
        if self.why is OpenedFor.OTHER and not self.remark.strip():
            raise Refused("opening-needs-reason", "remark")
        return self
