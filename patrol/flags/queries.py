"""Reading questions, what was answered to them, and all that a round is judged by."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from patrol.core.access import Actor, May, within
from patrol.findings.model import Finding
from patrol.flags.model import Flag, FlagReply, Weighing
from patrol.flags.rules import MONTH, SETTLED, Kind, Pace, Sent, Verdict, Walk, plain
from patrol.grid.model import Grid
from patrol.ledger.model import LedgerEntry, LedgerPayload
from patrol.people.queries import names
from patrol.replay.model import Receipt
from patrol.rounds.keeping import is_coarse
from patrol.rounds.model import (
    ByHandBecause,
    ClearNote,
    LeftBecause,
    Leg,
    Method,
    Round,
    TrackBatch,
    Visit,
)
from patrol.rounds.queries import runs_of

PAGE = 50
WEEK = timedelta(days=7)
SOME = 5  # rounds looked at in one step: others wait meanwhile where there is one writer
_CODES = {each.value for each in (*ByHandBecause, *LeftBecause)}


# For the pages


@dataclass(frozen=True)
class FlagCard:
    """A question, ready for a page."""

    id: UUID
    round_id: UUID
    kind: Kind
    facts: Mapping[str, Any]
    officer_id: UUID
    officer: str
    grid: str
    started_at: datetime
    from_at: datetime | None
    to_at: datetime | None
    raised_at: datetime
    verdict: Verdict | None
    remark: str
    settled_by: str | None
    settled_at: datetime | None
    answered: bool


@dataclass(frozen=True)
class Answer:
    """What the officer said."""

    officer: str
    text: str
    made_at: datetime


def listed(
    session: Session, actor: Actor, *, settled: bool = False, page: int = 1
) -> list[FlagCard]:
    """Questions the reader may see, the latest first, and one beyond the page.

    In the order of their days, never by person: they rank nobody.
    """
    query = (
        select(Flag)
        .where(within(actor, May.SEE_FLAG, Flag), _settled(settled=settled))
        .order_by(col(Flag.raised_at).desc(), col(Flag.id))
        .offset((page - 1) * PAGE)
        .limit(PAGE + 1)
    )
    return cards(session, list(session.scalars(query)))


def counted(session: Session, actor: Actor, *, settled: bool = False) -> int:
    """How many of these there are."""
    query = select(func.count()).where(within(actor, May.SEE_FLAG, Flag), _settled(settled=settled))
    return session.scalar(query) or 0


def cards(session: Session, flags: Sequence[Flag]) -> list[FlagCard]:
    """Questions ready for a page, in as many queries as for one."""
    people = names(session, [one for flag in flags for one in (flag.officer_id, flag.settled_by)])
    grids = _texts(session, Grid, {flag.grid_id for flag in flags}, Grid.name)
    begun = _texts(session, Round, {flag.round_id for flag in flags}, Round.started_at)
    answered = set(
        session.scalars(
            select(col(FlagReply.flag_id)).where(
                col(FlagReply.flag_id).in_([flag.id for flag in flags])
            )
        )
    )
    return [
        FlagCard(
            id=flag.id,
            round_id=flag.round_id,
            kind=flag.kind,
            facts=flag.facts,
            officer_id=flag.officer_id,
            officer=people.get(flag.officer_id, ""),
            grid=grids[flag.grid_id],
            started_at=begun[flag.round_id],
            from_at=flag.from_at,
            to_at=flag.to_at,
            raised_at=flag.raised_at,
            verdict=flag.verdict,
            remark=flag.remark,
            settled_by=people.get(flag.settled_by) if flag.settled_by else None,
            settled_at=flag.settled_at,
            answered=flag.id in answered,
        )
        for flag in flags
    ]


def answers_to(session: Session, flag_id: UUID) -> list[Answer]:
    """What was said to a question, in order."""
    query = select(FlagReply).where(col(FlagReply.flag_id) == flag_id)
    said = list(session.scalars(query.order_by(col(FlagReply.made_at), col(FlagReply.id))))
    people = names(session, [each.officer_id for each in said])
    return [Answer(people.get(each.officer_id, ""), each.text, each.made_at) for each in said]


# For the job


def to_weigh(session: Session, *, now: datetime) -> list[Round]:
    """Rounds that ended lately, whose track has had time to come in, and that nobody looked at."""
    query = (
        select(Round)
        .outerjoin(Weighing, col(Weighing.round_id) == col(Round.id))
        .where(
            col(Round.ended_at).between(now - WEEK, now - SETTLED),
            col(Weighing.round_id).is_(None),
        )
        .order_by(col(Round.ended_at))
        .limit(SOME)
    )
    return list(session.scalars(query))


def to_look_again(session: Session, *, now: datetime) -> list[Weighing]:
    """Rounds whose next look is due; nobody else's meanwhile."""
    query = (
        select(Weighing)
        .where(col(Weighing.look_at) <= now)
        .order_by(col(Weighing.look_at))
        .limit(SOME)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(query))


def raised(session: Session, round_id: UUID) -> set[Kind]:
    """What was asked about a round already."""
    return set(session.scalars(select(col(Flag.kind)).where(col(Flag.round_id) == round_id)))


