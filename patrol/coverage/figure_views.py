"""Pages of figures: a table by grid, person or time, a calendar, the rows behind, and files."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from patrol.core import clock
from patrol.core.access import Actor, May
from patrol.core.errors import NotFound
from patrol.coverage import exporting, figures, sheets, tallying
from patrol.coverage.asking import NOBODY, Choice, args, choice, crumbs, down_to, turn, visible
from patrol.coverage.figures import Key, Stretch
from patrol.coverage.rules import BANDS, By, Figures, Period, Rates, band
from patrol.coverage.words import BYS, PERIODS
from patrol.grid import queries as grids
from patrol.grid.model import Grid
from patrol.people import queries as people
from patrol.plans.windows import midnight
from patrol.web import asked as addressed
from patrol.web.fragments import render
from patrol.web.session import db, requires

bp = Blueprint("figures", __name__, url_prefix="/<string:code>")

PAGE = 50
WEEKS = 13  # of a calendar
Line = tuple[Any, dict[str, Any], Figures]  # label, what its rows are asked by, figures


@bp.get("/figures")
@requires(May.SEE_COVERAGE)
def table(actor: Actor, code: str) -> ResponseReturnValue:
    """Show what windows, visits and tracks came to, told apart as asked."""
    grid, now = visible(actor, code), clock.now()
    chosen = choice(db.session, grid.path, now=now)
    lines = lines_by(grid, chosen)
    return render(
        "coverage/figures.html",
        block="figures",
        grid=grid,
        crumbed=[*crumbs(down_to(actor, grid.id), None), (None, _("Figures"))],
        lines=lines,
        total=sum((one for _label, _asked, one in lines), Figures()),
        chosen=chosen,
        bys=BYS,
        periods=PERIODS,
        whole=chosen.whole,
        tallied=tallying.tallied_until(db.session),
        args=args,
        code=code,
    )


def lines_by(grid: Grid, chosen: Choice) -> list[Line]:
    """The lines of the table in the order in which they are read."""
    session, now = db.session, clock.now()
    at = chosen.stretch(grid.path, now=now)
    found = figures.figures(session, at, chosen.asked, chosen.by)
    if chosen.by in {By.GRID, By.TIER}:
        return _of_places(grid, chosen, found)
    if chosen.by is By.PERSON:
        ids = [one for one in found if isinstance(one, UUID)]
        known = people.names(session, ids)
        named: list[Line] = [
            (known[one], {"officer": str(one)}, found[one])
            for one in sorted(ids, key=lambda one: known[one])
        ]
        return [*named, *([(None, {"officer": NOBODY}, found[None])] if None in found else [])]
    days = sorted((one for one in found if isinstance(one, date)), reverse=True)
    return [(one, _within(one, chosen.by, at), found[one]) for one in days]


def _within(day: date, by: By, at: Stretch) -> dict[str, Any]:
    """What asks for the rows of a day, week or month, as far as it was counted."""
    begun, until = at.days
    last = {
        By.WEEK: day + timedelta(days=6),
        By.MONTH: (day + timedelta(days=32)).replace(day=1) - timedelta(days=1),
    }.get(by, day)
    return {"from": max(day, begun).isoformat(), "to": min(last, until).isoformat()}


def _of_places(grid: Grid, chosen: Choice, found: Mapping[Key, Figures]) -> list[Line]:
    below, named = _places(grid, chosen.by), ""
    if chosen.by is By.TIER and below:
        named = next(
            f" · {one.name}" for one in grids.tiers(db.session) if one.number == below[0].tier
        )
    paths = grids.paths(db.session, [one for one in found if isinstance(one, UUID)])
    sums = _add_up(found, paths, below)
    lines: list[Line] = [(f"{one.name}{named}", {"code": one.code}, sums[one.id]) for one in below]
    ended = [found[one] for one in _outside(paths, below)]
    if not ended:
        return lines
    asked = {"ended": "1", "by": chosen.by.value, "tier": request.args.get("tier")}
    return [*lines, (_("grids since ended"), asked, sum(ended, Figures()))]


def _add_up(
    found: Mapping[Key, Figures], paths: Mapping[UUID, str], tops: Sequence[Grid]
) -> dict[UUID, Figures]:
    """Figures of lowest grids as those of the grids above them."""
    return {
        top.id: sum(
            (
                one
                for key, one in found.items()
                if isinstance(key, UUID) and paths.get(key, "").startswith(top.path)
            ),
            Figures(),
        )
        for top in tops
    }


def _places(grid: Grid, by: By) -> Sequence[Grid]:
    """The grids that have a line each."""
    if by is not By.TIER:
        return grids.right_below(db.session, grid) or [grid]
    every = grids.below(db.session, grid.id)
    tier = _tier(max((one.tier for one in every), default=grid.tier))
    return [one for one in every if one.tier == tier]


def _outside(paths: Mapping[UUID, str], below: Sequence[Grid]) -> list[UUID]:
    """The grids that lie in none of these, as those do that have ended since."""
    tops = tuple(one.path for one in below)
    return [one for one, path in paths.items() if not path.startswith(tops)]


def _tier(lowest: int) -> int:
    """The tier asked for, the lowest one unless said otherwise."""
    return min(addressed.number("tier", least=1), lowest) if "tier" in request.args else lowest


@bp.get("/calendar")
@requires(May.SEE_COVERAGE)
def calendar(actor: Actor, code: str) -> ResponseReturnValue:
    """Show thirteen weeks day by day, of a grid or of one person in it."""
    grid, now = visible(actor, code), clock.now()
    chosen = choice(db.session, grid.path, now=now)
    weeks = weeks_of(grid, chosen)
    return render(
        "coverage/calendar.html",
        block="calendar",
        grid=grid,
        crumbed=[*crumbs(down_to(actor, grid.id), None), (None, _("Calendar"))],
        weeks=weeks,
        chosen=chosen,
        band=band,
        bands=BANDS,
        total=sum((day[1] for week in weeks for day in week if day[1]), Rates()),
        args=args,
        now_=now,
        code=code,
        url=_rows_of,
    )


def weeks_of(grid: Grid, chosen: Choice) -> list[list[tuple[date, Rates | None]]]:
    """Weeks of days, each with what its windows came to; None for days to come."""
    zone, now = clock.city(), clock.now()
    today = now.astimezone(zone).date()
    first = today - timedelta(days=today.weekday() + 7 * (WEEKS - 1))
    at = Stretch(grid.path, midnight(first, zone), now, zone)
    found = figures.days(db.session, at, chosen.asked)
    span = [first + timedelta(days=number) for number in range(7 * WEEKS)]
    told = [(day, found.get(day, Rates()) if day <= today else None) for day in span]
    return [told[start : start + 7] for start in range(0, len(told), 7)]


def _rows_of(day: date) -> dict[str, Any]:
    return {"from": day.isoformat(), "to": day.isoformat()}


@bp.get("/windows")
@requires(May.SEE_COVERAGE)
def windows(actor: Actor, code: str) -> ResponseReturnValue:
    """List the closed windows behind a rate."""
    grid, page = visible(actor, code), addressed.number("page")
    chosen = choice(db.session, grid.path, now=clock.now())
    missed, at = chosen.missed, _stretch(grid, chosen)
    found = figures.windows(
        db.session, at, chosen.asked, missed=missed, page=page, size=PAGE, now=clock.now()
    )
    return render(
        "coverage/windows.html", grid=grid, windows=found[:PAGE], page=page, missed=missed,
        more=len(found) > PAGE, period=_period(chosen), args=_rows_args(), turn=turn,
    )  # fmt: skip


@bp.get("/visits")
@requires(May.SEE_COVERAGE)
def visits(actor: Actor, code: str) -> ResponseReturnValue:
    """List the visits behind a share."""
    grid, page = visible(actor, code), addressed.number("page")
    chosen = choice(db.session, grid.path, now=clock.now())
    kind, at = chosen.kind, _stretch(grid, chosen)
    found = figures.visits(db.session, at, chosen.asked, kind, page=page, size=PAGE)
    return render(
        "coverage/visits.html", grid=grid, visits=found[:PAGE], page=page, kind=kind,
        more=len(found) > PAGE, period=_period(chosen), args=_rows_args(), turn=turn,
    )  # fmt: skip


@bp.get("/finds")
@requires(May.SEE_COVERAGE)
def finds(actor: Actor, code: str) -> ResponseReturnValue:
    """List the findings of patrols behind a figure."""
    grid, page = visible(actor, code), addressed.number("page")
    chosen = choice(db.session, grid.path, now=clock.now())
    at = _stretch(grid, chosen)
    found = figures.finds(db.session, at, chosen.asked, page=page, size=PAGE)
    return render(
        "coverage/finds.html", grid=grid, finds=found[:PAGE], page=page,
        more=len(found) > PAGE, period=_period(chosen), args=_rows_args(), turn=turn,
    )  # fmt: skip


@bp.get("/export/<any(grids, cells, windows, visits, figures, calendar):what>.<string:suffix>")
@requires(May.SEE_COVERAGE)
def export(actor: Actor, code: str, what: str, suffix: str) -> ResponseReturnValue:
    """Give a view as a file; those with outlines as a GeoPackage too."""
    grid, now = visible(actor, code), clock.now()
    if suffix not in exporting.FORMS or (suffix == "gpkg" and what not in sheets.DRAWN):
        raise NotFound
    chosen = choice(db.session, grid.path, now=now)
    if what == "figures":
        sheet = sheets.figures(grid, lines_by(grid, chosen), chosen)
    elif what == "calendar":
        sheet = sheets.calendar(grid, weeks_of(grid, chosen))
    else:
        at = _stretch(grid, chosen)
        sheet = sheets.MAKERS[what](db.session, grid, chosen, at, drawn=suffix == "gpkg", now=now)
    answer = Response(
        exporting.written(sheet, suffix, clock.city()), mimetype=exporting.FORMS[suffix]
    )
    name = f"{what}-{grid.code}-{chosen.day or now.astimezone(clock.city()):%Y%m%d}.{suffix}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _stretch(grid: Grid, chosen: Choice) -> Stretch:
    """The days asked for by the address of rows, else the period chosen."""
    zone, told = clock.city(), request.args
    try:
        first, last = date.fromisoformat(told["from"]), date.fromisoformat(told["to"])
        days = timedelta(days=1)
        at = Stretch(grid.path, midnight(first, zone), midnight(last + days, zone), zone)
    except (KeyError, ValueError, OverflowError):
        at = chosen.stretch(grid.path, now=clock.now())
    if "ended" not in told:
        return at
    ids = db.session.scalars(figures.grids_below(grid.path)).all()
    ended = _outside(grids.paths(db.session, ids), _places(grid, chosen.by))
    return replace(at, only=frozenset(ended))


def _period(chosen: Choice) -> Any:
    first, last = request.args.get("from"), request.args.get("to")
    if first and last:
        return first if first == last else f"{first} – {last}"
    return PERIODS[chosen.period or Period.WEEK]


def _rows_args(**changed: str | None) -> dict[str, Any]:
    names = ("from", "to", "kind", "ended", "tier")
    told = {name: request.args[name] for name in names if name in request.args}
    return {**args(), **told, **changed}
