"""The pages of coverage: how grids stand, the map, one cell's history, the rows behind rates."""

import json
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from patrol.catalogue.queries import topics
from patrol.catalogue.words import TOPIC_NAMES
from patrol.core import clock
from patrol.core.access import Actor, May, allows, demand
from patrol.coverage import queries
from patrol.coverage.queries import Asked, GridLine
from patrol.coverage.rules import Period, Rates, Tally, face, since
from patrol.coverage.words import CADENCES, PERIODS
from patrol.grid import queries as grids
from patrol.grid.model import Grid
from patrol.grid.queries import GridCard
from patrol.grid.views import ON_MAP
from patrol.plans.rules import Cadence, State
from patrol.web import asked
from patrol.web.fragments import is_piece, render
from patrol.web.session import db, requires

bp = Blueprint("coverage", __name__, url_prefix="/coverage")

PAGE = 50


@bp.get("")
@requires(May.SEE_COVERAGE)
def index(actor: Actor) -> ResponseReturnValue:
    """Show the reader's own grid, or the grids to choose from where there are several."""
    tops = queries.tops(db.session, actor)
    if len(tops) == 1:
        return _page(actor, _visible(actor, tops[0].code))
    return _page(actor, None, tops)


@bp.get("/<string:code>")
@requires(May.SEE_COVERAGE)
def show(actor: Actor, code: str) -> ResponseReturnValue:
    """Show how the grids or cells below one stand, as a list and a map."""
    return _page(actor, _visible(actor, code))


@bp.get("/<string:code>/states.json")
@requires(May.SEE_COVERAGE)
def states(actor: Actor, code: str) -> ResponseReturnValue:
    """Tell a map how each of its outlines stands now."""
    grid, session = _visible(actor, code), db.session
    asked, _period = _asked()
    stood = queries.stood(session, grid.path, asked, zone=clock.city(), now=clock.now())
    if queries.many(session, grid.path) <= ON_MAP:
        found: dict[str, Any] = queries.states(session, stood)
    else:
        below = grids.children(session, grid)
        counts = queries.count(session, stood)
        lines = queries.lines(session, below, counts, {}, now=clock.now())
        found = {line.grid.code: line.state for line in lines}
    at = clock.now().isoformat(timespec="seconds")
    # not by Flask's own writer, which sorts thousands of codes
    told = json.dumps({"at": at, "states": found}, separators=(",", ":"))
    return Response(
        told, mimetype="application/json", headers=[("Cache-Control", "private, no-cache")]
    )


@bp.get("/<string:code>/cells")
@requires(May.SEE_COVERAGE)
def cells(actor: Actor, code: str) -> ResponseReturnValue:
    """List the cells behind a count."""
    grid = _visible(actor, code)
    asked, _period = _asked()
    told = request.args.get("state", "")
    state = State(told) if told in list(State) else None
    page = _number()
    stood = queries.stood(db.session, grid.path, asked, zone=clock.city(), now=clock.now())
    found = queries.cells(db.session, stood, state, page=page, size=PAGE)
    return render(
        "coverage/cells.html", grid=grid, state=state, cells=found[:PAGE], page=page,
        more=len(found) > PAGE, choices=_states(code, state), args=_args(), turn=_turn,
    )  # fmt: skip


@bp.get("/<string:code>/windows")
@requires(May.SEE_COVERAGE)
def windows(actor: Actor, code: str) -> ResponseReturnValue:
    """List the closed windows behind a rate."""
    grid = _visible(actor, code)
    asked, period = _asked()
    missed, page, now = "missed" in request.args, _number(), clock.now()
    found = queries.windows(
        db.session, grid.path, asked, since(period, now, clock.city()), now,
        missed=missed, page=page, size=PAGE,
    )  # fmt: skip
    return render(
        "coverage/windows.html", grid=grid, windows=found[:PAGE], page=page, missed=missed,
        more=len(found) > PAGE, period=PERIODS[period], args=_args(), turn=_turn,
    )  # fmt: skip


@bp.get("/cells/<string:code>")
@requires(May.SEE_COVERAGE)
def cell(actor: Actor, code: str) -> ResponseReturnValue:
    """Show how one cell stands under each plan, and its windows with the visits in them."""
    found = demand(actor, May.SEE_COVERAGE, grids.cell_by_code(db.session, code))
    now, zone = clock.now(), clock.city()
    begun = since(Period.MONTH, now, zone)
    path = _down_to(actor, found.grid_id)
    return render(
        "coverage/cell.html",
        block="cell",
        shown=found,
        path=path,
        crumbed=[*_crumbs(path, None), (None, str(found.number))],
        plans=queries.history(db.session, found, since=begun, zone=zone, now=now),
        cadences=CADENCES,
        begun=begun,
        ends=now,
        alone=is_piece(),
    )


