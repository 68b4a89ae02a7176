"""Asks in order which duty failed first, and says whose post it was and what speaks for them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from patrol.catalogue.rules import Persistence
from patrol.core.roles import WALKERS, Line, PostKind, Role
from patrol.findings.rules import StopKind, StopOutcome
from patrol.people.rules import (
    ExcuseKind,
    ExcuseState,
    Level,
    Link,
    Posting,
    away_at,
    chain,
    excuse_state,
)
from patrol.tracing.accounts import Account, Accounted, filler, walkers
from patrol.tracing.facts import Facts, Receipt, Told, Visit
from patrol.tracing.onset import Breach, Ground, Span, onset
from patrol.tracing.verdicts import SPEAKS_FOR, Answer, Code, Conclusion, Question, Verdict


def answers(
    facts: Facts, windows: Sequence[Accounted], breach: Breach | None, now: datetime
) -> tuple[Answer, ...]:
    """All questions in order; persons are named only where a doubt stands on it."""
    counted = [one for one in windows if one.span is Span.SPANS and one.settled]
    doubtful = [one for one in windows if one.span is Span.MAY_SPAN or not one.settled]
    given = (
        _assigned(facts, counted),
        _planned(facts),
        _patrolled(facts, counted, doubtful),
        _seen(facts, counted, doubtful),
        _reported(facts),
        _dispatched(facts, now),
        _stopped(facts, breach),
        _levels(facts, now),
    )
    named = bool(counted) or breach is not None
    first = next((one.question for one in given if one.verdict is Verdict.NO), None)
    return tuple(
        replace(
            one,
            conclusions=tuple(
                _marked(each, first=one.question is first, named=named) for each in one.conclusions
            ),
        )
        for one in given
    )


def _marked(one: Conclusion, *, first: bool, named: bool) -> Conclusion:
    if one.code in SPEAKS_FOR:
        return one
    return replace(one, first=first) if named else replace(one, person=None, post=None)


def _answer(
    question: Question,
    found: Iterable[Conclusion],
    otherwise: Verdict,
    evidence: Iterable[str] = (),
) -> Answer:
    """No where a lapse was found, else `otherwise`."""
    said = tuple(sorted(found, key=lambda one: (one.at, str(one.person), one.code)))
    failed = any(one.code not in SPEAKS_FOR for one in said)
    shown = tuple(sorted(set(evidence)))
    return Answer(question, Verdict.NO if failed else otherwise, said, shown)


def _about(facts: Facts, one: Conclusion, post_id: UUID | None) -> Conclusion:
    """The same conclusion with the post it lies on, or the own post of who gave that one."""
    post = next((each for each in facts.postings if each.id == post_id), None)
    if post is None:
        return one
    if post.person_id != one.person:
        return _above(facts, one, one.at)
    stands_in = post.kind is not PostKind.PRIMARY
    since = post.start if stands_in else one.since
    return replace(one, post=post.id, role=post.role, kind=post.kind, since=since)


def _assigned(facts: Facts, counted: Sequence[Accounted]) -> Answer:
    found: list[Conclusion] = []
    for one in counted:
        if one.account is Account.NOBODY:
            gap = Code.NOT_ASSIGNED
        elif one.uncovered and not _weather(facts, one):
            gap = Code.LEFT_UNCOVERED
        else:
            continue
        person = filler(facts, one)
        said = Conclusion(Question.ASSIGNED, gap, one.window.start, person, evidence=one.evidence)
        found.append(_above(facts, said, one.window.start))
    links = [one for one in _base(facts) if one.posting is not None]
    posts = [f"post:{one.posting.id}" for one in links if one.posting]
    if not found and not links and not counted:
        at = onset(facts).not_after or facts.scene.found_at
        above = next((one for one in _base(facts) if one.answers), None)
        person = above.answers if above else None
        found = [_above(facts, Conclusion(Question.ASSIGNED, Code.NOT_ASSIGNED, at, person), at)]
    return _answer(Question.ASSIGNED, found, Verdict.YES, posts)


def _planned(facts: Facts) -> Answer:
    covering = [one for one in facts.obligations if one.covers]
    shown = [f"plan:{one.plan}" for one in covering]
    shown += [each.evidence for one in covering for each in one.signatures]
    shown += [one.evidence for one in facts.endings]
    if covering:
        return _answer(Question.PLANNED, (), Verdict.YES, shown)
    partly = [one for one in facts.obligations if one.covers_place]
    code = Code.TOPIC_NOT_PLANNED if partly else Code.PLACE_NOT_PLANNED
    at = onset(facts).not_after or facts.scene.found_at
    planner = next((one.planner for one in partly if one.planner), None)
    said = Conclusion(
        Question.PLANNED, code, at, planner, evidence=tuple(f"plan:{one.plan}" for one in partly)
    )
    if planner is None:
        leader = next(iter(_chain(facts, Line.UNIT, at)[1:]), None)
        said = replace(said, person=leader.answers if leader else None)
    return _answer(Question.PLANNED, [_above(facts, said, at)], Verdict.YES, shown)


def _patrolled(facts: Facts, counted: Sequence[Accounted], doubtful: Sequence[Accounted]) -> Answer:
    found = []
    for one in counted:
        said = Conclusion(
            Question.PATROLLED,
            Code.NOT_PATROLLED,
            one.window.start,
            one.person,
            evidence=(f"window:{one.plan}:{one.window.start:%Y%m%dT%H%MZ}", *one.evidence),
        )
        if one.account is Account.MISSED:
            found.append(_about(facts, said, one.post))
            if one.handed_over and one.shares[-1].person == one.person:
                part = replace(said, code=Code.PART_EXCUSED, since=one.shares[-1].start)
                found.append(replace(part, post=one.post))
        if one.account is Account.UNKNOWN:
            found.append(replace(said, code=Code.EVIDENCE_GONE, person=None))
        found.extend(_excuses(facts, one))
    walked = [one for one in counted if one.account is Account.PATROLLED]
    gone = any(one.account is Account.UNKNOWN for one in counted)
    otherwise = Verdict.YES if walked else Verdict.NOT_ASKED
    if gone or (not counted and doubtful):
        otherwise = Verdict.UNKNOWN
    shown = [each for one in walked for each in one.evidence]
    return _answer(Question.PATROLLED, found, otherwise, shown)


def _excuses(facts: Facts, one: Accounted) -> Iterator[Conclusion]:
    """Who held the post in a window nobody served, and was excused from it."""
    if one.account is Account.PATROLLED:
        return
    obligation = next(each for each in facts.obligations if each.plan == one.plan)
    grids = {place.grid_id for place in facts.scene.path}
    for post in sorted(facts.postings, key=lambda each: (each.start, each.id.int)):
        held = post.start < one.window.end and (post.end is None or post.end > one.window.start)
        if not held or post.role is not obligation.level.role or post.grid_id not in grids:
            continue
        for entry in facts.excuses:
            overlaps = entry.start < one.window.end and entry.end > one.window.start
            state = excuse_state(entry, one.window.end)
            if entry.person_id == post.person_id and overlaps and state is ExcuseState.IN_FORCE:
                said = Conclusion(
                    Question.PATROLLED,
                    Code.EXCUSED,
                    one.window.start,
                    post.person_id,
                    evidence=(f"excuse:{entry.id}",),
                )
                yield _about(facts, said, post.id)


def _seen(facts: Facts, counted: Sequence[Accounted], doubtful: Sequence[Accounted]) -> Answer:
    found: dict[tuple[datetime, UUID], Conclusion] = {}
    unsure = bool(doubtful) and not counted
    looked: list[str] = []
    visits = {visit.evidence: visit for visit in facts.visits}
    for one in counted:
        for evidence in (*one.evidence, *one.short):
            visit = visits.get(evidence)
            if visit is None or _reported_by(facts, visit):
                continue
            looked.append(evidence)
            if not _could_see(facts, visit):
                unsure = True
                continue
            post = _walker(facts, one, visit)
            said = Conclusion(
                Question.SEEN, Code.NOT_SEEN, visit.seen_at, post.person_id, evidence=(evidence,)
            )
            found.setdefault((one.window.start, post.person_id), _about(facts, said, post.id))
    otherwise = Verdict.UNKNOWN if unsure else Verdict.NOT_ASKED
    return _answer(Question.SEEN, found.values(), otherwise, looked)


def _walker(facts: Facts, one: Accounted, visit: Visit) -> Posting:
    """The obliging post on which a crew came past: of the window's own person, else the first."""
    obligation = next(each for each in facts.obligations if each.plan == one.plan)
    held = walkers(facts, obligation, visit)
    return next((post for post in held if post.person_id == one.person), held[0])


