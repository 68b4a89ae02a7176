"""The pages of one's own templates of plans."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from patrol.core import clock
from patrol.core.access import Actor, May
from patrol.plans import templating, words
from patrol.plans.drafts import PlanDraft, TemplateName
from patrol.plans.model import PlanTemplate
from patrol.web.forms import NO_ERRORS, Errors, read
from patrol.web.fragments import render
from patrol.web.session import db, requires

bp = Blueprint("templates", __name__)


@bp.get("/templates")
@requires(May.MAKE_PLAN)
def index(actor: Actor) -> ResponseReturnValue:
    """One's own templates: how each reads, to begin a plan with, rename or withdraw."""
    return _page(actor)


@bp.post("/<uuid:plan_id>/template")
@requires(May.MAKE_PLAN)
def keep(actor: Actor, plan_id: UUID) -> ResponseReturnValue:
    """Keep the terms of a plan as a template."""
    draft, errors = read(TemplateName, request.form)
    if draft is None:
        return _page(actor, errors, status=422)
    with db.transaction() as session:
        templating.keep(session, actor, plan_id, draft, now=clock.now())
    flash(_("Kept. New plans can begin with it."))
    return redirect(url_for("plans.templates.index"), 303)


@bp.post("/templates/<uuid:template_id>/rename")
@requires(May.MAKE_PLAN)
def rename(actor: Actor, template_id: UUID) -> ResponseReturnValue:
    """Call a template by another name."""
    templating.template_for(db.session, actor, template_id)
    draft, errors = read(TemplateName, request.form)
    if draft is None:
        return _page(actor, errors, status=422)
    with db.transaction() as session:
        templating.rename(session, actor, template_id, draft, now=clock.now())
    return redirect(url_for("plans.templates.index"), 303)


@bp.post("/templates/<uuid:template_id>/withdraw")
@requires(May.MAKE_PLAN)
def withdraw(actor: Actor, template_id: UUID) -> ResponseReturnValue:
    """Offer a template no more."""
    with db.transaction() as session:
        templating.withdraw(session, actor, template_id, now=clock.now())
    return redirect(url_for("plans.templates.index"), 303)


def _page(actor: Actor, errors: Errors = NO_ERRORS, status: int = 200) -> ResponseReturnValue:
    return render(
        "plans/templates.html",
        status=status,
        templates=[(one, _draft(one)) for one in templating.own(db.session, actor)],
        errors=errors,
        zone=clock.city(),
        words=words,
    )


def _draft(template: PlanTemplate) -> PlanDraft:
    """The draft that a template would begin with today."""
    today = clock.now().astimezone(clock.city()).date()
    return PlanDraft(**template.terms | {"valid_from": today})
