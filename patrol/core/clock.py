"""The one place that reads the time; demo and test sites may live at another one."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

_SHIFT = re.compile(r"([+-])(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")
_told: list[str | Path | None] = [None]
_city: list[ZoneInfo] = [ZoneInfo("Asia/Shanghai")]


def live_in(zone: ZoneInfo) -> None:
    """Say in which zone the city's days begin and end."""
    _city[0] = zone


def city() -> ZoneInfo:
    """The zone in which the city's days begin and end."""
    return _city[0]


def tell(other: str | None) -> None:
    """Live at another time: an ISO instant (stands still), `+1d2h30m` (runs), `@FILE` (read anew).

    Raises `ValueError` when it is none of the three. `None` returns to the true time.
    """
    if other is None:
        _told[0] = None
    elif other.startswith("@"):
        _told[0] = Path(other[1:])
        now()
    else:
        _read(other)
        _told[0] = other


def now() -> datetime:
    """The present moment, aware and in UTC."""
    told = _told[0]
    if told is None:
        return datetime.now(UTC)
    return _read(told.read_text().strip() if isinstance(told, Path) else told)


def _read(text: str) -> datetime:
    if shift := _SHIFT.fullmatch(text):
        sign, *parts = shift.groups()
        days, hours, minutes = (int(part or 0) for part in parts)
        distance = timedelta(days=days, hours=hours, minutes=minutes)
        return datetime.now(UTC) + (distance if sign == "+" else -distance)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no zone; write 2026-11-06T10:00:00+08:00")
    return moment.astimezone(UTC)
