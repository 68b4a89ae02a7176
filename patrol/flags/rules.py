"""Which questions the records of a round raise: asked of a person, never a penalty."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from patrol.flags import paths
from patrol.flags.paths import Path, Stretch
from patrol.rounds.rules import Fix

FOOT, RIDING = 5.0, 14.0  # metres a second, held for a minute
LEAP, FAR_LEAP = 30.0, 60.0  # metres a second from one place to another: on foot or bike, by car
CLOCK = timedelta(seconds=120)  # how far a clock may be off
LAGGING = 4  # acts that arrive equally late, at least, before the clock is asked about
EVENLY = timedelta(seconds=60)  # how equally late; a queue that empties is not
SPREAD = timedelta(minutes=5)  # over how long they were made
PHONES = 2  # that one person may use in a round
SAME_WORDS = 5  # times in a month that own words may stand letter for letter, less one
WORDY = 8  # characters from which words are somebody's own
SETTLED = timedelta(minutes=10)  # after its end a round's track is taken to be in
LOOKS = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 72))  # again, for what came later
MONTH = timedelta(days=30)


class Kind(StrEnum):
    """What stands out in the records of a round."""

    TOO_FAST = "too_fast"
    TELEPORT = "teleport"
    FROZEN = "frozen"
    TOO_SMOOTH = "too_smooth"
    SEEN_BEFORE = "seen_before"  # the track of another round
    CLOCK = "clock"
    SHARED_PHONE = "shared_phone"
    SAME_WORDS = "same_words"


class Verdict(StrEnum):
    """What a person who looked at a question says of it."""

    EXPLAINED = "explained"
    FAULT = "fault"  # of the phone or of the app
    OPEN = "open"  # looked at; nothing explains it


class Pace(StrEnum):
    """How a leg of a round is made; the values are those of rounds."""

    FOOT = "foot"
    BIKE = "bike"
    CAR = "car"


@dataclass(frozen=True)
class Sent:
    """An act of the round as it reached us."""

    made_at: datetime
    received_at: datetime
    device: Hashable | None = None
    seq: int | None = None  # of the device's own counting
    ahead: timedelta = timedelta(0)  # how far its clock ran before ours, at least


@dataclass(frozen=True)
class Walk:
    """All that is judged of a round."""

    runs: Sequence[Sequence[Fix]]
    legs: Sequence[tuple[datetime, Pace]]  # from when on, in order
    sent: Sequence[Sent] = ()
    strangers: int = 0  # others outside the crew who sent from its phones meanwhile
    words: Sequence[str] = ()
    said_before: Mapping[str, int] = field(default_factory=dict)  # how often in a month, by `plain`
    prints: Mapping[str, Sequence[int]] = field(default_factory=dict)  # of other rounds, by id


@dataclass(frozen=True)
class Question:
    """One thing that stands out, where in the round, and its figures."""

    kind: Kind
    from_at: datetime | None = None
    to_at: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def questions(walk: Walk) -> list[Question]:
    """What a person should be asked about a round, at most one thing of a kind."""
    whole = paths.path(walk.runs)
    found = (
        _too_fast(walk, whole),
        _teleport(walk, whole),
        _drawn(Kind.FROZEN, "fixes", paths.frozen(whole)),
        _drawn(Kind.TOO_SMOOTH, "seconds", paths.too_smooth(whole)),
        _seen_before(walk, whole),
        clock_off(walk.sent),
        _shared(walk),
        _same_words(walk),
    )
    return [question for question in found if question is not None]


def clock_off(sent: Sequence[Sent]) -> Question | None:
    """Whether the phone's clock ran ahead, was set back, or lags behind by one and the same span.

    A queue that empties arrives at once, its acts unequally late: only equal lateness is a clock's.
    """
    ahead = max((each.ahead for each in sent), default=timedelta(0))
    if ahead > CLOCK:
        return Question(Kind.CLOCK, facts={"ahead": round(ahead.total_seconds())})
    if (back := _set_back(sent)) > CLOCK:
        return Question(Kind.CLOCK, facts={"back": round(back.total_seconds())})
    late = [each.received_at - each.made_at for each in sent]
    made = sorted(each.made_at for each in sent)
    steady = len(late) >= LAGGING and made[-1] - made[0] >= SPREAD
    if steady and min(late) > CLOCK and max(late) - min(late) <= EVENLY:
        return Question(Kind.CLOCK, facts={"behind": round(min(late).total_seconds())})
    return None


def plain(words: str) -> str:
    """Words as they are compared: without blanks, in one case."""
    return "".join(words.split()).casefold()


def next_look(first: datetime, now: datetime) -> datetime | None:
    """When a round is looked at again for what a phone sent late; none after three days."""
    return next((first + wait for wait in LOOKS if first + wait > now), None)


def _too_fast(walk: Walk, whole: Path) -> Question | None:
    ends = [*(since for since, _ in walk.legs[1:]), None]
    found = []
    for (since, pace), until in zip(walk.legs, ends, strict=True):
        limit = {Pace.FOOT: FOOT, Pace.BIKE: RIDING}.get(pace)
        part = _between(whole, since, until)
        if limit is not None and (stretch := paths.too_fast(part, limit)):
            found.append((stretch, pace, limit))
    if not found:
        return None
    stretch, pace, limit = max(found, key=lambda one: one[0].figure)
    facts = {"pace": pace.value, "speed": round(stretch.figure, 1), "limit": limit}
    return Question(Kind.TOO_FAST, *_span(stretch), facts)


def _teleport(walk: Walk, whole: Path) -> Question | None:
    by_car = any(pace is Pace.CAR for _, pace in walk.legs)
    stretch = paths.leap(whole, FAR_LEAP if by_car else LEAP)
    if stretch is None:
        return None
    metres = stretch.figure * (stretch.until - stretch.since)
    facts = {"speed": round(stretch.figure, 1), "metres": round(metres)}
    return Question(Kind.TELEPORT, *_span(stretch), facts)


def _drawn(kind: Kind, figure: str, stretch: Stretch | None) -> Question | None:
    if stretch is None:
        return None
    return Question(kind, *_span(stretch), {figure: round(stretch.figure)})


def _seen_before(walk: Walk, whole: Path) -> Question | None:
    own = paths.print_of(whole)
    alike = {other: paths.likeness(own, mark) for other, mark in walk.prints.items()}
    other = max(alike, key=lambda key: (alike[key], key), default=None)
    if other is None or alike[other] < paths.ALIKE:
        return None
    return Question(Kind.SEEN_BEFORE, facts={"round": other, "share": round(alike[other], 2)})


def _shared(walk: Walk) -> Question | None:
    phones = len({each.device for each in walk.sent if each.device is not None})
    if walk.strangers:
        return Question(Kind.SHARED_PHONE, facts={"people": walk.strangers + 1})
    return Question(Kind.SHARED_PHONE, facts={"phones": phones}) if phones > PHONES else None


def _same_words(walk: Walk) -> Question | None:
    times = Counter(plain(words) for words in walk.words)
    for words in sorted(walk.words):
        said = times[plain(words)] + walk.said_before.get(plain(words), 0)
        if len(plain(words)) >= WORDY and said >= SAME_WORDS:
            return Question(Kind.SAME_WORDS, facts={"words": words, "times": said})
    return None


def _set_back(sent: Iterable[Sent]) -> timedelta:
    """The longest step back in time between one act of a phone and its next."""
    phones: dict[Hashable, list[tuple[int, datetime]]] = defaultdict(list)
    for each in sent:
        if each.device is not None and each.seq is not None:
            phones[each.device].append((each.seq, each.made_at))
    steps = (
        before - after
        for acts in phones.values()
        for (_, before), (_, after) in pairwise(sorted(acts))
    )
    return max(steps, default=timedelta(0))


def _between(whole: Path, since: datetime, until: datetime | None) -> Path:
    """The fixes of one leg."""
    runs = [[fix for fix in whole.fixes if fix.at >= since and (until is None or fix.at < until)]]
    return whole if len(runs[0]) == len(whole) else paths.path(runs)


def _span(stretch: Stretch) -> tuple[datetime, datetime]:
    return datetime.fromtimestamp(stretch.since, UTC), datetime.fromtimestamp(stretch.until, UTC)
