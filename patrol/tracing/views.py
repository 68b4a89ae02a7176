"""The pages of doubts and traces: lists, the timeline as of any moment, evidence, judging."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import BaseModel
from sqlmodel import Session

from patrol.core import clock
from patrol.core.access import Actor, May, allows
from patrol.core.store import uuid7
from patrol.replay.views import item_id, replayable
from patrol.tracing import evidence, judges, listing, particulars, picture, queries, service, words
from patrol.tracing.drafts import Answer, Refusal, TakeUp
from patrol.tracing.model import DoubtState
from patrol.tracing.rules import Trace
from patrol.web.forms import NO_ERRORS, Errors, again, fields, filled
from patrol.web.fragments import landed, render
from patrol.web.session import db, requires

bp = Blueprint("tracing", __name__)


@bp.get("/doubts")
@requires(May.SEE_DOUBT)
def index(actor: Actor) -> ResponseReturnValue:
    """List the doubts this person may see, by what became of them; others see their own."""
    if not actor.can(May.SEE_TRACE):
        return redirect(url_for("tracing.mine"), 303)
    told = request.args.get("state", DoubtState.OPEN.value)
    state = DoubtState(told) if told in set(DoubtState) else DoubtState.OPEN
    every = queries.doubts_for(db.session, actor)
    return render(
        "tracing/index.html",
        block="list",
        doubts=[one for one in every if one.state is state],
        counts={one: sum(each.state is one for each in every) for one in DoubtState},
        state=state,
        words=words,
    )


@bp.get("/doubts/mine")
@requires(May.SEE_DOUBT)
def mine(actor: Actor) -> ResponseReturnValue:
    """The doubts about the reader: why, and a place to answer."""
    doubts = queries.about(db.session, actor.id)
    return render("tracing/mine.html", block="list", doubts=doubts, words=words)


def _show(actor: Actor, doubt_id: UUID, errors: Errors = NO_ERRORS) -> ResponseReturnValue:
    return render("tracing/doubt.html", **_doubt(actor, doubt_id, errors))


@bp.get("/doubts/<uuid:doubt_id>")
@requires(May.SEE_DOUBT)
def doubt(actor: Actor, doubt_id: UUID) -> ResponseReturnValue:
    """One doubt: what it asks, the trace behind it, and the next act."""
    return _show(actor, doubt_id)


@bp.post("/doubts/<uuid:doubt_id>/take-up")
@requires(May.JUDGE_DOUBT)
@again(_show)
def take_up(actor: Actor, doubt_id: UUID) -> ResponseReturnValue:
    """Take the doubt up."""
    draft = filled(TakeUp)
    with db.transaction() as session:
        service.take_up(session, actor, doubt_id, draft, now=clock.now())
    return landed(url_for("tracing.doubt", doubt_id=doubt_id), "tracing/_landed.html")


@bp.post("/doubts/<uuid:doubt_id>/refusal")
@requires(May.JUDGE_DOUBT)
@again(_show)
def refuse(actor: Actor, doubt_id: UUID) -> ResponseReturnValue:
    """Refuse the doubt, with reasons."""
    draft = filled(Refusal)
    with db.transaction() as session:
        service.refuse(session, actor, doubt_id, draft, now=clock.now())
    return landed(url_for("tracing.doubt", doubt_id=doubt_id), "tracing/_landed.html")


@bp.post("/doubts/<uuid:doubt_id>/answers")
@requires(May.SEE_DOUBT)
@replayable
@again(_show)
def answer(actor: Actor, session: Session, doubt_id: UUID) -> ResponseReturnValue:
    """Take what the person asked says, live or replayed."""
    draft = filled(Answer)
    service.reply(session, actor, doubt_id, draft, id=item_id(), now=clock.now())
    return landed(url_for("tracing.doubt", doubt_id=doubt_id), "tracing/_landed.html")


@bp.get("/findings/<uuid:finding_id>/trace")
@requires(May.SEE_DOUBT)
def show(actor: Actor, finding_id: UUID) -> ResponseReturnValue:
    """The timeline of a finding: who answered when, what they knew, what they did."""
    return render(
        "tracing/show.html",
        **_traced(actor, finding_id),
        doubts=[
            one
            for one in queries.of_finding(db.session, finding_id)
            if allows(actor, May.SEE_DOUBT, queries.by_id(db.session, one.id))
        ],
    )


@bp.get("/findings/<uuid:finding_id>/trace/evidence")
@requires(May.SEE_DOUBT)
def piece(actor: Actor, finding_id: UUID) -> ResponseReturnValue:
    """One piece of evidence a trace rests on."""
    finding = queries.finding_for(db.session, actor, finding_id)
    found = queries.trace(db.session, finding_id, now=clock.now())
    told = queries.facts_of(db.session, finding)
    shown = evidence.piece(db.session, found, told, request.args.get("ref", ""))
    return render(
        "tracing/evidence.html",
        shown=shown,
        facts=particulars.particulars(shown),
        title=particulars.evidence_name(shown.kind),
        finding_id=finding_id,
    )


def _doubt(actor: Actor, doubt_id: UUID, errors: Errors = NO_ERRORS) -> dict[str, Any]:
    """What the page of one doubt shows."""
    found = queries.seen(db.session, actor, doubt_id)
    card = queries.cards(db.session, [found])[0]
    concerned = found.concerns(actor.id)
    return {
        **_traced(actor, card.finding_id),
        "doubt": card,
        "replies": queries.replies_to(db.session, doubt_id),
        "may_judge": card.state is DoubtState.OPEN
        and judges.bar(db.session, found, actor.id) is None
        and allows(actor, May.JUDGE_DOUBT, found),
        "may_open": card.state is DoubtState.TAKEN_UP
        and not concerned
        and allows(actor, May.OPEN_REVIEW, found),
        "may_answer": concerned and card.state is not DoubtState.REFUSED,
        "forms": {
            "refuse": _form(Refusal, {"reason": _("Reasons")}, errors),
            "answer": _form(Answer, {"text": _("What you have to say")}, errors),
        },
        "key": uuid7(),
        "errors": errors,
    }


def _form(draft: type[BaseModel], labels: dict[str, str], errors: Errors) -> dict[str, Any]:
    kinds = dict.fromkeys(labels, "textarea")
    return fields(draft, labels, values=request.form, errors=errors, kinds=kinds)


def _traced(actor: Actor, finding_id: UUID) -> dict[str, Any]:
    """What the timeline shows, as of the moment asked for."""
    now, session = clock.now(), db.session
    finding = queries.finding_for(session, actor, finding_id)
    as_of = _as_of(request.args.get("as-of", ""))
    found = queries.trace(session, finding_id, now=now, as_of=as_of)
    names = queries.names_in(session, found)

    def link(ref: str) -> str:
        return url_for("tracing.piece", finding_id=finding_id, ref=ref) if ref else ""

    rows = words.rows(found, names, link)
    drawn = found.timeline
    return {
        "scene": queries.scene(session, finding),
        "found": found,
        "names": names,
        "sentences": words.sentences(found, names, link),
        "drawn": picture.draw(rows, drawn.since, drawn.until, drawn.found_at, clock.city()),
        "days": listing.twin(rows),
        "questions": listing.asked(found, link),
        "windows": listing.accounted(found, names, link),
        "moments": _moments(found, as_of),
        "words": words,
        "as_of": as_of,
    }


def _moments(found: Trace, as_of: datetime | None) -> dict[str, Any]:
    """The ends of the slider "as seen then" and the turns before and after where it stands."""
    marks = {mark.at for lane in found.timeline.lanes for mark in lane.marks}
    turns = sorted(at for at in marks if as_of is None or at != as_of)
    here = as_of or found.timeline.until
    return {
        "first": int(found.timeline.since.timestamp() // 60),
        "last": int(max(found.timeline.until, here).timestamp() // 60),
        "here": int(here.timestamp() // 60),
        "before": next((at for at in reversed(turns) if at < here), None),
        "after": next((at for at in turns if at > here), None) if as_of else None,
    }


def _as_of(told: str) -> datetime | None:
    """The moment a reader asks for: minutes since 1970 from the slider, or an ISO moment."""
    try:
        if told.isdigit():
            return datetime.fromtimestamp(int(told) * 60, UTC)
        moment = datetime.fromisoformat(told) if told else None
    except (ValueError, OverflowError, OSError):
        return None
    if moment is None:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=clock.city())
