"""The pages of tags: which cells have one, sheets to print, and the address a tag leads to."""

from typing import Annotated
from uuid import UUID

import segno
from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from pydantic import BaseModel, StringConstraints

from patrol.core import clock
from patrol.core.access import Actor, May, demand
from patrol.core.errors import Refused
from patrol.grid import queries as grids
from patrol.grid.model import Grid
from patrol.tags import queries, rules, service
from patrol.tags.model import Tag
from patrol.web import asked
from patrol.web.forms import read
from patrol.web.fragments import render
from patrol.web.session import db, requires

bp = Blueprint("tags", __name__)
SHEET = 24  # tags on a page to print: three columns of eight


class Revocation(BaseModel):
    """Why a tag is to count no longer."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]


@bp.get("/grids/<string:code>/tags")
@requires(May.MAKE_TAG)
def index(actor: Actor, code: str) -> ResponseReturnValue:
    """List the cells of a grid with their tags."""
    grid = _mine(actor, code)
    listed = queries.tagged(db.session, grid)
    bare = sum(each.tag is None for each in listed)
    return render("tags/index.html", block="list", grid=grid, listed=listed, bare=bare)


@bp.post("/grids/<string:code>/tags")
@requires(May.MAKE_TAG)
def make(actor: Actor, code: str) -> ResponseReturnValue:
    """Make tags for the cells that have none."""
    with db.transaction() as session:
        grid = grids.grid_by_code(session, code)
        made = len(service.make(session, actor, grid, now=clock.now()))
    flash(ngettext("%(num)s tag was made. Print it.", "%(num)s tags were made. Print them.", made))
    return redirect(url_for("tags.index", code=code), 303)


@bp.get("/grids/<string:code>/tags/sheet")
@requires(May.MAKE_TAG)
def sheet(actor: Actor, code: str) -> ResponseReturnValue:
    """Sheets of QR codes to print, cut and fix; the same address may be written to NFC chips."""
    grid = _mine(actor, code)
    tags = [each.tag for each in queries.tagged(db.session, grid) if each.tag]
    page = asked.number("page")
    cards = [_card(tag) for tag in tags[(page - 1) * SHEET : page * SHEET]]
    pages = -(-len(tags) // SHEET)
    return render("tags/sheet.html", grid=grid, cards=cards, page=page, pages=pages)


@bp.post("/tags/<uuid:tag_id>/revocation")
@requires(May.MAKE_TAG)
def revoke(actor: Actor, tag_id: UUID) -> ResponseReturnValue:
    """Let a lost or copied tag count no longer."""
    draft, _errors = read(Revocation, request.form)
    if draft is None:
        raise Refused("reason-needed", "reason")
    with db.transaction() as session:
        tag = service.revoke(
            session, actor, session.get(Tag, tag_id), draft.reason, now=clock.now()
        )
        code = session.get_one(Grid, tag.grid_id).code
    flash(_("The tag no longer counts. Make a new one and fix it in its place."))
    return redirect(url_for("tags.index", code=code), 303)


@bp.get("/t/<string:token>")
@requires(May.WALK_ROUND)
def open_(actor: Actor, token: str) -> ResponseReturnValue:
    """Where a tag leads: the walk of its grid, which takes the token from behind the `#`."""
    secret = current_app.config["SETTINGS"].secret_key
    tag = demand(actor, May.WALK_ROUND, queries.shown(db.session, secret, token, clock.now()))
    return redirect(url_for("rounds.new", grid=tag.grid_id, _anchor=f"tag={token}"), 303)


def mark_in(text: str) -> rules.Mark | None:
    """What a token sent by a phone says; none for no token, or one that is not ours."""
    try:
        return rules.read(current_app.config["SETTINGS"].secret_key, text) if text else None
    except Refused:
        return None


def _mine(actor: Actor, code: str) -> Grid:
    return demand(actor, May.MAKE_TAG, grids.grid_by_code(db.session, code), seen=May.SEE_GRID)


def _card(tag: Tag) -> tuple[Tag, str, Markup]:
    """A tag with its address and the picture of it; a level that survives a quarter of damage."""
    secret = current_app.config["SETTINGS"].secret_key
    token = rules.token(secret, tag.code, tag.serial)
    address = url_for("tags.open_", token=token, _external=True)
    picture = segno.make(address, error="q", micro=False).svg_inline(omitsize=True, border=4)
    return tag, address, Markup(picture)  # made of numbers alone  # noqa: S704
