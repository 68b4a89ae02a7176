"""What a planner looks at: a plan as a month, the grids to choose from, the load it brings."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, within
from patrol.core.roles import Role
from patrol.grid.model import Cell, Grid
from patrol.people.model import Post
from patrol.plans.model import Plan, PlanState, Standing, WindowResult
from patrol.plans.rules import Demand, Load, Terms, Window, load, windows
from patrol.plans.windows import midnight

SHIFT, TRAVEL = 480.0, 60.0  # minutes of a shift, and of getting there and back


@dataclass(frozen=True)
class DayCard:
    """One day of a month: windows that begin or run on it, and what closed ones came to."""

    day: date
    outside: bool
    today: bool
    begins: int
    runs: bool
    due: int | None = None
    done: int | None = None


@dataclass(frozen=True)
class WindowCard:
    """One window of a month, with what it came to once it has closed."""

    window: Window
    due: int | None = None
    done: int | None = None


def grids_to_plan(session: Session, actor: Actor) -> list[Grid]:
    """The grids for which this person may make plans, from the top down."""
    query = select(Grid).where(within(actor, May.MAKE_PLAN, Grid), col(Grid.valid_to).is_(None))
    return list(session.scalars(query.order_by(col(Grid.path)).limit(500)))


def span(first: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The whole weeks, from Monday, that hold the month beginning on `first`."""
    start = first - timedelta(days=first.weekday())
    after = _next_month(first)
    return midnight(start, zone), midnight(after + timedelta(days=-after.weekday() % 7 + 1), zone)


def _next_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=7)).replace(day=1)


def month(
    terms: Terms, first: date, *, now: datetime, results: Sequence[WindowResult] = ()
) -> tuple[list[list[DayCard]], list[WindowCard]]:
    """A month as weeks from Monday, and the same as a list of its windows."""
    start = first - timedelta(days=first.weekday())
    after = _next_month(first)
    end = after + timedelta(days=-after.weekday() % 7)
    found = windows(terms, midnight(start, terms.zone), midnight(end, terms.zone))
    came_to: dict[datetime, list[int]] = defaultdict(lambda: [0, 0])
    for result in results:
        came_to[result.from_at][0] += result.due
        came_to[result.from_at][1] += result.done
    cards = [WindowCard(window, *came_to.get(window.start, (None, None))) for window in found]
    days = [
        _day(start + timedelta(days=ahead), first, cards, terms.zone, now)
        for ahead in range((end - start).days)
    ]
    inside = [
        card for card in cards if first <= card.window.start.astimezone(terms.zone).date() < after
    ]
    return [days[week : week + 7] for week in range(0, len(days), 7)], inside


def _day(
    day: date, first: date, cards: Sequence[WindowCard], zone: ZoneInfo, now: datetime
) -> DayCard:
    opens, closes = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    here = [card for card in cards if card.window.start < closes and card.window.end > opens]
    ended = [card for card in here if card.due is not None and card.window.end <= closes]
    return DayCard(
        day=day,
        outside=(day.year, day.month) != (first.year, first.month),
        today=day == now.astimezone(zone).date(),
        begins=sum(card.window.start >= opens for card in here),
        runs=bool(here),
        due=sum(card.due or 0 for card in ended) if ended else None,
        done=sum(card.done or 0 for card in ended) if ended else None,
    )


def loads(
    session: Session,
    grid: Grid,
    role: Role,
    days: Iterable[date],
    zone: ZoneInfo,
    *,
    extra: Demand | None = None,
    besides: UUID | None = None,
    now: datetime,
) -> list[Load]:
    """What the live plans, and `extra`, ask of each person of a role, day by day.

    Counted over the smallest area round the grid in which anybody holds a post of that role.
    """
    area, people = _manned(session, grid, role, now)
    below = select(col(Grid.id)).where(
        col(Grid.path).startswith(area.path, autoescape=True), col(Grid.valid_to).is_(None)
    )
    rows = session.execute(
        select(Plan, func.count())
        .join(Standing, col(Standing.plan_id) == col(Plan.id))
        .where(
            col(Plan.state) == PlanState.PUBLISHED,
            col(Plan.role) == role,
            col(Standing.grid_id).in_(below),
        )
        .group_by(col(Plan.id))
    )
    demands = [
        Demand(plan.terms(zone), cells, plan.minutes_per_cell)
        for plan, cells in rows
        if plan.id != besides
    ]
    asked = [*demands, extra] if extra else demands
    return [load(asked, day, zone, officers=people, shift=SHIFT, travel=TRAVEL) for day in days]


def _manned(session: Session, grid: Grid, role: Role, now: datetime) -> tuple[Grid, int]:
    """The grid, or the nearest above it, with people of the role in it, and how many."""
    while True:
        people = session.scalar(
            select(func.count(func.distinct(col(Post.person_id))))
            .join(Grid, col(Grid.id) == col(Post.grid_id))
            .where(
                col(Post.role) == role,
                col(Grid.path).startswith(grid.path, autoescape=True),
                col(Post.from_at) <= now,
                or_(col(Post.to_at).is_(None), col(Post.to_at) > now),
            )
        )
        above = session.get(Grid, grid.parent_id) if grid.parent_id else None
        if people or above is None:
            return grid, people or 0
        grid = above


def cells_below(session: Session, grid: Grid) -> int:
    """How many cells a plan for this grid would cover."""
    counted = session.scalar(
        select(func.count())
        .select_from(Cell)
        .join(Grid, col(Grid.id) == col(Cell.grid_id))
        .where(
            col(Grid.path).startswith(grid.path, autoescape=True),
            col(Grid.valid_to).is_(None),
            col(Cell.valid_to).is_(None),
        )
    )
    return counted or 0
