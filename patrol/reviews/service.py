"""Running a review: opened from a doubt, heard, vetted, decided by others, served, made public."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from patrol.catalogue.queries import calendar
from patrol.core.access import Actor, May, allows, demand
from patrol.core.errors import Conflict, Forbidden, NotFound, Refused
from patrol.ledger.service import note
from patrol.notices.service import acted
from patrol.people.model import Person
from patrol.reviews import queries, seating
from patrol.reviews.changes import CHANGES, tell
from patrol.reviews.drafts import Defence, Doing, Joining, Judgement, Opening
from patrol.reviews.model import Concerned, Interest, Review, ReviewStep, Seat, Statement
from patrol.reviews.rules import (
    INVESTIGATORS,
    Act,
    Case,
    Measure,
    Part,
    Phase,
    after,
    decide_by,
    heavier,
    in_time,
    power,
    who,
)
from patrol.tracing.model import Doubt, DoubtState
from patrol.tracing.queries import cards

OPEN = "open"
JUDGING = {Act.PROPOSE, Act.DECIDE, Act.AMEND}  # acts done by judging each person


def open_review(session: Session, actor: Actor, draft: Opening, *, now: datetime) -> Review:
    """Open a review from a doubt taken up; whoever opens it investigates.

    Raises `doubt-not-taken-up`, `review-open-already`, `recused`.
    """
    doubt = demand(actor, May.OPEN_REVIEW, session.get(Doubt, draft.doubt_id), seen=May.SEE_DOUBT)
    if doubt.state is not DoubtState.TAKEN_UP:
        raise Conflict("doubt-not-taken-up")
    if queries.of_doubt(session, doubt.id) is not None:
        raise Conflict("review-open-already")
    card = cards(session, [doubt])[0]
    if not card.named:
        raise Conflict("nobody-concerned")
    year = now.astimezone(calendar(session).zone).year
    review = Review(
        number=queries.next_number(session, year),
        doubt_id=doubt.id,
        finding_id=doubt.finding_id,
        grid_id=doubt.grid_id,
        officer_id=actor.id,
        phase=Phase.INVESTIGATION,
        opened_at=now,
        decide_by=decide_by(now),
    )
    session.add(review)
    session.flush()
    for one in card.named:
        session.add(
            Concerned(
                review_id=review.id,
                person_id=one.person_id,
                question=one.question.value,
                excuse=_excuse(doubt, one.person_id),
            )
        )
    session.flush()
    _sit(session, actor, review, Part.INVESTIGATOR, now=now)
    _step(session, actor, review, OPEN, Phase.INVESTIGATION, "", now=now)
    tell(session, review, "review.opened", now=now)
    return review


def join(
    session: Session, actor: Actor, review_id: UUID, draft: Joining, *, now: datetime
) -> Review:
    """Take a part in a review; raises `recused`, `part-taken`."""
    review = _known(session, actor, review_id, seating.PERMITS[draft.part])
    if draft.part is Part.APPEAL and review.phase is not Phase.APPEAL:
        raise Conflict("act-not-open")
    seats = seating.seats_in(session, review.id).get(draft.part, frozenset())
    if len(seats) >= (INVESTIGATORS if draft.part is Part.INVESTIGATOR else 1):
        raise Conflict("part-taken")
    _sit(session, actor, review, draft.part, now=now)
    return review


def withdraw(
    session: Session, actor: Actor, review_id: UUID, reason: str, *, now: datetime
) -> Review:
    """Say that kinship or interest keeps one out of a review (回避); a part held is free again."""
    review = _known(session, actor, review_id, May.SEE_REVIEW)
    if seating.recused(session, review, actor.id) is None:
        session.add(
            Interest(
                review_id=review.id,
                person_id=actor.id,
                declared_by=actor.id,
                reason=reason,
                declared_at=now,
            )
        )
        left = seating.leave(session, review.id, actor.id)
        said = {"reason": reason, "left": [part.value for part in left]}
        note(session, actor, "review.withdrawn", review.id, said, at=now)
    session.flush()
    return review


def judge(
    session: Session, actor: Actor, review_id: UUID, draft: Judgement, *, now: datetime
) -> Review:
    """Propose, decide or amend for one person; the last person's moves the review on.

    An appeal amends what was decided for who appealed alone, else `not-the-appellant`. Raises
    `measure-unfit` where it cannot follow for that kind of staff, `heavier` where it weighs
    more than what the person was told.
    """
    review, case, act = _waiting(session, actor, review_id, JUDGING, now=now)
    row = next(
        (
            one
            for one in seating.concerned_in(session, review.id)
            if one.person_id == draft.person_id
        ),
        None,
    )
    if row is None:
        raise NotFound("person-not-concerned")
    if act is Act.AMEND and row.person_id != case.appellant:
        raise Refused("not-the-appellant", "person_id")
    person = session.get_one(Person, row.person_id)
    if draft.measure is not None and power(person.identity, draft.measure) is None:
        raise Refused("measure-unfit", "measure")
    measure = draft.measure.value if draft.measure else ""
    if act is not Act.PROPOSE or seating.defended(session, review.id, row.person_id):
        _weigh(row, draft)
    if act is Act.PROPOSE:
        row.proposed, row.proposed_measure, row.proposal = draft.outcome, measure, draft.text
    else:
        row.outcome, row.measure, row.grounds = draft.outcome, measure, draft.text
        row.delivered_at = None
    said = {"person": str(row.person_id), "outcome": draft.outcome.value, "measure": measure}
    note(session, actor, f"review.{act.value}", review.id, {**said, "text": draft.text}, at=now)
    session.flush()
    rows = seating.concerned_in(session, review.id)
    done = all(one.proposal if act is Act.PROPOSE else one.outcome for one in rows)
    if done or act is Act.AMEND:
        case = queries.case_of(session, review, now=now)
        _step(session, actor, review, act.value, after(case, act), draft.text, now=now)
    return review


def do(session: Session, actor: Actor, review_id: UUID, draft: Doing, *, now: datetime) -> Review:
    """Do one act of the procedure that needs no judgement on a person."""
    review, case, act = _waiting(session, actor, review_id, {draft.act}, now=now)
    if act in JUDGING or act is Act.APPEAL:
        raise Conflict("act-not-open")
    if act in _WITH_REASON and len(draft.text) < 4:
        raise Refused("reason-missing", "text")
    change = CHANGES.get(act)
    if change is not None:
        change(session, review, now)
    _step(session, actor, review, act.value, after(case, act), draft.text, now=now)
    session.flush()
    return review


def state(
    session: Session,
    actor: Actor,
    review_id: UUID,
    draft: Defence,
    *,
    id: UUID,  # noqa: A002  the record's own name for it
    now: datetime,
) -> Statement:
    """Keep what a person concerned says in defence; what was written in time counts in time."""
    review, row = _mine(session, actor, review_id)
    made_at = min(draft.made_at or now, now)
    if not in_time(review.phase, queries.answering(row), made_at):
        raise Conflict("hearing-over")
    said = Statement(
        id=id,
        review_id=review.id,
        person_id=actor.id,
        text=draft.text,
        made_at=made_at,
        received_at=now,
    )
    session.add(said)
    session.flush()
    acted(session, actor.id, f"review:{review.id}", now=now)
    _step(session, actor, review, "statement", review.phase, "", now=now, facts={"id": str(id)})
    return said


def waive(session: Session, actor: Actor, review_id: UUID, *, now: datetime) -> Review:
    """Sign that one needs no more time to answer."""
    review, row = _mine(session, actor, review_id)
    if review.phase is not Phase.HEARING:
        raise Conflict("hearing-over")
    row.waived_at = row.waived_at or now
    _step(session, actor, review, "waive", review.phase, "", now=now)
    session.flush()
    return review


def appeal(
    session: Session, actor: Actor, review_id: UUID, draft: Doing, *, now: datetime
) -> Review:
    """Ask for the decision to be looked at again; it is not suspended by that."""
    review, row = _mine(session, actor, review_id)
    case = queries.case_of(session, review, now=now)
    if Act.APPEAL not in case.offered or row.delivered_at is None:
        raise Conflict("act-not-open")
    until = next(one.remedy_by for one in case.concerned if one.person == actor.id)
    if until is not None and now > until:
        raise Conflict("remedy-over")
    _step(session, actor, review, Act.APPEAL.value, Phase.APPEAL, draft.text, now=now)
    session.flush()
    return review


def _known(session: Session, actor: Actor, review_id: UUID, may: May) -> Review:
    return demand(actor, may, queries.held(session, review_id), seen=May.SEE_REVIEW)


def _mine(session: Session, actor: Actor, review_id: UUID) -> tuple[Review, Concerned]:
    review = _known(session, actor, review_id, May.ANSWER_REVIEW)
    rows = seating.concerned_in(session, review.id)
    row = next((one for one in rows if one.person_id == actor.id), None)
    if row is None:
        raise Forbidden("forbidden")
    return review, row


def _waiting(
    session: Session, actor: Actor, review_id: UUID, wanted: set[Act], *, now: datetime
) -> tuple[Review, Case, Act]:
    """The review with the one wanted act it waits for, the actor seated where that act lies."""
    review = queries.held(session, review_id)
    if review is None or not allows(actor, May.SEE_REVIEW, review):
        raise NotFound
    case = queries.case_of(session, review, now=now)
    act = next((one for one in case.offered if one in wanted), None)
    if act is None:
        codes = (_WAITS.get((review.phase, one)) for one in wanted)
        raise Conflict(next((code for code in codes if code), "act-not-open"))
    part = who(act)
    if part is None:
        raise Conflict("act-not-open")
    demand(actor, seating.PERMITS[part], review, seen=May.SEE_REVIEW)
    if actor.id not in case.seats.get(part, frozenset()):
        if case.seats.get(part) and part is not Part.INVESTIGATOR:
            raise Conflict("part-taken")
        _sit(session, actor, review, part, now=now)
        case = queries.case_of(session, review, now=now)
    elif (why := seating.recused(session, review, actor.id)) is not None:
        raise Forbidden("recused", why=why)
    if act is Act.PROPOSE and len(case.seats.get(Part.INVESTIGATOR, ())) < INVESTIGATORS:
        raise Conflict("investigators-missing")
    return review, case, act


def _sit(session: Session, actor: Actor, review: Review, part: Part, *, now: datetime) -> None:
    why = seating.recused(session, review, actor.id)
    if why is not None:
        raise Forbidden("recused", why=why)
    if not seating.may_join(session, actor, review, part):
        raise Forbidden("four-people")
    session.add(Seat(review_id=review.id, person_id=actor.id, part=part, since=now))
    session.flush()
    note(session, actor, "review.joined", review.id, {"part": part.value}, at=now)


def _weigh(row: Concerned, draft: Judgement) -> None:
    """Refuse what weighs more than what the person was told, or than what was decided before."""
    told = (row.outcome, row.measure) if row.outcome else (row.proposed, row.proposed_measure)
    if told[0] is None:
        return
    limit = (told[0], Measure(told[1]) if told[1] else None)
    if heavier((draft.outcome, draft.measure), limit):
        raise Refused("heavier", "measure")


_WAITS = {  # what the law makes an act wait for
    (Phase.HEARING, Act.CLOSE_HEARING): "may-still-answer",
    (Phase.ARCHIVING, Act.ARCHIVE): "may-still-appeal",
}
_WITH_REASON = {
    Act.RETURN,
    Act.OBJECT,
    Act.EXTEND,
    Act.TRANSFER,
    Act.DELIBERATE,
    Act.UPHOLD,
    Act.REVOKE,
}


def _step(
    session: Session,
    actor: Actor,
    review: Review,
    act: str,
    to: Phase,
    text: str,
    *,
    now: datetime,
    facts: dict[str, str] | None = None,
) -> None:
    """Record one act and move the review on."""
    session.add(
        ReviewStep(
            review_id=review.id,
            officer_id=actor.id,
            act=act,
            from_phase=review.phase,
            to_phase=to,
            text=text,
            at=now,
        )
    )
    moved = {"from": review.phase.value, "to": to.value, "text": text, **(facts or {})}
    review.phase = to
    note(session, actor, f"review.{act}", review.id, moved, at=now)


def _excuse(doubt: Doubt, person_id: UUID) -> str:
    """The entry that excuses somebody in part, as the trace found it."""
    for one in doubt.facts.get("conclusions", ()):
        if one["person"] == str(person_id) and one["code"] in {"excused", "part_excused"}:
            return str(one["evidence"][0])
    return ""
