"""The planner's pages: plans in a list, a form that reads like a sentence, a plan as a month."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlmodel import Session

from patrol.catalogue import queries as catalogue
from patrol.catalogue import words as catalogue_words
from patrol.core import clock
from patrol.core.access import Actor, May, allows, demand
from patrol.core.errors import NotFound, Refused
from patrol.grid.model import Grid
from patrol.grid.words import tier_name
from patrol.people import queries as people
from patrol.plans import (
    answers,
    asking,
    duemap,
    loads,
    measures,
    needs,
    planner,
    presets,
    queries,
    scope,
    service,
    template_views,
    templating,
    words,
)
from patrol.plans.drafts import PlanDraft
from patrol.plans.model import Plan, PlanState, Scope
from patrol.plans.rules import floor
from patrol.plans.scope import Place
from patrol.web import asked
from patrol.web.forms import NO_ERRORS, Errors, refusal
from patrol.web.fragments import render
from patrol.web.session import db, requires

bp = Blueprint("plans", __name__, url_prefix="/plans")
bp.register_blueprint(template_views.bp)


@bp.get("")
@requires(May.SEE_PLAN)
def index(actor: Actor) -> ResponseReturnValue:
    """List the plans of the reader's grids, in force or ended."""
    ended = request.args.get("show") == "ended"
    found = queries.listed(db.session, actor, zone=clock.city(), ended=ended)
    plans = [(name, list(here)) for name, here in groupby(found, lambda plan: plan.grid_name)]
    may = actor.can(May.MAKE_PLAN)
    return render(
        "plans/index.html",
        "list",
        plans=plans,
        ended=ended,
        grids=planner.grids_to_plan(db.session, actor) if may else [],
        words=words,
        topics=_topics,
    )


@bp.get("/new")
@requires(May.MAKE_PLAN)
def new(actor: Actor) -> ResponseReturnValue:
    """The form; with answers in the address it previews them."""
    told = "name" in request.args
    draft, errors = answers.read_draft(request.args) if told else (None, NO_ERRORS)
    values: Any = request.args if told else _begin(actor)
    return _form(actor, draft, values, errors, block="preview")


@bp.post("")
@requires(May.MAKE_PLAN)
def make(actor: Actor) -> ResponseReturnValue:
    """Keep a draft of a plan."""
    draft, errors = answers.read_draft(request.form)
    if draft is None:
        return _form(actor, None, request.form, errors, status=422)
    try:
        with db.transaction() as session:
            plan = service.make(session, actor, draft, zone=clock.city(), now=clock.now())
    except Refused as refused:
        return _form(actor, draft, request.form, refusal(refused), status=refused.status)
    return redirect(url_for("plans.show", plan_id=plan.id), 303)


@bp.get("/<uuid:plan_id>/edit")
@requires(May.MAKE_PLAN)
def edit(actor: Actor, plan_id: UUID) -> ResponseReturnValue:
    """The form of a draft, as it stands."""
    plan = _draft(actor, plan_id)
    first = plan.valid_from.astimezone(clock.city()).date()
    values = answers.of_plan(plan, first) | {
        "valid_to": _last_day(plan),
        "replaces_id": plan.replaces_id,
        "stands_in": plan.stands_in,
    }
    return _form(actor, None, values, NO_ERRORS, edited=plan_id)


@bp.post("/<uuid:plan_id>/edit")
@requires(May.MAKE_PLAN)
def revise(actor: Actor, plan_id: UUID) -> ResponseReturnValue:
    """State a draft anew."""
    _draft(actor, plan_id)
    draft, errors = answers.read_draft(request.form)
    if draft is None:
        return _form(actor, None, request.form, errors, edited=plan_id, status=422)
    try:
        with db.transaction() as session:
            service.revise(session, actor, plan_id, draft, zone=clock.city(), now=clock.now())
    except NotFound:
        raise
    except Refused as refused:
        told = refusal(refused)
        return _form(actor, draft, request.form, told, edited=plan_id, status=refused.status)
    return redirect(url_for("plans.show", plan_id=plan_id), 303)


@bp.get("/<uuid:plan_id>")
@requires(May.SEE_PLAN)
def show(actor: Actor, plan_id: UUID) -> ResponseReturnValue:
    """A plan: its sentence, its month, the load it brings, and what can be done with it."""
    return _page(actor, plan_id)


