"""Who answers: posts in force, chains of command read from the bottom up, excuses, certificates."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from patrol.core.roles import LINE_OF, WALKERS, Line, PostKind, Role
from patrol.core.spans import unbroken


@dataclass(frozen=True)
class Duty:
    """Hours in which the holder of a post is on duty, by a shift that was told."""

    start: datetime
    end: datetime
    told_at: datetime
    cancelled_at: datetime | None = None

    @property
    def until(self) -> datetime:
        """Where it really ended: a shift may be called off while it goes on."""
        return self.end if self.cancelled_at is None else min(self.end, self.cancelled_at)


@dataclass(frozen=True)
class Posting:
    """One person's post on one grid, from `start` until `end`, as it was recorded."""

    id: UUID
    person_id: UUID
    role: Role
    grid_id: UUID
    kind: PostKind
    start: datetime
    end: datetime | None = None
    accepted_at: datetime | None = None
    served_at: datetime | None = None  # put before the person, provably
    assigned_by: UUID | None = None
    duties: tuple[Duty, ...] = ()


@dataclass(frozen=True)
class Place:
    """One grid on the way from a cell upwards."""

    grid_id: UUID
    tier: int


@dataclass(frozen=True)
class Level:
    """One level of a line of command; heads are told apart by the tier of their grid."""

    role: Role
    tier: int | None = None


class Why(StrEnum):
    """What makes a person the one who answers at a level."""

    PRIMARY = "primary"
    RELIEF = "relief"
    COVER = "cover"
    ASSIGNER = "assigner"  # the post is neither accepted nor served yet
    ABOVE = "above"  # nobody here: it falls to whoever had to fill the gap
    NOBODY = "nobody"  # nobody here nor anywhere above


@dataclass(frozen=True)
class Link:
    """One level of a chain at one moment: who held it, and who answers for it."""

    level: Level
    posting: Posting | None  # the post that counts here; None is a gap
    answers: UUID | None
    why: Why
    away: tuple[Posting, ...] = ()  # posts in force whose holders were excused

    @property
    def is_gap(self) -> bool:
        """Whether nobody stood here who could act."""
        return self.posting is None


class ExcuseKind(StrEnum):
    """Why somebody need not walk; each is signed, and each is seen."""

    LEAVE = "leave"  # 请假
    ORDER = "order"  # 调派: taken elsewhere by order
    WEATHER = "weather"  # 恶劣天气停巡


class ExcuseState(StrEnum):
    """What an excuse is worth at a moment."""

    PROPOSED = "proposed"  # 待批
    IN_FORCE = "in_force"  # 生效
    REFUSED = "refused"  # 不批


@dataclass(frozen=True)
class Excuse:
    """A signed entry that a person need not serve in [start, end), and who says so."""

    id: UUID
    person_id: UUID
    kind: ExcuseKind
    start: datetime
    end: datetime
    entered_at: datetime
    entered_by: UUID
    approved_at: datetime | None = None
    approved_by: UUID | None = None
    refused_at: datetime | None = None


@dataclass(frozen=True)
class Held:
    """What becomes of a window nobody served: whose it was, and what excuses that person."""

    person_id: UUID | None  # None: nobody, here or above
    posting: Posting | None  # None: nobody held the place
    excuses: tuple[Excuse, ...] = ()  # entries that together excuse that person
    uncovered: bool = False  # the holder was away, and nobody was put in the place


class Certificate(StrEnum):
    """Whether an enforcement certificate opens the acts that need one."""

    VALID = "valid"
    EXPIRED = "expired"
    NONE = "none"


@dataclass(frozen=True)
class Age:
    """How long a sign-in lasts: untouched, and at all."""

    idle: timedelta | None
    absolute: timedelta


SHIFT = Age(None, timedelta(hours=16))  # whoever walks: one shift, the phone in the pocket
DESK = Age(timedelta(minutes=30), timedelta(hours=12))
FREE_FAILURES = 5  # wrong passwords before one has to wait
LONGEST_WAIT = timedelta(minutes=15)  # never for good: a stranger must not lock anybody out
DUTY_LASTS = timedelta(days=2)  # who was on duty last answers before the others for so long
NEVER = datetime.max.replace(tzinfo=UTC)
INSTANT = timedelta(microseconds=1)  # what lies between the last moment of a window and its end
UNIT_LEVELS = (Role.OFFICER, Role.SQUAD_LEADER, Role.BRIGADE_LEADER, Role.BUREAU_LEADER)
ORDER = {PostKind.COVER: 0, PostKind.RELIEF: 1, PostKind.PRIMARY: 2}


def in_force(posts: Iterable[Posting], at: datetime) -> list[Posting]:
    """The posts held at `at`: cover before relief before primary.

    Of a kind, whoever is on duty by the shifts told until then comes first, then who was last,
    then the newest post.
    """
    held = [post for post in posts if post.start <= at and (post.end is None or at < post.end)]
    newest = sorted(
        held, key=lambda post: (*last_on_duty(post, at), post.start, post.id), reverse=True
    )
    return sorted(newest, key=lambda post: ORDER[post.kind])


