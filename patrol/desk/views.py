"""The first page of everybody, and one's own."""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from patrol.catalogue.words import topic
from patrol.core import clock
from patrol.core.access import Actor, May
from patrol.core.roles import Role
from patrol.desk import leading, months, pack_views, queries, words
from patrol.desk.drafts import Theme
from patrol.desk.rules import Home, home_of, pressing
from patrol.findings.rules import Stage
from patrol.ledger.queries import latest, size
from patrol.people.queries import street_tier
from patrol.people.words import LINES
from patrol.plans.due import due_for
from patrol.reviews.queries import waiting_for
from patrol.reviews.words import PHASES
from patrol.tracing.words import TRIGGERS
from patrol.web.forms import read
from patrol.web.fragments import render
from patrol.web.session import db, requires

bp = Blueprint("desk", __name__)
bp.register_blueprint(pack_views.bp)
YEAR = 31_536_000  # seconds


@bp.get("/")
@requires(May.BE_SIGNED_IN)
def home(actor: Actor) -> ResponseReturnValue:
    """What waits for this person, in the shape that the post asks for."""
    return HOMES[home_of(actor.roles)](actor)


@bp.get("/me")
@requires(May.BE_SIGNED_IN)
def me(actor: Actor) -> ResponseReturnValue:
    """One's own month, what is asked of one, and settings."""
    now = clock.now()
    return render(
        "desk/me.html",
        density=_density(actor),
        mine=queries.about_me(db.session, actor, now=now),
        month=months.my_month(db.session, actor, zone=clock.city(), now=now),
        kind=home_of(actor.roles),
    )


@bp.post("/me/theme")
@requires(May.BE_SIGNED_IN)
def theme(actor: Actor) -> ResponseReturnValue:
    """Be light or dark on this device."""
    draft, _ = read(Theme, request.form)
    if draft is None:
        abort(422)
    response = redirect(url_for("desk.me"), 303)
    response.set_cookie(
        "theme", draft.theme, max_age=YEAR, samesite="Lax", secure=request.is_secure, httponly=True
    )
    return response


def _density(actor: Actor) -> str:
    return "officer" if home_of(actor.roles) is Home.WALKER else "desk"


def _rung_name() -> Callable[[Role, int | None], str]:
    return partial(words.rung, street=street_tier(db.session))


def _walker(actor: Actor) -> Response:
    now = clock.now()
    return render(
        "desk/walker.html",
        block="due",
        density="officer",
        due=sorted(due_for(db.session, actor, now=now), key=pressing),
        mine=queries.about_me(db.session, actor, now=now),
        now=now,
        topic=topic,
    )


def _leader(actor: Actor) -> Response:
    now = clock.now()
    return render(
        "desk/leader.html",
        led=leading.led(db.session, actor, zone=clock.city(), now=now),
        rungs=queries.ladder(db.session, actor),
        rung_name=_rung_name(),
        line_name=LINES,
        mine=queries.about_me(db.session, actor, now=now),
        now=now,
    )


def _supervisor(actor: Actor) -> Response:
    now = clock.now()
    return render(
        "desk/supervisor.html",
        waiting=waiting_for(db.session, actor, now=now),
        excuses=queries.excuses_to_approve(db.session, actor),
        doubts=queries.open_doubts(db.session, actor, now=now),
        rungs=queries.ladder(db.session, actor),
        rung_name=_rung_name(),
        line_name=LINES,
        reviews=queries.review_piles(db.session, actor),
        month=months.month(db.session, actor, zone=clock.city(), now=now),
        mine=queries.about_me(db.session, actor, now=now),
        now=now,
        phase_name=PHASES,
        trigger_name=TRIGGERS,
    )


def _clerk(actor: Actor) -> Response:
    may = May.FILE_FINDING
    stages = (Stage.RECEIVED, Stage.VERIFYING, Stage.FILING, Stage.DISPATCHING, Stage.CLOSING)
    return _findings(actor, may, stages)


def _handler(actor: Actor) -> Response:
    return _findings(actor, May.HANDLE_FINDING, (Stage.HANDLING,))


def _findings(actor: Actor, may: May, stages: tuple[Stage, ...]) -> Response:
    now = clock.now()
    return render(
        "desk/findings.html",
        kind=home_of(actor.roles),
        piles=queries.finding_piles(db.session, actor, may),
        waiting=queries.waiting(db.session, actor, may, stages, now=now),
        mine=queries.about_me(db.session, actor, now=now),
    )


def _auditor(actor: Actor) -> Response:
    return render(
        "desk/auditor.html",
        entries=latest(db.session, limit=12),
        size=size(db.session),
        mine=queries.about_me(db.session, actor, now=clock.now()),
    )


def _admin(actor: Actor) -> Response:
    now = clock.now()
    return render(
        "desk/admin.html",
        office=queries.office(db.session, now=now),
        mine=queries.about_me(db.session, actor, now=now),
    )


def _nobody(actor: Actor) -> Response:
    return render("desk/nobody.html", mine=queries.about_me(db.session, actor, now=clock.now()))


HOMES: dict[Home, Callable[[Actor], Response]] = {
    Home.WALKER: _walker,
    Home.LEADER: _leader,
    Home.SUPERVISOR: _supervisor,
    Home.CLERK: _clerk,
    Home.HANDLER: _handler,
    Home.AUDITOR: _auditor,
    Home.ADMIN: _admin,
    Home.NOBODY: _nobody,
}