def parts(session: Session, round_id: UUID) -> int:
    """How many batches and acts of a round there are."""
    models: tuple[Any, ...] = (TrackBatch, Visit, ClearNote)
    query = select(func.count()).select_from
    return sum(
        session.scalar(query(model).where(model.round_id == round_id)) or 0 for model in models
    )


def walk_of(session: Session, one: Round, *, now: datetime) -> Walk:
    """All that is judged of a round."""
    batches = list(session.scalars(select(TrackBatch).where(col(TrackBatch.round_id) == one.id)))
    legs = session.scalars(
        select(Leg).where(col(Leg.round_id) == one.id).order_by(col(Leg.from_at), col(Leg.id))
    )
    visits = list(
        session.scalars(
            select(Visit).where(col(Visit.round_id) == one.id, col(Visit.method) != Method.TRACK)
        )
    )
    receipts = _receipts(session, one, visits)
    return Walk(
        runs=[
            [fix for fix in run if not is_coarse(fix)]
            for batch in batches
            for run in runs_of(batch)
        ],
        legs=[(leg.from_at, Pace(leg.mode.value)) for leg in legs]
        or [(one.started_at, Pace(one.mode.value))],
        sent=_sent(session, one, visits, receipts),
        strangers=_strangers(session, one, receipts.values()),
        words=_words(session, one.officer_id, one.started_at, one.ended_at or now, one),
        said_before=Counter(
            plain(words)
            for words in _words(session, one.officer_id, one.started_at - MONTH, one.started_at)
        ),
        prints=_prints(session, one),
    )


def _receipts(session: Session, one: Round, visits: Iterable[Visit]) -> dict[UUID, Receipt]:
    """What the officer's phone was answered to the start of the round and its visits."""
    sent = [one.id, *(visit.id for visit in visits)]
    query = select(Receipt).where(
        col(Receipt.author_id) == one.officer_id, col(Receipt.item_id).in_(sent)
    )
    return {receipt.item_id: receipt for receipt in session.scalars(query)}


def _sent(
    session: Session, one: Round, visits: Sequence[Visit], receipts: Mapping[UUID, Receipt]
) -> list[Sent]:
    ahead = _ahead(session, [f"round:{one.id}", *(f"visit:{visit.id}" for visit in visits)])
    acts: list[tuple[str, Any]] = [("round", one), *(("visit", visit) for visit in visits)]
    return [
        Sent(
            act.made_at,
            act.received_at,
            receipt.device_id if receipt else None,
            receipt.device_seq if receipt else None,
            ahead.get(f"{noun}:{act.id}", timedelta(0)),
        )
        for noun, act in acts
        for receipt in [receipts.get(act.id)]
    ]


def _ahead(session: Session, subjects: Sequence[str]) -> dict[str, timedelta]:
    """How far a phone's clock ran ahead, as the ledger kept it when the record was set right."""
    query = (
        select(col(LedgerEntry.subject), col(LedgerPayload.payload))
        .join(LedgerPayload, col(LedgerPayload.seq) == col(LedgerEntry.seq))
        .where(
            col(LedgerEntry.subject).in_(subjects),
            col(LedgerEntry.kind).in_(["round.started", "visit.recorded"]),
        )
    )
    told = ((row[0], json.loads(row[1])) for row in session.execute(query))
    return {
        subject: timedelta(seconds=facts["clock_ahead_s"])
        for subject, facts in told
        if "clock_ahead_s" in facts
    }


def _strangers(session: Session, one: Round, receipts: Iterable[Receipt]) -> int:
    """How many others outside the crew sent from the round's phones while it went on."""
    devices = {receipt.device_id for receipt in receipts if receipt.device_id is not None}
    if not devices or one.ended_at is None:
        return 0
    query = select(func.count(col(Receipt.author_id).distinct())).where(
        col(Receipt.device_id).in_(devices),
        col(Receipt.received_at).between(one.started_at, one.ended_at),
        col(Receipt.author_id).not_in([one.officer_id, *map(UUID, one.crew)]),
    )
    return session.scalar(query) or 0


def _words(
    session: Session,
    officer_id: UUID,
    since: datetime,
    until: datetime,
    one: Round | None = None,
) -> list[str]:
    """The officer's own words of a span; codes are nobody's own."""
    spans: list[tuple[Any, Any]] = [(Visit, Visit.reason), (Finding, Finding.remark)]
    said = [] if one is None else [one.left_because]
    for model, column in spans:
        query = select(column).where(
            model.officer_id == officer_id,
            model.seen_at >= since,
            model.seen_at < until,
            column != "",
        )
        said += session.scalars(query)
    return [words for words in said if words and words not in _CODES]


def _prints(session: Session, one: Round) -> dict[str, list[int]]:
    """What the tracks of the grid's other rounds of a month are known again by."""
    query = select(col(Weighing.round_id), col(Weighing.track)).where(
        col(Weighing.grid_id) == one.grid_id,
        col(Weighing.round_id) != one.id,
        col(Weighing.weighed_at) >= one.started_at - MONTH,
    )
    return {str(row[0]): row[1] for row in session.execute(query)}


def _settled(*, settled: bool) -> Any:
    return col(Flag.verdict).is_not(None) if settled else col(Flag.verdict).is_(None)


def _texts(session: Session, model: Any, ids: set[UUID], column: Any) -> dict[UUID, Any]:
    rows = session.execute(select(model.id, column).where(model.id.in_(ids)))
    return {row[0]: row[1] for row in rows}
