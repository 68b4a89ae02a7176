"""The planner's pages: plans in a list, a form that reads like a sentence, a plan as a month."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from patrol.catalogue import queries as catalogue
from patrol.catalogue import words as catalogue_words
from patrol.core import clock
from patrol.core.access import Actor, May, allows, demand
from patrol.core.errors import NotFound, Refused
from patrol.core.roles import Role
from patrol.grid.model import Grid
from patrol.people import queries as people
from patrol.plans import planner, queries, service, words
from patrol.plans.drafts import OBLIGED, PlanDraft
from patrol.plans.model import Plan, PlanState
from patrol.plans.rules import Cadence, Demand, floor
from patrol.web.forms import NO_ERRORS, Errors, Field, fields, read, refusal
from patrol.web.fragments import render
from patrol.web.session import db, requires

bp = Blueprint("plans", __name__, url_prefix="/plans")
_AHEAD = 7  # days for which the load is shown


@bp.get("")
@requires(May.SEE_PLAN)
def index(actor: Actor) -> ResponseReturnValue:
    """List the plans of the reader's grids, in force or ended."""
    ended = request.args.get("show") == "ended"
    found = queries.listed(db.session, actor, zone=clock.city(), ended=ended)
    plans = [(name, list(here)) for name, here in groupby(found, lambda plan: plan.grid_name)]
    return render("plans/index.html", "list", plans=plans, ended=ended, words=words, topics=_topics)


@bp.get("/new")
@requires(May.MAKE_PLAN)
def new(actor: Actor) -> ResponseReturnValue:
    """The form; with answers in the address it previews them."""
    old = _plan(actor, request.args.get("replaces_id", type=UUID))
    asked = "name" in request.args
    draft, errors = _read(request.args) if asked else (None, NO_ERRORS)
    values: Any = request.args if asked else _values(old)
    return _form(actor, draft, values, errors, block="preview")


@bp.post("")
@requires(May.MAKE_PLAN)
def make(actor: Actor) -> ResponseReturnValue:
    """Keep a draft of a plan."""
    draft, errors = _read(request.form)
    if draft is None:
        return _form(actor, None, request.form, errors, status=422)
    try:
        with db.transaction() as session:
            plan = service.make(session, actor, draft, zone=clock.city(), now=clock.now())
    except Refused as refused:
        return _form(actor, draft, request.form, refusal(refused), status=refused.status)
    return redirect(url_for("plans.show", plan_id=plan.id), 303)


@bp.get("/<uuid:plan_id>")
@requires(May.SEE_PLAN)
def show(actor: Actor, plan_id: UUID) -> ResponseReturnValue:
    """A plan: its sentence, its month, the load it brings, and what can be done with it."""
    return _page(actor, plan_id)


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
        return _page(actor, plan_id, refusal(refused), status=refused.status)
    return redirect(url_for("plans.show", plan_id=plan_id), 303)


@bp.post("/<uuid:plan_id>/sign")
@requires(May.SIGN_PLAN)
def sign(actor: Actor, plan_id: UUID) -> ResponseReturnValue:
    """Answer for a plan that asks for less than its tier's floor."""
    try:
        with db.transaction() as session:
            service.sign(session, actor, plan_id, request.form.get("reason", ""), now=clock.now())
    except NotFound:
        raise
    except Refused as refused:
        return _page(actor, plan_id, refusal(refused), status=refused.status)
    return redirect(url_for("plans.show", plan_id=plan_id), 303)


@bp.post("/<uuid:plan_id>/end")
@requires(May.MAKE_PLAN)
def end(actor: Actor, plan_id: UUID) -> ResponseReturnValue:
    """Stop asking for visits once the open window is over."""
    with db.transaction() as session:
        service.end(session, actor, plan_id, zone=clock.city(), now=clock.now())
    return redirect(url_for("plans.show", plan_id=plan_id), 303)


def _page(
    actor: Actor, plan_id: UUID, errors: Errors = NO_ERRORS, status: int = 200
) -> ResponseReturnValue:
    session, zone, now = db.session, clock.city(), clock.now()
    plan = service.plan_for(session, actor, plan_id)
    first = _month(now.astimezone(zone).date())
    results = queries.results(session, plan.id, *planner.span(first, zone))
    weeks, windows = planner.month(plan.terms(zone), first, now=now, results=results)
    grid = session.get_one(Grid, plan.grid_id)
    draft = plan.state is PlanState.DRAFT
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
        weeks=[[words.day(card) for card in week] for week in weeks],
        windows=windows,
        cells=planner.cells_below(session, grid),
        loads=_loads(plan, grid),
        names=people.names(session, [plan.made_by, plan.published_by, plan.floor_signed_by]),
        unsigned=draft
        and plan.floor_signed_by is None
        and service.needs_signature(session, plan, zone),
        may_make=allows(actor, May.MAKE_PLAN, plan),
        may_sign=draft and allows(actor, May.SIGN_PLAN, plan),
        words=words,
    )


