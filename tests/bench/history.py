"""A year of rounds in a generated city, told backwards: what was seen last comes first.

Every officer walks a part of the grid each day and goes on the next day where it ended. The rows
are those that the app would have kept: rounds, visits, the cells credited in each window, what
closed windows and days came to, and where each cell stands. Lines of the ledger and tracks are
left out.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from math import ceil

from sqlalchemy import Connection, text
from sqlmodel import SQLModel

from patrol.core import clock
from patrol.core.store import Database
from patrol.coverage.model import DayTally
from patrol.plans.model import Plan, WindowCredit, WindowResult
from patrol.plans.opening import NEVER
from patrol.plans.rules import Cadence, Window, closing_after, windows
from patrol.rounds.model import Leg, Round, Visit
from tests.bench.ground import DAYS, NOW, Ground, Lot
from tests.bench.pour import NOTHING, Bulk

OPENS = timedelta(hours=8)  # into the day, when the first officers go out
APART = 240  # seconds between the visits of a round
POOR = 17  # one visit of so many is proven too little to count
POORLY = f"by_hand\tC\t0\t{NOTHING}\t{NOTHING}\t{NOTHING}\tno_signal"
CLOCK = [f"{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}.000000" for at in range(86_400)]
COLUMNS: dict[type[SQLModel], tuple[str, ...]] = {  # in the order in which they need each other
    Round: (
        "id", "officer_id", "grid_id", "mode", "crew", "duties", "started_at", "ended_at",
        "left_because", "made_at", "received_at",
    ),
    Leg: ("id", "round_id", "mode", "crew", "from_at"),
    Visit: (
        "id", "round_id", "officer_id", "cell_id", "grid_id", "method", "grade", "pending",
        "lon", "lat", "accuracy", "reason", "backfill", "seen_at", "made_at", "received_at",
    ),
    WindowCredit: ("plan_id", "from_at", "cell_id", "grid_id"),
    WindowResult: (
        "plan_id", "grid_id", "from_at", "to_at", "due", "done", "officer_id", "excused",
        "closed_at",
    ),
    DayTally: (
        "day", "grid_id", "officer_id", "visits", "backfilled", "late", "finds", "metres",
        "seconds", "gap",
    ),
}  # fmt: skip
SEEN = ("cell_id", "visit_id", "seen_at", "grade", "officer_id")
STAND = (
    "UPDATE standing SET visit_id = last.visit_id, seen_at = last.seen_at, grade = last.grade, "
    "officer_id = last.officer_id FROM last_seen AS last WHERE last.cell_id = standing.cell_id"
)
Rows = dict[type[SQLModel], list[str]]


class _Period:
    """The windows of the plans of one cadence, passed from the last to the first."""

    def __init__(self, cadence: Cadence, windows: list[Window]) -> None:
        self.cadence, self.windows = cadence, windows
        self.window: Window | None = None  # the one in which time is
        self.begins = ""  # when that does, as databases read it
        self.credited: dict[str, str] = {}  # when the window began in which a cell was, by cell
        self.done: Counter[int] = Counter()  # cells credited in the window, by place of the lot

    def at(self, moment: datetime) -> Window | None:
        """The window around a moment."""
        place = bisect_right(self.windows, moment, key=lambda one: one.start) - 1
        return self.windows[place] if place >= 0 and moment < self.windows[place].end else None

    def enter(self, window: Window | None) -> None:
        """Go on to an earlier window."""
        self.window, self.done = window, Counter()
        self.begins = told(window.start) if window else ""


class History:
    """What happened on a ground, day by day."""

    def __init__(self, ground: Ground, visits: int) -> None:
        self.ground = ground
        self.last: dict[str, str] = {}  # where each cell stands
        self.visits = 0  # told so far
        self._share = visits / (DAYS * ground.cells)  # of the cells, walked in a day
        self._numbers = count()
        self._periods = [
            _Period(cadence, windows(plan.terms(clock.city()), ground.began, NOW))
            for cadence, plan in ground.lots[0].plans.items()
        ]
        self._tallies: dict[int, dict[int, list[int]]] = defaultdict(dict)  # visits and gap
        self._later: dict[str, tuple[int, list[int]]] = {}  # the visit of a cell told last

    def day(self, number: int) -> Rows:
        """The rows of one day, the one before that asked for last."""
        opens = self.ground.began + timedelta(days=number) + OPENS
        rows: Rows = {model: [] for model in COLUMNS}
        for period in self._periods:
            window = period.at(opens)
            if window != period.window:
                rows[WindowResult] += self._closed(period)
                period.enter(window)
        for place, lot in enumerate(self.ground.lots):
            self._walk(rows, number, opens, place, lot)
        rows[DayTally] += self._told(number + ceil(1 / self._share) + 2)
        return rows

    def rest(self) -> Rows:
        """What is told only when nothing earlier can change it."""
        results = [row for period in self._periods for row in self._closed(period)]
        tallies = [row for number in list(self._tallies) for row in self._told(number)]
        return {WindowResult: results, DayTally: tallies}

    def _walk(self, rows: Rows, number: int, opens: datetime, place: int, lot: Lot) -> None:
        """The round of one officer on one day."""
        pace = len(lot.cells) * self._share
        first, after = int(number * pace), int((number + 1) * pace)
        if first == after:
            return
        day, epoch, from_midnight = opens.date(), int(opens.timestamp()), opens.hour * 3600
        self.visits += after - first
        start = 60 * (place % 60)
        officer, grid = lot.officer.id.hex, lot.grid.id.hex
        round_id, leg_id = self._key(epoch + start), self._key(epoch + start)
        begun = f"{day} {CLOCK[from_midnight + start]}"
        ended = f"{day} {CLOCK[from_midnight + start + (after - first) * APART]}"
        rows[Round].append(
            f'{round_id}\t{officer}\t{grid}\tfoot\t[]\t["officer"]\t{begun}\t{ended}\t\t{begun}\t{begun}'
        )
        rows[Leg].append(f"{leg_id}\t{round_id}\tfoot\t[]\t{begun}")
        tally = self._tallies[number][place] = [after - first, 0]
        periods = [
            (period, lot.plans[period.cadence].id.hex) for period in self._periods if period.window
        ]
        for visit in reversed(range(first, after)):
            cell, where = lot.cells[visit % len(lot.cells)]
            second = start + (visit - first) * APART + 60
            seen = f"{day} {CLOCK[from_midnight + second]}"
            later, theirs = self._later.get(cell, (epoch + second, tally))
            theirs[1] = max(theirs[1], later - epoch - second)
            self._later[cell] = epoch + second, tally
            key, counts = self._key(epoch + second), visit % POOR != 0
            proof = f"check_in\tB\t0\t{where}\t8\t" if counts else POORLY
            rows[Visit].append(
                f"{key}\t{round_id}\t{officer}\t{cell}\t{grid}\t{proof}\t0\t{seen}\t{seen}\t{seen}"
            )
            if not counts:
                continue
            if cell not in self.last:
                self.last[cell] = f"{cell}\t{key}\t{seen}\tB\t{officer}"
            for period, plan in periods:
                if period.credited.get(cell) != period.begins:
                    period.credited[cell] = period.begins
                    period.done[place] += 1
                    rows[WindowCredit].append(f"{plan}\t{period.begins}\t{cell}\t{grid}")

    def _closed(self, period: _Period) -> Iterator[str]:
        """What the window just passed came to in each grid, if it has closed."""
        window = period.window
        if window is None or window.end > NOW:
            return
        ends = told(window.end)
        for place, lot in enumerate(self.ground.lots):
            plan, grid, officer = (
                one.id.hex for one in (lot.plans[period.cadence], lot.grid, lot.officer)
            )
            counted = f"{len(lot.cells)}\t{period.done[place]}"
            yield f"{plan}\t{grid}\t{period.begins}\t{ends}\t{counted}\t{officer}\t0\t{ends}"

    def _told(self, number: int) -> Iterator[str]:
        """The tallies of a day whose gaps are all known."""
        day = (self.ground.began + timedelta(days=number) + OPENS).date()
        for place, (visits, gap) in self._tallies.pop(number, {}).items():
            lot = self.ground.lots[place]
            yield f"{day}\t{lot.grid.id.hex}\t{lot.officer.id.hex}\t{visits}\t0\t0\t0\t0\t0\t{gap}"

    def _key(self, epoch: int) -> str:
        """A UUID of version 7 that nobody else has."""
        number = next(self._numbers)
        return f"{epoch * 1000:012x}7{number & 0xFFF:03x}8{number:015x}"


def told(moment: datetime) -> str:
    """A moment as both databases read it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def keep(database: Database, history: History, days: Iterable[int], *, whole: bool = False) -> None:
    """Store these days, the latest first, and where cells stand; with the `whole` year its rest."""
    bulk = Bulk(database)
    with bulk.connected() as connection:
        with bulk.without_indexes(connection, COLUMNS):
            for number in days:
                _store(bulk, connection, history.day(number))
            if whole:
                _store(bulk, connection, history.rest())
        columns = ", ".join(SEEN)
        made = f"CREATE TEMP TABLE last_seen AS SELECT {columns} FROM standing WHERE 1 = 0"
        connection.execute(text(made))
        bulk.pour(connection, "last_seen", SEEN, [*history.last.values()])
        connection.execute(text(STAND))
        connection.execute(text("DROP TABLE last_seen"))
    _close_until_now(database, history.ground)
    bulk.settle()
    bulk.close()


def _store(bulk: Bulk, connection: Connection, told: Rows) -> None:
    for model, rows in told.items():
        bulk.pour(connection, str(model.__tablename__), COLUMNS[model], rows)


def _close_until_now(database: Database, ground: Ground) -> None:
    """Have the plans know which of their windows have closed."""
    with database.transaction() as session:
        for one in ground.plans():
            plan = session.get_one(Plan, one.id)
            terms = plan.terms(clock.city())
            ended = [window.end for window in windows(terms, ground.began, NOW)]
            plan.closed_until = max((end for end in ended if end <= NOW), default=ground.began)
            plan.closes_next_at = closing_after(terms, plan.closed_until) or NEVER
