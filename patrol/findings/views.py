"""Pages and forms of findings: report, list, stop, join, earlier proof, and the outbox."""

from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.wrappers import Response

from patrol.catalogue import queries as catalogue
from patrol.core import clock
from patrol.core.access import Actor, May, demand
from patrol.core.geo import lon_lat
from patrol.core.roles import WALKERS
from patrol.core.store import uuid7
from patrol.findings import photo_views, queries, service, words
from patrol.findings.drafts import Draft, Earlier, Join, Stop
from patrol.findings.model import Finding
from patrol.findings.queries import Filters
from patrol.findings.rules import Severity, Source, Stage, StopOutcome, sources, stops_allowed
from patrol.people import words as people_words
from patrol.replay.views import item_id, replayable
from patrol.rounds.queries import current_round
from patrol.web import asked
from patrol.web.forms import NO_ERRORS, Errors, again, filled
from patrol.web.fragments import landed, render
from patrol.web.session import db, requires

bp = Blueprint("findings", __name__)
bp.register_blueprint(photo_views.bp)
Choice = TypeVar("Choice", bound=StrEnum)


@bp.app_context_processor
def _words() -> dict[str, Any]:
    """The words of findings, for whoever shows one."""
    return {"finding_words": words}


@bp.get("/findings")
@requires(May.SEE_FINDING)
def index(actor: Actor) -> ResponseReturnValue:
    """List what the reader may see, narrowed as the address says."""
    told = request.args
    filters = Filters(
        show=told.get("show", "open") if told.get("show", "open") in words.SHOW else "open",
        stage=_one_of(Stage, told.get("stage")),
        source=_one_of(Source, told.get("source")),
        severity=_one_of(Severity, told.get("severity")),
        topic=_text("topic", 32) or None,
        grid_id=_id(told.get("grid")),
        words=_text("words", 80),
    )
    number = asked.number("page")
    page = queries.index(db.session, actor, filters, page=number, now=clock.now())
    return render(
        "findings/index.html",
        "list",
        page=page,
        filters=filters,
        topics=catalogue.topics(db.session),
        address=_address,
    )


def _form(actor: Actor, errors: Errors = NO_ERRORS) -> Response:
    session, now = db.session, clock.now()
    kinds = catalogue.classes(session, at=now)
    walked = current_round(session, actor.id)
    return render(
        "findings/new.html",
        "form",
        density="officer" if WALKERS & set(actor.roles) else "desk",
        key=uuid7(),
        favourites=[each for each in kinds if each.favourite],
        kinds=kinds,
        topics=catalogue.topics(session),
        sources=sources(actor.roles),
        stops=stops_allowed(certified=actor.certificate is not None),
        outcomes=tuple(StopOutcome),
        round_id=walked.id if walked else "",
        told=request.form,
        errors=errors,
    )


@bp.get("/findings/new")
@requires(May.RECORD_FINDING)
def new(actor: Actor) -> ResponseReturnValue:
    """The report: camera first, place and time filled in."""
    return _form(actor)


@bp.post("/findings")
@requires(May.RECORD_FINDING)
@replayable
@again(_form)
def record(actor: Actor, session: Session) -> ResponseReturnValue:
    """Take a finding, live or from a phone that was offline."""
    draft = filled(Draft)
    finding = service.record(session, actor, draft, key=item_id(), now=clock.now())
    address = url_for("findings.show", finding_id=finding.id)
    if "then" in request.form:
        address += "#stop"
    return landed(address, "findings/_row.html", card=queries.cards(session, [finding])[0])


@bp.post("/rounds/visits/<uuid:visit_id>/confirmation")
@requires(May.CONFIRM_VISIT)
def confirm(actor: Actor, visit_id: UUID) -> ResponseReturnValue:
    """Vouch for a visit that another wrote down later."""
    with db.transaction() as session:
        at, zone = clock.now(), clock.city()
        visit = service.confirm(session, actor, visit_id, now=at, zone=zone)
        round_id = visit.round_id
    return redirect(url_for("rounds.show", round_id=round_id), 303)