def _could_see(facts: Facts, visit: Visit) -> bool:
    """Whether it was there, and near, when the crew came past."""
    if visit.metres is None or visit.metres > facts.figures.sight:
        return False
    if facts.scene.persistence is Persistence.CONTINUOUS:
        began = onset(facts).not_after
        return began is not None and began <= visit.seen_at
    together = facts.figures.together
    return any(one.present and abs(one.at - visit.seen_at) <= together for one in facts.proofs)


def _reported_by(facts: Facts, visit: Visit) -> bool:
    """Whether somebody of this crew recorded it on this very visit."""
    return any(
        one.present
        and one.reported
        and one.evidence.by in visit.crew
        and abs(one.at - visit.seen_at) <= facts.figures.together
        for one in facts.proofs
    )


def _reported(facts: Facts) -> Answer:
    silent = [
        Conclusion(
            Question.REPORTED,
            Code.NOT_REPORTED,
            one.at,
            one.evidence.by,
            evidence=(one.evidence.id,),
        )
        for one in facts.proofs
        if one.present and not one.reported and one.evidence.by is not None
    ]
    return _answer(Question.REPORTED, silent, Verdict.YES, [f"finding:{facts.scene.finding}"])


def _dispatched(facts: Facts, now: datetime) -> Answer:
    late = [
        Conclusion(
            Question.DISPATCHED,
            Code.NOT_DISPATCHED,
            one.due_at,
            one.person,
            role=Role.DISPATCHER,
            evidence=(one.evidence,),
        )
        for one in facts.dispatches
        if facts.stands and one.due_at <= now and (one.done_at is None or one.done_at > one.due_at)
    ]
    done = [one.evidence for one in facts.dispatches if one.done_at is not None]
    return _answer(Question.DISPATCHED, late, Verdict.YES if done else Verdict.NOT_ASKED, done)