def last_on_duty(post: Posting, at: datetime) -> tuple[bool, float]:
    """Whether a post is on duty at `at`, and for how many seconds it has been off, negative."""
    offs = [
        max(at - one.until, timedelta()).total_seconds()
        for one in post.duties
        if one.start <= at and one.told_at <= at and one.start < one.until > at - DUTY_LASTS
    ]
    return on_duty(post, at), -min(offs, default=DUTY_LASTS.total_seconds())


def on_duty(post: Posting, at: datetime) -> bool:
    """Whether a shift that was told by then has the post on duty at `at`."""
    return any(one.start <= at < one.until and one.told_at <= at for one in post.duties)


def binds(post: Posting, at: datetime) -> bool:
    """Whether the holder answers at `at`: the post was accepted or served by then."""
    return bound_at(post) <= at


def bound_at(post: Posting) -> datetime:
    """From when the holder of a post answers, and no longer who gave it."""
    return min((at for at in (post.accepted_at, post.served_at) if at is not None), default=NEVER)


def answers_of(post: Posting, at: datetime) -> UUID | None:
    """Who answers for a post at `at`: its holder once it binds, until then who gave it."""
    return post.person_id if binds(post, at) else post.assigned_by


def levels(line: Line, path: Sequence[Place], *, top_tier: int = 1) -> list[Level]:
    """The levels of `line` for a cell, from the bottom up; `path` starts at the lowest grid.

    Grids above `top_tier` (the district, when streets are tier 1) have no head in this line.
    """
    if line is Line.UNIT:
        return [Level(role) for role in UNIT_LEVELS]
    heads = [Level(Role.HEAD, place.tier) for place in path if place.tier >= top_tier]
    return [Level(Role.WORKER), *heads]


def chain(
    posts: Iterable[Posting],
    path: Sequence[Place],
    line: Line,
    at: datetime,
    *,
    away: Collection[UUID] = (),
    top_tier: int = 1,
) -> list[Link]:
    """Who answered in `line` at `at`, from the bottom up; `away` are persons excused then."""
    held = [post for post in in_force(posts, at) if LINE_OF.get(post.role) is line]
    found = [
        _link(level, _nearest(held, level, path), at, away)
        for level in levels(line, path, top_tier=top_tier)
    ]
    return _filled(found)


def answering(links: Sequence[Link], level: Level) -> Link | None:
    """The link of a level; a level without a tier is met by the first link of that role."""
    fits = (link for link in links if link.level.role is level.role)
    return next((link for link in fits if level.tier in (None, link.level.tier)), None)


def certificate(number: str | None, expires_on: date | None, on: date) -> Certificate:
    """Whether a certificate opens 责令 and approvals on a day; it holds through its last day."""
    if not number:
        return Certificate.NONE
    if expires_on is None or expires_on < on:
        return Certificate.EXPIRED
    return Certificate.VALID


def excuse_state(excuse: Excuse, end: datetime) -> ExcuseState:
    """What an entry is worth for a window that ends at `end`.

    Approved is in force. Entered by somebody else before the window ended, it is an order and
    needs no approval; by oneself, or afterwards, it is a proposal until approved.
    """
    if excuse.refused_at is not None:
        return ExcuseState.REFUSED
    if excuse.approved_at is not None:
        return ExcuseState.IN_FORCE
    ordered = excuse.entered_by != excuse.person_id and excuse.entered_at <= end
    return ExcuseState.IN_FORCE if ordered else ExcuseState.PROPOSED


def excuses_for(
    excuses: Iterable[Excuse], person_id: UUID, start: datetime, end: datetime
) -> tuple[Excuse, ...]:
    """The entries in force that excuse this person from the whole window [start, end), if any do.

    That is the first that does so alone, else all that do so together, in order of time.
    """
    own = [
        one
        for one in sorted(excuses, key=lambda one: (one.entered_at, one.id))
        if one.person_id == person_id
        and not (one.end <= start or end <= one.start)
        and excuse_state(one, end) is ExcuseState.IN_FORCE
    ]
    alone = [one for one in own if one.start <= start and end <= one.end]
    together = own if unbroken([(one.start, one.end) for one in own], start, end) else []
    return tuple(alone[:1] or sorted(together, key=lambda one: one.start))


