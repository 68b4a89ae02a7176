"""Rounds with a label: honest ones as cities make them, and each way of faking one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import hypot
from pathlib import Path

import numpy as np

from patrol.flags import paths
from patrol.flags.rules import Kind, Pace, Sent, Walk, plain
from patrol.rounds import tracks
from patrol.rounds.rules import FASTEST, Fix

BEGUN = datetime(2026, 11, 6, 0, 30, tzinfo=UTC)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
WEST, SOUTH = 113.66, 34.76
DEGREE = 111_320.0
NARROWED = DEGREE * np.cos(np.radians(SOUTH))
SECOND = timedelta(seconds=1)
REMARKS = (
    "路口两家店外摆放桌椅，已劝离",
    "与摊主说明了新规定，表示配合",
    "工地围挡有一处松动，已告知值班人员",
    "垃圾桶旁有散落杂物，联系保洁",
    "雨后积水，绕行到东侧人行道",
)


@dataclass(frozen=True)
class Labelled:
    """A round and what was done to it; none of an honest one."""

    name: str
    walk: Walk
    faked: Kind | None = None


def labelled(seed: int, each: int) -> Iterator[Labelled]:
    """`each` rounds of every class, honest and faked, the same for the same seed."""
    for name, make in HONEST.items():
        for number in range(each):
            yield Labelled(name, make(_chance(seed, name, number)))
    for kind, make in FAKED.items():
        for number in range(each):
            yield Labelled(kind.value, make(_chance(seed, kind.value, number)), kind)


def real(folder: Path, seed: int) -> Iterator[Labelled]:
    """Real tracks, honest as they are and faked from them."""
    for number, log in enumerate(sorted(folder.glob("*.plt"))):
        runs = tracks.read(log.read_bytes(), now=NOW).runs
        run = [fix for part in runs for fix in part]
        fastest = _fastest(run)
        if len(run) < 60 or fastest > FASTEST:  # too short to judge; by train
            continue
        pace = Pace.FOOT if fastest < 4 else Pace.BIKE if fastest < 12 else Pace.CAR
        walk = Walk([run], [(run[0].at, pace)], _prompt(run))
        chance = _chance(seed, log.name, number)
        yield Labelled("real", walk)
        yield Labelled("real replayed", _replayed(walk), Kind.SEEN_BEFORE)
        yield Labelled("real frozen", replace(walk, runs=[_frozen(chance, run)]), Kind.FROZEN)
        yield Labelled("real drawn", replace(walk, runs=[_drawn(run)]), Kind.TOO_SMOOTH)
        yield Labelled("real torn", replace(walk, runs=[_torn(chance, run)]), Kind.TELEPORT)
        on_foot = [(run[0].at, Pace.FOOT)]
        yield Labelled(
            "real hurried", replace(walk, legs=on_foot, runs=[_hurried(run)]), Kind.TOO_FAST
        )


# Honest rounds


def _walked(chance: np.random.Generator) -> Walk:
    return _round(chance, Pace.FOOT, _go(chance, 1.3))


def _ridden(chance: np.random.Generator) -> Walk:
    return _round(chance, Pace.BIKE, _go(chance, chance.uniform(3.5, 9.0)))


def _driven(chance: np.random.Generator) -> Walk:
    return _round(chance, Pace.CAR, _go(chance, chance.uniform(8.0, 20.0)))


def _canyon(chance: np.random.Generator) -> Walk:
    """Between tall houses: wide wander, and fixes thrown off for up to a minute and a half."""
    way = _go(chance, 1.2)
    for _ in range(chance.integers(2, 8)):
        first = int(chance.integers(0, len(way) - 100))
        thrown = chance.normal(0, 90, 2)
        way[first : first + int(chance.integers(1, 90))] += thrown
    return _round(chance, Pace.FOOT, way, wander=12.0, accuracy=(8, 65))


def _asleep(chance: np.random.Generator) -> Walk:
    """The phone sleeps, in a tunnel or a pocket, and goes on somewhere else."""
    way = _go(chance, 1.4)
    silent = np.zeros(len(way), dtype=bool)
    for _ in range(chance.integers(1, 5)):
        first = int(chance.integers(0, len(way) - 300))
        silent[first : first + int(chance.integers(60, 900))] = True
    return _round(chance, Pace.FOOT, way, silent=silent)


def _resting(chance: np.random.Generator) -> Walk:
    """A long talk on the way: a heartbeat each half minute, never twice the very same."""
    way = _go(chance, 1.2)
    first = int(chance.integers(300, 1200))
    way[first : first + 900] = way[first]
    return _round(chance, Pace.FOOT, way, wander=3.0)


def _unsent(chance: np.random.Generator) -> Walk:
    """Without signal: everything is handed over at once, hours later."""
    walk = _walked(chance)
    arrived = walk.sent[-1].made_at + timedelta(minutes=float(chance.uniform(20, 600)))
    late = [replace(each, received_at=arrived + n * SECOND) for n, each in enumerate(walk.sent)]
    return replace(walk, sent=late)


HONEST: dict[str, Callable[[np.random.Generator], Walk]] = {
    "walked": _walked,
    "ridden": _ridden,
    "driven": _driven,
    "canyon": _canyon,
    "asleep": _asleep,
    "resting": _resting,
    "unsent": _unsent,
}


# Faked rounds


def _fake_pace(chance: np.random.Generator) -> Walk:
    """On foot by its own word, on wheels by its track."""
    return _round(chance, Pace.FOOT, _go(chance, chance.uniform(7.0, 12.0)))


def _fake_place(chance: np.random.Generator) -> Walk:
    walk = _walked(chance)
    return replace(walk, runs=[_torn(chance, list(walk.runs[0]))])


def _fake_standing(chance: np.random.Generator) -> Walk:
    walk = _walked(chance)
    return replace(walk, runs=[_frozen(chance, list(walk.runs[0]))])


def _fake_line(chance: np.random.Generator) -> Walk:
    """A finger's line from corner to corner, played back at one pace."""
    way = _corners(chance, 1.4, jitter=0.0, rounded=False)
    return _round(chance, Pace.FOOT, way, wander=0.0)


