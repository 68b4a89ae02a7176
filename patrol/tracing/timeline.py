"""The lanes and marks of a trace, from which the drawn picture and its list twin are both made."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from patrol.core.roles import WALKERS, PostKind, Role
from patrol.findings.rules import Evidence, StopOutcome, Weight
from patrol.people.rules import ExcuseState, Level, excuse_state
from patrol.tracing.accounts import Account, Accounted
from patrol.tracing.facts import Facts, Told
from patrol.tracing.onset import Breach, onset
from patrol.tracing.verdicts import Code, Conclusion

EDGE = timedelta(hours=12)  # shown before the first thing and after the last
DAY = timedelta(days=1)
UNSURE = timedelta(days=7)  # of what lies before the first proof; the windows list goes further


class LaneKind(StrEnum):
    """What a lane follows through time."""

    PLACE = "place"
    WINDOWS = "windows"
    PERSON = "person"  # somebody whose post obliged them to look
    CASE = "case"  # the finding in the hands of whoever had to stop it
    LEVEL = "level"  # a level above, told of it


class Shape(StrEnum):
    """How a mark is drawn; the word beside it says the rest."""

    SOLID = "solid"  # an act
    HOLLOW = "hollow"  # told
    HALF = "half"  # read
    CROSS = "cross"  # silence, or an act that was due and not done
    DASHED = "dashed"  # sent, never delivered
    FOUND = "found"  # the discovery


class Sign(StrEnum):
    """What a mark or a bar stands for."""

    ABSENT = "absent"  # 未见
    MAY_HAVE_BEGUN = "may_have_begun"  # 可能开始
    PRESENT = "present"  # 已存在
    FOUND = "found"  # 发现
    SEEN_PRESENT = "seen_present"
    SEEN_ABSENT = "seen_absent"
    CONTRADICTS = "contradicts"  # 记录矛盾
    OWN_WORD = "own_word"
    TOO_WEAK = "too_weak"
    PATROLLED = "patrolled"
    MISSED = "missed"
    EXCUSED = "excused"
    NOBODY = "nobody"
    UNKNOWN = "unknown"
    OPEN = "open"  # not yet closed at discovery
    POST = "post"
    LEAVE = "leave"
    ORDER = "order"  # taken elsewhere by order
    WEATHER = "weather"
    PASSED = "passed"  # 走过
    PASSED_NOT_REPORTED = "passed_not_reported"  # 走过，未报
    NOT_PATROLLED = "not_patrolled"  # 未巡
    REPORTED = "reported"
    RECEIVED = "received"
    DISPATCHED = "dispatched"
    STOP_DUE = "stop_due"  # the limit to stop is up
    LADDER_ENDED = "ladder_ended"  # past its highest rung
    STOPPED = "stopped"
    STOP_FAILED = "stop_failed"
    TOLD = "told"  # 提醒, 上升
    VACANT = "vacant"  # nobody held the rung
    NOT_DELIVERED = "not_delivered"  # 未送达
    READ = "read"  # 已读
    ACKNOWLEDGED = "acknowledged"
    ACTED = "acted"
    NOT_READ = "not_read"  # 未读
    NOT_DONE = "not_done"  # 未处置
    PAUSE = "pause"  # a signed clock stop
    DOWNTIME = "downtime"


@dataclass(frozen=True)
class Mark:
    """One moment on a lane, with what shows it."""

    at: datetime
    sign: Sign
    shape: Shape
    evidence: str
    in_time: bool = False  # a silence while patience still lasted


@dataclass(frozen=True)
class Bar:
    """One stretch of a lane, with what shows it."""

    start: datetime
    end: datetime
    sign: Sign
    evidence: str
    grade: str = ""


@dataclass(frozen=True)
class Lane:
    """One row: what or whom it follows, and what happened there."""

    kind: LaneKind
    key: str  # a plan, a person; empty for the place
    role: Role | None = None
    tier: int | None = None
    post: PostKind | None = None
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Timeline:
    """All lanes from the bottom of the responsibility to its top."""

    since: datetime
    until: datetime
    found_at: datetime
    lanes: tuple[Lane, ...]


def timeline(
    facts: Facts,
    windows: Sequence[Accounted],
    breach: Breach | None,
    said: Sequence[Conclusion],
    now: datetime,
) -> Timeline:
    """The picture of a trace as lanes and marks."""
    lanes = [
        _place(facts, now),
        *_windows(facts, windows),
        *_people(facts, windows, said, now),
        *_case(facts, breach, now),
        *_levels(facts, now),
    ]
    moments = [facts.scene.found_at]
    for lane in lanes:
        moments += [mark.at for mark in lane.marks]
        moments += [at for bar in lane.bars if bar.sign is not Sign.POST for at in _ends(lane, bar)]
    began = onset(facts)
    not_after = began.not_after or facts.scene.found_at
    floor = (began.not_before or not_after - UNSURE) - DAY
    since, until = max(min(moments), floor) - EDGE, max(moments) + EDGE
    return Timeline(since, until, facts.scene.found_at, tuple(_clipped(lanes, since, until)))


def _ends(lane: Lane, bar: Bar) -> tuple[datetime, ...]:
    """Which ends of a bar stretch the picture: only windows and what is between the bounds."""
    if lane.kind is LaneKind.WINDOWS:
        return (bar.start, bar.end)
    return (bar.start,) if bar.sign is Sign.MAY_HAVE_BEGUN else ()


def _clipped(lanes: Iterable[Lane], since: datetime, until: datetime) -> Iterator[Lane]:
    for lane in lanes:
        bars = tuple(
            Bar(max(bar.start, since), min(bar.end, until), bar.sign, bar.evidence, bar.grade)
            for bar in lane.bars
            if bar.start < until and bar.end > since
        )
        shown = (mark for mark in lane.marks if mark.at >= since)
        marks = tuple(sorted(shown, key=lambda one: (one.at, one.sign, one.evidence)))
        yield Lane(lane.kind, lane.key, lane.role, lane.tier, lane.post, bars, marks)


_WEIGHED = {
    Weight.COUNTS: Sign.SEEN_ABSENT,
    Weight.OWN_WORD: Sign.OWN_WORD,
    Weight.CONTRADICTS: Sign.CONTRADICTS,
    Weight.WEAK_GRADE: Sign.TOO_WEAK,
    Weight.TOO_FAR: Sign.TOO_WEAK,
}


def _place(facts: Facts, now: datetime) -> Lane:
    """The place: not there, may have begun, was there, found."""
    found_at, finding = facts.scene.found_at, f"finding:{facts.scene.finding}"
    began = onset(facts)
    not_after = began.not_after or found_at
    edge = began.not_before or min((one.at for one in facts.proofs), default=not_after)
    far = not_after - facts.figures.look_back
    shown = began.presence.id if began.presence else finding
    bars = [Bar(not_after, found_at, Sign.PRESENT, shown)] if not_after < found_at else []
    if began.absence is not None:
        bars.append(Bar(far, began.absence.at, Sign.ABSENT, began.absence.id))
        bars.append(Bar(began.absence.at, not_after, Sign.MAY_HAVE_BEGUN, began.absence.id))
    else:
        bars.append(Bar(min(edge, not_after), not_after, Sign.MAY_HAVE_BEGUN, shown))
    marks = [
        Mark(evidence.at, _sign(evidence, weight), _proof_shape(weight, evidence), evidence.id)
        for evidence, weight in began.weights
        if evidence.id != finding
    ]
    marks.append(Mark(found_at, Sign.FOUND, Shape.FOUND, finding))
    later = (one for one in facts.proofs if one.present and found_at < one.at <= now)
    marks += [Mark(one.at, Sign.SEEN_PRESENT, Shape.SOLID, one.evidence.id) for one in later]
    return Lane(
        LaneKind.PLACE,
        str(facts.scene.cell),
        bars=tuple(sorted((bar for bar in bars if bar.start < bar.end), key=lambda one: one.start)),
        marks=tuple(marks),
    )


def _sign(evidence: Evidence, weight: Weight) -> Sign:
    return Sign.SEEN_PRESENT if evidence.proof.value == "presence" else _WEIGHED[weight]


def _proof_shape(weight: Weight, evidence: Evidence) -> Shape:
    present = evidence.proof.value == "presence"
    return Shape.SOLID if present else Shape.HOLLOW if weight is Weight.COUNTS else Shape.DASHED


def _windows(facts: Facts, windows: Sequence[Accounted]) -> Iterator[Lane]:
    """One lane for each covering obligation, its windows as bars."""
    for obligation in facts.obligations:
        if not obligation.covers:
            continue
        done = {one.window: one for one in windows if one.plan == obligation.plan}
        bars = []
        for reach in obligation.windows:
            one = done.get(reach.window)
            if one is None and reach.window.start > facts.scene.found_at:
                continue
            sign = Sign(one.account.value) if one else Sign.OPEN
            name = f"window:{obligation.plan}:{reach.window.start:%Y%m%dT%H%MZ}"
            grade = one.grade.value if one and one.grade else ""
            bars.append(Bar(reach.window.start, reach.window.end, sign, name, grade))
        yield Lane(
            LaneKind.WINDOWS, str(obligation.plan), role=obligation.level.role, bars=tuple(bars)
        )


def _people(
    facts: Facts, windows: Sequence[Accounted], said: Sequence[Conclusion], now: datetime
) -> Iterator[Lane]:
    """A lane for everybody who held an obliging post or came past, primary posts first."""
    covering = [one for one in facts.obligations if one.covers]
    roles = {one.level.role for one in covering}
    grids = {place.grid_id for place in facts.scene.path}
    since = min((one.windows[0].window.start for one in covering if one.windows), default=None)
    if since is None:
        return
    posts = sorted(
        (
            post
            for post in facts.postings
            if post.role in roles
            and post.grid_id in grids
            and post.start <= facts.scene.found_at
            and (post.end is None or post.end > since)
        ),
        key=lambda post: (post.kind is not PostKind.PRIMARY, post.start, str(post.id)),
    )
    for person in dict.fromkeys(post.person_id for post in posts):
        held = [post for post in posts if post.person_id == person]
        bars = [
            Bar(post.start, post.end or facts.scene.found_at, Sign.POST, f"post:{post.id}")
            for post in held
            if post.start < (post.end or facts.scene.found_at)
        ]
        bars += [
            Bar(one.start, one.end, Sign(one.kind.value), f"excuse:{one.id}")
            for one in facts.excuses
            if one.person_id == person
            and one.start <= facts.scene.found_at
            and one.end > since
            and excuse_state(one, one.end) is ExcuseState.IN_FORCE
        ]
        marks = [*_walked(facts, windows, said, person), *_heard_by(facts, person, now)]
        yield Lane(
            LaneKind.PERSON,
            str(person),
            role=held[0].role,
            post=held[0].kind,
            bars=tuple(bars),
            marks=tuple(marks),
        )


def _heard_by(facts: Facts, person: UUID, now: datetime) -> Iterator[Mark]:
    """What somebody was told as a walker, on the walker's own lane."""
    for told in facts.told:
        if told.person == person and told.level.role in WALKERS:
            yield from _heard(facts, told, now)


