"""The first catalogue a site starts with: 98 event classes with their limits, read from a table.

`events.csv` restates codes, names and limits of the case standard of 运城 (its table of events
follows the national numbering of GB/T 30428.2, own classes count down from 99). English names,
persistence, severity and limits to stop are this project's own defaults; a city imports its own
table over them. Several limits are several filing conditions, told apart by a few words.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from patrol.catalogue.rules import Persistence, limit_of, topic_of
from patrol.core.calendar import Limit


@dataclass(frozen=True)
class ConditionFact:
    """One filing condition: what it is about, where a class has several, and its limit."""

    filing: str
    limit: Limit
    closing: str = ""


@dataclass(frozen=True)
class ClassFact:
    """One minor class as the first catalogue has it."""

    code: str
    name: str
    name_en: str
    topic: str
    persistence: Persistence
    severity: str  # a value of findings' Severity
    stop: Limit | None
    favourite: int
    conditions: tuple[ConditionFact, ...]


@cache
def events() -> tuple[ClassFact, ...]:
    """All event classes of the first catalogue, in the order of the table."""
    table = files("patrol.catalogue").joinpath("events.csv").read_text(encoding="utf-8")
    return tuple(_fact(row) for row in csv.DictReader(table.splitlines()))


def _fact(row: dict[str, str]) -> ClassFact:
    limits = [_limit(text) for text in row["limits"].split("/")]
    words = row["conditions"].split("/") if row["conditions"] else [""] * len(limits)
    return ClassFact(
        code=row["code"],
        name=row["name"],
        name_en=row["name_en"],
        topic=topic_of(row["code"]),
        persistence=Persistence(row["persistence"]),
        severity=row["severity"],
        stop=_limit(row["stop"]) if row["stop"] else None,
        favourite=int(row["favourite"]),
        conditions=tuple(
            ConditionFact(filing, limit) for filing, limit in zip(words, limits, strict=True)
        ),
    )


def _limit(text: str) -> Limit:
    stated = limit_of(text)
    if stated is None:
        raise ValueError(f"{text!r} is no limit")
    return stated.limit
