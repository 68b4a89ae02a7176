"""The picture of a trace as lists: day by day, question by question, window by window."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask_babel import gettext as _
from flask_babel import to_user_timezone

from patrol.tracing.particulars import ACCOUNTS, SPANS, evidence_name
from patrol.tracing.picture import Row
from patrol.tracing.queries import Names
from patrol.tracing.rules import Account, Sign, Span, Trace
from patrol.tracing.words import NOBODY_NAMED, QUESTIONS, VERDICTS, Link


@dataclass(frozen=True)
class Entry:
    """One line of the list twin: the same mark or bar as in the picture."""

    at: Any
    until: Any  # of a bar
    lane: str
    word: str
    tone: str
    shape: str
    href: str


def twin(found: list[Row]) -> list[tuple[Any, list[Entry]]]:
    """Everything in the picture as a list, day by day in the city's time."""
    entries = [
        Entry(point.at, None, row.title, point.word, point.tone, point.shape.value, point.href)
        for row in found
        for point in row.points
    ]
    entries += [
        Entry(bar.start, bar.end, row.title, bar.word, bar.tone, "bar", bar.href)
        for row in found
        for bar in row.stretches
        if bar.sign not in {Sign.POST, Sign.ABSENT}
    ]
    ordered = sorted(entries, key=lambda one: (one.at, one.lane))
    return [
        (here, list(those))
        for here, those in groupby(ordered, lambda one: to_user_timezone(one.at).date())
    ]


@dataclass(frozen=True)
class Asked:
    """One question with its answer and what shows it."""

    question: str
    verdict: str
    tone: str
    links: tuple[tuple[str, str], ...]


def asked(found: Trace, link: Link) -> list[Asked]:
    """The questions in order, each with its verdict and evidence."""
    made = []
    for one in found.answers:
        word, tone = VERDICTS[one.verdict]
        shown = {*one.evidence, *(each for said in one.conclusions for each in said.evidence)}
        links = tuple((evidence_name(ref.partition(":")[0]), link(ref)) for ref in sorted(shown))
        made.append(Asked(str(QUESTIONS[one.question]), str(word), tone, links[:6]))
    return made


@dataclass(frozen=True)
class WindowLine:
    """One window accounted for."""

    start: Any
    end: Any
    plan: str
    account: str
    tone: str
    who: str
    span: str
    href: str


def accounted(found: Trace, names: Names, link: Link) -> list[WindowLine]:
    """Every window between beginning and discovery, each once."""
    made = []
    for one in found.windows:
        word, tone = ACCOUNTS[one.account]
        who = names.person(one.person) or "—"
        if one.grade is not None:
            who = _("%(name)s, proof %(grade)s", name=who, grade=one.grade.value)
        if one.excuse is not None:
            paper = names.excuses.get(f"excuse:{one.excuse}", "")
            who = _("%(name)s (%(about)s)", name=who, about=paper) if paper else who
        if not one.settled:
            word = _("missed, but the phone may still send")
            tone = "off"
        named = one.span is not Span.MAY_SPAN or one.account is not Account.MISSED
        made.append(
            WindowLine(
                one.window.start,
                one.window.end,
                names.plans.get(str(one.plan), ""),
                str(word),
                tone,
                who if named else str(NOBODY_NAMED),
                str(SPANS[one.span]),
                link(f"window:{one.plan}:{one.window.start:%Y%m%dT%H%MZ}"),
            )
        )
    return made
