"""Turns a plan's terms into windows: sorted, disjoint spans in which one visit is due.

The RRULE gives the days on which periods begin, in the city's zone. Without stated hours a period
runs from its day to the next one, at most one day, week or month (times INTERVAL) long, from a
weekday of the month five weeks, and is split into `times` equal windows. With stated hours every
range of every such day is one window; a range that ends at or before its start crosses midnight.
A day of the month that a month lacks is its last day. Validity clips: a window that keeps less
than half of itself is none. A window may be served from its start until it closes: its end plus
the grace, but never past the start of the next window, so that one visit counts for one window of
a plan.
"""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise, zip_longest
from zoneinfo import ZoneInfo

from dateutil.rrule import rruleset, rrulestr

from patrol.core.calendar import WorkCalendar

KEPT_SHARE = 0.5  # of a window that the validity cuts short
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PARTS = {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"}
_DAY = timedelta(days=1)
_FIVE_WEEKS = timedelta(weeks=5)  # at most, between the same weekday of two months
_FAR = timedelta(days=400)  # how far one search for a neighbouring window goes


class Cadence(StrEnum):
    """How often a place must be seen: the period that a plan counts in."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


LASTS = {Cadence.DAILY: 1, Cadence.WEEKLY: 7, Cadence.MONTHLY: 31}  # days, at most


@dataclass(frozen=True)
class Terms:
    """When one version of a plan asks for visits; `calendar`, if given, keeps only its workdays."""

    cadence: Cadence
    rrule: str
    times: int
    hours: tuple[tuple[time, time], ...]
    grace: timedelta
    valid_from: datetime
    valid_to: datetime | None
    zone: ZoneInfo
    calendar: WorkCalendar | None = None


@dataclass(frozen=True, order=True)
class Window:
    """A span in which one visit is due, in UTC, without its end."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long the window is open, grace apart."""
        return self.end - self.start


@dataclass(frozen=True, order=True)
class Reach:
    """A window and the moment it closes for good, grace considered."""

    window: Window
    closes: datetime

    def holds(self, seen_at: datetime) -> bool:
        """Whether a visit at `seen_at` serves this window."""
        return self.window.start <= seen_at < self.closes


def parts(rule: str) -> dict[str, str]:
    """The parts of an RRULE; ValueError where it is broken or says more than a plan may say."""
    return dict(_parts(rule))


@lru_cache(maxsize=1024)
def _parts(rule: str) -> tuple[tuple[str, str], ...]:
    text = rule.strip().upper().removeprefix("RRULE:")
    found = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
    if len(found) != text.count(";") + 1 or not set(found) <= _PARTS:
        raise ValueError("rrule-parts")
    if found.get("FREQ") not in {"DAILY", "WEEKLY", "MONTHLY"}:
        raise ValueError("rrule-frequency")
    if not 1 <= int(found.get("INTERVAL", "1")) <= 31:
        raise ValueError("rrule-interval")
    rrulestr(text, dtstart=datetime.min)  # noqa: DTZ901 -- only asked whether it parses
    return tuple(found.items())


def rule_of(cadence: Cadence, days: Iterable[int] = (), *, every: int = 1, nth: int = 0) -> str:
    """The RRULE of a plan in words: weekdays (0 = Monday) or, monthly, days of the month.

    Monthly with `nth` it is the first, second … or (-1) last of these weekdays in the month.
    """
    rule = f"FREQ={cadence.value.upper()}" + (f";INTERVAL={every}" if every > 1 else "")
    if cadence is Cadence.MONTHLY and not nth:
        return f"{rule};BYMONTHDAY={','.join(map(str, sorted(set(days)) or [1]))}"
    named = ",".join(WEEKDAYS[day] for day in sorted(set(days)))
    if cadence is Cadence.MONTHLY:
        return f"{rule};BYDAY={named};BYSETPOS={nth}"
    if cadence is Cadence.WEEKLY:
        return f"{rule};BYDAY={named or 'MO'}"
    return f"{rule};BYDAY={named}" if named else rule


def windows(terms: Terms, since: datetime, until: datetime) -> list[Window]:
    """All windows that share time with [since, until), sorted and disjoint."""
    if until <= since:
        return []
    raw = _by_hours(terms, since, until) if terms.hours else _by_period(terms, since, until)
    kept = filter(None, (_within_validity(terms, window) for window in raw))
    return [window for window in kept if window.start < until and window.end > since]


def reaches(terms: Terms, since: datetime, until: datetime) -> list[Reach]:
    """Windows that can be served at some moment of [since, until), with when each closes."""
    found = windows(terms, since - terms.grace - timedelta(microseconds=1), until)
    if not found:
        return []
    after = window_after(terms, found[-1].end) if terms.grace else None
    starts = [*(window.start for window in found[1:]), after.start if after else None]
    ends = [
        min(window.end + terms.grace, follower) if follower else window.end + terms.grace
        for window, follower in zip(found, starts, strict=True)
    ]
    return [
        Reach(window, closes)
        for window, closes in zip(found, ends, strict=True)
        if closes > since and window.start < until
    ]


def window_at(terms: Terms, seen_at: datetime) -> Reach | None:
    """The one window that a visit at `seen_at` serves, if any."""
    instant = timedelta(microseconds=1)
    return next(iter(reaches(terms, seen_at, seen_at + instant)), None)


def closings(terms: Terms, after: datetime, until: datetime) -> list[Reach]:
    """Windows that closed for good later than `after` and not later than `until`."""
    return [reach for reach in reaches(terms, after, until) if after < reach.closes <= until]


def closing_after(terms: Terms, after: datetime) -> datetime | None:
    """When the next window closes for good, later than `after`; None when none is left."""
    instant = timedelta(microseconds=1)
    waiting = [reach for reach in reaches(terms, after, after + instant) if reach.closes > after]
    if not waiting and (window := window_after(terms, after)) is not None:
        waiting = reaches(terms, window.start, window.start + instant)
    return min((reach.closes for reach in waiting), default=None)


def window_before(terms: Terms, edge: datetime) -> Window | None:
    """The last window that begins before `edge`."""
    span = _span(terms)
    while edge > terms.valid_from:
        found = windows(terms, edge - span, edge)
        if found or edge - span <= terms.valid_from or span > _FAR:
            return found[-1] if found else None
        span *= 4
    return None


def window_after(terms: Terms, edge: datetime) -> Window | None:
    """The first window that begins at `edge` or later."""
    edge, span = max(edge, terms.valid_from), _span(terms)
    while terms.valid_to is None or edge < terms.valid_to:
        found = [window for window in windows(terms, edge, edge + span) if window.start >= edge]
        if found or span > _FAR:
            return found[0] if found else None
        span *= 4
    return None


def midnight(day: date, zone: ZoneInfo, at: time = time.min) -> datetime:
    """A time of a day in `zone`, its first minute unless said otherwise, in UTC."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def _within_validity(terms: Terms, window: Window) -> Window | None:
    start = max(window.start, terms.valid_from)
    end = min(window.end, terms.valid_to) if terms.valid_to else window.end
    kept = end > start and end - start >= KEPT_SHARE * window.length
    return Window(start, end) if kept else None


def _by_hours(terms: Terms, since: datetime, until: datetime) -> Iterator[Window]:
    first, last = since.astimezone(terms.zone).date(), until.astimezone(terms.zone).date()
    spans = sorted(
        (
            midnight(day, terms.zone, opens),
            midnight(day if closes > opens else day + _DAY, terms.zone, closes),
        )
        for day in _days(terms, first - 3 * _DAY, last + _DAY)
        for opens, closes in terms.hours
    )
    taken = datetime.min.replace(tzinfo=UTC)
    for start, end in spans:
        if end > max(start, taken):
            yield Window(max(start, taken), end)
            taken = end


def _by_period(terms: Terms, since: datetime, until: datetime) -> Iterator[Window]:
    given = parts(terms.rrule)
    every = int(given.get("INTERVAL", "1"))
    by_weekday = terms.cadence is Cadence.MONTHLY and "BYDAY" in given
    reach = (_FIVE_WEEKS.days if by_weekday else LASTS[terms.cadence]) * every + 1
    first, last = since.astimezone(terms.zone).date(), until.astimezone(terms.zone).date()
    days = _days(terms, first - reach * _DAY, last + reach * _DAY)
    for day, following in zip_longest(days, days[1:], fillvalue=date.max):
        after = day + _FIVE_WEEKS * every if by_weekday else _after(day, terms.cadence, every)
        ends_on = min(following, after)
        start, end = midnight(day, terms.zone), midnight(ends_on, terms.zone)
        if start < until and end > since:
            edges = [start + (end - start) * part / terms.times for part in range(terms.times + 1)]
            yield from (Window(*edge) for edge in pairwise(edges))


def _after(day: date, cadence: Cadence, every: int) -> date:
    """One period on: a month's last day leads to a last day, whatever the months' lengths."""
    if cadence is not Cadence.MONTHLY:
        return day + timedelta(days=every * (7 if cadence is Cadence.WEEKLY else 1))
    years, month = divmod(day.month - 1 + every, 12)
    length = monthrange(day.year + years, month + 1)[1]
    at_end = day.day == monthrange(day.year, day.month)[1]
    return date(day.year + years, month + 1, length if at_end else min(day.day, length))


def _days(terms: Terms, first: date, last: date) -> list[date]:
    """The days on which the RRULE lets something begin, workdays alone where that is asked."""
    anchor = terms.valid_from.astimezone(terms.zone).date()
    given = parts(terms.rrule)
    if not given.keys() & {"BYDAY", "BYMONTHDAY"}:
        given |= {
            "WEEKLY": {"BYDAY": WEEKDAYS[anchor.weekday()]},
            "MONTHLY": {"BYMONTHDAY": str(anchor.day)},
        }.get(given["FREQ"], {})
    free = given.get("INTERVAL", "1") == "1"  # then it does not matter where counting begins
    rule = ";".join(f"{name}={value}" for name, value in sorted(given.items()))
    found: list[date] = []
    for year in range(first.year, last.year + 1):
        days = _days_of(rule, None if free else anchor, year)
        found += days[bisect_left(days, first) : bisect_right(days, last)]
    if terms.calendar and (terms.hours or terms.cadence is Cadence.DAILY):
        return [day for day in found if terms.calendar.is_workday(day)]
    return found


@lru_cache(maxsize=1024)
def _days_of(rule: str, anchor: date | None, year: int) -> tuple[date, ...]:
    """The days of one year that an RRULE names, counted from `anchor` where that matters."""
    start = datetime.combine(anchor or date(year - 1, 11, 1), time.min)
    end = datetime(year, 12, 31)  # noqa: DTZ001 -- days on a wall calendar have no zone
    found = rruleset()
    for each in _clamped(parts(rule)):
        found.rrule(rrulestr(each, dtstart=start))  # type: ignore[arg-type]
    return tuple(
        day.date() for day in found.between(max(start, end.replace(month=1, day=1)), end, inc=True)
    )


def _clamped(given: dict[str, str]) -> Iterator[str]:
    """One rule a day of the month, so that the 31st is the last day of a shorter month."""
    days = given.get("BYMONTHDAY", "").split(",")
    plain = given["FREQ"] != "MONTHLY" or given.keys() & {"BYDAY", "BYSETPOS"}
    for group in [",".join(days)] if plain else days:
        late = not plain and group.isdigit() and int(group) > 28
        own = (
            {"BYMONTHDAY": ",".join(map(str, range(28, int(group) + 1))), "BYSETPOS": "-1"}
            if late
            else {"BYMONTHDAY": group}
            if group
            else {}
        )
        yield ";".join(f"{name}={value}" for name, value in (given | own).items())


def _span(terms: Terms) -> timedelta:
    return {Cadence.DAILY: 2, Cadence.WEEKLY: 10, Cadence.MONTHLY: 40}[terms.cadence] * _DAY
