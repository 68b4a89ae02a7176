"""The pages of rounds: the list, the walk on a phone, what phones send, the look back."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from sqlmodel import Session

from patrol.catalogue.words import topic
from patrol.core import clock
from patrol.core.access import Actor, May, allows, demand
from patrol.core.errors import NotFound, Refused
from patrol.core.store import uuid7
from patrol.grid.model import Grid
from patrol.replay.views import item_id, replayable
from patrol.rounds import (
    cards,
    evidence,
    queries,
    records,
    service,
    track_views,
    tracking,
    tracks,
    words,
)
from patrol.rounds.drafts import Batch, Change, CheckIn, Clear, End, Start, Turn
from patrol.rounds.model import Round, Visit
from patrol.tags.views import mark_in
from patrol.web import asked
from patrol.web.forms import NO_ERRORS, Errors, read, refusal
from patrol.web.fragments import landed, render
from patrol.web.session import db, requires

bp = Blueprint("rounds", __name__, url_prefix="/rounds")
bp.register_blueprint(track_views.bp)
ROOM = 64 * 1024  # for what surrounds a track in its form


@bp.get("")
@requires(May.SEE_ROUND)
def index(actor: Actor) -> ResponseReturnValue:
    """List rounds, the latest first."""
    page = asked.number("page")
    found = records.listed(db.session, actor, page=page)
    return render(
        "rounds/index.html",
        block="list",
        rounds=found[: records.PAGE],
        page=page,
        more=len(found) > records.PAGE,
        may_walk=actor.can(May.WALK_ROUND),
    )


@bp.get("/new")
@requires(May.WALK_ROUND)
def new(actor: Actor) -> ResponseReturnValue:
    """The walk of a grid, ready to start; without a grid, the choice of one."""
    grid_id = request.args.get("grid", type=UUID)
    if grid_id is None:
        grids = cards.my_grids(db.session, actor)
        if len(grids) != 1:
            going = queries.current_round(db.session, actor.id)
            return render("rounds/choose.html", grids=grids, going=going, density="officer")
        grid_id = grids[0].id
    return _walk(actor, db.session, grid_id)


@bp.get("/<uuid:round_id>")
@requires(May.SEE_ROUND)
def show(actor: Actor, round_id: UUID) -> ResponseReturnValue:
    """A round of one's own still under way is walked; any other is looked back on."""
    one = demand(actor, May.SEE_ROUND, db.session.get(Round, round_id))
    if one.officer_id == actor.id and one.ended_at is None and "record" not in request.args:
        return _walk(actor, db.session, one.grid_id)
    return _record(actor, one)


@bp.post("")
@requires(May.WALK_ROUND)
@replayable
def start(actor: Actor, session: Session) -> ResponseReturnValue:
    """Begin a round; its id is that of the record."""
    draft, errors = _read(Start)
    if draft is None:
        return _again(actor, session, "rounds/_start.html", errors, request.form.get("grid_id"))
    try:
        begun = service.start(session, actor, draft, key=item_id(), now=clock.now())
    except Refused as refused:
        if refused.status != Refused.status:
            raise
        return _again(actor, session, "rounds/_start.html", refusal(refused), draft.grid_id)
    return landed(url_for("rounds.show", round_id=begun.id), "rounds/_started.html", begun=begun)


@bp.post("/changes")
@requires(May.WALK_ROUND)
@replayable
def change(actor: Actor, session: Session) -> ResponseReturnValue:
    """Another crew or mode."""
    return _turn(actor, session, Change, service.change)


@bp.post("/pauses")
@requires(May.WALK_ROUND)
@replayable
def pause(actor: Actor, session: Session) -> ResponseReturnValue:
    """Stop recording for a while."""

    def rest(session: Session, actor: Actor, draft: Turn, **at: Any) -> Round:
        return service.pause(session, actor, draft, key=item_id(), **at)

    return _turn(actor, session, Turn, rest)


