"""What a phone may say of itself."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Enrolment(BaseModel):
    """A phone's number and public key, and its signature as proof that it holds the other half."""

    model_config = ConfigDict(frozen=True)

    device: UUID
    public_key: Annotated[str, Field(min_length=80, max_length=120)]
    signature: Annotated[str, Field(min_length=80, max_length=88)]
    label: Annotated[str, Field(max_length=80)] = ""


class Empty(BaseModel):
    """The newest number a phone has given, now that nothing waits on it."""

    model_config = ConfigDict(frozen=True)

    last: Annotated[int, Field(ge=0, lt=2**31)]
