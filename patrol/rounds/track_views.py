"""The pages of tracks: one's own rounds and who looked at them, one track, opening another's."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from patrol.core import clock
from patrol.core.access import Actor, May, allows, demand
from patrol.rounds import opening, trails, words
from patrol.rounds.drafts import Opening
from patrol.rounds.model import Round
from patrol.web import asked
from patrol.web.forms import NO_ERRORS, Errors, Field, again, fields, filled
from patrol.web.fragments import render
from patrol.web.session import db, requires

bp = Blueprint("tracks", __name__)


@bp.get("/mine")
@requires(May.SEE_ROUND)
def mine(actor: Actor) -> ResponseReturnValue:
    """One's own rounds, what is kept of where one walked, and who looked at it."""
    page = asked.number("page")
    found = trails.mine(db.session, actor, page=page)
    return render(
        "rounds/mine.html",
        block="list",
        rounds=found[: trails.PAGE],
        page=page,
        more=len(found) > trails.PAGE,
        openings=opening.of_person(db.session, actor.id),
        density="officer",
        whole=_whole(),
        words=words,
    )


def _page(actor: Actor, round_id: UUID, errors: Errors = NO_ERRORS) -> ResponseReturnValue:
    found = db.session.get(Round, round_id)
    one = demand(actor, May.OPEN_TRACK, found, seen=May.SEE_ROUND)
    own = one.officer_id == actor.id
    shared: dict[str, Any] = {
        "one": one,
        "own": own,
        "may_see_round": allows(actor, May.SEE_ROUND, one),
    }
    still = opening.is_open(db.session, actor, round_id, now=clock.now())
    if own or still:
        page = render(
            "rounds/track.html",
            trail=trails.trail(db.session, one),
            openings=opening.of_round(db.session, round_id) if own else [],
            until=still.opened_at + opening.LASTS if still else None,
            whole=_whole(),
            words=words,
            density="officer" if own else "desk",
            **shared,
        )
        if not own:  # it is open for half an hour, not for as long as a browser keeps it
            page.headers["Cache-Control"] = "no-store"
        return page
    officer, grid = trails.whose(db.session, one)
    return render(
        "rounds/closed_track.html",
        officer=officer,
        grid=grid,
        minutes=opening.LASTS // timedelta(minutes=1),
        errors=errors,
        form=_form(errors),
        **shared,
    )


@bp.get("/<uuid:round_id>/track")
@requires(May.OPEN_TRACK)
def show(actor: Actor, round_id: UUID) -> ResponseReturnValue:
    """One's own track, or another's while it is open; else the question why."""
    return _page(actor, round_id)


@bp.post("/<uuid:round_id>/track-openings")
@requires(May.OPEN_TRACK)
@again(_page)
def take_opening(actor: Actor, round_id: UUID) -> ResponseReturnValue:
    """Open another's track."""
    draft = filled(Opening)
    with db.transaction() as session:
        opening.open_track(session, actor, round_id, draft, now=clock.now())
    return redirect(url_for("rounds.tracks.show", round_id=round_id), 303)


def _form(errors: Errors) -> list[Field]:
    made = fields(
        Opening,
        {"why": _("Why do you need to see it?"), "remark": _("In your own words")},
        values=request.form or request.args,
        errors=errors,
        hints={"remark": _("Such as the number of the case.")},
        kinds={"why": "radio"},
        choices={"why": words.choices(words.OPENED_FOR)},
    )
    return [made["why"], made["remark"]]


def _whole() -> timedelta:
    """For how long a track is kept whole."""
    return timedelta(days=current_app.config["SETTINGS"].track_days)
