"""The pages of timetable patrols: lines, the trip on a phone, and how the timetable was kept."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session

from patrol.catalogue.words import topic
from patrol.core import clock
from patrol.core.access import Actor, May, allows, demand, within
from patrol.core.errors import Refused
from patrol.core.roles import WALKERS
from patrol.core.store import uuid7
from patrol.grid.model import Grid
from patrol.grid.queries import cards_within
from patrol.lines import queries, service, words
from patrol.lines.drafts import Depart, NewLine
from patrol.lines.model import PatrolLine
from patrol.lines.rules import Kept
from patrol.people.words import ROLES
from patrol.replay.views import item_id, replayable
from patrol.rounds import cards
from patrol.rounds import queries as rounds
from patrol.rounds import words as round_words
from patrol.web import asked
from patrol.web.forms import NO_ERRORS, Errors, fields, read, refusal
from patrol.web.fragments import landed, render
from patrol.web.session import db, requires

bp = Blueprint("lines", __name__, url_prefix="/lines")
PERIODS = (1, 7, 30)  # days looked back on
PAGE = 100  # rows


@bp.get("")
@requires(May.SEE_PLAN)
def index(actor: Actor) -> ResponseReturnValue:
    """The lines, with today's departures."""
    now = clock.now()
    return render(
        "lines/index.html",
        lines=queries.listed(db.session, actor, now=now, zone=clock.city()),
        now=now,
        may_make=actor.can(May.MAKE_PLAN),
        may_walk=actor.can(May.WALK_ROUND),
        words=words,
    )


@bp.get("/new")
@requires(May.MAKE_PLAN)
def new(actor: Actor) -> ResponseReturnValue:
    """Lay out a line."""
    return _form(actor, db.session)


@bp.post("")
@requires(May.MAKE_PLAN)
@replayable
def make(actor: Actor, session: Session) -> ResponseReturnValue:
    """Take a new line."""
    try:
        draft, errors = read(NewLine, request.form)
        if draft is None:
            return _form(actor, session, errors)
        line = service.make(session, actor, draft, now=clock.now(), zone=clock.city())
    except Refused as refused:
        if refused.status != Refused.status:
            raise
        session.rollback()
        return _form(actor, session, refusal(refused))
    return landed(url_for("lines.show", line_id=line.id), "lines/_landed.html")


@bp.get("/<uuid:line_id>")
@requires(May.SEE_PLAN)
def show(actor: Actor, line_id: UUID) -> ResponseReturnValue:
    """A line: its stops and timetable, and how that was kept."""
    line = demand(actor, May.SEE_PLAN, db.session.get(PatrolLine, line_id))
    return render(
        "lines/show.html",
        line=line,
        grid=db.session.get_one(Grid, line.grid_id),
        report=_report(line),
        departures=line.timetable(clock.city()).departures_on(_today()),
        days=_days(),
        periods=PERIODS,
        may_end=line.ended_on is None and allows(actor, May.MAKE_PLAN, line),
        may_walk=allows(actor, May.WALK_ROUND, line),
        words=words,
        roles=ROLES,
        Kept=Kept,
    )


@bp.get("/<uuid:line_id>/rows")
@requires(May.SEE_PLAN)
def rows(actor: Actor, line_id: UUID) -> ResponseReturnValue:
    """What a figure of a line is made of: stops of trips, or the times in which nobody came."""
    line = demand(actor, May.SEE_PLAN, db.session.get(PatrolLine, line_id))
    report, shown, page = _report(line), request.args.get("show", ""), asked.number("page")
    latest = sorted(report.judged, key=lambda row: row.halt.departs_at, reverse=True)
    found: list[Any] = [row for row in latest if shown in {"", "judged", row.halt.kept.value}]
    if shown == "gaps":
        found = list(report.gaps)
    start = (page - 1) * PAGE
    listed = found[start : start + PAGE]
    return render(
        "lines/rows.html",
        block="list",
        line=line,
        rows=listed,
        rounds=set() if shown == "gaps" else queries.open_to(db.session, actor, listed),
        shown=shown,
        days=_days(),
        page=page,
        more=len(found) > start + PAGE,
        words=words,
    )


@bp.post("/<uuid:line_id>/end")
@requires(May.MAKE_PLAN)
def end(actor: Actor, line_id: UUID) -> ResponseReturnValue:
    """Let today be its last day."""
    with db.transaction() as session:
        service.end(session, actor, line_id, now=clock.now(), zone=clock.city())
    return redirect(url_for("lines.show", line_id=line_id), 303)


@bp.get("/<uuid:line_id>/trip")
@requires(May.WALK_ROUND)
def trip(actor: Actor, line_id: UUID) -> ResponseReturnValue:
    """A trip on the phone: which departure, then stop after stop."""
    line = demand(actor, May.SEE_PLAN, db.session.get(PatrolLine, line_id))
    return _trip(actor, db.session, line)


