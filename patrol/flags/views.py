"""The pages of questions: the list, one with its figures and answers, answering and looking."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session

from patrol.core import clock
from patrol.core.access import Actor, May, allows, demand
from patrol.core.store import uuid7
from patrol.flags import queries, service, words
from patrol.flags.drafts import Reply, Settling
from patrol.flags.model import Flag
from patrol.replay.views import item_id, replayable
from patrol.web import asked
from patrol.web.forms import NO_ERRORS, Errors, again, fields, filled
from patrol.web.fragments import landed, render
from patrol.web.session import db, requires

bp = Blueprint("flags", __name__, url_prefix="/questions")


@bp.get("")
@requires(May.SEE_FLAG)
def index(actor: Actor) -> ResponseReturnValue:
    """Questions the reader may see, by whether somebody looked at them."""
    settled = request.args.get("show") == "settled"
    page = asked.number("page")
    found = queries.listed(db.session, actor, settled=settled, page=page)
    return render(
        "flags/index.html",
        block="list",
        flags=found[: queries.PAGE],
        settled=settled,
        page=page,
        more=len(found) > queries.PAGE,
        counts=[queries.counted(db.session, actor, settled=each) for each in (False, True)],
        words=words,
    )


def _page(actor: Actor, flag_id: UUID, errors: Errors = NO_ERRORS) -> ResponseReturnValue:
    session = db.session
    flag = demand(actor, May.SEE_FLAG, session.get(Flag, flag_id))
    card = queries.cards(session, [flag])[0]
    mine = flag.officer_id == actor.id
    return render(
        "flags/show.html",
        block="next",
        flag=card,
        figures=words.figures(card.kind, card.facts),
        answers=queries.answers_to(session, flag_id),
        mine=mine,
        may_settle=not mine and card.verdict is None and allows(actor, May.SETTLE_FLAG, flag),
        may_see_round=allows(actor, May.SEE_ROUND, flag),
        forms=_forms(errors),
        errors=errors,
        key=uuid7(),
        words=words,
    )


@bp.get("/<uuid:flag_id>")
@requires(May.SEE_FLAG)
def show(actor: Actor, flag_id: UUID) -> ResponseReturnValue:
    """One question: what stands out, the round it is about, what was said."""
    return _page(actor, flag_id)


@bp.post("/<uuid:flag_id>/answers")
@requires(May.SEE_FLAG)
@replayable
@again(_page)
def answer(actor: Actor, session: Session, flag_id: UUID) -> ResponseReturnValue:
    """Take what the officer says, live or replayed."""
    service.reply(session, actor, flag_id, filled(Reply), key=item_id(), now=clock.now())
    return landed(url_for("flags.show", flag_id=flag_id), "flags/_landed.html")


@bp.post("/<uuid:flag_id>/verdict")
@requires(May.SETTLE_FLAG)
@again(_page)
def settle(actor: Actor, flag_id: UUID) -> ResponseReturnValue:
    """Take what somebody who looked makes of it."""
    draft = filled(Settling)
    with db.transaction() as session:
        service.settle(session, actor, flag_id, draft, now=clock.now())
    return redirect(url_for("flags.show", flag_id=flag_id), 303)


def _forms(errors: Errors) -> dict[str, dict[str, Any]]:
    verdicts = [(each.value, told[0]) for each, told in words.VERDICTS.items()]
    told, said = {"text": _("Your answer")}, {"verdict": _("What it is"), "remark": _("Why")}
    return {
        "answer": fields(
            Reply, told, values=request.form, errors=errors, kinds={"text": "textarea"}
        ),
        "verdict": fields(
            Settling,
            said,
            values=request.form,
            errors=errors,
            kinds={"verdict": "chips", "remark": "textarea"},
            choices={"verdict": verdicts},
        ),
    }
