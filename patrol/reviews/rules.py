"""The procedure of an accountability review: what may follow, who may act, until when."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from patrol.core.calendar import WorkCalendar, add_workdays
from patrol.core.roles import Identity
from patrol.reviews.measures import (
    Body,
    Measure,
    Outcome,
    Power,
    Remedy,
    choices,
    fits,
    heavier,
    names_publicly,
    needs_panel,
    power,
    weight,
)

TAKE_UP_WORKDAYS = 5  # to take a doubt up or refuse it
ANSWER_WORKDAYS = 5  # at least, to answer, from service
DECIDE_WITHIN = timedelta(days=30)
EXTENSION = timedelta(days=15)  # once
FILE_WITHIN = timedelta(days=5)  # 备案 after publication
INVESTIGATORS = 2


class Phase(StrEnum):
    """Where a review stands: what it waits for."""

    INVESTIGATION = "investigation"  # 调查
    PROPOSAL = "proposal"  # 拟认定, to be served
    HEARING = "hearing"  # 告知 done, 陈述申辩
    LEGAL = "legal"  # 法制审核
    PANEL = "panel"  # 集体研究
    DECISION = "decision"  # to be decided
    COUNTERSIGN = "countersign"  # decided by one, a second must sign
    DELIVERY = "delivery"  # 决定 made, 送达 to come
    EXECUTION = "execution"  # 执行
    PUBLICATION = "publication"  # 公开
    FILING = "filing"  # 备案
    ARCHIVING = "archiving"  # 归档
    ARCHIVED = "archived"
    TRANSFERRED = "transferred"  # 移送
    APPEAL = "appeal"  # 复核、申诉


class Act(StrEnum):
    """What somebody does in a review."""

    PROPOSE = "propose"
    SERVE = "serve"
    CLOSE_HEARING = "close_hearing"
    CLEAR = "clear"  # legal review without objection
    RETURN = "return"  # legal review: investigate again
    DELIBERATE = "deliberate"
    DECIDE = "decide"
    COUNTERSIGN = "countersign"
    OBJECT = "object"  # the second signature is refused
    DELIVER = "deliver"
    EXECUTE = "execute"
    PUBLISH = "publish"
    FILE = "file"
    ARCHIVE = "archive"
    APPEAL = "appeal"
    UPHOLD = "uphold"  # 维持
    AMEND = "amend"  # 变更
    REVOKE = "revoke"  # 撤销
    EXTEND = "extend"  # 延期
    TRANSFER = "transfer"


class Part(StrEnum):
    """The part somebody has in a review."""

    INVESTIGATOR = "investigator"
    LEGAL = "legal"
    DECIDER = "decider"
    SECOND = "second"
    APPEAL = "appeal"  # decides an appeal; nobody who had a part before


class Recusal(StrEnum):
    """Why somebody may have no part in a review."""

    CONCERNED = "concerned"  # the review is about this person
    OWN_DUTY = "own_duty"  # whose own duty is answered no
    SIGNED = "signed"  # who signed the act at stake
    INTEREST = "interest"  # relatives and interest


@dataclass(frozen=True)
class Answering:
    """How far one person concerned has come in being heard."""

    person: UUID
    served_at: datetime | None = None
    answer_by: datetime | None = None
    waived_at: datetime | None = None
    proposed: Outcome | None = None
    measure: Measure | None = None
    outcome: Outcome | None = None
    decided_measure: Measure | None = None
    delivered_at: datetime | None = None
    remedy_by: datetime | None = None  # until when a measure may be appealed


@dataclass(frozen=True)
class Case:
    """What the procedure must know of a review to say what may follow."""

    phase: Phase
    concerned: tuple[Answering, ...]
    seats: Mapping[Part, frozenset[UUID]]
    decide_by: datetime
    extended: bool = False
    published_at: datetime | None = None
    resumes: Phase | None = None  # where an appeal goes back to
    appellant: UUID | None = None  # who appealed last
    offered: tuple["Act", ...] = ()  # what may be done at the moment it was read

    def at(self, offered: tuple["Act", ...]) -> "Case":
        """The same case with what may be done now."""
        return replace(self, offered=offered)


_WHO: dict[Act, Part] = {
    Act.PROPOSE: Part.INVESTIGATOR,
    Act.SERVE: Part.INVESTIGATOR,
    Act.CLOSE_HEARING: Part.INVESTIGATOR,
    Act.CLEAR: Part.LEGAL,
    Act.RETURN: Part.LEGAL,
    Act.DELIBERATE: Part.DECIDER,
    Act.DECIDE: Part.DECIDER,
    Act.COUNTERSIGN: Part.SECOND,
    Act.OBJECT: Part.SECOND,
    Act.DELIVER: Part.INVESTIGATOR,
    Act.EXECUTE: Part.INVESTIGATOR,
    Act.PUBLISH: Part.DECIDER,
    Act.FILE: Part.INVESTIGATOR,
    Act.ARCHIVE: Part.INVESTIGATOR,
    Act.UPHOLD: Part.APPEAL,
    Act.AMEND: Part.APPEAL,
    Act.REVOKE: Part.APPEAL,
    Act.EXTEND: Part.DECIDER,
    Act.TRANSFER: Part.DECIDER,
}
_NEXT: dict[Phase, tuple[Act, ...]] = {
    Phase.INVESTIGATION: (Act.PROPOSE,),
    Phase.PROPOSAL: (Act.SERVE,),
    Phase.HEARING: (Act.CLOSE_HEARING,),
    Phase.LEGAL: (Act.CLEAR, Act.RETURN),
    Phase.PANEL: (Act.DELIBERATE,),
    Phase.DECISION: (Act.DECIDE,),
    Phase.COUNTERSIGN: (Act.COUNTERSIGN, Act.OBJECT),
    Phase.DELIVERY: (Act.DELIVER,),
    Phase.EXECUTION: (Act.EXECUTE,),
    Phase.PUBLICATION: (Act.PUBLISH,),
    Phase.FILING: (Act.FILE,),
    Phase.ARCHIVING: (Act.ARCHIVE,),
    Phase.APPEAL: (Act.UPHOLD, Act.AMEND, Act.REVOKE),
}
UNDECIDED = tuple(Phase)[: tuple(Phase).index(Phase.DELIVERY)]
DECIDED = (Phase.DELIVERY, Phase.EXECUTION, Phase.PUBLICATION, Phase.FILING, Phase.ARCHIVING)
CLOSED = frozenset({Phase.ARCHIVED, Phase.TRANSFERRED})
HEARD = frozenset({Phase.LEGAL, Phase.PANEL, Phase.DECISION})  # the hearing closed, none decided


def acts(case: Case, now: datetime) -> tuple[Act, ...]:
    """What may be done now, the one next act first; empty while the law says wait."""
    following = _NEXT.get(case.phase, ())
    if case.phase is Phase.HEARING and may_still_answer(case.concerned, now) is not None:
        following = ()
    if case.phase is Phase.ARCHIVING and may_still_appeal(case.concerned, now) is not None:
        following = ()
    side: list[Act] = []
    if case.phase in UNDECIDED:
        side += [] if case.extended else [Act.EXTEND]
        side.append(Act.TRANSFER)
    if case.phase in {Phase.EXECUTION, Phase.PUBLICATION, Phase.FILING, Phase.ARCHIVING}:
        side.append(Act.APPEAL)
    return (*following, *side)


def who(act: Act) -> Part | None:
    """Whose part an act is; None: the person concerned (an appeal)."""
    return _WHO.get(act)


def after(case: Case, act: Act) -> Phase:
    """Where a review stands once an act that may be done is done."""
    if act is Act.EXTEND:
        return case.phase
    if act is Act.CLEAR:
        panel = any(needs_panel(one.measure) for one in case.concerned)
        return Phase.PANEL if panel else Phase.DECISION
    if act is Act.DECIDE:
        pursued = any(one.outcome is Outcome.PURSUED for one in case.concerned)
        return Phase.COUNTERSIGN if pursued else Phase.DELIVERY
    if act is Act.UPHOLD:
        return case.resumes or Phase.EXECUTION
    return _AFTER[act]


_AFTER: dict[Act, Phase] = {
    Act.PROPOSE: Phase.PROPOSAL,
    Act.SERVE: Phase.HEARING,
    Act.CLOSE_HEARING: Phase.LEGAL,
    Act.RETURN: Phase.INVESTIGATION,
    Act.DELIBERATE: Phase.DECISION,
    Act.COUNTERSIGN: Phase.DELIVERY,
    Act.OBJECT: Phase.DECISION,
    Act.DELIVER: Phase.EXECUTION,
    Act.EXECUTE: Phase.PUBLICATION,
    Act.PUBLISH: Phase.FILING,
    Act.FILE: Phase.ARCHIVING,
    Act.ARCHIVE: Phase.ARCHIVED,
    Act.APPEAL: Phase.APPEAL,
    Act.AMEND: Phase.DELIVERY,  # a corrected decision is served and published anew
    Act.REVOKE: Phase.DELIVERY,
    Act.TRANSFER: Phase.TRANSFERRED,
}


def may_still_answer(concerned: Iterable[Answering], now: datetime) -> datetime | None:
    """Until when somebody may still answer; None once all have had their time or waived it.

    Whoever has not been served has all the time: `datetime.max` stands for that.
    """
    until: list[datetime] = []
    for one in concerned:
        if one.waived_at is not None:
            continue
        if one.answer_by is None:
            until.append(datetime.max.replace(tzinfo=now.tzinfo))
        elif now < one.answer_by:
            until.append(one.answer_by)
    return max(until, default=None)


def remedy_by(
    identity: Identity, measure: Measure | None, delivered_at: datetime | None
) -> datetime | None:
    """Until when somebody may ask for the remedy against a measure served on them."""
    held = power(identity, measure) if measure else None
    return delivered_at + held.within if held and delivered_at else None


def may_still_appeal(concerned: Iterable[Answering], now: datetime) -> datetime | None:
    """Until when somebody may still appeal; None once nobody may."""
    open_until = (one.remedy_by for one in concerned if one.remedy_by and now <= one.remedy_by)
    return max(open_until, default=None)


def in_time(phase: Phase, one: Answering, made_at: datetime) -> bool:
    """Whether what somebody wrote at a moment is heard, though it arrives after the hearing."""
    if one.answer_by is None or made_at >= one.answer_by:
        return False
    waived = one.waived_at is not None and made_at >= one.waived_at
    return phase is Phase.HEARING or (phase in HEARD and not waived)


def recusal(
    person: UUID,
    *,
    concerned: Collection[UUID] = (),
    failed: Collection[UUID] = (),
    signed: Collection[UUID] = (),
    interested: Collection[UUID] = (),
) -> Recusal | None:
    """Why somebody may have no part, if so; to have been told and acted in time is no reason."""
    reasons = (
        (Recusal.CONCERNED, concerned),
        (Recusal.OWN_DUTY, failed),
        (Recusal.SIGNED, signed),
        (Recusal.INTEREST, interested),
    )
    return next((reason for reason, people in reasons if person in people), None)


def may_take(part: Part, person: UUID, seats: Mapping[Part, frozenset[UUID]]) -> bool:
    """Whether somebody may take a part beside those held: four different people.

    The second signature is neither the decider's nor an investigator's; legal review may give it.
    An appeal is for somebody who had no part before.
    """
    held = {one for one, people in seats.items() if person in people}
    if part in held:
        return False
    return not held or {part, *held} == {Part.LEGAL, Part.SECOND}


def missing(
    seats: Mapping[Part, frozenset[UUID]], *, sanction: bool = True, appealed: bool = False
) -> dict[Part, int]:
    """How many people each part still lacks; where nobody fits, the case goes elsewhere."""
    wanted = {Part.INVESTIGATOR: INVESTIGATORS, Part.LEGAL: 1, Part.DECIDER: 1}
    if sanction:
        wanted[Part.SECOND] = 1
    if appealed:
        wanted[Part.APPEAL] = 1
    lacks = {part: count - len(seats.get(part, frozenset())) for part, count in wanted.items()}
    return {part: count for part, count in lacks.items() if count > 0}


def take_up_by(opened_at: datetime, calendar: WorkCalendar) -> datetime:
    """Until when a doubt must be taken up or refused: the end of the fifth working day."""
    return _end_of(add_workdays(opened_at, TAKE_UP_WORKDAYS, calendar), calendar)


def answer_by(served_at: datetime, calendar: WorkCalendar) -> datetime:
    """Until when the person may answer: the end of the fifth working day after service."""
    return _end_of(add_workdays(served_at, ANSWER_WORKDAYS, calendar), calendar)


def decide_by(opened_at: datetime, *, extended: bool = False) -> datetime:
    """Until when a review must be decided."""
    return opened_at + DECIDE_WITHIN + (EXTENSION if extended else timedelta())


def file_by(published_at: datetime) -> datetime:
    """Until when a published result must be filed with the legal office."""
    return published_at + FILE_WITHIN


def is_proactive(published_at: datetime | None, filed_at: datetime | None) -> bool:
    """Whether a result counts as proactive accountability: published, and filed in time."""
    if published_at is None or filed_at is None:
        return False
    return published_at <= filed_at <= file_by(published_at)


def _end_of(moment: datetime, calendar: WorkCalendar) -> datetime:
    """The end of the local day of a moment, in UTC."""
    day = moment.astimezone(calendar.zone).date() + timedelta(days=1)
    return datetime.combine(day, time(), calendar.zone).astimezone(moment.tzinfo)


__all__ = [
    "Act",
    "Answering",
    "Body",
    "Case",
    "Measure",
    "Outcome",
    "Part",
    "Phase",
    "Power",
    "Recusal",
    "Remedy",
    "acts",
    "after",
    "answer_by",
    "choices",
    "decide_by",
    "file_by",
    "fits",
    "heavier",
    "in_time",
    "is_proactive",
    "may_still_answer",
    "may_still_appeal",
    "may_take",
    "missing",
    "names_publicly",
    "needs_panel",
    "power",
    "recusal",
    "remedy_by",
    "take_up_by",
    "weight",
    "who",
]
