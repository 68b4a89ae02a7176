"""Reading findings: the list, one in full, its evidence, and what it may repeat."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import Session, col

from patrol.catalogue import queries as catalogue
from patrol.catalogue.model import EventClass, HandlingUnit
from patrol.core.access import Actor, May, within
from patrol.core.geo import distance_m
from patrol.core.roles import Role
from patrol.findings.model import Finding, Onset, Stopping
from patrol.findings.rules import (
    ENDED,
    REPEAT_WITHIN,
    Bounds,
    Candidate,
    Evidence,
    Proof,
    Severity,
    Source,
    Stage,
    bounds,
    candidates,
)
from patrol.grid.model import Cell, Grid
from patrol.grid.queries import cell_at
from patrol.people import queries as people
from patrol.people import records
from patrol.people.queries import Holder
from patrol.photos import queries as photos
from patrol.photos.queries import PhotoCard
from patrol.rounds import queries as rounds
from patrol.rounds.model import ClearNote, Round, Visit
from patrol.rounds.rules import Grade

PAGE = 50  # rows of a page of the list
DEGREE = 1 / 111_320  # of latitude, a metre


@dataclass(frozen=True)
class FindingCard:
    """A finding as a row of a list; clocks are moments, the page says how long is left."""

    id: UUID
    number: str
    class_name: str
    class_name_en: str
    severity: Severity
    source: Source
    stage: Stage
    cell_number: int
    grid_id: UUID
    grid_name: str
    officer: str
    unit: str | None
    seen_at: datetime
    received_at: datetime
    stop_due_at: datetime | None
    handle_due_at: datetime | None
    stopped_at: datetime | None
    resolved_at: datetime | None
    remedied: bool | None
    photos: tuple[PhotoCard, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether nothing more is to be done."""
        return self.stage in ENDED

    @property
    def due_at(self) -> datetime | None:
        """The clock that runs out next: to stop while it is not stopped, then to handle."""
        if self.ended:
            return None
        waiting = [self.stop_due_at] if self.stopped_at is None else []
        known = [each for each in (*waiting, self.handle_due_at) if each is not None]
        return min(known, default=None)

    @property
    def picture(self) -> PhotoCard | None:
        """The first photo that can be looked at."""
        return next((each for each in self.photos if each.here), None)


@dataclass(frozen=True)
class Filters:
    """What a list of findings is narrowed to, as its address says."""

    show: str = "open"  # open, mine, overdue, closed, all
    stage: Stage | None = None
    source: Source | None = None
    severity: Severity | None = None
    topic: str | None = None
    grid_id: UUID | None = None
    words: str = ""


@dataclass(frozen=True)
class Page:
    """One page of the list and whether there is another."""

    cards: list[FindingCard] = field(default_factory=list)
    number: int = 1
    more: bool = False
    total: int = 0


def by_id(session: Session, finding_id: UUID) -> Finding | None:
    """One finding."""
    return session.get(Finding, finding_id)


def index(
    session: Session, actor: Actor, filters: Filters, *, page: int = 1, now: datetime
) -> Page:
    """What the reader may see of it, newest first."""
    wanted = [within(actor, May.SEE_FINDING, Finding), *_narrowed(actor, filters, now)]
    total = session.scalar(select(func.count(col(Finding.id))).where(*wanted)) or 0
    query = (
        select(Finding)
        .where(*wanted)
        .order_by(col(Finding.seen_at).desc(), col(Finding.id))
        .offset((page - 1) * PAGE)
        .limit(PAGE + 1)
    )
    found = list(session.scalars(query))
    return Page(cards(session, found[:PAGE]), page, len(found) > PAGE, total)


def open_in(session: Session, grid_ids: Collection[UUID], *, limit: int = 50) -> list[FindingCard]:
    """Unresolved findings of some grids, newest first."""
    query = (
        select(Finding)
        .where(col(Finding.grid_id).in_(set(grid_ids)), col(Finding.resolved_at).is_(None))
        .order_by(col(Finding.seen_at).desc())
        .limit(limit)
    )
    return cards(session, list(session.scalars(query)))


def recent(session: Session, since: datetime) -> list[Finding]:
    """Findings seen since a moment, in order."""
    query = select(Finding).where(col(Finding.seen_at) >= since)
    return list(session.scalars(query.order_by(col(Finding.seen_at), col(Finding.id))))


