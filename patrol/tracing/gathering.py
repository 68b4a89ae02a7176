"""Gathers from all slices what is recorded about one violation, as the facts of a trace."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnElement, or_, select
from sqlmodel import Session, col

from patrol.catalogue.model import EventClass
from patrol.core.calendar import WorkCalendar
from patrol.core.roles import Role
from patrol.devices.queries import emptied
from patrol.findings.model import Finding, Onset
from patrol.findings.rules import Evidence
from patrol.findings.rules import Proof as Shows
from patrol.grid.lineage import hung
from patrol.people import queries as people
from patrol.people import records
from patrol.people.rules import Level
from patrol.plans import queries as plans
from patrol.plans.model import Need, Plan
from patrol.plans.rules import reaches
from patrol.plans.scope import Held, held_over
from patrol.rounds import queries as rounds
from patrol.rounds.crews import crews_of
from patrol.rounds.keeping import COARSE
from patrol.rounds.model import TrackBatch
from patrol.rounds.model import Visit as VisitRow
from patrol.rounds.rules import APART, Fix, Grade, metres_between, metres_from
from patrol.rounds.rules import Figures as Numbers
from patrol.tracing import done
from patrol.tracing.case import FIGURES, Case
from patrol.tracing.facts import Facts, Obligation, Proof, Scene, Signature, Visit
from patrol.tracing.ground import Ground, Stay, ground
from patrol.tracing.reaching import first_opening, since_then
from patrol.tracing.telling import pauses_of, told_of, warned_of

SECOND = timedelta(seconds=1)
NO_TRACK: Numbers = np.empty((0, 4))


def facts(session: Session, finding: Finding, calendar: WorkCalendar) -> Facts:
    """Everything recorded that bears on one finding."""
    kind = session.get_one(EventClass, finding.class_id)
    path = tuple(people.paths_of(session, [finding.grid_id]).get(finding.grid_id, ()))
    far = min([finding.seen_at - FIGURES.look_back, *_seen_there(session, finding)])
    lay = ground(session, finding, path, far)
    case = Case(finding, kind, path, lay, far, calendar)
    obligations = tuple(_obligations(session, case))
    case = replace(case, since=first_opening(obligations, far))
    until = finding.received_at + SECOND
    rows = records.posts_over(session, case.grids, case.since, until)
    held = records.postings(session, rows, case.since, until)
    persons = {row.person_id for row in rows}
    excuses = records.excuses_over(session, persons, [], case.since, until)
    scene = _scene(session, case)
    names = [f"cell:{one}" for one in lay.cells] + [f"plan:{one.plan}" for one in obligations]
    warned = warned_of(session, names, lay.places, finding.seen_at)
    return Facts(
        scene=scene,
        proofs=tuple(_proofs(session, case)),
        obligations=obligations,
        endings=tuple(_endings(session, case, obligations)),
        posts=tuple(
            (row.recorded_at, replace(post, grid_id=lay.became[post.grid_id].grid_id))
            for row, post in zip(rows, held, strict=True)
        ),
        excuses=tuple(records.entry(row) for row in excuses),
        visits=tuple(_visits(session, case)),
        told=(*told_of(session, case.subject), *warned),
        receipts=tuple(done.receipts(session, case)),
        stoppings=done.stoppings(session, finding),
        remedies=tuple(done.remedies(session, finding)),
        asides=tuple(done.asides(session, finding)),
        repeats=finding.repeat_of is not None,
        dispatches=tuple(done.dispatches(session, case)),
        pauses=(
            *pauses_of(session, case.subject, finding.received_at),
            *done.hung(session, finding),
        ),
        emptied=tuple(emptied(session, persons)),
        figures=FIGURES,
    )


def _scene(session: Session, case: Case) -> Scene:
    finding = case.finding
    crew = crews_of(session, [finding.round_id]).at(finding.round_id, finding.seen_at)
    return Scene(
        finding=finding.id,
        cell=finding.cell_id,
        path=case.path,
        top_tier=people.street_tier(session),
        topic=finding.topic,
        persistence=case.kind.persistence,
        source=finding.source,
        found_at=finding.seen_at,
        finders=frozenset({finding.officer_id, *crew}),
        known_at=finding.received_at,
    )


def _proofs(session: Session, case: Case) -> Iterator[Proof]:
    """Notes of the cell and topic, evidence somebody brought, and findings joined to this one."""
    finding = case.finding
    notes = [
        note
        for cell_id in case.ground.cells
        for note in rounds.notes_in(session, cell_id, case.since, finding.seen_at)
        if note.topic == finding.topic
    ]
    crews = crews_of(session, (note.round_id for note in notes))
    for note in notes:
        grade = Grade.C if note.pending else note.grade
        others = crews.at(note.round_id, note.seen_at) - {note.officer_id}
        evidence = Evidence(
            f"clear_note:{note.id}",
            Shows.ABSENCE,
            note.seen_at,
            note.officer_id,
            grade,
            _metres(finding, note.lon, note.lat),
            supported=grade is Grade.A or bool(others),
        )
        yield Proof(evidence, note.received_at)
    brought = session.scalars(select(Onset).where(col(Onset.finding_id) == finding.id))
    taken = {f"clear_note:{note.id}" for note in notes}
    for row in brought:
        if row.source not in taken:
            shows = Shows(row.proof.value)
            name = row.source or f"onset:{row.id}"
            yield Proof(Evidence(name, shows, row.at, row.officer_id), row.recorded_at)
    for other in session.scalars(select(Finding).where(_linked(finding))):
        shown = Evidence(f"finding:{other.id}", Shows.PRESENCE, other.seen_at, other.officer_id)
        for since, until in done.spoken(session, other, at=finding.seen_at):
            yield Proof(shown, since, until=until)


def _linked(finding: Finding) -> ColumnElement[bool]:
    """Findings said to be the same thing."""
    return or_(
        col(Finding.joined_to) == finding.id,
        col(Finding.repeat_of) == finding.id,
        col(Finding.id).in_([each for each in (finding.joined_to, finding.repeat_of) if each]),
    )


def _seen_there(session: Session, finding: Finding) -> Iterator[datetime]:
    """When somebody saw it there, by evidence brought and by findings of the same thing."""
    brought = select(col(Onset.at)).where(
        col(Onset.finding_id) == finding.id, col(Onset.proof) == Shows.PRESENCE
    )
    yield from session.scalars(brought)
    yield from session.scalars(select(col(Finding.seen_at)).where(_linked(finding)))


def _obligations(session: Session, case: Case) -> Iterator[Obligation]:
    """The versions of plans over this cell, with their windows until the discovery."""
    finding = case.finding
    until = finding.seen_at + SECOND
    found = plans.plans_over(session, case.grids, since=case.since, until=until)
    tiers = hung(session, {plan.grid_id for plan in found})  # also of grids that were split since
    for plan in found:
        level = Level(plan.role, tiers[plan.grid_id][0] if plan.role is Role.HEAD else None)
        held = {
            stay: held_over(session, plan, stay.cell_id)
            for stay in case.ground.stays
            if plan.grid_id in stay.scopes
        }
        yield Obligation(
            plan=plan.id,
            line=plan.line,
            level=level,
            covers_place=any(held.values()),
            covers_topic=finding.topic in plan.topics,
            grade=Grade(plan.grade),
            windows=tuple(
                reach
                for reach in reaches(plan.terms(case.calendar.zone), case.since, until)
                if _holds(held, case.ground, reach.window.start)
            ),
            known_at=plan.published_at or plan.made_at,
            until=plan.valid_to,
            planner=plan.published_by or plan.made_by,
            signatures=tuple(_signatures(plan)),
        )


def _holds(held: Mapping[Stay, Iterable[Held]], lay: Ground, at: datetime) -> bool:
    """Whether the cell in which the spot lay at a moment belonged to the scope of a plan then."""
    return any(one.holds(at) for one in held.get(lay.at(at), ()))


def _signatures(plan: Plan) -> Iterator[Signature]:
    if plan.floor_signed_by is not None:
        at = plan.published_at or plan.made_at
        for need in plan.signed_for or [Need.FLOOR]:
            yield Signature(_SIGNED[Need(need)], plan.floor_signed_by, f"plan:{plan.id}", at)


def _endings(
    session: Session, case: Case, obligations: Iterable[Obligation]
) -> Iterator[Signature]:
    """Under plans that were ended although they covered this: lately, or with none since."""
    finding = case.finding
    far = finding.seen_at - FIGURES.look_back
    lately = tuple(since_then(obligations, far))
    since = first_opening(lately, far) if any(one.covers for one in lately) else None
    for plan in plans.ended_outright(
        session, case.grids, topic=finding.topic, since=since, until=finding.seen_at
    ):
        by, at = plan.end_signed_by, plan.end_signed_at
        if by and at and any(held_over(session, plan, one) for one in case.ground.cells):
            yield Signature("ended", by, f"plan:{plan.id}", at)


_SIGNED = {Need.FLOOR: "under-floor", Need.SCOPE: "scope-out", Need.LOAD: "too-much"}


def _visits(session: Session, case: Case) -> Iterator[Visit]:
    """Everybody's visits of the cell until the discovery, and how near they came to the spot."""
    finding = case.finding
    until = finding.seen_at + SECOND
    rows = [
        row
        for cell_id in case.ground.cells
        for row in rounds.visits_in(session, cell_id, case.since, until)
    ]
    crews = crews_of(session, (row.round_id for row in rows))
    tracks = _tracks(session, {row.round_id for row in rows})
    for row in rows:
        yield Visit(
            id=row.id,
            crew=crews.at(row.round_id, row.seen_at) | {row.officer_id},
            seen_at=row.seen_at,
            known_at=row.received_at,
            grade=Grade.C if row.pending else row.grade,
            metres=_nearest(finding, row, tracks.get(row.round_id, NO_TRACK)),
            backfilled=row.backfill,
            confirmed_at=row.received_at if row.confirmed_by else None,
        )


