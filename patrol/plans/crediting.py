"""Crediting visits to the windows they serve, in the order in which they arrive."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, or_, select, update
from sqlmodel import Session, col

from patrol.core.questions import Question, Write
from patrol.core.roles import Role
from patrol.core.store import insert_new
from patrol.ledger.service import note
from patrol.plans import recut
from patrol.plans.following import pass_on
from patrol.plans.model import Plan, PlanState, Standing, WindowCredit, WindowResult
from patrol.plans.recut import Seen
from patrol.plans.rules import Cadence, Reach, Terms, Window, window_at

_LATE = timedelta(minutes=2)  # after which a cell may have left the scope of a plan meanwhile
_GRADES = "ABC"  # the best first
_REACHES = "patrol.plans.reaches"  # where a session keeps the windows it credited last

# Built once: visits come by the hundred, and building a statement costs more than running it.
_ASKING = (
    select(col(Standing.cell_id), col(Plan.role), *recut.OF_PLAN)
    .join(Standing, col(Standing.plan_id) == col(Plan.id))
    .where(col(Plan.state) != PlanState.DRAFT)
    .order_by(col(Plan.id))
)
_ASKING_FOR_ONE = Question(_ASKING.where(col(Standing.cell_id) == bindparam("cell")))
_ASKING_FOR_MANY = _ASKING.where(col(Standing.cell_id).in_(bindparam("cells", expanding=True)))
_MOVE = Write(
    update(Standing)
    .where(
        col(Standing.plan_id) == bindparam("plan"),
        col(Standing.cell_id) == bindparam("cell"),
        or_(col(Standing.seen_at).is_(None), col(Standing.seen_at) <= bindparam("at")),
    )
    .values(
        seen_at=bindparam("at"),
        visit_id=bindparam("visit"),
        grade=bindparam("grade"),
        officer_id=bindparam("officer"),
    )
)
_COUNT = Write(insert_new(WindowCredit))
_terms_of: Callable[[Any, ZoneInfo], Terms] = Plan.terms  # a row with its columns will do


class _Plan(NamedTuple):
    """A plan that asks for a cell, in the order of `recut.OF_PLAN`."""

    id: UUID
    grade: str
    closed_until: datetime | None
    state: PlanState
    valid_from: datetime
    valid_to: datetime | None
    cadence: Cadence
    rrule: str
    times: int
    hours: list[list[str]]
    grace: int
    workdays_only: bool

    def takes(self, visit: Seen) -> bool:
        """Whether the visit is proven as well as the plan asks."""
        return _GRADES.find(visit.grade) <= _GRADES.find(self.grade)

    def has_closed(self, window: Window) -> bool:
        """Whether what the window came to is written down already."""
        return self.closed_until is not None and self.closed_until > window.start


class _Taken(NamedTuple):
    """A visit that a plan takes for one of its windows."""

    plan: _Plan
    visit: Seen
    window: Window

    @property
    def is_late(self) -> bool:
        """Whether the window was closed before the visit arrived."""
        return self.plan.has_closed(self.window)

    def standing(self) -> dict[str, Any]:
        """Where the cell stands from now on."""
        return {
            "plan": self.plan.id,
            "cell": self.visit.cell_id,
            "at": self.visit.seen_at,
            "visit": self.visit.id,
            "grade": str(self.visit.grade),
            "officer": self.visit.officer_id,
        }

    def counted(self) -> dict[str, Any]:
        """The cell as counted in the window."""
        return {
            "plan_id": self.plan.id,
            "from_at": self.window.start,
            "cell_id": self.visit.cell_id,
            "grid_id": self.visit.grid_id,
        }


def credit(
    session: Session, visit: Seen, roles: Collection[Role], *, zone: ZoneInfo, now: datetime
) -> list[UUID]:
    """Credit one visit; returns the plans."""
    (plans,) = credit_each(session, [visit], roles, zone=zone, now=now)
    return plans


def credit_each(
    session: Session,
    visits: Sequence[Seen],
    roles: Collection[Role],
    *,
    zone: ZoneInfo,
    now: datetime,
) -> Iterator[list[UUID]]:
    """Credit visits to every plan that obliges their crew and was waiting at `seen_at`.

    A visit graded lower than a plan asks, or 补录 that nobody confirmed, earns nothing. Crediting
    again changes nothing, so a visit may be credited anew when later evidence lifts its grade. A
    visit that arrives after its window was closed amends the window's result. Everything is read
    and written at once; then, for each visit in turn, amendments are noted and its plans given.
    """
    valid = [visit for visit in visits if not visit.backfill or visit.confirmed_by is not None]
    plans = _asking(session, valid, roles)
    ended = _asked_then(
        session,
        [one for one in valid if one.cell_id not in plans or now - one.seen_at > _LATE],
        roles,
    )
    taken = {
        visit.id: [
            _Taken(plan, visit, reach.window)
            for plan in plans.get(visit.cell_id, ())
            if plan.takes(visit) and (reach := _open_at(session, plan, visit.seen_at, zone))
        ]
        for visit in valid
    }
    every = [one for each in taken.values() for one in each]
    move(session, [one.standing() for one in every])
    if counted := [one.counted() for one in every if not one.is_late]:
        _COUNT.do(session, *counted)
    pass_on(session, ((one.plan.id, one.visit.cell_id) for one in every if one.plan.valid_to))
    for visit in visits:
        given = taken.get(visit.id, [])
        for one in given:
            if one.is_late:
                _count_late(session, one, now=now)
        if visit.id in taken and visit.cell_id in ended:
            then = ended[visit.cell_id]
            before = _credit_ended(session, visit, then, roles, zone=zone, now=now)
            yield [*(one.plan.id for one in given), *before]
        else:
            yield [one.plan.id for one in given]


def move(session: Session, rows: list[dict[str, Any]]) -> None:
    """Move where cells stand under plans, unless they were seen later already."""
    if rows:
        _MOVE.do(session, *rows)


def _asking(
    session: Session, visits: Sequence[Seen], roles: Collection[Role]
) -> dict[UUID, list[_Plan]]:
    """The plans that ask for the cells of visits, by cell."""
    found: dict[UUID, list[_Plan]] = defaultdict(list)
    rows: Iterable[Any] = ()
    if len(visits) == 1:
        rows = _ASKING_FOR_ONE.ask(session, cell=visits[0].cell_id)
    elif visits:
        told = {"cells": [one.cell_id for one in visits]}
        rows = session.connection().execute(_ASKING_FOR_MANY, told)
    for cell_id, role, *plan in rows:
        if role in roles:
            found[cell_id].append(_Plan._make(plan))
    return found


def _asked_then(
    session: Session, visits: Sequence[Seen], roles: Collection[Role]
) -> dict[UUID, list[tuple[_Plan, datetime]]]:
    """The plans that asked for the cells of visits until these ended, and until when."""
    found: dict[UUID, list[tuple[_Plan, datetime]]] = defaultdict(list)
    if visits:
        for row in recut.asked_then(session, _asked(visits, roles)):
            found[row[0]].append((_Plan._make(row[2:]), row[1]))
    return found


def _asked(visits: Sequence[Seen], roles: Collection[Role]) -> dict[str, Any]:
    return {"cells": [one.cell_id for one in visits], "roles": [role.value for role in roles]}


def _credit_ended(
    session: Session,
    visit: Seen,
    asked: Sequence[tuple[_Plan, datetime]],
    roles: Collection[Role],
    *,
    zone: ZoneInfo,
    now: datetime,
) -> list[UUID]:
    """Credit a visit of a cell by the plans that asked for it till it ended or left their scope.

    Seen before that it counts where the cell stood then, and moves what its heirs took over;
    seen after its end it counts for the one heir that took over the whole cell.
    """
    credited = []
    for plan, until in asked:
        if visit.seen_at >= until:
            continue
        reach = _open_at(session, plan, visit.seen_at, zone)
        if reach is None or not plan.takes(visit):
            continue
        credited.append(plan.id)
        taken = _Taken(plan, visit, reach.window)
        since = None if taken.is_late else reach.window.start
        recut.arrived_late(session, plan.id, visit, since=since)
        if plan.valid_to:
            pass_on(session, [(plan.id, visit.cell_id)])
        if taken.is_late:
            _count_late(session, taken, now=now)
    over = all(visit.seen_at >= until for _, until in asked)
    heir = recut.on_todays_cell(session, visit) if over else None
    return credit(session, heir, roles, zone=zone, now=now) if heir else credited


def _open_at(session: Session, plan: _Plan, seen_at: datetime, zone: ZoneInfo) -> Reach | None:
    """The window that a visit serves; kept in the session, as visits come many at a time."""
    known: dict[tuple[UUID, object], tuple[Terms, Reach | None]]
    known = session.info.setdefault(_REACHES, {})
    version = plan.id, (plan.state, plan.valid_to)
    if version not in known:
        known[version] = _terms_of(plan, zone), None
    terms, last = known[version]
    if last is None or not last.holds(seen_at):
        last = window_at(terms, seen_at)
        known[version] = terms, last
    return last


def _count_late(session: Session, taken: _Taken, *, now: datetime) -> None:
    """Count a cell in a window that has closed, and amend what that came to."""
    if _COUNT.do(session, taken.counted()):
        _amend(session, taken.plan.id, taken.visit, taken.window, now=now)


def _amend(session: Session, plan_id: UUID, visit: Seen, window: Window, *, now: datetime) -> None:
    """Count a visit that came after its window was closed, by a new entry."""
    result = session.get(WindowResult, (plan_id, visit.grid_id, window.start))
    if result is None:
        return
    result.done = min(result.done + 1, result.due)
    result.excused = result.excused and result.done < result.due
    told = {
        "from": window.start.isoformat(),
        "grid": str(visit.grid_id),
        "cell": str(visit.cell_id),
        "visit": str(visit.id),
    }
    note(session, None, "window.amended", f"plan:{plan_id}", told, at=now)
