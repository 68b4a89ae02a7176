"""Who takes over from whom and when, where nobody will stand, and whether a review has its four."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import combinations, pairwise
from uuid import UUID

from patrol.core.roles import PostKind
from patrol.people.rules import INSTANT, Duty, Excuse, Posting, away_at, binds, in_force

GRACE = timedelta(minutes=30)  # after the moment, an empty handover closes itself
AHEAD = timedelta(hours=16)  # how long before the moment a handover can be signed
WARN = timedelta(days=30)  # how long before a certificate runs out it is told
SHOWN = (PostKind.PRIMARY, PostKind.RELIEF, PostKind.COVER)  # in this order on a day


class Band(StrEnum):
    """The part of a day that a shift takes."""

    EARLY = "early"  # 早班
    LATE = "late"  # 中班
    NIGHT = "night"  # 夜班, into the next morning
    DAY = "day"  # 白班


HOURS: Mapping[Band, tuple[time, time]] = {
    Band.EARLY: (time(7), time(14)),
    Band.LATE: (time(14), time(21)),
    Band.NIGHT: (time(21), time(7)),
    Band.DAY: (time(8), time(18)),
}


class Closing(StrEnum):
    """How a handover ended."""

    SIGNED = "signed"  # by both
    EMPTY = "empty"  # nothing was left to hand over
    VOID = "void"  # the shift or post it was for is no more


@dataclass(frozen=True)
class Change:
    """One person takes over from another."""

    at: datetime
    giver: UUID
    taker: UUID


@dataclass(frozen=True)
class Gap:
    """A time in which nobody holds a place; `away` are those whose leave leaves it empty."""

    start: datetime
    end: datetime
    away: tuple[UUID, ...] = ()


class Seat(StrEnum):
    """The parts of a review that four different people must take."""

    INVESTIGATOR = "investigator"  # two of them
    LEGAL = "legal"
    DECIDER = "decider"


@dataclass(frozen=True)
class Quorum:
    """Whether a review could be filled: which parts have too few who are free of the matter."""

    free: Mapping[Seat, int]
    fillable: bool


def hours_on(day: date, hours: tuple[time, time], zone: tzinfo) -> tuple[datetime, datetime]:
    """When a shift of these local hours begins and ends on a day; past midnight if it must."""
    begins, ends = hours
    last = day + timedelta(days=1) if ends <= begins else day
    return (
        datetime.combine(day, begins, tzinfo=zone),
        datetime.combine(last, ends, tzinfo=zone),
    )


def holder(posts: Iterable[Posting], excuses: Iterable[Excuse], at: datetime) -> Posting | None:
    """Whose a place is at a moment: the first who binds and is not away."""
    away = away_at(excuses, at)
    here = (one for one in in_force(posts, at) if one.person_id not in away)
    return next((one for one in here if binds(one, at)), None)


def changes(
    posts: Sequence[Posting], excuses: Sequence[Excuse], since: datetime, until: datetime
) -> list[Change]:
    """Every moment in [since, until) at which the place passes from one person to another."""
    found = []
    for at in _edges(posts, excuses, since, until):
        before, after = (holder(posts, excuses, one) for one in (at - INSTANT, at))
        if before and after and before.person_id != after.person_id:
            found.append(Change(at, before.person_id, after.person_id))
    return found


def gaps(
    posts: Sequence[Posting], excuses: Sequence[Excuse], since: datetime, until: datetime
) -> list[Gap]:
    """The times in [since, until) in which nobody holds the place, neighbours joined."""
    marks = sorted({since, until, *_edges(posts, excuses, since, until)})
    found: list[Gap] = []
    for start, end in pairwise(marks):
        if holder(posts, excuses, start) is not None:
            continue
        gone = away_at(excuses, start)
        away = tuple(one.person_id for one in in_force(posts, start) if one.person_id in gone)
        if found and (found[-1].end, found[-1].away) == (start, away):
            start = found.pop().start  # noqa: PLW2901 -- the same gap goes on
        found.append(Gap(start, end, away))
    return found


def overlaps(
    posts: Sequence[Posting], since: datetime, until: datetime
) -> list[tuple[Posting, Posting]]:
    """Pairs of primaries held at once that no shift tells apart."""
    primary = [
        one
        for one in posts
        if one.kind is PostKind.PRIMARY
        and one.start < until
        and (one.end is None or one.end > since)
        and not any(duty.until > since for duty in one.duties)
    ]
    return [
        (one, other)
        for one, other in combinations(primary, 2)
        if one.person_id != other.person_id
        and max(one.start, other.start) < min(one.end or until, other.end or until)
    ]


def clashes(duties: Iterable[Duty]) -> list[tuple[Duty, Duty]]:
    """Shifts of one person that cannot both be walked; the same hours on two grids can."""
    ordered = sorted({(one.start, one.until): one for one in duties}.items())
    return [
        (one, other) for ((_, end), one), ((start, _), other) in pairwise(ordered) if start < end
    ]


def quorum(candidates: Mapping[Seat, Collection[UUID]]) -> Quorum:
    """Whether four different people can be two investigators, legal reviewer and decider."""
    able = {seat: set(candidates.get(seat, ())) for seat in Seat}
    seats = [able[Seat.INVESTIGATOR], able[Seat.INVESTIGATOR], able[Seat.LEGAL], able[Seat.DECIDER]]
    seated: dict[UUID, int] = {}

    def place(seat: int, tried: set[UUID]) -> bool:
        for person in sorted(seats[seat] - tried):
            tried.add(person)
            if person not in seated or place(seated[person], tried):
                seated[person] = seat
                return True
        return False

    filled = [place(seat, set()) for seat in range(len(seats))]
    return Quorum({seat: len(people) for seat, people in able.items()}, all(filled))


def _edges(
    posts: Iterable[Posting], excuses: Iterable[Excuse], since: datetime, until: datetime
) -> list[datetime]:
    """Every moment in [since, until) at which something about the place may change."""
    moments: set[datetime | None] = set()
    for post in posts:
        moments |= {post.start, post.end, post.accepted_at, post.served_at}
        moments |= {at for duty in post.duties for at in (duty.start, duty.until)}
    moments |= {at for one in excuses for at in (one.start, one.end)}
    return sorted(at for at in moments if at is not None and since <= at < until)
