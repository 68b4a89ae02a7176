"""Raising questions about rounds whose track is in, answering them, and looking at them."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from patrol.core.access import Actor, May, demand
from patrol.core.errors import Conflict, Forbidden
from patrol.core.store import insert_new
from patrol.flags import paths, queries, rules
from patrol.flags.drafts import Reply, Settling
from patrol.flags.model import Flag, FlagReply, Weighing
from patrol.flags.rules import Question
from patrol.ledger.service import note
from patrol.notices.service import notify
from patrol.rounds.model import Round


def weigh_rounds(session: Session, *, now: datetime) -> int | None:
    """Look at rounds whose track is in, and again at those that may have grown since.

    Gives how many were looked at, None when there are none left.
    """
    fresh = queries.to_weigh(session, now=now)
    again = queries.to_look_again(session, now=now)
    if not fresh and not again:
        return None
    for one in fresh:
        if (begun := _claim(session, one, now=now)) is not None:
            _weigh(session, one, begun, now=now)
    for known in again:
        one = session.get_one(Round, known.round_id)
        if queries.parts(session, one.id) != known.parts:
            _weigh(session, one, known, now=now)
        known.look_at = rules.next_look(one.ended_at or known.weighed_at, now)
    session.flush()
    return len(fresh) + len(again)


def reply(
    session: Session, actor: Actor, flag_id: UUID, draft: Reply, *, key: UUID, now: datetime
) -> FlagReply:
    """Keep what the officer says to a question about an own round; only the officer may.

    Raises `flag-settled`.
    """
    flag = demand(actor, May.SEE_FLAG, session.get(Flag, flag_id))
    if flag.officer_id != actor.id:
        raise Forbidden("forbidden")
    if flag.verdict is not None:
        raise Conflict("flag-settled")
    said = FlagReply(
        id=key,
        flag_id=flag.id,
        officer_id=actor.id,
        grid_id=flag.grid_id,
        text=draft.text,
        made_at=min(draft.made_at or now, now),
        received_at=now,
    )
    session.add(said)
    session.flush()
    note(session, actor, "flag.answered", flag.id, {"reply": str(key), "text": said.text}, at=now)
    return said


def settle(
    session: Session, actor: Actor, flag_id: UUID, draft: Settling, *, now: datetime
) -> Flag:
    """Say what one makes of a question after looking; nothing else follows from it.

    Raises `flag-own`, `flag-settled`.
    """
    flag = demand(actor, May.SETTLE_FLAG, session.get(Flag, flag_id), seen=May.SEE_FLAG)
    if flag.officer_id == actor.id or str(actor.id) in session.get_one(Round, flag.round_id).crew:
        raise Forbidden("flag-own")
    if flag.verdict is not None:
        raise Conflict("flag-settled")
    flag.verdict, flag.remark = draft.verdict, draft.remark
    flag.settled_by, flag.settled_at = actor.id, now
    said = {"verdict": draft.verdict.value, "remark": draft.remark}
    note(session, actor, "flag.settled", flag.id, said, at=now)
    _tell(session, "flag.settled", flag, now=now)
    session.flush()
    return flag


def _claim(session: Session, one: Round, *, now: datetime) -> Weighing | None:
    """Take a round to look at; none when another worker was quicker."""
    row = {
        "round_id": one.id,
        "grid_id": one.grid_id,
        "parts": 0,
        "track": [],
        "weighed_at": now,
        "look_at": rules.next_look(one.ended_at or now, now),
    }
    taken = session.connection().execute(insert_new(Weighing).values(**row))
    return session.get_one(Weighing, one.id) if taken.rowcount else None


def _weigh(session: Session, one: Round, known: Weighing, *, now: datetime) -> None:
    """Raise what the records of a round ask and nobody was asked yet."""
    walk = queries.walk_of(session, one, now=now)
    asked = queries.raised(session, one.id)
    for question in rules.questions(walk):
        if question.kind not in asked:
            _raise(session, one, question, now=now)
    known.parts, known.weighed_at = queries.parts(session, one.id), now
    known.track = paths.print_of(paths.path(walk.runs))


def _raise(session: Session, one: Round, question: Question, *, now: datetime) -> None:
    flag = Flag(
        round_id=one.id,
        officer_id=one.officer_id,
        grid_id=one.grid_id,
        kind=question.kind,
        facts=dict(question.facts),
        from_at=question.from_at,
        to_at=question.to_at,
        raised_at=now,
    )
    session.add(flag)
    session.flush()
    facts = {"round": str(one.id), "kind": flag.kind.value, "figures": flag.facts}
    note(session, None, "flag.raised", flag.id, facts, at=now)
    _tell(session, "flag.raised", flag, now=now)


def _tell(session: Session, kind: str, flag: Flag, *, now: datetime) -> None:
    """Tell the officer, who sees everything that is asked about an own round."""
    subject, facts = f"flag:{flag.id}", {"round": str(flag.round_id)}
    notify(
        session,
        flag.officer_id,
        kind,
        subject,
        facts,
        due_at=now,
        now=now,
        grid_id=flag.grid_id,
    )
