"""Rounds as officers make them: start, change of crew, pause, end."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from patrol.core.access import Actor, May, allows, demand
from patrol.core.errors import NotFound, Refused
from patrol.core.store import uuid7
from patrol.grid.model import Grid
from patrol.ledger.service import note
from patrol.notices.service import notify
from patrol.people.model import Person
from patrol.people.queries import actor_of
from patrol.plans.model import Plan
from patrol.rounds import queries
from patrol.rounds.crews import duties_of
from patrol.rounds.drafts import Change, End, Start, Turn
from patrol.rounds.keeping import LONGEST
from patrol.rounds.model import FORGOTTEN, Leg, Mode, Pause, Round
from patrol.rounds.rules import LATE, is_late, times


def start(session: Session, actor: Actor, draft: Start, *, key: UUID, now: datetime) -> Round:
    """Begin a round on a grid; whoever has no post there that walks is refused.

    A round left open is ended where this one begins. Raises `plan-elsewhere`, `crew-unknown`,
    `crew-elsewhere`.
    """
    told = times(draft.seen_at, draft.made_at, now)
    walker = actor_of(session, actor.id, now=told.seen) if is_late(told.seen, now) else actor
    grid = demand(walker, May.WALK_ROUND, session.get(Grid, draft.grid_id), seen=May.SEE_GRID)
    if draft.plan_id and not _covers(session, draft.plan_id, grid):
        raise Refused("plan-elsewhere", "plan_id")
    crew = _crew(session, draft.crew, grid, leader=actor.id, at=told.seen)
    for left in queries.open_rounds(session, actor.id):
        _close(session, actor, left, "", at=max(told.seen, left.started_at), now=now)
    begun = Round(
        id=key,
        officer_id=actor.id,
        grid_id=grid.id,
        plan_id=draft.plan_id,
        mode=draft.mode,
        crew=[str(each.id) for each in crew],
        duties=duties_of([walker, *crew], grid.id),
        started_at=told.seen,
        made_at=told.made,
        received_at=now,
    )
    session.add(begun)
    session.flush()
    _leg(session, begun, draft.mode, at=told.seen)
    _tell(session, actor, begun, grid, crew, now=now)
    facts = {"grid": str(grid.id), "mode": draft.mode, "crew": begun.crew, "duties": begun.duties}
    note(session, actor, "round.started", key, {**facts, **told.facts()}, at=now)
    return begun


def change(session: Session, actor: Actor, draft: Change, *, now: datetime) -> Round:
    """Go on with another crew or in another mode: a new leg.

    What was written during the round is taken however late it arrives. Raises `round-over`,
    `crew-unknown`, `crew-elsewhere`.
    """
    going = mine(session, actor, draft.round_id)
    told = times(draft.seen_at, draft.made_at, now)
    over = going.ended_at or now
    if told.made > over + LATE:
        raise Refused("round-over")
    at = min(max(told.made, going.started_at), over)  # nobody joins earlier than it is written
    grid = session.get_one(Grid, going.grid_id)
    crew = _crew(session, draft.crew, grid, leader=actor.id, at=at)
    walker = actor_of(session, actor.id, now=at)
    fresh = [each for each in crew if str(each.id) not in going.crew]
    going.mode, going.crew = draft.mode, [str(each.id) for each in crew]
    going.duties = duties_of([walker, *crew], going.grid_id)
    _leg(session, going, draft.mode, at=at)
    _tell(session, actor, going, grid, fresh, now=now)
    facts = {"mode": draft.mode, "crew": going.crew, "duties": going.duties, **told.facts()}
    note(session, actor, "round.changed", going.id, facts, at=now)
    return going


def pause(session: Session, actor: Actor, draft: Turn, *, key: UUID, now: datetime) -> Round:
    """Stop recording for a while; a second pause inside one changes nothing."""
    going = mine(session, actor, draft.round_id)
    told = times(draft.seen_at, draft.made_at, now)
    if queries.open_pause(session, going.id) is None:
        session.add(Pause(id=key, round_id=going.id, from_at=told.seen))
        note(session, actor, "round.paused", going.id, told.facts(), at=now)
    return going


def resume(session: Session, actor: Actor, draft: Turn, *, now: datetime) -> Round:
    """Go on after a pause."""
    going = mine(session, actor, draft.round_id)
    told = times(draft.seen_at, draft.made_at, now)
    if (resting := queries.open_pause(session, going.id)) is not None:
        resting.to_at = max(told.seen, resting.from_at)
        note(session, actor, "round.resumed", going.id, told.facts(), at=now)
    return going


def end(session: Session, actor: Actor, draft: End, *, now: datetime) -> Round:
    """End a round; ending it again changes nothing, unless nobody had: then it ends no later."""
    going = mine(session, actor, draft.round_id)
    told = times(draft.seen_at, draft.made_at, now)
    if going.ended_at is None or going.left_because == FORGOTTEN:
        at = max(told.seen, going.started_at)
        _close(session, actor, going, draft.reason, at=min(at, going.ended_at or at), now=now)
    return going


def end_forgotten(session: Session, *, now: datetime) -> int | None:
    """End rounds that nobody ended, at the longest a round may last; None when none are left.

    The officer's own end still counts when it arrives later.
    """
    left = queries.forgotten(session, before=now - LONGEST)
    for one in left:
        due = one.started_at + LONGEST
        _close(session, None, one, FORGOTTEN, at=due, now=due)
    session.flush()
    return len(left) or None


def mine(session: Session, actor: Actor, round_id: UUID) -> Round:
    """The actor's own round; nobody records in another's."""
    found = session.get(Round, round_id)
    if found is None or found.officer_id != actor.id:
        raise NotFound("round-not-found")
    return found


def _close(
    session: Session,
    actor: Actor | None,
    going: Round,
    because: str,
    *,
    at: datetime,
    now: datetime,
) -> None:
    going.ended_at, going.left_because = at, because
    if (resting := queries.open_pause(session, going.id)) is not None:
        resting.to_at = at
    told = {"ended_at": at.isoformat(), "because": because}
    note(session, actor, "round.ended", going.id, told, at=now)


def _leg(session: Session, going: Round, mode: Mode, *, at: datetime) -> None:
    session.add(Leg(id=uuid7(), round_id=going.id, mode=mode, crew=going.crew, from_at=at))


def _crew(
    session: Session, ids: Iterable[UUID], grid: Grid, *, leader: UUID, at: datetime
) -> list[Actor]:
    """Those who walk along, with their posts at that moment, of which one must walk there."""
    crew = []
    for each in dict.fromkeys(each for each in ids if each != leader):
        person = session.get(Person, each)
        if person is None or (person.disabled_at is not None and person.disabled_at <= at):
            raise Refused("crew-unknown", "crew")
        crew.append(actor_of(session, each, now=at))
        if not allows(crew[-1], May.WALK_ROUND, grid):
            raise Refused("crew-elsewhere", "crew", name=person.name)
    return crew


def _tell(
    session: Session,
    actor: Actor,
    going: Round,
    grid: Grid,
    named: Iterable[Actor],
    *,
    now: datetime,
) -> None:
    """Let those who are said to walk along know that they are."""
    facts = {"name": actor.name, "grid": grid.name}
    for each in named:
        about = f"round:{going.id}"
        notify(session, each.id, "round.along", about, facts, due_at=now, now=now, grid_id=grid.id)


def _covers(session: Session, plan_id: UUID, grid: Grid) -> bool:
    plan = session.get(Plan, plan_id)
    scope = session.get(Grid, plan.grid_id) if plan else None
    return scope is not None and grid.path.startswith(scope.path)
