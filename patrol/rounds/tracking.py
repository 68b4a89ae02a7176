"""What a round's track adds: metres and seconds per cell, visits, grades that waited for it."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlmodel import Session

from patrol.core.access import Actor
from patrol.core.errors import Refused
from patrol.core.store import uuid7
from patrol.grid.model import Grid
from patrol.ledger.service import note
from patrol.rounds import evidence, queries, rules
from patrol.rounds.crews import by_duties
from patrol.rounds.drafts import Batch
from patrol.rounds.keeping import worth_keeping
from patrol.rounds.model import FILE, Method, Passage, Round, TrackBatch, Visit
from patrol.rounds.queries import Land
from patrol.rounds.rules import APART, HEARTBEAT, Fix, Grade
from patrol.rounds.service import mine
from patrol.rounds.tracks import Reading

Runs = Sequence[Sequence[Fix]]
IN_ONE = 2000  # fixes of a file stored together
_PASSAGE = insert(Passage.__table__)  # type: ignore[attr-defined]  # built once


def take_track(
    session: Session, actor: Actor, draft: Batch, *, key: UUID, now: datetime, zone: ZoneInfo
) -> int:
    """Store a batch, count what it adds to each cell, and settle what waited for it.

    Gives back how many points were kept: those from outside the round's time are not.
    """
    going = mine(session, actor, draft.round_id)
    runs = worth_keeping(session, going, _set_right(draft.runs, now))
    if not runs:
        note(session, actor, "track.refused", f"round:{going.id}", {"off_duty": True}, at=now)
        return 0
    taken = draft.first
    if queries.has_batch(session, going.id, taken):
        taken = queries.next_first(session, going.id)
    batch = _batch(going, runs, taken, key=key, now=now)
    _take(session, actor, going, batch, now=now, zone=zone)
    return len(batch.points)


def take_file(
    session: Session, actor: Actor, going: Round, reading: Reading, *, now: datetime, zone: ZoneInfo
) -> int:
    """Fill a round in from another recorder's file; gives back how many of its fixes are taken.

    Whoever sends a file writes it down now: what lies more than a day back is left alone, as are
    fixes outside the round's time, and what it alone shows is a 补录. Raises `track-too-old`.
    """
    until = going.ended_at or now
    inside = [[fix for fix in run if going.started_at <= fix.at <= until] for run in reading.runs]
    recent = [[fix for fix in run if not rules.too_old(fix.at, now)] for run in inside]
    if any(inside) and not any(recent):
        raise Refused("track-too-old", "track")
    take_runs(session, actor, going, recent, now=now, zone=zone, filed=True)
    return sum(map(len, recent))


def take_runs(
    session: Session,
    actor: Actor,
    going: Round,
    runs: Runs,
    *,
    now: datetime,
    zone: ZoneInfo,
    filed: bool = False,
) -> None:
    """Store a whole track; what a batch already covers is kept but not counted again."""
    parts = [
        run[start : start + IN_ONE + 1]
        for run in rules.rejoined(worth_keeping(session, going, runs))
        for start in range(0, max(len(run) - 1, 1), IN_ONE)
    ]
    for part in parts:
        first = queries.next_first(session, going.id)
        batch = _batch(going, [part], first, key=uuid7(), now=now, filed=filed)
        _take(session, actor, going, batch, now=now, zone=zone)


def _take(
    session: Session,
    actor: Actor,
    going: Round,
    batch: TrackBatch,
    *,
    now: datetime,
    zone: ZoneInfo,
) -> None:
    since, until = batch.from_at, batch.to_at
    before = queries.batches_around(session, going.id, since, until)
    session.add(batch)
    runs = queries.runs_of(batch)
    path = session.get_one(Grid, going.grid_id).path
    land = queries.land(session, path, [fix for run in runs for fix in run], at=since)
    meeting = [each for each in before if each.from_at < until and each.to_at > since]
    known = [(some[0].at, some[-1].at) for some in queries.stretches(meeting)]
    fresh = [
        stretch
        for run in runs
        for part in _new(run, known)
        for stretch in rules.segments(part, HEARTBEAT)
    ]
    ground = rules.ground(land.outlines)
    _count(session, going, rules.passages(fresh, ground), land)
    session.flush()
    along = [each for each in before if batch.filed or not each.filed]  # no file is vouched for
    found = rules.stays(queries.stretches([*along, batch]), ground)
    _settle(session, actor, going, batch, land, found, now=now, zone=zone)
    facts = {
        "points": len(batch.points),
        "sha256": hashlib.sha256(str(batch.points).encode()).hexdigest(),
        "from": since.isoformat(),
        "to": until.isoformat(),
        **({"file": True} if batch.filed else {}),
    }
    note(session, actor, "track.received", f"round:{going.id}", facts, at=now)


def _settle(
    session: Session,
    actor: Actor,
    going: Round,
    batch: TrackBatch,
    land: Land,
    found: Mapping[UUID, Sequence[rules.Passage]],
    *,
    now: datetime,
    zone: ZoneInfo,
) -> None:
    """Grade what was pending, and record as visits what the officer just walked through."""
    # A stay may have begun in a batch long before, and its visit lie as far back.
    begun = min(
        (part.first_at for parts in found.values() for part in parts), default=batch.from_at
    )
    since = min(begun, batch.from_at)
    visits = queries.visits_around(session, going.id, since, batch.to_at)
    settled = []
    for visit in visits:
        if visit.pending and visit.cell_id in land.outlines:
            stay = rules.around(found.get(visit.cell_id, ()), visit.seen_at)
            evidence.weigh(visit, land.outlines[visit.cell_id], stay)
            if visit.grade is not Grade.C:
                settled.append(visit)
    for duties, some in by_duties(session, going, settled):
        evidence.upgrade(session, actor, duties, some, now=now, zone=zone)
    walked = _walks(going, visits, land, found, now=now, filed=batch.filed)
    for duties, some in by_duties(session, going, walked):
        told = [(visit, {"seen_at": visit.seen_at.isoformat()}) for visit in some]
        evidence.enter(session, actor, duties, told, now=now, zone=zone)
    for waiting in queries.pending_notes(session, going.id, batch.from_at, batch.to_at):
        evidence.lean(waiting, [*visits, *walked], found.get(waiting.cell_id, ()))


def _walks(
    going: Round,
    visits: Iterable[Visit],
    land: Land,
    found: Mapping[UUID, Sequence[rules.Passage]],
    *,
    now: datetime,
    filed: bool,
) -> list[Visit]:
    """The visits that a track shows by itself, where none at grade B or better stands for a stay.

    A visit made for one stay stands for the next as well when that is no more than 15 minutes off.
    To a file, what another file showed stands too.
    """
    standing: dict[UUID, list[datetime]] = defaultdict(list)
    for visit in visits:
        if not visit.pending and (visit.grade.meets(Grade.B) or (filed and visit.reason == FILE)):
            standing[visit.cell_id].append(visit.seen_at)
    walked = []
    for cell_id, parts in found.items():
        for part in parts:
            if part.proves and not _stands(standing[cell_id], part):
                visit = _walked(going, cell_id, land, part, now=now, filed=filed)
                standing[cell_id].append(visit.seen_at)
                walked.append(visit)
    return walked


def _stands(seen: Iterable[datetime], part: rules.Passage) -> bool:
    """Whether one of the visits of a cell already stands for this stay."""
    return any(part.first_at - APART <= at <= part.last_at + APART for at in seen)


def _walked(
    going: Round, cell_id: UUID, land: Land, part: rules.Passage, *, now: datetime, filed: bool
) -> Visit:
    """One such visit, in the middle of the stay; it is inserted, and never in the session.

    A phone wrote it down as it went, a file is written when it arrives.
    """
    middle = part.first_at + (part.last_at - part.first_at) / 2
    backfill = filed and rules.is_backfill(middle, now)
    fix = land.fix_in(cell_id, part.first_at, part.last_at, middle)
    return Visit.model_construct(
        id=uuid5(going.id, f"{cell_id} {part.first_at.isoformat()}{' file' if backfill else ''}"),
        round_id=going.id,
        officer_id=going.officer_id,
        cell_id=cell_id,
        grid_id=land.grids[cell_id],
        method=Method.TRACK,
        grade=Grade.C if backfill else Grade.B,
        lon=fix.lon if fix else None,
        lat=fix.lat if fix else None,
        accuracy=fix.accuracy if fix else None,
        metres=round(part.metres, 1),
        seconds=round(part.seconds, 1),
        reason=FILE if backfill else "",
        backfill=backfill,
        seen_at=middle,
        made_at=now if filed else part.last_at,
        received_at=now,
    )


def _set_right(runs: Runs, now: datetime) -> Runs:
    """The runs by our clock, where the phone's is ahead: nothing is walked after it arrives."""
    ahead = max(fix.at for run in runs for fix in run) - now
    if ahead <= timedelta(0):
        return runs
    return [[Fix(fix.lon, fix.lat, fix.accuracy, fix.at - ahead) for fix in run] for run in runs]


