"""What standings add up to: tallies, rates, the face of a grid on a map, a cell's past windows."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from patrol.plans.rules import Moment, State, standing

RANKS: tuple[State, ...] = (
    State.SUSPENDED,
    State.FRESH,
    State.DUE_SOON,
    State.NEVER,
    State.OVERDUE,
)  # a cell under several plans stands as the last of these
BANDS = (0.4, 0.6, 0.75, 0.9)  # where the second to fifth band of a rate begin
_WELL, _FAIRLY = 0.9, 0.7  # shares of cells that need no visit


class Period(StrEnum):
    """How far back rates look."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


DAYS = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 30, Period.QUARTER: 91, Period.YEAR: 365}


class By(StrEnum):
    """What figures are told apart by."""

    GRID = "grid"  # those right below
    TIER = "tier"
    PERSON = "person"
    DAY = "day"
    WEEK = "week"  # by the day it begins on, a Monday
    MONTH = "month"  # by its first day


class Paint(StrEnum):
    """What colours the cells of a map, and sorts their list."""

    STATE = "state"
    SINCE = "since"  # seconds since the last visit
    GAP = "gap"  # seconds; the longest real one of a period
    METRES = "metres"
    MINUTES = "minutes"  # counted in seconds
    FINDS = "finds"  # an hour that tracks ran inside


_HOUR = 3600.0
_WAITED = (12 * _HOUR, 24 * _HOUR, 72 * _HOUR, 168 * _HOUR)
STEPS: Mapping[Paint, tuple[float, ...]] = {  # where the second to fifth begin, of what is counted
    Paint.SINCE: _WAITED,
    Paint.GAP: _WAITED,
    Paint.METRES: (1.0, 50.0, 200.0, 500.0),
    Paint.MINUTES: (1.0, 60.0, 300.0, 600.0),
    Paint.FINDS: (0.01, 2.0, 6.0, 20.0),
}
GROWS_BETTER = frozenset({Paint.METRES, Paint.MINUTES})  # of the others less is better


class Slot(StrEnum):
    """What one window came to in one cell."""

    SERVED = "served"
    MISSED = "missed"
    EXCUSED = "excused"  # not served, on leave or the like
    OPEN = "open"  # not over yet, and not served so far


@dataclass(frozen=True)
class Tally:
    """How many cells stand how."""

    fresh: int = 0
    due_soon: int = 0
    overdue: int = 0
    never: int = 0
    suspended: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(a + b for a, b in zip(self.parts, other.parts, strict=True)))

    @property
    def parts(self) -> tuple[int, int, int, int, int]:
        """The five counts in the order of the fields."""
        return self.fresh, self.due_soon, self.overdue, self.never, self.suspended

    @property
    def total(self) -> int:
        """Cells under a plan."""
        return sum(self.parts)

    @property
    def due(self) -> int:
        """Cells that a plan asks for and has not suspended."""
        return self.total - self.suspended

    @property
    def covered(self) -> int:
        """Cells whose last due window was served."""
        return self.fresh + self.due_soon


@dataclass(frozen=True)
class Rates:
    """What the closed windows of a period came to."""

    windows: int = 0  # due
    windows_done: int = 0  # every cell of them visited
    cells: int = 0  # due, once for each window
    cells_done: int = 0

    def __add__(self, other: "Rates") -> "Rates":
        return Rates(
            self.windows + other.windows,
            self.windows_done + other.windows_done,
            self.cells + other.cells,
            self.cells_done + other.cells_done,
        )


@dataclass(frozen=True)
class Figures:
    """What windows, visits, tracks and findings came to; what is not known under a filter is None.

    A visit may serve several plans at once, so where plans are chosen only windows are told.
    """

    rates: Rates = Rates()
    on_time: int = 0  # cells served before the end of their window, of those done
    visits: int = 0
    backfilled: int = 0
    late: int = 0
    finds: int = 0
    metres: float = 0.0
    seconds: float = 0.0
    gap: float = 0.0  # seconds; the longest that a cell had waited when it was seen

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            self.rates + other.rates,
            self.on_time + other.on_time,
            self.visits + other.visits,
            self.backfilled + other.backfilled,
            self.late + other.late,
            self.finds + other.finds,
            self.metres + other.metres,
            self.seconds + other.seconds,
            max(self.gap, other.gap),
        )

    @property
    def finds_per_hour(self) -> float | None:
        """Findings for each hour that tracks ran; None without a track of a minute."""
        return self.finds * 3600 / self.seconds if self.seconds >= 60 else None


def ends_on(at: datetime, zone: ZoneInfo) -> date:
    """The day of the city to whose end or middle a moment belongs: midnight ends the day before."""
    return (at.astimezone(zone) - timedelta(microseconds=1)).date()


def begins(by: By, day: date) -> date:
    """The first day of the day, week or month in which `day` lies."""
    if by is By.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if by is By.MONTH else day


def band(done: int, due: int) -> int | None:
    """Which of five bands a rate falls into, the best is 4; None where nothing was due.

    From 90, 75, 60 and 40 per cent on, as offices grade.
    """
    return bisect_right(BANDS, done / due) if due else None


def shade(paint: Paint, value: float | None) -> str:
    """How a map draws a cell: one of five steps from `rate4`, the best, to `rate0`.

    `never` where nobody has been, empty where a figure needs a track and there is none.
    """
    if value is None:
        return "never" if paint is Paint.SINCE else ""
    step = bisect_right(STEPS[paint], value)
    return f"rate{step if paint in GROWS_BETTER else 4 - step}"


def tally(counts: Mapping[State, int]) -> Tally:
    """A tally out of counts by state."""
    return Tally(**{state.value: count for state, count in counts.items()})


def face(found: Tally) -> State | None:
    """How a whole grid is drawn where its cells are too many; None without a plan.

    Well covered from nine tenths on, fairly from seven; never and suspended only as a whole.
    """
    if not found.total:
        return None
    if not found.due:
        return State.SUSPENDED
    if found.never == found.due:
        return State.NEVER
    share = found.covered / found.due
    return State.FRESH if share >= _WELL else State.DUE_SOON if share >= _FAIRLY else State.OVERDUE


def steps(at: Moment) -> list[tuple[datetime | None, State]]:
    """The state of a cell by its last credit: from the first moment it has reached, downwards.

    Ends with (None, …) for credits before all of them; a cell without any is `never(at)`. So a
    database can sort thousands of cells into states by comparing times alone.
    """
    edges = sorted({edge for edge in (at.fresh_from, at.done_from) if edge}, reverse=True)
    oldest = (edges[-1] if edges else at.now) - timedelta(microseconds=1)
    return [*((edge, standing(at, edge)) for edge in edges), (None, standing(at, oldest))]


def never(at: Moment) -> State:
    """The state of a cell that has no credit."""
    return standing(at, None)


def since(period: Period, now: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of the city's day, or of the last days of that number, with today."""
    days = DAYS[period] - 1
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days)


def slot(closes: datetime, now: datetime, *, served: bool, excused: bool) -> Slot:
    """What a window came to that takes credits until `closes`."""
    if served:
        return Slot.SERVED
    if closes > now:
        return Slot.OPEN
    return Slot.EXCUSED if excused else Slot.MISSED
