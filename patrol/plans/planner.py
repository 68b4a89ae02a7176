"""What a planner looks at: a plan as a month, and the grids to choose from."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, within
from patrol.grid.model import Grid
from patrol.plans.model import WindowResult
from patrol.plans.rules import Terms, Window, windows
from patrol.plans.windows import midnight


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
