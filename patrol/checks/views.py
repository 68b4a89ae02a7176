"""The pages of checks: draws anybody can draw again, and the check at the place on a phone."""

import secrets
from typing import Any
from uuid import UUID

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session

from patrol.catalogue import queries as catalogue
from patrol.catalogue.words import topic
from patrol.checks import queries, service, words
from patrol.checks.drafts import NewDraw, Seen
from patrol.checks.model import Draw, Inspection, SpotCheck
from patrol.core import clock
from patrol.core.access import Actor, May, allows, demand, within
from patrol.core.errors import NotFound
from patrol.core.store import uuid7
from patrol.findings import photo_views
from patrol.findings.queries import place
from patrol.grid.model import Grid
from patrol.grid.queries import cards_within
from patrol.people.words import ROLES
from patrol.photos import words as photo_words
from patrol.photos.queries import of_subject
from patrol.replay.views import item_id, replayable
from patrol.web.forms import NO_ERRORS, Errors, again, fields, filled
from patrol.web.fragments import landed, render
from patrol.web.session import db, requires

bp = Blueprint("checks", __name__, url_prefix="/checks")


@bp.get("")
@requires(May.SEE_CHECK)
def index(actor: Actor) -> ResponseReturnValue:
    """What one was drawn to check, what was seen, and the draws."""
    return render(
        "checks/index.html",
        block="list",
        tasks=queries.to_check(db.session, actor),
        inspections=queries.inspections(db.session, actor),
        draws=queries.draws(db.session, actor),
        may_draw=actor.can(May.DRAW_CHECK),
        words=words,
        topic=topic,
    )


def _form(
    actor: Actor, errors: Errors = NO_ERRORS, drawn: SpotCheck | None = None
) -> ResponseReturnValue:
    session, now = db.session, clock.now()
    drawn = drawn or _asked(actor, session)
    return render(
        "checks/new.html",
        block="form",
        density="officer",
        key=uuid7(),
        drawn=queries.check_cards(session, [drawn])[0] if drawn else None,
        kinds=catalogue.classes(session, at=now),
        topics=catalogue.topics(session),
        told=request.form,
        errors=errors,
        words=words,
        topic=topic,
    )


def _asked(actor: Actor, session: Session) -> SpotCheck | None:
    """The check a refused form was for, where it is this person's."""
    try:
        drawn = session.get(SpotCheck, UUID(request.form.get("check_id", "")))
    except ValueError:
        return None
    return drawn if drawn and allows(actor, May.INSPECT, drawn) else None


@bp.get("/new")
@requires(May.DRAW_CHECK)
def new(actor: Actor) -> ResponseReturnValue:
    """An unannounced check at the place where one stands."""
    return _form(actor)


@bp.get("/tasks/<uuid:check_id>")
@requires(May.INSPECT)
def task(actor: Actor, check_id: UUID) -> ResponseReturnValue:
    """The check one was drawn for."""
    drawn = demand(actor, May.INSPECT, db.session.get(SpotCheck, check_id))
    return _form(actor, drawn=drawn)


@bp.post("")
@requires(May.INSPECT)
@replayable
@again(_form)
def record(actor: Actor, session: Session) -> ResponseReturnValue:
    """Take what was seen, live or from a phone that was offline."""
    seen = service.inspect(session, actor, filled(Seen), key=item_id(), now=clock.now())
    return landed(url_for("checks.show", inspection_id=seen.id), "checks/_landed.html")


@bp.get("/<uuid:inspection_id>")
@requires(May.SEE_CHECK)
def show(actor: Actor, inspection_id: UUID) -> ResponseReturnValue:
    """What was seen, beside what the patrol told."""
    found = demand(actor, May.SEE_CHECK, db.session.get(Inspection, inspection_id))
    return render(
        "checks/show.html",
        seen=queries.inspection_cards(db.session, [found])[0],
        photos=of_subject(db.session, queries.subject(found)),
        photo_words=photo_words,
        place=place(db.session, (found.lon, found.lat), at=found.seen_at),
        roles=ROLES,
        words=words,
        topic=topic,
    )


@bp.put("/<uuid:inspection_id>/photos/<uuid:photo_id>")
@requires(May.BE_SIGNED_IN)
def put_photo(actor: Actor, inspection_id: UUID, photo_id: UUID) -> ResponseReturnValue:
    """Take the bytes of a photo that a check announced, however often they come."""
    found = db.session.get(Inspection, inspection_id)
    if found is None:
        raise NotFound("photo-unannounced")
    return photo_views.take(actor, photo_id, queries.subject(found))


@bp.get("/<uuid:inspection_id>/photos/<uuid:photo_id>/<string:size>")
@requires(May.SEE_CHECK)
def show_photo(actor: Actor, inspection_id: UUID, photo_id: UUID, size: str) -> ResponseReturnValue:
    """A display copy of what was photographed at a check."""
    found = demand(actor, May.SEE_CHECK, db.session.get(Inspection, inspection_id))
    return photo_views.display(photo_id, queries.subject(found), size)


def _draw_form(actor: Actor, errors: Errors = NO_ERRORS) -> ResponseReturnValue:
    choices: dict[str, Any] = {
        "grid_id": [
            (card.id, f"{card.code} {card.name}")
            for card in cards_within(db.session, within(actor, May.DRAW_CHECK, Grid))
        ]
    }
    labels = {"grid_id": _("Grid"), "cells": _("Cells"), "days": _("Days to check them in")}
    form = fields(NewDraw, labels, values=request.form or None, errors=errors, choices=choices)
    return render(
        "checks/new_draw.html",
        block="form",
        form=form,
        errors=errors,
        key=uuid7(),
    )


@bp.get("/draws/new")
@requires(May.DRAW_CHECK)
def new_draw(actor: Actor) -> ResponseReturnValue:
    """How many cells, where, in how many days."""
    return _draw_form(actor)


@bp.post("/draws")
@requires(May.DRAW_CHECK)
@replayable
@again(_draw_form)
def draw(actor: Actor, session: Session) -> ResponseReturnValue:
    """Draw, from a seed nobody could choose."""
    draft = filled(NewDraw)
    made = service.draw(session, actor, draft, seed=secrets.token_hex(16), now=clock.now())
    return landed(url_for("checks.show_draw", draw_id=made.id), "checks/_landed.html")


@bp.get("/draws/<uuid:draw_id>")
@requires(May.DRAW_CHECK)
def show_draw(actor: Actor, draw_id: UUID) -> ResponseReturnValue:
    """A draw with all it was made from, drawn again on the spot."""
    made = demand(actor, May.DRAW_CHECK, db.session.get(Draw, draw_id))
    return render(
        "checks/draw.html",
        draw=made,
        grid=db.session.get_one(Grid, made.grid_id),
        checks=queries.of_draw(db.session, made.id),
        excluded=queries.named(db.session, made.excluded),
        same=queries.again(made) == made.pairs,
        words=words,
    )
