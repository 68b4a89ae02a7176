"""What to begin a plan with: the usual plans of each tier, from which a draft is made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, demand
from patrol.core.roles import Role
from patrol.grid.model import Grid, Tier
from patrol.plans import measures, service
from patrol.plans.drafts import PlanDraft
from patrol.plans.model import Plan, PlanState, Scope
from patrol.plans.needs import tiers
from patrol.plans.rules import Cadence

TOPICS = ("street_order", "city_appearance", "advertising", "construction")
PEAKS, NIGHT = "07:30–09:30、17:00–19:00", "18:00–06:00"


@dataclass(frozen=True)
class Preset:
    """The terms of a usual plan, without its place and days."""

    code: str
    role: Role
    cadence: Cadence
    scope: Scope = Scope.ALL
    times: int = 1
    hours: str = ""
    weekdays: tuple[int, ...] = ()
    monthdays: tuple[int, ...] = ()
    nth: int = 0
    share: float = 1.0  # of the time that a full look at a cell takes

    def values(self, dwell: float) -> dict[str, Any]:
        """What a form or a draft begins with, where a full look takes so many minutes."""
        told = {name: value for name, value in vars(self).items() if name not in {"code", "share"}}
        minutes = max(round(self.share * dwell, 1), 0.1)
        return told | {"topics": TOPICS, "minutes_per_cell": minutes}


DAILY = Preset("daily", Role.OFFICER, Cadence.DAILY)
HOT_TWICE = Preset("hot-twice", Role.OFFICER, Cadence.DAILY, Scope.HOT, 2, PEAKS)
OBJECTS = Preset("objects", Role.OFFICER, Cadence.WEEKLY, Scope.OBJECTS, weekdays=(0,))
WEEKLY = Preset("weekly", Role.HEAD, Cadence.WEEKLY, weekdays=(0,), share=0.5)
NIGHT_CHECK = Preset(
    "night", Role.HEAD, Cadence.MONTHLY, hours=NIGHT, weekdays=(4,), nth=1, share=0.25
)
MONTHLY = Preset("monthly", Role.HEAD, Cadence.MONTHLY, monthdays=(1,), share=0.25)
BEGINNINGS = ((DAILY, HOT_TWICE, OBJECTS), (WEEKLY, NIGHT_CHECK), (MONTHLY,))
USUAL = ((DAILY, HOT_TWICE), (WEEKLY, NIGHT_CHECK), (MONTHLY,))  # both from the lowest tier upwards


def usual(tier: int, lowest: int) -> Sequence[Preset]:
    """The plans a grid of this tier usually has."""
    return USUAL[min(max(lowest - tier, 0), len(USUAL) - 1)]


def preset(code: str) -> Preset | None:
    """The preset of that code."""
    return next((one for tier in BEGINNINGS for one in tier if one.code == code), None)


def by_tier(session: Session) -> list[tuple[Tier, Sequence[Preset]]]:
    """What plans of each tier usually begin with, the lowest tier first."""
    query = select(Tier).order_by(col(Tier.number).desc())
    return list(zip(session.scalars(query), BEGINNINGS, strict=False))


def draft_usual(
    session: Session,
    actor: Actor,
    grid_id: UUID,
    names: dict[str, str],
    topics: Sequence[str],
    *,
    first: date,
    zone: ZoneInfo,
    now: datetime,
) -> list[Plan]:
    """Draft the usual plans of a grid's tier that it has not, drafted or in force."""
    grid = demand(actor, May.MAKE_PLAN, session.get(Grid, grid_id), seen=May.SEE_PLAN)
    held = session.scalars(
        select(Plan).where(col(Plan.grid_id) == grid.id, col(Plan.state) != PlanState.ENDED)
    )
    known = {(one.role, one.cadence, one.scope, bool(one.hours)) for one in held}
    made, dwell = [], measures.figures(session).dwell
    for one in usual(grid.tier, tiers(session)):
        if (one.role, one.cadence, one.scope, bool(one.hours)) in known:
            continue
        told = one.values(dwell) | {
            "name": names[one.code],
            "grid_id": grid.id,
            "valid_from": first,
        }
        draft = PlanDraft(**told | {"topics": tuple(topics)})
        made.append(service.make(session, actor, draft, zone=zone, now=now))
    return made
