"""The places of the app that a person is offered: a bar of five on a phone, a rail at a desk."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Flask, request, url_for
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from patrol.core.access import Actor, May, granted
from patrol.core.roles import Role
from patrol.web.session import current_actor
from patrol.web.templates import piece


@dataclass(frozen=True, eq=False)
class Place:
    """One place: where it leads, what it is called, its icon, and whom it is for."""

    endpoint: str
    label: Any
    icon: str
    may: May = May.BE_SIGNED_IN
    on_phone: bool = False  # in the bar of five

    @property
    def url(self) -> str:
        """Its address."""
        return url_for(self.endpoint)


PLACES = (
    Place("desk.home", _l("Today"), "today", on_phone=True),
    Place("coverage.index", _l("Map"), "map", May.SEE_COVERAGE, on_phone=True),
    Place("findings.new", _l("Report"), "report", May.RECORD_FINDING, on_phone=True),
    Place("notices.inbox", _l("Inbox"), "inbox", on_phone=True),
    Place("desk.me", _l("Me"), "me", on_phone=True),
    Place("findings.index", _l("Findings"), "finding", May.SEE_FINDING),
    Place("plans.index", _l("Plans"), "plan", May.SEE_PLAN),
    Place("people.roster", _l("Roster"), "roster", May.SEE_POST),
    Place("grid.index", _l("Grid"), "grid", May.SEE_GRID),
    Place("checks.index", _l("Checks"), "eye", May.DRAW_CHECK),
    Place("flags.index", _l("Questions"), "info", May.SETTLE_FLAG),
    Place("tracing.index", _l("Doubts"), "doubt", May.SEE_TRACE),
    Place("reviews.index", _l("Reviews"), "review", May.SEE_REVIEW),
    Place("ledger.index", _l("Ledger"), "ledger", May.SEE_LEDGER),
)


def init_app(app: Flask) -> None:
    """Let templates ask for the places, the actor and permissions."""

    @app.context_processor
    def known() -> dict[str, Any]:
        actor = current_actor()
        return {"actor": actor, "places": places(actor), "May": May}

    app.jinja_env.globals.update(bar=bar, piece=piece)


def places(actor: Actor | None) -> tuple[Place, ...]:
    """The places this person may go to."""
    return () if actor is None else _open_to(frozenset(actor.roles))


@cache
def _open_to(roles: frozenset[Role]) -> tuple[Place, ...]:
    return tuple(place for place in PLACES if granted(roles, place.may))


def bar(places: tuple[Place, ...]) -> Markup:
    """These places, with the one marked where the reader is."""
    endpoint = request.endpoint
    slice_name = (request.blueprint or "").partition(".")[0]
    here = endpoint if any(place.endpoint == endpoint for place in places) else slice_name
    return piece("bar.html", places=places, here=here)
