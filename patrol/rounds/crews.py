"""Who walked a round at a moment, and what that obliged: by the leg in force, not the last one."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.core.access import Actor
from patrol.core.roles import LINE_OF
from patrol.people.queries import actor_of
from patrol.rounds.model import Leg, Round, Visit

Crew = frozenset[UUID]


@dataclass(frozen=True)
class Crews:
    """The crews of some rounds, each from a moment on; the officer walks in all of them."""

    legs: dict[UUID, list[tuple[datetime, Crew]]]  # in order

    def at(self, round_id: UUID | None, moment: datetime) -> Crew:
        """Who walked a round then; before its first leg those who began it."""
        legs = self.legs.get(round_id, []) if round_id else []
        begun = [crew for since, crew in legs if since <= moment]
        return begun[-1] if begun else next((crew for _, crew in legs), Crew())


def crews_of(session: Session, round_ids: Iterable[UUID | None]) -> Crews:
    """The crews of these rounds."""
    wanted = list({one for one in round_ids if one is not None})
    query = select(col(Round.id), col(Round.officer_id), col(Round.crew), col(Round.started_at))
    rounds = {row[0]: row for row in session.execute(query.where(col(Round.id).in_(wanted)))}
    found: dict[UUID, list[tuple[datetime, Crew]]] = defaultdict(list)
    for leg in _legs(session, wanted):
        officer = rounds[leg.round_id][1]
        found[leg.round_id].append((leg.from_at, Crew({officer, *map(UUID, leg.crew)})))
    for round_id, officer, crew, started_at in rounds.values():
        if round_id not in found:
            found[round_id].append((started_at, Crew({officer, *map(UUID, crew)})))
    return Crews(found)


def duties_of(walkers: Iterable[Actor], grid_id: UUID) -> list[str]:
    """The roles that the crew's posts over a grid oblige to walk it."""
    roles = {
        role
        for each in walkers
        for role, grids in each.roles.items()
        if role in LINE_OF and grid_id in grids
    }
    return sorted(role.value for role in roles)


def by_duties(
    session: Session, going: Round, visits: Sequence[Visit]
) -> Iterator[tuple[list[str], list[Visit]]]:
    """Visits of a round, those of each leg with what its crew was obliged to."""
    if not visits:
        return
    legs = _legs(session, [going.id])
    found: dict[int, list[Visit]] = defaultdict(list)
    for visit in visits:
        found[_number(legs, visit.seen_at)].append(visit)
    for number, some in found.items():
        yield _duties(session, going, legs, number), some


def duties_at(session: Session, going: Round, moment: datetime) -> list[str]:
    """What the crew that walked a round at a moment was obliged to."""
    legs = _legs(session, [going.id])
    return _duties(session, going, legs, _number(legs, moment))


def _number(legs: Sequence[Leg], moment: datetime) -> int:
    return max(sum(leg.from_at <= moment for leg in legs), 1)


def _duties(session: Session, going: Round, legs: Sequence[Leg], number: int) -> list[str]:
    if number >= len(legs):
        return going.duties
    leg = legs[number - 1]
    walkers = [going.officer_id, *map(UUID, leg.crew)]
    held = (actor_of(session, each, now=leg.from_at) for each in walkers)
    return duties_of(held, going.grid_id)


def _legs(session: Session, round_ids: Iterable[UUID]) -> list[Leg]:
    query = select(Leg).where(col(Leg.round_id).in_(list(round_ids)))
    return list(session.scalars(query.order_by(col(Leg.from_at), col(Leg.id))))
