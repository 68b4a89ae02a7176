"""A trace in words: what was asked, what failed, what each mark says, why something is refused."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import to_user_timezone

from patrol.core.roles import PostKind, Role
from patrol.people.rules import ExcuseKind
from patrol.people.words import EXCUSES, HEADS, KINDS, ROLES
from patrol.tracing.model import DoubtState
from patrol.tracing.picture import Point, Row, Stretch
from patrol.tracing.queries import Names
from patrol.tracing.rules import (
    SPEAKS_FOR,
    Code,
    Conclusion,
    Ground,
    Lane,
    LaneKind,
    Question,
    Sign,
    Trace,
    Trigger,
    Verdict,
)

Link = Callable[[str], str]  # evidence → address

SIGNATURES: dict[str, Any] = {
    "under-floor": _l("The plan asks less than the floor; %(name)s signed for it on %(day)s."),
    "scope-out": _l("The plan leaves out what was asked for; %(name)s signed for it on %(day)s."),
    "too-much": _l("The plan asks more than people can walk; %(name)s signed for it on %(day)s."),
    "ended": _l(
        "A plan for this place was ended with nothing in its place; "
        "%(name)s signed for it on %(day)s."
    ),
}

QUESTIONS: dict[Question, Any] = {
    Question.ASSIGNED: _l("Was the place assigned?"),
    Question.PLANNED: _l("Did a plan cover it?"),
    Question.PATROLLED: _l("Was the window patrolled?"),
    Question.SEEN: _l("Was it seen?"),
    Question.REPORTED: _l("Was it reported?"),
    Question.DISPATCHED: _l("Was it dispatched?"),
    Question.STOPPED: _l("Was it stopped?"),
    Question.LEVELS_ACTED: _l("Did each level above act when told?"),
}
VERDICTS: dict[Verdict, tuple[Any, str]] = {
    Verdict.YES: (_l("yes"), "ok"),
    Verdict.NO: (_l("no"), "bad"),
    Verdict.UNKNOWN: (_l("cannot be told"), "never"),
    Verdict.NOT_ASKED: (_l("did not come to that"), "off"),
}
TRIGGERS: dict[Trigger, Any] = {
    Trigger.T1: _l("outlived a patrol window"),
    Trigger.T2: _l("known and not stopped in time"),
}
GROUNDS: dict[Ground, Any] = {
    Ground.INTERVAL: _l("Zhengzheng Ban [2012] No. 77: a violation across a patrol interval"),
    Ground.SOCIAL_NOT_STOPPED: _l(
        "Zhengzheng Ban [2012] No. 77: reported by the social-management grid, not stopped in time"
    ),
    Ground.SOCIAL_NOT_EFFECTIVE: _l(
        "Zhengzheng Ban [2012] No. 77: reported by the social-management grid, not stopped for good"
    ),
    Ground.NOT_STOPPED: _l("Local rule 1: known, and not stopped in time"),
    Ground.NOT_EFFECTIVE: _l("Local rule 1: known, and not stopped for good"),
    Ground.LADDER: _l("Local rule 2: unresolved past the top of its ladder"),
}
STATES: dict[DoubtState, tuple[Any, str]] = {
    DoubtState.OPEN: (_l("waits to be judged"), "soon"),
    DoubtState.TAKEN_UP: (_l("taken up"), "info"),
    DoubtState.REFUSED: (_l("not taken up"), "off"),
}
SIGNS: dict[Sign, tuple[Any, str]] = {
    Sign.ABSENT: (_l("not there"), "ok"),
    Sign.MAY_HAVE_BEGUN: (_l("may have begun"), "soon"),
    Sign.PRESENT: (_l("was there"), "bad"),
    Sign.FOUND: (_l("discovered"), "bad"),
    Sign.SEEN_PRESENT: (_l("proof of presence"), "bad"),
    Sign.SEEN_ABSENT: (_l("nothing found here"), "ok"),
    Sign.CONTRADICTS: (_l("contradicts the records"), "soon"),
    Sign.OWN_WORD: (_l("own word alone"), "off"),
    Sign.TOO_WEAK: (_l("proves nothing: too far or too weak"), "off"),
    Sign.PATROLLED: (_l("window patrolled"), "ok"),
    Sign.MISSED: (_l("window missed"), "bad"),
    Sign.EXCUSED: (_l("window excused"), "off"),
    Sign.NOBODY: (_l("nobody's window"), "never"),
    Sign.UNKNOWN: (_l("cannot be found out"), "never"),
    Sign.OPEN: (_l("still open"), "off"),
    Sign.POST: (_l("held the post"), "info"),
    Sign.LEAVE: (EXCUSES[ExcuseKind.LEAVE], "off"),
    Sign.ORDER: (EXCUSES[ExcuseKind.ORDER], "off"),
    Sign.WEATHER: (EXCUSES[ExcuseKind.WEATHER], "off"),
    Sign.PASSED: (_l("came past"), "info"),
    Sign.PASSED_NOT_REPORTED: (_l("came past, did not report"), "bad"),
    Sign.NOT_PATROLLED: (_l("not patrolled"), "bad"),
    Sign.REPORTED: (_l("reported it"), "info"),
    Sign.RECEIVED: (_l("received by who had to stop it"), "info"),
    Sign.DISPATCHED: (_l("was dispatched"), "info"),
    Sign.STOP_DUE: (_l("limit to stop is up"), "bad"),
    Sign.LADDER_ENDED: (_l("past the top of the ladder"), "bad"),
    Sign.STOPPED: (_l("was stopped"), "ok"),
    Sign.STOP_FAILED: (_l("tried to stop it"), "soon"),
    Sign.TOLD: (_l("was told"), "info"),
    Sign.VACANT: (_l("nobody held it"), "never"),
    Sign.NOT_DELIVERED: (_l("not delivered"), "off"),
    Sign.READ: (_l("has read"), "info"),
    Sign.ACKNOWLEDGED: (_l("said to have it"), "info"),
    Sign.ACTED: (_l("has acted"), "ok"),
    Sign.NOT_READ: (_l("not read"), "bad"),
    Sign.NOT_DONE: (_l("nothing done"), "bad"),
    Sign.PAUSE: (_l("clock stopped"), "off"),
    Sign.DOWNTIME: (_l("system was down"), "off"),
}
SHORT: dict[Sign, str] = {
    Sign.PATROLLED: "✓",
    Sign.MISSED: "∅",
    Sign.EXCUSED: "‖",
    Sign.NOBODY: "—",
    Sign.UNKNOWN: "?",
    Sign.OPEN: "…",
}
SAID: dict[Code, Any] = {
    Code.NOT_ASSIGNED: _l("%(day)s the place was nobody's → %(who)s"),
    Code.LEFT_UNCOVERED: _l("%(day)s away, and nobody put in the place → %(who)s"),
    Code.PLACE_NOT_PLANNED: _l("No plan covered the place → %(who)s"),
    Code.TOPIC_NOT_PLANNED: _l("No plan covered the topic → %(who)s"),
    Code.NOT_PATROLLED: _l("%(day)s not patrolled → %(who)s"),
    Code.NOT_SEEN: _l("%(day)s patrolled and not found → %(who)s"),
    Code.NOT_REPORTED: _l("%(day)s seen and not reported → %(who)s"),
    Code.NOT_DISPATCHED: _l("%(day)s not dispatched in time → %(who)s"),
    Code.NOT_STOPPED: _l("%(day)s not stopped in time → %(who)s"),
    Code.NOT_EFFECTIVE: _l("%(day)s stopped, but back within 7 days → %(who)s"),
    Code.READ_NOT_DONE: _l("%(day)s knew and did nothing → %(who)s"),
    Code.NOT_READ: _l("%(day)s told and did not read → %(who)s"),
    Code.EXCUSED: _l("%(day)s %(who)s is excused (%(paper)s)"),
    Code.PART_EXCUSED: _l("%(day)s %(who)s took over at %(hour)s; excused for the part before"),
    Code.NOT_DELIVERED: _l("%(day)s never reached %(who)s; blames nobody"),
    Code.DISCHARGED: _l("%(day)s %(who)s had no powers, advised and reported in time"),
    Code.EVIDENCE_GONE: _l("%(day)s cannot be found out: the evidence is gone"),
}
CODES: dict[Code, Any] = {
    Code.NOT_ASSIGNED: _l("place without anybody"),
    Code.LEFT_UNCOVERED: _l("absence left uncovered"),
    Code.PLACE_NOT_PLANNED: _l("place in no plan"),
    Code.TOPIC_NOT_PLANNED: _l("topic in no plan"),
    Code.NOT_PATROLLED: _l("not patrolled"),
    Code.NOT_SEEN: _l("patrolled and not found"),
    Code.NOT_REPORTED: _l("seen and not reported"),
    Code.NOT_DISPATCHED: _l("not dispatched in time"),
    Code.NOT_STOPPED: _l("not stopped in time"),
    Code.NOT_EFFECTIVE: _l("not stopped for good"),
    Code.READ_NOT_DONE: _l("knew and did nothing"),
    Code.NOT_READ: _l("told and did not read"),
    Code.EXCUSED: _l("is excused"),
    Code.PART_EXCUSED: _l("excused for the part before"),
    Code.NOT_DELIVERED: _l("not delivered"),
    Code.DISCHARGED: _l("did all within the powers held"),
    Code.EVIDENCE_GONE: _l("cannot be found out"),
}
NOBODY_NAMED = _l("nobody is named")
NOBODY_THERE = _l("nobody held this post")
REFUSALS: dict[str, Any] = {
    "finding-not-found": _l("There is no such finding, or it is not yours to see."),
    "doubt-own": _l("Nobody judges a doubt about oneself."),
    "doubt-rung": _l("Who was told of this matter does not judge it."),
    "doubt-signed": _l("Who signed what this doubt turns on does not judge it."),
    "doubt-judged": _l("This doubt has been judged already."),
    "evidence-unknown": _l("This trace rests on no such piece of evidence."),
    "reply-late": _l("This doubt is closed; answer in the review."),
}


@dataclass(frozen=True)
class Sentence:
    """One conclusion in words, with what opens its evidence."""

    text: str
    tone: str
    href: str
    first: bool


def signature(code: str, name: str, day: str) -> str:
    """Who signed for a weaker plan, and when."""
    return str(SIGNATURES[code]) % {"name": name, "day": day}


def day(moment: Any) -> str:
    """11-04: the day of the city."""
    return str(to_user_timezone(moment).strftime("%m-%d"))


def hour(moment: Any) -> str:
    """18:20: the time of the city's day."""
    return str(to_user_timezone(moment).strftime("%H:%M"))


