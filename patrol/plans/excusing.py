"""What an excuse that is ruled on late changes in windows that have closed already."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import Session, col

from patrol.core.roles import Role
from patrol.grid.model import Grid
from patrol.ledger.service import note
from patrol.people.model import Excuse, Post
from patrol.plans.model import Plan, WindowResult
from patrol.plans.rules import Window
from patrol.plans.service import whose


def recount(session: Session, excuse_id: UUID, *, now: datetime) -> int:
    """Say anew whose the closed windows in the time of an excuse were, and who is excused.

    Each that changes is told by a new entry, so the figures say what the trace says. Returns how
    many changed; doing it again changes nothing.
    """
    excuse = session.get_one(Excuse, excuse_id)
    windows: dict[tuple[UUID, datetime], list[WindowResult]] = defaultdict(list)
    for role, grids in _held(session, excuse).items():
        for result in _closed(session, excuse, role, grids):
            windows[result.plan_id, result.from_at].append(result)
    return sum(_tell(session, results, now) for _, results in sorted(windows.items()))


def _held(session: Session, excuse: Excuse) -> dict[Role, set[UUID]]:
    """The grids on which the person held a post in that time, by role."""
    found: dict[Role, set[UUID]] = defaultdict(set)
    query = select(col(Post.role), col(Post.grid_id)).where(
        col(Post.person_id) == excuse.person_id,
        col(Post.from_at) < excuse.to_at,
        or_(col(Post.to_at).is_(None), col(Post.to_at) > excuse.from_at),
    )
    for role, grid_id in session.execute(query):
        found[role].add(grid_id)
    return found


def _closed(
    session: Session, excuse: Excuse, role: Role, grids: set[UUID]
) -> Sequence[WindowResult]:
    """What the windows for a role came to that ended in that time, in these grids and below."""
    tops = session.scalars(select(col(Grid.path)).where(col(Grid.id).in_(grids)))
    below = or_(*(col(Grid.path).startswith(top, autoescape=True) for top in tops))
    query = (
        select(WindowResult)
        .join(Plan, col(Plan.id) == col(WindowResult.plan_id))
        .where(
            col(Plan.role) == role,
            col(WindowResult.grid_id).in_(select(col(Grid.id)).where(below)),
            col(WindowResult.to_at) > excuse.from_at,
            col(WindowResult.from_at) < excuse.to_at,
        )
        .order_by(col(WindowResult.grid_id))
    )
    return session.scalars(query).all()


def _tell(session: Session, results: Sequence[WindowResult], now: datetime) -> int:
    """Set right what one window of one plan came to; how many grids that changed."""
    plan, first = session.get_one(Plan, results[0].plan_id), results[0]
    window = Window(first.from_at, first.to_at)
    held = whose(session, plan, window, [one.grid_id for one in results])
    changed = []
    for one in results:
        officer_id, away = held[one.grid_id]
        told = officer_id, away and one.done < one.due
        if told != (one.officer_id, one.excused):
            one.officer_id, one.excused = told
            changed.append([str(one.grid_id), str(officer_id), one.excused])
    if changed:
        facts = {"from": window.start.isoformat(), "answers": changed}
        note(session, None, "window.amended", f"plan:{plan.id}", facts, at=now)
    return len(changed)
