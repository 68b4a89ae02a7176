"""Weather stops of a whole grid: one signed act, one entry for everybody who walks there."""

from datetime import datetime, tzinfo

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, demand
from patrol.core.errors import NotFound, Refused
from patrol.core.roles import WALKERS
from patrol.grid.lineage import held_whole
from patrol.grid.model import Grid
from patrol.grid.queries import grids_of
from patrol.ledger.service import note
from patrol.people import records
from patrol.people.drafts import NewStop
from patrol.people.model import Excuse, Post
from patrol.people.queries import paths_of
from patrol.people.rules import ExcuseKind


def stop(
    session: Session, actor: Actor, draft: NewStop, *, now: datetime, zone: tzinfo
) -> list[Excuse]:
    """Stop patrols in a grid and all below it for a time; whoever walks there is excused.

    Entered before a window ends it is an order; afterwards each entry is a proposal. Whoever is
    given a post there while it lasts shares it.
    """
    grid = grids_of(session, [draft.grid_id]).get(draft.grid_id)
    if grid is None or grid.valid_to is not None:
        raise NotFound
    demand(actor, May.RECORD_EXCUSE, grid, seen=May.SEE_GRID)
    start, end = draft.from_at.replace(tzinfo=zone), draft.to_at.replace(tzinfo=zone)
    if end <= start:
        raise Refused("ends-before-it-begins", "to_at")
    below = list(
        session.scalars(
            select(col(Grid.id)).where(
                col(Grid.path).startswith(grid.path, autoescape=True), col(Grid.valid_to).is_(None)
            )
        )
    )
    people = {
        post.person_id
        for post in records.posts_over(session, below, start, end)
        if post.role in WALKERS
    }
    if not people:
        raise Refused("stop-for-nobody", "grid_id")
    entries = [
        Excuse(
            person_id=person_id,
            grid_id=grid.id,
            kind=ExcuseKind.WEATHER,
            document=draft.document,
            reason=draft.reason,
            from_at=start,
            to_at=end,
            recorded_by=actor.id,
            recorded_at=now,
        )
        for person_id in sorted(people)
    ]
    session.add_all(entries)
    session.flush()
    facts = {
        "document": draft.document,
        "from": start,
        "to": end,
        "people": sorted(str(one) for one in people),
    }
    note(session, actor, "stop.entered", f"grid:{grid.id}", facts, at=now)
    return entries


def share(session: Session, post: Post) -> None:
    """Have whoever is given a post share the weather stops that lie over its grid then.

    A stop of a grid that was split goes on over its heirs.
    """
    if post.role not in WALKERS:
        return
    path = [place.grid_id for place in paths_of(session, [post.grid_id]).get(post.grid_id, [])]
    query = select(Excuse).where(
        col(Excuse.kind) == ExcuseKind.WEATHER,
        col(Excuse.grid_id).in_({*path, *held_whole(session, path)}),
        col(Excuse.to_at) > post.from_at,
        col(Excuse.refused_at).is_(None),
    )
    if post.to_at is not None:
        query = query.where(col(Excuse.from_at) < post.to_at)
    lying = list(session.scalars(query.order_by(col(Excuse.recorded_at), col(Excuse.id))))
    known = {
        (one.grid_id, one.document, one.from_at) for one in lying if one.person_id == post.person_id
    }
    for one in lying:
        told = (one.grid_id, one.document, one.from_at)
        if told in known or one.recorded_by == one.person_id:
            continue
        known.add(told)
        session.add(
            Excuse(
                person_id=post.person_id,
                grid_id=one.grid_id,
                kind=one.kind,
                document=one.document,
                reason=one.reason,
                from_at=one.from_at,
                to_at=one.to_at,
                recorded_by=one.recorded_by,
                recorded_at=one.recorded_at,
                approved_by=one.approved_by,
                approved_at=one.approved_at,
            )
        )
    session.flush()
