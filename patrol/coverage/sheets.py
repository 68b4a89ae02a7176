"""The rows of each view of coverage as a sheet, in the reader's words."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlmodel import Session, col

from patrol.coverage import figures as counted
from patrol.coverage import painting, shown
from patrol.coverage.asking import Choice
from patrol.coverage.exporting import MOST_ROWS, Column, Sheet
from patrol.coverage.figures import Stretch, WindowLine
from patrol.coverage.rules import By, Figures, Rates
from patrol.coverage.words import STATES
from patrol.grid import queries as grids
from patrol.grid.model import Grid
from patrol.grid.rules import whole

DRAWN = frozenset({"grids", "cells"})


def of_grids(
    session: Session, grid: Grid, chosen: Choice, at: Stretch, *, drawn: bool, now: datetime
) -> Sheet:
    """The grids right below one, or the lowest grid itself."""
    below = grids.children(session, grid) or grids.cards_within(session, col(Grid.id) == grid.id)
    del at
    lines = shown.lines(session, grid.path, below, chosen, now=now)
    shapes = [grids.shape_of(session, line.grid.id) for line in lines] if drawn else []
    columns = _columns(
        code=_("Code"), name=_("Grid"), holder=_("Answers"), fresh=_("patrolled"),
        due_soon=_("due soon"), overdue=_("overdue"), never=_("never seen"),
        suspended=_("suspended"), covered=_("Cells covered"), gap_hours=_("Largest gap, hours"),
        windows=_("Windows due"), windows_done=_("Windows done"),
    )  # fmt: skip
    rows = [
        (
            line.grid.code, line.grid.name, line.holder or _("nobody"), *line.tally.parts,
            _share(line.tally.covered, line.tally.due),
            line.gap.total_seconds() / 3600 if line.gap else None,
            line.rates.windows, line.rates.windows_done,
        )
        for line in lines
    ]  # fmt: skip
    return Sheet(_("Grids"), columns, rows, shapes)


def of_cells(
    session: Session, grid: Grid, chosen: Choice, at: Stretch, *, drawn: bool, now: datetime
) -> Sheet:
    """Every cell below a grid that a plan asks for."""
    del at
    found = painting.cells(session, grid.path, chosen, None, page=1, size=MOST_ROWS, now=now)
    outlines = (
        {card.code: shape for card, shape in grids.cell_shapes(session, grid)} if drawn else {}
    )
    kept = [one for one in found[:MOST_ROWS] if not drawn or one[0].code in outlines]
    columns = _columns(
        code=_("Code"), number=_("Cell"), grid=_("Grid"), state=_("State"), last=_("Last visit"),
        since_hours=_("Since then, hours"), gap_hours=_("Longest gap, hours"),
        metres=_("Metres walked"), minutes=_("Minutes inside"),
        finds_per_hour=_("Findings an hour"),
    )  # fmt: skip
    rows = [
        (
            one.code, one.number, one.grid_name, str(STATES[one.state]), one.last,
            told.since / 3600 if told.since is not None else None, told.gap / 3600,
            round(told.metres), round(told.seconds / 60), told.finds_per_hour,
        )
        for one, told in kept
    ]  # fmt: skip
    return Sheet(
        _("Cells"),
        columns,
        rows,
        [whole(outlines[one.code]) for one, _told in kept] if drawn else [],
        _cut(found),
    )


def of_windows(
    session: Session, grid: Grid, chosen: Choice, at: Stretch, *, drawn: bool, now: datetime
) -> Sheet:
    """The closed windows of a period, the latest first."""
    del grid, drawn
    found = counted.windows(
        session, at, chosen.asked, missed=chosen.missed, page=1, size=MOST_ROWS, now=now
    )
    columns = _columns(
        start=_("From"), end=_("To"), grid=_("Grid"), plan=_("Plan"), due=_("Cells due"),
        done=_("Cells done"), answers=_("Answers"), excused=_("excused"),
    )  # fmt: skip
    rows = [
        (
            one.window.start, one.window.end, one.grid_name, one.plan_name, one.due, one.done,
            _answers(one), _("yes") if one.excused else "",
        )
        for one in found[:MOST_ROWS]
    ]  # fmt: skip
    return Sheet(_("Windows"), columns, rows, note=_cut(found))


def _answers(one: WindowLine) -> str:
    """Whose a window is; a miss is nobody's while it may still turn out to be served."""
    if not one.settled:
        return _("missed, but the phone may still send")
    return one.officer or _("nobody")


