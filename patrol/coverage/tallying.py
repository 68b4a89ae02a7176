"""Keeps the tallies of days by following the ledger, so that no page ever adds up history.

Every act on a visit, a track, a finding or a window is a line of the ledger; the days of grids
that the next lines touch are counted anew from the records themselves. Counting a day twice
gives the same, so a step that was lost is simply taken again.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, func, insert, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from patrol.catalogue.model import Setting
from patrol.coverage.model import COUNTING, DayTally, OnTime
from patrol.coverage.rules import ends_on
from patrol.findings.model import Finding
from patrol.findings.rules import Source, Stage
from patrol.grid.model import Cell
from patrol.handling.model import Step
from patrol.ledger.model import LedgerEntry
from patrol.plans.excusing import recount
from patrol.plans.model import Plan, WindowCredit, WindowResult
from patrol.plans.windows import midnight
from patrol.rounds.model import Passage, Round, Visit
from patrol.rounds.rules import Grade, is_late

TALLIED = "coverage.tallied"  # where the last line followed is kept: its number and its moment
RULED = ("excuse.approved", "excuse.refused")  # perhaps after the windows closed
LINES = 500  # of the ledger, followed in one step
_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
Touched = set[tuple[date, UUID]]


def tallied_until(session: Session) -> datetime | None:
    """The moment of the last act that the tallies know of; none before the first."""
    kept = session.get(Setting, TALLIED)
    return datetime.fromisoformat(kept.value[1]) if kept else None


def tally_next(session: Session, *, zone: ZoneInfo) -> int | None:
    """Follow the next lines of the ledger; how many, None when there are none."""
    kept = session.get(Setting, TALLIED)
    lines = session.execute(
        select(
            col(LedgerEntry.seq), col(LedgerEntry.at), col(LedgerEntry.kind),
            col(LedgerEntry.subject),
        )
        .where(col(LedgerEntry.seq) > (kept.value[0] if kept else 0))
        .order_by(col(LedgerEntry.seq))
        .limit(LINES)
    ).all()  # fmt: skip
    if not lines:
        return None
    days: dict[date, set[UUID]] = defaultdict(set)
    for day, grid_id in _touched(session, lines, zone):
        days[day].add(grid_id)
    for day, grids in sorted(days.items()):
        _count(session, day, grids, zone)
    told = [lines[-1].seq, lines[-1].at.isoformat()]
    if kept is None:
        session.add(Setting(key=TALLIED, value=told))
    else:
        kept.value = told
    return len(lines)


def _touched(session: Session, lines: Sequence[Any], zone: ZoneInfo) -> Touched:
    """The days of grids that these lines of the ledger say something about."""
    visits = _subjects(lines, "visit.recorded", "visit.graded", "visit.confirmed")
    found = _of_visits(session, visits, zone)
    found |= _of_tracks(session, _subjects(lines, "track.received"), zone)
    findings = _subjects(lines, "finding.recorded", "finding.joined")
    findings |= _voided(session, _subjects(lines, "finding.moved"))
    found |= _of_findings(session, findings, zone)
    for line in lines:
        if line.kind == "window.closed":
            found |= _of_window(session, line, zone)
        elif line.kind in RULED:
            recount(session, _subject(line), now=line.at)
    return found


def _subjects(lines: Iterable[Any], *kinds: str) -> set[UUID]:
    return {_subject(line) for line in lines if line.kind in kinds}


def _subject(line: Any) -> UUID:
    return UUID(line.subject.rpartition(":")[2])


def _of_visits(session: Session, ids: Collection[UUID], zone: ZoneInfo) -> Touched:
    """The days of visits, of those that waited for the next visit, and of windows around them."""
    later = aliased(Visit)
    following = (
        select(func.min(col(later.seen_at)))
        .where(col(later.cell_id) == col(Visit.cell_id), col(later.seen_at) > col(Visit.seen_at))
        .correlate(Visit)
        .scalar_subquery()
    )
    found: Touched = set()
    query = select(col(Visit.grid_id), col(Visit.seen_at), following).where(col(Visit.id).in_(ids))
    seen: dict[UUID, list[datetime]] = defaultdict(list)
    for grid_id, at, next_at in session.execute(query) if ids else ():
        found |= {(ends_on(one + _INSTANT, zone), grid_id) for one in (at, next_at) if one}
        seen[grid_id].append(at)
    for grid_id, moments in seen.items():
        ended = select(col(WindowResult.to_at)).where(
            col(WindowResult.grid_id) == grid_id,
            col(WindowResult.to_at) > min(moments),
            col(WindowResult.from_at) <= max(moments),
        )
        found |= {(ends_on(at, zone), grid_id) for at in session.scalars(ended)}
    return found


def _of_tracks(session: Session, rounds: Collection[UUID], zone: ZoneInfo) -> Touched:
    """The days that passages lie in: one may have begun on a later day before this track came."""
    query = select(col(Passage.grid_id), col(Passage.first_at), col(Passage.last_at))
    found = session.execute(query.where(col(Passage.round_id).in_(rounds))) if rounds else ()
    touched: Touched = set()
    for grid_id, first_at, last_at in found:
        day, last = (ends_on(at + _INSTANT, zone) for at in (first_at, last_at))
        while day <= last:
            touched.add((day, grid_id))
            day += _DAY
    return touched


def _voided(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Those of these findings that were ever void: then they are none, or are one again."""
    query = select(col(Step.finding_id)).where(
        col(Step.finding_id).in_(ids),
        or_(col(Step.from_stage) == Stage.VOID, col(Step.to_stage) == Stage.VOID),
    )
    return set(session.scalars(query)) if ids else set()


