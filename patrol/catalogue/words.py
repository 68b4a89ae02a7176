"""The catalogue's codes in sentences: limits, faults of a table, refusals."""

from functools import cache
from typing import Any

from flask_babel import get_locale, ngettext
from flask_babel import lazy_gettext as _l

from patrol.catalogue.queries import ClassCard
from patrol.catalogue.rules import Persistence
from patrol.core.calendar import Limit, LimitUnit
from patrol.web.i18n import catalogue

REFUSALS: dict[str, Any] = {
    "categories-faulty": _l("%(rows)s rows cannot be taken. Mend them, or look with --dry-run."),
}

FAULTS: dict[str, Any] = {
    "cell-too-long": _l("longer than a cell may be"),
    "cell-is-formula": _l("is a formula; write its value"),
    "cell-has-control-characters": _l("holds characters that cannot be seen"),
    "class-kind-unknown": _l("is neither 部件 nor 事件"),
    "class-code-unreadable": _l("is no code of one or two digits"),
    "class-name-missing": _l("a name of 1 to 80 characters is needed"),
    "class-named-twice": _l("this class already has another name"),
    "condition-twice": _l("this condition stands there twice"),
    "limit-unreadable": _l("is no limit such as 1天, 4小时 or 2紧急工作时"),
}

PERSISTENCE: dict[Persistence, Any] = {
    Persistence.CONTINUOUS: _l("continuous"),
    Persistence.RECURRING: _l("recurring"),
}

SEVERITY: dict[str, Any] = {
    "ordinary": _l("ordinary"),
    "serious": _l("serious"),
    "grave": _l("grave"),
}

TOPIC_NAMES: dict[str, Any] = {
    "street_order": _l("Street order"),
    "city_appearance": _l("City appearance"),
    "advertising": _l("Advertising"),
    "construction": _l("Construction"),
    "emergencies": _l("Emergencies"),
    "other": _l("Other"),
}


def limit(value: Limit) -> str:
    """A limit as an office says it: 2 urgent hours."""
    count = value.amount
    match value.unit:
        case LimitUnit.URGENT_HOUR:
            return ngettext("%(num)s urgent hour", "%(num)s urgent hours", count)
        case LimitUnit.URGENT_DAY:
            return ngettext("%(num)s urgent day", "%(num)s urgent days", count)
        case LimitUnit.WORK_HOUR:
            return ngettext("%(num)s work hour", "%(num)s work hours", count)
        case LimitUnit.WORK_DAY:
            return ngettext("%(num)s workday", "%(num)s workdays", count)


def topic(code: str) -> str:
    """A topic's name in the reader's language; its code when a city made it up."""
    return _topic(code, catalogue())


@cache
def _topic(code: str, _language: Any) -> str:
    return str(TOPIC_NAMES.get(code, code))


def name(card: ClassCard) -> str:
    """What a class is called in the reader's language, where it has a name in it."""
    locale = get_locale()
    english = locale is not None and locale.language == "en"
    return card.name_en if english and card.name_en else card.name
