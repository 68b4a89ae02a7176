"""The page of a finding with its whole procedure, and the steps people take on it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session

from patrol.catalogue import queries as catalogue
from patrol.core import clock
from patrol.core.access import Actor, May, allows, demand
from patrol.core.calendar import light
from patrol.core.store import uuid7
from patrol.devices.queries import signed_by
from patrol.escalation.queries import matters_of
from patrol.findings import queries as findings
from patrol.findings.model import Finding
from patrol.findings.rules import OUTSIDE, StopOutcome, stops_allowed
from patrol.grid.queries import grid_path
from patrol.handling import queries, service, words
from patrol.handling.drafts import Take
from patrol.handling.rules import WITH_REASON, Move, Stage
from patrol.people import words as people_words
from patrol.people.queries import names
from patrol.photos import queries as photos
from patrol.photos import words as photo_words
from patrol.replay.views import item_id, replayable
from patrol.web.forms import Errors, again, filled
from patrol.web.fragments import landed, render
from patrol.web.session import db, requires

bp = Blueprint("handling", __name__)
WAY = (
    Stage.RECEIVED,
    Stage.VERIFYING,
    Stage.FILING,
    Stage.DISPATCHING,
    Stage.HANDLING,
    Stage.CHECKING,
    Stage.CLOSING,
    Stage.CLOSED,
)


@requires(May.SEE_FINDING)
def show(actor: Actor, finding_id: UUID) -> ResponseReturnValue:
    """Everything known of one finding, and the next act of whoever reads it."""
    session, now = db.session, clock.now()
    finding = demand(actor, May.SEE_FINDING, findings.by_id(session, finding_id))
    return render("findings/show.html", **_page(session, actor, finding), now_at=now)


@bp.record
def _page_of_findings(state: BlueprintSetupState) -> None:
    """Serve the page as `findings.show`: it shows what findings, lying below, cannot know."""
    state.app.add_url_rule("/findings/<uuid:finding_id>", "findings.show", show)


def _not_saved(actor: Actor, finding_id: UUID, errors: Errors) -> ResponseReturnValue:
    return render("findings/refused.html", "refused", finding_id=finding_id, errors=errors)


@bp.post("/findings/<uuid:finding_id>/steps")
@requires(May.SEE_FINDING)
@replayable
@again(_not_saved)
def take(actor: Actor, session: Session, finding_id: UUID) -> ResponseReturnValue:
    """Take one step of the procedure."""
    demand(actor, May.SEE_FINDING, findings.by_id(session, finding_id))
    draft = filled(Take)
    step = service.take(session, actor, finding_id, draft, key=item_id(), now=clock.now())
    if "Idempotency-Key" not in request.headers:
        flash(_("On record: %(step)s.", step=words.DONE[step.move]), "ok")
    address = url_for("findings.show", finding_id=finding_id)
    return landed(address, "findings/_done.html")


def _page(session: Session, actor: Actor, finding: Finding) -> dict[str, Any]:
    now, about = clock.now(), findings.subject(finding.id)
    bounds = findings.bounds_of(session, finding)
    stops = findings.stops_of(session, finding.id)
    kind = catalogue.class_by_id(session, finding.class_id)
    share = queries.share_spent(session, finding, now=now)
    acting = {each.officer_id for each in stops} | {each.by for each, _weight in bounds.weights}
    spot = (finding.lon, finding.lat)
    may_join = allows(actor, May.FILE_FINDING, finding) or finding.officer_id == actor.id
    open_here = finding.resolved_at is None and finding.joined_to is None
    return {
        "finding": finding,
        "kind": kind,
        "card": findings.cards(session, [finding])[0],
        "grids": grid_path(session, finding.grid_id),
        "bounds": bounds,
        "stops": stops,
        "names": names(session, {each for each in acting if each}),
        "signed": signed_by(session, finding.officer_id, [finding.id]).get(finding.id),
        "photos": photos.of_subject(session, about),
        "photo_words": photo_words,
        "matters": matters_of(session, about),
        "lines": people_words.LINES,
        "steps": queries.step_cards(session, finding, now=now),
        "offers": queries.offers(session, actor, finding, now=now),
        "units": catalogue.units(session),
        "conditions": catalogue.conditions_of(session, finding.class_id),
        "with_reason": WITH_REASON,
        "moves": Move,
        "handling_words": words,
        "share": share,
        "light": light(share) if share is not None else None,
        "way": _way(finding),
        "joined": findings.cards(session, findings.joined(session, finding.id)),
        "joined_to": _card(session, finding.joined_to),
        "repeat_of": _card(session, finding.repeat_of),
        "repeats": (
            findings.repeats(session, actor, kind, spot, finding.seen_at, but=finding.id)
            if kind and may_join and open_here
            else []
        ),
        "may_stop": open_here and allows(actor, May.STOP_FINDING, finding),
        "may_prove": open_here and actor.can(May.RECORD_FINDING),
        "stop_kinds": stops_allowed(certified=actor.certificate is not None),
        "outcomes": tuple(StopOutcome),
        "key": uuid7,
    }


def _way(finding: Finding) -> list[tuple[Stage, str]]:
    """The stages of this finding's way: done, now or ahead."""
    at = Stage.HANDLING if finding.stage is Stage.HUNG else finding.stage
    if at not in WAY:
        return [(finding.stage, "now")]
    here = WAY.index(at)
    verified = at is Stage.VERIFYING or finding.source in OUTSIDE
    places = ("done" if i < here else "now" if i == here else "ahead" for i in range(len(WAY)))
    pairs = zip(WAY, places, strict=True)
    return [(stage, place) for stage, place in pairs if verified or stage is not Stage.VERIFYING]


def _card(session: Session, finding_id: UUID | None) -> Any:
    found = findings.by_id(session, finding_id) if finding_id else None
    return findings.cards(session, [found])[0] if found else None
