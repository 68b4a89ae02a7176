"""Timetable patrols in words: how a stop was kept, and what is refused."""

from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from patrol.lines.rules import Kept
from patrol.web.forms import Field

KEPT: dict[Kept, tuple[Any, str, str]] = {  # word, tone, icon
    Kept.ON_TIME: (_l("on time"), "ok", "check"),
    Kept.EARLY: (_l("too early"), "soon", "soon"),
    Kept.LATE: (_l("too late"), "soon", "soon"),
    Kept.BESIDE: (_l("in the cell, not at the stop"), "soon", "place"),
    Kept.SKIPPED: (_l("stop left out"), "bad", "alert"),
    Kept.NOT_RUN: (_l("trip not made"), "never", "never"),
    Kept.AHEAD: (_l("still ahead"), "off", "clock"),
}
WEEKDAYS: tuple[Any, ...] = (
    _l("Mon"),
    _l("Tue"),
    _l("Wed"),
    _l("Thu"),
    _l("Fri"),
    _l("Sat"),
    _l("Sun"),
)
REFUSALS: dict[str, Any] = {
    "role-walks-not": _l("Holders of this role walk no rounds."),
    "last-before-first": _l("The last departure lies before the first."),
    "trips-too-many": _l("That is more than %(most)s trips a day."),
    "stops-not-read": _l("“%(word)s” is no stop. Write numbers of cells: 3 5@12 9."),
    "stops-too-few-or-many": _l("A line has %(fewest)s to %(most)s stops."),
    "stop-twice": _l("Cell %(number)s is a stop twice."),
    "stop-elsewhere": _l("There is no cell %(number)s in this grid."),
    "stops-out-of-time": _l("Each stop must be due after the one before it, the first at once."),
    "grid-too-wide": _l("Numbers of cells repeat in this grid. Choose one below it."),
    "line-in-the-past": _l("A line begins today or later."),
    "line-ended": _l("This line has ended already."),
    "departure-unknown": _l("The timetable has no such departure on that day."),
}


def days(weekdays: list[int]) -> str:
    """The days of the week on which a line runs."""
    if len(weekdays) == len(WEEKDAYS):
        return _("every day")
    return "、".join(str(WEEKDAYS[day]) for day in weekdays)


def several(field: Field) -> Field:
    """The same field, of which several may be chosen."""
    return replace(field, attrs={**field.attrs, "multiple": True})
