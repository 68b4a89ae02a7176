"""What a person may set about the app on one device."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Theme(BaseModel):
    """Light, dark, or as the device says."""

    model_config = ConfigDict(frozen=True)

    theme: Literal["", "light", "dark"] = ""
