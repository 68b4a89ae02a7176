"""Coverage in words: cadences, periods, what windows came to, what is told of an urging."""

from typing import Any

from flask_babel import lazy_gettext as _l

from patrol.coverage.rules import By, Paint, Period, Slot
from patrol.people.words import LINES
from patrol.plans.rules import Cadence, State
from patrol.plans.words import CADENCE
from patrol.rounds.rules import Grade
from patrol.web.filters import metres, span

CADENCES: dict[Cadence | None, Any] = {None: _l("all"), **dict(CADENCE.items())}
PERIODS: dict[Period, Any] = {
    Period.DAY: _l("today"),
    Period.WEEK: _l("7 days"),
    Period.MONTH: _l("30 days"),
    Period.QUARTER: _l("13 weeks"),
    Period.YEAR: _l("a year"),
}
BYS: dict[By, Any] = {
    By.GRID: _l("by grid"),
    By.TIER: _l("by tier"),
    By.PERSON: _l("by person"),
    By.DAY: _l("by day"),
    By.WEEK: _l("by week"),
    By.MONTH: _l("by month"),
}
GRADES: dict[Grade, Any] = {
    Grade.A: _l("A: read on the spot"),
    Grade.B: _l("B: position and stay"),
    Grade.C: _l("C: by hand"),
}
PAINTS: dict[Paint, Any] = {
    Paint.STATE: _l("state"),
    Paint.SINCE: _l("time since the last visit"),
    Paint.GAP: _l("longest gap"),
    Paint.METRES: _l("metres walked"),
    Paint.MINUTES: _l("minutes inside"),
    Paint.FINDS: _l("findings an hour"),
}
_WAITED = (
    _l("under 12 h"), _l("12–24 h"), _l("1–3 days"), _l("3–7 days"), _l("7 days and more"),
)  # fmt: skip
STEPS: dict[Paint, tuple[Any, ...]] = {  # from the best to the worst, as a map draws them
    Paint.SINCE: _WAITED,
    Paint.GAP: _WAITED,
    Paint.METRES: (
        _l("500 m and more"), _l("200–500 m"), _l("50–200 m"), _l("under 50 m"), _l("not walked"),
    ),
    Paint.MINUTES: (
        _l("10 min and more"), _l("5–10 min"), _l("1–5 min"), _l("under 1 min"), _l("not walked"),
    ),
    Paint.FINDS: (_l("nothing found"), _l("under 2"), "2–6", "6–20", _l("20 and more")),
}  # fmt: skip
STATES: dict[State, Any] = {
    State.FRESH: _l("patrolled"),
    State.DUE_SOON: _l("due soon"),
    State.OVERDUE: _l("overdue"),
    State.NEVER: _l("never seen"),
    State.SUSPENDED: _l("suspended"),
}
NOTICES: dict[str, Any] = {
    "patrol.urged": _l("Urged: %(cells)s cells in %(grid)s wait for a visit, until %(until)s."),
}
PAGES: dict[str, tuple[str, str]] = {"urged": ("coverage.show", "code")}
__all__ = [
    "BYS", "CADENCES", "GRADES", "LINES", "NOTICES", "PAGES", "PAINTS", "PERIODS", "SLOTS",
    "STATES", "STEPS",
]  # fmt: skip
SLOTS: dict[Slot, Any] = {
    Slot.SERVED: _l("patrolled"),
    Slot.MISSED: _l("missed"),
    Slot.EXCUSED: _l("excused"),
    Slot.OPEN: _l("not over yet"),
}


def measure(paint: Paint, value: float | None) -> str:
    """A figure that colours a cell, as it is told beside it."""
    if value is None:
        return str(_l("never seen") if paint is Paint.SINCE else "—")
    if paint is Paint.METRES:
        return metres(value)
    return f"{value:.1f}" if paint is Paint.FINDS else span(value / 60)
