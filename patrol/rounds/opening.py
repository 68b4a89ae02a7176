"""Whose track was opened by whom and why: others see where somebody walked only by such an act."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, or_, select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, demand
from patrol.core.errors import Conflict
from patrol.grid.model import Grid
from patrol.ledger.service import note
from patrol.people.model import Person
from patrol.rounds.drafts import Opening
from patrol.rounds.model import OpenedFor, Round, TrackOpening

LASTS = timedelta(minutes=30)  # a track opened once stays open for this long
MOST = 200  # openings in a list


@dataclass(frozen=True)
class Opened:
    """One opening, as the person who walked sees it."""

    round_id: UUID
    started_at: datetime
    grid: str
    opener: str
    why: OpenedFor
    remark: str
    opened_at: datetime


def open_track(
    session: Session, actor: Actor, round_id: UUID, draft: Opening, *, now: datetime
) -> TrackOpening:
    """Let somebody see another's track for half an hour; the ledger and the officer know.

    Asking again meanwhile gives the same opening. Raises `track-own` for one's own track.
    """
    one = demand(actor, May.OPEN_TRACK, session.get(Round, round_id), seen=May.SEE_ROUND)
    if one.officer_id == actor.id:
        raise Conflict("track-own")
    if (still := is_open(session, actor, round_id, now=now)) is not None:
        return still
    opened = TrackOpening(
        round_id=one.id,
        officer_id=one.officer_id,
        opener_id=actor.id,
        why=draft.why,
        remark=draft.remark.strip(),
        opened_at=now,
    )
    session.add(opened)
    told = {
        "officer": str(one.officer_id),
        "why": draft.why,
        "remark": opened.remark,
        "opening": str(opened.id),
    }
    note(session, actor, "track.opened", f"round:{one.id}", told, at=now)
    return opened


def is_open(
    session: Session, actor: Actor, round_id: UUID, *, now: datetime
) -> TrackOpening | None:
    """The opening by which this person may see a track now."""
    query = (
        select(TrackOpening)
        .where(
            col(TrackOpening.round_id) == round_id,
            col(TrackOpening.opener_id) == actor.id,
            col(TrackOpening.opened_at) > now - LASTS,
        )
        .order_by(col(TrackOpening.opened_at).desc())
    )
    return session.scalars(query.limit(1)).one_or_none()


def of_person(session: Session, person_id: UUID) -> list[Opened]:
    """Who opened the tracks of rounds this person led or walked along on, the latest first."""
    along = cast(col(Round.crew), String).contains(str(person_id), autoescape=True)
    return _opened(session, _OPENED.where(or_(col(TrackOpening.officer_id) == person_id, along)))


def of_round(session: Session, round_id: UUID) -> list[Opened]:
    """Who opened the track of one round, the latest first."""
    return _opened(session, _OPENED.where(col(TrackOpening.round_id) == round_id))


_OPENED: Any = (
    select(
        col(TrackOpening.round_id),
        col(Round.started_at),
        col(Grid.name),
        col(Person.name),
        col(TrackOpening.why),
        col(TrackOpening.remark),
        col(TrackOpening.opened_at),
    )
    .join(Round, col(Round.id) == col(TrackOpening.round_id))
    .join(Grid, col(Grid.id) == col(Round.grid_id))
    .join(Person, col(Person.id) == col(TrackOpening.opener_id))
    .order_by(col(TrackOpening.opened_at).desc(), col(TrackOpening.id))
    .limit(MOST)
)


def _opened(session: Session, query: Any) -> list[Opened]:
    return [Opened(*row) for row in session.execute(query)]
