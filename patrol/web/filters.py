"""How moments, spans, distances and shares are written on a page."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask
from flask_babel import format_decimal, get_locale

from patrol.core import clock
from patrol.web.i18n import gettext as _

WEEKDAYS_ZH = "一二三四五六日"


def init_app(app: Flask) -> None:
    """Make the filters known to templates."""
    for filter_ in (day, hour, moment, ago, span, metres, share, iso, weekday):
        app.jinja_env.filters[filter_.__name__] = filter_
    app.jinja_env.globals["now"] = clock.now


def iso(value: datetime) -> str:
    """For the machine, such as in `<time datetime>`."""
    return value.astimezone(UTC).isoformat(timespec="seconds")


def day(value: datetime | date) -> str:
    """A day of the city's calendar: 2026-11-06."""
    local = value.astimezone(clock.city()) if isinstance(value, datetime) else value
    return str(local.strftime("%Y-%m-%d"))


def weekday(value: datetime | date) -> str:
    """周六, Sat."""
    local = value.astimezone(clock.city()) if isinstance(value, datetime) else value
    locale = get_locale()
    if locale is not None and locale.language == "zh":
        return "周" + WEEKDAYS_ZH[local.weekday()]
    return str(local.strftime("%a"))


def hour(value: datetime) -> str:
    """A time of the city's day: 07:30."""
    return str(value.astimezone(clock.city()).strftime("%H:%M"))


def moment(value: datetime | None) -> str:
    """A day and a time: 11-06 07:30, with the year where it is not this one."""
    if value is None:
        return "—"
    local = value.astimezone(clock.city())
    same = local.year == clock.now().astimezone(clock.city()).year
    return str(local.strftime("%m-%d %H:%M" if same else "%Y-%m-%d %H:%M"))


def ago(value: datetime) -> str:
    """How long since, in the largest fitting unit."""
    return _("%(span)s ago", span=span(clock.now() - value))


def span(value: timedelta | float) -> str:
    """A stretch of time: 1 h 20 min; a bare number is minutes."""
    minutes = int(value.total_seconds() // 60 if isinstance(value, timedelta) else value)
    sign, minutes = ("−" if minutes < 0 else ""), abs(minutes)
    if minutes < 60:
        return sign + _("%(count)s min", count=minutes)
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        told = _("%(hours)s h %(minutes)s min", hours=hours, minutes=rest)
        return sign + (told if rest else _("%(hours)s h", hours=hours))
    return sign + _("%(count)s days", count=hours // 24)


def metres(value: float | None) -> str:
    """A distance on the ground."""
    if value is None:
        return "—"
    if value < 1000:
        return _("%(count)s m", count=round(value))
    return _("%(count)s km", count=format_decimal(round(value / 1000, 1)))


def share(done: Any, due: Any) -> str:
    """A rate in per cent; a dash where nothing was due."""
    return f"{100 * done / due:.0f} %" if due else "—"
