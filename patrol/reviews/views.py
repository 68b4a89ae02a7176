"""The pages of reviews: the list by state, one review with its one next act, statements."""

from typing import Any
from uuid import UUID

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import BaseModel
from sqlmodel import Session

from patrol.core import clock
from patrol.core.access import Actor, May
from patrol.core.store import uuid7
from patrol.people.words import IDENTITIES
from patrol.replay.views import item_id, replayable
from patrol.reviews import queries, seating, service, words
from patrol.reviews.drafts import Defence, Doing, Joining, Judgement, Keeping, Opening
from patrol.reviews.rules import Act, Outcome, Part, Phase, choices, power, who
from patrol.tracing.words import CODES, QUESTIONS
from patrol.web.forms import NO_ERRORS, Errors, Field, again, fields, filled
from patrol.web.fragments import landed, render
from patrol.web.session import db, requires

bp = Blueprint("reviews", __name__, url_prefix="/reviews")
JUDGED = frozenset({Act.PROPOSE, Act.DECIDE, Act.AMEND})
FOLD = frozenset({Act.EXTEND, Act.TRANSFER, Act.APPEAL})


@bp.get("")
@requires(May.SEE_REVIEW)
def index(actor: Actor) -> ResponseReturnValue:
    """List the reviews this person may see, by state, with what is left of their clocks."""
    told = request.args.get("phase", "")
    every = queries.lines(db.session, actor, now=clock.now())
    shown = [one for one in every if not told or one.phase.value == told]
    counts = {one: sum(each.phase is one for each in every) for one in Phase}
    return render(
        "reviews/index.html",
        block="list",
        reviews=shown,
        counts={one: count for one, count in counts.items() if count},
        phase=told,
        total=len(every),
        words=words,
    )


def _refused(actor: Actor, errors: Errors) -> ResponseReturnValue:
    return render("reviews/refused.html", errors=errors)


@bp.post("")
@requires(May.OPEN_REVIEW)
@again(_refused)
def open_review(actor: Actor) -> ResponseReturnValue:
    """Open a review from a doubt taken up."""
    draft = filled(Opening)
    with db.transaction() as session:
        review = service.open_review(session, actor, draft, now=clock.now())
    return landed(url_for("reviews.show", review_id=review.id), "reviews/_landed.html")


def _show(actor: Actor, review_id: UUID, errors: Errors = NO_ERRORS) -> ResponseReturnValue:
    return render("reviews/show.html", **_page(actor, review_id, errors))


@bp.get("/<uuid:review_id>")
@requires(May.SEE_REVIEW)
def show(actor: Actor, review_id: UUID) -> ResponseReturnValue:
    """One review: facts and people, clocks and the one next act."""
    return _show(actor, review_id)


@bp.post("/<uuid:review_id>/seats")
@requires(May.SEE_REVIEW)
@again(_show)
def join(actor: Actor, review_id: UUID) -> ResponseReturnValue:
    """Take a part in the review."""
    draft = filled(Joining)
    with db.transaction() as session:
        service.join(session, actor, review_id, draft, now=clock.now())
    return _back(review_id)


@bp.post("/<uuid:review_id>/withdrawals")
@requires(May.SEE_REVIEW)
@again(_show)
def withdraw(actor: Actor, review_id: UUID) -> ResponseReturnValue:
    """Keep out of the review for kinship or interest."""
    draft = filled(Keeping)
    with db.transaction() as session:
        service.withdraw(session, actor, review_id, draft.reason, now=clock.now())
    return _back(review_id)


@bp.post("/<uuid:review_id>/judgements")
@requires(May.SEE_REVIEW)
@again(_show)
def judge(actor: Actor, review_id: UUID) -> ResponseReturnValue:
    """Propose or decide for one person."""
    draft = filled(Judgement)
    with db.transaction() as session:
        service.judge(session, actor, review_id, draft, now=clock.now())
    return _back(review_id)


@bp.post("/<uuid:review_id>/acts")
@requires(May.SEE_REVIEW)
@again(_show)
def do(actor: Actor, review_id: UUID) -> ResponseReturnValue:
    """Do one act of the procedure."""
    draft = filled(Doing)
    with db.transaction() as session:
        service.do(session, actor, review_id, draft, now=clock.now())
    return _back(review_id)


@bp.post("/<uuid:review_id>/statements")
@requires(May.ANSWER_REVIEW)
@replayable
@again(_show)
def answer(actor: Actor, session: Session, review_id: UUID) -> ResponseReturnValue:
    """Take a statement in defence, live or replayed by a phone that was offline."""
    draft = filled(Defence)
    service.state(session, actor, review_id, draft, id=item_id(), now=clock.now())
    return _back(review_id)


@bp.post("/<uuid:review_id>/waivers")
@requires(May.ANSWER_REVIEW)
def waive(actor: Actor, review_id: UUID) -> ResponseReturnValue:
    """Sign that no more time to answer is needed."""
    with db.transaction() as session:
        service.waive(session, actor, review_id, now=clock.now())
    return _back(review_id)


@bp.post("/<uuid:review_id>/appeals")
@requires(May.ANSWER_REVIEW)
@again(_show)
def appeal(actor: Actor, review_id: UUID) -> ResponseReturnValue:
    """Ask for the decision to be looked at again."""
    draft = filled(Doing)
    with db.transaction() as session:
        service.appeal(session, actor, review_id, draft, now=clock.now())
    return _back(review_id)