def _batch(
    going: Round, runs: Runs, first: int, *, key: UUID, now: datetime, filed: bool = False
) -> TrackBatch:
    fixes = [fix for run in runs for fix in run]
    return TrackBatch(
        id=key,
        round_id=going.id,
        officer_id=going.officer_id,
        grid_id=going.grid_id,
        first=first,
        points=[[fix.lon, fix.lat, fix.accuracy, round(fix.at.timestamp(), 3)] for fix in fixes],
        gaps=[sum(map(len, runs[:number])) for number in range(1, len(runs))],
        filed=filed,
        from_at=min(fix.at for fix in fixes),
        to_at=max(fix.at for fix in fixes),
        received_at=now,
    )


def _new(run: Sequence[Fix], known: Collection[tuple[datetime, datetime]]) -> list[list[Fix]]:
    """The stretches of a run that no earlier one covers: no step is counted twice."""
    fresh: list[list[Fix]] = []
    for before, fix in pairwise(run):
        middle = before.at + (fix.at - before.at) / 2
        if any(since < middle < until for since, until in known):
            continue
        if not fresh or fresh[-1][-1] is not before:
            fresh.append([before])
        fresh[-1].append(fix)
    return fresh


def _count(session: Session, going: Round, found: Mapping[UUID, rules.Passage], land: Land) -> None:
    """Add to the metres and seconds of the round in each cell."""
    kept = queries.passages_of(session, going.id, found)
    for cell_id, row in kept.items():
        part = found[cell_id]
        row.metres += part.metres
        row.seconds += part.seconds
        row.first_at, row.last_at = min(row.first_at, part.first_at), max(row.last_at, part.last_at)
    new = [
        {
            "round_id": going.id,
            "cell_id": cell_id,
            "grid_id": land.grids[cell_id],
            "metres": part.metres,
            "seconds": part.seconds,
            "first_at": part.first_at,
            "last_at": part.last_at,
        }
        for cell_id, part in found.items()
        if cell_id not in kept
    ]
    if new:
        session.connection().execute(_PASSAGE, new)