def _of_findings(session: Session, ids: Collection[UUID], zone: ZoneInfo) -> Touched:
    query = select(col(Finding.grid_id), col(Finding.seen_at)).where(col(Finding.id).in_(ids))
    found = session.execute(query) if ids else ()
    return {(ends_on(at + _INSTANT, zone), grid_id) for grid_id, at in found}


def _of_window(session: Session, line: Any, zone: ZoneInfo) -> Touched:
    """The grids of a window that was closed at the moment of this line."""
    query = select(col(WindowResult.grid_id), col(WindowResult.to_at)).where(
        col(WindowResult.plan_id) == _subject(line), col(WindowResult.closed_at) == line.at
    )
    return {(ends_on(at, zone), grid_id) for grid_id, at in session.execute(query)}


def _count(session: Session, day: date, grids: Collection[UUID], zone: ZoneInfo) -> None:
    """Count one day of these grids from the records."""
    start, end = midnight(day, zone), midnight(day + _DAY, zone)
    rows: dict[tuple[UUID, UUID], dict[str, Any]] = defaultdict(dict)
    _add_visits(session, rows, grids, start, end)
    for grid_id, officer_id, metres, seconds in session.execute(
        select(
            col(Passage.grid_id), col(Round.officer_id),
            func.sum(col(Passage.metres)), func.sum(col(Passage.seconds)),
        )
        .join(Round, col(Round.id) == col(Passage.round_id))
        .where(*_within(Passage.grid_id, Passage.first_at, grids, start, end))
        .group_by(col(Passage.grid_id), col(Round.officer_id))
    ):  # fmt: skip
        rows[grid_id, officer_id] |= {"metres": metres, "seconds": seconds}
    for grid_id, officer_id, finds in session.execute(
        select(col(Finding.grid_id), col(Finding.officer_id), func.count())
        .where(
            *_within(Finding.grid_id, Finding.seen_at, grids, start, end),
            col(Finding.source) == Source.PATROL,
            col(Finding.stage) != Stage.VOID,
        )
        .group_by(col(Finding.grid_id), col(Finding.officer_id))
    ):
        rows[grid_id, officer_id]["finds"] = finds
    session.execute(
        delete(DayTally).where(col(DayTally.day) == day, col(DayTally.grid_id).in_(grids))
    )
    session.add_all(
        DayTally(day=day, grid_id=grid_id, officer_id=officer_id, **told)
        for (grid_id, officer_id), told in sorted(rows.items())
    )
    session.flush()
    _time_windows(session, grids, start, end)


