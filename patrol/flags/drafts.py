"""What may be said to a question: the officer's answer, and what somebody else makes of it."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from patrol.core.moments import Moment
from patrol.flags.rules import Verdict


def _plain(text: str) -> str:
    """Text without the one character that databases cannot keep."""
    return text.replace("\x00", "")


class Reply(BaseModel):
    """What the officer asked says, live or from a phone that was offline."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=2, max_length=4000),
        AfterValidator(_plain),
    ]
    made_at: Moment | None = None


class Settling(BaseModel):
    """What somebody who looked at it makes of a question."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    verdict: Verdict
    remark: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=2, max_length=1000),
        AfterValidator(_plain),
    ]
