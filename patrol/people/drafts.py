"""What may be submitted about people and their posts, and how a row of a table becomes that."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from patrol.core.moments import Local, of_our_time
from patrol.core.roles import Identity, PostKind, Role
from patrol.people.rules import ExcuseKind
from patrol.people.sheets import Fault, Row

PERSON_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "login": ("账号", "登录名", "工号"),
    "name": ("姓名",),
    "identity": ("身份", "人员身份", "编制"),
    "phone": ("手机", "手机号", "电话", "联系电话"),
    "certificate": ("执法证号", "执法证编号", "证号"),
    "certificate_until": ("证件有效期", "执法证有效期", "有效期至"),
    "unit": ("处置单位", "专业部门", "单位编码"),
    "password": ("初始口令", "初始密码"),
}
POST_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "login": ("账号", "登录名", "工号"),
    "role": ("岗位", "角色", "职责"),
    "grid": ("网格编码", "网格", "网格代码"),
    "kind": ("任职方式", "类别", "主替"),
    "starts": ("起", "任职起", "开始", "开始时间"),
    "ends": ("止", "任职止", "结束", "结束时间"),
    "assigned_by": ("委派人", "指派人"),
    "accepted": ("已接受", "接受时间", "签收时间"),
}
IDENTITIES: Mapping[str, Identity] = {
    "公务员": Identity.CIVIL_SERVANT,
    "参公": Identity.CIVIL_SERVANT,
    "公务员/参公": Identity.CIVIL_SERVANT,
    "事业": Identity.INSTITUTION,
    "事业编制": Identity.INSTITUTION,
    "劳动合同": Identity.CONTRACT,
    "劳务派遣": Identity.AGENCY,
    "村居干部": Identity.VILLAGE,
    "志愿者": Identity.VOLUNTEER,
}
ROLES: Mapping[str, Role] = {
    "巡查员": Role.OFFICER,
    "网格员": Role.WORKER,
    "网格长": Role.HEAD,
    "片长": Role.HEAD,
    "中队长": Role.SQUAD_LEADER,
    "大队长": Role.BRIGADE_LEADER,
    "分管局领导": Role.BUREAU_LEADER,
    "督查": Role.SUPERVISOR,
    "法制": Role.LEGAL,
    "法制审核": Role.LEGAL,
    "受理派遣员": Role.DISPATCHER,
    "专业部门": Role.HANDLER,
    "处置单位": Role.HANDLER,
    "安全审计员": Role.AUDITOR,
    "管理员": Role.ADMIN,
}
KINDS: Mapping[str, PostKind] = {
    "主": PostKind.PRIMARY,
    "主责": PostKind.PRIMARY,
    "替班": PostKind.RELIEF,
    "代理": PostKind.COVER,
}
LOGIN = r"^[a-z0-9][a-z0-9._-]{1,31}$"
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_TIME = re.compile(r"[T ]?(\d{1,2})[:：](\d{2})(?:[:：]\d{2})?")


def _among(words: Mapping[str, Any], kind: type[Any]) -> BeforeValidator:
    def known(value: Any) -> Any:
        if isinstance(value, str):
            try:
                return words.get(value.strip()) or kind(value.strip().lower())
            except ValueError:
                raise PydanticCustomError("cell-unknown-word", "unknown word") from None
        return value

    return BeforeValidator(known)


def _day(value: Any) -> Any:
    if isinstance(value, str):
        moment = _moment(value)
        return None if moment is None else moment.date()
    return value


def _moment(value: Any) -> Any:
    """A local day or day and hour, as offices write them."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    found = _DAY.match(value.strip())
    rest = value.strip()[found.end() :] if found else ""
    clock = _TIME.fullmatch(rest) if rest else None
    if found is None or (rest and clock is None):
        raise PydanticCustomError("cell-not-a-date", "not a date")
    year, month, day = (int(part) for part in found.groups())
    hour, minute = (int(part) for part in clock.groups()) if clock else (0, 0)
    try:
        return of_our_time(datetime(year, month, day, hour, minute))  # noqa: DTZ001  as written
    except ValueError:
        raise PydanticCustomError("cell-not-a-date", "not a date") from None


def _blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


Login = Annotated[
    str, BeforeValidator(lambda value: str(value).strip().lower()), Field(pattern=LOGIN)
]
Day = Annotated[date | None, BeforeValidator(_day)]
LocalMoment = Annotated[datetime | None, BeforeValidator(_moment)]
MaybeText = Annotated[str | None, BeforeValidator(_blank)]