def role(found: Role | None, tier: int | None, lowest: int) -> str:
    """What a post is called; heads by the height of their grid."""
    if found is None:
        return ""
    if found is Role.HEAD and tier is not None and 0 <= lowest - tier < len(HEADS):
        return str(HEADS[lowest - tier])
    return str(ROLES[found])


def sentences(found: Trace, names: Names, link: Link) -> list[Sentence]:
    """What a trace concludes, in the order of the questions."""
    return [
        Sentence(
            _sentence(one, found, names),
            "off" if one.code in SPEAKS_FOR else "bad",
            link(one.evidence[0]) if one.evidence else "",
            one.first,
        )
        for one in found.conclusions
    ]


def _sentence(one: Conclusion, found: Trace, names: Names) -> str:
    paper = next((names.excuses[each] for each in one.evidence if each in names.excuses), "")
    kind = next((each for each in one.evidence if each.startswith("excuse:")), "")
    said = {
        "day": day(one.at),
        "hour": hour(one.since or one.at),
        "who": _who(one, found, names),
        "paper": paper or kind,
    }
    return str(SAID[one.code]) % said


def _who(one: Conclusion, found: Trace, names: Names) -> str:
    """A person with the post: 李巡乙（替班，11-04 起）."""
    name = names.person(one.person)
    if name is None:
        return str(NOBODY_THERE if found.triggers else NOBODY_NAMED)
    lowest = found.scene.path[0].tier if found.scene.path else 0
    about = [role(one.role, one.tier, lowest)] if one.role else []
    if one.kind is not None and one.kind is not PostKind.PRIMARY:
        about.append(str(KINDS[one.kind]))
        if one.since is not None and one.code not in SPEAKS_FOR:
            about.append(_("since %(day)s", day=day(one.since)))
    if not about:
        return name
    return _("%(name)s (%(about)s)", name=name, about=_(", ").join(about))


