"""Draws what is checked and by whom from a seed, and compares what was seen with what was told."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from patrol.rounds.rules import Grade

AROUND = timedelta(hours=24)  # how far from a check what the patrol told still speaks of it
LATELY = timedelta(days=7)  # a cell checked since then is left out of a draw
JITTER = 30.0  # metres a good position may be off


class Barred(StrEnum):
    """Why a cell or a person was left out of a draw."""

    NO_PLAN = "no_plan"  # nobody was obliged there
    CHECKED_LATELY = "checked_lately"
    AWAY = "away"  # on leave or under orders
    UNBOUND = "unbound"  # the post was never accepted nor served
    OWN_DUTY = "own_duty"  # only with all checkers: each answers for that cell


class Saw(StrEnum):
    """What somebody who came unannounced saw."""

    CLEAR = "clear"
    PROBLEM = "problem"


class Match(StrEnum):
    """How what was seen compares with what the patrol told; a question, never a verdict."""

    AGREES = "agrees"
    TOLD = "told"  # the patrol had reported it
    SILENT = "silent"  # the patrol was there and said nothing of it
    CONTRADICTS = "contradicts"  # the patrol had noted that nothing was there
    GONE = "gone"  # the patrol had reported something that was not there any more
    NOT_THERE = "not_there"  # nobody of the patrol was there


@dataclass(frozen=True)
class Urn:
    """All a draw is made from; the same urn gives the same draw, on any machine."""

    seed: str
    cells: Sequence[str]
    checkers: Sequence[str]
    own: Mapping[str, Collection[str]]  # for each cell, who answers for it
    wanted: int

    def plain(self) -> dict[str, Any]:
        """As it is kept and digested."""
        return {
            "seed": self.seed,
            "cells": sorted(self.cells),
            "checkers": sorted(self.checkers),
            "own": {cell: sorted(people) for cell, people in sorted(self.own.items()) if people},
            "wanted": self.wanted,
        }


def drawn(urn: Urn) -> list[tuple[str, str]]:
    """Pairs of cell and checker: cells by their lot, each to a checker who has fewest by then.

    Nobody checks a cell they answer for; a cell that leaves nobody is passed over.
    """
    load: Counter[str] = Counter()
    pairs: list[tuple[str, str]] = []
    for cell in sorted(urn.cells, key=lambda one: lot(urn.seed, one)):
        free = [one for one in urn.checkers if one not in urn.own.get(cell, ())]
        if len(pairs) == urn.wanted:
            break
        if free:
            checker = min(free, key=lambda one: (load[one], lot(urn.seed, cell, one)))
            load[checker] += 1
            pairs.append((cell, checker))
    return pairs


def lot(*words: str) -> str:
    """The lot of something: nobody can tell it before the seed is known, everybody after."""
    return sha256(" ".join(words).encode()).hexdigest()


@dataclass(frozen=True)
class Visited:
    """A visit of the patrol."""

    at: datetime
    grade: Grade


@dataclass(frozen=True)
class Noted:
    """A note of the patrol that nothing was found."""

    at: datetime
    topic: str
    proven: bool


@dataclass(frozen=True)
class Reported:
    """A finding of the patrol."""

    at: datetime
    topic: str
    ended_at: datetime | None


@dataclass(frozen=True)
class Told:
    """What the patrol told of a cell around a check."""

    visits: Sequence[Visited] = ()
    notes: Sequence[Noted] = ()
    findings: Sequence[Reported] = ()


def match(saw: Saw, topics: Collection[str], told: Told, at: datetime) -> Match:
    """How what was seen of these topics at a moment compares with what the patrol told by then.

    What was told later speaks of another moment, and what is not proven of none.
    """
    open_then = any(
        one.topic in topics and one.at <= at and (one.ended_at is None or one.ended_at > at)
        for one in told.findings
    )
    noted = [one for one in told.notes if one.proven and one.at <= at]
    cleared = any(one.topic in topics for one in noted)
    there = bool(noted) or any(one.at <= at for one in told.visits)
    if saw is Saw.PROBLEM:
        if open_then:
            return Match.TOLD
        if cleared:
            return Match.CONTRADICTS
        return Match.SILENT if there else Match.NOT_THERE
    if open_then:
        return Match.GONE
    return Match.AGREES if there else Match.NOT_THERE
