"""Reading the catalogue: topics, classes in force, their conditions, and the working calendar."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlmodel import Session, col

from patrol.catalogue.model import (
    CalendarDay,
    Condition,
    EventClass,
    HandlingUnit,
    Setting,
    Topic,
)
from patrol.catalogue.rules import Persistence
from patrol.core import clock
from patrol.core.calendar import Limit, LimitUnit, WorkCalendar, china


def topics(session: Session) -> list[Topic]:
    """All topics in the order of the table."""
    query = select(Topic).order_by(col(Topic.position), col(Topic.code))
    return list(session.scalars(query))


def classes(session: Session, *, at: datetime) -> list[EventClass]:
    """The classes in force at a moment, by code."""
    query = select(EventClass).where(_in_force(at)).order_by(col(EventClass.code))
    return list(session.scalars(query))


def favourites(session: Session, *, at: datetime) -> list[EventClass]:
    """The classes on the big chips, in their order."""
    query = (
        select(EventClass)
        .where(_in_force(at), col(EventClass.favourite) > 0)
        .order_by(col(EventClass.favourite), col(EventClass.code))
    )
    return list(session.scalars(query))


def class_by_code(session: Session, code: str, *, at: datetime) -> EventClass | None:
    """The version of a class that was in force at a moment."""
    query = select(EventClass).where(_in_force(at), col(EventClass.code) == code)
    return session.scalars(query.order_by(col(EventClass.valid_from).desc())).first()


def class_by_id(session: Session, class_id: UUID) -> EventClass | None:
    """One version of a class, in force or not."""
    return session.get(EventClass, class_id)


def classes_by_id(session: Session, ids: Iterable[UUID]) -> dict[UUID, EventClass]:
    """Several versions of classes, in force or not."""
    found = session.scalars(select(EventClass).where(col(EventClass.id).in_(set(ids))))
    return {each.id: each for each in found}


def conditions_of(session: Session, class_id: UUID) -> list[Condition]:
    """The filing conditions of a class in the order of the table."""
    query = select(Condition).where(col(Condition.class_id) == class_id)
    return list(session.scalars(query.order_by(col(Condition.number))))


def conditions(session: Session, class_ids: Iterable[UUID]) -> dict[UUID, list[Condition]]:
    """The filing conditions of several classes."""
    query = select(Condition).where(col(Condition.class_id).in_(set(class_ids)))
    found: dict[UUID, list[Condition]] = {}
    for condition in session.scalars(query.order_by(col(Condition.number))):
        found.setdefault(condition.class_id, []).append(condition)
    return found


def units(session: Session) -> list[HandlingUnit]:
    """The units that put findings right."""
    return list(session.scalars(select(HandlingUnit).order_by(col(HandlingUnit.code))))


def calendar(session: Session) -> WorkCalendar:
    """The State Council's calendar with the city's own days laid over it, in the city's zone."""
    own = {row.day: row.works for row in session.scalars(select(CalendarDay))}
    whole = china(clock.city())
    return whole.with_exceptions(own) if own else whole


def setting(session: Session, key: str, otherwise: Any = None) -> Any:
    """A figure or switch of this site."""
    found = session.get(Setting, key)
    return otherwise if found is None else found.value


def _in_force(at: datetime) -> ColumnElement[bool]:
    ends = col(EventClass.valid_to)
    return (col(EventClass.valid_from) <= at) & or_(ends.is_(None), ends > at)


@dataclass(frozen=True)
class ClassCard:
    """One class for a page: its conditions with their limits, and its limit to stop."""

    code: str
    name: str
    name_en: str
    persistence: Persistence
    severity: str
    stop: Limit | None
    conditions: tuple[tuple[str, str, Limit], ...]  # filing, closing, limit


def cards(session: Session, topic: str, *, at: datetime) -> list[ClassCard]:
    """The classes of a topic in force at a moment, ready for a page."""
    found = [each for each in classes(session, at=at) if each.topic == topic]
    known = conditions(session, [each.id for each in found])
    return [
        ClassCard(
            code=each.code,
            name=each.name,
            name_en=each.name_en,
            persistence=each.persistence,
            severity=each.severity,
            stop=_limit(each.stop_amount, each.stop_unit),
            conditions=tuple(
                (one.filing, one.closing, Limit(one.limit_amount, one.limit_unit))
                for one in known.get(each.id, [])
            ),
        )
        for each in found
    ]


def _limit(amount: int | None, unit: LimitUnit | None) -> Limit | None:
    return None if amount is None or unit is None else Limit(amount, unit)
