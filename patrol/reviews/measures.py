"""What may follow for whom: the ladder of measures, who decides each, and the remedy against it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from patrol.core.roles import Identity


class Outcome(StrEnum):
    """What a review comes to for one person."""

    NO_FAULT = "no_fault"  # 无责
    NOT_PURSUED = "not_pursued"  # 不予追究
    PURSUED = "pursued"  # 追究


class Measure(StrEnum):
    """The ladder of measures, lightest first."""

    REMINDER = "reminder"  # 谈话提醒
    CRITICISM = "criticism"  # 批评教育
    CORRECTION = "correction"  # 责令改正
    SELF_CRITICISM = "self_criticism"  # 书面检查
    CIRCULAR = "circular"  # 通报批评
    TRAINING = "training"  # 离岗培训
    ADMONITION = "admonition"  # 诫勉
    REASSIGNMENT = "reassignment"  # 调离执法岗位
    CERTIFICATE = "certificate"  # 收回执法证
    DISMISSAL = "dismissal"  # 解除合同、退回、免任
    DISCIPLINE = "discipline"  # 处分
    TRANSFER = "transfer"  # 移送


class Body(StrEnum):
    """Who may decide a measure."""

    UNIT = "unit"  # the unit itself
    GOVERNMENT_LEGAL = "government_legal"  # 政府法制机构
    APPOINTING = "appointing"  # 任免机关
    EMPLOYER = "employer"  # 用工单位、派遣单位
    TOWNSHIP = "township"  # 乡镇人民政府、街道办事处
    SUPERVISION = "supervision"  # 监察机关、司法机关


class Remedy(StrEnum):
    """What the person may do against a decision, without it being suspended."""

    UNIT_REVIEW = "unit_review"  # 向本单位申请复核
    PERSONNEL_APPEAL = "personnel_appeal"  # 人事复核、申诉 (公务员法 95)
    ARBITRATION = "arbitration"  # 劳动人事争议仲裁
    TOWNSHIP_APPEAL = "township_appeal"  # 向乡镇、街道申诉


@dataclass(frozen=True)
class Power:
    """One field of the table identity × measure."""

    body: Body
    remedy: Remedy
    within: timedelta  # to ask for the remedy, from service

    @property
    def recommended(self) -> bool:
        """Whether the unit can only recommend it and await the other body's document."""
        return self.body is not Body.UNIT


_MONTH, _YEAR = timedelta(days=30), timedelta(days=365)
_HARD = {  # measures beyond the ordinary power of a unit, and who holds that power
    Measure.ADMONITION: Body.APPOINTING,
    Measure.CERTIFICATE: Body.GOVERNMENT_LEGAL,
    Measure.DISCIPLINE: Body.APPOINTING,
    Measure.TRANSFER: Body.SUPERVISION,
}
_PUBLIC = frozenset({Identity.CIVIL_SERVANT, Identity.INSTITUTION})
_HIRED = frozenset({Identity.CONTRACT, Identity.AGENCY})
_NEVER: dict[Measure, frozenset[Identity]] = {
    Measure.ADMONITION: frozenset({Identity.CONTRACT, Identity.AGENCY, Identity.VOLUNTEER}),
    Measure.REASSIGNMENT: frozenset({Identity.VILLAGE, Identity.VOLUNTEER}),
    # Only a civil servant or an institution's employee can hold an enforcement certificate.
    Measure.CERTIFICATE: frozenset(Identity) - _PUBLIC,
    Measure.DISMISSAL: _PUBLIC,
    Measure.DISCIPLINE: frozenset(Identity) - _PUBLIC,
}


def weight(measure: Measure | None) -> int:
    """The place of a measure on the ladder, from 1; none is 0."""
    return 0 if measure is None else list(Measure).index(measure) + 1


def power(identity: Identity, measure: Measure) -> Power | None:
    """Who decides a measure for this kind of staff, and the remedy; None where it cannot be."""
    if identity in _NEVER.get(measure, frozenset()):
        return None
    body = _HARD.get(measure, Body.UNIT)
    if measure is Measure.DISMISSAL:
        body = {Identity.VILLAGE: Body.TOWNSHIP}.get(identity, Body.EMPLOYER)
        body = Body.UNIT if identity is Identity.VOLUNTEER else body
    if identity is Identity.VILLAGE and measure is Measure.ADMONITION:
        body = Body.TOWNSHIP
    remedy, within = Remedy.UNIT_REVIEW, _MONTH
    if identity in _PUBLIC and measure in {
        Measure.REASSIGNMENT,
        Measure.CERTIFICATE,
        Measure.DISCIPLINE,
    }:
        remedy = Remedy.PERSONNEL_APPEAL
    elif identity in _HIRED and weight(measure) >= weight(Measure.REASSIGNMENT):
        remedy, within = Remedy.ARBITRATION, _YEAR
    elif identity is Identity.VILLAGE:
        remedy = Remedy.TOWNSHIP_APPEAL
    return Power(body, remedy, within)


def choices(identity: Identity) -> dict[Measure, Power]:
    """The measures that can follow for this kind of staff, lightest first."""
    powers = {measure: power(identity, measure) for measure in Measure}
    return {measure: held for measure, held in powers.items() if held is not None}


def fits(outcome: Outcome, measure: Measure | None) -> bool:
    """Whether an outcome and a measure belong together: a measure follows 追究 and only that."""
    return (outcome is Outcome.PURSUED) == (measure is not None)


def heavier(
    decided: tuple[Outcome, Measure | None], proposed: tuple[Outcome, Measure | None]
) -> bool:
    """Whether a decision weighs more than what the person was told and answered to."""
    order = list(Outcome)

    def load(one: tuple[Outcome, Measure | None]) -> tuple[int, int]:
        return order.index(one[0]), weight(one[1])

    return load(decided) > load(proposed)


def needs_panel(measure: Measure | None) -> bool:
    """Whether it must be deliberated jointly (集体研究): 通报 and above."""
    return weight(measure) >= weight(Measure.CIRCULAR)


def names_publicly(outcome: Outcome) -> bool:
    """Whether a published result may name the person; 无责 and 不予追究 never do."""
    return outcome is Outcome.PURSUED
