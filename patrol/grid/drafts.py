"""What may be submitted about the grid: changes from a day on, hot spots, and objects beside it."""

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from patrol.core import geo
from patrol.core.errors import Refused
from patrol.grid.model import Alters, Level
from patrol.grid.rules import is_code

MOST_POINTS = 200  # of a dividing line

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, max_length=32)]
Codes = Annotated[tuple[Code, ...], Field(max_length=5000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=6000)]
Month = Annotated[int, Field(ge=1, le=12)]


class ChangeDraft(BaseModel):
    """One change of a grid, or of cells in it, from the first minute of a day or from now on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Level
    kind: Alters
    code: Code = ""
    name: Text = ""
    other_code: Code = ""
    other_name: Text = ""
    members: Codes = ()
    line: Line = ""
    from_day: date | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        """What one field alone cannot tell."""
        _ = self.terms
        return self

    @property
    def terms(self) -> dict[str, Any]:
        """The terms of the change; raises `Refused` where something is missing."""
        terms = _TERMS.get((self.level, self.kind))
        if terms is None:
            raise Refused("change-unknown", "kind")
        return terms(self)

    def halves(self) -> list[dict[str, str]]:
        """Code and name of the two grids that one becomes."""
        return [
            _part("name", "code", self.name, self.code),
            _part("other_name", "other_code", self.other_name, self.other_code),
        ]


class DivisionDraft(BaseModel):
    """What would divide a grid or a cell, asked before the change is planned."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Level
    members: Codes = ()
    line: Line = ""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        _ = self.terms
        return self

    @property
    def terms(self) -> dict[str, Any]:
        """What the terms of the split say of its parts; raises `Refused` as `line` does."""
        return (_divides_grid if self.level is Level.GRID else _divides_cell)(self)


def _divides_grid(draft: ChangeDraft | DivisionDraft) -> dict[str, Any]:
    """The members that go to the second part, or a line."""
    if draft.members:
        return {"members": sorted(set(draft.members))}
    return {"line": line(draft.line)}


def _divides_cell(draft: ChangeDraft | DivisionDraft) -> dict[str, Any]:
    return {"cell": _some(draft.members, 1)[0], "line": line(draft.line)}


def _some(members: Codes, least: int) -> list[str]:
    """At least so many of the codes named, each once."""
    chosen = sorted(set(members))
    if len(chosen) < least:
        raise Refused("members-few", "members", least=least)
    return chosen


_TERMS: dict[tuple[Level, Alters], Callable[[ChangeDraft], dict[str, Any]]] = {
    (Level.GRID, Alters.SPLIT): lambda d: {"parts": d.halves(), **_divides_grid(d)},
    (Level.GRID, Alters.MERGE): lambda d: {
        **_part("name", "code", d.name, d.code),
        "with": _some(d.members, 1),
    },
    (Level.GRID, Alters.RENAME): lambda d: {"name": _required("name", d.name)},
    (Level.GRID, Alters.RETIRE): lambda d: {"reason": _required("name", d.name)},
    (Level.CELL, Alters.SPLIT): _divides_cell,
    (Level.CELL, Alters.MERGE): lambda d: {"cells": _some(d.members, 2)},
    (Level.CELL, Alters.RENAME): lambda d: {"cell": _some(d.members, 1)[0], "name": d.name[:40]},
    (Level.CELL, Alters.RETIRE): lambda d: {
        "cells": _some(d.members, 1),
        "reason": _required("name", d.name),
    },
}


class HotSpotDraft(BaseModel):
    """A cell that needs more looking at, for a topic, in a season."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cell: Code
    topic: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    first_month: Month = 1
    last_month: Month = 12
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


def line(text: str) -> list[list[float]]:
    """A line given as "113.66,34.76 113.67,34.76": at least two places, WGS 84.

    Raises `Refused`: `line-needed`, `line-too-long`, or as `core.geo.spot` does.
    """
    given = [each for each in re.split(r"[\s;；]+", text) if each]
    if len(given) < 2:
        raise Refused("line-needed", "line")
    if len(given) > MOST_POINTS:
        raise Refused("line-too-long", "line", most=MOST_POINTS)
    points = [list(geo.spot(each, field="line")) for each in given]
    if all(point == points[0] for point in points):
        raise Refused("line-needed", "line")
    return points


def _part(name_field: str, code_field: str, name: str, code: str) -> dict[str, str]:
    if not is_code(code):
        raise Refused("part-code-unfit", code_field, given=code[:40])
    return {"name": _required(name_field, name), "code": code}


def _required(field: str, text: str) -> str:
    if not text:
        raise Refused("text-needed", field)
    return text
