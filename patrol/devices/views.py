"""What phones ask for themselves, in whose name evidence comes, and the page of phones."""

import base64
import re
from uuid import UUID

from flask import Blueprint, abort, current_app, flash, g, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from patrol.core import clock
from patrol.core.access import Actor, May
from patrol.core.errors import Forbidden, NotFound, Refused
from patrol.devices import queries, service, words
from patrol.devices.drafts import Empty, Enrolment
from patrol.people.queries import actor_of
from patrol.replay.service import Item, is_signed, keys_by
from patrol.replay.views import arrived
from patrol.web.forms import read
from patrol.web.fragments import render
from patrol.web.session import current_actor, db, requires

bp = Blueprint("devices", __name__, url_prefix="/devices")
PHOTOS = frozenset({"findings.photos.put", "checks.put_photo"})
EVIDENCE = frozenset(
    {
        May.WALK_ROUND,
        May.RECORD_FINDING,
        May.STOP_FINDING,
        May.INSPECT,
        May.ANSWER_REVIEW,
        May.SEE_DOUBT,
    }
)
DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")

keys_by(queries.live_key)


@bp.before_app_request
def in_whose_name() -> None:
    """See to it that what a phone sends is taken in its author's name, or not at all.

    `X-Author` is who froze the record. That is the person signed in; or nobody is any more, and
    the phone shows a grant and its signature; or a leader brings a signed record for somebody
    they lead (`X-Carrier`). Everything else is 401: the phone keeps it and asks to sign in.
    """
    told = request.headers.get("X-Author")
    if told is None:
        return
    here = current_actor()
    if here is not None and told == str(here.id):
        return
    if not _takes_evidence():
        abort(401)
    author = _by_grant(told) if here is None else _by_leader(here, told)
    if author is None:
        abort(401)
    g.author, g.carrier = author, here


@bp.post("")
@requires(May.BE_SIGNED_IN)
def enrol(actor: Actor) -> ResponseReturnValue:
    """Take a phone's public key, and let it deliver for seven days whatever the session does."""
    draft, _errors = read(Enrolment, request.form)
    if draft is None:
        raise Refused("device-proof")
    session_id = str(current_user.token_id)
    with db.transaction() as session:
        granted = service.enrol(session, actor, session_id, draft, now=clock.now())
    answer = jsonify(grant=granted.token, until=granted.ends_at.isoformat())
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/<uuid:device_id>/empty")
@requires(May.BE_SIGNED_IN)
def empty(actor: Actor, device_id: UUID) -> ResponseReturnValue:
    """Take a phone's word that nothing of this person waits on it."""
    draft, _errors = read(Empty, request.form)
    if draft is None:
        raise Refused("replay.device")
    with db.transaction() as session:
        service.report_empty(session, actor, device_id, draft.last, now=clock.now())
    return "", 204


@bp.get("")
@requires(May.BE_SIGNED_IN)
def index(actor: Actor) -> ResponseReturnValue:
    """One's own phones and those of whom one leads: what never arrived, and what is signed."""
    found = queries.phones(db.session, actor, now=clock.now())
    return render("devices/index.html", phones=found)


@bp.get("/<uuid:device_id>")
@requires(May.BE_SIGNED_IN)
def show(actor: Actor, device_id: UUID) -> ResponseReturnValue:
    """A phone with what came from it, record by record."""
    known = queries.phones(db.session, actor, now=clock.now())
    phone = next((one for one in known if one.id == device_id), None)
    if phone is None:
        raise NotFound
    return render(
        "devices/show.html",
        phone=phone,
        sent=queries.sent(db.session, actor, device_id),
        arrivals=queries.arrivals(db.session, actor, device_id),
        arrival=words.arrival,
    )


@bp.post("/<uuid:device_id>/strike-off")
@requires(May.BE_SIGNED_IN)
def strike_off(actor: Actor, device_id: UUID) -> ResponseReturnValue:
    """Believe a lost phone no more."""
    with db.transaction() as session:
        service.strike_off(session, actor, device_id, now=clock.now())
    queries.forget_keys()
    flash(_("Struck off. Nothing this phone signs counts from now on."))
    return redirect(url_for("devices.index"), 303)


def _takes_evidence() -> bool:
    """Whether the address takes what an officer saw, rather than what somebody decides."""
    if request.endpoint in PHOTOS:
        return True
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "replayable", False) and getattr(view, "may", None) in EVIDENCE


def _by_grant(told: str) -> Actor | None:
    token, device = request.headers.get("X-Grant"), _uuid(request.headers.get("X-Device"))
    author = _uuid(told)
    if not token or device is None or author is None:
        return None
    now = clock.now()
    actor = queries.granted(db.session, token, device, author, now=now)
    return actor if actor is not None and _signed(author) else None


def _by_leader(here: Actor, told: str) -> Actor | None:
    """The author whose signed record a leader brings; raises Forbidden when it may not be."""
    if request.headers.get("X-Carrier") != str(here.id):
        return None
    author, device = _uuid(told), _uuid(request.headers.get("X-Device"))
    if author is None or not queries.led(db.session, here, [author]):
        raise Forbidden("carry-not-led")
    own = device is not None and queries.delivers_for(db.session, device, author)
    if not own or not _signed(author):
        raise Forbidden("carry-unsigned")
    return actor_of(db.session, author, now=clock.now())


def _signed(author: UUID) -> bool:
    """Whether the phone's own key signed these very bytes in this author's name."""
    item = _photo() if request.endpoint in PHOTOS else arrived()
    return item is not None and is_signed(db.session, author, item, now=clock.now()) is True


def _photo() -> Item | None:
    """A photo as an item: its bytes are held against this digest when they are stored."""
    told = DIGEST.fullmatch(request.headers.get("Content-Digest", ""))
    if told is None:
        return None
    return arrived(base64.b64decode(told.group(1)).hex())


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
