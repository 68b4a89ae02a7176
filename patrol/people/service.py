"""What happens to posts and excuses: given, accepted, ended; entered, approved, refused."""

from datetime import datetime, timedelta, tzinfo
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, allows, demand
from patrol.core.errors import Forbidden, NotFound, Refused
from patrol.core.roles import Line, Role
from patrol.grid.queries import grids_of
from patrol.ledger.service import note
from patrol.notices.service import notify
from patrol.people import records, roster, rules, stops
from patrol.people.drafts import NewExcuse, NewPost
from patrol.people.model import Excuse, Person, Post
from patrol.people.queries import links
from patrol.people.records import entry

SLACK = timedelta(minutes=10)  # how far back "from now" may reach while a form is filled in
LONGEST_EXCUSE = timedelta(days=366)


def assign(session: Session, actor: Actor, draft: NewPost, *, now: datetime, zone: tzinfo) -> Post:
    """Give somebody a post; it binds once accepted, and until then the giver answers.

    Raises Refused when the time is wrong, the post is held already or the person serves
    nowhere below the giver; Forbidden when the role or the grid is not below the giver's own.
    """
    person = _person(session, draft.login)
    grid = grids_of(session, [draft.grid_id]).get(draft.grid_id)
    if grid is None or grid.valid_to is not None:
        raise NotFound
    start = draft.from_at.replace(tzinfo=zone) if draft.from_at else now
    end = draft.to_at.replace(tzinfo=zone) if draft.to_at else None
    if start < now - SLACK:
        raise Refused("post-in-the-past", "from_at")
    if end is not None and end <= start:
        raise Refused("ends-before-it-begins", "to_at")
    post = Post(
        person_id=person.id,
        role=draft.role,
        grid_id=grid.id,
        kind=draft.kind,
        from_at=max(start, now),
        to_at=end,
        assigned_by=actor.id,
        recorded_at=now,
    )
    demand(actor, May.MANAGE_POST, grid, seen=May.SEE_GRID)
    _demand_below(session, actor, draft.role, grid.id, now=now)
    _demand_led(session, actor, person, now=now)
    if _held_already(session, post):
        raise Refused("post-held-already", "login", name=person.name)
    session.add(post)
    session.flush()
    stops.share(session, post)
    note(session, actor, "post.assigned", post.id, _facts(post), at=now)
    facts = {"role": post.role.value, "kind": post.kind.value, "grid": grid.name}
    notify(
        session,
        person.id,
        "post.assigned",
        f"post:{post.id}",
        facts,
        due_at=now,
        now=now,
        grid_id=grid.id,
    )
    return post


def accept(session: Session, actor: Actor, post: Post | None, *, now: datetime) -> Post:
    """Accept one's own post; from then on it binds, and not before."""
    found = demand(actor, May.ACCEPT_POST, post)
    if found.to_at is not None and found.to_at <= now:
        raise Refused("post-is-over")
    if found.accepted_at is None:
        found.accepted_at = now
        _changed(session, found.person_id)
        note(session, actor, "post.accepted", found.id, {}, at=now)
    return found


def serve(
    session: Session, actor: Actor, post: Post | None, document: str, *, now: datetime
) -> Post:
    """Record that a post was put before its holder in writing; from then on it binds.

    Only who may give the post records it, and nobody serves what is one's own.
    """
    found = demand(actor, May.MANAGE_POST, post, seen=May.SEE_POST)
    _demand_below(session, actor, found.role, found.grid_id, now=now)
    if found.person_id == actor.id:
        raise Forbidden
    if found.to_at is not None and found.to_at <= now:
        raise Refused("post-is-over")
    if found.served_at is None and found.accepted_at is None:
        found.served_at = now
        _changed(session, found.person_id)
        note(session, actor, "post.served", found.id, {"document": document}, at=now)
    return found


def end(session: Session, actor: Actor, post: Post | None, *, now: datetime) -> Post:
    """End a post from now on; what it bound before stays as it was."""
    found = demand(actor, May.MANAGE_POST, post, seen=May.SEE_POST)
    _demand_below(session, actor, found.role, found.grid_id, now=now)
    if found.to_at is not None and found.to_at <= now:
        raise Refused("post-is-over")
    found.to_at = max(now, found.from_at)
    records.call_off(session, found, actor.id, at=found.to_at)
    _changed(session, found.person_id)
    note(session, actor, "post.ended", found.id, {"to": found.to_at.isoformat()}, at=now)
    return found


def enter_excuse(
    session: Session, actor: Actor, draft: NewExcuse, *, now: datetime, zone: tzinfo
) -> Excuse:
    """Enter leave, an order elsewhere, or a weather stop, for oneself or for somebody below.

    By a leader before the window ends it is an order; by oneself, or afterwards, a proposal.
    """
    person = _person(session, draft.login)
    start, end_ = draft.from_at.replace(tzinfo=zone), draft.to_at.replace(tzinfo=zone)
    if end_ <= start:
        raise Refused("ends-before-it-begins", "to_at")
    if end_ - start > LONGEST_EXCUSE:
        raise Refused("excuse-too-long", "to_at")
    excuse = Excuse(
        person_id=person.id,
        grid_id=_grid_of(session, actor, person, start),
        kind=draft.kind,
        document=draft.document,
        reason=draft.reason,
        from_at=start,
        to_at=end_,
        recorded_by=actor.id,
        recorded_at=now,
    )
    demand(actor, May.RECORD_EXCUSE, excuse)
    session.add(excuse)
    session.flush()
    facts = {
        "person": str(person.id),
        "kind": excuse.kind.value,
        "document": excuse.document,
        "from": start,
        "to": end_,
    }
    note(session, actor, "excuse.entered", excuse.id, facts, at=now)
    return excuse