def _within(
    grid_id: Any, moment: Any, grids: Collection[UUID], start: datetime, end: datetime
) -> list[ColumnElement[bool]]:
    return [col(grid_id).in_(grids), col(moment) >= start, col(moment) < end]


def _add_visits(
    session: Session,
    rows: dict[tuple[UUID, UUID], dict[str, Any]],
    grids: Collection[UUID],
    start: datetime,
    end: datetime,
) -> None:
    before = (
        select(func.max(col(Visit.seen_at)))
        .where(col(Visit.cell_id) == col(Cell.id), col(Visit.seen_at) < start)
        .correlate(Cell)
        .scalar_subquery()
    )
    cells = session.execute(select(col(Cell.id), before).where(col(Cell.grid_id).in_(grids)))
    last: dict[UUID, datetime] = {cell_id: at for cell_id, at in cells if at is not None}
    earlier: dict[UUID, datetime] = {}  # the visit before the last moment of a cell
    visits = session.execute(
        select(
            col(Visit.grid_id), col(Visit.officer_id), col(Visit.cell_id), col(Visit.seen_at),
            col(Visit.made_at), col(Visit.received_at), col(Visit.backfill),
        )
        .where(*_within(Visit.grid_id, Visit.seen_at, grids, start, end))
        .order_by(col(Visit.seen_at))
    )  # fmt: skip
    for grid_id, officer_id, cell_id, seen, made, received, backfill in visits:
        told = rows[grid_id, officer_id]
        if seen > last.get(cell_id, seen):  # two at one moment waited for the same
            earlier[cell_id] = last[cell_id]
        last[cell_id] = seen
        gap = (seen - earlier.get(cell_id, seen)).total_seconds()
        told["visits"] = told.get("visits", 0) + 1
        told["backfilled"] = told.get("backfilled", 0) + backfill
        told["late"] = told.get("late", 0) + is_late(made, received)
        told["gap"] = max(told.get("gap", 0.0), gap)


def _time_windows(
    session: Session, grids: Collection[UUID], start: datetime, end: datetime
) -> None:
    """Count the cells served before the end of windows that had a grace after it."""
    graced = session.execute(
        select(WindowResult, col(Plan.grade))
        .join(Plan, col(Plan.id) == col(WindowResult.plan_id))
        .where(
            col(WindowResult.grid_id).in_(grids),
            col(WindowResult.to_at) > start,
            col(WindowResult.to_at) <= end,
            col(WindowResult.closed_at) > col(WindowResult.to_at),
        )
    ).all()
    for result, grade in graced:
        key = result.plan_id, result.grid_id, result.from_at
        session.execute(
            delete(OnTime).where(
                col(OnTime.plan_id) == key[0],
                col(OnTime.grid_id) == key[1],
                col(OnTime.from_at) == key[2],
            )
        )
        served = _served(session, result, grade)
        fields = dict(zip(("plan_id", "grid_id", "from_at"), key, strict=True))
        session.execute(insert(OnTime).values(**fields, cells=min(served, result.done)))


def _served(session: Session, result: WindowResult, grade: str) -> int:
    inside = select(col(Visit.id)).where(
        col(Visit.cell_id) == col(WindowCredit.cell_id),
        col(Visit.seen_at) >= result.from_at,
        col(Visit.seen_at) < result.to_at,
        col(Visit.grade).in_([one for one in Grade if one.value <= grade]),
        *COUNTING,
    )
    query = select(func.count()).where(
        col(WindowCredit.plan_id) == result.plan_id,
        col(WindowCredit.from_at) == result.from_at,
        col(WindowCredit.grid_id) == result.grid_id,
        inside.exists(),
    )
    return session.scalar(query) or 0