def cards(session: Session, findings: Sequence[Finding]) -> list[FindingCard]:
    """Findings ready for a list, in as many queries as for one."""
    kinds = catalogue.classes_by_id(session, {each.class_id for each in findings})
    names = people.names(session, {each.officer_id for each in findings})
    cells = _texts(session, Cell, {each.cell_id for each in findings}, Cell.number)
    grids = _texts(session, Grid, {each.grid_id for each in findings}, Grid.name)
    unit_ids = {each.unit_id for each in findings if each.unit_id}
    units = _texts(session, HandlingUnit, unit_ids, HandlingUnit.name)
    shown = photos.of_subjects(session, [subject(each.id) for each in findings])
    return [
        FindingCard(
            id=each.id,
            number=each.number,
            class_name=kinds[each.class_id].name,
            class_name_en=kinds[each.class_id].name_en,
            severity=each.severity,
            source=each.source,
            stage=each.stage,
            cell_number=cells[each.cell_id],
            grid_id=each.grid_id,
            grid_name=grids[each.grid_id],
            officer=names.get(each.officer_id, ""),
            unit=units.get(each.unit_id) if each.unit_id else None,
            seen_at=each.seen_at,
            received_at=each.received_at,
            stop_due_at=each.stop_due_at,
            handle_due_at=each.handle_due_at,
            stopped_at=each.stopped_at,
            resolved_at=each.resolved_at,
            remedied=each.remedied,
            photos=tuple(shown.get(subject(each.id), ())),
        )
        for each in findings
    ]


def subject(finding_id: UUID) -> str:
    """How matters, photos and the ledger name a finding."""
    return f"finding:{finding_id}"


# Its evidence


def known_since(session: Session, visit: Visit, *, by: datetime) -> bool:
    """Whether somebody told by a moment of a violation seen in a visit's cell after the visit."""
    query = select(col(Finding.id)).where(
        col(Finding.cell_id) == visit.cell_id,
        col(Finding.seen_at) >= visit.seen_at,
        col(Finding.received_at) <= by,
    )
    return session.scalars(query.limit(1)).first() is not None


def onsets_of(session: Session, finding_id: UUID) -> list[Onset]:
    """Evidence that somebody brought on when it began, in order."""
    query = select(Onset).where(col(Onset.finding_id) == finding_id)
    return list(session.scalars(query.order_by(col(Onset.at), col(Onset.id))))


def stops_of(session: Session, finding_id: UUID) -> list[Stopping]:
    """The acts to stop it, in order."""
    query = select(Stopping).where(col(Stopping.finding_id) == finding_id)
    return list(session.scalars(query.order_by(col(Stopping.seen_at), col(Stopping.id))))


def joined(session: Session, finding_id: UUID) -> list[Finding]:
    """Findings that turned out to be this one."""
    query = select(Finding).where(col(Finding.joined_to) == finding_id)
    return list(session.scalars(query.order_by(col(Finding.seen_at))))


def evidence(session: Session, finding: Finding) -> list[Evidence]:
    """Everything dated that shows it there or not there, itself included."""
    here = (finding.lon, finding.lat)
    since = finding.seen_at - REPEAT_WITHIN
    notes = [
        each
        for each in rounds.notes_in(session, finding.cell_id, since, finding.received_at)
        if each.topic == finding.topic
    ]
    crews = _crews(session, {each.round_id for each in notes})
    brought = [
        Evidence(each.source or f"onset:{each.id}", each.proof, each.at, each.officer_id)
        for each in onsets_of(session, finding.id)
    ]
    same = [
        Evidence(subject(each.id), Proof.PRESENCE, each.seen_at, each.officer_id)
        for each in (finding, *joined(session, finding.id))
    ]
    return [*(_absence(each, here, crews) for each in notes), *brought, *same]


def bounds_of(session: Session, finding: Finding) -> Bounds:
    """When it can have begun; the word of those who walk there is marked as their own."""
    roles = records.posts_over(session, [finding.grid_id], finding.seen_at, finding.received_at)
    return bounds(evidence(session, finding), frozenset(each.person_id for each in roles))


