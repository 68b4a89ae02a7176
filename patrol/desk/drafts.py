"""What a person may set about the app itself."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Language(BaseModel):
    """The language to be spoken to in."""

    model_config = ConfigDict(frozen=True)

    language: Literal["zh_Hans_CN", "en"]


class Theme(BaseModel):
    """Light, dark, or as the device says."""

    model_config = ConfigDict(frozen=True)

    theme: Literal["", "light", "dark"] = ""
