"""What an address asks for behind its `?`; nonsense counts as not asked."""

from datetime import date, datetime

from flask import request

from patrol.core import clock
from patrol.core.moments import of_our_time

MOST = 1_000_000


def number(name: str, *, least: int = 1) -> int:
    """A page or an offset, in bounds that every database can count to."""
    return min(max(request.args.get(name, least, type=int), least), MOST)


def day(told: str) -> date | None:
    """A day of our time."""
    try:
        return of_our_time(date.fromisoformat(told))
    except ValueError:
        return None


def moment(name: str) -> datetime | None:
    """A moment; without a zone it is the city's."""
    try:
        found = of_our_time(datetime.fromisoformat(request.args.get(name, "")))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=clock.city())
