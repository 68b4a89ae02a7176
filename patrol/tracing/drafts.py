"""What a supervisor may say to a doubt."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from patrol.core.moments import Moment


def _plain(text: str) -> str:
    """Text without the one character that databases cannot keep."""
    return text.replace("\x00", "")


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
    made_at: Moment | None = None
