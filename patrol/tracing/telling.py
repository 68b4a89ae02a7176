"""Gathers who was told of a matter when, how far word came, and what each then did."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import zip_longest
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.escalation import queries as escalation
from patrol.escalation.cycles import cycles_of
from patrol.escalation.queries import ClimbCard, MatterCard
from patrol.escalation.rules import Rung, Stop, due
from patrol.ledger.model import LedgerEntry
from patrol.notices.model import Notice
from patrol.people.model import Post
from patrol.people.rules import Level, Place
from patrol.tracing.facts import Pause, Told

PASSIVE = ("notice.", "doubt.", "review.")  # being told, or speaking of it, is not doing


def told_of(session: Session, subject: str) -> tuple[Told, ...]:
    """Every rung this subject reached on either line."""
    cards = cycles_of(session, subject)
    acts = _acts(session, subject, cards)
    found: list[Told] = []
    for card in cards:
        rungs = escalation.rungs_of(session, {card.ladder_id})[card.ladder_id]
        stops = [Stop(one.start, one.end) for one in card.stops]
        reached = [climb for climb in card.climbs if climb.annulled_at is None]
        for climb, following in zip_longest(reached, reached[1:]):
            until = following.due_at if following else _until(climb, rungs, stops)
            found.append(_told(climb, until, card, acts, top=climb.rung == len(rungs) - 1))
    return tuple(found)


def warned_of(
    session: Session, subjects: Iterable[str], path: Iterable[Place], until: datetime
) -> Iterator[Told]:
    """Notices about windows due or missed at this place, told until the discovery."""
    grids = {place.grid_id: place.tier for place in path}
    query = select(Notice).where(
        col(Notice.subject).in_(list(subjects)),
        col(Notice.kind).startswith("window."),
        col(Notice.grid_id).in_(list(grids)),
        col(Notice.made_at) <= until,
    )
    for notice in session.scalars(query.order_by(col(Notice.made_at), col(Notice.id))):
        post = session.scalar(
            select(Post)
            .where(col(Post.person_id) == notice.person_id, col(Post.grid_id).in_(list(grids)))
            .order_by(col(Post.from_at).desc())
            .limit(1)
        )
        patience = notice.facts.get("until")
        if post is None:
            continue
        yield Told(
            evidence=f"notice:{notice.id}",
            level=Level(post.role, grids[post.grid_id]),
            about_finding=False,
            plan=notice.subject if notice.subject.startswith("plan:") else None,
            told_at=notice.due_at,
            until=datetime.fromisoformat(patience) if isinstance(patience, str) else None,
            person=notice.person_id,
            delivered_at=notice.delivered_at,
            read_at=notice.read_at,
            acknowledged_at=notice.acted_at,
        )


def pauses_of(session: Session, subject: str, since: datetime) -> tuple[Pause, ...]:
    """The signed clock stops of this subject, and our own downtimes since it began."""
    matters = escalation.of_subject(session, subject)
    signed, ours = escalation.clock_stops(session, {one.id for one in matters}, since=since)
    own = {stop.id: stop for stops in signed.values() for stop in stops}
    distinct = {(stop.from_at, stop.to_at): stop for stop in own.values()}  # one stop, both lines
    found = [
        Pause(f"clock_stop:{stop.id}", Stop(stop.from_at, stop.to_at), False, stop.recorded_at)
        for stop in distinct.values()
    ]
    found += [
        Pause(f"clock_stop:{stop.id}", Stop(stop.from_at, stop.to_at), True, stop.recorded_at)
        for stop in ours
    ]
    return tuple(found)


def _told(
    climb: ClimbCard,
    until: datetime | None,
    card: MatterCard,
    acts: dict[UUID, list[tuple[datetime, str]]],
    *,
    top: bool,
) -> Told:
    mine = acts.get(climb.person_id, []) if climb.person_id else []
    did = [one for one in mine if one[0] >= climb.due_at]
    if card.settled_at is not None and card.settled_at >= climb.due_at:
        did.append((card.settled_at, card.subject))
    first = min(did, default=None)
    return Told(
        evidence=f"climb:{card.id}:{climb.rung}{f':{card.cycle}' if card.cycle else ''}",
        level=Level(climb.role, climb.tier),
        about_finding=True,
        told_at=climb.due_at,
        until=until,
        person=climb.person_id,
        delivered_at=climb.delivered_at,
        read_at=climb.read_at,
        acknowledged_at=climb.acted_at,
        acted_at=first[0] if first else None,
        acted=first[1] if first else "",
        delayed=climb.delayed is not None,
        top=top,
    )


def _acts(
    session: Session, subject: str, cards: Iterable[MatterCard]
) -> dict[UUID, list[tuple[datetime, str]]]:
    """What each person did about a subject, by the ledger, in order."""
    subjects = [subject, *(f"matter:{card.id}" for card in cards)]
    query = (
        select(LedgerEntry)
        .where(col(LedgerEntry.subject).in_(subjects), col(LedgerEntry.actor_id).is_not(None))
        .order_by(col(LedgerEntry.at), col(LedgerEntry.seq))
    )
    found: dict[UUID, list[tuple[datetime, str]]] = {}
    for entry in session.scalars(query):
        if entry.actor_id is not None and not entry.kind.startswith(PASSIVE):
            found.setdefault(entry.actor_id, []).append((entry.at, f"ledger:{entry.seq}"))
    return found


def _until(climb: ClimbCard, rungs: list[Rung], stops: list[Stop]) -> datetime | None:
    """When the patience of the rung that holds a matter is up."""
    return due(climb.due_at, rungs[climb.rung].patience, stops)
