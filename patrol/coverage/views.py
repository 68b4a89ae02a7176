"""The pages of coverage: the grids and cells below a grid on a map and in lists, now and then."""

import json
from collections.abc import Iterable
from datetime import datetime
from functools import cache, partial
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session

from patrol.catalogue.queries import topics
from patrol.catalogue.words import TOPIC_NAMES
from patrol.core import clock
from patrol.core.access import Actor, May, allows, demand
from patrol.core.roles import Line
from patrol.core.store import uuid7
from patrol.coverage import figure_views, painting, past, queries, shown, urging, words
from patrol.coverage.asking import (
    NOBODY,
    PAST,
    Choice,
    args,
    choice,
    crumbs,
    down_to,
    turn,
    visible,
)
from patrol.coverage.queries import GridLine
from patrol.coverage.rules import GROWS_BETTER, Paint, Period, Rates, Tally, band, shade, since
from patrol.coverage.words import CADENCES, GRADES, LINES, PERIODS
from patrol.grid import queries as grids
from patrol.grid.model import Cell, Grid
from patrol.grid.queries import GridCard
from patrol.grid.views import ON_MAP
from patrol.plans.rules import Cadence, State
from patrol.replay.views import replayable
from patrol.rounds.rules import Grade
from patrol.web import asked as addressed
from patrol.web.fragments import is_piece, landed, render
from patrol.web.session import db, requires

bp = Blueprint("coverage", __name__, url_prefix="/coverage")
bp.register_blueprint(figure_views.bp)

PAGE = 50
SHORT = {Period.DAY, Period.WEEK, Period.MONTH}  # offered beside the map


@bp.get("")
@requires(May.SEE_COVERAGE)
def index(actor: Actor) -> ResponseReturnValue:
    """Show the reader's own grid, or the grids to choose from where there are several."""
    tops = queries.tops(db.session, actor)
    if len(tops) == 1:
        return _page(actor, visible(actor, tops[0].code))
    return _page(actor, None, tops)


@bp.get("/<string:code>")
@requires(May.SEE_COVERAGE)
def show(actor: Actor, code: str) -> ResponseReturnValue:
    """Show how the grids or cells below one stand, as a list and a map."""
    return _page(actor, visible(actor, code))


@bp.get("/<string:code>/states.json")
@requires(May.SEE_COVERAGE)
def states(actor: Actor, code: str) -> ResponseReturnValue:
    """Tell a map how each of its outlines stands: cells by state, grids by rate."""
    grid, session, now = visible(actor, code), db.session, clock.now()
    chosen = choice(session, grid.path, now=now, offer=False)
    paint = painting.paint_of(session, grid.path, chosen, now=now)
    said: dict[str, dict[str, str]] = {}
    if paint is Paint.STATE or request.args.get("of") == "grids":
        told = _told(session, grid, chosen, now=now)
    else:
        told, said = _shades(session, grid, chosen, paint, now=now)
    at = (chosen.then or now).isoformat(timespec="seconds")
    codes = {name: " ".join(some) for name, some in told.items() if some}
    body = json.dumps({"at": at, "states": codes, **said}, separators=(",", ":"))
    return Response(
        body, mimetype="application/json", headers=[("Cache-Control", "private, no-cache")]
    )


def _told(session: Session, grid: Grid, chosen: Choice, *, now: datetime) -> dict[str, list[str]]:
    as_grids = request.args.get("of") == "grids"
    if not as_grids and queries.many(session, grid.path, now=now) <= ON_MAP:
        if chosen.then:
            return _cells_then(session, grid.path, chosen, chosen.then)
        stood = queries.stood(session, grid.path, chosen.asked, zone=clock.city(), now=now)
        found = queries.states(session, grid.path, stood)
        return {state.value: codes for state, codes in found.items()}
    below = grids.children(session, grid)
    by_band: dict[str, list[str]] = {}
    for line in shown.lines(session, grid.path, below, chosen, now=now):
        if (rate := band(line.tally.covered, line.tally.due)) is not None:
            by_band.setdefault(f"rate{rate}", []).append(line.grid.code)
    return by_band


def _shades(
    session: Session, grid: Grid, chosen: Choice, paint: Paint, *, now: datetime
) -> tuple[dict[str, list[str]], dict[str, dict[str, str]]]:
    """The cells by the step that each one's figure falls into, and the figures in words."""
    lines = shown.cells(session, grid.path, chosen, None, page=1, size=ON_MAP, now=now)
    told: dict[str, list[str]] = {}
    said: dict[str, list[str]] = {}
    in_words = cache(partial(words.measure, paint))
    at = chosen.stretch(grid.path, now=now)
    for line, value in painting.by_paint(session, lines, paint, at):
        step = shade(paint, value)
        told.setdefault(step, []).append(line.code)
        said.setdefault(step, []).append(in_words(value if value is None else round(value, 1)))
    return told, {"said": {step: "|".join(some) for step, some in said.items()}}


