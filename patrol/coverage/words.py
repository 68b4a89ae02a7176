"""Coverage in words: cadences, periods, what windows came to, what is told of an urging."""

from typing import Any

from flask_babel import lazy_gettext as _l

from patrol.coverage.rules import By, Period, Slot
from patrol.people.words import LINES
from patrol.plans.rules import Cadence, State
from patrol.plans.words import CADENCE
from patrol.rounds.rules import Grade

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
__all__ = ["BYS", "CADENCES", "GRADES", "LINES", "NOTICES", "PAGES", "PERIODS", "SLOTS", "STATES"]
SLOTS: dict[Slot, Any] = {
    Slot.SERVED: _l("patrolled"),
    Slot.MISSED: _l("missed"),
    Slot.OPEN: _l("not over yet"),
}
