"""Plans in sentences: cadence, days, hours, what a day of the calendar says, refusals."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from patrol.catalogue.words import topic
from patrol.core.roles import Line, Role
from patrol.plans.feasibility import Figures, Load
from patrol.plans.model import Need, PlanState, Scope
from patrol.plans.planner import DayCard
from patrol.plans.rules import Cadence, Terms
from patrol.plans.windows import WEEKDAYS, parts

NOTICES: dict[str, Any] = {
    "plan.draft-asks": _l("The plan %(plan)s for %(grid)s waits for your signature."),
    "plan.end-asks": _l("The end of the plan %(plan)s for %(grid)s waits for your signature."),
    "plan.signed": _l("What you asked a signature for is signed: the plan %(plan)s for %(grid)s."),
}
REFUSALS: dict[str, Any] = {
    "plan-not-draft": _l("This plan is in force or has ended; only a draft can be changed so."),
    "plan-not-live": _l("This plan is not in force any more."),
    "plan-grid-ended": _l("This grid has ended. Choose the one that took its place."),
    "plan-needs-signature": _l("A supervisor must sign it first; what for stands above."),
    "plan-without-cells": _l("No cell belongs to it, so the plan would have no scope."),
    "plan-without-windows": _l("No window lies in its days, so nobody would be asked to look."),
    "plan-members-missing": _l("Name the cells it asks for."),
    "plan-members-unknown": _l("Nothing of this code lies below the grid: %(codes)s."),
    "plan-stand-in-days": _l("Say on which days it stands in for the other plan: from, until."),
    "plan-stand-in-waits": _l(
        "Another plan stands in for this one on days to come. Change the one that goes on after it."
    ),
    "plan-reason-missing": _l("Say why; the reason stands in every later review."),
    "plan-role": _l("This role walks no rounds."),
    "plan-ends-early": _l("The end lies before the beginning."),
    "plan-weekdays": _l("Choose days of the week."),
    "plan-monthdays": _l("Choose days from 1 to 31."),
    "plan-times-and-hours": _l(
        "You ask for %(times)s visits but state %(hours)s ranges of hours. Each range is one visit."
    ),
    "plan-hours": _l("Write hours such as 07:30–09:30、17:00–19:00, at most four ranges."),
    "plan-hours-overlap": _l("Two ranges of hours overlap."),
}

MOSTLY = 0.8  # of the cells of a window, from which on its day is not red

CADENCE: dict[Cadence, Any] = {
    Cadence.DAILY: _l("daily"),
    Cadence.WEEKLY: _l("weekly"),
    Cadence.MONTHLY: _l("monthly"),
}

STATE: dict[PlanState, Any] = {
    PlanState.DRAFT: _l("draft"),
    PlanState.PUBLISHED: _l("in force"),
    PlanState.SUSPENDED: _l("suspended"),
    PlanState.ENDED: _l("ended"),
}
TONE = {
    PlanState.DRAFT: "info",
    PlanState.PUBLISHED: "ok",
    PlanState.SUSPENDED: "off",
    PlanState.ENDED: "off",
}

SCOPE: dict[Scope, Any] = {
    Scope.ALL: _l("every cell"),
    Scope.HOT: _l("hot spots"),
    Scope.OBJECTS: _l("road sections and key points"),
    Scope.CELLS: _l("cells named"),
}
NEED: dict[Need, Any] = {
    Need.FLOOR: _l("less than the floor of this tier"),
    Need.SCOPE: _l("scope taken out"),
    Need.LOAD: _l("more than people can walk"),
}

PRESET: dict[str, Any] = {
    "daily": _l("Daily patrol"),
    "hot-twice": _l("Hot spots, mornings and evenings"),
    "objects": _l("Roads and key points, weekly"),
    "weekly": _l("Weekly look of the head"),
    "night": _l("Night check of the month"),
    "monthly": _l("Monthly look of the head"),
}

ROLE: dict[Role, Any] = {
    Role.OFFICER: _l("patrol officers"),
    Role.WORKER: _l("grid workers"),
    Role.HEAD: _l("the grid head"),
    Role.SQUAD_LEADER: _l("the squad leader"),
    Role.BRIGADE_LEADER: _l("the brigade leader"),
}

DAYS: tuple[Any, ...] = (
    _l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday"), _l("Saturday"),
    _l("Sunday"),
)  # fmt: skip
NTH: dict[int, Any] = {
    1: _l("first"), 2: _l("second"), 3: _l("third"), 4: _l("fourth"), -1: _l("last"),
}  # fmt: skip
LABELS: dict[str, Any] = {
    "name": _l("Name"),
    "grid_id": _l("Where"),
    "scope": _l("Which cells there"),
    "members": _l("Codes"),
    "role": _l("Who walks"),
    "cadence": _l("How often"),
    "every": _l("Every how many of them"),
    "times": _l("Times in the period"),
    "weekdays": _l("On which days of the week"),
    "nth": _l("Monthly by weekday"),
    "monthdays": _l("Beginning on which days of the month"),
    "workdays_only": _l("Workdays only, make-up days included"),
    "hours": _l("In which hours"),
    "topics": _l("Looking at"),
    "grade": _l("Proof asked for"),
    "grace": _l("Grace, in minutes"),
    "minutes_per_cell": _l("Minutes a cell takes"),
    "valid_from": _l("From"),
    "valid_to": _l("Until"),
    "replaces_id": "",
    "stands_in": _l("Only on these days; then the plan it stands in for goes on"),
}
HINTS: dict[str, Any] = {
    "members": _l(
        "Of cells; or of road sections and key points, none meaning all, or one of: road, permit, "
        "site, point."
    ),
    "every": _l("2 with weekly: every second week."),
    "weekdays": _l("Daily: none means every day. Weekly: the day the week begins, or walks."),
    "nth": _l("Which of the weekdays above in the month, such as the first Friday."),
    "monthdays": _l("For monthly plans. The 31st is the last day of a shorter month."),
    "hours": _l(
        "Such as 07:30–09:30、17:00–19:00; empty means the whole period. May cross midnight."
    ),
    "grace": _l("How late a visit may be. It ends where the next window begins."),
}
GRADES: dict[str, Any] = {
    "A": _l("A: tag of the cell, position and dwell"),
    "B": _l("B: position and dwell, or a track"),
    "C": _l("C: by hand with a reason"),
}


LINES: dict[Line, Any] = {Line.TERRITORY: _l("grid line"), Line.UNIT: _l("unit line")}


def obliged(role: Role, line: Line) -> str:
    """Whom a plan obliges, and in which line of command."""
    return _("%(role)s · %(line)s", role=ROLE[role], line=LINES[line])


def listed(items: Iterable[Any]) -> str:
    """Several things side by side: a, b."""
    told = ""
    for item in items:
        told = _("%(list)s, %(item)s", list=told, item=item) if told else str(item)
    return told


def either(items: Iterable[Any]) -> str:
    """One of several things: a or b."""
    told = ""
    for item in items:
        told = _("%(list)s or %(item)s", list=told, item=item) if told else str(item)
    return told


def sentence(terms: Terms) -> str:
    """A plan's terms in one breath: every day 2 times, 07:30–09:30, 17:00–19:00."""
    told = _days(terms)
    if terms.times > 1:
        told += " " + ngettext("%(num)s time", "%(num)s times", terms.times)
    if terms.hours:
        hours = listed(f"{one:%H:%M}–{two:%H:%M}" for one, two in terms.hours)
        told = _("%(days)s, %(hours)s", days=told, hours=hours)
    return told