def _fake_repeat(chance: np.random.Generator) -> Walk:
    return _replayed(_walked(chance))


def _fake_clock(chance: np.random.Generator) -> Walk:
    """A clock set forward, back in the middle, or behind by one span throughout."""
    walk = _walked(chance)
    off = timedelta(minutes=float(chance.uniform(4, 120)))
    way = chance.integers(0, 3)
    if way == 0:
        return replace(walk, sent=[replace(each, ahead=off) for each in walk.sent])
    if way == 1:
        middle = len(walk.sent) // 2
        back = [replace(each, made_at=each.made_at - off) for each in walk.sent[middle:]]
        return replace(walk, sent=[*walk.sent[:middle], *back])
    return replace(walk, sent=[replace(each, made_at=each.made_at - off) for each in walk.sent])


def _fake_phone(chance: np.random.Generator) -> Walk:
    """Others send from the same phone, or one person from many."""
    walk = _walked(chance)
    if chance.random() < 0.5:
        return replace(walk, strangers=int(chance.integers(1, 6)))
    return replace(walk, sent=[replace(one, device=n % 4) for n, one in enumerate(walk.sent)])


def _fake_words(chance: np.random.Generator) -> Walk:
    walk = _walked(chance)
    said = {plain(REMARKS[0]): int(chance.integers(4, 40))}
    return replace(walk, words=[REMARKS[0], *walk.words], said_before=said)


FAKED: dict[Kind, Callable[[np.random.Generator], Walk]] = {
    Kind.TOO_FAST: _fake_pace,
    Kind.TELEPORT: _fake_place,
    Kind.FROZEN: _fake_standing,
    Kind.TOO_SMOOTH: _fake_line,
    Kind.SEEN_BEFORE: _fake_repeat,
    Kind.CLOCK: _fake_clock,
    Kind.SHARED_PHONE: _fake_phone,
    Kind.SAME_WORDS: _fake_words,
}


# What is done to a track


def _replayed(walk: Walk) -> Walk:
    """The same places another day."""
    return replace(walk, prints={"another": paths.print_of(paths.path(walk.runs))})


