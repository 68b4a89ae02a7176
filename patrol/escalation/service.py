"""What happens to a matter: opened, told to each rung when due, stopped, settled."""

import logging
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from patrol.core.access import Actor
from patrol.core.errors import Forbidden
from patrol.core.roles import LINE_OF, Line, Role
from patrol.core.store import insert_new, uuid7
from patrol.escalation import queries
from patrol.escalation.model import Climb, ClockStop, Ladder, LadderRung, Matter
from patrol.escalation.rules import Rung, Stop, climbs, is_delayed
from patrol.grid.model import Tier
from patrol.ledger.service import note
from patrol.notices import queries as notices
from patrol.notices.service import acknowledge as acknowledge_notice
from patrol.notices.service import notify
from patrol.people.queries import Holder, answering, chains_of_lines

BATCH = 500  # matters looked at in one step
TOLERANCE = timedelta(minutes=5)  # told later than this, the delay is ours and is shown
BACK_OFF = timedelta(minutes=15)  # a matter that fails to climb must not stop the others
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)  # the default ladders hold for whatever came before
SEEDS = Path(__file__).parent / "ladders.toml"
Due = list[tuple[int, datetime]]
log = logging.getLogger("patrol")


def open_matter(
    session: Session,
    subject: str,
    grid_id: UUID,
    severity: str,
    *,
    now: datetime,
    title: str = "",
) -> list[Matter]:
    """Put something unresolved on the ladder of each line and tell the lowest rung.

    What is open already stays as it is; what was settled begins a new cycle.
    """
    known = {_line_of(session, one): one for one in queries.of_subject(session, subject)}
    opened = []
    for line in Line:
        ladder = _ladder(session, line, severity, now=now)
        matter = known.get(line)
        if matter is not None and matter.settled_at is None:
            continue
        if matter is None:
            matter = Matter(
                subject=subject, title=title, grid_id=grid_id, ladder_id=ladder.id, opened_at=now
            )
        else:
            matter.cycle += 1
            matter.ladder_id, matter.rung = ladder.id, 0
            matter.opened_at, matter.settled_at = now, None
        session.add(matter)
        session.flush()
        facts = {"line": line.value, "severity": severity, "cycle": matter.cycle}
        note(session, None, "matter.opened", matter.id, {**facts, "subject": subject}, at=now)
        opened.append(matter)
    _climb_all(session, opened, now=now, first=True)
    return opened


