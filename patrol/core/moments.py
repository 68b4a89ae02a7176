"""Moments as people and phones write them; those that nobody alive can mean are refused."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

FIRST_YEAR, LAST_YEAR = 2000, 2099


def of_our_time(moment: datetime) -> datetime:
    """The same moment; `ValueError` for one that no zone could be reckoned with or nobody means."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError("out of range")
    return moment


def _aware(value: Any) -> Any:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return value


Local = Annotated[datetime, AfterValidator(of_our_time)]  # without a zone it is the city's
Moment = Annotated[Local, BeforeValidator(_aware)]  # without a zone it is UTC, as phones mean it