@bp.post("/resumptions")
@requires(May.WALK_ROUND)
@replayable
def resume(actor: Actor, session: Session) -> ResponseReturnValue:
    """Go on after a pause."""
    return _turn(actor, session, Turn, service.resume)


@bp.post("/ends")
@requires(May.WALK_ROUND)
@replayable
def end(actor: Actor, session: Session) -> ResponseReturnValue:
    """End the round."""
    return _turn(actor, session, End, service.end)


@bp.get("/<uuid:round_id>/by-hand")
@requires(May.WALK_ROUND)
def by_hand(actor: Actor, round_id: UUID) -> ResponseReturnValue:
    """The form for a visit without a position."""
    one = service.mine(db.session, actor, round_id)
    return _form(actor, db.session, "rounds/_by_hand.html", NO_ERRORS, one)


def _looked_up(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Read a check-in and its place before one's turn to write is waited for."""

    @wraps(view)
    def ahead(actor: Actor) -> ResponseReturnValue:
        request.get_data()  # kept whole for the digest: reading the form would use it up
        draft, errors = _read(CheckIn)
        place = queries.place(db.session, draft.round_id, draft.cell_id) if draft else None
        return view(actor, draft, errors, place)

    return ahead


@bp.post("/visits")
@requires(May.WALK_ROUND)
@_looked_up
@replayable
def check_in(
    actor: Actor,
    session: Session,
    draft: CheckIn | None,
    errors: Errors,
    place: queries.Place | None,
) -> ResponseReturnValue:
    """Take a visit."""
    if draft is None:
        return _refused(actor, session, "rounds/_by_hand.html", errors)
    try:
        visit = evidence.check_in(
            session,
            actor,
            draft,
            key=item_id(),
            now=clock.now(),
            zone=clock.city(),
            place=place,
            mark=mark_in(draft.tag),
        )
    except Refused as refused:
        if refused.status != Refused.status:
            raise
        return _refused(actor, session, "rounds/_by_hand.html", refusal(refused))
    address = url_for("rounds.show", round_id=visit.round_id)
    return landed(address, "rounds/_visit.html", visit=visit, queued=False)


@bp.post("/clear-notes")
@requires(May.WALK_ROUND)
@replayable
def clear(actor: Actor, session: Session) -> ResponseReturnValue:
    """Take a note that nothing was found."""
    draft, errors = _read(Clear)
    if draft is None:
        return _refused(actor, session, "rounds/_clear.html", errors)
    try:
        notes = evidence.clear(session, actor, draft, key=item_id(), now=clock.now())
    except Refused as refused:
        if refused.status != Refused.status:
            raise
        return _refused(actor, session, "rounds/_clear.html", refusal(refused))
    cells = {note.cell_id for note in notes}
    proven = {note.cell_id for note in notes if not note.pending}
    address = url_for("rounds.show", round_id=draft.round_id)
    return landed(address, "rounds/_noted.html", cells=len(cells), proven=len(proven))


@bp.post("/tracks")
@requires(May.WALK_ROUND)
@replayable
def take_track(actor: Actor, session: Session) -> ResponseReturnValue:
    """Take a batch of the track."""
    draft, errors = _read(Batch)
    if draft is None:
        raise Refused("track-not-read", "points", **dict(errors.fields))
    at, zone = clock.now(), clock.city()
    points = tracking.take_track(session, actor, draft, key=item_id(), now=at, zone=zone)
    address = url_for("rounds.show", round_id=draft.round_id)
    return landed(address, "rounds/_track.html", points=points)


@bp.post("/<uuid:round_id>/track-file")
@requires(May.WALK_ROUND)
def take_file(actor: Actor, round_id: UUID) -> ResponseReturnValue:
    """Fill the track in from a file of another recorder."""
    request.max_content_length = tracks.LARGEST + ROOM
    given = request.files.get("track")
    content = given.read(tracks.LARGEST + 1) if given else b""
    try:
        reading = tracks.read(content, now=clock.now())
        with db.transaction() as session:
            going = service.mine(session, actor, round_id)
            at, zone = clock.now(), clock.city()
            if not tracking.take_file(session, actor, going, reading, now=at, zone=zone):
                raise Refused("track-elsewhen", "track")  # noqa: TRY301  it undoes the transaction
    except Refused as refused:
        if refused.status != Refused.status:
            raise
        one = service.mine(db.session, actor, round_id)
        return _record(actor, one, errors=refusal(refused), status=refused.status)
    return redirect(url_for("rounds.show", round_id=round_id, record=1), 303)


def _read(draft: type[Any]) -> tuple[Any, Errors]:
    """Read a draft; what its own rules refuse by code becomes words beside the field."""
    try:
        return read(draft, request.form)
    except Refused as refused:
        return None, refusal(refused)


def _turn(actor: Actor, session: Session, kind: type[BaseModel], act: Any) -> ResponseReturnValue:
    """One act on a round that answers with the round itself."""
    draft, errors = _read(kind)
    if draft is None:
        return _refused(actor, session, "rounds/_end.html", errors)
    one = act(session, actor, draft, now=clock.now())
    address = url_for("rounds.show", round_id=one.id)
    return landed(address, "rounds/_turned.html", one=one)


def _walk(actor: Actor, session: Session, grid_id: UUID) -> ResponseReturnValue:
    return render("rounds/walk.html", **_walk_context(actor, session, grid_id))


def _walk_context(actor: Actor, session: Session, grid_id: UUID) -> dict[str, Any]:
    grid = demand(actor, May.WALK_ROUND, session.get(Grid, grid_id))
    going = queries.current_round(session, actor.id)
    elsewhere = going if going and going.grid_id != grid.id else None
    here = None if elsewhere else going
    walk = cards.walk(session, actor, grid, here, zone=clock.city(), now=clock.now())
    return {
        "walk": walk,
        "elsewhere": elsewhere,
        "plan_id": request.args.get("plan", type=UUID),
        "words": words,
        "topic": topic,
        "new_id": uuid7,
        "errors": NO_ERRORS,
        "said": request.form,
        "density": "officer",
    }


def _again(
    actor: Actor, session: Session, part: str, errors: Errors, grid_id: Any
) -> ResponseReturnValue:
    """The same form once more, with what was wrong beside its field."""
    try:
        context = _walk_context(actor, session, UUID(str(grid_id)))
    except ValueError:
        raise NotFound from None
    context["errors"] = errors
    return render("rounds/act.html", block="form", status=422, part=part, **context)


def _refused(actor: Actor, session: Session, part: str, errors: Errors) -> ResponseReturnValue:
    try:
        one = service.mine(session, actor, UUID(request.form.get("round_id", "")))
    except ValueError:
        raise NotFound("round-not-found") from None
    return _form(actor, session, part, errors, one, status=422)


def _form(
    actor: Actor, session: Session, part: str, errors: Errors, one: Round, *, status: int = 200
) -> ResponseReturnValue:
    context = _walk_context(actor, session, one.grid_id)
    context["errors"] = errors
    return render("rounds/act.html", block="form", status=status, part=part, **context)


def _record(
    actor: Actor, one: Round, *, errors: Errors = NO_ERRORS, status: int = 200
) -> ResponseReturnValue:
    mine = one.officer_id == actor.id
    looked = records.looked(db.session, one, track=mine)
    return render(
        "rounds/show.html",
        status=status,
        looked=looked,
        errors=errors,
        words=words,
        topic=topic,
        mine=mine,
        may_open=allows(actor, May.OPEN_TRACK, one),
        may_confirm=_may_confirm(actor, [seen.visit for seen in looked.visits]),
    )


def _may_confirm(actor: Actor, visits: list[Visit]) -> set[UUID]:
    """The visits this person may vouch for."""
    return {
        visit.id
        for visit in visits
        if visit.backfill
        and visit.confirmed_by is None
        and visit.officer_id != actor.id
        and allows(actor, May.CONFIRM_VISIT, visit)
    }
