"""Accounts for every window of an obligation exactly once: who saw to it, or why nobody did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

from patrol.core.roles import PostKind
from patrol.people.rules import (
    INSTANT,
    Excuse,
    Level,
    Link,
    Posting,
    Why,
    answering,
    answers_of,
    away_at,
    binds,
    chain,
    held_to,
    in_force,
)
from patrol.plans.rules import Reach, Window
from patrol.rounds.rules import Grade, counts
from patrol.tracing.facts import Facts, Obligation, Visit
from patrol.tracing.onset import Span, span_of


class Account(StrEnum):
    """What a window came to; every one comes to exactly one of these."""

    PATROLLED = "patrolled"
    MISSED = "missed"
    EXCUSED = "excused"
    NOBODY = "nobody"
    UNKNOWN = "unknown"  # 无法查明: the evidence is gone


@dataclass(frozen=True)
class Share:
    """The part of a window in which one person answered for the post."""

    person: UUID
    post: UUID
    kind: PostKind
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Accounted:
    """One window, what it came to, by whom, and what shows it."""

    plan: UUID
    window: Window
    closes: datetime
    account: Account
    span: Span
    person: UUID | None = None  # who walked it, missed it, is excused, or had to fill the gap
    post: UUID | None = None
    why: Why = Why.NOBODY  # what made that person the one who answers
    grade: Grade | None = None
    excuse: UUID | None = None  # of several that meet, the one in force when it closed
    evidence: tuple[str, ...] = ()
    short: tuple[str, ...] = ()  # visits that do not suffice
    shares: tuple[Share, ...] = ()  # a handover inside the window
    uncovered: bool = False  # excused, and nobody was put in the place
    settled: bool = True  # no phone can still bring a visit

    @property
    def handed_over(self) -> bool:
        """Whether the post changed hands inside the window."""
        return len({share.person for share in self.shares}) > 1


def accounts(facts: Facts, now: datetime) -> tuple[Accounted, ...]:
    """Every window that closed by discovery, and those still open then that were patrolled."""
    found = (
        account_of(facts, obligation, reach, now)
        for obligation in facts.obligations
        if obligation.covers
        for reach in obligation.windows
        if reach.window.start <= min(facts.scene.found_at, now)
    )
    kept = [one for one in found if one is not None]
    return tuple(sorted(kept, key=lambda one: (one.window, str(one.plan))))


def account_of(
    facts: Facts, obligation: Obligation, reach: Reach, now: datetime
) -> Accounted | None:
    """One window accounted for; None while it was open at discovery and nobody had come yet."""
    served, short = _visits(facts, obligation, reach)
    short_evidence = tuple(visit.evidence for visit in short)
    if served:
        best = min(served, key=lambda one: (one.grade.value, one.seen_at, one.id.int))
        walker = _walker(facts, obligation, best)
        return Accounted(
            obligation.plan,
            reach.window,
            reach.closes,
            Account.PATROLLED,
            span_of(facts, reach, {walker.person_id}),
            person=walker.person_id,
            post=walker.id,
            why=Why(walker.kind.value),
            grade=best.grade,
            evidence=tuple(visit.evidence for visit in served),
            short=short_evidence,
            shares=_shares(facts, obligation.level, reach.window),
        )
    if min(facts.scene.found_at, now) < reach.closes:
        return None
    lost = _lost(facts, reach)
    if lost:
        span = span_of(facts, reach, ())
        return Accounted(
            obligation.plan, reach.window, reach.closes, Account.UNKNOWN, span, evidence=lost
        )
    return _unserved(facts, obligation, reach, short_evidence, now)


def holder(facts: Facts, obligation: Obligation, at: datetime) -> Link | None:
    """Who answered for an obligation at one moment, gaps passed upwards."""
    away = away_at(facts.excuses, at)
    scene = facts.scene
    links = chain(
        facts.postings, scene.path, obligation.line, at, away=away, top_tier=scene.top_tier
    )
    return answering(links, obligation.level)


def _unserved(
    facts: Facts, obligation: Obligation, reach: Reach, short: tuple[str, ...], now: datetime
) -> Accounted:
    """A window nobody served: missed, excused, or nobody's."""
    window, close = reach.window, reach.window.end - INSTANT
    link = holder(facts, obligation, close)
    shares = _shares(facts, obligation.level, window)
    held = held_to(link, facts.excuses, window.start, window.end)
    person, post, entries = held.person_id, held.posting, held.excuses
    account = Account.EXCUSED if entries else Account.MISSED
    if post is None:
        account = Account.NOBODY
    span = span_of(facts, reach, {person} if person else ())
    evidence = [f"post:{post.id}"] if post else []
    evidence += [f"excuse:{entry.id}" for entry in entries]
    return Accounted(
        obligation.plan,
        window,
        reach.closes,
        account,
        span,
        person=person,
        post=post.id if post else None,
        why=link.why if link else Why.NOBODY,
        excuse=entries[-1].id if entries else None,
        evidence=tuple(evidence),
        short=short,
        shares=shares,
        uncovered=held.uncovered and account is Account.EXCUSED,
        settled=_settled(facts, person, reach.closes, now),
    )


