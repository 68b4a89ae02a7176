"""The list a phone asks for before a shift without signal: every address it should keep."""

from collections.abc import Iterator
from uuid import UUID

from flask import Blueprint, jsonify, url_for
from flask.typing import ResponseReturnValue

from patrol.core import clock
from patrol.core.access import Actor, May
from patrol.desk import packing
from patrol.web import basemap
from patrol.web.session import db, requires

bp = Blueprint("pack", __name__)
FOR_ALL = ("desk.home", "rounds.new", "findings.new", "findings.outbox", "findings.index")


@bp.get("/shift-pack.json")
@requires(May.WALK_ROUND)
def contents(actor: Actor) -> ResponseReturnValue:
    """List pages, outlines, standings and pictures of this person's shift, and count its cells."""
    shift = packing.shift(db.session, actor, now=clock.now(), zone=clock.city())
    taken = dict(_taken(actor, shift)).items()
    take: list[dict[str, str | int]] = [{"url": url, "kind": kind} for url, kind in taken]
    if (laid := basemap.here()) and (archive := basemap.address()):
        take.append({"url": archive, "kind": "map", "bytes": laid.size})
    answer = jsonify(cells=shift.cells, take=take)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _taken(actor: Actor, shift: packing.Shift) -> Iterator[tuple[str, str]]:
    for endpoint in FOR_ALL:
        yield url_for(endpoint), "page"
    for grid in shift.grids:
        yield url_for("rounds.new", grid=grid.id), "walk"
    for line_id in shift.lines:
        yield url_for("lines.trip", line_id=line_id), "walk"
    for card in shift.findings:
        yield url_for("findings.show", finding_id=card.id), "page"
        if card.picture:
            yield _thumbnail(card.id, card.picture.id), "picture"
    for handover_id in shift.handovers:
        yield url_for("shifts.handover", handover_id=handover_id), "page"
    if actor.can(May.SEE_COVERAGE):
        yield from _maps(shift)


def _thumbnail(finding_id: UUID, photo_id: UUID) -> str:
    return url_for("findings.photos.show", finding_id=finding_id, photo_id=photo_id, size="small")


def _maps(shift: packing.Shift) -> Iterator[tuple[str, str]]:
    yield url_for("coverage.index"), "page"
    for grid in shift.maps:
        yield url_for("coverage.show", code=grid.code), "page"
        yield url_for("grid.outlines", code=grid.code), "data"
        yield url_for("grid.cells", code=grid.code), "data"
        yield url_for("coverage.states", code=grid.code), "data"