def load(one: Load) -> str:
    """How the minutes of a day come about."""
    told = _(
        "%(visits)s visits, %(dwell)s min in cells, %(travel)s min between them; shift %(shift)s, "
        "way %(way)s min",
        visits=round(one.asked.visits), dwell=round(one.asked.dwell),
        travel=round(one.asked.travel), shift=round(one.figures.shift),
        way=round(one.figures.way),
    )  # fmt: skip
    if one.away:
        away = min(one.away, one.figures.shift)
        return _("%(told)s, away %(away)s min", told=told, away=round(away))
    return told


def measured(figures: Figures, day: str | None) -> str:
    """By which figures loads are reckoned, and where these come from."""
    told = _(
        "A shift of %(shift)s min where none is rostered, %(way)s min of way, %(pace)s m a minute; "
        "%(dwell)s min a cell where a plan says nothing else",
        shift=f"{figures.shift:g}", way=f"{figures.way:g}", pace=f"{figures.pace:g}",
        dwell=f"{figures.dwell:g}",
    )  # fmt: skip
    if day is None:
        return _("%(told)s: the usual figures.", told=told)
    return _("%(told)s: set for this site on %(day)s.", told=told, day=day)


def needed(need: Need, told: Mapping[str, Any]) -> str:
    """What a supervisor has to sign for, in a sentence."""
    if need is Need.LOAD:
        return _("More than %(people)s can walk on some day.", people=listed(told["people"]))
    if need is Need.FLOOR:
        return _("It asks for less than the floor of this tier.")
    if told.get("sooner"):
        return _("It ends sooner than the plan it replaces: %(what)s.", what=scope(told))
    return _("It leaves out what was asked for until now: %(what)s.", what=scope(told))