@bp.post("/usual")
@requires(May.MAKE_PLAN)
def usual(actor: Actor) -> ResponseReturnValue:
    """Draft the usual plans of a grid's tier that it has not yet."""
    grid_id, zone, now = request.form.get("grid_id", type=UUID), clock.city(), clock.now()
    if grid_id is None:
        raise NotFound
    first = now.astimezone(zone).date()
    known = {topic.code for topic in catalogue.topics(db.session)}
    topics = [code for code in presets.TOPICS if code in known] or sorted(known)
    names = {code: str(name) for code, name in words.PRESET.items()}
    with db.transaction() as session:
        made = presets.draft_usual(
            session, actor, grid_id, names, topics, first=first, zone=zone, now=now
        )
    told = ngettext("%(num)s draft was made.", "%(num)s drafts were made.", len(made))
    flash(told if made else _("It has its usual plans already."))
    return redirect(url_for("plans.index"), 303)


@bp.post("/<uuid:plan_id>/publish")
@requires(May.MAKE_PLAN)
def publish(actor: Actor, plan_id: UUID) -> ResponseReturnValue:
    """Put a draft into force."""
    try:
        with db.transaction() as session:
            service.publish(session, actor, plan_id, zone=clock.city(), now=clock.now())
    except NotFound:
        raise
    except Refused as refused:
        with db.transaction() as session:
            told = asking.ask(session, actor, plan_id, zone=clock.city(), now=clock.now())
        if told:
            flash(_("Told that it waits for a signature: %(names)s", names=words.listed(told)))
        return _page(actor, plan_id, refusal(refused), status=refused.status)
    return redirect(url_for("plans.show", plan_id=plan_id), 303)


@bp.post("/<uuid:plan_id>/sign")
@requires(May.SIGN_PLAN)
def sign(actor: Actor, plan_id: UUID) -> ResponseReturnValue:
    """Answer for a plan that cannot come into force without a supervisor's name."""
    try:
        with db.transaction() as session:
            reason = request.form.get("reason", "")
            service.sign(session, actor, plan_id, reason, zone=clock.city(), now=clock.now())
    except NotFound:
        raise
    except Refused as refused:
        return _page(actor, plan_id, refusal(refused), status=refused.status)
    return redirect(url_for("plans.show", plan_id=plan_id), 303)


@bp.post("/<uuid:plan_id>/end")
@requires(May.MAKE_PLAN)
def end(actor: Actor, plan_id: UUID) -> ResponseReturnValue:
    """Stop asking for visits once the open window is over, or ask to have that signed."""
    with db.transaction() as session:
        plan = service.end(session, actor, plan_id, zone=clock.city(), now=clock.now())
    if plan.end_waits:
        flash(_("It goes on until a supervisor has signed for its end."))
    return redirect(url_for("plans.show", plan_id=plan_id), 303)


@bp.post("/<uuid:plan_id>/keep")
@requires(May.MAKE_PLAN)
def keep(actor: Actor, plan_id: UUID) -> ResponseReturnValue:
    """Let a plan go on whose end was asked for."""
    with db.transaction() as session:
        service.keep(session, actor, plan_id, now=clock.now())
    return redirect(url_for("plans.show", plan_id=plan_id), 303)


def _page(
    actor: Actor, plan_id: UUID, errors: Errors = NO_ERRORS, status: int = 200
) -> ResponseReturnValue:
    session, zone, now = db.session, clock.city(), clock.now()
    plan = service.plan_for(session, actor, plan_id)
    today = now.astimezone(zone).date()
    first = _month(today)
    results = queries.results(session, plan.id, *planner.span(first, zone))
    weeks, windows = planner.month(plan.terms(zone), first, now=now, results=results)
    grid = session.get_one(Grid, plan.grid_id)
    draft = plan.state is PlanState.DRAFT
    places = scope.places_of(session, plan, zone=zone, now=now)
    needed = needs.needed(session, plan, zone=zone, now=now) if draft else {}

    def address(day: date) -> str:
        month = f"{first:%Y-%m}"
        return url_for("plans.show", plan_id=plan.id, month=month, day=day, _anchor="due")

    return render(
        "plans/show.html",
        "month",
        status=status,
        plan=plan,
        terms=plan.terms(zone),
        topics_said=_topics(plan.topics),
        grid=grid,
        errors=errors,
        first=first,
        earlier=(first - timedelta(days=1)).replace(day=1),
        later=(first.replace(day=28) + timedelta(days=7)).replace(day=1),
        weeks=[[words.day(card) | {"href": address(card.day)} for card in week] for week in weeks],
        windows=windows,
        cells=len(places),
        due=duemap.due_on(session, plan, places, _day(today), zone=zone),
        why=_why(session, plan, places),
        loads=[]
        if plan.state is PlanState.ENDED
        else loads.by_officer(session, plan, places, zone=zone, now=now),
        measured=measures.measured(session),
        names=people.names(
            session,
            [
                plan.made_by,
                plan.published_by,
                plan.floor_signed_by,
                plan.end_asked_by,
                plan.end_signed_by,
            ],
        ),
        lost=needs.lost(session, plan, zone=zone, now=now) if plan.end_waits else {},
        needed={need: told for need, told in needed.items() if need not in plan.signed_for},
        may_make=allows(actor, May.MAKE_PLAN, plan),
        may_sign=(draft or plan.end_waits) and allows(actor, May.SIGN_PLAN, plan),
        words=words,
    )


