"""Photos of findings as they travel: sent by a phone or a plain form, shown to who may see."""

import base64
import binascii
from uuid import UUID

from flask import (
    Blueprint,
    abort,
    current_app,
    make_response,
    redirect,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from patrol.config import Settings
from patrol.core import clock
from patrol.core.access import Actor, May, demand
from patrol.core.errors import NotFound, Refused
from patrol.findings import queries
from patrol.photos import files, service
from patrol.photos import queries as photos
from patrol.photos.rules import DISPLAY, MOST_BYTES, View
from patrol.web.session import db, requires

bp = Blueprint("photos", __name__, url_prefix="/findings/<uuid:finding_id>/photos")
ROOM = 64 * 1024  # for what surrounds a photo in a plain form
WEEK = 7 * 24 * 3600


@bp.put("/<uuid:photo_id>")
@requires(May.BE_SIGNED_IN)
def put(actor: Actor, finding_id: UUID, photo_id: UUID) -> ResponseReturnValue:
    """Take the bytes of an announced photo, however often they come."""
    return take(actor, photo_id, queries.subject(finding_id))


def take(actor: Actor, photo_id: UUID, subject: str) -> Response:
    """Take the bytes of a photo that a record announced; answers with its acknowledgement."""
    request.max_content_length = MOST_BYTES + 1
    photo = service.expected(db.session, actor, photo_id, subject)
    if photo.stored_at is None:
        picture = files.store(_settings().media, request.stream, _digest() or photo.sha256)
        with db.transaction() as session:
            photo = service.expected(session, actor, photo_id, subject)
            service.arrived(session, actor, photo, picture, now=clock.now())
    elif (told := _digest()) and told != photo.sha256:
        raise Refused("photo-other", "photo")
    answer = make_response("", 204)
    answer.headers["X-Outbox-Ack"] = str(photo_id)
    return answer


@bp.post("")
@requires(May.BE_SIGNED_IN)
def post(actor: Actor, finding_id: UUID) -> ResponseReturnValue:
    """Take a photo from a plain form, for browsers without script."""
    request.max_content_length = MOST_BYTES + ROOM
    finding = demand(actor, May.SEE_FINDING, queries.by_id(db.session, finding_id))
    grid_id, subject = finding.grid_id, queries.subject(finding_id)
    came = request.files.get("photo")
    if came is None or not came.filename:
        raise Refused("photo-empty", "photo")
    told = request.form.get("view", View.NEAR.value)
    view = View(told) if told in {each.value for each in View} else View.NEAR
    picture = files.store(_settings().media, came.stream)
    with db.transaction() as session:
        service.bring(session, actor, subject, grid_id, picture, view, now=clock.now())
    return redirect(url_for("findings.show", finding_id=finding_id) + "#photos", 303)


@bp.get("/<uuid:photo_id>/<string:size>")
@requires(May.SEE_FINDING)
def show(actor: Actor, finding_id: UUID, photo_id: UUID, size: str) -> ResponseReturnValue:
    """A display copy, upright and without metadata; the original is never shown."""
    demand(actor, May.SEE_FINDING, queries.by_id(db.session, finding_id))
    return display(photo_id, queries.subject(finding_id), size)


def display(photo_id: UUID, subject: str, size: str) -> Response:
    """The copy of a record's photo in one of the sizes for screens."""
    if size not in DISPLAY:
        abort(404)
    photo = photos.by_id(db.session, photo_id)
    if photo is None or photo.subject != subject or photo.stored_at is None:
        raise NotFound
    path = files.display(_settings().media, photo.sha256, size)
    if not path.is_file():
        raise NotFound("photo-gone")
    answer: Response = send_file(path, mimetype="image/jpeg", etag=f"{photo.sha256}-{size}")
    answer.headers["Cache-Control"] = f"private, max-age={WEEK}, immutable"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _digest() -> str | None:
    """The SHA-256 that the sender states in `Content-Digest` (RFC 9530), as hex."""
    told = request.headers.get("Content-Digest")
    if told is None:
        return None
    try:
        raw = base64.b64decode(told.removeprefix("sha-256=:").removesuffix(":"), validate=True)
    except (binascii.Error, ValueError):
        raise Refused("photo-digest", "photo") from None
    return raw.hex()


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
