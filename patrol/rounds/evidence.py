"""What officers attest on a round: visits, notes that nothing was found, and confirmations."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import insert
from sqlmodel import Session

from patrol.core.access import Actor, May, demand
from patrol.core.errors import Conflict, Forbidden, NotFound, Refused
from patrol.core.roles import Role
from patrol.grid.model import Grid
from patrol.ledger.service import note
from patrol.plans.crediting import credit_each
from patrol.rounds import queries, rules
from patrol.rounds.crews import duties_at
from patrol.rounds.drafts import CheckIn, Clear
from patrol.rounds.model import ClearNote, Method, Round, Visit
from patrol.rounds.queries import Place
from patrol.rounds.rules import NEAR_ENOUGH, Fix, Grade, Look, Times
from patrol.rounds.service import mine
from patrol.tags import queries as tags
from patrol.tags.rules import Mark

JITTER = 30.0  # metres a good position may be off; nearer than that nobody is sent away
_VISIT = insert(Visit.__table__)  # type: ignore[attr-defined]  # built once


def check_in(
    session: Session,
    actor: Actor,
    draft: CheckIn,
    *,
    key: UUID,
    now: datetime,
    zone: ZoneInfo,
    place: Place | None = None,
    mark: Mark | None = None,
) -> Visit:
    """Record a visit; its grade is pending until position and track suffice.

    `place` is given by whoever has looked it up already, to hold the lock for less time. `mark`
    is what the tag said that was read on the spot; one that does not hold for this cell at that
    time takes nothing from the visit, and the ledger says why it did not count.

    Raises `outside-cell`, `cell-elsewhere`, `backfill-too-old`, `backfill-needs-reason`.
    """
    told = rules.times(draft.seen_at, draft.made_at, now)
    told = Times(told.seen - timedelta(minutes=draft.minutes_ago), told.made, told.ahead)
    place = place or queries.place(session, draft.round_id, draft.cell_id)
    if place is None or place.officer_id != actor.id:
        raise NotFound("round-not-found")
    if not place.cell_path.startswith(place.grid_path):
        raise Refused("cell-elsewhere", "cell_id")
    backfill = rules.is_backfill(told.seen, told.made)
    if backfill and rules.too_old(told.seen, told.made):
        raise Refused("backfill-too-old", "seen_at")
    if backfill and not draft.reason:
        raise Refused("backfill-needs-reason", "because")
    fix = None if draft.method is Method.BY_HAND else draft.fix(told.seen)
    outline = place.outline
    if fix is not None:
        _refuse_afar(outline, fix)
    tag_id, fault = tags.proof(session, mark, draft.cell_id, told.seen) if draft.tag else (None, "")
    visit = Visit(
        id=key,
        round_id=draft.round_id,
        officer_id=actor.id,
        cell_id=draft.cell_id,
        grid_id=place.cell_grid_id,
        method=draft.method if fix else Method.BY_HAND,
        grade=Grade.C,
        lon=fix.lon if fix else None,
        lat=fix.lat if fix else None,
        accuracy=fix.accuracy if fix else None,
        reason=draft.reason,
        backfill=backfill,
        tag_id=tag_id,
        seen_at=told.seen,
        made_at=told.made,
        received_at=now,
    )
    weigh(visit, outline, _stay(session, visit, outline) if fix else None)
    facts = told.facts() | ({"tag": fault or "counts"} if draft.tag else {})
    duties = _duties(session, place, visit)
    enter(session, actor, duties, [(visit, facts)], now=now, zone=zone)
    return visit


def clear(
    session: Session, actor: Actor, draft: Clear, *, key: UUID, now: datetime
) -> list[ClearNote]:
    """Record that nothing was found in these cells for these topics.

    A note is as good as the visit of its cell in the quarter of an hour before it, and pending
    while the track may still show one.

    Raises `backfill-too-old`, `topic-unknown`, `cell-elsewhere`.
    """
    told = rules.times(draft.seen_at, draft.made_at, now)
    going = mine(session, actor, draft.round_id)
    if rules.too_old(told.seen, told.made):
        raise Refused("backfill-too-old", "seen_at")
    if unknown := set(draft.topics) - queries.topic_codes(session):
        raise Refused("topic-unknown", "topics", topic=min(unknown))
    path = session.get_one(Grid, going.grid_id).path
    cells = queries.cells_of(session, draft.cells, path)
    if set(draft.cells) - set(cells):
        raise Refused("cell-elsewhere", "cells")
    pending = not rules.is_backfill(told.seen, told.made)
    visits = queries.visits_around(session, going.id, told.seen, told.seen)
    batches = queries.batches_around(session, going.id, told.seen, told.seen)
    outlines = {cell_id: outline for cell_id, (_, outline) in cells.items()}
    found = rules.stays(queries.stretches(batches), outlines)
    fix = draft.fix(told.seen)
    notes = []
    for cell_id, (grid_id, outline) in cells.items():
        here = fix if fix and outline.covers(shapely.Point(fix.lon, fix.lat)) else None
        for topic in dict.fromkeys(draft.topics):
            made = ClearNote(
                act_id=key,
                round_id=going.id,
                officer_id=actor.id,
                cell_id=cell_id,
                grid_id=grid_id,
                topic=topic,
                grade=Grade.C,
                pending=pending,
                lon=here.lon if here else None,
                lat=here.lat if here else None,
                accuracy=here.accuracy if here else None,
                seen_at=told.seen,
                made_at=told.made,
                received_at=now,
            )
            lean(made, visits, found.get(cell_id, ()))
            notes.append(made)
    session.add_all(notes)
    facts = {
        "round": str(going.id),
        "cells": sorted(map(str, cells)),
        "topics": sorted(set(draft.topics)),
        "proven": sum(not each.pending for each in notes),
    }
    note(session, actor, "clear-note.recorded", key, {**facts, **told.facts()}, at=now)
    return notes


def confirm(
    session: Session,
    actor: Actor,
    visit_id: UUID,
    *,
    known: bool,
    now: datetime,
    zone: ZoneInfo,
) -> Visit:
    """Vouch for another's 补录, which only then is credited, and never once a violation is known.

    `known` says whether one is that was seen there after the visit.
    """
    found = session.get(Visit, visit_id)
    visit = demand(actor, May.CONFIRM_VISIT, found, seen=May.SEE_ROUND)
    if visit.officer_id == actor.id:
        raise Forbidden("own-visit")
    if not visit.backfill or visit.confirmed_by is not None:
        raise Conflict("nothing-to-confirm")
    if known:
        raise Conflict("violation-known")
    visit.confirmed_by = actor.id
    duties = duties_at(session, session.get_one(Round, visit.round_id), visit.seen_at)
    (credited,) = _credited(session, duties, [visit], zone=zone, now=now)
    note(session, actor, "visit.confirmed", visit.id, {"credited": credited}, at=now)
    return visit


def enter(
    session: Session,
    actor: Actor,
    duties: Sequence[str],
    entered: Sequence[tuple[Visit, Mapping[str, Any]]],
    *,
    now: datetime,
    zone: ZoneInfo,
) -> None:
    """Store new visits and credit them to the plans they serve: those that oblige these duties.

    Each comes with what the ledger keeps of its moments besides.
    """
    if not entered:
        return
    rows = [visit.model_dump() for visit, _ in entered]
    session.connection().execute(_VISIT, rows if len(rows) > 1 else rows[0])
    credited = _credited(session, duties, [visit for visit, _ in entered], zone=zone, now=now)
    for (visit, told), plans in zip(entered, credited, strict=True):
        where = {"round": str(visit.round_id), "cell": str(visit.cell_id), "method": visit.method}
        facts = {**where, **_proof(visit), **told, "credited": plans}
        note(session, actor, "visit.recorded", visit.id, facts, at=now)


def upgrade(
    session: Session,
    actor: Actor,
    duties: Sequence[str],
    visits: Sequence[Visit],
    *,
    now: datetime,
    zone: ZoneInfo,
) -> None:
    """Credit visits again whose grades the track has settled."""
    credited = _credited(session, duties, visits, zone=zone, now=now)
    for visit, plans in zip(visits, credited, strict=True):
        facts = {**_proof(visit), "credited": plans}
        note(session, actor, "visit.graded", visit.id, facts, at=now)


def weigh(visit: Visit, outline: BaseGeometry, stay: rules.Passage | None) -> None:
    """Give a visit the grade its position and the track around it are worth by now."""
    if stay is not None:
        visit.metres, visit.seconds = round(stay.metres, 1), round(stay.seconds, 1)
    placed = visit.lon is not None and visit.lat is not None
    look = Look(
        inside=placed and outline.covers(shapely.Point(visit.lon or 0.0, visit.lat or 0.0)),
        accuracy=visit.accuracy,
        token=visit.tag_id is not None,
        by_hand=visit.method is Method.BY_HAND,
        backfill=visit.backfill,
    )
    given = rules.grade(look, stay)
    visit.grade, visit.pending = given or Grade.C, given is None


def lean(waiting: ClearNote, visits: Iterable[Visit], stays: Sequence[rules.Passage] = ()) -> None:
    """Let a pending note be as good as the best visit of its cell in the stretch it attests.

    `stays` are those in that cell that the track shows.
    """
    near = [
        visit
        for visit in visits
        if visit.cell_id == waiting.cell_id
        and not visit.pending
        and not visit.backfill
        and rules.of_stretch(visit.seen_at, stays, waiting.seen_at)
    ]
    if not waiting.pending or not near:
        return
    best = min(near, key=lambda visit: (visit.grade, abs(visit.seen_at - waiting.seen_at)))
    waiting.visit_id, waiting.grade, waiting.pending = best.id, best.grade, False
    if waiting.lon is None and best.accuracy is not None and best.accuracy <= NEAR_ENOUGH:
        waiting.lon, waiting.lat, waiting.accuracy = best.lon, best.lat, best.accuracy


def _duties(session: Session, place: Place, visit: Visit) -> Sequence[str]:
    """What a visit's crew was obliged to; only one that comes late asks for an earlier crew."""
    if place.since is None or place.since <= visit.seen_at:
        return place.duties
    return duties_at(session, session.get_one(Round, visit.round_id), visit.seen_at)


