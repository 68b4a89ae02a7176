"""Shifts told and called off; handovers made ready, signed by both, closed when nothing is left."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy import select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, allows, demand
from patrol.core.errors import Forbidden, Refused
from patrol.findings.queries import open_in
from patrol.ledger.service import note
from patrol.notices.service import notify
from patrol.people.model import Person, Shift
from patrol.shifts import queries, rules
from patrol.shifts.drafts import NewShifts, Signature
from patrol.shifts.model import Handover
from patrol.shifts.rules import Closing

BATCH = 200  # handovers of one step


def tell(
    session: Session, actor: Actor, draft: NewShifts, *, now: datetime, zone: tzinfo
) -> list[Shift]:
    """Tell people when they are on duty, on every post of theirs that walks, from now on.

    Raises Refused for a day that is over, for who holds no post then, and for hours that clash
    with others told before.
    """
    told: list[Shift] = []
    hours = queries.hours(session)[draft.band]
    for login in dict.fromkeys(draft.logins):
        person = session.scalar(select(Person).where(col(Person.login) == login))
        if person is None:
            raise Refused("person-unknown", "logins", login=login)
        posts = [
            one
            for one in queries.walking_posts(session, person.id)
            if allows(actor, May.MANAGE_POST, one)
        ]
        days = list(_days(draft))
        if not posts or not days:
            raise Refused("shift-without-post", "logins", name=person.name)
        own = []
        for day in days:
            start, end = rules.hours_on(day, hours, zone)
            if end <= now:
                raise Refused("shift-in-the-past", "from_day")
            here = [
                one for one in posts if one.from_at < end and (not one.to_at or one.to_at > start)
            ]
            if not here:
                raise Refused("shift-without-post", "logins", name=person.name)
            if queries.clashing(session, person.id, start, end):
                raise Refused("shift-clashes", "from_day", name=person.name, day=day.isoformat())
            own += [
                Shift(
                    post_id=post.id, person_id=person.id, grid_id=post.grid_id,
                    from_at=start, to_at=end, recorded_by=actor.id, recorded_at=now,
                )
                for post in here
            ]  # fmt: skip
        session.add_all(own)
        facts = {"band": draft.band.value, "from": days[0].isoformat(), "to": days[-1].isoformat()}
        rows = {"shifts": [[str(one.grid_id), one.from_at, one.to_at] for one in own]}
        note(session, actor, "shift.told", f"person:{person.id}", facts | rows, at=now)
        subject = f"person:{person.id}"
        notify(session, person.id, "shift.told", subject, facts, due_at=now, now=now)
        told += own
    session.flush()
    return told


def call_off(
    session: Session, actor: Actor, shift: Shift | None, *, now: datetime, zone: tzinfo
) -> list[Shift]:
    """Call a shift off from now on, with those of the same person and hours on other grids."""
    found = demand(actor, May.MANAGE_POST, shift, seen=May.SEE_POST)
    if found.to_at <= now or found.cancelled_at is not None:
        raise Refused("shift-is-over")
    same = [
        one for one in queries.same_hours(session, found) if allows(actor, May.MANAGE_POST, one)
    ]
    for one in same:
        one.cancelled_by, one.cancelled_at = actor.id, now
    facts = {"from": found.from_at, "to": found.to_at, "grids": [str(one.grid_id) for one in same]}
    note(session, actor, "shift.called-off", f"person:{found.person_id}", facts, at=now)
    told = {"day": found.from_at.astimezone(zone).date().isoformat()}
    subject = f"person:{found.person_id}"
    notify(session, found.person_id, "shift.called-off", subject, told, due_at=now, now=now)
    return same


def make_ready(session: Session, *, now: datetime) -> int | None:
    """Lay the handovers of the hours to come before both sides; take back those no longer due.

    Returns how many rows it moved, None when nothing is left to do.
    """
    due = queries.due(session, now - rules.GRACE, now + rules.AHEAD)
    known = queries.waiting(session, now - rules.GRACE, now + rules.AHEAD)
    fresh = [key for key in due if key not in known][:BATCH]
    for key in fresh:
        role, at, giver, taker = key
        grids = due[key]
        row = Handover(
            grid_id=grids[0], grids=[str(one) for one in grids], role=role, at=at,
            giver_id=giver, taker_id=taker, made_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        facts = {"giver": str(giver), "taker": str(taker), "at": at, "grids": row.grids}
        note(session, None, "handover.opened", row.id, facts, at=now)
    stale = [
        row for key, row in known.items() if key not in due and row.at > now and not row.closing
    ]
    for row in stale:
        _close(session, row, Closing.VOID, at=now)
    return len(fresh) + len(stale) or None


def close_empty(session: Session, *, now: datetime) -> int | None:
    """Close those at whose moment nothing was left and nobody has said anything."""
    query = (
        select(Handover)
        .where(
            col(Handover.closing).is_(None),
            col(Handover.at) <= now - rules.GRACE,
            col(Handover.given_at).is_(None),
        )
        .order_by(col(Handover.at), col(Handover.id))
    )
    empty = [
        row
        for row in session.scalars(query)
        if not open_in(session, queries.below(session, row), limit=1)
    ][:BATCH]
    for row in empty:
        _close(session, row, Closing.EMPTY, at=row.at + rules.GRACE)
    return len(empty) or None


def sign(
    session: Session, actor: Actor, handover: Handover | None, draft: Signature, *, now: datetime
) -> Handover:
    """Sign one's own side, once; with both signatures the handover is closed.

    A signature made without signal counts from when the phone froze it, however late it comes.
    """
    row = demand(actor, May.SIGN_HANDOVER, handover, seen=May.SEE_HANDOVER)
    signed = min(draft.made_at or now, now)
    shown = [str(one) for one in draft.shown]
    if actor.id == row.giver_id:
        if row.given_at is not None:
            raise Refused("handover-signed-already")
        row.left, row.note = shown, draft.text
        row.given_at, row.given_received_at = signed, now
        _tell_taker(session, row, now=now)
    elif actor.id == row.taker_id:
        if row.taken_at is not None:
            raise Refused("handover-signed-already")
        row.taken, row.remark = shown, draft.text
        row.taken_at, row.taken_received_at = signed, now
    else:
        raise Forbidden
    kind = "handover.given" if actor.id == row.giver_id else "handover.taken"
    facts = {"shown": shown, "text": draft.text, "signed": signed}
    note(session, actor, kind, row.id, facts, at=now)
    if row.given_at and row.taken_at and row.closing is None:
        _close(session, row, Closing.SIGNED, at=now)
    return row


def _tell_taker(session: Session, row: Handover, *, now: datetime) -> None:
    giver = session.get_one(Person, row.giver_id)
    facts = {"name": giver.name, "count": str(len(row.left))}
    notify(
        session, row.taker_id, "handover.given", f"handover:{row.id}", facts,
        due_at=now, now=now, grid_id=row.grid_id,
    )  # fmt: skip


def _close(session: Session, row: Handover, closing: Closing, *, at: datetime) -> None:
    row.closing, row.closed_at = closing, at
    note(session, None, "handover.closed", row.id, {"as": closing.value}, at=at)


def _days(draft: NewShifts) -> Iterator[date]:
    for number in range(draft.days):
        day = draft.from_day + timedelta(days=number)
        if not draft.weekdays or day.isoweekday() in draft.weekdays:
            yield day
