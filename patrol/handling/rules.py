"""The procedure of a finding: which step leads where, whose it is, and what its clocks show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from patrol.core.calendar import Limit, WorkCalendar, deadline, spent_share
from patrol.findings.rules import ENDED, OUTSIDE, Source, Stage

__all__ = ["Stage"]  # it belongs to findings, which carry it; here it moves

MOST_EXTENSIONS = 2
MOST_HANGS = 1
_LONGEST = timedelta(days=3660)
_SECOND = timedelta(seconds=1)


class Hand(StrEnum):
    """Whose step it is."""

    DESK = "desk"  # 受理派遣员, 值班长
    FIELD = "field"  # who goes and looks
    UNIT = "unit"  # 专业部门


class Move(StrEnum):
    """One step of the procedure (domain reference, section 4.1)."""

    ACCEPT = "accept"  # 受理
    CONFIRM = "confirm"  # 核实属实
    FILE = "file"  # 立案
    DISPATCH = "dispatch"  # 派遣
    REMEDY = "remedy"  # 处置完成
    PASS = "pass"  # noqa: S105 -- 核查通过, no password
    CLOSE = "close"  # 结案, remedied with proof
    CLOSE_UNREMEDIED = "close_unremedied"  # 未整改结案
    RETURN = "return"  # 回退
    REWORK = "rework"  # 返工
    EXTEND = "extend"  # 延期
    HANG = "hang"  # 挂账
    RESUME = "resume"  # 挂账恢复
    VOID = "void"  # 作废
    DECLINE = "decline"  # 不予立案
    REOPEN = "reopen"  # 重新开启


WITH_REASON = frozenset(
    {
        Move.CLOSE_UNREMEDIED,
        Move.RETURN,
        Move.REWORK,
        Move.EXTEND,
        Move.HANG,
        Move.VOID,
        Move.DECLINE,
        Move.REOPEN,
    }
)
BACKWARD = frozenset({Move.RETURN, Move.REWORK, Move.REOPEN})  # each begins a new round
VERIFYING = frozenset({Move.PASS, Move.REWORK, Move.CLOSE, Move.CLOSE_UNREMEDIED})

_TABLE: dict[Stage, dict[Move, tuple[Stage, Hand]]] = {
    Stage.RECEIVED: {
        Move.ACCEPT: (Stage.FILING, Hand.DESK),
        Move.VOID: (Stage.VOID, Hand.DESK),
    },
    Stage.VERIFYING: {
        Move.CONFIRM: (Stage.FILING, Hand.FIELD),
        Move.RETURN: (Stage.RECEIVED, Hand.FIELD),
        Move.VOID: (Stage.VOID, Hand.DESK),
    },
    Stage.FILING: {
        Move.FILE: (Stage.DISPATCHING, Hand.DESK),
        Move.RETURN: (Stage.RECEIVED, Hand.DESK),
        Move.DECLINE: (Stage.DECLINED, Hand.DESK),
    },
    Stage.DISPATCHING: {
        Move.DISPATCH: (Stage.HANDLING, Hand.DESK),
        Move.RETURN: (Stage.FILING, Hand.DESK),
    },
    Stage.HANDLING: {
        Move.REMEDY: (Stage.CHECKING, Hand.UNIT),
        Move.RETURN: (Stage.DISPATCHING, Hand.UNIT),
        Move.EXTEND: (Stage.HANDLING, Hand.DESK),
        Move.HANG: (Stage.HUNG, Hand.DESK),
        Move.CLOSE_UNREMEDIED: (Stage.CLOSED, Hand.DESK),
    },
    Stage.HUNG: {
        Move.RESUME: (Stage.HANDLING, Hand.DESK),
        Move.CLOSE_UNREMEDIED: (Stage.CLOSED, Hand.DESK),
    },
    Stage.CHECKING: {
        Move.PASS: (Stage.CLOSING, Hand.FIELD),
        Move.REWORK: (Stage.HANDLING, Hand.FIELD),
    },
    Stage.CLOSING: {
        Move.CLOSE: (Stage.CLOSED, Hand.DESK),
        Move.CLOSE_UNREMEDIED: (Stage.CLOSED, Hand.DESK),
        Move.RETURN: (Stage.CHECKING, Hand.DESK),
    },
    Stage.CLOSED: {Move.REOPEN: (Stage.DISPATCHING, Hand.DESK)},
    Stage.VOID: {Move.REOPEN: (Stage.RECEIVED, Hand.DESK)},
    Stage.DECLINED: {Move.REOPEN: (Stage.FILING, Hand.DESK)},
}


def moves(stage: Stage) -> tuple[Move, ...]:
    """The steps that lead on from a stage, the usual one first."""
    return tuple(_TABLE[stage])


def hand(stage: Stage, move: Move) -> Hand:
    """Whose step it is."""
    return _TABLE[stage][move][1]


def target(stage: Stage, move: Move, source: Source, *, given: bool) -> Stage:
    """Where a step leads; `given`: a unit has been named that can be sent back to work.

    A report from outside is verified before it is filed; what nobody was given is dispatched.
    """
    if move is Move.ACCEPT and source in OUTSIDE:
        return Stage.VERIFYING
    if move is Move.REWORK and not given:
        return Stage.DISPATCHING
    return _TABLE[stage][move][0]


@dataclass(frozen=True)
class Entry:
    """One step taken."""

    move: Move
    from_stage: Stage
    to_stage: Stage
    at: datetime
    by: UUID | None


def fixers(history: Iterable[Entry], self_handled_by: UUID | None = None) -> frozenset[UUID]:
    """Everyone who ever put it right, and so may not verify it."""
    fixed = {each.by for each in history if each.move is Move.REMEDY and each.by}
    return frozenset(fixed | ({self_handled_by} if self_handled_by else set()))


def refusal(
    stage: Stage,
    move: Move,
    by: UUID,
    history: Sequence[Entry],
    *,
    reason: str = "",
    proof: bool = False,
    self_handled_by: UUID | None = None,
    overdue: bool = False,
) -> str | None:
    """Why `by` may not take this step now, as a code; none when it may be taken.

    `proof`: a photo of afterwards is there. Whose hand it is asks the permission table.
    """
    this_round = _since_reopened(history)
    extended = sum(each.move is Move.EXTEND for each in this_round)
    hung = sum(each.move is Move.HANG for each in this_round)
    reasons = {
        "step-not-open": move not in _TABLE[stage],
        "reason-missing": move in WITH_REASON and not reason.strip(),
        "fixer-verifies": move in VERIFYING and by in fixers(history, self_handled_by),
        "proof-missing": move in {Move.REMEDY, Move.CLOSE} and not proof,
        "extension-overdue": move is Move.EXTEND and overdue,
        "extension-used-up": move is Move.EXTEND and extended >= MOST_EXTENSIONS,
        "hang-used-up": move is Move.HANG and hung >= MOST_HANGS,
    }
    return next((code for code, holds in reasons.items() if holds), None)


def remedied(move: Move) -> bool | None:
    """Which of the two ends a step makes: put right with proof, or not; none for other steps."""
    return {Move.CLOSE: True, Move.CLOSE_UNREMEDIED: False}.get(move)


def ends(stage: Stage) -> bool:
    """Whether nothing more is to be done in a stage."""
    return stage in ENDED


def pauses(history: Iterable[Entry], now: datetime) -> list[tuple[datetime, datetime]]:
    """When the clock stood still because it was hung up."""
    found: list[tuple[datetime, datetime]] = []
    hung_at: datetime | None = None
    for each in history:
        if hung_at is not None:
            found.append((hung_at, each.at))
            hung_at = None
        if each.to_stage is Stage.HUNG:
            hung_at = each.at
    return [*found, (hung_at, now)] if hung_at is not None else found


def spent(
    start: datetime,
    limit: Limit,
    history: Sequence[Entry],
    now: datetime,
    calendar: WorkCalendar,
) -> float:
    """Which part of the limit is used, pauses left out; each extension adds the limit once more."""
    used = spent_share(start, limit, now, calendar)
    for paused_at, resumed_at in pauses(history, now):
        if start <= paused_at < now:
            until = min(resumed_at, now)
            used -= spent_share(start, limit, until, calendar)
            used += spent_share(start, limit, paused_at, calendar)
    extended = sum(each.move is Move.EXTEND and each.at >= start for each in history)
    return max(used, 0.0) / (1 + extended)


def handle_due(
    start: datetime, limit: Limit, history: Sequence[Entry], calendar: WorkCalendar
) -> datetime | None:
    """When the limit to handle is used up, to the second; none while it is hung up."""
    if history and history[-1].to_stage is Stage.HUNG:
        return None
    first = deadline(start, limit, calendar)
    if spent(start, limit, history, first, calendar) >= 1:
        return first
    low, high = first, first + (first - start) + _SECOND
    while spent(start, limit, history, high, calendar) < 1 and high - start < _LONGEST:
        low, high = high, high + (high - start)
    while high - low > _SECOND:
        middle = low + (high - low) / 2
        if spent(start, limit, history, middle, calendar) < 1:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def stretches(
    first: Stage, started_at: datetime, history: Sequence[Entry], now: datetime
) -> list[tuple[Stage, datetime, datetime]]:
    """How long it lay in which stage: sorted, without gaps, the last one up to `now`."""
    edges = [(first, started_at), *((each.to_stage, each.at) for each in history)]
    closed = ends(edges[-1][0])
    follow = [at for _, at in edges[1:]] + [edges[-1][1] if closed else now]
    return [(stage, at, until) for (stage, at), until in zip(edges, follow, strict=True)]


def _since_reopened(history: Sequence[Entry]) -> Sequence[Entry]:
    last = max((i for i, each in enumerate(history) if each.move is Move.REOPEN), default=-1)
    return history[last + 1 :]