def filler(facts: Facts, one: Accounted) -> UUID | None:
    """Who had to see that somebody stood in a place left empty: the next level above."""
    obligation = next(each for each in facts.obligations if each.plan == one.plan)
    link = holder(facts, obligation, one.window.end - INSTANT)
    return link.answers if link else None


def _visits(facts: Facts, obligation: Obligation, reach: Reach) -> tuple[list[Visit], list[Visit]]:
    """Visits in the window by crews its posts oblige: those that credit it, and the others."""
    inside = [
        visit
        for visit in sorted(facts.visits, key=lambda one: (one.seen_at, one.id.int))
        if reach.holds(visit.seen_at) and walkers(facts, obligation, visit)
    ]
    enough = [
        visit
        for visit in inside
        if counts(
            visit.grade,
            obligation.grade,
            backfill=visit.backfilled,
            confirmed=visit.confirmed_at is not None,
            known=visit.confirmed_at is not None and visit.confirmed_at > facts.scene.known_at,
        )
    ]
    return enough, [visit for visit in inside if visit not in enough]


def walkers(facts: Facts, obligation: Obligation, visit: Visit) -> list[Posting]:
    """The obliging posts that the crew of a visit held then."""
    grids = {place.grid_id for place in facts.scene.path}
    return [
        post
        for post in in_force(facts.postings, visit.seen_at)
        if post.person_id in visit.crew
        and post.role is obligation.level.role
        and post.grid_id in grids
    ]


def _walker(facts: Facts, obligation: Obligation, visit: Visit) -> Posting:
    return walkers(facts, obligation, visit)[0]


def _shares(facts: Facts, level: Level, window: Window) -> tuple[Share, ...]:
    """Who answered for the obliging post in which part of a window, cover before primary.

    That is who gave it until it was accepted or served.
    """
    grids = {place.grid_id for place in facts.scene.path}
    posts = [
        post
        for post in facts.postings
        if post.role is level.role and post.grid_id in grids and post.start < window.end
        and (post.end is None or post.end > window.start)
    ]  # fmt: skip
    excuses: Sequence[Excuse] = facts.excuses
    edges = {window.start, window.end}
    for start, end in (
        *((post.start, post.end) for post in posts),
        *((post.accepted_at, post.served_at) for post in posts),
        *((one.start, one.end) for one in excuses),
        *((one.start, one.until) for post in posts for one in post.duties),
    ):
        edges |= {at for at in (start, end) if at and window.start < at < window.end}
    shares: list[Share] = []
    marks = sorted(edges)
    for start, end in pairwise(marks):
        away = away_at(excuses, start)
        here = [one for one in in_force(posts, start) if one.person_id not in away]
        bound = next((one for one in here if binds(one, start)), None)
        first = bound or next((one for one in here if one.assigned_by is not None), None)
        person = answers_of(first, start) if first else None
        if first is None or person is None:
            continue
        last = shares[-1] if shares else None
        if last and (last.person, last.post, last.end) == (person, first.id, start):
            start = shares.pop().start  # noqa: PLW2901 -- the same holder goes on
        shares.append(Share(person, first.id, first.kind, start, end))
    return tuple(shares)


def _lost(facts: Facts, reach: Reach) -> tuple[str, ...]:
    """What tells that the evidence of a window is gone."""
    return tuple(
        sorted(
            one.evidence
            for one in facts.losses
            if one.start < reach.closes and one.end > reach.window.start
        )
    )


def _settled(facts: Facts, person: UUID | None, closes: datetime, now: datetime) -> bool:
    """Whether a miss may be held against anyone: that phone was empty since, or a day is over."""
    if now >= closes + facts.figures.outbox:
        return True
    return any(who == person and closes <= at <= now for who, at in facts.emptied)
