"""What a supervisor may say to a doubt."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints


def _aware(value: Any) -> Any:
    """Phones send moments with their zone; one without is taken for UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def _plain(text: str) -> str:
    """Text without the one character that databases cannot keep."""
    return text.replace("\x00", "")


Moment = Annotated[datetime | None, BeforeValidator(_aware)]

Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=4, max_length=1000),
    AfterValidator(_plain),
]


class Refusal(BaseModel):
    """Why a doubt is not taken up."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    reason: Reason


class TakeUp(BaseModel):
    """Why a doubt is taken up, as far as anything need be said."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = ""


class Answer(BaseModel):
    """What the person asked says to a doubt, live or from a phone that was offline."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=4, max_length=4000),
        AfterValidator(_plain),
    ]
    made_at: Moment = None