def scope(told: Mapping[str, Any]) -> str:
    """How many cells, and which topics, are taken out."""
    cells = told["cells"]
    number = [ngettext("%(num)s cell", "%(num)s cells", cells)] if cells else []
    return listed([*number, *(topic(code) for code in told["topics"])])


def signed_for(needs: Iterable[str]) -> str:
    """What a supervisor's signature stands for."""
    return listed(NEED[Need(one)] for one in needs)


def _days(terms: Terms) -> str:
    given = parts(terms.rrule)
    every = int(given.get("INTERVAL", "1"))
    days = _weekdays(given.get("BYDAY", ""))
    if terms.cadence is Cadence.DAILY:
        if terms.calendar:
            return _("every workday")
        return _("every %(days)s", days=days) if days else _every_day(every)
    if terms.cadence is Cadence.WEEKLY:
        period = _("every %(count)s weeks", count=every) if every > 1 else _("every week")
        return period + _(" from %(days)s", days=days) if days else period
    period = _("every %(count)s months", count=every) if every > 1 else _("every month")
    if given.get("BYSETPOS"):
        nth = NTH.get(int(given["BYSETPOS"]), given["BYSETPOS"])
        days = _weekdays(given["BYDAY"], either)
        return _("%(period)s on the %(nth)s %(days)s", period=period, nth=nth, days=days)
    if given.get("BYMONTHDAY"):
        dates = listed(given["BYMONTHDAY"].split(","))
        return period + _(" from day %(dates)s", dates=dates)
    return f"{period} {days}" if days else period


def _weekdays(told: str, join: Callable[[Iterable[Any]], str] = listed) -> str:
    """Days of the week in words; a rule such as `1SA` stays as it is written."""
    days = told.split(",")
    if not set(days) <= set(WEEKDAYS):
        return told
    return join(DAYS[WEEKDAYS.index(day)] for day in days)


def _every_day(every: int) -> str:
    return _("every %(count)s days", count=every) if every > 1 else _("every day")


def day(card: DayCard) -> dict[str, Any]:
    """A day of the calendar as the month's grid shows it."""
    tone, said = None, ""
    if card.due is not None and card.done is not None:
        share = card.done / card.due if card.due else 1.0
        tone = "ok" if share >= 1 else "soon" if share >= MOSTLY else "bad"
        said = f"{card.done}/{card.due}"
    elif card.begins:
        tone = "info"
        said = ngettext("%(num)s window", "%(num)s windows", card.begins)
    elif card.runs:
        said = "·"
    return {
        "number": card.day.day,
        "outside": card.outside,
        "today": card.today,
        "tone": tone,
        "said": said,
        "href": None,
    }