def _page(
    actor: Actor, grid: Grid | None, tops: list[GridCard] | None = None
) -> ResponseReturnValue:
    session, now = db.session, clock.now()
    asked, period = _asked()
    below = grids.children(session, grid) if grid else tops or []
    under = grid.path if grid else ""
    path = _down_to(actor, grid.id)[:-1] if grid else []
    stood = queries.stood(session, under, asked, zone=clock.city(), now=now)
    counts = queries.count(session, stood)
    rates = queries.rates(session, under, asked, since(period, now, clock.city()), now)
    lines = queries.lines(session, below, counts, rates, now=now)
    tallies = [one.tally for one in (counts.values() if grid else lines)]
    whole = sum(tallies, Tally())
    cells = grids.count_cells(session, grid) if grid else 0
    few = grid is not None and not below
    return render(
        "coverage/show.html",
        block="coverage",
        grid=grid,
        path=path,
        crumbed=_crumbs(path, grid),
        lines=sorted(lines, key=_worst_first),
        whole=whole,
        rates=sum(rates.values() if grid else (line.rates for line in lines), Rates()),
        oldest=min((one.oldest for one in counts.values() if one.oldest), default=None),
        face=face(whole),
        listed=queries.cells(session, stood, None, page=1, size=PAGE)[:PAGE] if few else [],
        moments=list(stood.moments.values()),
        on_map=grid is not None and cells <= ON_MAP,
        view="map" if request.args.get("view") == "map" else "list",
        args=_args(),
        chips=_chips(grid, asked),
        periods=_periods(grid, period),
        switch=_switch(grid),
        now_=now,
    )


def _worst_first(line: GridLine) -> tuple[float, str]:
    tally = line.tally
    return (tally.covered / tally.due if tally.due else 2.0), line.grid.code


def _down_to(actor: Actor, grid_id: UUID) -> list[Grid]:
    """The grids from the widest the reader may see down to this one."""
    path = reversed(grids.grid_path(db.session, grid_id))
    return [one for one in path if allows(actor, May.SEE_COVERAGE, one)]


def _visible(actor: Actor, code: str) -> Grid:
    return demand(actor, May.SEE_COVERAGE, grids.grid_by_code(db.session, code))


def _asked() -> tuple[Asked, Period]:
    cadence, topic = request.args.get("cadence", ""), request.args.get("topic", "")[:32]
    period = request.args.get("period", "")
    return (
        Asked(Cadence(cadence) if cadence in list(Cadence) else None, topic or None),
        Period(period) if period in list(Period) else Period.WEEK,
    )


def _args(**changed: str | None) -> dict[str, Any]:
    """The choices in the address, with some changed; a choice of None goes."""
    kept = {
        name: request.args[name]
        for name in ("cadence", "topic", "period", "view")
        if request.args.get(name)
    }
    return {name: value for name, value in {**kept, **changed}.items() if value}


def _here(grid: Grid | None, **changed: str | None) -> str:
    if grid is None:
        return url_for("coverage.index", **_args(**changed))
    return url_for("coverage.show", code=grid.code, **_args(**changed))


def _chips(grid: Grid | None, asked: Asked) -> list[list[tuple[str, Any, bool]]]:
    by_cadence = [
        (_here(grid, cadence=cadence), word, cadence == asked.cadence)
        for cadence, word in ((None, CADENCES[None]), *((one, CADENCES[one]) for one in Cadence))
    ]
    by_topic = []
    for topic in topics(db.session):
        chosen = topic.code == asked.topic
        name = TOPIC_NAMES.get(topic.code, topic.name)
        by_topic.append((_here(grid, topic=None if chosen else topic.code), name, chosen))
    return [by_cadence, by_topic]


def _periods(grid: Grid | None, chosen: Period) -> list[tuple[str, Any, bool]]:
    return [(_here(grid, period=one), PERIODS[one], one is chosen) for one in Period]


def _switch(grid: Grid | None) -> list[tuple[str, bool]]:
    on_map = request.args.get("view") == "map"
    return [(_here(grid, view=None), not on_map), (_here(grid, view="map"), on_map)]


def _crumbs(path: list[Grid], grid: Grid | None) -> list[tuple[str | None, str]]:
    above: list[tuple[str | None, str]] = [
        (url_for("coverage.show", code=one.code, **_args()), one.name) for one in path
    ]
    return [*above, (None, grid.name)] if grid else above


def _turn(page: int) -> str:
    """The address of this list's other page."""
    return url_for(
        str(request.endpoint), **{**(request.view_args or {}), **request.args, "page": str(page)}
    )


def _states(code: str, chosen: State | None) -> list[tuple[str, State | None, bool]]:
    found: list[tuple[str, State | None, bool]] = []
    for one in (None, *State):
        args = _args() if one is None else {**_args(), "state": one.value}
        found.append((url_for("coverage.cells", code=code, **args), one, one == chosen))
    return found


def _number() -> int:
    return asked.number("page")
