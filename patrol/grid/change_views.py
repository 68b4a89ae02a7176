"""The pages of changes: what became of a grid, a change planned from a day on, one called off."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from shapely import MultiPolygon
from werkzeug.datastructures import MultiDict

from patrol.core import clock
from patrol.core.access import Actor, May, allows, demand
from patrol.core.errors import NotFound, Refused
from patrol.core.geo import area_m2
from patrol.grid import change_words as words
from patrol.grid import changes, lineage, queries, recasting, reshaping
from patrol.grid.drafts import ChangeDraft, DivisionDraft
from patrol.grid.model import Alters, Grid, Level
from patrol.grid.outlines import features
from patrol.web.forms import NO_ERRORS, Errors, Field, fields, read, refusal
from patrol.web.fragments import is_piece, render
from patrol.web.session import db, requires

bp = Blueprint("changes", __name__, url_prefix="/<string:code>/changes")

ASKED: dict[tuple[Level, Alters], tuple[str, ...]] = {
    (Level.GRID, Alters.SPLIT): ("code", "name", "other_code", "other_name", "members", "line"),
    (Level.GRID, Alters.MERGE): ("members", "code", "name"),
    (Level.GRID, Alters.RENAME): ("name",),
    (Level.GRID, Alters.RETIRE): ("name",),
    (Level.CELL, Alters.SPLIT): ("members", "line"),
    (Level.CELL, Alters.MERGE): ("members",),
    (Level.CELL, Alters.RENAME): ("members", "name"),
    (Level.CELL, Alters.RETIRE): ("members", "name"),
}

Halves = tuple[MultiPolygon, MultiPolygon]
_FREE: dict[tuple[Level, Alters], set[str]] = {  # what may be left empty, beside the day
    (Level.GRID, Alters.SPLIT): {"members", "line", "from_day"},
    (Level.CELL, Alters.RENAME): {"name", "from_day"},
}


@bp.get("")
@requires(May.SEE_GRID)
def index(actor: Actor, code: str) -> ResponseReturnValue:
    """What became of a grid: changes planned and past, of its cells too, and what came before."""
    session = db.session
    grid = demand(actor, May.SEE_GRID, queries.grid_ever(session, code))
    forebears = lineage.forebears(session, [grid.id])
    found = lineage.changes_of(session, {grid.id, *forebears})
    return render(
        "grid/changes.html",
        block="changes",
        grid=grid,
        changes=[
            (one, words.CHANGES[one.level, one.kind], words.change(one), words.state(one))
            for one in found
        ],
        states=words.STATES,
        heirs=queries.grids_of(session, lineage.heirs(session, [grid.id])).values(),
        forebears=queries.grids_of(session, forebears).values(),
        acts=_acts(grid) if allows(actor, May.CHANGE_GRID, grid) else (),
        may=allows(actor, May.CHANGE_GRID, grid),
    )


@bp.get("/new")
@requires(May.CHANGE_GRID)
def new(actor: Actor, code: str) -> ResponseReturnValue:
    """The form of one kind of change."""
    grid = _changeable(actor, code)
    return _form(grid, *_kind(request.args), request.args, NO_ERRORS)


@bp.post("")
@requires(May.CHANGE_GRID)
def plan(actor: Actor, code: str) -> ResponseReturnValue:
    """Plan a change; it is tried out first, and refused where it does not fit."""
    grid = _changeable(actor, code)
    kind = _kind(request.form)
    try:
        draft, errors = read(ChangeDraft, request.form)
        if draft is not None:
            with db.transaction() as session:
                grid = _changeable(actor, code)
                changes.plan(session, actor, grid, draft, zone=clock.city(), now=clock.now())
            flash(_("Planned. It takes effect by itself when its day begins."))
            return redirect(url_for("grid.changes.index", code=code), 303)
    except Refused as refused:
        if refused.status != 422:
            raise
        errors = refusal(refused)
    return _form(grid, *kind, request.form, errors, status=422)


@bp.post("/parts")
@requires(May.CHANGE_GRID)
def parts(actor: Actor, code: str) -> ResponseReturnValue:
    """Show what a split would make, before it is planned: both parts, with their areas."""
    grid = _changeable(actor, code)
    level, kind = _kind(request.form)
    if kind is not Alters.SPLIT:
        raise NotFound
    try:
        draft, errors = read(DivisionDraft, request.form)
        halves = recasting.halves(db.session, grid, level, draft.terms) if draft else None
    except Refused as refused:
        halves, errors = None, refusal(refused)
    if is_piece():
        found = _parts(grid, level, halves) if halves else None
        status = 200 if halves else 422
        return render("grid/_parts.html", status=status, parts=found, faults=errors.told)
    return _form(grid, level, kind, request.form, errors, halves, status=200 if halves else 422)


@bp.post("/<uuid:change_id>/call-off")
@requires(May.CHANGE_GRID)
def call_off(actor: Actor, code: str, change_id: UUID) -> ResponseReturnValue:
    """Take a planned change back."""
    with db.transaction() as session:
        changes.call_off(session, actor, change_id, now=clock.now())
    flash(_("Called off; nothing changes."))
    return redirect(url_for("grid.changes.index", code=code), 303)


def _changeable(actor: Actor, code: str) -> Grid:
    grid = queries.grid_by_code(db.session, code)
    return demand(actor, May.CHANGE_GRID, grid, seen=May.SEE_GRID)


def _kind(answers: MultiDict[str, str]) -> tuple[Level, Alters]:
    try:
        kind = Level(answers.get("level", "")), Alters(answers.get("kind", ""))
    except ValueError:
        raise NotFound from None
    if kind not in ASKED:
        raise NotFound
    return kind


def _acts(grid: Grid) -> list[tuple[str, Any]]:
    """The changes that a grid can undergo; cells only lie in the lowest."""
    if grid.valid_to is not None:
        return []
    lowest = not queries.right_below(db.session, grid)
    return [
        (url_for("grid.changes.new", code=grid.code, level=level, kind=kind), said)
        for (level, kind), said in words.CHANGES.items()
        if (level, kind) in ASKED and (level is Level.GRID or lowest)
    ]


def _form(
    grid: Grid,
    level: Level,
    kind: Alters,
    values: MultiDict[str, str],
    errors: Errors,
    halves: Halves | None = None,
    *,
    status: int = 200,
) -> ResponseReturnValue:
    asked = {"level", "kind", *ASKED[level, kind], "from_day"}
    if level is Level.GRID and queries.right_below(db.session, grid):
        asked.discard("line")  # what lies below it is not cut
    labels = {name: label for name, label in words.LABELS.items() if name in asked}
    labels |= words.LABELS_OF.get((level, kind), {})
    return render(
        "grid/change.html",
        block="form",
        status=status,
        grid=grid,
        title=words.CHANGES[level, kind],
        told=words.TOLD[level, kind],
        fields=_fields(grid, level, kind, labels, values, errors),
        errors=errors,
        divides=kind is Alters.SPLIT,
        parts=_parts(grid, level, halves) if halves else None,
        faults=(),  # said on top of the form
    )


def _parts(grid: Grid, level: Level, halves: Halves) -> dict[str, Any]:
    """The areas of both parts in m², their outlines for the map, and how many cells are cut."""
    areas = [area_m2(part) for part in halves]
    drawn = features(
        ({"n": f"{number} · " + _("%(area)s m²", area=f"{area:,.0f}")}, part)
        for number, area, part in zip((1, 2), areas, halves, strict=True)
    )
    inside = queries.cell_shapes(db.session, grid) if level is Level.GRID else []
    shapes = [shape for _card, shape in inside]
    return {"areas": areas, "drawn": drawn, "cut": reshaping.divided(shapes, halves)}


def _fields(
    grid: Grid,
    level: Level,
    kind: Alters,
    labels: dict[str, Any],
    values: MultiDict[str, str],
    errors: Errors,
) -> dict[str, Field]:
    one = level is Level.CELL and kind in (Alters.SPLIT, Alters.RENAME)
    given: dict[str, Any] = {**values, "members": values.getlist("members")}
    made = fields(
        ChangeDraft,
        labels,
        values=given,
        errors=errors,
        hints=words.HINTS,
        kinds={
            "level": "hidden",
            "kind": "hidden",
            "members": "chips",
            "line": "textarea",
        },
        choices={"members": _members(grid, level, kind)},
    )
    several = {} if one else {"multiple": True}
    needed = {"required": True}
    free = _FREE.get((level, kind), {"from_day"})
    return {
        name: replace(
            card,
            attrs={
                **card.attrs,
                **(several if name == "members" else {}),
                **({} if name in free else needed),
            },
        )
        for name, card in made.items()
    }


def _members(grid: Grid, level: Level, kind: Alters) -> list[tuple[str, Any]]:
    """What can be chosen: neighbours to merge with, or what lies right below."""
    session = db.session
    if level is Level.GRID and kind is Alters.MERGE:
        beside = [one for one in queries.beside(session, grid) if one.id != grid.id]
        return [(one.code, f"{one.name} {one.code}") for one in beside]
    below = queries.right_below(session, grid) if level is Level.GRID else []
    if below:
        return [(one.code, f"{one.name} {one.code}") for one in below]
    cells = queries.cells_in(session, grid.id)
    return [(one.code, f"{one.number} {one.name}".strip()) for one in cells]