def _form(
    actor: Actor,
    draft: PlanDraft | None,
    values: Any,
    errors: Errors,
    *,
    block: str = "form",
    status: int = 200,
) -> ResponseReturnValue:
    session, zone, now = db.session, clock.city(), clock.now()
    grids = planner.grids_to_plan(session, actor)
    first = _month(draft.valid_from if draft else now.astimezone(zone).date())
    grid = next((each for each in grids if draft and each.id == draft.grid_id), None)
    weeks, windows = planner.month(draft.terms(zone), first, now=now) if draft else ([], [])
    return render(
        "plans/new.html",
        block,
        status=status,
        fields=_fields(values, errors, _choices(grids)),
        errors=errors,
        draft=draft,
        sentence=words.sentence(draft.terms(zone)) if draft else "",
        grid=grid,
        cells=planner.cells_below(session, grid) if grid else 0,
        loads=_loads(draft.to_plan(actor.id, zone=zone, now=now), grid) if draft and grid else [],
        weeks=[[words.day(card) for card in week] for week in weeks],
        windows=windows,
        first=first,
        floor=words.CADENCE[floor(grid.tier)] if grid else "",
        topics_said=_topics(draft.topics) if draft else "",
    )


_KINDS = {
    "cadence": "chips",
    "role": "chips",
    "weekdays": "chips",
    "topics": "chips",
    "monthdays": "text",
    "grade": "select",
    "replaces_id": "hidden",
}


def _fields(values: Any, errors: Errors, choices: dict[str, Any]) -> dict[str, Field]:
    made = fields(
        PlanDraft,
        words.LABELS,
        values=values,
        errors=errors,
        hints=words.HINTS,
        kinds=_KINDS,
        choices=choices,
    )
    several = {"weekdays": {"multiple": True}, "topics": {"multiple": True, "required": True}}
    return made | {name: replace(made[name], attrs=attrs) for name, attrs in several.items()}


def _choices(grids: list[Grid]) -> dict[str, Any]:
    return {
        "grid_id": [(grid.id, "　" * (grid.tier - 1) + grid.name) for grid in grids],
        "role": [(role.value, words.ROLE[role]) for role in OBLIGED],
        "cadence": [(cadence.value, words.CADENCE[cadence]) for cadence in Cadence],
        "weekdays": list(enumerate(words.DAYS)),
        "topics": [
            (topic.code, catalogue_words.topic(topic.code))
            for topic in catalogue.topics(db.session)
        ],
        "grade": list(words.GRADES.items()),
    }


def _read(answers: MultiDict[str, str]) -> tuple[PlanDraft | None, Errors]:
    """A draft from the form, whose days of the month are one text."""
    told = MultiDict((name, value) for name, value in answers.items(multi=True))
    told.setlist("monthdays", "".join(told.getlist("monthdays")).replace("、", " ").split())
    try:
        return read(PlanDraft, told)
    except Refused as refused:
        return None, refusal(refused)


def _values(old: Plan | None) -> dict[str, Any]:
    """What the form begins with: the plan it replaces, or a usual day's patrol."""
    today = clock.now().astimezone(clock.city()).date()
    if old is None:
        topics = ["street_order", "city_appearance", "advertising", "construction"]
        return {
            "name": _("Daily patrol"),
            "role": Role.OFFICER.value,
            "cadence": Cadence.DAILY.value,
            "grid_id": request.args.get("grid_id", ""),
            "topics": topics,
            "valid_from": today.isoformat(),
        }
    return {
        **{name: getattr(old, name) for name in ("name", "role", "cadence", "topics", "grade")},
        "grid_id": old.grid_id,
        "times": old.times,
        "grace": old.grace,
        "minutes_per_cell": old.minutes_per_cell,
        "hours": "、".join(f"{one}–{two}" for one, two in old.hours),
        "workdays_only": old.workdays_only,
        "valid_from": today.isoformat(),
        "replaces_id": old.id,
    }


def _plan(actor: Actor, plan_id: UUID | None) -> Plan | None:
    if plan_id is None:
        return None
    return demand(actor, May.MAKE_PLAN, queries.by_id(db.session, plan_id))


def _loads(plan: Plan, grid: Grid) -> list[Any]:
    zone, now = clock.city(), clock.now()
    today = now.astimezone(zone).date()
    cells = planner.cells_below(db.session, grid)
    live = plan.state in (PlanState.PUBLISHED, PlanState.SUSPENDED)
    return planner.loads(
        db.session,
        grid,
        plan.role,
        [today + timedelta(days=ahead) for ahead in range(_AHEAD)],
        zone,
        extra=None if live else Demand(plan.terms(zone), cells, plan.minutes_per_cell),
        besides=plan.replaces_id,
        now=now,
    )


def _month(today: date) -> date:
    """The first day of the month asked for, this one where none or nonsense is."""
    try:
        return date.fromisoformat(f"{request.args.get('month', '')}-01")
    except ValueError:
        return today.replace(day=1)


def _topics(codes: Iterable[str]) -> str:
    return words.listed(catalogue_words.topic(code) for code in codes)
