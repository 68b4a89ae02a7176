"""Drawing spot checks, and keeping what somebody who came unannounced saw."""

from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid5

from geoalchemy2.shape import to_shape
from sqlmodel import Session

from patrol.catalogue import queries as catalogue
from patrol.checks import queries
from patrol.checks.drafts import NewDraw, Seen
from patrol.checks.model import Draw, Inspection, SpotCheck
from patrol.checks.rules import JITTER, Saw, drawn
from patrol.core.access import Actor, May, demand
from patrol.core.errors import Conflict, Refused
from patrol.findings import drafts as findings
from patrol.findings.service import record as record_finding
from patrol.grid.model import Cell, Grid
from patrol.grid.queries import cell_at
from patrol.ledger.rules import canonical
from patrol.ledger.service import note
from patrol.notices.service import acted, notify
from patrol.photos.service import announce
from patrol.rounds.rules import Times, metres_outside, times


def draw(session: Session, actor: Actor, draft: NewDraw, *, seed: str, now: datetime) -> Draw:
    """Draw cells and checkers below a grid, and tell each checker.

    All it was drawn from is kept, so that anybody can draw again. Raises `nothing-to-draw`.
    """
    grid = demand(actor, May.DRAW_CHECK, session.get(Grid, draft.grid_id), seen=May.SEE_GRID)
    found = queries.drawing(session, grid, seed, draft.cells, now=now)
    pairs = drawn(found.urn)
    if not pairs:
        raise Refused("nothing-to-draw", "grid_id")
    made = Draw(
        grid_id=grid.id,
        officer_id=actor.id,
        urn=found.urn.plain(),
        excluded=[[what, why.value] for what, why in found.excluded],
        pairs=[list(pair) for pair in pairs],
        digest=sha256(canonical(found.urn.plain())).hexdigest(),
        drawn_at=now,
        due_at=now + timedelta(days=draft.days),
    )
    session.add(made)
    session.flush()
    for cell_id, checker in pairs:
        _task(session, made, session.get_one(Cell, UUID(cell_id)), UUID(checker), now=now)
    facts = {
        "seed": seed,
        "urn": made.digest,
        "pairs": made.pairs,
        "candidates": [len(found.urn.cells), len(found.urn.checkers)],
        "excluded": len(found.excluded),
    }
    note(session, actor, "draw.made", made.id, facts, at=now)
    return made


def inspect(session: Session, actor: Actor, draft: Seen, *, key: UUID, now: datetime) -> Inspection:
    """Keep what was seen at a place; a problem opens a finding by another hand than the obliged.

    Raises `place-outside`, `check-elsewhere`, `check-done`, `topic-unknown`, `class-unknown`.
    """
    told = times(draft.seen_at, draft.made_at, now)
    task = session.get(SpotCheck, draft.check_id) if draft.check_id else None
    cell = _cell(session, draft, task, told)
    demand(actor, May.INSPECT, task if draft.check_id else cell, seen=May.SEE_CHECK)
    if task is not None and task.done_at is not None:
        raise Conflict("check-done")
    known = {topic.code for topic in catalogue.topics(session)}
    if unknown := set(draft.topics) - known:
        raise Refused("topic-unknown", "topics", topic=min(unknown))
    seen = Inspection(
        id=key,
        check_id=task.id if task else None,
        officer_id=actor.id,
        cell_id=cell.id,
        grid_id=cell.grid_id,
        saw=draft.saw,
        topics=sorted(set(draft.topics)),
        remark=draft.remark,
        lon=draft.lon,
        lat=draft.lat,
        accuracy=draft.accuracy,
        seen_at=told.seen,
        made_at=told.made,
        received_at=now,
    )
    if draft.saw is Saw.PROBLEM:
        _open(session, actor, draft, seen, now=now)
    session.add(seen)
    if draft.saw is Saw.CLEAR:
        for photo in draft.announced():
            announce(session, actor, queries.subject(seen), seen.grid_id, photo, now=now)
    if task is not None:
        task.done_at = told.seen
        acted(session, actor.id, f"check:{task.id}", now=now)
    facts = {
        "cell": str(cell.id),
        "saw": seen.saw.value,
        "topics": seen.topics,
        "check": str(task.id) if task else None,
        "finding": str(seen.finding_id) if seen.finding_id else None,
        "spot": [seen.lon, seen.lat],
        **told.facts(),
    }
    session.flush()
    note(session, actor, "inspection.recorded", key, facts, at=now)
    return seen


def _cell(session: Session, draft: Seen, task: SpotCheck | None, told: Times) -> Cell:
    """The cell that was looked at: the drawn one where one was drawn, else the one stood in."""
    if task is None:
        cell = cell_at(session, draft.lon, draft.lat, at=told.seen)
        if cell is None:
            raise Refused("place-outside", "lon")
        return cell
    cell = session.get_one(Cell, task.cell_id)
    outside = metres_outside(to_shape(cell.boundary), draft.lon, draft.lat)
    if outside > max(draft.accuracy or 0.0, JITTER):
        raise Refused("check-elsewhere", "lon", metres=round(outside))
    return cell


def _open(session: Session, actor: Actor, draft: Seen, seen: Inspection, *, now: datetime) -> None:
    """Open the finding of what was seen; a supervisor's counts as found by inspection."""
    problem = findings.Draft(
        code=draft.code or "",
        lon=draft.lon,
        lat=draft.lat,
        own_lon=draft.lon if draft.accuracy is not None else None,
        own_lat=draft.lat if draft.accuracy is not None else None,
        own_accuracy=draft.accuracy,
        remark=draft.remark,
        photo=draft.photo,
        seen_at=seen.seen_at,
        made_at=seen.made_at,
    )
    key = uuid5(seen.id, "finding")
    finding = record_finding(session, actor, problem, key=key, now=now)
    seen.finding_id, seen.topics = finding.id, [finding.topic]


def _task(session: Session, made: Draw, cell: Cell, checker: UUID, *, now: datetime) -> None:
    task = SpotCheck(
        draw_id=made.id,
        cell_id=cell.id,
        grid_id=cell.grid_id,
        officer_id=checker,
        due_at=made.due_at,
    )
    session.add(task)
    session.flush()
    notify(
        session,
        checker,
        "check.drawn",
        f"check:{task.id}",
        {"cell": cell.code},
        due_at=now,
        now=now,
        grid_id=cell.grid_id,
    )
