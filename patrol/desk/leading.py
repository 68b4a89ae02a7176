"""How the grids below a leader do now, who holds them, and where the largest gap is."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, within
from patrol.core.roles import Role
from patrol.grid.model import Grid
from patrol.people.model import Person, Post
from patrol.plans.model import Standing, WindowResult
from patrol.plans.queries import live, moments
from patrol.plans.rules import Moment, State, tally

WEEK = timedelta(days=7)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class SubGrid:
    """How one grid below the reader's own does now, and who holds it."""

    id: UUID
    name: str
    tier: int
    counts: Mapping[State, int]  # cells, once for each plan that asks for them
    done: int  # of what was due in the windows of seven days
    due: int
    gap: timedelta | None  # since the cell unseen longest was seen
    holders: tuple[str, ...]

    @property
    def urgency(self) -> tuple[int, int]:
        """More of this comes first."""
        late = self.counts.get(State.OVERDUE, 0) + self.counts.get(State.NEVER, 0)
        return late, self.counts.get(State.DUE_SOON, 0)


@dataclass(frozen=True)
class Totals:
    """The same for all of the reader's grids together."""

    done: int
    due: int
    overdue: int
    never: int
    gap: timedelta | None
    gap_in: str | None


def grids(session: Session, actor: Actor, *, zone: ZoneInfo, now: datetime) -> list[SubGrid]:
    """The grids right below the reader's own (or these, at the lowest tier), the worst first."""
    rows = session.execute(
        select(col(Grid.id), col(Grid.name), col(Grid.path), col(Grid.tier), col(Grid.parent_id))
        .where(within(actor, May.SEE_COVERAGE, Grid), col(Grid.valid_to).is_(None))
        .order_by(col(Grid.path))
    ).all()
    ids = {row.id for row in rows}
    tops = {row.id for row in rows if row.parent_id not in ids}
    kept = [row for row in rows if row.parent_id in tops] or list(rows)
    home = {
        row.id: sub.id for row in rows for sub in kept if row.path.startswith(sub.path)
    }  # a street holds a few dozen grids
    counts, oldest = _states(session, actor, home, zone=zone, now=now)
    weeks: dict[UUID, list[int]] = defaultdict(lambda: [0, 0])
    for grid_id, done, due in _kept(session, actor, since=now - WEEK):
        if grid_id in home:
            weeks[home[grid_id]][0] += done
            weeks[home[grid_id]][1] += due
    holders = _holders(session, [row.id for row in kept], now=now)
    found = [
        SubGrid(
            row.id,
            row.name,
            row.tier,
            counts[row.id],
            weeks[row.id][0],
            weeks[row.id][1],
            now - oldest[row.id] if row.id in oldest else None,
            holders[row.id],
        )
        for row in kept
    ]
    return sorted(found, key=lambda one: one.urgency, reverse=True)


def _states(
    session: Session, actor: Actor, home: Mapping[UUID, UUID], *, zone: ZoneInfo, now: datetime
) -> tuple[dict[UUID, Counter[State]], dict[UUID, datetime]]:
    """Cells by standing for each grid of `home`; one question for all plans alike."""
    alike: dict[Moment, list[UUID]] = defaultdict(list)
    for plan_id, at in moments(live(session), zone, now=now).items():
        alike[at].append(plan_id)
    seen, grid = col(Standing.seen_at), col(Standing.grid_id)
    counts: dict[UUID, Counter[State]] = defaultdict(Counter)
    oldest: dict[UUID, datetime] = {}
    for at, plan_ids in alike.items():
        rows = session.execute(
            select(
                grid,
                func.count(),
                func.count(seen),
                func.count().filter(seen >= (at.fresh_from or at.now)),
                func.count().filter(seen >= (at.done_from or EPOCH)),
                func.min(seen),
            )
            .where(col(Standing.plan_id).in_(plan_ids), within(actor, May.SEE_COVERAGE, Standing))
            .group_by(grid)
        )
        for grid_id, *figures, first in rows:
            if grid_id not in home:
                continue
            sub = home[grid_id]
            counts[sub].update(tally(at, *figures))
            if first is not None:
                oldest[sub] = min(first, oldest.get(sub, first))
    return counts, oldest


def _kept(session: Session, actor: Actor, *, since: datetime) -> Iterable[Any]:
    return session.execute(
        select(
            col(WindowResult.grid_id),
            func.sum(col(WindowResult.done)),
            func.sum(col(WindowResult.due)),
        )
        .where(
            within(actor, May.SEE_COVERAGE, WindowResult),
            col(WindowResult.to_at) > since,
            ~col(WindowResult.excused),
        )
        .group_by(col(WindowResult.grid_id))
    )


def _holders(
    session: Session, grid_ids: Sequence[UUID], *, now: datetime
) -> dict[UUID, tuple[str, ...]]:
    """Who holds each grid: its officers, else its head."""
    rows = session.execute(
        select(col(Post.grid_id), col(Post.role), col(Person.name))
        .join(Person, col(Person.id) == col(Post.person_id))
        .where(
            col(Post.grid_id).in_(grid_ids),
            col(Post.role).in_((Role.OFFICER, Role.HEAD, Role.SQUAD_LEADER)),
            col(Post.from_at) <= now,
            or_(col(Post.to_at).is_(None), col(Post.to_at) > now),
        )
        .order_by(col(Post.from_at).desc())
    )
    found: dict[UUID, dict[Role, list[str]]] = defaultdict(lambda: defaultdict(list))
    for grid_id, role, name in rows:
        found[grid_id][role].append(name)
    order = (Role.OFFICER, Role.SQUAD_LEADER, Role.HEAD)
    return {
        grid_id: tuple(next((by[role] for role in order if by[role]), ()))
        for grid_id in grid_ids
        for by in (found[grid_id],)
    }


def totals(grids: Sequence[SubGrid]) -> Totals:
    """All grids together, and where the largest gap is."""
    worst = max(grids, key=lambda one: one.gap or timedelta(), default=None)
    return Totals(
        sum(one.done for one in grids),
        sum(one.due for one in grids),
        sum(one.counts.get(State.OVERDUE, 0) for one in grids),
        sum(one.counts.get(State.NEVER, 0) for one in grids),
        worst.gap if worst else None,
        worst.name if worst else None,
    )
