"""Pages beside a grid: its hot spots, the objects in it, the check of its topology, its files."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from patrol.catalogue import queries as catalogue
from patrol.catalogue.words import topic as topic_name
from patrol.core import clock
from patrol.core.access import Actor, May, allows, demand
from patrol.core.errors import NotFound, Refused
from patrol.core.geo import datum
from patrol.grid import exporting, marking, objects, queries, topology, words
from patrol.grid.drafts import HotSpotDraft
from patrol.grid.model import Grid
from patrol.grid.objects import Intake
from patrol.web.errors import sentence
from patrol.web.forms import NO_ERRORS, Errors, fields, read, refusal
from patrol.web.fragments import render
from patrol.web.session import db, requires

bp = Blueprint("marks", __name__, url_prefix="/<string:code>")

LABELS: dict[str, Any] = {
    "cell": _l("Cell"),
    "topic": _l("Topic"),
    "first_month": _l("Season from month"),
    "last_month": _l("Season to month"),
    "reason": _l("Reason"),
}


@bp.get("/hot-spots")
@requires(May.SEE_GRID)
def hot_spots(actor: Actor, code: str) -> ResponseReturnValue:
    """The cells marked as hot spots below a grid, and the form to mark one of a lowest grid."""
    return _hot_spots(actor, _seen(actor, code), NO_ERRORS)


@bp.post("/hot-spots")
@requires(May.MARK_GRID)
def mark(actor: Actor, code: str) -> ResponseReturnValue:
    """Mark a cell."""
    grid = demand(actor, May.MARK_GRID, queries.grid_by_code(db.session, code), seen=May.SEE_GRID)
    draft, errors = read(HotSpotDraft, request.form)
    if draft is not None:
        if draft.topic not in {topic.code for topic in catalogue.topics(db.session)}:
            raise NotFound
        try:
            with db.transaction() as session:
                marking.mark(session, actor, grid, draft, now=clock.now())
        except Refused as refused:
            if refused.status != 422:
                raise
            errors = refusal(refused)
        else:
            flash(_("Marked."))
            return redirect(url_for("grid.marks.hot_spots", code=code), 303)
    return _hot_spots(actor, grid, errors, status=422)


@bp.post("/hot-spots/<uuid:spot_id>/end")
@requires(May.MARK_GRID)
def unmark(actor: Actor, code: str, spot_id: UUID) -> ResponseReturnValue:
    """End a mark."""
    with db.transaction() as session:
        marking.unmark(session, actor, spot_id, now=clock.now())
    flash(_("The mark has ended."))
    return redirect(url_for("grid.marks.hot_spots", code=code), 303)


@bp.get("/objects")
@requires(May.SEE_GRID)
def listed(actor: Actor, code: str) -> ResponseReturnValue:
    """The road sections and key points below a grid."""
    return _objects(actor, _seen(actor, code))


@bp.post("/objects")
@requires(May.CHANGE_GRID)
def take_in(actor: Actor, code: str) -> ResponseReturnValue:
    """Take a table of objects in, or only look at it; rows with faults are named."""
    grid = demand(actor, May.CHANGE_GRID, queries.grid_by_code(db.session, code), seen=May.SEE_GRID)
    file = request.files.get("file")
    content = file.read() if file else b""
    try:
        stated = datum(request.form.get("datum", ""))
        known = [topic.code for topic in catalogue.topics(db.session)]
        with db.transaction() as session:
            came = objects.take_in(
                session, actor, content, stated, known_topics=known, now=clock.now()
            )
    except Refused as refused:
        return _objects(actor, grid, refused=sentence(refused), status=422)
    return _objects(actor, grid, came=came)


@bp.get("/check")
@requires(May.SEE_GRID)
def check(actor: Actor, code: str) -> ResponseReturnValue:
    """Judge a grid with all below it: what overlaps, lies outside, or is covered by no cell."""
    grid = _seen(actor, code)
    found = topology.faults_below(db.session, grid)
    told = [(words.fault(one), one) for one in found]
    return render(
        "grid/check.html", grid=grid, faults=told, count=queries.count_cells(db.session, grid)
    )


@bp.get("/export/<string:form>")
@requires(May.SEE_GRID)
def export(actor: Actor, code: str, form: str) -> ResponseReturnValue:
    """Give a grid with all below it, and their cells, as a file (WGS 84)."""
    grid = _seen(actor, code)
    if form not in exporting.FORMS:
        raise NotFound
    suffix, kind = exporting.FORMS[form]
    answer = Response(exporting.export(db.session, grid, form), mimetype=kind)
    answer.headers.set("Content-Disposition", "attachment", filename=f"{grid.code}.{suffix}")
    return answer


def _seen(actor: Actor, code: str) -> Grid:
    return demand(actor, May.SEE_GRID, queries.grid_by_code(db.session, code))


def _hot_spots(
    actor: Actor, grid: Grid, errors: Errors, *, status: int = 200
) -> ResponseReturnValue:
    session, now = db.session, clock.now()
    below = queries.below(session, grid.id)
    today = now.astimezone(clock.city()).date()
    cells = queries.cells_in(session, grid.id)
    names = {one.id: one.name for one in below}
    return render(
        "grid/hot_spots.html",
        block="spots",
        status=status,
        grid=grid,
        spots=[
            (
                spot,
                cell,
                names[spot.grid_id],
                topic_name(spot.topic),
                marking.in_season(spot.first_month, spot.last_month, today),
            )
            for spot, cell in marking.spots(session, list(names))
        ],
        may=allows(actor, May.MARK_GRID, grid),
        errors=errors,
        fields=fields(
            HotSpotDraft,
            LABELS,
            values=request.form or {"first_month": 1, "last_month": 12},
            errors=errors,
            choices={
                "cell": [(one.code, f"{one.number} {one.name or one.code}") for one in cells],
                "topic": [(one.code, topic_name(one.code)) for one in catalogue.topics(session)],
            },
        )
        if cells
        else {},
    )


def _objects(
    actor: Actor,
    grid: Grid,
    *,
    came: Intake | None = None,
    refused: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    session = db.session
    names = {one.id: one.name for one in queries.below(session, grid.id)}
    today = clock.now().astimezone(clock.city()).date()
    faults = [
        (one.row, sentence(Refused(one.code, **one.facts))) for one in (came.faults if came else ())
    ]
    return render(
        "grid/objects.html",
        block="objects",
        status=status,
        grid=grid,
        objects=[
            (
                one,
                words.SORTS[one.sort],
                names[one.grid_id],
                (one.permit_until - today).days if one.permit_until else None,
            )
            for one in objects.objects_in(session, list(names))
        ],
        may=allows(actor, May.CHANGE_GRID, grid),
        came=came,
        faults=faults,
        refused=refused,
    )