def _form(
    actor: Actor,
    draft: PlanDraft | None,
    values: Any,
    errors: Errors,
    *,
    edited: UUID | None = None,
    block: str = "form",
    status: int = 200,
) -> ResponseReturnValue:
    session, zone, now = db.session, clock.city(), clock.now()
    grids = planner.grids_to_plan(session, actor)
    first = _month(draft.valid_from if draft else now.astimezone(zone).date())
    grid = next((each for each in grids if draft and each.id == draft.grid_id), None)
    weeks, windows = planner.month(draft.terms(zone), first, now=now) if draft else ([], [])
    plan = draft.to_plan(actor.id, zone=zone, now=now) if draft and grid else None
    places = scope.places_of(session, plan, zone=zone, now=now) if plan else []
    return render(
        "plans/new.html",
        block,
        status=status,
        fields=answers.form_fields(session, values, errors, grids),
        errors=errors,
        draft=draft,
        sentence=words.sentence(draft.terms(zone)) if draft else "",
        rrule=draft.rrule if draft else "",
        grid=grid,
        cells=len(places),
        loads=loads.by_officer(session, plan, places, zone=zone, now=now) if plan else [],
        measured=measures.measured(session),
        needed=needs.needed(session, plan, zone=zone, now=now) if plan else {},
        weeks=[[words.day(card) for card in week] for week in weeks],
        windows=windows,
        first=first,
        floor=words.CADENCE[floor(grid.tier, needs.tiers(session))] if grid else "",
        topics_said=_topics(draft.topics) if draft else "",
        words=words,
        beginnings=[(tier_name(tier), some) for tier, some in presets.by_tier(session)],
        templates=templating.own(session, actor),
        due=duemap.due_on(session, plan, places, _day(draft.valid_from), zone=zone)
        if draft and plan
        else None,
        day=request.values.get("day", ""),
        title=_title(values, edited),
        action=url_for("plans.revise", plan_id=edited) if edited else url_for("plans.make"),
    )


def _title(values: Any, edited: UUID | None) -> str:
    """What the form is for."""
    if edited:
        return _("Edit the draft")
    if values.get("stands_in"):
        return _("Other plan for some days")
    return _("Change a plan") if values.get("replaces_id") else _("New plan")


def _begin(actor: Actor) -> Mapping[str, Any]:
    """What the form begins with: a plan to replace, to stand in for, or to copy, or a usual one."""
    today = clock.now().astimezone(clock.city()).date()
    for name in ("replaces_id", "instead_of", "like"):
        if old := _plan(actor, request.args.get(name, type=UUID)):
            replaced = {"replaces_id": old.id} if name != "like" else {}
            return answers.of_plan(old, today) | replaced | {"stands_in": name == "instead_of"}
    grid_id = request.args.get("grid_id", "")
    if template_id := request.args.get("template", type=UUID):
        template = templating.template_for(db.session, actor, template_id)
        return answers.of_template(template, grid_id, today)
    chosen = presets.preset(request.args.get("usual", "")) or presets.DAILY
    dwell = measures.figures(db.session).dwell
    return answers.of_preset(chosen, grid_id, today, dwell=dwell)


def _plan(actor: Actor, plan_id: UUID | None) -> Plan | None:
    if plan_id is None:
        return None
    return demand(actor, May.MAKE_PLAN, queries.by_id(db.session, plan_id))


def _draft(actor: Actor, plan_id: UUID) -> Plan:
    """A draft this person may change."""
    plan = _plan(actor, plan_id)
    if plan is None or plan.state is not PlanState.DRAFT:
        raise NotFound
    return plan


def _last_day(plan: Plan) -> str:
    if plan.valid_to is None:
        return ""
    return (plan.valid_to - timedelta(seconds=1)).astimezone(clock.city()).date().isoformat()


def _day(otherwise: date) -> date:
    """The day asked for, another where none or nonsense is."""
    return asked.day(request.values.get("day", "")) or otherwise


def _why(session: Session, plan: Plan, places: Iterable[Place]) -> list[tuple[int, str]]:
    """What brings each cell into a narrower scope: its number, and the topics or objects there."""
    say = _topics if plan.scope is Scope.HOT else words.listed
    return [(number, say(codes)) for number, codes in scope.told(session, places)]


def _month(today: date) -> date:
    """The first day of the month asked for, this one where none or nonsense is."""
    return asked.day(f"{request.args.get('month', '')}-01") or today.replace(day=1)


def _topics(codes: Iterable[str]) -> str:
    return words.listed(catalogue_words.topic(code) for code in codes)