def _frozen(chance: np.random.Generator, run: list[Fix]) -> list[Fix]:
    """From some moment on the phone repeats where it was, each ten seconds."""
    first = int(chance.integers(len(run) // 3, len(run) // 2))
    still = run[first]
    count = int(chance.integers(40, 120))
    held = [replace(still, at=still.at + 10 * number * SECOND) for number in range(count)]
    return [*run[: first + 1], *held[1:]]


def _torn(chance: np.random.Generator, run: list[Fix]) -> list[Fix]:
    """In the middle it goes on some kilometres away."""
    middle = len(run) // 2
    angle, far = chance.uniform(0, 2 * np.pi), chance.uniform(4_000, 20_000)
    east, north = far * np.cos(angle) / NARROWED, far * np.sin(angle) / DEGREE
    return [*run[:middle], *(_moved(fix, east, north) for fix in run[middle:])]


def _hurried(run: list[Fix]) -> list[Fix]:
    """Driven: as far as it was, at ten metres a second for five minutes."""
    first = run[len(run) // 2]
    ahead = [_moved(first, 0.0, 10 * n * 10 / DEGREE, after=n * 10 * SECOND) for n in range(30)]
    return [fix for fix in run if fix.at < first.at] + ahead


def _drawn(run: list[Fix]) -> list[Fix]:
    """A ruler laid along every fortieth fix, walked at one pace."""
    corners = run[::40]
    way = np.array([(fix.lon * NARROWED, fix.lat * DEGREE) for fix in corners])
    lengths = np.hypot(*np.diff(way, axis=0).T)
    reached = np.concatenate([[0.0], np.cumsum(lengths)])
    gone = np.arange(0.0, max(reached[-1], 1.0), 8.0)
    if reached[-1] < 1_000:
        gone, reached = np.arange(0.0, 1_000.0, 8.0), np.linspace(0, 1_000, len(corners))
        way = np.stack([way[0, 0] + reached, np.full(len(corners), way[0, 1])], axis=1)
    east, north = (np.interp(gone, reached, way[:, axis]) for axis in (0, 1))
    return [
        Fix(round(x / NARROWED, 6), round(y / DEGREE, 6), 5.0, run[0].at + 6 * number * SECOND)
        for number, (x, y) in enumerate(zip(east, north, strict=True))
    ]


def _moved(fix: Fix, east: float, north: float, *, after: timedelta = timedelta(0)) -> Fix:
    lon, lat = round(fix.lon + east, 6), round(fix.lat + north, 6)
    return Fix(lon, lat, fix.accuracy, fix.at + after)


# How a phone records


def _chance(seed: int, name: str, number: int) -> np.random.Generator:
    return np.random.default_rng([seed, number, *name.encode()])


def _go(chance: np.random.Generator, speed: float) -> np.ndarray:
    """Where somebody is at each second of half an hour to an hour, along streets."""
    return _corners(chance, speed, jitter=0.25, rounded=True)


def _corners(
    chance: np.random.Generator, speed: float, *, jitter: float, rounded: bool
) -> np.ndarray:
    seconds = int(chance.integers(1_800, 3_600))
    pace = speed * np.clip(1 + jitter * _drift(chance, seconds, 20), 0, 2)
    turns = np.zeros(seconds)
    for at in np.cumsum(chance.integers(90, 260, 60)):
        if at < seconds:
            turns[at:] += chance.choice([-1, 1]) * np.pi / 2
    heading = chance.uniform(0, 2 * np.pi) + turns
    if rounded:
        heading = heading + 0.08 * _drift(chance, seconds, 15)
    steps = np.stack([pace * np.cos(heading), pace * np.sin(heading)], axis=1)
    return np.cumsum(steps, axis=0)


def _drift(chance: np.random.Generator, many: int, memory: float) -> np.ndarray:
    """Noise that remembers itself for some seconds, of deviation one."""
    keep = np.exp(-1 / memory)
    pushes = chance.normal(0, np.sqrt(1 - keep * keep), many)
    return np.convolve(pushes, keep ** np.arange(8 * memory))[:many]


def _round(
    chance: np.random.Generator,
    pace: Pace,
    way: np.ndarray,
    *,
    wander: float = 5.0,
    accuracy: tuple[int, int] = (4, 16),
    silent: np.ndarray | None = None,
) -> Walk:
    """What our recorder keeps of it: a step of eight metres or a heartbeat, six decimals."""
    many = len(way)
    noise = [
        wander * _drift(chance, many, 25) + wander / 8 * chance.normal(0, 1, many) for _ in "xy"
    ]
    east, north = way[:, 0] + noise[0], way[:, 1] + noise[1]
    near = chance.integers(*accuracy, many)
    blind = near > 50 if silent is None else silent | (near > 50)
    kept: list[int] = []
    last = (0.0, 0.0)
    told = zip(east.tolist(), north.tolist(), near.tolist(), blind.tolist(), strict=True)
    for at, (x, y, radius, unseen) in enumerate(told):
        if unseen:
            continue
        moved = hypot(x - last[0], y - last[1]) >= max(8, radius / 2)
        if kept and at - kept[-1] < 30 and not moved:
            continue
        kept.append(at)
        last = x, y
    fixes = [
        Fix(
            round(WEST + east[at] / NARROWED, 6),
            round(SOUTH + north[at] / DEGREE, 6),
            float(near[at]),
            BEGUN + at * SECOND,
        )
        for at in kept
    ]
    return Walk([fixes], [(BEGUN, pace)], _acts(chance, fixes), words=_said(chance))


def _acts(chance: np.random.Generator, fixes: list[Fix]) -> list[Sent]:
    """A check-in every few minutes, sent at once or after a minute's wait."""
    made = [fix.at for fix in fixes[:: max(len(fixes) // 12, 1)]]
    waits = chance.exponential(8, len(made)) * SECOND
    return [Sent(at, at + waits[n], "phone", n) for n, at in enumerate(made)]


def _prompt(run: list[Fix]) -> list[Sent]:
    return [Sent(fix.at, fix.at + SECOND, "phone", n) for n, fix in enumerate(run[::50])]


def _said(chance: np.random.Generator) -> list[str]:
    """Own words, each time a little other ones."""
    return [f"{REMARKS[chance.integers(5)]}，{chance.integers(1, 900)}号" for _ in range(3)]


def _fastest(run: list[Fix]) -> float:
    """The pace of a track's fastest two minutes, by which one tells how it was made."""
    line = paths.path([run])
    later = np.searchsorted(line.at, line.at + 120)
    first = np.flatnonzero(later < len(line))
    last = later[first]
    gone = np.hypot(line.east[last] - line.east[first], line.north[last] - line.north[first])
    return float((gone / (line.at[last] - line.at[first])).max(initial=0.0))