class PersonRow(BaseModel):
    """One person of an imported list."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    login: Login
    name: str = Field(min_length=1, max_length=80)
    identity: Annotated[Identity, _among(IDENTITIES, Identity)]
    phone: str = Field(default="", max_length=32, pattern=r"^\+?[0-9 ()-]*$")
    certificate: MaybeText = Field(default=None, max_length=40)
    certificate_until: Day = None
    unit: MaybeText = Field(default=None, max_length=32)
    password: MaybeText = Field(default=None, min_length=8, max_length=128)


class PostRow(BaseModel):
    """One post of an imported list, in the city's own time."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    login: Login
    role: Annotated[Role, _among(ROLES, Role)]
    grid: str = Field(min_length=1, max_length=32)
    kind: Annotated[PostKind, _among(KINDS, PostKind)] = PostKind.PRIMARY
    starts: Annotated[datetime, BeforeValidator(_moment)]
    ends: LocalMoment = None
    assigned_by: Annotated[Login | None, BeforeValidator(_blank)] = None
    accepted: LocalMoment = None


R = TypeVar("R", PersonRow, PostRow)
CODES = {
    "string_too_short": "cell-too-short",
    "string_too_long": "cell-too-long",
    "string_pattern_mismatch": "cell-unfit",
    "missing": "cell-missing",
    "datetime_type": "cell-missing",
}


def from_row(draft: type[R], row: Row) -> tuple[R | None, list[Fault]]:
    """The draft a row stands for, or what is wrong with its cells."""
    cells = {name: value for name, value in row.cells.items() if value}
    try:
        return draft.model_validate(cells), []
    except ValidationError as error:
        return None, [_fault(row, found) for found in error.errors(include_url=False)]


def _fault(row: Row, found: Any) -> Fault:
    column = str(found["loc"][0]) if found["loc"] else None
    code = found["type"] if found["type"].startswith("cell-") else None
    value = None if column in {None, "password"} else row.cells.get(column or "", "")[:40]
    return Fault(row.number, code or CODES.get(found["type"], "cell-unfit"), column, value)


class SignIn(BaseModel):
    """What somebody who signs in gives."""

    model_config = ConfigDict(frozen=True)

    login: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=256)


class NewPassword(BaseModel):
    """A change of one's own password."""

    model_config = ConfigDict(frozen=True)

    old: str = Field(min_length=1, max_length=256)
    password: str = Field(min_length=8, max_length=128)


class NewPost(BaseModel):
    """A post to be given: who, as what, on which grid, from when until when, in local time."""

    model_config = ConfigDict(frozen=True)

    login: Login
    role: Role
    grid_id: UUID
    kind: PostKind = PostKind.RELIEF
    from_at: Local | None = None  # now
    to_at: Local | None = None  # until further notice


class Span(StrEnum):
    """How long relief is given for."""

    ASKED = "asked"  # the time that is empty
    DAY = "day"
    THREE = "three"
    WEEK = "week"
    OPEN = "open"  # until further notice


class NewRelief(BaseModel):
    """Somebody stands in on a grid: who, as what, from when, for how long."""

    model_config = ConfigDict(frozen=True)

    login: Login
    grid_id: UUID
    role: Literal[Role.OFFICER, Role.WORKER]
    span: Span = Span.DAY
    since: Local | None = None  # now
    until: Local | None = None

    @model_validator(mode="after")
    def _asked_has_an_end(self) -> "NewRelief":
        if self.span is Span.ASKED and self.until is None:
            raise PydanticCustomError("missing", "the time asked for has no end")
        return self


class Served(BaseModel):
    """A post was put before its holder in writing."""

    model_config = ConfigDict(frozen=True)

    document: str = Field(min_length=1, max_length=60)


class NewStop(BaseModel):
    """Nobody need walk in a grid for a time: weather, by a numbered paper, in local time."""

    model_config = ConfigDict(frozen=True)

    grid_id: UUID
    document: str = Field(min_length=1, max_length=60)
    reason: str = Field(default="", max_length=400)
    from_at: Local
    to_at: Local


class NewExcuse(BaseModel):
    """A signed entry that somebody need not serve for a time, in local time."""

    model_config = ConfigDict(frozen=True)

    login: Login
    kind: ExcuseKind
    document: str = Field(min_length=1, max_length=60)
    reason: str = Field(default="", max_length=400)
    from_at: Local
    to_at: Local


class Ruling(BaseModel):
    """Approval or refusal of an entry."""

    model_config = ConfigDict(frozen=True)

    verdict: Literal["approve", "refuse"]