def _stopped(facts: Facts, breach: Breach | None) -> Answer:
    halts = [one.evidence for one in facts.stoppings if one.outcome is StopOutcome.STOPPED]
    halts += [one.evidence for one in facts.remedies if one.undone_at is None]
    tried = [*halts, *(one.evidence for one in facts.stoppings)]
    if breach is None or breach.receipt is None:
        return _answer(Question.STOPPED, (), Verdict.YES if halts else Verdict.NOT_ASKED, tried)
    undone = breach.ground in {Ground.NOT_EFFECTIVE, Ground.SOCIAL_NOT_EFFECTIVE}
    code = Code.NOT_EFFECTIVE if undone else Code.NOT_STOPPED
    receipt = breach.receipt
    said = Conclusion(Question.STOPPED, code, breach.at, receipt.person, evidence=breach.evidence)
    if not receipt.powers and receipt.person and _did_all_within_powers(facts, receipt, breach):
        found = [replace(said, code=Code.DISCHARGED), replace(said, person=None)]
    else:
        found = [said]
    return _answer(Question.STOPPED, found, Verdict.YES, tried)


def _did_all_within_powers(facts: Facts, receipt: Receipt, breach: Breach) -> bool:
    """Whether somebody without powers advised and reported in time."""
    by = breach.due_at or breach.at
    kinds = {one.kind for one in facts.stoppings if one.by == receipt.person and one.at <= by}
    return {StopKind.ADVISED, StopKind.REPORTED} <= kinds


def _levels(facts: Facts, now: datetime) -> Answer:
    found: list[Conclusion] = []
    acted: list[str] = []
    asked = False
    for told in sorted(facts.told, key=lambda one: (one.told_at, one.evidence)):
        cutoff = now if told.about_finding else min(now, facts.scene.found_at)
        if told.person is None or told.told_at > cutoff or told.level.role in WALKERS:
            continue
        until = told.until
        if told.acted_at is not None and (until is None or told.acted_at <= until):
            acted.append(told.acted or told.evidence)
            asked = True
            continue
        code = _silence(told, cutoff)
        if code is None:
            continue
        asked = True
        found.append(
            Conclusion(
                Question.LEVELS_ACTED,
                code,
                until if until is not None and until <= cutoff else told.told_at,
                told.person,
                role=told.level.role,
                tier=told.level.tier,
                evidence=(told.evidence,),
            )
        )
    return _answer(Question.LEVELS_ACTED, found, Verdict.YES if asked else Verdict.NOT_ASKED, acted)


def _silence(told: Told, cutoff: datetime) -> Code | None:
    """What a level's silence comes to; None while its patience lasts."""
    if told.until is None or told.until > cutoff:
        return None
    if told.delivered_at is None or told.delivered_at > told.until:
        return Code.NOT_DELIVERED
    read = any(at is not None and at <= told.until for at in (told.read_at, told.acknowledged_at))
    return Code.READ_NOT_DONE if read else Code.NOT_READ


def _weather(facts: Facts, one: Accounted) -> bool:
    entry = next((each for each in facts.excuses if each.id == one.excuse), None)
    return entry is not None and entry.kind is ExcuseKind.WEATHER


def _chain(facts: Facts, line: Line, at: datetime) -> list[Link]:
    away = away_at(facts.excuses, at)
    scene = facts.scene
    return chain(facts.postings, scene.path, line, at, away=away, top_tier=scene.top_tier)


def _base(facts: Facts) -> list[Link]:
    """The lowest level of both lines when the violation was there for certain."""
    at = onset(facts).not_after or facts.scene.found_at
    return [links[0] for line in Line if (links := _chain(facts, line, at))]


def _above(facts: Facts, one: Conclusion, at: datetime) -> Conclusion:
    """The same conclusion with the post and level that its person held above."""
    links = [link for line in Line for link in _chain(facts, line, at)]
    link = next(
        (each for each in links if each.posting and each.posting.person_id == one.person), None
    )
    if link is None or link.posting is None:
        return one
    post: Posting = link.posting
    level: Level = link.level
    return replace(one, post=post.id, role=post.role, tier=level.tier, kind=post.kind)
