"""What a class of event is: its topic, how it persists, and limits as cities write them."""

import re
from dataclasses import dataclass
from enum import StrEnum

from patrol.core.calendar import Limit, LimitUnit


class Persistence(StrEnum):
    """Whether a violation stays until somebody ends it, or comes and goes."""

    CONTINUOUS = "continuous"  # 持续型: a building, a sign, a hole in the road
    RECURRING = "recurring"  # 反复型: a vendor, litter, noise


class Kind(StrEnum):
    """The two halves of a city's table."""

    COMPONENT = "C"  # 部件: fixed things
    EVENT = "E"  # 事件: what happens


@dataclass(frozen=True)
class TopicFact:
    """One group of classes that plans cover and clear notes speak of."""

    code: str
    name: str
    name_en: str
    major: str  # of the event classes in it


TOPICS = (
    TopicFact("street_order", "街面秩序", "Street order", "04"),
    TopicFact("city_appearance", "市容环境", "City appearance", "01"),
    TopicFact("advertising", "宣传广告", "Advertising", "02"),
    TopicFact("construction", "施工管理", "Construction", "03"),
    TopicFact("emergencies", "突发事件", "Emergencies", "05"),
    TopicFact("other", "其他", "Other", "06"),
)
_BY_MAJOR = {topic.major: topic.code for topic in TOPICS}
# Components are looked after by the topic they disfigure: facilities and roads count as appearance.
_COMPONENTS = "city_appearance"

_UNITS = {
    "紧急工作时": LimitUnit.URGENT_HOUR,
    "紧急工作日": LimitUnit.URGENT_DAY,
    "自然日": LimitUnit.URGENT_DAY,
    "小时": LimitUnit.WORK_HOUR,
    "工作时": LimitUnit.WORK_HOUR,
    "工作小时": LimitUnit.WORK_HOUR,
    "天": LimitUnit.WORK_DAY,
    "日": LimitUnit.WORK_DAY,
    "工作日": LimitUnit.WORK_DAY,
}
_LIMIT = re.compile(r"^(\d{1,3})个?(\D+?)(内)?(制止)?$")
MOST_UNITS = 366


@dataclass(frozen=True)
class StatedLimit:
    """A limit as a table states it; `to_stop` where it asks for stopping, not for handling."""

    limit: Limit
    to_stop: bool = False


def limit_of(text: str) -> StatedLimit | None:
    """The limit that a text such as `2紧急工作时`, `1天` or `1紧急工作时制止` means, if any."""
    found = _LIMIT.match(re.sub(r"\s", "", text))
    if not found or found[2] not in _UNITS or not 0 < int(found[1]) <= MOST_UNITS:
        return None
    return StatedLimit(Limit(int(found[1]), _UNITS[found[2]]), bool(found[4]))


def class_code(kind: Kind, major: str, minor: str) -> str | None:
    """`E0401` for event, `4` or `04`, `1` or `01`; None where a part is no two-digit number."""
    if not (re.fullmatch(r"\d{1,2}", major) and re.fullmatch(r"\d{1,2}", minor)):
        return None
    return f"{kind.value}{int(major):02}{int(minor):02}" if int(major) and int(minor) else None


def topic_of(code: str) -> str:
    """The topic that a class belongs to, told by its major class."""
    return _BY_MAJOR.get(code[1:3], "other") if code.startswith(Kind.EVENT) else _COMPONENTS