def _refuse_afar(outline: BaseGeometry, fix: Fix) -> None:
    outside = rules.metres_outside(outline, fix.lon, fix.lat)
    if outside > max(fix.accuracy, JITTER):
        raise Refused("outside-cell", "cell_id", metres=round(outside))


def _stay(session: Session, visit: Visit, outline: BaseGeometry) -> rules.Passage | None:
    """The stay in the visit's cell that the track already sent shows."""
    batches = queries.batches_around(session, visit.round_id, visit.seen_at, visit.seen_at)
    if not batches:
        return None
    found = rules.stays(queries.stretches(batches), {visit.cell_id: outline})
    return rules.around(found.get(visit.cell_id, ()), visit.seen_at)


def _credited(
    session: Session,
    duties: Sequence[str],
    visits: Sequence[Visit],
    *,
    zone: ZoneInfo,
    now: datetime,
) -> Iterator[list[str]]:
    """The plans that took each visit, for the ledger."""
    roles = frozenset(Role(role) for role in duties)
    for plans in credit_each(session, visits, roles, zone=zone, now=now):
        yield sorted(map(str, plans))


def _proof(visit: Visit) -> dict[str, str | float | bool | None]:
    return {
        "grade": visit.grade,
        "pending": visit.pending,
        "accuracy": visit.accuracy,
        "metres": visit.metres,
        "seconds": visit.seconds,
        "backfill": visit.backfill,
    }
