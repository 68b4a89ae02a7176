"""The pages of the grid: the tree, one grid with its map and cells, and outlines for maps."""

from collections import defaultdict
from typing import Any

import shapely
from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from patrol.core.access import Actor, May, allows, demand
from patrol.grid import change_views, mark_views, outlines, queries
from patrol.grid.model import Grid
from patrol.grid.words import tier_name
from patrol.web import asked
from patrol.web.fragments import render
from patrol.web.session import db, requires

bp = Blueprint("grid", __name__, url_prefix="/grids")
bp.register_blueprint(change_views.bp)
bp.register_blueprint(mark_views.bp)

ON_MAP = 6_000  # cells drawn at once; above that, the grids below are drawn instead
PAGE = 60  # cells in a list


@bp.get("")
@requires(May.SEE_GRID)
def index(actor: Actor) -> ResponseReturnValue:
    """Show the tree of grids the reader may see, with what lies below each."""
    cards = queries.cards(db.session, actor)
    tiers = {tier.number: tier_name(tier) for tier in queries.tiers(db.session)}
    tops = queries.tops(cards)
    below: dict[Any, list[queries.GridCard]] = defaultdict(list)
    for card in cards:
        below[card.parent_id].append(card)
    total = sum(card.cells for card in tops)
    return render("grid/index.html", cards=cards, tiers=tiers, tops=tops, below=below, total=total)


@bp.get("/<string:code>")
@requires(May.SEE_GRID)
def show(actor: Actor, code: str) -> ResponseReturnValue:
    """Show one grid: where it hangs, what lies below it, its map and its cells."""
    session = db.session
    grid = _visible(actor, code)
    cells = queries.count_cells(session, grid)
    page = asked.number("page")
    below = queries.children(session, grid)
    listed = [] if below else queries.cells_below(session, grid)
    above = list(reversed(queries.grid_path(session, grid.id)[1:]))
    open_ = [one for one in above if allows(actor, May.SEE_GRID, one)]
    return render(
        "grid/show.html",
        block="cells",
        grid=grid,
        above=open_,
        crumbed=[
            (url_for("grid.show", code=one.code) if one in open_ else None, one.name)
            for one in above
        ],
        tiers={tier.number: tier_name(tier) for tier in queries.tiers(session)},
        children=below,
        count=cells,
        cells=listed[(page - 1) * PAGE : page * PAGE],
        page=page,
        pages=-(-len(listed) // PAGE),
        on_map=cells <= ON_MAP,
        covered=allows(actor, May.SEE_COVERAGE, grid),
        may_tag=allows(actor, May.MAKE_TAG, grid),
    )


@bp.get("/<string:code>/cells.geojson")
@requires(May.SEE_GRID)
def cells(actor: Actor, code: str) -> ResponseReturnValue:
    """Give the outlines of the cells below a grid to maps; 5 decimals, kept by its tag."""
    grid = _visible(actor, code)
    answer = _tagged(outlines.cells_version(db.session, grid))
    if answer.status_code == 304:
        return answer
    answer.set_data(outlines.cells(db.session, grid, most=ON_MAP + 1))
    return answer


@bp.get("/<string:code>/grids.geojson", endpoint="outlines")
@requires(May.SEE_GRID)
def grids(actor: Actor, code: str) -> ResponseReturnValue:
    """Give the outlines of the grids right below one, or its own where there are none."""
    grid = _visible(actor, code)
    below = queries.children(db.session, grid)
    ids = [card.id for card in below] or [grid.id]
    names = {card.id: (card.code, card.name) for card in below} or {grid.id: (grid.code, grid.name)}
    found, shapes = queries.grid_shapes(db.session, ids)
    answer = _tagged(f"{grid.code}-{outlines.grids_version(db.session, ids)}")
    if answer.status_code != 304:
        answer.set_data(
            outlines.features(
                ({"c": names[one][0], "n": names[one][1]}, shapely.simplify(shape, 2e-5))
                for one, shape in zip(found, shapes, strict=True)
            )
        )
    return answer


def _visible(actor: Actor, code: str) -> Grid:
    return demand(actor, May.SEE_GRID, queries.grid_by_code(db.session, code))


def _tagged(version: str) -> Response:
    """An answer that a browser may keep, asking each time whether it still holds."""
    answer = Response(mimetype="application/geo+json")
    answer.set_etag(version)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.make_conditional(request)
    return answer
