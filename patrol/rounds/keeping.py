"""What is kept of where somebody walked: of rounds alone, coarse outside the grid, for a time."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from uuid import UUID

import shapely
from geoalchemy2.shape import to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import delete, select
from sqlmodel import Session, col

from patrol.grid.model import Grid
from patrol.ledger.service import note
from patrol.rounds.model import Pause, Round, TrackBatch, TrackKeeping
from patrol.rounds.rules import LATE, Fix

LONGEST = timedelta(hours=16)  # a round nobody ended is over by then
COARSE = 200.0  # metres of accuracy given to what lies outside the grid: it proves nothing
_GRAIN = 0.002  # degrees, about 200 m
_AROUND = 100.0 / 111_320.0  # degrees: along its border a grid is still walked

Runs = Sequence[Sequence[Fix]]


def worth_keeping(session: Session, going: Round, runs: Runs) -> list[list[Fix]]:
    """The fixes of a round's own time, those outside its grid only about where they were."""
    pauses = select(col(Pause.from_at), col(Pause.to_at)).where(col(Pause.round_id) == going.id)
    rests = [(row[0], row[1]) for row in session.execute(pauses)]
    outline = to_shape(session.get_one(Grid, going.grid_id).boundary)
    kept = (on_duty(run, going.started_at, going.ended_at, rests) for run in runs)
    return [part for run in kept if run for part in coarsened(run, outline)]


def on_duty(
    run: Iterable[Fix],
    started_at: datetime,
    ended_at: datetime | None,
    rests: Collection[tuple[datetime, datetime | None]],
) -> list[Fix]:
    """The fixes between start and end of a round and in none of its pauses.

    Start and end are set right where a phone's clock runs ahead, a track that arrives later is
    not: ten minutes more at both ends make up for it.
    """
    since, until = started_at - LATE, (ended_at or started_at + LONGEST) + LATE
    return [
        fix
        for fix in run
        if since <= fix.at <= until
        and not any(begun < fix.at and (over is None or fix.at < over) for begun, over in rests)
    ]


def coarsened(run: Sequence[Fix], outline: BaseGeometry) -> list[list[Fix]]:
    """A run cut where it leaves the grid, every fix beyond about 100 m rounded to about 200 m."""
    near = shapely.dwithin(outline, shapely.points([(fix.lon, fix.lat) for fix in run]), _AROUND)
    return [
        [fix if inside else _rough(fix) for fix, _ in part]
        for inside, part in groupby(zip(run, near, strict=True), key=itemgetter(1))
    ]


def is_coarse(fix: Fix) -> bool:
    """Whether a fix tells only about where somebody was."""
    return fix.accuracy >= COARSE


def _rough(fix: Fix) -> Fix:
    return Fix(_rounded(fix.lon), _rounded(fix.lat), max(fix.accuracy, COARSE), fix.at)


def _rounded(degrees: float) -> float:
    return round(round(degrees / _GRAIN) * _GRAIN, 3)


def thin(session: Session, round_id: UUID, *, now: datetime) -> int:
    """Delete where somebody walked, and keep visits and the metres in each cell; how many points.

    The ledger keeps the digest of what was deleted.
    """
    query = select(col(TrackBatch.points)).where(col(TrackBatch.round_id) == round_id)
    batches = list(session.scalars(query.order_by(col(TrackBatch.first))))
    session.execute(delete(TrackBatch).where(col(TrackBatch.round_id) == round_id))
    keeping(session, round_id).thinned_at = now
    told = {
        "points": sum(map(len, batches)),
        "sha256": hashlib.sha256(str(batches).encode()).hexdigest(),
    }
    note(session, None, "track.thinned", f"round:{round_id}", told, at=now)
    return sum(map(len, batches))


def freeze(
    session: Session, round_id: UUID, because: Mapping[str, Sequence[str]], *, now: datetime
) -> None:
    """Keep a track whole beyond its time, and say in the ledger for which evidence."""
    keeping(session, round_id).frozen_at = now
    note(session, None, "track.frozen", f"round:{round_id}", because, at=now)


def keeping(session: Session, round_id: UUID) -> TrackKeeping:
    """What became of a round's track."""
    found = session.get(TrackKeeping, round_id)
    if found is None:
        found = TrackKeeping(round_id=round_id)
        session.add(found)
    return found
