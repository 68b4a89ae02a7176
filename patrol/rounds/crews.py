"""Who walked a round at a moment: the crew of the leg in force then, not the last one."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.rounds.model import Leg, Round

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
    legs = select(Leg).where(col(Leg.round_id).in_(wanted))
    for leg in session.scalars(legs.order_by(col(Leg.from_at), col(Leg.id))):
        officer = rounds[leg.round_id][1]
        found[leg.round_id].append((leg.from_at, Crew({officer, *map(UUID, leg.crew)})))
    for round_id, officer, crew, started_at in rounds.values():
        if round_id not in found:
            found[round_id].append((started_at, Crew({officer, *map(UUID, crew)})))
    return Crews(found)