def climb_next(session: Session, *, now: datetime) -> int | None:
    """Pass on what has waited out its rung, at most 500 matters; None when nothing is due."""
    query = (
        select(Matter)
        .where(col(Matter.settled_at).is_(None), col(Matter.next_at) <= now)
        .order_by(col(Matter.next_at), col(Matter.id))
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    due = list(session.scalars(query))
    if not due:
        return None
    _climb_all(session, due, now=now)
    return len(due)


def settle(session: Session, subject: str, *, now: datetime, at: datetime | None = None) -> int:
    """Take a subject off its ladders; `at` is when it was truly done, if that is known later.

    What fell due before is told first, for it was due; what was told although the deed was
    already done is annulled by a new entry. Gives how many matters that settled.
    """
    done = at or now
    query = (
        select(Matter)
        .where(col(Matter.subject) == subject, col(Matter.settled_at).is_(None))
        .with_for_update()
    )
    matters = list(session.scalars(query))
    _climb_all(session, matters, now=now, until=done)
    for matter in matters:
        for climb in _undone(session, matter, done):
            climb.annulled_at = now
            facts = {"matter": str(matter.id), "rung": climb.rung, "done_at": done.isoformat()}
            note(session, None, "climb.annulled", climb.id, facts, at=now)
        matter.settled_at, matter.next_at = done, None
        facts = {"subject": subject, "cycle": matter.cycle, "rung": matter.rung}
        note(
            session,
            None,
            "matter.settled",
            matter.id,
            {**facts, "done_at": done.isoformat()},
            at=now,
        )
    return len(matters)


def acknowledge(session: Session, actor: Actor, matter: Matter, *, now: datetime) -> Climb:
    """Record that whoever holds a matter says so; it settles nothing and stops no clock."""
    query = (
        select(Climb)
        .where(
            col(Climb.matter_id) == matter.id,
            col(Climb.cycle) == matter.cycle,
            col(Climb.person_id) == actor.id,
        )
        .order_by(col(Climb.rung).desc())
        .limit(1)
    )
    climb = session.scalar(query)
    if climb is None or climb.notice_id is None:
        raise Forbidden("matter-not-yours")
    acknowledge_notice(session, actor, notices.by_id(session, climb.notice_id), now=now)
    return climb


def stop_clock(
    session: Session,
    actor: Actor,
    subject: str,
    reason: str,
    *,
    now: datetime,
    until: datetime | None = None,
) -> int:
    """Let the clock of a subject stand from now on, signed by `actor`; until further notice."""
    matters = [one for one in queries.of_subject(session, subject) if one.settled_at is None]
    for matter in matters:
        stop = ClockStop(
            matter_id=matter.id,
            from_at=now,
            to_at=until,
            reason=reason,
            signed_by=actor.id,
            recorded_at=now,
        )
        session.add(stop)
        facts = {"reason": reason, "until": until.isoformat() if until else None}
        note(session, actor, "matter.stopped", matter.id, facts, at=now)
    session.flush()
    _set_clocks(session, matters)
    return len(matters)


def start_clock(session: Session, actor: Actor, subject: str, *, now: datetime) -> int:
    """Let the clock of a subject run again."""
    matters = [one for one in queries.of_subject(session, subject) if one.settled_at is None]
    signed, _ = queries.clock_stops(session, {one.id for one in matters}, since=now)
    for matter in matters:
        for stop in signed[matter.id]:
            if stop.from_at <= now:
                stop.to_at = now
                note(session, actor, "matter.started", matter.id, {"stop": str(stop.id)}, at=now)
    session.flush()
    _set_clocks(session, matters)
    return len(matters)


def record_downtime(session: Session, start: datetime, end: datetime, *, now: datetime) -> None:
    """Record that we were down: every clock stood, and every later review shows it."""
    session.add(ClockStop(from_at=start, to_at=end, reason="system-down", recorded_at=now))
    facts = {"from": start.isoformat(), "to": end.isoformat()}
    note(session, None, "system.was-down", "system:clock", facts, at=now)


def seed_ladders(session: Session, *, now: datetime) -> None:
    """Give a site the default ladders of both lines, where it has none."""
    lowest = session.scalar(select(func.max(col(Tier.number)))) or 3
    seeds: dict[str, Any] = tomllib.loads(SEEDS.read_text("utf-8"))
    for line, seed in seeds.items():
        for severity, waits in seed["patience"].items():
            if queries.ladder_in_force(session, Line(line), severity, at=now) is not None:
                continue
            ladder = Ladder(line=Line(line), severity=severity, valid_from=ALWAYS)
            session.add(ladder)
            session.flush()
            for number, (rung, wait) in enumerate(zip(seed["rungs"], waits, strict=True)):
                above = rung.get("above")
                session.add(
                    LadderRung(
                        ladder_id=ladder.id,
                        number=number,
                        role=Role(rung["role"]),
                        tier=None if above is None else max(lowest - above, 1),
                        patience=wait,
                    )
                )
            facts = {"line": line, "severity": severity, "version": ladder.version}
            note(session, None, "ladder.set", ladder.id, facts, at=now)
    session.flush()


def _ladder(session: Session, line: Line, severity: str, *, now: datetime) -> Ladder:
    found = queries.ladder_for(session, line, severity, at=now)
    if found is None:
        seed_ladders(session, now=now)
        return _ladder(session, line, severity, now=now)
    return found


def _line_of(session: Session, matter: Matter) -> Line:
    return session.get_one(Ladder, matter.ladder_id).line


def _climb_all(
    session: Session,
    matters: Sequence[Matter],
    *,
    now: datetime,
    until: datetime | None = None,
    first: bool = False,
) -> None:
    """Bring matters to the rung they are due at, telling every rung on the way."""
    if not matters:
        return
    ladders = queries.rungs_of(session, {matter.ladder_id for matter in matters})
    stops = _stops_of(session, matters)
    due = {
        matter.id: [(0, matter.opened_at)]
        if first
        else [
            step
            for step in climbs(
                ladders[matter.ladder_id], matter.opened_at, stops[matter.id], until or now
            )
            if step[0] > matter.rung
        ]
        for matter in matters
    }
    told_of = {matter.grid_id for matter in matters if due[matter.id]}
    holders = chains_of_lines(session, told_of, at=now)
    for matter in matters:
        ladder = ladders[matter.ladder_id]
        try:
            with session.begin_nested():
                told = _arrive(session, matter, ladder, due[matter.id], holders, now=now)
                matter.next_at = queries.next_due(matter, ladder, stops[matter.id])
        except Exception:
            # One matter that cannot climb must not keep the others down.
            log.exception("matter %s cannot climb", matter.id)
            matter.next_at = now + BACK_OFF
            continue
        for line in told:
            note(session, None, "matter.climbed", matter.id, line, at=line["due_at"])


def _arrive(
    session: Session,
    matter: Matter,
    ladder: Sequence[Rung],
    due: Due,
    holders: Mapping[tuple[UUID, Line], list[Holder]],
    *,
    now: datetime,
) -> list[dict[str, Any]]:
    """Tell each rung once; the unique key decides should another worker be quicker."""
    told = []
    for index, due_at in due:
        rung = ladder[index]
        holder = _holder(session, matter, rung, holders, now=now)
        late = now - due_at if is_delayed(due_at, now, tolerance=TOLERANCE) else timedelta()
        climb_id = session.scalar(
            insert_new(Climb)
            .values(
                id=uuid7(),
                matter_id=matter.id,
                cycle=matter.cycle,
                rung=index,
                due_at=due_at,
                fired_at=now,
                delayed_by_system=int(late.total_seconds()),
            )
            .returning(col(Climb.id))
        )
        matter.rung = index
        if climb_id is None:
            continue
        climb = session.get_one(Climb, climb_id)
        if holder is not None and holder.person_id is not None:
            climb.person_id, climb.post_id = holder.answers, holder.post_id
        if holder is not None and holder.answers is not None:
            kind = "matter.gap" if holder.person_id is None else "matter.here"
            facts = {"title": matter.title, "role": rung.role.value, "tier": rung.tier}
            notice = notify(
                session,
                holder.answers,
                kind,
                matter.subject,
                {**facts, "rung": index, "matter": str(matter.id)},
                due_at=due_at,
                now=now,
                grid_id=matter.grid_id,
            )
            climb.notice_id = notice.id
        told.append(_told(climb, rung, due_at))
    return told


def _told(climb: Climb, rung: Rung, due_at: datetime) -> dict[str, Any]:
    return {
        "rung": climb.rung,
        "cycle": climb.cycle,
        "role": rung.role.value,
        "tier": rung.tier,
        "due_at": due_at,
        "fired_at": climb.fired_at.isoformat(),
        "delayed_by_system": climb.delayed_by_system,
        "person": str(climb.person_id) if climb.person_id else None,
        "notice": str(climb.notice_id) if climb.notice_id else None,
    }


def _holder(
    session: Session,
    matter: Matter,
    rung: Rung,
    holders: Mapping[tuple[UUID, Line], list[Holder]],
    *,
    now: datetime,
) -> Holder | None:
    line = LINE_OF.get(rung.role)
    if line is None:  # a rung outside both lines, such as the supervisor
        return next(iter(answering(session, matter.grid_id, rung.role, at=now)), None)
    fits = (one for one in holders.get((matter.grid_id, line), ()) if one.role is rung.role)
    return next((one for one in fits if rung.tier in (None, one.tier)), None)


def _undone(session: Session, matter: Matter, done: datetime) -> list[Climb]:
    query = select(Climb).where(
        col(Climb.matter_id) == matter.id,
        col(Climb.cycle) == matter.cycle,
        col(Climb.rung) > 0,
        col(Climb.due_at) > done,
        col(Climb.annulled_at).is_(None),
    )
    return list(session.scalars(query))


def _stops_of(session: Session, matters: Sequence[Matter]) -> dict[UUID, list[Stop]]:
    since = min(matter.opened_at for matter in matters)
    signed, ours = queries.clock_stops(session, {one.id for one in matters}, since=since)
    found: dict[UUID, list[Stop]] = defaultdict(list)
    for matter in matters:
        found[matter.id] = queries.spans([*signed[matter.id], *ours])
    return found


def _set_clocks(session: Session, matters: Sequence[Matter]) -> None:
    if not matters:
        return
    ladders = queries.rungs_of(session, {matter.ladder_id for matter in matters})
    stops = _stops_of(session, matters)
    for matter in matters:
        matter.next_at = queries.next_due(matter, ladders[matter.ladder_id], stops[matter.id])