def rule_on_excuse(
    session: Session, actor: Actor, excuse: Excuse | None, *, approve: bool, now: datetime
) -> Excuse:
    """Approve or refuse an entry; a late one only by a level that gains nothing by it.

    In time, any leader who could have entered it may approve; afterwards it takes one of those
    who approve late entries, and neither the excused, nor who entered it, nor the level above.
    """
    if excuse is None or not may_see(actor, excuse):
        raise NotFound
    session.refresh(excuse, with_for_update=True)
    if excuse.approved_at is not None or excuse.refused_at is not None:
        raise Refused("excuse-ruled-already")
    late = excuse.recorded_at > excuse.from_at
    may = May.APPROVE_EXCUSE if late else May.RECORD_EXCUSE
    allowed = allows(actor, may, excuse) or allows(actor, May.APPROVE_EXCUSE, excuse)
    if not allowed or actor.id == excuse.person_id:
        raise Forbidden
    if late and actor.id in _gaining(session, excuse):
        raise Forbidden("excuse-gains")
    if approve:
        excuse.approved_by, excuse.approved_at = actor.id, now
    else:
        excuse.refused_by, excuse.refused_at = actor.id, now
    kind = "excuse.approved" if approve else "excuse.refused"
    note(session, actor, kind, excuse.id, {"late": late}, at=now)
    facts = {"document": excuse.document}
    subject = f"excuse:{excuse.id}"
    notify(session, excuse.person_id, kind, subject, facts, due_at=now, now=now)
    return excuse


def may_see(actor: Actor, excuse: Excuse) -> bool:
    """Whether an entry is one's own, or somebody's below."""
    return allows(actor, May.RECORD_EXCUSE, excuse) or allows(actor, May.APPROVE_EXCUSE, excuse)


def _person(session: Session, login: str) -> Person:
    query = select(Person).where(col(Person.login) == login, col(Person.disabled_at).is_(None))
    person = session.scalar(query)
    if person is None:
        raise Refused("person-unknown", "login", login=login)
    return person


def _demand_below(
    session: Session, actor: Actor, role: Role, grid_id: UUID, *, now: datetime
) -> None:
    """Posts are given downwards only; a head gives heads only on grids below the own."""
    if role not in rules.assignable(actor.roles):
        raise Forbidden("post-not-yours-to-give")
    if role is Role.HEAD and Role.ADMIN not in actor.roles:
        own = select(Post).where(
            col(Post.person_id) == actor.id,
            col(Post.role) == Role.HEAD,
            col(Post.grid_id) == grid_id,
            col(Post.from_at) <= now,
            or_(col(Post.to_at).is_(None), col(Post.to_at) > now),
        )
        if grid_id not in actor.roles[Role.HEAD] or session.scalar(own) is not None:
            raise Forbidden("post-not-yours-to-give")


def _demand_led(session: Session, actor: Actor, person: Person, *, now: datetime) -> None:
    """Leaders give posts to those below them; whom nobody there knows, the administrator places."""
    led = select(col(Person.id)).where(col(Person.id) == person.id, roster.below(actor, now=now))
    if Role.ADMIN not in actor.roles and session.scalar(led) is None:
        raise Refused("person-not-led", "login", login=person.login)


def _held_already(session: Session, post: Post) -> bool:
    query = select(col(Post.id)).where(
        col(Post.person_id) == post.person_id,
        col(Post.role) == post.role,
        col(Post.grid_id) == post.grid_id,
        or_(col(Post.to_at).is_(None), col(Post.to_at) > post.from_at),
    )
    if post.to_at is not None:
        query = query.where(col(Post.from_at) < post.to_at)
    return session.scalar(query.limit(1)) is not None


def _grid_of(session: Session, actor: Actor, person: Person, at: datetime) -> UUID | None:
    """The grid an entry belongs to: where the person serves then, and the actor may enter it."""
    query = (
        select(col(Post.grid_id))
        .where(
            col(Post.person_id) == person.id,
            Post.bound(),
            or_(col(Post.to_at).is_(None), col(Post.to_at) > at),
        )
        .order_by(col(Post.from_at), col(Post.id))
    )
    grids = list(session.scalars(query))
    reached = actor.reaches(May.RECORD_EXCUSE)
    mine = {grid for reach in reached.values() for grid in reach}
    return next((grid for grid in grids if grid in mine), grids[0] if grids else None)


def _gaining(session: Session, excuse: Excuse) -> set[UUID]:
    """Everybody who stands to gain, in both lines, on every grid the person served then."""
    query = select(col(Post.grid_id)).where(
        col(Post.person_id) == excuse.person_id,
        col(Post.from_at) < excuse.to_at,
        or_(col(Post.to_at).is_(None), col(Post.to_at) > excuse.from_at),
    )
    grids = set(session.scalars(query))
    chains = [
        found for line in Line for found in links(session, grids, line, at=excuse.from_at).values()
    ]
    return rules.gains_by(entry(excuse), chains)


def _changed(session: Session, person_id: UUID) -> None:
    """Have what the person may do be read anew at the next request."""
    session.get_one(Person, person_id).access_version += 1


def _facts(post: Post) -> dict[str, object]:
    return {
        "person": str(post.person_id),
        "role": post.role.value,
        "grid": str(post.grid_id),
        "kind": post.kind.value,
        "from": post.from_at,
        "to": post.to_at,
    }
