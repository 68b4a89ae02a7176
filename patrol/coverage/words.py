"""Coverage in words: cadences, periods, what windows came to."""

from typing import Any

from flask_babel import lazy_gettext as _l

from patrol.coverage.rules import Period, Slot
from patrol.plans.rules import Cadence
from patrol.plans.words import CADENCE

CADENCES: dict[Cadence | None, Any] = {None: _l("all"), **dict(CADENCE.items())}
PERIODS: dict[Period, Any] = {
    Period.DAY: _l("today"),
    Period.WEEK: _l("7 days"),
    Period.MONTH: _l("30 days"),
}
SLOTS: dict[Slot, Any] = {
    Slot.SERVED: _l("patrolled"),
    Slot.MISSED: _l("missed"),
    Slot.OPEN: _l("not over yet"),
}
