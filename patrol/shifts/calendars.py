"""The calendar of shifts: grids by days, who is there and how, and where nobody is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import defer
from sqlmodel import Session, col

from patrol.core.access import Actor, May, allows, within
from patrol.core.roles import LINE_OF, WALKERS, Line, PostKind, Role
from patrol.grid.model import Grid
from patrol.people import records
from patrol.people.model import Excuse, Post
from patrol.people.queries import names
from patrol.people.rules import INSTANT, ExcuseKind, ExcuseState, Posting, binds, excuse_state
from patrol.shifts import rules

WEEK = 7
PAGE = 20  # grids on a page


@dataclass(frozen=True, order=True)
class Hours:
    """From when until when somebody is on duty, and the shift that says so."""

    start: datetime
    end: datetime
    shift_id: UUID


@dataclass(frozen=True)
class Entry:
    """One person on one grid on one day."""

    person_id: UUID
    name: str
    kind: PostKind
    hours: tuple[Hours, ...]  # none told: the whole day
    away: ExcuseKind | None
    waiting: bool  # the post is neither accepted nor served


@dataclass(frozen=True)
class Day:
    """One grid on one day."""

    day: date
    entries: tuple[Entry, ...]
    gap: datetime | None  # from when on nobody is there


@dataclass(frozen=True)
class Row:
    """One grid over a week."""

    grid_id: UUID
    code: str
    name: str
    role: Role
    days: tuple[Day, ...]
    may_assign: bool


@dataclass(frozen=True)
class Calendar:
    """One page of a week."""

    days: tuple[date, ...]
    rows: list[Row]
    gaps: int
    page: int
    pages: int


def calendar(
    session: Session,
    actor: Actor,
    line: Line,
    *,
    grid: Grid | None,
    first: date,
    page: int,
    zone: tzinfo,
) -> Calendar:
    """A week from `first` of the walkers of one line, below `grid` if given."""
    days = tuple(first + timedelta(days=number) for number in range(WEEK))
    since, until = _midnight(days[0], zone), _midnight(days[-1] + timedelta(days=1), zone)
    role = next(one for one in WALKERS if LINE_OF[one] is line)
    grids, pages = _grids(session, actor, role, grid, since, until, page)
    posts = [
        post
        for post in records.posts_over(session, [one.id for one in grids], since, until)
        if post.role is role
    ]
    persons = {post.person_id for post in posts}
    called = names(session, persons)
    excuses = records.excuses_over(session, persons, [], since, until)
    held: dict[UUID, list[Posting]] = defaultdict(list)
    for post in records.postings(session, posts, since, until):
        held[post.grid_id].append(post)
    told: dict[UUID, list[Hours]] = defaultdict(list)
    for shift in records.shifts_over(session, [one.id for one in grids], since, until):
        if (until_ := records.duty(shift).until) > shift.from_at:
            told[shift.post_id].append(Hours(shift.from_at, until_, shift.id))
    week = _Week(told, excuses, called, zone)
    rows = [
        Row(
            one.id,
            one.code,
            one.name,
            role,
            tuple(_day(day, held[one.id], week) for day in days),
            allows(actor, May.MANAGE_POST, one),
        )
        for one in grids
    ]
    gaps = sum(day.gap is not None for row in rows for day in row.days)
    return Calendar(days, rows, gaps, page, pages)


def _grids(
    session: Session,
    actor: Actor,
    role: Role,
    grid: Grid | None,
    since: datetime,
    until: datetime,
    page: int,
) -> tuple[Sequence[Grid], int]:
    """The grids on which somebody walks in that time, and how many pages of them there are."""
    held = exists().where(
        col(Post.grid_id) == col(Grid.id),
        col(Post.role) == role,
        col(Post.from_at) < until,
        or_(col(Post.to_at).is_(None), col(Post.to_at) > since),
        within(actor, May.SEE_POST, Post),
    )
    condition = [held, col(Grid.valid_to).is_(None)]
    if grid is not None:
        condition.append(col(Grid.path).startswith(grid.path, autoescape=True))
    total = session.scalar(select(func.count()).select_from(Grid).where(*condition)) or 0
    query = (
        select(Grid)
        .options(defer(col(Grid.boundary)))  # type: ignore[arg-type]
        .where(*condition)
        .order_by(col(Grid.path))
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    )
    return list(session.scalars(query)), max(-(-total // PAGE), 1)


@dataclass(frozen=True)
class _Week:
    """What is known of the people of a week."""

    told: Mapping[UUID, Sequence[Hours]]  # by post
    excuses: Sequence[Excuse]
    called: Mapping[UUID, str]
    zone: tzinfo


def _day(day: date, posts: Sequence[Posting], week: _Week) -> Day:
    start, end = _midnight(day, week.zone), _midnight(day + timedelta(days=1), week.zone)
    entries = [
        Entry(
            post.person_id,
            week.called[post.person_id],
            post.kind,
            tuple(one for one in week.told.get(post.id, ()) if start <= one.start < end),
            _away(post.person_id, week.excuses, start, end),
            not binds(post, end - INSTANT),
        )
        for post in posts
        if post.start < end and (post.end is None or post.end > start)
    ]
    empty = rules.gaps(posts, [records.entry(one) for one in week.excuses], start, end)
    ordered = sorted(entries, key=lambda one: (rules.SHOWN.index(one.kind), one.hours, one.name))
    return Day(day, tuple(ordered), empty[0].start if empty else None)


def _away(
    person_id: UUID, excuses: Sequence[Excuse], start: datetime, end: datetime
) -> ExcuseKind | None:
    """What keeps a person from a day, or from a part of it."""
    found = (
        one.kind
        for one in excuses
        if one.person_id == person_id
        and one.from_at < end
        and one.to_at > start
        and excuse_state(records.entry(one), end) is ExcuseState.IN_FORCE
    )
    return next(found, None)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=zone)
