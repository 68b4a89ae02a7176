"""What will be missing: places nobody holds, posts that overlap, papers that run out, reviews."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Row, or_, select
from sqlmodel import Session, col

from patrol.core import clock
from patrol.core.access import GRANTS, Actor, May, within
from patrol.core.roles import LINE_OF, WALKERS, Role
from patrol.grid.model import Grid
from patrol.people import records
from patrol.people.model import Person
from patrol.people.queries import names, paths_of, street_tier
from patrol.people.roster import seen
from patrol.people.rules import Excuse, Posting, away_at, binds
from patrol.plans.model import Plan, PlanState
from patrol.reviews.rules import Part
from patrol.reviews.seating import PERMITS
from patrol.shifts import rules
from patrol.shifts.rules import Gap, Quorum, Seat

FAR = timedelta(days=14)  # how far ahead is looked
MOST = 100  # rows of a list
SEATS: Mapping[Seat, May] = {
    Seat.INVESTIGATOR: PERMITS[Part.INVESTIGATOR],
    Seat.LEGAL: PERMITS[Part.LEGAL],
    Seat.DECIDER: PERMITS[Part.DECIDER],
}


@dataclass(frozen=True)
class Missing:
    """A place nobody will hold for a time."""

    grid_id: UUID
    grid: str
    code: str
    role: Role
    tier: int
    gap: Gap
    away: tuple[str, ...]  # names of those whose leave leaves it empty


@dataclass(frozen=True)
class Overlap:
    """Two primaries of one place that no shift tells apart."""

    grid: str
    code: str
    role: Role
    tier: int
    people: tuple[str, str]


@dataclass(frozen=True)
class RunsOut:
    """An enforcement certificate near or past its last day."""

    person_id: UUID
    name: str
    number: str
    until: date | None
    over: bool


@dataclass(frozen=True)
class Unfillable:
    """Days on which a review of something here could not be filled."""

    grid: str
    first: date
    last: date
    quorum: Quorum


@dataclass(frozen=True)
class Ahead:
    """Everything that will be missing in the time to come."""

    gaps: list[Missing]
    overlaps: list[Overlap]
    certificates: list[RunsOut]
    reviews: list[Unfillable]

    @property
    def clear(self) -> bool:
        """Whether nothing is missing."""
        return not (self.gaps or self.overlaps or self.certificates or self.reviews)


@dataclass(frozen=True)
class _Roll:
    """Posts by grid and role, and who is excused when."""

    grids: Mapping[UUID, Row[UUID, str, str, int]]
    paths: Mapping[UUID, Sequence[UUID]]  # from the grid upwards, itself first
    posts: Mapping[tuple[UUID, Role], Sequence[Posting]]
    excuses: Mapping[UUID, Sequence[Excuse]]
    people: Mapping[UUID, str]

    def excused(self, posts: Sequence[Posting]) -> list[Excuse]:
        """The entries of those who hold these posts."""
        persons = {one.person_id for one in posts}
        return [entry for person in persons for entry in self.excuses.get(person, ())]


def ahead(session: Session, actor: Actor, *, now: datetime) -> Ahead:
    """What will be missing in the next fortnight below the reader's posts."""
    roll = _roll(session, actor, now, now + FAR)
    gaps = sorted(_gaps(roll, now), key=lambda one: (one.gap.start, one.tier, one.grid))
    return Ahead(
        gaps[:MOST],
        _overlaps(roll, now)[:MOST],
        certificates(session, actor, today=now.astimezone(clock.city()).date()),
        _reviews(session, roll, now),
    )


def certificates(session: Session, actor: Actor, *, today: date) -> list[RunsOut]:
    """Certificates that run out within thirty days, or did, of people whose page one may see."""
    query = (
        select(Person)
        .where(
            seen(actor),
            col(Person.disabled_at).is_(None),
            col(Person.certificate).is_not(None),
            or_(
                col(Person.certificate_until).is_(None),
                col(Person.certificate_until) <= today + rules.WARN,
            ),
        )
        .order_by(col(Person.certificate_until), col(Person.name))
        .limit(MOST)
    )
    return [
        RunsOut(
            one.id,
            one.name,
            one.certificate or "",
            one.certificate_until,
            one.certificate_until is None or one.certificate_until < today,
        )
        for one in session.scalars(query)
    ]


