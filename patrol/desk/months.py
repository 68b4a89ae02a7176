"""What a month came to, for one person or in the reader's grids, day by day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, within
from patrol.core.roles import WALKERS
from patrol.desk.rules import MONTH, Days, by_day, rates, share
from patrol.escalation.model import Climb, Matter
from patrol.findings.model import Finding
from patrol.plans.model import Standing, WindowResult


@dataclass(frozen=True)
class Month:
    """Thirty days in figures, for small plots."""

    done: Days  # cells seen inside a window that asked for them
    kept: Days  # the same in per cent of what was due
    kept_share: float | None
    finds: Days
    climbs: Days | None
    gap: timedelta | None  # since the cell unseen longest was seen
    unseen: int  # cells never seen


def my_month(session: Session, actor: Actor, *, zone: ZoneInfo, now: datetime) -> Month:
    """What this person's own windows and findings of thirty days came to."""
    grids = frozenset[UUID]().union(
        *(grids for role, grids in actor.roles.items() if role in WALKERS)
    )
    return _month(
        session,
        zone,
        now,
        windows=col(WindowResult.officer_id) == actor.id,
        found=col(Finding.officer_id) == actor.id,
        cells=col(Standing.grid_id).in_(grids),
    )


def month(session: Session, actor: Actor, *, zone: ZoneInfo, now: datetime) -> Month:
    """What the windows, findings and climbs in the reader's grids came to in thirty days."""
    climbs = session.execute(
        select(col(Climb.due_at))
        .join(Matter, col(Matter.id) == col(Climb.matter_id))
        .where(
            col(Climb.due_at) > now - MONTH,
            col(Climb.due_at) <= now,
            col(Climb.rung) > 0,
            within(actor, May.SEE_MATTER, Matter),
        )
    )
    return _month(
        session,
        zone,
        now,
        windows=within(actor, May.SEE_COVERAGE, WindowResult),
        found=within(actor, May.SEE_FINDING, Finding),
        cells=within(actor, May.SEE_COVERAGE, Standing),
        climbs=[at for (at,) in climbs],
    )


def _month(
    session: Session,
    zone: ZoneInfo,
    now: datetime,
    *,
    windows: ColumnElement[bool],
    found: ColumnElement[bool],
    cells: ColumnElement[bool],
    climbs: Iterable[datetime] | None = None,
) -> Month:
    since = now - MONTH
    closed = session.execute(
        select(
            col(WindowResult.to_at),
            func.sum(col(WindowResult.done)),
            func.sum(col(WindowResult.due)),
        )
        .where(windows, col(WindowResult.to_at) > since, ~col(WindowResult.excused))
        .group_by(col(WindowResult.to_at))
    ).all()
    finds = session.execute(select(col(Finding.seen_at)).where(found, col(Finding.seen_at) > since))
    oldest, unseen = session.execute(
        select(
            func.min(col(Standing.seen_at)), func.count().filter(col(Standing.seen_at).is_(None))
        ).where(cells)
    ).one()
    done = by_day(((at, float(much)) for at, much, _ in closed), zone, now)
    due = by_day(((at, float(much)) for at, _, much in closed), zone, now)
    return Month(
        done=done,
        kept=rates(done, due),
        kept_share=share(done, due),
        finds=by_day(((at, 1) for (at,) in finds), zone, now),
        climbs=None if climbs is None else by_day(((at, 1) for at in climbs), zone, now),
        gap=None if oldest is None else now - oldest,
        unseen=unseen,
    )
