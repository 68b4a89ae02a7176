"""Reading ladders and matters: what waits at which rung, since when, and how far word came."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, within
from patrol.core.roles import Line, Role
from patrol.escalation.model import Climb, ClockStop, Ladder, LadderRung, Matter
from patrol.escalation.rules import Heard, Rung, Stop, handovers, heard
from patrol.grid.model import Grid
from patrol.notices.model import Notice
from patrol.people.queries import names

ORDINARY = "ordinary"  # the ladder of severities that have none of their own
NEVER = datetime.max.replace(tzinfo=UTC)
MOST = 500  # matters in a list


@dataclass(frozen=True)
class ClimbCard:
    """A matter's arrival at one rung, and how far word had come when it had to go on."""

    rung: int
    role: Role
    tier: int | None
    due_at: datetime
    fired_at: datetime
    delayed: timedelta | None  # told late by our own fault
    person_id: UUID | None
    name: str | None  # none: nobody held the rung
    post_id: UUID | None
    notice_id: UUID | None
    delivered_at: datetime | None
    read_at: datetime | None
    acted_at: datetime | None
    heard: Heard
    annulled_at: datetime | None


@dataclass(frozen=True)
class StopCard:
    """A stretch in which the clock stood, and why."""

    start: datetime
    end: datetime | None
    reason: str
    signed_by: str | None  # none: the system was down


@dataclass(frozen=True)
class MatterCard:
    """One matter on one line, ready for a page."""

    id: UUID
    subject: str
    title: str
    ladder_id: UUID
    line: Line
    severity: str
    grid_id: UUID
    grid_name: str
    cycle: int
    rung: int
    rungs: int
    opened_at: datetime
    next_at: datetime | None
    settled_at: datetime | None
    climbs: tuple[ClimbCard, ...] = ()
    stops: tuple[StopCard, ...] = ()

    @property
    def is_at_top(self) -> bool:
        """Whether nobody is left above to pass it to."""
        return self.rung == self.rungs - 1

    @property
    def holder(self) -> ClimbCard | None:
        """The arrival at the rung that holds it now."""
        return self.climbs[-1] if self.climbs else None


@dataclass(frozen=True)
class LadderCard:
    """One ladder with its rungs."""

    id: UUID
    line: Line
    severity: str
    version: int
    rungs: tuple[Rung, ...]


def ladder_in_force(session: Session, line: Line, severity: str, *, at: datetime) -> Ladder | None:
    """The newest ladder of a line for a severity at a moment."""
    query = (
        select(Ladder)
        .where(
            col(Ladder.line) == line,
            col(Ladder.severity) == severity,
            col(Ladder.valid_from) <= at,
            or_(col(Ladder.valid_to).is_(None), col(Ladder.valid_to) > at),
        )
        .order_by(col(Ladder.version).desc())
        .limit(1)
    )
    return session.scalar(query)


def ladder_for(session: Session, line: Line, severity: str, *, at: datetime) -> Ladder | None:
    """The ladder that a matter of a severity climbs: the ordinary one, where it has none."""
    found = ladder_in_force(session, line, severity, at=at)
    return found or ladder_in_force(session, line, ORDINARY, at=at)


def ladders(session: Session, *, at: datetime) -> list[LadderCard]:
    """Every ladder in force, by line and severity."""
    query = select(Ladder).where(
        col(Ladder.valid_from) <= at,
        or_(col(Ladder.valid_to).is_(None), col(Ladder.valid_to) > at),
    )
    found = list(session.scalars(query))
    rungs = rungs_of(session, {ladder.id for ladder in found})
    cards = [
        LadderCard(one.id, one.line, one.severity, one.version, tuple(rungs[one.id]))
        for one in found
    ]
    order = ("grave", "serious", "ordinary")
    return sorted(
        cards,
        key=lambda card: (
            card.line.value,
            order.index(card.severity) if card.severity in order else len(order),
        ),
    )


def rungs_of(session: Session, ladder_ids: Collection[UUID]) -> dict[UUID, list[Rung]]:
    """The rungs of ladders as the rules see them, lowest first."""
    query = (
        select(LadderRung)
        .where(col(LadderRung.ladder_id).in_(ladder_ids))
        .order_by(col(LadderRung.ladder_id), col(LadderRung.number))
    )
    found: dict[UUID, list[Rung]] = defaultdict(list)
    for rung in session.scalars(query):
        patience = timedelta(minutes=rung.patience)
        found[rung.ladder_id].append(Rung(rung.role, rung.tier, patience))
    return found


def clock_stops(
    session: Session, matter_ids: Collection[UUID], *, since: datetime
) -> tuple[dict[UUID, list[ClockStop]], list[ClockStop]]:
    """The signed stops of these matters, and our own downtimes, that end after `since`."""
    query = (
        select(ClockStop)
        .where(
            or_(col(ClockStop.matter_id).in_(matter_ids), col(ClockStop.matter_id).is_(None)),
            or_(col(ClockStop.to_at).is_(None), col(ClockStop.to_at) > since),
        )
        .order_by(col(ClockStop.from_at), col(ClockStop.id))
    )
    signed: dict[UUID, list[ClockStop]] = defaultdict(list)
    ours: list[ClockStop] = []
    for stop in session.scalars(query):
        if stop.matter_id is None:
            ours.append(stop)
        else:
            signed[stop.matter_id].append(stop)
    return signed, ours


def spans(stops: Sequence[ClockStop]) -> list[Stop]:
    """Clock stops as the rules see them."""
    return [Stop(stop.from_at, stop.to_at) for stop in stops]


def by_id(session: Session, matter_id: UUID) -> Matter | None:
    """One matter."""
    return session.get(Matter, matter_id)


