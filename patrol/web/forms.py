"""Forms from drafts: the constraints of a field as HTML attributes, and the reading of answers."""

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import wraps
from typing import (
    Any,
    Concatenate,
    Literal,
    ParamSpec,
    TypeAlias,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from flask import make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from sqlmodel import Session
from werkzeug.datastructures import MultiDict

from patrol.core.access import Actor
from patrol.core.errors import Refused
from patrol.web.errors import sentence

Draft = TypeVar("Draft", bound=BaseModel)
P = ParamSpec("P")
View: TypeAlias = Callable[Concatenate[Actor, P], ResponseReturnValue]
Choices = Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Field:
    """One field of a form as a template needs it."""

    name: str
    label: Any
    kind: str = "text"
    value: Any = ""
    hint: Any = ""
    error: str = ""
    attrs: Mapping[str, Any] = field(default_factory=dict)
    choices: Choices = ()


@dataclass(frozen=True)
class Errors:
    """What was wrong with an answer: by field, and about the whole."""

    fields: Mapping[str, str] = field(default_factory=dict)
    whole: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything was wrong."""
        return bool(self.fields or self.whole)

    def __getitem__(self, name: str) -> str:
        """What was wrong with this field; empty when nothing was."""
        return self.fields.get(name, "")

    @property
    def told(self) -> tuple[str, ...]:
        """All that was wrong, for a page that does not show each field."""
        return *self.fields.values(), *self.whole


NO_ERRORS = Errors()


class Unfilled(Exception):
    """The form that was sent cannot be read; `errors` says where and why."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(errors)
        self.errors = errors


def filled(draft: type[Draft]) -> Draft:
    """Read a draft from the form that was sent. Raises `Unfilled`."""
    found, errors = read(draft, request.form)
    if found is None:
        raise Unfilled(errors)
    return found


def again(page: Callable[..., ResponseReturnValue]) -> Callable[[View[P]], View[P]]:
    """Let a view that cannot take a form show it again, and answer 422.

    `page` gets the actor, what stands in the address, and `errors`, which say what was wrong;
    what the view wrote is rolled back first. Other refusals (not found, not allowed, changed
    meanwhile) pass through.
    """

    def wrap(view: View[P]) -> View[P]:
        @wraps(view)
        def taken(actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            try:
                return view(actor, *args, **kwargs)
            except Unfilled as unfilled:
                errors = unfilled.errors
            except Refused as refused:
                if refused.status != Refused.status:
                    raise
                errors = refusal(refused)
            for session in (one for one in args if isinstance(one, Session)):
                session.rollback()
            answer = make_response(page(actor, errors=errors, **kwargs))
            answer.status_code = 422
            return answer

        return taken

    return wrap


def read(draft: type[Draft], form: MultiDict[str, str]) -> tuple[Draft | None, Errors]:
    """Read a draft from a submitted form; either it or what was wrong with it."""
    told: dict[str, Any] = {}
    for name, info in draft.model_fields.items():
        answers = [answer for answer in form.getlist(name) if answer != ""]
        if any("\x00" in answer for answer in answers):  # PostgreSQL keeps none, nobody types one
            return None, Errors({name: _("This cannot be read.")})
        if _is_many(info.annotation):
            told[name] = answers
        elif answers:
            told[name] = answers[-1]
    try:
        return draft(**told), NO_ERRORS
    except ValidationError as wrong:
        return None, Errors(
            {str(fault["loc"][0]): _fault(fault) for fault in wrong.errors() if fault["loc"]},
            tuple(_fault(fault) for fault in wrong.errors() if not fault["loc"]),
        )


def refusal(refused: Refused) -> Errors:
    """A refusal by a use case, put beside the field it names."""
    told = sentence(refused)
    return Errors({refused.field: told}) if refused.field else Errors(whole=(told,))


def fields(
    draft: type[BaseModel],
    labels: Mapping[str, Any],
    *,
    values: Mapping[str, Any] | MultiDict[str, str] | None = None,
    errors: Errors = NO_ERRORS,
    hints: Mapping[str, Any] | None = None,
    kinds: Mapping[str, str] | None = None,
    choices: Mapping[str, Choices] | None = None,
) -> dict[str, Field]:
    """The fields of a draft by name, each with its rules as HTML attributes."""
    values, hints, kinds, choices = values or {}, hints or {}, kinds or {}, choices or {}
    made = {}
    for name, info in draft.model_fields.items():
        if name not in labels:
            continue
        value = _value(values, name, info)
        kind = kinds.get(name) or ("select" if name in choices else _kind(info.annotation))
        made[name] = Field(
            name,
            labels[name],
            kind,
            value,
            hints.get(name, ""),
            errors[name],
            constraints(info),
            choices.get(name, ()),
        )
    return made


def constraints(info: FieldInfo) -> dict[str, Any]:
    """The rules of a field that a browser can check by itself, as HTML attributes."""
    attrs: dict[str, Any] = {}
    if info.is_required() and not _is_many(info.annotation):
        attrs["required"] = True
    for rule in info.metadata:
        match rule:
            case MinLen(min_length=least) if least:
                attrs["minlength"] = least
            case MaxLen(max_length=most) if not _is_many(info.annotation):
                attrs["maxlength"] = most
            case Ge(ge=bound) | Gt(gt=bound):
                attrs["min"] = bound
            case Le(le=bound) | Lt(lt=bound):
                attrs["max"] = bound
        if pattern := getattr(rule, "pattern", None):
            attrs["pattern"] = pattern.strip("^$")
    return attrs


def _value(values: Any, name: str, info: FieldInfo) -> Any:
    if isinstance(values, MultiDict):
        return values.getlist(name) if _is_many(info.annotation) else values.get(name, "")
    value = values.get(
        name, None if info.is_required() else info.get_default(call_default_factory=True)
    )
    return "" if value is None else value


def _kind(annotation: Any) -> str:
    plain = next((part for part in _parts(annotation) if part is not type(None)), str)
    match plain:
        case _ if plain is bool:
            return "checkbox"
        case _ if plain in (int, float):
            return "number"
        case _ if plain is datetime:
            return "datetime-local"
        case _ if plain is date:
            return "date"
        case _ if plain is time:
            return "time"
    return "text"


def _parts(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) in (Union, types.UnionType):
        return get_args(annotation)
    return (annotation,)


def _is_many(annotation: Any) -> bool:
    origins = {get_origin(part) or part for part in _parts(annotation)}
    return bool(origins & {list, tuple, set, frozenset}) and Literal not in origins


def _fault(fault: Any) -> str:
    """One fault of a draft in words; a `Refused` raised inside it has its own sentence."""
    context = fault.get("ctx") or {}
    if isinstance(context.get("error"), Refused):
        return sentence(context["error"])
    kind = fault["type"]
    if told := FAULTS.get(kind):
        bounds = {"count": _any(context, "_length"), "bound": _any(context, "ge", "gt", "le", "lt")}
        return str(told) % bounds
    if kind.startswith(("date", "time")):
        return _("Give a date or time, such as 2026-11-06 10:00.")
    if kind.startswith("uuid"):
        return _("This is no id of ours.")
    if kind.startswith(("int", "float", "finite")):
        return _("Give a number.")
    return _("This cannot be read.")


def _any(context: Mapping[str, Any], *endings: str) -> Any:
    return next((value for name, value in context.items() if name.endswith(endings)), "")


_LEAST, _MOST = _l("Give at least %(bound)s."), _l("Give at most %(bound)s.")
_ONE_OF = _l("Choose one of those offered.")
FAULTS: dict[str, Any] = {
    "missing": _l("Fill this in."),
    "string_too_short": _l("Write at least %(count)s characters."),
    "string_too_long": _l("Write at most %(count)s characters."),
    "too_short": _l("Choose at least %(count)s."),
    "too_long": _l("Choose at most %(count)s."),
    "greater_than_equal": _LEAST,
    "greater_than": _LEAST,
    "less_than_equal": _MOST,
    "less_than": _MOST,
    "enum": _ONE_OF,
    "literal_error": _ONE_OF,
}