def _absence(note: ClearNote, here: tuple[float, float], crews: dict[UUID, bool]) -> Evidence:
    known = note.lon is not None and note.lat is not None
    metres = distance_m((note.lon or 0.0, note.lat or 0.0), here) if known else None
    return Evidence(
        f"clear_note:{note.id}",
        Proof.ABSENCE,
        note.seen_at,
        note.officer_id,
        Grade.C if note.pending else note.grade,
        metres,
        supported=note.grade is Grade.A or crews.get(note.round_id, False),
    )


def _crews(session: Session, round_ids: Iterable[UUID]) -> dict[UUID, bool]:
    found = session.scalars(select(Round).where(col(Round.id).in_(set(round_ids))))
    return {each.id: bool(each.crew) for each in found}


# What it may repeat


@dataclass(frozen=True)
class Repeat:
    """An earlier finding that may be the same thing."""

    card: FindingCard
    metres: float


def repeats(
    session: Session,
    actor: Actor,
    kind: EventClass,
    spot: tuple[float, float],
    seen_at: datetime,
    *,
    but: UUID | None = None,
) -> list[Repeat]:
    """Findings of that class near a spot within 90 days, closed ones too, nearest first."""
    reach = kind.radius * DEGREE * 2  # a box that holds the circle at the latitudes of cities
    same = select(col(EventClass.id)).where(col(EventClass.code) == kind.code)
    query = select(Finding).where(
        within(actor, May.SEE_FINDING, Finding),
        col(Finding.class_id).in_(same),
        col(Finding.joined_to).is_(None),
        col(Finding.lon).between(spot[0] - reach, spot[0] + reach),
        col(Finding.lat).between(spot[1] - reach, spot[1] + reach),
        col(Finding.seen_at).between(seen_at - REPEAT_WITHIN, seen_at + REPEAT_WITHIN),
    )
    found = {each.id: each for each in session.scalars(query) if each.id != but}
    known = (
        Candidate(each.id, distance_m(spot, (each.lon, each.lat)), each.seen_at)
        for each in found.values()
    )
    near = candidates(known, seen_at, kind.radius)
    made = {each.id: each for each in cards(session, [found[each.id] for each in near])}
    return [Repeat(made[each.id], each.metres) for each in near]


@dataclass(frozen=True)
class Place:
    """Where a spot lies, and who answers there now."""

    cell: Cell
    grid_name: str
    answers: tuple[Holder, ...]


def place(session: Session, spot: tuple[float, float], *, at: datetime) -> Place | None:
    """The cell of a spot with those who patrol it; none outside of all grids."""
    cell = cell_at(session, *spot, at=at)
    if cell is None:
        return None
    name = _texts(session, Grid, {cell.grid_id}, Grid.name)[cell.grid_id]
    roles = (Role.OFFICER, Role.WORKER)
    found = (people.answering(session, cell.grid_id, role, at=at) for role in roles)
    return Place(cell, name, tuple(each[0] for each in found if each))


def last_number(session: Session, prefix: str) -> str | None:
    """The highest number given out that begins so."""
    number = col(Finding.number)
    query = select(func.max(number)).where(number >= prefix, number < prefix + "~")
    return session.scalar(query)


def _narrowed(actor: Actor, filters: Filters, now: datetime) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    match filters.show:
        case "mine":
            wanted.append(col(Finding.officer_id) == actor.id)
        case "closed":
            wanted.append(col(Finding.resolved_at).is_not(None))
        case "all":
            pass
        case "overdue":
            late_stop = col(Finding.stopped_at).is_(None) & (col(Finding.stop_due_at) <= now)
            late = or_(late_stop, col(Finding.handle_due_at) <= now)
            wanted += [col(Finding.resolved_at).is_(None), late]
        case _:
            wanted.append(col(Finding.resolved_at).is_(None))
    exact: dict[Any, Any] = {
        Finding.stage: filters.stage,
        Finding.source: filters.source,
        Finding.severity: filters.severity,
        Finding.topic: filters.topic,
        Finding.grid_id: filters.grid_id,
    }
    wanted += [col(column) == value for column, value in exact.items() if value is not None]
    if filters.words:
        number = col(Finding.number).icontains(filters.words, autoescape=True)
        remark = col(Finding.remark).icontains(filters.words, autoescape=True)
        wanted.append(or_(number, remark))
    return wanted


def _texts(session: Session, model: Any, ids: Collection[UUID], column: Any) -> dict[UUID, Any]:
    rows = session.execute(select(model.id, column).where(model.id.in_(set(ids))))
    return {row[0]: row[1] for row in rows}
