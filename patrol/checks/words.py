"""Checks in words: what was seen, how it compares, why something was left out of a draw."""

from typing import Any

from flask_babel import lazy_gettext as _l

from patrol.checks.rules import Barred, Match, Saw

SAW: dict[Saw, Any] = {
    Saw.CLEAR: _l("nothing found"),
    Saw.PROBLEM: _l("a problem"),
}
MATCHES: dict[Match, tuple[Any, str]] = {
    Match.AGREES: (_l("as the patrol told"), "ok"),
    Match.TOLD: (_l("the patrol had reported it"), "ok"),
    Match.SILENT: (_l("the patrol was there and said nothing of it"), "soon"),
    Match.CONTRADICTS: (_l("the patrol had noted that nothing was there"), "soon"),
    Match.GONE: (_l("what the patrol reported is not there any more"), "info"),
    Match.NOT_THERE: (_l("no patrol was there in the day before"), "off"),
}
BARRED: dict[Barred, Any] = {
    Barred.NO_PLAN: _l("no plan covers it"),
    Barred.CHECKED_LATELY: _l("checked within 7 days"),
    Barred.AWAY: _l("away"),
    Barred.UNBOUND: _l("post neither accepted nor served"),
    Barred.OWN_DUTY: _l("every checker answers for it"),
}
NOTICES: dict[str, Any] = {
    "check.drawn": _l("You were drawn to check cell %(cell)s, unannounced."),
}
PAGES: dict[str, tuple[str, str]] = {"check": ("checks.task", "check_id")}
REFUSALS: dict[str, Any] = {
    "nothing-to-draw": _l("No cell below this grid can be drawn. The exclusions would be all."),
    "check-elsewhere": _l("You stand %(metres)s m outside the cell that was drawn."),
    "check-done": _l("This check is done already."),
    "class-needed": _l("Say what class of problem it is."),
    "topics-needed": _l("Say what you looked for."),
}
