"""Who may do what to which things: one table, read for one object and for a query alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, true

from patrol.core.errors import Forbidden, NotFound
from patrol.core.roles import Role


class May(StrEnum):
    """One thing that may be done, in alphabetical order of subject."""

    BE_SIGNED_IN = "be_signed_in"  # own home, inbox, settings
    DRAW_CHECK = "draw_check"  # random spot checks, unannounced checks
    INSPECT = "inspect"  # record what was seen unannounced
    SEE_CHECK = "see_check"
    SEE_CATALOGUE = "see_catalogue"
    SEE_COVERAGE = "see_coverage"
    URGE_PATROL = "urge_patrol"  # tell who answers that cells wait
    SEE_DOUBT = "see_doubt"
    JUDGE_DOUBT = "judge_doubt"  # take up, or refuse with reasons
    APPROVE_EXCUSE = "approve_excuse"
    RECORD_EXCUSE = "record_excuse"
    CHECK_FINDING = "check_finding"  # verify that it is put right
    FILE_FINDING = "file_finding"  # accept, file, dispatch, close, void
    HANDLE_FINDING = "handle_finding"  # put it right
    RECORD_FINDING = "record_finding"
    SEE_FINDING = "see_finding"
    STOP_FINDING = "stop_finding"
    CHANGE_GRID = "change_grid"  # split, merge, rename, retire; objects beside cells
    MARK_GRID = "mark_grid"  # hot spots
    SEE_FLAG = "see_flag"
    SETTLE_FLAG = "settle_flag"  # say what one makes of a question about a round
    SEE_GAP = "see_gap"  # what a roster will lack
    SEE_GRID = "see_grid"
    SEE_HANDOVER = "see_handover"
    SIGN_HANDOVER = "sign_handover"  # the two it is between
    SEE_ANSWER = "see_answer"  # who answers here, now and then
    SEE_LADDER = "see_ladder"
    SEE_LEDGER = "see_ledger"
    SEE_MATTER = "see_matter"
    SEE_NOTICE = "see_notice"
    MANAGE_PERSON = "manage_person"
    SEE_PERSON = "see_person"
    MAKE_PLAN = "make_plan"  # make, publish, end
    SEE_PLAN = "see_plan"
    SIGN_PLAN = "sign_plan"  # a cadence under the floor, an impossible plan
    ACCEPT_POST = "accept_post"
    MANAGE_POST = "manage_post"
    SEE_POST = "see_post"
    ANSWER_REVIEW = "answer_review"  # the person concerned
    DECIDE_REVIEW = "decide_review"
    OPEN_REVIEW = "open_review"
    RUN_REVIEW = "run_review"
    SEE_REVIEW = "see_review"
    SIGN_REVIEW = "sign_review"  # the second signature
    VET_REVIEW = "vet_review"  # legal review (法制审核)
    CONFIRM_VISIT = "confirm_visit"  # vouch for another's 补录
    OPEN_TRACK = "open_track"  # see where somebody walked: another's only with a reason, noted
    SEE_ROUND = "see_round"
    WALK_ROUND = "walk_round"
    MAKE_TAG = "make_tag"  # make, print, revoke
    SEE_TRACE = "see_trace"


class Reach(StrEnum):
    """How far a permission goes; all but CONCERNED and ALL include what is one's own.

    What is LEADING includes it nowhere: a post of one's own, or a plan one made, may lie in grids
    that others lead.
    """

    OWN = "own"
    UNIT = "unit"  # things given to one's handling unit
    GRID = "grid"  # things in the grids below one's post
    CONCERNED = "concerned"  # things that are about oneself
    ALL = "all"


LEADING = frozenset({May.MANAGE_POST, May.MAKE_PLAN})

EVERYONE: Mapping[May, Reach] = {
    May.BE_SIGNED_IN: Reach.ALL,
    May.SEE_CATALOGUE: Reach.ALL,
    May.SEE_ANSWER: Reach.ALL,
    May.SEE_LADDER: Reach.ALL,
    May.SEE_DOUBT: Reach.CONCERNED,
    May.SEE_REVIEW: Reach.CONCERNED,
    May.SEE_HANDOVER: Reach.CONCERNED,
    May.SIGN_HANDOVER: Reach.CONCERNED,
    May.ANSWER_REVIEW: Reach.CONCERNED,
    May.SEE_FINDING: Reach.OWN,
    May.SEE_FLAG: Reach.OWN,
    May.SEE_CHECK: Reach.OWN,
    May.INSPECT: Reach.OWN,  # what one was drawn to check
    May.SEE_ROUND: Reach.OWN,
    May.OPEN_TRACK: Reach.OWN,
    May.SEE_NOTICE: Reach.OWN,
    May.SEE_PERSON: Reach.OWN,
    May.SEE_POST: Reach.OWN,
    May.ACCEPT_POST: Reach.OWN,
    May.RECORD_EXCUSE: Reach.OWN,  # for oneself it is a proposal
}

_WALKER: Mapping[May, Reach] = {
    May.SEE_GRID: Reach.GRID,
    May.SEE_COVERAGE: Reach.GRID,
    May.SEE_PLAN: Reach.GRID,
    May.SEE_FINDING: Reach.GRID,
    May.RECORD_FINDING: Reach.ALL,  # a violation is recorded wherever it is met
    May.STOP_FINDING: Reach.GRID,
    May.CHECK_FINDING: Reach.GRID,
    May.WALK_ROUND: Reach.GRID,
    May.SEE_MATTER: Reach.GRID,
}
_LEADER: Mapping[May, Reach] = {
    **_WALKER,
    May.URGE_PATROL: Reach.GRID,
    May.SEE_POST: Reach.GRID,
    May.SEE_PERSON: Reach.GRID,
    May.SEE_ROUND: Reach.GRID,
    May.OPEN_TRACK: Reach.GRID,
    May.SEE_FLAG: Reach.GRID,
    May.SETTLE_FLAG: Reach.GRID,
    May.CONFIRM_VISIT: Reach.GRID,
    May.MAKE_PLAN: Reach.GRID,
    May.MANAGE_POST: Reach.GRID,
    May.SEE_GAP: Reach.GRID,
    May.SEE_HANDOVER: Reach.GRID,
    May.MARK_GRID: Reach.GRID,
    May.MAKE_TAG: Reach.GRID,
    May.RECORD_EXCUSE: Reach.GRID,
}

GRANTS: Mapping[Role, Mapping[May, Reach]] = {
    Role.OFFICER: _WALKER,
    Role.WORKER: _WALKER,
    Role.HEAD: _LEADER,
    Role.SQUAD_LEADER: _LEADER,
    Role.BRIGADE_LEADER: {**_LEADER, May.APPROVE_EXCUSE: Reach.GRID},
    Role.BUREAU_LEADER: {
        **_LEADER,
        May.APPROVE_EXCUSE: Reach.GRID,
        May.DECIDE_REVIEW: Reach.GRID,
        May.SIGN_REVIEW: Reach.GRID,
        May.SEE_REVIEW: Reach.GRID,
        May.SEE_TRACE: Reach.GRID,
    },
    Role.SUPERVISOR: {
        May.SEE_GRID: Reach.GRID,
        May.SEE_COVERAGE: Reach.GRID,
        May.URGE_PATROL: Reach.GRID,
        May.SEE_PLAN: Reach.GRID,
        May.SIGN_PLAN: Reach.GRID,
        May.SEE_FINDING: Reach.GRID,
        May.RECORD_FINDING: Reach.ALL,
        May.CHECK_FINDING: Reach.GRID,
        May.SEE_MATTER: Reach.GRID,
        May.SEE_PERSON: Reach.GRID,
        May.SEE_POST: Reach.GRID,
        May.SEE_GAP: Reach.GRID,
        May.SEE_HANDOVER: Reach.GRID,
        May.SEE_ROUND: Reach.GRID,
        May.OPEN_TRACK: Reach.GRID,
        May.SEE_FLAG: Reach.GRID,
        May.SETTLE_FLAG: Reach.GRID,
        May.DRAW_CHECK: Reach.GRID,
        May.INSPECT: Reach.GRID,
        May.SEE_CHECK: Reach.GRID,
        May.APPROVE_EXCUSE: Reach.GRID,
        May.SEE_TRACE: Reach.GRID,
        May.SEE_DOUBT: Reach.GRID,
        May.JUDGE_DOUBT: Reach.GRID,
        May.SEE_REVIEW: Reach.GRID,
        May.OPEN_REVIEW: Reach.GRID,
        May.RUN_REVIEW: Reach.GRID,
        May.DECIDE_REVIEW: Reach.GRID,
        May.SIGN_REVIEW: Reach.GRID,
    },
    Role.LEGAL: {
        May.SEE_GRID: Reach.GRID,
        May.SEE_FINDING: Reach.GRID,
        May.SEE_PERSON: Reach.GRID,
        May.SEE_POST: Reach.GRID,
        May.SEE_TRACE: Reach.GRID,
        May.SEE_REVIEW: Reach.GRID,
        May.VET_REVIEW: Reach.GRID,
        May.SIGN_REVIEW: Reach.GRID,
    },
    Role.DISPATCHER: {
        May.SEE_GRID: Reach.GRID,
        May.SEE_FINDING: Reach.GRID,
        May.RECORD_FINDING: Reach.ALL,
        May.FILE_FINDING: Reach.GRID,
        May.SEE_MATTER: Reach.GRID,
        May.SEE_POST: Reach.GRID,
    },
    Role.HANDLER: {
        May.SEE_FINDING: Reach.UNIT,
        May.HANDLE_FINDING: Reach.UNIT,
    },
    Role.AUDITOR: {May.SEE_LEDGER: Reach.ALL, May.OPEN_TRACK: Reach.ALL},
    Role.ADMIN: {
        May.SEE_GRID: Reach.ALL,
        May.CHANGE_GRID: Reach.ALL,
        May.MARK_GRID: Reach.ALL,
        May.SEE_PERSON: Reach.ALL,
        May.MANAGE_PERSON: Reach.ALL,
        May.SEE_POST: Reach.ALL,
        May.MANAGE_POST: Reach.ALL,
        May.SEE_GAP: Reach.ALL,
        May.SEE_PLAN: Reach.ALL,
        May.MAKE_TAG: Reach.ALL,
    },
}


@dataclass(frozen=True)
class Actor:
    """A person who acts, with the grids below each of the posts held at that moment."""

    id: UUID
    name: str
    roles: Mapping[Role, frozenset[UUID]] = field(default_factory=dict)
    unit_id: UUID | None = None
    locale: str = "zh_Hans_CN"
    certificate: str | None = None  # number, when it is valid today

    def reaches(self, may: May) -> dict[Reach, frozenset[UUID]]:
        """How far this permission goes for this person, with the grids it goes for."""
        found: dict[Reach, frozenset[UUID]] = {}
        if may in EVERYONE:
            found[EVERYONE[may]] = frozenset()
        for role, grids in self.roles.items():
            if reach := GRANTS[role].get(may):
                found[reach] = found.get(reach, frozenset()) | grids
        return found

    def can(self, may: May) -> bool:
        """Whether there is anything at all this person may do it to."""
        return granted(frozenset(self.roles), may)


@cache
def granted(roles: frozenset[Role], may: May) -> bool:
    """Whether holders of these roles may do this to anything at all."""
    return may in EVERYONE or any(may in GRANTS[role] for role in roles)


def allows(actor: Actor, may: May, thing: Any) -> bool:
    """Whether `actor` may do this to this one thing.

    A thing tells by its attributes: `officer_id` whose it is, `grid_id` where, `unit_id` whom it
    was given to, and `concerns(person_id)` whom it is about.
    """
    owned = may not in LEADING and getattr(thing, "officer_id", None) == actor.id
    return any(
        _reached(actor, reach, grids, thing, owned=owned)
        for reach, grids in actor.reaches(may).items()
    )


def within(actor: Actor, may: May, model: Any) -> ColumnElement[bool]:
    """The same answer as `allows`, as a condition on the rows of `model`.

    A model whose owner is not a column named `officer_id`, or that is about people, says so with
    class methods `owned_by(person_id)` and `concerning(person_id)` that return conditions.
    """
    reaches = actor.reaches(may)
    if Reach.ALL in reaches:
        return true()
    either: list[ColumnElement[bool]] = []
    for reach, grids in reaches.items():
        if reach is Reach.CONCERNED:
            if hasattr(model, "concerning"):
                either.append(model.concerning(actor.id))
            continue
        if may not in LEADING:
            either.append(_owned(actor, model))
        if reach is Reach.GRID and (column := _column(model, "grid_id")) is not None:
            either.append(column.in_(grids))
        if (
            reach is Reach.UNIT
            and actor.unit_id
            and (unit := _column(model, "unit_id")) is not None
        ):
            either.append(unit == actor.unit_id)
    return or_(false(), *either)


Thing = TypeVar("Thing")


def demand(actor: Actor, may: May, thing: Thing | None, *, seen: May | None = None) -> Thing:
    """Give the thing back if `actor` may do this to it.

    Raises `NotFound` when there is none or `actor` may not even see it (`seen` names the
    permission to see, when that is another one), else `Forbidden`.
    """
    if thing is not None and allows(actor, may, thing):
        return thing
    if thing is not None and seen is not None and allows(actor, seen, thing):
        raise Forbidden("forbidden", may=may.value)
    raise NotFound


def _reached(
    actor: Actor, reach: Reach, grids: frozenset[UUID], thing: Any, *, owned: bool
) -> bool:
    if reach is Reach.CONCERNED:
        return hasattr(thing, "concerns") and bool(thing.concerns(actor.id))
    return (
        reach is Reach.ALL
        or owned
        or (reach is Reach.GRID and getattr(thing, "grid_id", None) in grids)
        or (
            reach is Reach.UNIT
            and actor.unit_id is not None
            and getattr(thing, "unit_id", None) == actor.unit_id
        )
    )


def _owned(actor: Actor, model: Any) -> ColumnElement[bool]:
    if hasattr(model, "owned_by"):
        owned: ColumnElement[bool] = model.owned_by(actor.id)
        return owned
    column = _column(model, "officer_id")
    return false() if column is None else column == actor.id


def _column(model: Any, name: str) -> Any:
    """The column of that name; for a grid, which belongs to itself, its id."""
    if name in model.__table__.columns:
        return getattr(model, name)
    if name == "grid_id" and model.__tablename__ == "grid":
        return model.id
    return None