def _walked(
    facts: Facts, windows: Sequence[Accounted], said: Sequence[Conclusion], person: UUID
) -> Iterator[Mark]:
    """Visits of one person, those that overlooked it, and the windows that were this person's."""
    overlooked = {
        each
        for one in said
        if one.code is Code.NOT_SEEN and one.person == person
        for each in one.evidence
    }
    for visit in facts.visits:
        if person in visit.crew and visit.seen_at <= facts.scene.found_at:
            blind = visit.evidence in overlooked
            sign = Sign.PASSED_NOT_REPORTED if blind else Sign.PASSED
            yield Mark(visit.seen_at, sign, Shape.SOLID, visit.evidence)
    for one in windows:
        if one.account is Account.MISSED and one.person == person:
            name = f"window:{one.plan}:{one.window.start:%Y%m%dT%H%MZ}"
            middle = one.window.start + (one.window.end - one.window.start) / 2
            yield Mark(middle, Sign.NOT_PATROLLED, Shape.CROSS, name)


def _case(facts: Facts, breach: Breach | None, now: datetime) -> Iterator[Lane]:
    """The finding on its way to whoever had to stop it, with clock stops as bars."""
    marks = [
        Mark(one.received_at, Sign.RECEIVED, Shape.HALF, one.evidence) for one in facts.receipts
    ]
    marks += [
        Mark(one.done_at, Sign.DISPATCHED, Shape.SOLID, one.evidence)
        for one in facts.dispatches
        if one.done_at is not None
    ]
    for one in facts.stoppings:
        done = one.outcome is StopOutcome.STOPPED
        sign = Sign.STOPPED if done else Sign.STOP_FAILED
        marks.append(Mark(one.at, sign, Shape.SOLID if done else Shape.HALF, one.evidence))
    if breach is not None and breach.due_at is not None:
        shown = breach.receipt.evidence if breach.receipt else breach.evidence[0]
        sign = Sign.STOP_DUE if breach.receipt else Sign.LADDER_ENDED
        marks.append(Mark(breach.due_at, sign, Shape.CROSS, shown))
    bars = tuple(
        Bar(
            one.stop.start,
            min(one.stop.end or now, now),
            Sign.DOWNTIME if one.system else Sign.PAUSE,
            one.evidence,
        )
        for one in facts.pauses
        if one.stop.start < now
    )
    if marks:
        yield Lane(LaneKind.CASE, str(facts.scene.finding), bars=bars, marks=tuple(marks))


