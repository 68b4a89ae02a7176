"""The pages on one post and on standing in: relief, service, history, weather stops."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from patrol.core import clock
from patrol.core.access import Actor, May, demand
from patrol.core.errors import NotFound, Refused
from patrol.core.moments import of_our_time
from patrol.core.roles import WALKERS, Role
from patrol.grid import queries as grids
from patrol.ledger.queries import entries_of
from patrol.people import relief, roster, service, stops, words
from patrol.people.drafts import NewRelief, NewStop, Served, Span
from patrol.people.entrance import bp
from patrol.people.model import Person, Post
from patrol.people.queries import street_tier
from patrol.web import asked
from patrol.web.forms import NO_ERRORS, Errors, again, fields, filled, read
from patrol.web.fragments import render
from patrol.web.session import db, requires

WORDS: dict[str, Any] = {"kinds": words.KINDS, "post_states": words.POST_STATES}


@bp.get("/posts/<uuid:post_id>")
@requires(May.SEE_POST)
def post(actor: Actor, post_id: UUID) -> ResponseReturnValue:
    """One post: who, what, where, when; how it came to bind, and every change of it."""
    found = demand(actor, May.SEE_POST, db.session.get(Post, post_id))
    card = roster.post_card(db.session, actor, found, now=clock.now())
    return render(
        "people/post.html",
        post=card,
        served_at=found.served_at,
        history=entries_of(db.session, f"post:{post_id}"),
        acts=words.POST_ACTS,
        level=words.level,
        street=street_tier(db.session),
        **WORDS,
    )


@bp.post("/posts/<uuid:post_id>/serve")
@requires(May.MANAGE_POST)
def serve(actor: Actor, post_id: UUID) -> ResponseReturnValue:
    """Record that a post was put before its holder in writing."""
    draft, _errors = read(Served, request.form)
    if draft is None:
        raise Refused("served-without-paper", "document")
    with db.transaction() as session:
        found = session.get(Post, post_id)
        service.serve(session, actor, found, draft.document, now=clock.now())
    flash(_("Served. From now on it binds."))
    return redirect(url_for("people.post", post_id=post_id), 303)


def _relief_form(actor: Actor, errors: Errors = NO_ERRORS) -> Response:
    values = request.form or request.args
    role = values.get("role", "")
    since, until = _moment(values.get("since")), _moment(values.get("until"))
    if (day := asked.moment("day")) is not None:
        since, until = day, day + timedelta(days=1)
    start = max(since or clock.now(), clock.now())
    grid_id = values.get("grid_id", type=UUID)
    if grid_id is None:
        raise NotFound
    wanted = Role(role) if role in WALKERS else None
    found = relief.offer(db.session, actor, grid_id, wanted, start, until)
    demand(actor, May.MANAGE_POST, found.grid, seen=May.SEE_GRID)
    spans = [one for one in Span if one is not Span.ASKED or until]
    return render(
        "people/relief.html",
        offer=found,
        spans=[(one.value, words.SPANS[one]) for one in spans],
        chosen={"login": values.get("login"), "span": values.get("span") or spans[0].value},
        errors=errors,
        roles=words.ROLES,
        **WORDS,
    )


@bp.get("/relief")
@requires(May.MANAGE_POST)
def relieve(actor: Actor) -> ResponseReturnValue:
    """Who could stand in on a grid, with the time that is empty filled in."""
    return _relief_form(actor)


@bp.post("/relief")
@requires(May.MANAGE_POST)
@again(_relief_form)
def give_relief(actor: Actor) -> ResponseReturnValue:
    """Give relief to whoever was chosen."""
    draft = filled(NewRelief)
    with db.transaction() as session:
        given = relief.relieve(session, actor, draft, now=clock.now(), zone=clock.city())
        name = session.get_one(Person, given.person_id).name
    flash(_("%(name)s is told and must accept; until then you answer.", name=name))
    return redirect(url_for("people.roster"), 303)


def _stop_form(actor: Actor, errors: Errors = NO_ERRORS) -> Response:
    labels = {
        "grid_id": _("Grid, with all below it"),
        "document": _("Number of the paper"),
        "from_at": _("From"),
        "to_at": _("Until"),
        "reason": _("Remark"),
    }
    mine = [(str(card.id), card.name) for card in grids.cards(db.session, actor)]
    made = fields(
        NewStop,
        labels,
        values=request.form or request.args,
        errors=errors,
        hints={"document": _("Such as the warning's number; it is shown in every trace.")},
        kinds={"reason": "textarea", "from_at": "datetime-local", "to_at": "datetime-local"},
        choices={"grid_id": mine},
    )
    return render("people/new_stop.html", fields=made, errors=errors)


@bp.get("/stops/new")
@requires(May.RECORD_EXCUSE)
def new_stop(actor: Actor) -> ResponseReturnValue:
    """The form that stops patrols in a grid, for weather."""
    return _stop_form(actor)


@bp.post("/stops")
@requires(May.RECORD_EXCUSE)
@again(_stop_form)
def stop(actor: Actor) -> ResponseReturnValue:
    """Stop patrols in a grid and all below it."""
    draft = filled(NewStop)
    with db.transaction() as session:
        made = stops.stop(session, actor, draft, now=clock.now(), zone=clock.city())
    flash(_("Patrols stop: %(count)s people are excused, signed with your name.", count=len(made)))
    return redirect(url_for("people.excuses"), 303)


def _moment(told: str | None) -> datetime | None:
    """A moment of the form; without a zone it is the city's, nonsense is none."""
    try:
        found = of_our_time(datetime.fromisoformat(told or ""))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=clock.city())
