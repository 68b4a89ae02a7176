"""Reading checks: what a draw is made from, what is to be checked, what was seen and told."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.checks.model import Draw, Inspection, SpotCheck
from patrol.checks.rules import (
    AROUND,
    LATELY,
    Barred,
    Match,
    Noted,
    Reported,
    Saw,
    Told,
    Urn,
    Visited,
    drawn,
    match,
)
from patrol.core.access import Actor, May, within
from patrol.core.roles import WALKERS
from patrol.findings.model import Finding
from patrol.findings.queries import subject as of_finding
from patrol.findings.rules import Source
from patrol.grid import queries as grids
from patrol.grid.model import Cell, Grid
from patrol.people import queries as people
from patrol.people import records
from patrol.people import rules as posts
from patrol.plans.model import Plan, PlanState, Standing
from patrol.rounds.model import ClearNote, Visit
from patrol.rounds.rules import Grade

MOST = 50
MOMENT = timedelta(seconds=1)


@dataclass(frozen=True)
class Drawing:
    """What a draw is made from, and who and what was left out of it and why."""

    urn: Urn
    excluded: list[tuple[str, Barred]]


def drawing(session: Session, grid: Grid, seed: str, wanted: int, *, now: datetime) -> Drawing:
    """The cells and checkers below a grid that can be drawn."""
    below = {one.id: one.path for one in grids.below(session, grid.id)}
    cells: dict[UUID, UUID] = {
        row[0]: row[1]
        for row in session.execute(
            select(col(Cell.id), col(Cell.grid_id)).where(
                col(Cell.grid_id).in_(below), grids.current(Cell)
            )
        )
    }
    planned = set(
        session.scalars(
            select(col(Standing.cell_id))
            .join(Plan, col(Plan.id) == col(Standing.plan_id))
            .where(col(Standing.grid_id).in_(below), col(Plan.state) == PlanState.PUBLISHED)
        )
    )
    checked = set(
        session.scalars(
            select(col(Inspection.cell_id)).where(
                col(Inspection.grid_id).in_(below), col(Inspection.seen_at) > now - LATELY
            )
        )
    )
    held = records.postings(session, records.held(session, below, at=now), now, now + MOMENT)
    walking = [post for post in held if post.role in WALKERS]
    bound = {post.person_id for post in walking if posts.binds(post, now)}
    excuses = records.excuses_over(session, bound, [], now, now + MOMENT)
    away = posts.away_at([records.entry(one) for one in excuses], now) & bound
    own: dict[str, set[str]] = defaultdict(set)
    for cell_id, grid_id in cells.items():
        for post in walking:
            if below[grid_id].startswith(below[post.grid_id]):
                own[str(cell_id)].add(str(post.person_id))
    checkers = sorted(str(one) for one in bound - away)
    open_ = [cell for cell in cells if cell in planned and cell not in checked]
    left = [str(cell) for cell in open_ if set(checkers) - own[str(cell)]]
    excluded = [
        *((f"cell:{one}", Barred.NO_PLAN) for one in cells if one not in planned),
        *((f"cell:{one}", Barred.CHECKED_LATELY) for one in cells if one in planned & checked),
        *((f"cell:{one}", Barred.OWN_DUTY) for one in open_ if str(one) not in left),
        *((f"person:{one}", Barred.AWAY) for one in away),
        *(
            (f"person:{one}", Barred.UNBOUND)
            for one in {post.person_id for post in walking} - bound
        ),
    ]
    urn = Urn(seed, sorted(left), checkers, {cell: own[cell] for cell in left}, wanted)
    return Drawing(urn, sorted(excluded))


def urn_of(draw: Draw) -> Urn:
    """The urn of a draw as it was kept."""
    return Urn(**draw.urn)


def again(draw: Draw) -> list[list[str]]:
    """What the kept urn gives when it is drawn from once more."""
    return [list(pair) for pair in drawn(urn_of(draw))]


# For the pages


@dataclass(frozen=True)
class CheckCard:
    """A cell that somebody was drawn to check."""

    id: UUID
    place: str
    cell_number: int
    checker: str
    due_at: datetime
    done_at: datetime | None


@dataclass(frozen=True)
class InspectionCard:
    """What was seen at a place, beside what the patrol told of it."""

    id: UUID
    place: str
    cell_number: int
    by: str
    saw: Saw
    topics: Sequence[str]
    remark: str
    seen_at: datetime
    received_at: datetime
    finding_id: UUID | None
    match: Match
    told: Told


def draws(session: Session, actor: Actor) -> list[tuple[Draw, str]]:
    """The draws this person may see with their grids' names, the latest first."""
    query = (
        select(Draw, col(Grid.name))
        .join(Grid, col(Grid.id) == col(Draw.grid_id))
        .where(within(actor, May.DRAW_CHECK, Draw))
        .order_by(col(Draw.drawn_at).desc())
        .limit(MOST)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def to_check(session: Session, actor: Actor) -> list[CheckCard]:
    """What this person was drawn to check and has not, the nearest day first."""
    query = select(SpotCheck).where(
        col(SpotCheck.officer_id) == actor.id, col(SpotCheck.done_at).is_(None)
    )
    return check_cards(session, session.scalars(query.order_by(col(SpotCheck.due_at)).limit(MOST)))


def of_draw(session: Session, draw_id: UUID) -> list[CheckCard]:
    """The checks of a draw."""
    query = select(SpotCheck).where(col(SpotCheck.draw_id) == draw_id)
    return check_cards(session, session.scalars(query.order_by(col(SpotCheck.id))))


def check_cards(session: Session, checks: Iterable[SpotCheck]) -> list[CheckCard]:
    """Checks ready for a page."""
    found = list(checks)
    places = _places(session, {one.cell_id for one in found})
    names = people.names(session, [one.officer_id for one in found])
    return [
        CheckCard(
            one.id, *places[one.cell_id], names.get(one.officer_id, ""), one.due_at, one.done_at
        )
        for one in found
    ]


def inspections(session: Session, actor: Actor) -> list[InspectionCard]:
    """What was seen where this person may look, the latest first."""
    query = (
        select(Inspection)
        .where(within(actor, May.SEE_CHECK, Inspection))
        .order_by(col(Inspection.seen_at).desc(), col(Inspection.id))
        .limit(MOST)
    )
    return inspection_cards(session, list(session.scalars(query)))


def inspection_cards(session: Session, found: Sequence[Inspection]) -> list[InspectionCard]:
    """Inspections ready for a page, each compared with what the patrol told around it."""
    places = _places(session, {one.cell_id for one in found})
    names = people.names(session, [one.officer_id for one in found])
    cards = []
    for one in found:
        told = told_of(session, one.cell_id, one.seen_at, but=one.officer_id)
        cards.append(
            InspectionCard(
                one.id,
                *places[one.cell_id],
                names.get(one.officer_id, ""),
                one.saw,
                one.topics,
                one.remark,
                one.seen_at,
                one.received_at,
                one.finding_id,
                match(one.saw, one.topics, told, one.seen_at),
                told,
            )
        )
    return cards


def told_of(session: Session, cell_id: UUID, at: datetime, *, but: UUID) -> Told:
    """What the patrol, which `but` is not of, told of a cell within a day of a moment."""

    def around(model: Any) -> Any:
        return select(model).where(
            model.cell_id == cell_id,
            model.officer_id != but,
            model.seen_at.between(at - AROUND, at + AROUND),
        )

    reported = select(Finding).where(
        col(Finding.cell_id) == cell_id,
        col(Finding.officer_id) != but,
        col(Finding.source) == Source.PATROL,
        col(Finding.seen_at) <= at + AROUND,
    )
    return Told(
        sorted(
            (Visited(one.seen_at, one.grade) for one in session.scalars(around(Visit))),
            key=lambda one: one.at,
        ),
        sorted(
            (
                Noted(one.seen_at, one.topic, not one.pending and one.grade.meets(Grade.B))
                for one in session.scalars(around(ClearNote))
            ),
            key=lambda one: (one.at, one.topic),
        ),
        sorted(
            (
                Reported(one.seen_at, one.topic, one.resolved_at)
                for one in session.scalars(reported)
                if one.resolved_at is None or one.resolved_at > at - AROUND
            ),
            key=lambda one: one.at,
        ),
    )


def named(session: Session, excluded: Iterable[Sequence[str]]) -> list[tuple[str, Barred]]:
    """Who and what was left out, by name; cells by their code."""
    pairs = [(what.partition(":"), why) for what, why in excluded]
    ids: Mapping[str, set[UUID]] = {
        noun: {UUID(what[2]) for what, _ in pairs if what[0] == noun} for noun in ("cell", "person")
    }
    codes = {
        row[0]: row[1]
        for row in session.execute(
            select(col(Cell.id), col(Cell.code)).where(col(Cell.id).in_(ids["cell"]))
        )
    }
    names = codes | people.names(session, ids["person"])
    return [(names.get(UUID(what[2]), what[2]), Barred(why)) for what, why in pairs]


def subject(seen: Inspection) -> str:
    """What its photos show: the finding it opened, or the check itself."""
    return of_finding(seen.finding_id) if seen.finding_id else f"inspection:{seen.id}"


def _places(session: Session, cell_ids: Collection[UUID]) -> dict[UUID, tuple[str, int]]:
    rows = session.execute(
        select(col(Cell.id), col(Grid.name), col(Cell.number))
        .join(Grid, col(Grid.id) == col(Cell.grid_id))
        .where(col(Cell.id).in_(cell_ids))
    )
    return {row[0]: (row[1], row[2]) for row in rows}