def _cells_then(
    session: Session, path: str, chosen: Choice, then: datetime
) -> dict[str, list[str]]:
    stood = shown.states_then(session, path, chosen, then)
    codes = past.codes(session, stood)
    found: dict[str, list[str]] = {}
    for cell_id, state in stood.items():
        found.setdefault(state.value, []).append(codes[cell_id])
    return found


@bp.get("/<string:code>/cells")
@requires(May.SEE_COVERAGE)
def cells(actor: Actor, code: str) -> ResponseReturnValue:
    """List the cells behind a count, with what was walked in each and its longest gap."""
    grid, session, now = visible(actor, code), db.session, clock.now()
    chosen = choice(session, grid.path, now=now)
    told = request.args.get("state", "")
    state = State(told) if told in list(State) else None
    page = addressed.number("page")
    found = painting.cells(session, grid.path, chosen, state, page=page, size=PAGE, now=now)
    sortable = queries.many(session, grid.path, now=now) <= ON_MAP
    return render(
        "coverage/cells.html", grid=grid, state=state, cells=found[:PAGE], page=page,
        more=len(found) > PAGE, choices=_states(code, state), args=args(), turn=turn,
        period=PERIODS[chosen.period], measure=words.measure, paints=Paint,
        paint=chosen.paint, paint_words=words.PAINTS,
        order=_order(chosen), sorts=_sorts(grid, chosen, state) if sortable else {},
    )  # fmt: skip


@bp.get("/cells/<string:code>")
@requires(May.SEE_COVERAGE)
def cell(actor: Actor, code: str) -> ResponseReturnValue:
    """Show how one cell stands under each plan, and its windows with the visits in them."""
    found = demand(actor, May.SEE_COVERAGE, grids.cell_by_code(db.session, code))
    now, zone = clock.now(), clock.city()
    begun = since(Period.MONTH, now, zone)
    path = down_to(actor, found.grid_id)
    chosen = choice(db.session, path[-1].path, now=now)
    behind = urging.behind(
        db.session, path[-1].path, chosen.asked, zone=zone, now=now
    ) if _may_urge(actor, path[-1]) else []  # fmt: skip
    plans = queries.history(db.session, found, since=begun, zone=zone, now=now)
    return render(
        "coverage/cell.html",
        block="cell",
        shown=found,
        path=path,
        crumbed=[*crumbs(path, None), (None, str(found.number))],
        plans=plans,
        measures=_measures(found, plans, chosen, path[-1].path, now=now),
        period=PERIODS[chosen.period],
        cadences=CADENCES,
        begun=begun,
        ends=now,
        alone=is_piece(),
        behind=behind,
        urged=urging.urged(db.session, behind),
        key=uuid7(),
    )


@bp.post("/<string:code>/urge")
@requires(May.URGE_PATROL)
@replayable
def urge(actor: Actor, session: Session, code: str) -> ResponseReturnValue:
    """Urge whoever answers for the cells behind below a grid, once for each window."""
    now = clock.now()
    grid = demand(actor, May.SEE_COVERAGE, grids.grid_by_code(session, code))
    asked = choice(session, grid.path, now=now).asked
    found = urging.urge(session, actor, grid, asked, zone=clock.city(), now=now)
    flash(_("Urged: %(told)s people; %(again)s windows before; nobody answers for %(nobody)s.",
            told=found.told, again=found.again, nobody=found.nobody), "ok")  # fmt: skip
    back = url_for("coverage.show", code=code, **args())
    return landed(back, "coverage/_urged.html", urged=found)


def _may_urge(actor: Actor, grid: Grid | None) -> bool:
    return grid is not None and allows(actor, May.URGE_PATROL, grid)


def _page(
    actor: Actor, grid: Grid | None, tops: list[GridCard] | None = None
) -> ResponseReturnValue:
    session, now = db.session, clock.now()
    under = grid.path if grid else ""
    chosen = choice(session, under, now=now)
    below = grids.children(session, grid) if grid else tops or []
    counts = shown.counts(session, under, chosen, now=now)
    windows = shown.rates(session, under, chosen, now=now)
    lines = queries.lines(session, below, counts, windows, now=chosen.then or now)
    whole = _sum(counts.values()) if grid else _sum(lines)
    rates = sum(windows.values() if grid else (line.rates for line in lines), Rates())
    cells = queries.many(session, grid.path, now=now) if grid else 0
    few = grid is not None and not below
    on_map = cells <= ON_MAP and (few or request.args.get("of") != "grids")
    paint = painting.paint_of(session, under, chosen, now=now) if on_map else Paint.STATE
    behind = (
        urging.behind(session, under, chosen.asked, zone=clock.city(), now=now)
        if grid and not chosen.day and _may_urge(actor, grid)
        else []
    )
    return render(
        "coverage/show.html",
        block="coverage",
        grid=grid,
        path=down_to(actor, grid.id)[:-1] if grid else [],
        crumbed=crumbs(down_to(actor, grid.id)[:-1] if grid else [], grid),
        lines=sorted(lines, key=_worst_first),
        whole=whole,
        rates=rates,
        oldest=min((one.oldest for one in counts.values() if grid and one.oldest), default=None),
        listed=painting.cells(session, under, chosen, None, page=1, size=PAGE, now=now)[:PAGE]
        if few
        else [],
        paint=paint,
        said=None if paint is Paint.STATE else words.PAINTS[paint],
        measure=words.measure,
        steps=words.STEPS.get(paint, ()),
        paints=words.PAINTS,
        period=PERIODS[chosen.period] if paint not in {Paint.STATE, Paint.SINCE} else None,
        on_map=on_map,
        of_cells=cells <= ON_MAP,
        view="map" if request.args.get("view") == "map" else "list",
        args=args(),
        chips=_chips(grid, chosen),
        fields=_fields(chosen),
        periods=_periods(grid, chosen.period),
        switch=_switch(grid),
        now_=now,
        chosen=chosen,
        furthest=PAST,
        ago=(now.astimezone(clock.city()).date() - chosen.day).days if chosen.day else 0,
        behind=behind,
        urged=urging.urged(session, behind),
        key=uuid7(),
        key_of=lambda _code: uuid7(),
        here=_here,
        states_args=args(of=None if on_map else "grids"),
    )


