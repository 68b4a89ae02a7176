"""The planner's form: its fields, what it begins with, and what was answered."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.datastructures import MultiDict

from patrol.catalogue import queries as catalogue
from patrol.catalogue import words as catalogue_words
from patrol.core.errors import Refused
from patrol.core.roles import LINE_OF
from patrol.grid.model import Grid
from patrol.plans import words
from patrol.plans.drafts import OBLIGED, PlanDraft, stated
from patrol.plans.model import Plan, PlanTemplate, Scope
from patrol.plans.presets import Preset
from patrol.plans.rules import Cadence
from patrol.web.forms import Errors, Field, fields, read, refusal

_KINDS = {
    "cadence": "chips",
    "scope": "chips",
    "members": "textarea",
    "stands_in": "checkbox",
    "role": "chips",
    "weekdays": "chips",
    "nth": "chips",
    "topics": "chips",
    "monthdays": "text",
    "grade": "select",
    "replaces_id": "hidden",
}
_TEXTS = ("monthdays", "members")  # several, typed as one text
_SEVERAL = {"weekdays": {"multiple": True}, "topics": {"multiple": True, "required": True}}


def form_fields(
    session: Session, values: Any, errors: Errors, grids: Sequence[Grid]
) -> dict[str, Field]:
    """The fields of the form with what is in them."""
    made = fields(
        PlanDraft,
        words.LABELS,
        values=values,
        errors=errors,
        hints=words.HINTS,
        kinds=_KINDS,
        choices=_choices(session, grids),
    )
    told = made | {name: replace(made[name], attrs=attrs) for name, attrs in _SEVERAL.items()}
    return told | {name: replace(told[name], value=_text(told[name].value)) for name in _TEXTS}


def _text(value: Any) -> str:
    """Several codes or days as the one text in which they are typed."""
    return value if isinstance(value, str) else "、".join(str(one) for one in value)


def _choices(session: Session, grids: Sequence[Grid]) -> dict[str, Any]:
    return {
        "grid_id": [(grid.id, "　" * (grid.tier - 1) + grid.name) for grid in grids],
        "scope": [(one.value, words.SCOPE[one]) for one in Scope],
        "role": [(role.value, words.obliged(role, LINE_OF[role])) for role in OBLIGED],
        "cadence": [(cadence.value, words.CADENCE[cadence]) for cadence in Cadence],
        "weekdays": list(enumerate(words.DAYS)),
        "nth": [(0, _("by date")), *words.NTH.items()],
        "topics": [
            (topic.code, catalogue_words.topic(topic.code)) for topic in catalogue.topics(session)
        ],
        "grade": list(words.GRADES.items()),
    }


def read_draft(told: MultiDict[str, str]) -> tuple[PlanDraft | None, Errors]:
    """A draft from the form, whose days of the month and codes are one text each."""
    answers = MultiDict((name, value) for name, value in told.items(multi=True))
    for name in _TEXTS:
        given = " ".join(answers.getlist(name)).strip()
        answers.setlist(name, re.split(r"[\s、,，;；]+", given))
    try:
        return read(PlanDraft, answers)
    except Refused as refused:
        return None, refusal(refused)


def of_plan(plan: Plan, first: date) -> dict[str, Any]:
    """What the form says of a plan that is to begin on a day."""
    return stated(plan) | {"valid_from": first.isoformat()}


def of_template(template: PlanTemplate, grid_id: str, first: date) -> Mapping[str, Any]:
    """What the form says of a plan begun with a template, elsewhere where that is said."""
    told = template.terms | {"name": template.name, "valid_from": first.isoformat()}
    return told | {"grid_id": grid_id} if grid_id else told


def of_preset(chosen: Preset, grid_id: str, first: date, *, dwell: float) -> Mapping[str, Any]:
    """What the form says of a usual plan."""
    return chosen.values(dwell) | {
        "name": words.PRESET[chosen.code],
        "grid_id": grid_id,
        "valid_from": first.isoformat(),
    }
