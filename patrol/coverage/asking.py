"""What an address of coverage asks for: which plans, whose grids, what period, which day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _
from sqlmodel import Session

from patrol.core import clock
from patrol.core.access import Actor, May, allows, demand
from patrol.core.roles import Line
from patrol.coverage.figures import Stretch
from patrol.coverage.officers import Officer, officers_below
from patrol.coverage.queries import Asked
from patrol.coverage.rules import By, Paint, Period, since
from patrol.grid import queries as grids
from patrol.grid.model import Grid
from patrol.plans.rules import Cadence
from patrol.plans.windows import midnight
from patrol.rounds.rules import Grade
from patrol.web.session import db

KEPT = (
    "cadence",
    "topic",
    "line",
    "officer",
    "grade",
    "period",
    "view",
    "day",
    "by",
    "of",
    "paint",
)
PAST = 30  # days that the slider goes back
NOBODY = "none"  # asks for what nobody answered for


@dataclass(frozen=True)
class Choice:
    """What the reader chose."""

    asked: Asked
    period: Period
    by: By
    day: date | None  # one gone by, at whose end cells are shown
    officers: dict[UUID | None, Officer]  # to choose from; under None nobody
    paint: Paint = Paint.STATE  # what colours and sorts cells
    turned: bool = False  # whether they are sorted the other way round
    missed: bool = False  # of windows those not complete alone
    kind: str = ""  # of visits those backfilled or sent late alone

    @property
    def whole(self) -> bool:
        """Whether visits are told: they may serve several plans, and are not told apart by them."""
        return not self.asked.of_plans and self.asked.grade is None

    @property
    def then(self) -> datetime | None:
        """The end of the day gone by."""
        return midnight(self.day + timedelta(days=1), clock.city()) if self.day else None

    def stretch(self, path: str, *, now: datetime) -> Stretch:
        """The period up to now, or up to the end of the day gone by."""
        until = self.then or now
        begun = since(self.period, until - timedelta(microseconds=1), clock.city())
        return Stretch(path, begun, until, clock.city())


def choice(session: Session, path: str, *, now: datetime, offer: bool = True) -> Choice:
    """What the address asks for below a path; nonsense, and what the reader may not see, is not.

    Who may be asked for is told only to `offer` it.
    """
    told = request.args
    wanted = bool(path) and (offer or "officer" in told)
    chosen = _people(told.get("officer", "")) if path else None
    one = next(iter(chosen or ()), None)
    officers = officers_below(session, path, now=now, also=one) if wanted else {}
    if chosen and one is None:
        officers[None] = Officer(_("nobody"))
    posts = officers.get(one, Officer(""))
    asked = Asked(
        cadence=_one(Cadence, "cadence"),
        topic=told.get("topic", "")[:32] or None,
        line=_one(Line, "line"),
        people=chosen,
        grids=None if chosen is None else _below(session, posts.grids),
        roles=None if chosen is None else posts.roles,
        grade=_one(Grade, "grade"),
    )
    period = _one(Period, "period") or Period.WEEK
    by, (paint, turned) = _one(By, "by") or By.GRID, _paint(told.get("paint", ""))
    return Choice(
        asked, period, by, _day(now), officers, paint, turned, "missed" in told,
        told.get("kind", ""),
    )  # fmt: skip


def visible(actor: Actor, code: str) -> Grid:
    """The grid of a code; raises `NotFound` where the reader may not see it."""
    return demand(actor, May.SEE_COVERAGE, grids.grid_by_code(db.session, code))


def down_to(actor: Actor, grid_id: UUID) -> list[Grid]:
    """The grids from the widest the reader may see down to this one."""
    path = reversed(grids.grid_path(db.session, grid_id))
    return [one for one in path if allows(actor, May.SEE_COVERAGE, one)]


def crumbs(path: list[Grid], grid: Grid | None) -> list[tuple[str | None, str]]:
    """The way to a grid, with the choices kept."""
    above: list[tuple[str | None, str]] = [
        (url_for("coverage.show", code=one.code, **args()), one.name) for one in path
    ]
    return [*above, (None, grid.name)] if grid else above


def args(**changed: str | None) -> dict[str, Any]:
    """The choices in the address, with some changed; a choice of None goes."""
    kept: dict[str, str | None] = {
        name: request.args[name] for name in KEPT if request.args.get(name)
    }
    return {name: value for name, value in {**kept, **changed}.items() if value}


def turn(page: int) -> str:
    """The address of this list's other page."""
    return url_for(
        str(request.endpoint), **{**(request.view_args or {}), **request.args, "page": str(page)}
    )


def _people(told: str) -> frozenset[UUID | None] | None:
    """The person asked for, nobody, or everybody; of what is no person's there is nothing."""
    if told in {"", NOBODY}:
        return frozenset({None}) if told else None
    try:
        return frozenset({UUID(told)})
    except ValueError:
        return frozenset()


def _one(kind: Any, name: str) -> Any:
    told = request.args.get(name, "")
    return kind(told) if told in list(kind) else None


def _paint(told: str) -> tuple[Paint, bool]:
    """What colours and sorts cells, and whether it sorts them the other way round: "-gap"."""
    name = told.removeprefix("-")
    paint = Paint(name) if name in list(Paint) else Paint.STATE
    return paint, told.startswith("-") and paint is not Paint.STATE


def _day(now: datetime) -> date | None:
    """A day gone by, told as a date or as how many days before today."""
    today = now.astimezone(clock.city()).date()
    told = request.args.get("day", "")
    try:
        ago = -int(told) if len(told) < 4 else (today - date.fromisoformat(told)).days
    except ValueError:
        return None
    return today - timedelta(days=ago) if 0 < ago <= PAST else None


def _below(session: Session, held: frozenset[UUID]) -> frozenset[UUID]:
    """The grids that somebody's posts are on, and all below them."""
    return frozenset(one.id for grid_id in held for one in grids.below(session, grid_id))
