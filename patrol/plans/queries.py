"""Reading plans: their terms, which of them cover a place, and what is due for whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, or_, select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, within
from patrol.core.roles import Role
from patrol.grid.lineage import forebears
from patrol.grid.model import Grid
from patrol.plans.model import Plan, PlanState, Standing, WindowResult
from patrol.plans.rules import Moment, Terms, lasts_until, moment

REMEMBERED = 5000  # thresholds kept in memory, by terms
_known_moments: dict[Terms, tuple[Moment, datetime]] = {}
LIVE = (PlanState.PUBLISHED, PlanState.SUSPENDED)


@dataclass(frozen=True)
class PlanCard:
    """One plan for a list."""

    id: UUID
    name: str
    grid_id: UUID
    grid_name: str
    role: Role
    state: PlanState
    terms: Terms
    topics: tuple[str, ...]
    cells: int
    version: int
    signed: bool
    end_waits: bool


def terms(plan: Plan, zone: ZoneInfo) -> Terms:
    """When this version of a plan asks for visits; a row with the columns of a plan will do."""
    return Plan.terms(plan, zone)


def by_id(session: Session, plan_id: UUID) -> Plan | None:
    """One plan."""
    return session.get(Plan, plan_id)


def listed(
    session: Session, actor: Actor, *, zone: ZoneInfo, ended: bool = False
) -> list[PlanCard]:
    """The plans this person may see, live and drafted ones or those that have ended."""
    cells = (
        select(col(Standing.plan_id), func.count().label("cells"))
        .group_by(col(Standing.plan_id))
        .subquery()
    )
    states = [PlanState.ENDED] if ended else [PlanState.DRAFT, *LIVE]
    found = session.execute(
        select(Plan, col(Grid.name), cells.c.cells)
        .join(Grid, col(Grid.id) == col(Plan.grid_id))
        .outerjoin(cells, cells.c.plan_id == col(Plan.id))
        .where(within(actor, May.SEE_PLAN, Plan), col(Plan.state).in_(states))
        .order_by(col(Grid.path), col(Plan.cadence), col(Plan.name), col(Plan.id))
        .limit(500)
    )
    return [_card(plan, name, cells or 0, zone) for plan, name, cells in found]


def _card(plan: Plan, grid_name: str, cells: int, zone: ZoneInfo) -> PlanCard:
    return PlanCard(
        id=plan.id,
        name=plan.name,
        grid_id=plan.grid_id,
        grid_name=grid_name,
        role=plan.role,
        state=plan.state,
        terms=terms(plan, zone),
        topics=tuple(plan.topics),
        cells=cells,
        version=plan.version,
        signed=plan.floor_signed_by is not None,
        end_waits=plan.end_waits,
    )


def plans_over(
    session: Session,
    grid_ids: Iterable[UUID],
    *,
    topic: str | None = None,
    since: datetime,
    until: datetime,
) -> list[Plan]:
    """Plans once published whose scope is one of these grids and that held at some time inside.

    A plan on a grid that was split or merged holds in what took over from it.
    """
    scopes = set(grid_ids)
    found = session.scalars(
        select(Plan)
        .where(
            col(Plan.grid_id).in_(scopes | forebears(session, scopes)),
            col(Plan.state) != PlanState.DRAFT,
            col(Plan.valid_from) < until,
            or_(col(Plan.valid_to).is_(None), col(Plan.valid_to) > since),
        )
        .order_by(col(Plan.valid_from), col(Plan.id))
    )
    return [plan for plan in found if topic is None or topic in plan.topics]


def ended_outright(
    session: Session,
    grid_ids: Iterable[UUID],
    *,
    topic: str,
    since: datetime | None,
    until: datetime,
) -> list[Plan]:
    """Plans over these grids whose end took scope out, by a signature; ended in (since, until]."""
    scopes = set(grid_ids)
    query = select(Plan).where(
        col(Plan.grid_id).in_(scopes | forebears(session, scopes)),
        col(Plan.state) == PlanState.ENDED,
        col(Plan.end_signed_by).is_not(None),
        col(Plan.valid_to) <= until,
    )
    if since is not None:
        query = query.where(col(Plan.valid_to) > since)
    found = session.scalars(query.order_by(col(Plan.valid_to), col(Plan.id)))
    return [plan for plan in found if topic in plan.topics]


def live(
    session: Session,
    plan_ids: Iterable[UUID] | Select[UUID] | None = None,
    *,
    now: datetime | None = None,
) -> list[Plan]:
    """All plans in force or suspended, or those of them asked for; begun by `now` where told."""
    query = select(Plan).where(col(Plan.state).in_(LIVE))
    if now is not None:
        query = query.where(col(Plan.valid_from) <= now)
    if plan_ids is not None:
        asked = plan_ids if isinstance(plan_ids, Select) else list(plan_ids)
        query = query.where(col(Plan.id).in_(asked))
    return list(session.scalars(query.order_by(col(Plan.id))))


def on_workdays(session: Session, *, after: datetime) -> list[str]:
    """The names of the plans in force that follow workdays and last beyond a moment."""
    query = select(col(Plan.name)).where(
        col(Plan.state).in_(LIVE),
        col(Plan.workdays_only).is_(True),
        or_(col(Plan.valid_to).is_(None), col(Plan.valid_to) > after),
    )
    return list(session.scalars(query.order_by(col(Plan.name)).distinct()))


def moments(plans: Iterable[Plan], zone: ZoneInfo, *, now: datetime) -> dict[UUID, Moment]:
    """The thresholds of each plan at `now`; plans with the same terms share the reckoning."""
    return {
        plan.id: moment_of(terms(plan, zone), now, suspended=plan.state is PlanState.SUSPENDED)
        for plan in plans
    }


def moment_of(asked: Terms, now: datetime, *, suspended: bool = False) -> Moment:
    """The thresholds of these terms; windows are looked for again when one begins or closes."""
    kept, until = _known_moments.get(asked, (None, now))
    if kept is None or not kept.now <= now < until:
        kept = moment(asked, now)
        if len(_known_moments) > REMEMBERED:
            _known_moments.clear()
        _known_moments[asked] = kept, lasts_until(kept, asked)
    return Moment(now, kept.current, kept.previous, kept.upcoming, suspended)


def results(
    session: Session, plan_id: UUID, since: datetime, until: datetime
) -> list[WindowResult]:
    """What the windows of a plan that ended in [since, until) came to, in order."""
    return list(
        session.scalars(
            select(WindowResult)
            .where(
                col(WindowResult.plan_id) == plan_id,
                col(WindowResult.to_at) >= since,
                col(WindowResult.to_at) < until,
            )
            .order_by(col(WindowResult.from_at), col(WindowResult.grid_id))
        )
    )
