"""The pages of shifts: the calendar, what will be missing, and handovers signed by both."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.wrappers import Response

from patrol.core import clock
from patrol.core.access import Actor, May, demand
from patrol.core.errors import NotFound
from patrol.core.roles import LINE_OF, Line
from patrol.core.store import uuid7
from patrol.findings import words as finding_words
from patrol.grid import queries as grids
from patrol.notices import words as notices
from patrol.people import roster
from patrol.people import words as people
from patrol.people.model import Shift
from patrol.people.queries import street_tier
from patrol.replay.views import replayable
from patrol.shifts import ahead, calendars, queries, service, words
from patrol.shifts.drafts import NewShifts, Signature
from patrol.shifts.model import Handover
from patrol.web import asked
from patrol.web.forms import NO_ERRORS, Errors, again, fields, filled
from patrol.web.fragments import landed, render
from patrol.web.session import db, requires

bp = Blueprint("shifts", __name__)
WORDS: dict[str, Any] = {
    "kinds": people.KINDS,
    "lines": people.LINES,
    "level": people.level,
    "excuse_kinds": people.EXCUSES,
    "closings": words.CLOSINGS,
    "seats": words.SEATS,
}
notices.word("band", words.BANDS)


@bp.get("/shifts")
@requires(May.SEE_POST)
def calendar(actor: Actor) -> ResponseReturnValue:
    """A week of grids by days: who is there and how, and where nobody is."""
    code = request.args.get("grid")
    grid = grids.grid_by_code(db.session, code) if code else None
    if code and grid is None:
        raise NotFound
    line = _line(actor)
    since = asked.moment("since")
    first = since.date() if since else _today()
    found = calendars.calendar(
        db.session, actor, line, grid=grid, first=first, page=asked.number("page"),
        zone=clock.city(),
    )  # fmt: skip
    persons = [one.person_id for row in found.rows for day in row.days for one in day.entries]
    return render(
        "shifts/calendar.html",
        block="week",
        calendar=found,
        known=roster.known(db.session, actor, persons),
        line=line,
        grid=grid,
        today=_today(),
        week=timedelta(days=calendars.WEEK),
        street=street_tier(db.session),
        **WORDS,
    )


def _form(actor: Actor, errors: Errors = NO_ERRORS) -> Response:
    labels = {
        "logins": _("Who"),
        "band": _("Part of the day"),
        "from_day": _("From this day"),
        "days": _("For how many days"),
        "weekdays": _("Only on these days of the week"),
    }
    lasting = queries.hours(db.session)
    bands = [
        (band.value, f"{word} {lasting[band][0]:%H:%M}–{lasting[band][1]:%H:%M}")
        for band, word in words.BANDS.items()
    ]
    made = fields(
        NewShifts,
        labels,
        values=request.form or {"from_day": _today().isoformat()},
        errors=errors,
        hints={"logins": _("On every post of theirs that walks in your grids.")},
        kinds={"logins": "checks", "band": "chips", "from_day": "date", "weekdays": "checks"},
        choices={
            "logins": queries.walkers(db.session, actor, now=clock.now()),
            "band": bands,
            "weekdays": [(str(n), word) for n, word in enumerate(words.WEEKDAYS, start=1)],
        },
    )
    return render("shifts/new.html", fields=made, errors=errors)


@bp.get("/shifts/new")
@requires(May.MANAGE_POST)
def new(actor: Actor) -> ResponseReturnValue:
    """Who is on duty in which part of the day, for how many days."""
    return _form(actor)


@bp.post("/shifts")
@requires(May.MANAGE_POST)
@again(_form)
def tell(actor: Actor) -> ResponseReturnValue:
    """Tell people their shifts."""
    draft = filled(NewShifts)
    with db.transaction() as session:
        told = service.tell(session, actor, draft, now=clock.now(), zone=clock.city())
        people_told = len({one.person_id for one in told})
    flash(_("%(count)s people are told their shifts.", count=people_told))
    return redirect(url_for("shifts.calendar", since=draft.from_day.isoformat()), 303)


@bp.get("/shifts/<uuid:shift_id>")
@requires(May.SEE_POST)
def show(actor: Actor, shift_id: UUID) -> ResponseReturnValue:
    """One shift: whose, where, told by whom; and the way to call it off."""
    shift = demand(actor, May.SEE_POST, db.session.get(Shift, shift_id))
    card = queries.shift_card(db.session, actor, shift, now=clock.now())
    return render("shifts/show.html", shift=card)


@bp.post("/shifts/<uuid:shift_id>/call-off")
@requires(May.MANAGE_POST)
def call_off(actor: Actor, shift_id: UUID) -> ResponseReturnValue:
    """Call a shift off from now on."""
    with db.transaction() as session:
        shift = session.get(Shift, shift_id)
        service.call_off(session, actor, shift, now=clock.now(), zone=clock.city())
    flash(_("The shift is called off."))
    return redirect(url_for("shifts.calendar"), 303)


@bp.get("/shifts/ahead")
@requires(May.SEE_GAP)
def missing(actor: Actor) -> ResponseReturnValue:
    """What will be missing in the next fortnight, before it happens."""
    return render(
        "shifts/ahead.html",
        block="list",
        ahead=ahead.ahead(db.session, actor, now=clock.now()),
        days=ahead.FAR.days,
        street=street_tier(db.session),
        **WORDS,
    )


@bp.get("/handovers")
@requires(May.SEE_HANDOVER)
def handovers(actor: Actor) -> ResponseReturnValue:
    """Handovers of one's own and below; those that wait for a signature first."""
    found = queries.handovers(db.session, actor, now=clock.now())
    return render("shifts/handovers.html", block="list", handovers=found, **WORDS)


def _handover(actor: Actor, handover_id: UUID, errors: Errors = NO_ERRORS) -> Response:
    session = db.session
    row = demand(actor, May.SEE_HANDOVER, session.get(Handover, handover_id))
    (card,) = queries.card_of(session, actor, [row], now=clock.now())
    return render(
        "shifts/handover.html",
        handover=card,
        findings=queries.lying(session, actor, row),
        signed={"left": row.left, "taken": row.taken},
        errors=errors,
        key=uuid7(),
        finding_words=finding_words,
        **WORDS,
    )


@bp.get("/handovers/<uuid:handover_id>")
@requires(May.SEE_HANDOVER)
def handover(actor: Actor, handover_id: UUID) -> ResponseReturnValue:
    """What is left to hand over, what either side said, and one's own signature."""
    return _handover(actor, handover_id)


@bp.post("/handovers/<uuid:handover_id>/sign")
@requires(May.SIGN_HANDOVER)
@replayable
@again(_handover)
def sign(actor: Actor, session: Session, handover_id: UUID) -> ResponseReturnValue:
    """Sign one's own side, live or from a phone that was offline."""
    row = demand(
        actor, May.SIGN_HANDOVER, session.get(Handover, handover_id), seen=May.SEE_HANDOVER
    )
    service.sign(session, actor, row, filled(Signature), now=clock.now())
    return landed(url_for("shifts.handover", handover_id=row.id), "shifts/_signed.html")


def _line(actor: Actor) -> Line:
    """The line asked for, else the reader's own."""
    try:
        return Line(request.args.get("line", ""))
    except ValueError:
        own = (LINE_OF[role] for role in actor.roles if role in LINE_OF)
        return next(own, Line.UNIT)


def _today() -> date:
    return clock.now().astimezone(clock.city()).date()