def _roll(session: Session, actor: Actor, since: datetime, until: datetime) -> _Roll:
    mine = select(col(Grid.id)).where(
        within(actor, May.SEE_GAP, Grid), col(Grid.valid_to).is_(None)
    )
    own = set(session.scalars(mine))
    paths = {
        grid_id: [place.grid_id for place in path]
        for grid_id, path in paths_of(session, own).items()
    }
    everywhere = {one for path in paths.values() for one in path}
    grids = {
        row.id: row
        for row in session.execute(
            select(col(Grid.id), col(Grid.name), col(Grid.code), col(Grid.tier)).where(
                col(Grid.id).in_(everywhere)
            )
        )
    }
    rows = records.posts_over(session, everywhere, since, until)
    held: dict[tuple[UUID, Role], list[Posting]] = defaultdict(list)
    for post in records.postings(session, rows, since, until):
        held[post.grid_id, post.role].append(post)
    persons = {row.person_id for row in rows}
    excuses: dict[UUID, list[Excuse]] = defaultdict(list)
    for one in records.excuses_over(session, persons, [], since, until):
        excuses[one.person_id].append(records.entry(one))
    return _Roll(grids, paths, held, excuses, names(session, persons))


def _gaps(roll: _Roll, now: datetime) -> list[Missing]:
    """Times without a holder where somebody has the post; not those a post above fills."""
    found = []
    for (grid_id, role), posts in roll.posts.items():
        if grid_id not in roll.paths or role not in LINE_OF:
            continue
        grid = roll.grids[grid_id]
        above = [
            post
            for one in roll.paths[grid_id][1:]
            for post in roll.posts.get((one, role), ())
            if role in WALKERS
        ]
        for gap in rules.gaps(posts, roll.excused(posts), now, now + FAR):
            if not gap.away and rules.holder(above, roll.excused(above), gap.start):
                continue
            away = tuple(roll.people[one] for one in gap.away)
            found.append(Missing(grid_id, grid.name, grid.code, role, grid.tier, gap, away))
    return found


def _overlaps(roll: _Roll, now: datetime) -> list[Overlap]:
    return [
        Overlap(
            roll.grids[grid_id].name,
            roll.grids[grid_id].code,
            role,
            roll.grids[grid_id].tier,
            (roll.people[one.person_id], roll.people[other.person_id]),
        )
        for (grid_id, role), posts in roll.posts.items()
        if grid_id in roll.paths and role in LINE_OF
        for one, other in rules.overlaps(posts, now, now + FAR)
    ]


def _reviews(session: Session, roll: _Roll, now: datetime) -> list[Unfillable]:
    """Streets and runs of days on which four people free of the matter could not be found."""
    tier = street_tier(session)
    streets = [one for one in roll.paths if roll.grids[one].tier == tier]
    signers = _signers(session, streets)
    found = []
    for street in sorted(streets, key=lambda one: roll.grids[one].code):
        bound = _in_line(roll, street) | signers.get(street, set())
        runs: list[Unfillable] = []
        for number in range(FAR.days):
            at = now + timedelta(days=number)
            told = rules.quorum(_free(roll, street, bound, at))
            day = at.astimezone(clock.city()).date()
            if told.fillable:
                continue
            last = runs[-1] if runs else None
            if last and (last.last, last.quorum) == (day - timedelta(days=1), told):
                runs[-1] = Unfillable(last.grid, last.first, day, told)
            else:
                runs.append(Unfillable(roll.grids[street].name, day, day, told))
        found += runs
    return found[:MOST]


def _free(
    roll: _Roll, street: UUID, bound: Collection[UUID], at: datetime
) -> dict[Seat, set[UUID]]:
    """Who could take each seat at a moment: holds the post, is here, and is free of the matter."""
    free: dict[Seat, set[UUID]] = {}
    for seat, may in SEATS.items():
        posts = [
            post
            for role, grants in GRANTS.items()
            if may in grants
            for one in roll.paths[street]
            for post in roll.posts.get((one, role), ())
            if post.start <= at and (post.end is None or at < post.end) and binds(post, at)
        ]
        away = away_at(roll.excused(posts), at)
        free[seat] = {one.person_id for one in posts} - away - set(bound)
    return free


def _in_line(roll: _Roll, street: UUID) -> set[UUID]:
    """Whoever stands in a line of command there: nobody is rung and judge of one matter."""
    return {
        post.person_id
        for one in roll.paths[street]
        for role in LINE_OF
        for post in roll.posts.get((one, role), ())
    }


def _signers(session: Session, streets: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """Who signed a plan in force there: that signature would be the act at stake."""
    query = select(col(Plan.grid_id), col(Plan.floor_signed_by)).where(
        col(Plan.grid_id).in_(streets),
        col(Plan.state) == PlanState.PUBLISHED,
        col(Plan.floor_signed_by).is_not(None),
    )
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for grid_id, person_id in session.execute(query):
        found[grid_id].add(person_id)
    return found