def _sum(parts: Iterable[queries.Count | GridLine]) -> Tally:
    return sum((one.tally for one in parts), Tally())


def _worst_first(line: GridLine) -> tuple[float, str]:
    tally_ = line.tally
    return (tally_.covered / tally_.due if tally_.due else 2.0), line.grid.code


def _here(grid: Grid | None, **changed: str | None) -> str:
    if grid is None:
        return url_for("coverage.index", **args(**changed))
    return url_for("coverage.show", code=grid.code, **args(**changed))


def _chips(grid: Grid | None, chosen: Choice) -> list[list[tuple[str, Any, bool]]]:
    by_cadence = [
        (_here(grid, cadence=cadence), word, cadence == chosen.asked.cadence)
        for cadence, word in ((None, CADENCES[None]), *((one, CADENCES[one]) for one in Cadence))
    ]
    by_topic = []
    for topic in topics(db.session):
        now = topic.code == chosen.asked.topic
        name = TOPIC_NAMES.get(topic.code, topic.name)
        by_topic.append((_here(grid, topic=None if now else topic.code), name, now))
    return [by_cadence, by_topic]


def _fields(chosen: Choice) -> list[tuple[str, Any, list[tuple[str, Any]], str]]:
    """The selects: name, label, choices, and the one chosen."""
    asked = chosen.asked
    officers = [(str(one or NOBODY), told.name) for one, told in chosen.officers.items()]
    people = [str(one or NOBODY) for one in asked.people or ()]
    return [
        ("line", _("Line of command"), [(one.value, LINES[one]) for one in Line], asked.line or ""),
        ("officer", _("Officer"), officers, "".join(people)),
        (
            "grade", _("Proven at least"),
            [(one.value, GRADES[one]) for one in Grade], asked.grade or "",
        ),
    ]  # fmt: skip


def _periods(grid: Grid | None, chosen: Period) -> list[tuple[str, Any, bool]]:
    shown = [one for one in Period if one in SHORT or one is chosen]
    return [(_here(grid, period=one), PERIODS[one], one is chosen) for one in shown]


def _order(chosen: Choice) -> str:
    """What a list is sorted by, as heads of columns tell it: "-" before what goes downwards."""
    down = (chosen.paint in GROWS_BETTER) is chosen.turned
    return f"{'-' if down else ''}{chosen.paint}"


def _sorts(grid: Grid, chosen: Choice, state: State | None) -> dict[str, str]:
    """The addresses that sort a list of cells, and that turn it round once it is sorted so."""
    found = {}
    for one in Paint:
        again = one is chosen.paint and not chosen.turned and one is not Paint.STATE
        told = args(paint=None if one is Paint.STATE else f"{'-' if again else ''}{one}")
        asked = told if state is None else {**told, "state": state.value}
        found[one.value] = url_for("coverage.cells", code=grid.code, **asked)
    return found


def _measures(
    cell: Cell, plans: list[queries.CellPlan], chosen: Choice, path: str, *, now: datetime
) -> list[tuple[Any, str]]:
    """What one cell came to in the period chosen, in words."""
    last = max((one.last for one in plans if one.last), default=None)
    line = queries.CellLine(cell.id, cell.code, cell.number, "", State.FRESH, last)
    ((_line, found),) = painting.measured(db.session, [line], chosen.stretch(path, now=now))
    told = (Paint.GAP, Paint.METRES, Paint.MINUTES, Paint.FINDS)
    return [(words.PAINTS[one], words.measure(one, found.of(one))) for one in told]


def _switch(grid: Grid | None) -> list[tuple[str, bool]]:
    on_map = request.args.get("view") == "map"
    return [(_here(grid, view=None), not on_map), (_here(grid, view="map"), on_map)]


def _states(code: str, chosen: State | None) -> list[tuple[str, State | None, bool]]:
    found: list[tuple[str, State | None, bool]] = []
    for one in (None, *State):
        told = args() if one is None else {**args(), "state": one.value}
        found.append((url_for("coverage.cells", code=code, **told), one, one == chosen))
    return found