@bp.post("/<uuid:line_id>/trips")
@requires(May.WALK_ROUND)
@replayable
def depart(actor: Actor, session: Session, line_id: UUID) -> ResponseReturnValue:
    """Begin a trip, live or from a phone that was offline."""
    line = demand(actor, May.SEE_PLAN, session.get(PatrolLine, line_id))
    draft, errors = read(Depart, request.form)
    if draft is None:
        return _trip(actor, session, line, errors)
    at, zone = clock.now(), clock.city()
    try:
        service.depart(session, actor, line_id, draft, key=item_id(), now=at, zone=zone)
    except Refused as refused:
        if refused.status != Refused.status:
            raise
        session.rollback()
        return _trip(actor, session, line, refusal(refused))
    return landed(url_for("lines.trip", line_id=line_id), "lines/_landed.html")


def _days() -> int:
    days = asked.number("days") if "days" in request.args else 0
    return days if days in PERIODS else PERIODS[1]


def _today() -> Any:
    return clock.now().astimezone(clock.city()).date()


def _report(line: PatrolLine) -> queries.Report:
    now = clock.now()
    since = now - timedelta(days=_days() - 1)
    return queries.report(db.session, line, since=since, now=now, zone=clock.city())


def _trip(
    actor: Actor, session: Session, line: PatrolLine, errors: Errors = NO_ERRORS
) -> ResponseReturnValue:
    now, zone = clock.now(), clock.city()
    grid = demand(actor, May.WALK_ROUND, session.get(Grid, line.grid_id))
    going = rounds.current_round(session, actor.id)
    made = queries.current(session, going)
    here = going if made is not None and made.line_id == line.id else None
    stops = queries.stops_of(session, [line.id])[line.id]
    departures = line.timetable(zone).departures_on(now.astimezone(zone).date())
    departs_at = made.departs_at if made and here else _nearest(departures, now)
    walk = cards.walk(session, actor, grid, here, zone=zone, now=now)
    return render(
        "lines/trip.html",
        block="start" if errors else None,
        status=422 if errors else 200,
        walk=queries.at_stops(walk, stops),
        elsewhere=going if here is None else None,
        other_trip=url_for("lines.trip", line_id=made.line_id) if made and not here else None,
        line=line,
        stops={stop.cell_id: stop for stop in stops},
        departures=departures,
        departs_at=departs_at,
        due={stop.cell_id: departs_at and stop.due_at(departs_at) for stop in stops},
        plan_id=None,
        words=round_words,
        topic=topic,
        new_id=uuid7,
        errors=errors,
        said=request.form,
        density="officer",
    )


def _nearest(departures: list[datetime], now: datetime) -> datetime | None:
    return min(departures, key=lambda at: abs(at - now), default=None)


def _form(actor: Actor, session: Session, errors: Errors = NO_ERRORS) -> ResponseReturnValue:
    grids = {
        str(card.id): card
        for card in cards_within(session, within(actor, May.MAKE_PLAN, Grid))
        if 0 < card.cells <= cards.MOST_CELLS
    }
    labels = {
        "name": _("Name"),
        "grid_id": _("Grid"),
        "stops": _("Stops"),
        "dwell": _("Minutes at each stop"),
        "radius": _("Metres round a stop that count as there"),
        "role": _("Whom it obliges"),
        "mode": _("How"),
        "first": _("First departure"),
        "last": _("Last departure"),
        "headway": _("Minutes between departures"),
        "weekdays": _("On which days"),
        "valid_from": _("From"),
    }
    hints = {
        "stops": _(
            "Numbers of cells in the order they are come to, as “3 5 9”. A minute after departure"
            " may be set: “5@12”. Without one it is reckoned from the way and the stay."
        )
    }
    plain = {
        "grid_id": request.args.get("grid_id", ""),
        "valid_from": _today().isoformat(),
        "weekdays": range(7),
        "first": "08:00",
        "last": "18:00",
        "radius": 40,
        "dwell": 2,
        "headway": 60,
    }
    form = fields(
        NewLine,
        labels,
        values=request.form or plain,
        errors=errors,
        hints=hints,
        kinds={"weekdays": "chips", "stops": "text"},
        choices={
            "grid_id": [(one, f"{card.code} {card.name}") for one, card in grids.items()],
            "role": [(role.value, ROLES[role]) for role in sorted(WALKERS)],
            "mode": [(mode.value, said) for mode, said in round_words.MODES.items()],
            "weekdays": [(str(day), said) for day, said in enumerate(words.WEEKDAYS)],
        },
    )
    form["weekdays"] = words.several(form["weekdays"])
    return render(
        "lines/new.html",
        block="form" if errors else "ground",
        status=422 if errors else 200,
        form=form,
        chosen=grids.get(request.values.get("grid_id", "")),
        errors=errors,
        key=uuid7(),
    )