def of_visits(
    session: Session, grid: Grid, chosen: Choice, at: Stretch, *, drawn: bool, now: datetime
) -> Sheet:
    """The visits of a period, the latest first."""
    del grid, drawn, now
    found = counted.visits(session, at, chosen.asked, chosen.kind, page=1, size=MOST_ROWS)
    columns = _columns(
        seen=_("Seen"), cell=_("Cell"), grid=_("Grid"), officer=_("Officer"), grade=_("Grade"),
        made=_("Recorded"), received=_("Received"), backfill=_("backfilled"),
    )  # fmt: skip
    rows = [
        (
            one.seen_at, one.cell_code, one.grid_name, one.officer,
            one.grade.value if one.grade else "", one.made_at, one.received_at,
            _("yes") if one.backfill else "",
        )
        for one in found[:MOST_ROWS]
    ]  # fmt: skip
    return Sheet(_("Visits"), columns, rows, note=_cut(found))


MAKERS: dict[str, Callable[..., Sheet]] = {
    "grids": of_grids,
    "cells": of_cells,
    "windows": of_windows,
    "visits": of_visits,
}


def figures(grid: Grid, lines: Sequence[tuple[Any, Any, Figures]], chosen: Choice) -> Sheet:
    """The table of figures as its page shows it, with both sides of every rate."""
    columns = {
        "what": grid.name, "windows": _("Windows due"), "windows_done": _("Windows done"),
        "cells": _("Cells due"), "cells_done": _("Cells done"), "on_time": _("On time"),
    }  # fmt: skip
    if chosen.whole:
        columns |= {
            "visits": _("Visits"), "backfilled": _("backfilled"), "late": _("sent late"),
            "metres": _("Metres walked"), "minutes": _("Minutes inside"),
        }  # fmt: skip
    if chosen.whole and chosen.by is not By.PERSON:
        columns |= {
            "finds": _("Findings"), "finds_per_hour": _("Findings an hour"),
            "gap_hours": _("Longest gap, hours"),
        }  # fmt: skip
    told = [(_("nobody") if label is None else str(label), one) for label, _asked, one in lines]
    if len(lines) > 1:
        told.append((_("all"), sum((one for _label, one in told), Figures())))
    rows = [_figures(label, one, columns) for label, one in told]
    return Sheet(_("Figures"), _columns(**columns), rows)


def _figures(label: str, one: Figures, columns: Iterable[str]) -> tuple[Any, ...]:
    """The cells of these columns."""
    told = {
        **vars(one.rates), **vars(one), "what": label, "metres": round(one.metres),
        "minutes": round(one.seconds / 60), "finds_per_hour": one.finds_per_hour,
        "gap_hours": one.gap / 3600,
    }  # fmt: skip
    return tuple(told[name] for name in columns)


def calendar(grid: Grid, weeks: Sequence[Sequence[tuple[date, Rates | None]]]) -> Sheet:
    """The days of the calendar, one a row."""
    columns = _columns(
        day=_("Day"), windows=_("Windows due"), windows_done=_("Windows done"),
        cells=_("Cells due"), cells_done=_("Cells done"), share=grid.name,
    )  # fmt: skip
    rows = [
        (day.isoformat(), *vars(one).values(), _share(one.cells_done, one.cells))
        for week in weeks
        for day, one in week
        if one is not None
    ]
    return Sheet(_("Calendar"), columns, rows)


def _columns(**heads: str) -> list[Column]:
    return [Column(name, str(head)) for name, head in heads.items()]


def _cut(found: Sequence[Any]) -> str:
    """What is said below rows that are not all there were."""
    if len(found) <= MOST_ROWS:
        return ""
    return _("Only the first %(count)s rows: narrow down for the others.", count=MOST_ROWS)


def _share(done: int, due: int) -> float | None:
    return round(done / due, 4) if due else None