def of_subject(session: Session, subject: str) -> list[Matter]:
    """The matters a subject has opened, one for each line."""
    query = select(Matter).where(col(Matter.subject) == subject).order_by(col(Matter.id))
    return list(session.scalars(query))


def matters_of(session: Session, subject: str) -> list[MatterCard]:
    """The matters of a subject with every rung they reached and how far word came."""
    return cards(session, of_subject(session, subject))


def open_matters(session: Session, actor: Actor, *, limit: int = MOST) -> list[MatterCard]:
    """What is unsettled in the grids of this person, highest rung and oldest first."""
    query = (
        select(Matter)
        .where(within(actor, May.SEE_MATTER, Matter), col(Matter.settled_at).is_(None))
        .order_by(col(Matter.rung).desc(), col(Matter.opened_at), col(Matter.id))
        .limit(limit)
    )
    return cards(session, list(session.scalars(query)))


def at_top(session: Session, *, limit: int = MOST) -> list[MatterCard]:
    """Unsettled matters that nobody above is left for."""
    query = (
        select(Matter)
        .where(col(Matter.settled_at).is_(None), col(Matter.next_at).is_(None))
        .order_by(col(Matter.opened_at), col(Matter.id))
        .limit(limit)
    )
    return [card for card in cards(session, list(session.scalars(query))) if card.is_at_top]


def cards(session: Session, matters: Sequence[Matter]) -> list[MatterCard]:
    """Matters with their present cycle's climbs and stops, in as many queries as for one."""
    if not matters:
        return []
    ids = {matter.id for matter in matters}
    known = {one.id: one for one in _ladders_of(session, matters)}
    rungs = rungs_of(session, set(known))
    grids = _grid_names(session, {matter.grid_id for matter in matters})
    climbs = _climbs_of(session, ids)
    signed, ours = clock_stops(session, ids, since=min(one.opened_at for one in matters))
    people = names(
        session,
        {climb.person_id for found in climbs.values() for climb, _ in found}
        | {stop.signed_by for found in signed.values() for stop in found},
    )
    made = []
    for matter in matters:
        ladder, steps = known[matter.ladder_id], rungs[matter.ladder_id]
        present = [pair for pair in climbs[matter.id] if pair[0].cycle == matter.cycle]
        stops = [
            stop
            for stop in (*signed[matter.id], *ours)
            if stop.to_at is None or stop.to_at > matter.opened_at
        ]
        made.append(
            MatterCard(
                matter.id,
                matter.subject,
                matter.title,
                ladder.id,
                ladder.line,
                ladder.severity,
                matter.grid_id,
                grids[matter.grid_id],
                matter.cycle,
                matter.rung,
                len(steps),
                matter.opened_at,
                matter.next_at,
                matter.settled_at,
                tuple(_climb_cards(matter, present, steps, people)),
                tuple(
                    StopCard(
                        one.from_at,
                        one.to_at,
                        one.reason,
                        people.get(one.signed_by) if one.signed_by else None,
                    )
                    for one in stops
                ),
            )
        )
    return made


def next_due(matter: Matter, ladder: Sequence[Rung], stops: Sequence[Stop]) -> datetime | None:
    """When a matter must be passed on from the rung that holds it."""
    moments = handovers(ladder, matter.opened_at, stops)
    return moments[matter.rung] if matter.rung < len(moments) else None


def _ladders_of(session: Session, matters: Sequence[Matter]) -> list[Ladder]:
    wanted = {matter.ladder_id for matter in matters}
    return list(session.scalars(select(Ladder).where(col(Ladder.id).in_(wanted))))


def _grid_names(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    query = select(col(Grid.id), col(Grid.name)).where(col(Grid.id).in_(ids))
    return {row[0]: row[1] for row in session.execute(query)}


def _climbs_of(
    session: Session, ids: Collection[UUID]
) -> dict[UUID, list[tuple[Climb, Notice | None]]]:
    query = (
        select(Climb, Notice)
        .outerjoin(Notice, col(Notice.id) == col(Climb.notice_id))
        .where(col(Climb.matter_id).in_(ids))
        .order_by(col(Climb.matter_id), col(Climb.cycle), col(Climb.rung))
    )
    found: dict[UUID, list[tuple[Climb, Notice | None]]] = defaultdict(list)
    for climb, notice in session.execute(query):
        found[climb.matter_id].append((climb, notice))
    return found


def _climb_cards(
    matter: Matter,
    climbs: Sequence[tuple[Climb, Notice | None]],
    steps: Sequence[Rung],
    people: dict[UUID, str],
) -> list[ClimbCard]:
    ends = [climb.due_at for climb, _ in climbs[1:]] + [matter.settled_at or NEVER]
    made = []
    for (climb, notice), end in zip(climbs, ends, strict=True):
        step = steps[climb.rung]
        told = notice if climb.person_id is not None else None
        late = timedelta(seconds=climb.delayed_by_system)
        made.append(
            ClimbCard(
                climb.rung,
                step.role,
                step.tier,
                climb.due_at,
                climb.fired_at,
                late or None,
                climb.person_id,
                people.get(climb.person_id) if climb.person_id else None,
                climb.post_id,
                climb.notice_id,
                told.delivered_at if told else None,
                told.read_at if told else None,
                told.acted_at if told else None,
                heard(
                    nobody=climb.person_id is None,
                    delivered_at=told.delivered_at if told else None,
                    read_at=told.read_at if told else None,
                    acknowledged_at=told.acted_at if told else None,
                    settled_at=matter.settled_at,
                    at=end,
                ),
                climb.annulled_at,
            )
        )
    return made