def _back(review_id: UUID) -> ResponseReturnValue:
    return landed(url_for("reviews.show", review_id=review_id), "reviews/_landed.html")


def _page(actor: Actor, review_id: UUID, errors: Errors = NO_ERRORS) -> dict[str, Any]:
    """What the page of one review shows."""
    now, session = clock.now(), db.session
    review = queries.seen(session, actor, review_id)
    whole = queries.whole(session, actor, review, now=now)
    mine = next((one for one in whole.concerned if one.person_id == actor.id), None)
    held = {part for part, people in whole.case.seats.items() if actor.id in people}
    able = {part for part in Part if seating.may_join(session, actor, review, part)}
    open_acts = [] if mine else [one for one in whole.case.offered if _ours(one, whole, held, able)]
    judging = next((one for one in open_acts if one in JUDGED), None)
    return {
        "whole": whole,
        "review": whole.review,
        "mine": mine,
        "steps": _way(whole),
        "acts": [one for one in open_acts if one not in JUDGED and one not in FOLD],
        "asides": [one for one in open_acts if one in {Act.EXTEND, Act.TRANSFER}],
        "judging": judging,
        "to_judge": _unjudged(whole, judging),
        "forms": _forms(whole, judging, errors),
        "joinable": [] if mine else [one for one in able if one in whole.lacking],
        "may_withdraw": not mine and bool(held or able),
        "may_answer": mine is not None
        and mine.answer_by is not None
        and now < mine.answer_by
        and review.phase is Phase.HEARING
        and mine.waived_at is None,
        "may_appeal": mine is not None
        and mine.delivered_at is not None
        and Act.APPEAL in whole.case.offered,
        "clock": queries.clock_of(review, whole.case, now),
        "remedy": _remedy(mine),
        "words": words,
        "questions": {one.value: word for one, word in QUESTIONS.items()},
        "codes": {one.value: word for one, word in CODES.items()},
        "identities": IDENTITIES,
        "key": uuid7(),
        "errors": errors,
    }


def _ours(act: Act, whole: queries.Whole, held: set[Part], able: set[Part]) -> bool:
    """Whether an act lies with this reader: a part held, or one open to take."""
    part = who(act)
    return part is not None and (part in held or (part in whole.lacking and part in able))


def _unjudged(whole: queries.Whole, judging: Act | None) -> list[queries.ConcernedCard]:
    if judging is Act.PROPOSE:
        return [one for one in whole.concerned if not one.proposal]
    if judging is Act.AMEND:
        return [one for one in whole.concerned if one.person_id == whole.case.appellant]
    return [one for one in whole.concerned if judging and one.outcome is None]


def _way(whole: queries.Whole) -> list[tuple[Any, str, None]]:
    """The usual way through the procedure, and where this review stands on it."""
    usual = [one for one in Phase if one not in {Phase.TRANSFERRED, Phase.APPEAL, Phase.PANEL}]
    here = whole.review.phase
    if here not in usual:
        return [(words.PHASES[here][0], "now", None)]
    at = usual.index(here)
    places = ("done" if index < at else "now" if index == at else "ahead" for index in range(99))
    return [(words.PHASES[one][0], place, None) for one, place in zip(usual, places, strict=False)]


def _forms(whole: queries.Whole, judging: Act | None, errors: Errors) -> dict[str, Any]:
    judgements = {one.person_id: _judgement(one, errors) for one in _unjudged(whole, judging)}
    text = {"text": _("Reasons")}
    return {
        "judgements": judgements,
        "doing": _text(Doing, text, errors),
        "defence": _text(Defence, {"text": _("What you have to say")}, errors),
        "keeping": fields(Keeping, {"reason": _("Kinship or interest")}, errors=errors),
    }


def _text(draft: type[BaseModel], labels: dict[str, str], errors: Errors) -> dict[str, Field]:
    kinds = dict.fromkeys(labels, "textarea")
    return fields(draft, labels, values=request.form, errors=errors, kinds=kinds)


def _judgement(one: queries.ConcernedCard, errors: Errors) -> dict[str, Field]:
    """The form to judge one person: only measures that can follow for that kind of staff."""
    measures = [
        (measure.value, f"{words.MEASURES[measure]} · {words.BODIES[held.body]}")
        for measure, held in choices(one.identity).items()
    ]
    told = {
        "outcome": one.outcome or one.proposed or "",
        "measure": (one.measure if one.outcome else one.proposed_measure) or "",
        "text": "" if one.outcome else one.proposal,
    }
    return fields(
        Judgement,
        {"outcome": _("Outcome"), "measure": _("Measure"), "text": _("Reasons")},
        values=request.form or told,
        errors=errors,
        kinds={"text": "textarea", "outcome": "radio"},
        choices={
            "outcome": [(each.value, words.OUTCOMES[each][0]) for each in Outcome],
            "measure": measures,
        },
        hints={"measure": _("Only with pursued; none otherwise.")},
    )


def _remedy(mine: queries.ConcernedCard | None) -> tuple[Any, int] | None:
    """What the person may do against the decision, and within how many days."""
    if mine is None or mine.measure is None or mine.delivered_at is None:
        return None
    held = power(mine.identity, mine.measure)
    return (words.REMEDIES[held.remedy], held.within.days) if held else None