def held_to(link: Link | None, excuses: Iterable[Excuse], start: datetime, end: datetime) -> Held:
    """Whose a window [start, end) nobody served is, by the link of its level at its close.

    It is the holder's, from when the post began and bound, though that one was away with nobody
    to stand in; who gave it answers for a post not bound, else whoever had to fill the gap.
    """
    if link is None:
        return Held(None, None)
    posts = link.away if link.posting is None else (link.posting,)
    post = next((one for one in posts if binds(one, end - INSTANT)), None)
    if post is not None:
        begun = max(start, post.start, bound_at(post))
        found = excuses_for(excuses, post.person_id, begun, end)
        return Held(post.person_id, post, found, uncovered=link.posting is None)
    given = next((one for one in posts if one.assigned_by is not None), None)
    if given is None:
        return Held(link.answers, None)
    weather = (one for one in excuses if one.kind is ExcuseKind.WEATHER)
    return Held(given.assigned_by, given, excuses_for(weather, given.person_id, start, end))


def away_at(excuses: Iterable[Excuse], at: datetime) -> set[UUID]:
    """Persons who are away on an entry in force at `at`; weather keeps nobody from answering."""
    return {
        one.person_id
        for one in excuses
        if one.kind is not ExcuseKind.WEATHER
        and one.start <= at < one.end
        and excuse_state(one, at) is ExcuseState.IN_FORCE
    }


def gains_by(excuse: Excuse, chains: Iterable[Sequence[Link]]) -> set[UUID]:
    """Who must not approve an entry: the excused, who entered it, and who stands next to fall.

    `chains` are those of the person's grids in the time excused: everybody who answered for the
    person's level, and the level above it that would be asked why the gap was not filled.
    """
    gaining = {excuse.person_id, excuse.entered_by}
    for links in chains:
        for index, link in enumerate(links):
            holders = {post.person_id for post in link.away}
            if link.posting is not None:
                holders.add(link.posting.person_id)
            if excuse.person_id in holders:
                near = (*holders, *(one.answers for one in links[index : index + 2]))
                gaining.update(person for person in near if person is not None)
    return gaining


def assignable(roles: Collection[Role]) -> set[Role]:
    """The roles that somebody with these roles may give posts in: only those below their own."""
    if Role.ADMIN in roles:
        return set(Role)
    found: set[Role] = set()
    for role in roles:
        if role is Role.HEAD:
            found |= {Role.WORKER, Role.HEAD}  # heads of the tiers below; the service looks where
        elif role in UNIT_LEVELS:
            found |= set(UNIT_LEVELS[: UNIT_LEVELS.index(role)])
    return found


def missing(here: Collection[Role], above: Collection[Role], height: int) -> list[Role]:
    """The roles nobody holds on a grid although somebody must; `height` counts from the lowest.

    `above` are roles held further up, which walkers and unit leaders may also answer from.
    """
    wanted = {
        0: (Role.WORKER, Role.HEAD, Role.OFFICER),
        1: (Role.HEAD,),
        2: (Role.HEAD, Role.SQUAD_LEADER),
    }.get(height, (Role.BRIGADE_LEADER, Role.BUREAU_LEADER))
    held = set(here) | (set(above) - {Role.HEAD})
    return [role for role in wanted if role not in held]


def wait_after(failures: int) -> timedelta:
    """How long the next attempt must wait after so many wrong passwords: 1, 2, 4 … 15 minutes."""
    if failures < FREE_FAILURES:
        return timedelta()
    return min(timedelta(minutes=2 ** min(failures - FREE_FAILURES, 10)), LONGEST_WAIT)


def session_age(roles: Collection[Role]) -> Age:
    """How long a sign-in lasts for someone with these roles; the strictest of them counts."""
    return SHIFT if roles and WALKERS.issuperset(roles) else DESK


def _nearest(held: Sequence[Posting], level: Level, path: Sequence[Place]) -> list[Posting]:
    """The posts of a level on the lowest grid of the path that has any."""
    for place in path:
        if level.tier is not None and place.tier != level.tier:
            continue
        here = [post for post in held if (post.grid_id, post.role) == (place.grid_id, level.role)]
        if here:
            return here
    return []


def _link(level: Level, here: Sequence[Posting], at: datetime, away: Collection[UUID]) -> Link:
    """A level by its own posts alone: the first that binds, else who assigned the first."""
    gone = tuple(post for post in here if post.person_id in away)
    ready = [post for post in here if post.person_id not in away]
    bound = next((post for post in ready if binds(post, at)), None)
    if bound is not None:
        return Link(level, bound, bound.person_id, Why(bound.kind.value), gone)
    assigned = next((post for post in ready if post.assigned_by is not None), None)
    if assigned is not None:
        return Link(level, assigned, assigned.assigned_by, Why.ASSIGNER, gone)
    return Link(level, None, None, Why.NOBODY, gone)


def _filled(links: Sequence[Link]) -> list[Link]:
    """Gaps given to the next level above that has somebody."""
    done: list[Link] = []
    above: UUID | None = None
    for link in reversed(links):
        gap = link.answers is None and above is not None
        done.append(Link(link.level, None, above, Why.ABOVE, link.away) if gap else link)
        above = link.answers or above
    return done[::-1]
