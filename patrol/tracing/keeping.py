"""Tracks whose time is over: thinned to visits, unless a finding, doubt or review rests on them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlmodel import Session, col

from patrol.findings.model import Finding
from patrol.flags.model import Flag
from patrol.rounds import keeping
from patrol.rounds.model import ClearNote, Round, TrackBatch, TrackKeeping, Visit
from patrol.tracing.facts import Figures
from patrol.tracing.model import Freeze

SOME = 20  # rounds in one step
# A trace looks at the windows of this long before a discovery; the earliest may be a month longer.
REACH = Figures().look_back + timedelta(days=31)


def thin_tracks(session: Session, *, days: int, now: datetime) -> int | None:
    """Thin some tracks older than `days`, freeze those that are evidence; None when none are left.

    A round about which a question waits to be looked at is left as it is meanwhile.
    """
    over = _over(session, now - timedelta(days=days) - keeping.LONGEST)
    if not over:
        return None
    needed = evidence_in(session, over)
    for round_id in over:
        if because := needed.get(round_id):
            keeping.freeze(session, round_id, {"evidence": sorted(because)}, now=now)
        else:
            keeping.thin(session, round_id, now=now)
    session.flush()
    return len(over)


def _over(session: Session, before: datetime) -> list[UUID]:
    """Rounds that ended before a moment and whose tracks nobody has judged."""
    asked = exists().where(
        col(Flag.round_id) == col(TrackBatch.round_id), col(Flag.verdict).is_(None)
    )
    query = (
        select(col(TrackBatch.round_id))
        .outerjoin(TrackKeeping, col(TrackKeeping.round_id) == col(TrackBatch.round_id))
        .where(col(TrackBatch.to_at) < before, col(TrackKeeping.frozen_at).is_(None), ~asked)
        .order_by(col(TrackBatch.round_id))
        .distinct()
        .limit(SOME)
    )
    return list(session.scalars(query))


def evidence_in(session: Session, round_ids: Collection[UUID]) -> dict[UUID, set[str]]:
    """The findings that rest on tracks of these rounds, and what doubts have frozen of them.

    A finding rests on the rounds that it was recorded on, and on those that visited its cell
    before it was found, as far back as a trace looks.
    """
    visits = session.execute(
        select(col(Visit.round_id), col(Visit.id), col(Visit.cell_id), col(Visit.seen_at)).where(
            col(Visit.round_id).in_(round_ids)
        )
    ).all()
    found: dict[UUID, set[str]] = defaultdict(set)
    for round_id, finding_id in _recorded(session, round_ids):
        found[round_id].add(f"finding:{finding_id}")
    discovered = _discovered(session, {visit.cell_id for visit in visits})
    for visit in visits:
        for finding_id, seen_at in discovered[visit.cell_id]:
            if visit.seen_at <= seen_at <= visit.seen_at + REACH:
                found[visit.round_id].add(f"finding:{finding_id}")
    for round_id, subject in _frozen(session, round_ids, visits):
        found[round_id].add(subject)
    return found


def _recorded(session: Session, round_ids: Collection[UUID]) -> Iterable[Any]:
    """The findings that were recorded on these rounds."""
    walkers = select(col(Round.officer_id)).where(col(Round.id).in_(round_ids))
    return session.execute(
        select(col(Finding.round_id), col(Finding.id)).where(
            col(Finding.officer_id).in_(walkers), col(Finding.round_id).in_(round_ids)
        )
    ).all()


def _discovered(
    session: Session, cells: Collection[UUID]
) -> Mapping[UUID, list[tuple[UUID, datetime]]]:
    """Which findings were seen in these cells, and when."""
    found: dict[UUID, list[tuple[UUID, datetime]]] = defaultdict(list)
    query = select(col(Finding.cell_id), col(Finding.id), col(Finding.seen_at))
    for cell_id, *seen in session.execute(query.where(col(Finding.cell_id).in_(cells))):
        found[cell_id].append((seen[0], seen[1]))
    return found


def _frozen(
    session: Session, round_ids: Collection[UUID], visits: Iterable[Any]
) -> Iterator[tuple[UUID, str]]:
    """What doubts have frozen of these rounds."""
    notes = session.execute(
        select(col(ClearNote.id), col(ClearNote.round_id)).where(
            col(ClearNote.round_id).in_(round_ids)
        )
    )
    of = {f"round:{each}": each for each in round_ids}
    of |= {f"visit:{visit.id}": visit.round_id for visit in visits}
    of |= {f"clear_note:{note_id}": round_id for note_id, round_id in notes}
    kept = session.scalars(select(col(Freeze.subject)).where(col(Freeze.subject).in_(list(of))))
    return ((of[subject], subject) for subject in kept)