def _levels(facts: Facts, now: datetime) -> Iterator[Lane]:
    """A lane for every level above that was told, lowest first."""
    order: dict[tuple[Level, UUID | None], list[Told]] = {}
    for told in sorted(facts.told, key=lambda one: (one.told_at, one.evidence)):
        if told.level.role in WALKERS:
            continue  # on the walker's own lane
        order.setdefault((told.level, told.person), []).append(told)
    for (level, person), every in order.items():
        yield Lane(
            LaneKind.LEVEL,
            str(person) if person else "",
            role=level.role,
            tier=level.tier,
            marks=tuple(mark for told in every for mark in _heard(facts, told, now)),
        )


def _heard(facts: Facts, told: Told, now: datetime) -> Iterator[Mark]:
    """Told hollow, read half, act solid, silence crossed."""
    edge = now if told.about_finding else min(now, facts.scene.found_at)
    if told.told_at > edge:
        return
    if told.person is None:
        yield Mark(told.told_at, Sign.VACANT, Shape.DASHED, told.evidence)
        return
    if told.delivered_at is None:
        yield Mark(told.told_at, Sign.NOT_DELIVERED, Shape.DASHED, told.evidence)
        return
    yield Mark(told.told_at, Sign.TOLD, Shape.HOLLOW, told.evidence)
    heard = [(told.read_at, Sign.READ), (told.acknowledged_at, Sign.ACKNOWLEDGED)]
    for at, sign in heard:
        if at is not None and at <= now:
            yield Mark(at, sign, Shape.HALF, told.evidence)
    if told.acted_at is not None and told.acted_at <= now:
        yield Mark(told.acted_at, Sign.ACTED, Shape.SOLID, told.acted or told.evidence)
        return
    over = told.until is not None and told.until <= edge
    at = told.until if told.until is not None and over else edge
    read = told.read_at is not None or told.acknowledged_at is not None
    sign = Sign.NOT_DONE if read else Sign.NOT_READ
    yield Mark(at, sign, Shape.CROSS, told.evidence, in_time=not over)
