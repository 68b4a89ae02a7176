"""Moments as people and phones write them; those that nobody alive can mean are refused."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

FIRST_YEAR, LAST_YEAR = 2000, 2099
When = TypeVar("When", bound=date)


def of_our_time(moment: When) -> When:
    """The same moment or day; `ValueError` for one beyond all zones, or that nobody means."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError("out of range")
    return moment


def _aware(value: Any) -> Any:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return value


Day = Annotated[date, Field(ge=date(FIRST_YEAR, 1, 1), le=date(LAST_YEAR, 12, 31))]
Local = Annotated[datetime, AfterValidator(of_our_time)]  # without a zone it is the city's
Moment = Annotated[Local, BeforeValidator(_aware)]  # without a zone it is UTC, as phones mean it
