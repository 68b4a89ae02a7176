"""Changing the catalogue: the first one of a site, and a city's own table taken over it."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlmodel import Session

from patrol.catalogue import queries
from patrol.catalogue.facts import ClassFact, ConditionFact, events
from patrol.catalogue.model import Condition, EventClass, HandlingUnit, Setting, Topic
from patrol.catalogue.rules import TOPICS, Persistence, topic_of
from patrol.catalogue.tables import StatedClass, Table, read_table
from patrol.core.access import Actor
from patrol.core.calendar import Limit
from patrol.core.errors import Refused
from patrol.ledger.service import note


@dataclass(frozen=True)
class Imported:
    """What an import did, or would do: classes by code, and the table with its faults."""

    table: Table
    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]


def seed(session: Session, *, now: datetime) -> int:
    """Give a site without a catalogue the first one; returns how many classes it got."""
    if queries.topics(session):
        return 0
    for position, topic in enumerate(TOPICS):
        session.add(
            Topic(code=topic.code, name=topic.name, name_en=topic.name_en, position=position)
        )
    session.flush()
    for fact in events():
        _store(session, fact, _major_of(fact.topic), now=now)
    note(session, None, "catalogue.seeded", "catalogue:first", {"classes": len(events())}, at=now)
    return len(events())


def take_table(
    session: Session, actor: Actor | None, content: bytes, *, dry_run: bool = False, now: datetime
) -> Imported:
    """Take a city's table: new classes are added, changed ones get a new version from `now`.

    Classes the table does not name stay as they are. A class keeps the persistence, severity,
    limit to stop and place among the favourites it has; a new one takes those of the first
    catalogue, or is a recurring, ordinary one. With `dry_run` nothing is stored. Raises `Refused`
    when the file cannot be read as a table, or when it holds faults and is not a dry run.
    """
    table = read_table(content)
    if table.faults and not dry_run:
        raise Refused("categories-faulty", rows=len(table.faults))
    first = {fact.code: fact for fact in events()}
    known = {each.code: each for each in queries.classes(session, at=now)}
    kept = queries.conditions(session, [each.id for each in known.values()])
    added: list[str] = []
    changed: list[str] = []
    unchanged: list[str] = []
    for stated in table.classes:
        old = known.get(stated.code)
        if old is not None and _same(stated, old, kept.get(old.id, [])):
            unchanged.append(stated.code)
            continue
        (changed if old else added).append(stated.code)
        if not dry_run:
            if old is not None:
                old.valid_to = now
            fact = _fact(stated, old, first.get(stated.code))
            _store(session, fact, stated.major or _major_of(fact.topic), now=now)
    if not dry_run:
        told = {
            "sha256": sha256(content).hexdigest(),
            "added": len(added),
            "changed": len(changed),
            "unchanged": len(unchanged),
        }
        note(session, actor, "catalogue.imported", "catalogue:table", told, at=now)
    return Imported(table, tuple(added), tuple(changed), tuple(unchanged))


def add_unit(session: Session, code: str, name: str, *, now: datetime) -> HandlingUnit:
    """A unit that puts findings right."""
    unit = HandlingUnit(code=code, name=name)
    session.add(unit)
    session.flush()
    note(session, None, "unit.added", unit.id, {"code": code, "name": name}, at=now)
    return unit


def set_figure(
    session: Session, actor: Actor | None, key: str, value: Any, *, now: datetime
) -> None:
    """Set a figure or switch of this site."""
    setting = session.get(Setting, key)
    if setting is None:
        session.add(Setting(key=key, value=value))
    else:
        setting.value = value
    note(session, actor, "setting.changed", f"setting:{key}", {"value": value}, at=now)


def _major_of(topic: str) -> str:
    return next(fact.name for fact in TOPICS if fact.code == topic)


def _same(stated: StatedClass, old: EventClass, conditions: list[Condition]) -> bool:
    """Whether a table says of a class what the catalogue already has."""
    limits = [(c.filing, c.closing, Limit(c.limit_amount, c.limit_unit)) for c in conditions]
    wanted = [(c.filing, c.closing, c.stated.limit) for c in stated.conditions]
    return old.name == stated.name and limits == wanted


def _fact(stated: StatedClass, old: EventClass | None, first: ClassFact | None) -> ClassFact:
    """A class as a table states it, with what tables do not state taken from before."""
    to_stop = [c.stated.limit for c in stated.conditions if c.stated.to_stop]
    stop = to_stop[0] if to_stop else first.stop if first else None
    if old is not None and old.stop_amount is not None and old.stop_unit is not None:
        stop = Limit(old.stop_amount, old.stop_unit)
    before = old or first
    return ClassFact(
        code=stated.code,
        name=stated.name,
        name_en=before.name_en if before else "",
        topic=before.topic if before else topic_of(stated.code),
        persistence=before.persistence if before else Persistence.RECURRING,
        severity=before.severity if before else "ordinary",
        stop=stop,
        favourite=before.favourite if before else 0,
        conditions=tuple(
            ConditionFact(c.filing, c.stated.limit, c.closing) for c in stated.conditions
        ),
    )


def _store(session: Session, fact: ClassFact, major: str, *, now: datetime) -> EventClass:
    row = EventClass(
        code=fact.code,
        name=fact.name,
        name_en=fact.name_en,
        major=major,
        topic=fact.topic,
        persistence=fact.persistence,
        severity=fact.severity,
        stop_amount=fact.stop.amount if fact.stop else None,
        stop_unit=fact.stop.unit if fact.stop else None,
        favourite=fact.favourite,
        valid_from=now,
    )
    session.add(row)
    session.flush()
    session.add_all(
        Condition(
            class_id=row.id,
            number=number,
            filing=condition.filing,
            closing=condition.closing,
            limit_amount=condition.limit.amount,
            limit_unit=condition.limit.unit,
        )
        for number, condition in enumerate(fact.conditions, start=1)
    )
    return row
