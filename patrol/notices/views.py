"""The inbox: fetching it delivers, opening a notice reads it, saying so acknowledges it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from patrol.core import clock
from patrol.core.access import Actor, May
from patrol.notices import queries, service, words
from patrol.notices.model import Notice
from patrol.web import asked
from patrol.web.fragments import landed, render
from patrol.web.session import db, requires

bp = Blueprint("notices", __name__, url_prefix="/notices")


@bp.get("")
@requires(May.SEE_NOTICE)
def inbox(actor: Actor) -> ResponseReturnValue:
    """What one has been told, newest first; showing it here is its delivery."""
    _deliver(actor)
    return _kept(render("notices/inbox.html", block="list", **_context(actor)))


@bp.get("/badge")
@requires(May.SEE_NOTICE)
def badge(actor: Actor) -> ResponseReturnValue:
    """How many notices are unread, for the mark on every page; asked anew each minute."""
    _deliver(actor)
    response = render("notices/_badge.html", unread=queries.unread(db.session, actor.id))
    response.add_etag()
    return response.make_conditional(request.environ)


@bp.post("/<uuid:notice_id>/open")
@requires(May.SEE_NOTICE)
def open_(actor: Actor, notice_id: UUID) -> ResponseReturnValue:
    """Read a notice, and go on to what it speaks of."""
    with db.transaction() as session:
        notice = service.read(session, actor, session.get(Notice, notice_id), now=clock.now())
        subject = notice.subject
    return redirect(words.address(subject) or url_for("notices.inbox"), 303)


@bp.post("/<uuid:notice_id>/acknowledge")
@requires(May.SEE_NOTICE)
def acknowledge(actor: Actor, notice_id: UUID) -> ResponseReturnValue:
    """Say "seen, mine"; it settles nothing and stops no clock."""
    with db.transaction() as session:
        service.acknowledge(session, actor, session.get(Notice, notice_id), now=clock.now())
    return landed(url_for("notices.inbox"), "notices/inbox.html", "list", **_context(actor))


def _context(actor: Actor) -> dict[str, Any]:
    only_unread = request.args.get("show") == "unread"
    offset = asked.number("offset", least=0)
    found = queries.inbox(db.session, actor, only_unread=only_unread, offset=offset)
    return {
        "inbox": found,
        "only_unread": only_unread,
        "sentence": words.sentence,
    }


def _deliver(actor: Actor) -> None:
    """A device of this person has asked: what waits has arrived there."""
    if queries.undelivered(db.session, actor.id):
        with db.transaction() as session:
            service.deliver(session, actor, now=clock.now())


def _kept(response: Response) -> Response:
    """No cache may stand between a receipt and the person it speaks of."""
    response.headers["Cache-Control"] = "no-store"
    return response