def rows(found: Trace, names: Names, link: Link) -> list[Row]:
    """Every lane of a trace in words."""
    return [_row(lane, found, names, link) for lane in found.timeline.lanes]


def _row(lane: Lane, found: Trace, names: Names, link: Link) -> Row:
    title, note = _titled(lane, found, names)
    return Row(
        lane.kind,
        title,
        note,
        tuple(_stretches(lane, names, link)),
        tuple(_points(lane, link)),
    )


def _titled(lane: Lane, found: Trace, names: Names) -> tuple[str, str]:
    lowest = found.scene.path[0].tier if found.scene.path else 0
    match lane.kind:
        case LaneKind.PLACE:
            return _("Place"), ""
        case LaneKind.WINDOWS:
            return _("Windows"), names.plans.get(lane.key, "")
        case LaneKind.CASE:
            return _("Stopping"), ""
        case _:
            name = names.person(UUID(lane.key)) if lane.key else None
            about = [role(lane.role, lane.tier, lowest)]
            if lane.post is not None and lane.kind is LaneKind.PERSON:
                about.append(str(KINDS[lane.post]))
            return name or _("nobody"), _(", ").join(filter(None, about))


def _stretches(lane: Lane, names: Names, link: Link) -> Iterator[Stretch]:
    for bar in lane.bars:
        word, tone = SIGNS[bar.sign]
        short = SHORT.get(bar.sign, "")
        said = str(word)
        if bar.grade:
            short = f"{short} {bar.grade}"
        if short:
            said = f"{short} {said}"
        paper = names.excuses.get(bar.evidence)
        if paper:
            said, short = _("%(word)s %(paper)s", word=said, paper=paper), said
        yield Stretch(bar.start, bar.end, bar.sign, said, tone, link(bar.evidence), short)


def _points(lane: Lane, link: Link) -> Iterator[Point]:
    for mark in lane.marks:
        word, tone = SIGNS[mark.sign]
        said = str(word)
        if mark.in_time:
            said, tone = _("%(word)s (still in time)", word=said), "off"
        if mark.sign not in {Sign.NOT_PATROLLED, Sign.PASSED}:
            said = _("%(word)s %(hour)s", word=said, hour=hour(mark.at))
        yield Point(mark.at, mark.sign, mark.shape, said, tone, link(mark.evidence))


NOTICES: dict[str, Any] = {
    "doubt.opened": _l("A doubt has opened: see what it asks, and answer"),
    "doubt.taken_up": _l("A doubt that asks about you was taken up"),
    "doubt.refused": _l("A doubt that asks about you was not taken up"),
    "doubt.passed": _l("A doubt nobody judged in time was passed to you"),
}
PAGES: dict[str, tuple[str, str]] = {"doubt": ("tracing.doubt", "doubt_id")}