@bp.get("/findings/repeats")
@requires(May.RECORD_FINDING)
def repeats(actor: Actor) -> ResponseReturnValue:
    """Where a spot lies, who answers there, and earlier findings of the class near it."""
    now = clock.now()
    kind = catalogue.class_by_code(db.session, _text("code", 16), at=now)
    spot = lon_lat(request.args.get("lon"), request.args.get("lat"), field="lon")
    found = queries.repeats(db.session, actor, kind, spot, now) if kind else []
    place = queries.place(db.session, spot, at=now)
    return render(
        "findings/repeats.html", "found", repeats=found, place=place, roles=people_words.ROLES
    )


def _not_saved(actor: Actor, finding_id: UUID, errors: Errors) -> Response:
    """A small form that was wrong: what is wrong, and the way back to it."""
    return render("findings/refused.html", "refused", finding_id=finding_id, errors=errors)


@bp.post("/findings/<uuid:finding_id>/stops")
@requires(May.STOP_FINDING)
@replayable
@again(_not_saved)
def stop(actor: Actor, session: Session, finding_id: UUID) -> ResponseReturnValue:
    """Record an act to stop it."""
    finding = _seen(session, actor, finding_id)
    draft = filled(Stop)
    act = service.stop(session, actor, finding, draft, key=item_id(), now=clock.now())
    _say(_("The act to stop it is on record."))
    return landed(_address_of(finding), "findings/_stopped.html", act=act)


@bp.post("/findings/<uuid:finding_id>/proofs")
@requires(May.RECORD_FINDING)
@replayable
@again(_not_saved)
def prove(actor: Actor, session: Session, finding_id: UUID) -> ResponseReturnValue:
    """Bring word that it was there earlier already."""
    finding = _seen(session, actor, finding_id)
    draft = filled(Earlier)
    service.prove_earlier(session, actor, finding, draft, now=clock.now())
    _say(_("The earlier moment is on record."))
    return landed(_address_of(finding), "findings/_done.html")


@bp.post("/findings/<uuid:finding_id>/join")
@requires(May.RECORD_FINDING)
@replayable
@again(_not_saved)
def join(actor: Actor, session: Session, finding_id: UUID) -> ResponseReturnValue:
    """Say that it is the same thing as another finding."""
    finding = _seen(session, actor, finding_id)
    draft = filled(Join)
    service.join(session, actor, finding, draft, now=clock.now())
    _say(_("Both are one finding now."))
    return landed(_address_of(finding), "findings/_done.html")


@bp.get("/outbox")
def outbox() -> ResponseReturnValue:
    """What this phone has not sent yet; the phone itself fills the list."""
    return render("findings/outbox.html")


def _seen(session: Session, actor: Actor, finding_id: UUID) -> Finding:
    return demand(actor, May.SEE_FINDING, queries.by_id(session, finding_id))


def _say(sentence: str) -> None:
    """Tell a person at a plain form; a phone's outbox has its own way of telling."""
    if "Idempotency-Key" not in request.headers:
        flash(sentence, "ok")


def _address_of(finding: Finding) -> str:
    return url_for("findings.show", finding_id=finding.id)


def _address(**changed: Any) -> str:
    """The address of the list with some filters changed."""
    told = {**request.args.to_dict(), **changed}
    if "page" not in changed:
        told.pop("page", None)
    return url_for("findings.index", **{name: value for name, value in told.items() if value})


def _text(name: str, most: int) -> str:
    """A word of the address, without what databases cannot take."""
    return request.args.get(name, "").replace("\x00", "")[:most].strip()


def _one_of(kind: type[Choice], told: str | None) -> Choice | None:
    return kind(told) if told in {each.value for each in kind} else None


def _id(told: str | None) -> UUID | None:
    try:
        return UUID(told) if told else None
    except ValueError:
        return None