def _nearest(finding: Finding, row: VisitRow, track: Numbers) -> float | None:
    """How near to the spot a visit came, by its own fix and the exact track around it."""
    around = abs(track[:, 3] - row.seen_at.timestamp()) <= APART.total_seconds()
    around &= track[:, 2] < COARSE
    near = metres_from(finding.lon, finding.lat, track[around, :2])
    own = _metres(finding, row.lon, row.lat)
    return min((*near.tolist(), *((own,) if own is not None else ())), default=None)


def _tracks(session: Session, round_ids: Iterable[UUID]) -> dict[UUID, Numbers]:
    """The fixes of rounds as they are kept: rows of lon, lat, accuracy and epoch seconds."""
    found: dict[UUID, list[Any]] = {}
    query = select(col(TrackBatch.round_id), col(TrackBatch.points))
    query = query.where(col(TrackBatch.round_id).in_(list(round_ids)))
    for round_id, points in session.execute(query):
        found.setdefault(round_id, []).extend(points)
    return {one: np.array(points, dtype=float).reshape(-1, 4) for one, points in found.items()}


def _metres(finding: Finding, lon: float | None, lat: float | None) -> float | None:
    if lon is None or lat is None:
        return None
    at = finding.seen_at
    return metres_between(Fix(finding.lon, finding.lat, 0.0, at), Fix(lon, lat, 0.0, at))
