"""What a supervisor may say to a doubt."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=4, max_length=1000)]


class Refusal(BaseModel):
    """Why a doubt is not taken up."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    reason: Reason


class TakeUp(BaseModel):
    """Why a doubt is taken up, as far as anything need be said."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = ""
