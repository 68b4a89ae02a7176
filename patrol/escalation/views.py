"""The pages of escalation: what waits at which rung, one matter, and the ladders with a preview."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from patrol.core import clock
from patrol.core.access import Actor, May, demand
from patrol.core.roles import Line
from patrol.escalation import queries, service, words
from patrol.escalation.rules import handovers
from patrol.notices.words import address
from patrol.people import roster
from patrol.people import words as people
from patrol.people.queries import street_tier
from patrol.web import asked
from patrol.web.fragments import render
from patrol.web.session import db, requires

bp = Blueprint("escalation", __name__)


@bp.get("/matters")
@requires(May.SEE_MATTER)
def index(actor: Actor) -> ResponseReturnValue:
    """What is unsettled in one's grids, a column for each rung with the oldest first."""
    asked = request.args.get("line", "")
    line = Line(asked) if asked in set(Line) else Line.TERRITORY
    found = queries.open_matters(db.session, actor)
    here = [card for card in found if card.line is line]
    columns = [[card for card in here if card.rung == rung] for rung in _rungs(line)]
    return render(
        "escalation/index.html",
        block="ladder",
        line=line,
        columns=columns,
        steps=_steps(line),
        counts={one: sum(card.line is one for card in found) for one in Line},
        most=queries.MOST if len(found) == queries.MOST else None,
        **_words(),
    )


@bp.get("/matters/<uuid:matter_id>")
@requires(May.SEE_MATTER)
def show(actor: Actor, matter_id: UUID) -> ResponseReturnValue:
    """One matter: every rung it reached, dated when due, and how far word came there."""
    matter = demand(actor, May.SEE_MATTER, queries.by_id(db.session, matter_id))
    card = queries.cards(db.session, [matter])[0]
    holder = card.holder
    mine = card.settled_at is None and holder is not None and holder.person_id == actor.id
    return render(
        "escalation/show.html",
        matter=card,
        known=roster.known(db.session, actor, [one.person_id for one in card.climbs]),
        about=address(card.subject),
        may_acknowledge=mine and holder is not None and holder.acted_at is None,
        **_words(),
    )


@bp.post("/matters/<uuid:matter_id>/acknowledge")
@requires(May.SEE_MATTER)
def acknowledge(actor: Actor, matter_id: UUID) -> ResponseReturnValue:
    """Say that one has taken the matter in; the clock runs on."""
    with db.transaction() as session:
        matter = demand(actor, May.SEE_MATTER, queries.by_id(session, matter_id))
        service.acknowledge(session, actor, matter, now=clock.now())
    flash(_("Noted. The clock runs on until it is done."))
    return redirect(url_for("escalation.show", matter_id=matter_id), 303)


@bp.get("/ladders")
@requires(May.SEE_LADDER)
def ladders(actor: Actor) -> ResponseReturnValue:
    """The ladders in force, and when something opened at a moment would climb each rung.

    The preview is computed by the very function that runs the ladder.
    """
    at = asked.moment("at") or clock.now()
    found = [
        (card, [at, *handovers(card.rungs, at)])
        for card in queries.ladders(db.session, at=clock.now())
    ]
    return render(
        "escalation/ladders.html",
        block="ladders",
        ladders=found,
        as_of=at,
        asked=request.args.get("at", ""),
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {
        "heard": words.HEARD,
        "tones": words.TONES,
        "severities": words.SEVERITIES,
        "reasons": words.REASONS,
        "lines": people.LINES,
        "level": people.level,
        "street": street_tier(db.session),
    }


def _steps(line: Line) -> list[Any]:
    """The rungs of the ordinary ladder of a line, whose columns the page shows."""
    found = [card for card in queries.ladders(db.session, at=clock.now()) if card.line is line]
    return max((list(card.rungs) for card in found), key=len, default=[])


def _rungs(line: Line) -> range:
    return range(len(_steps(line)))
