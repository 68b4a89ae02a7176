"""What the fixes of a round say of how they came to be: pace, leaps, standstill, straightness."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby, pairwise

import numpy as np
import numpy.typing as npt

from patrol.rounds.rules import NEAR_ENOUGH, Fix

Figures = npt.NDArray[np.float64]
DEGREE = 111_320.0  # metres of a degree of latitude, near enough for paces

SUSTAINED = 60.0  # seconds a pace is held before it is asked about
STEPS = 3  # steps a pace is taken from at least: one stray fix is everyday life
BROKEN = 120.0  # seconds of silence over which no pace is taken
FAR = 1000.0  # metres of a leap; a receiver that finds itself again corrects less
STOOD = 60.0  # seconds somebody was at either end of a leap, so that it is no stray fix
AROUND = 3  # fixes at either end, at least
FROZEN = 10  # fixes alike to the last bit
STILL = 180.0  # seconds they last; receivers that filter rest for less
RULED = 300.0  # seconds of a track drawn with a ruler
STRAIGHT = 60.0  # seconds of one straight run that count towards it
TRUE = 0.3  # metres beside the straight line; receivers wander more
EVEN = 0.15  # share by which intervals of a drawn track differ
ALIKE = 0.25  # share of steps in common from which one track is another sent again
KEPT = 64  # steps by which a track is known again
TOO_FEW = 20  # steps below which a track is not known again


@dataclass(frozen=True)
class Stretch:
    """A part of a path, by the first and last second of it, with the figure that stands out."""

    since: float  # epoch seconds
    until: float
    figure: float


@dataclass(frozen=True, eq=False)
class Path:
    """The fixes of a round in order of time, flat, in metres from the first one."""

    at: Figures  # epoch seconds
    east: Figures
    north: Figures
    accuracy: Figures
    fixes: Sequence[Fix]

    def __len__(self) -> int:
        """How many fixes."""
        return len(self.fixes)


def path(runs: Iterable[Iterable[Fix]]) -> Path:
    """The fixes of all runs together; of several at one instant the most accurate stays."""
    ordered = sorted((fix for run in runs for fix in run), key=lambda fix: (fix.at, fix.accuracy))
    line = [next(same) for _, same in groupby(ordered, key=lambda fix: fix.at)]
    lon, lat = np.array([fix.lon for fix in line]), np.array([fix.lat for fix in line])
    narrowed = DEGREE * np.cos(np.radians(lat[:1]))
    return Path(
        np.array([fix.at.timestamp() for fix in line]),
        (lon - lon[:1]) * narrowed,
        (lat - lat[:1]) * DEGREE,
        np.array([fix.accuracy for fix in line]),
        line,
    )


def too_fast(walked: Path, limit: float) -> Stretch | None:
    """The fastest minute, where its pace is over `limit` metres a second.

    Both accuracies are given away, and most of its steps must go that fast the same way: a leap to
    and fro between houses is none.
    """
    clear = _clear(walked)
    many = len(clear)
    if many <= STEPS:
        return None
    first = np.arange(many)
    last = np.maximum(np.searchsorted(clear.at, clear.at + SUSTAINED), first + STEPS)
    first, last = first[last < many], last[last < many]
    lasted = clear.at[last] - clear.at[first]
    net = np.hypot(clear.east[last] - clear.east[first], clear.north[last] - clear.north[first])
    pace = (net - clear.accuracy[first] - clear.accuracy[last]) / lasted
    likely = np.flatnonzero((pace > limit) & (lasted <= BROKEN))
    for number in likely[np.argsort(-pace[likely])]:
        one, other = int(first[number]), int(last[number])
        if _forwards(clear, one, other) > limit:
            return Stretch(float(clear.at[one]), float(clear.at[other]), float(pace[number]))
    return None


def leap(walked: Path, limit: float) -> Stretch | None:
    """The fastest change from one place stayed at to another, where it is over `limit`."""
    clear = _clear(walked)
    if len(clear) < 2 * AROUND:
        return None
    lasted = np.diff(clear.at)
    steps = np.hypot(np.diff(clear.east), np.diff(clear.north))
    pace = (steps - clear.accuracy[:-1] - clear.accuracy[1:]) / lasted
    found = []
    for number in np.flatnonzero((pace > limit) & (steps >= FAR)):
        before = _settled(clear, range(int(number), -1, -1))
        after = _settled(clear, range(int(number) + 1, len(clear)))
        if before and after and np.hypot(*np.subtract(before, after)) >= FAR:
            since, until = clear.at[number], clear.at[number + 1]
            found.append(Stretch(float(since), float(until), float(pace[number])))
    return max(found, key=lambda stretch: stretch.figure, default=None)


def frozen(walked: Path) -> Stretch | None:
    """The longest run of fixes that are alike to the last bit; the figure is how many."""
    alike = groupby(walked.fixes, key=lambda fix: (fix.lon, fix.lat, fix.accuracy))
    runs = (list(run) for _, run in alike)
    longest = max(runs, key=len, default=[])
    if len(longest) < FROZEN:
        return None
    since, until = longest[0].at.timestamp(), longest[-1].at.timestamp()
    return Stretch(since, until, float(len(longest))) if until - since >= STILL else None


def too_smooth(walked: Path) -> Stretch | None:
    """Straight runs in even time that last five minutes together; the figure is the seconds."""
    runs = [run for run in _straight(walked) if run.until - run.since >= STRAIGHT]
    seconds = sum(run.until - run.since for run in runs)
    return Stretch(runs[0].since, runs[-1].until, seconds) if seconds >= RULED else None


def print_of(walked: Path) -> list[int]:
    """What a track is known again by: the smallest digests of its steps; none of a short one."""
    spots = [(f"{fix.lon:.6f}", f"{fix.lat:.6f}") for fix in walked.fixes]
    steps = {(one, other) for one, other in pairwise(spots) if one != other}
    if len(steps) < TOO_FEW:
        return []
    return sorted(_digest(one, other) for one, other in steps)[:KEPT]


def likeness(one: Sequence[int], other: Sequence[int]) -> float:
    """The share of steps two tracks have in common, told from their prints."""
    if not one or not other:
        return 0.0
    smallest = sorted({*one, *other})[: min(KEPT, max(len(one), len(other)))]
    return len({*one} & {*other} & {*smallest}) / len(smallest)


def _clear(walked: Path) -> Path:
    """Without fixes that do not say where one stands."""
    good = walked.accuracy <= NEAR_ENOUGH
    return Path(
        walked.at[good],
        walked.east[good],
        walked.north[good],
        walked.accuracy[good],
        [fix for fix, kept in zip(walked.fixes, good, strict=True) if kept],
    )


def _forwards(walked: Path, first: int, last: int) -> float:
    """The usual pace of the steps between two fixes towards the later one."""
    east, north = walked.east[first : last + 1], walked.north[first : last + 1]
    way = np.array([east[-1] - east[0], north[-1] - north[0]])
    gone = np.stack([np.diff(east), np.diff(north)], axis=1) @ (way / np.hypot(*way))
    return float(np.median(gone / np.diff(walked.at[first : last + 1])))


def _settled(walked: Path, numbers: Iterable[int]) -> tuple[float, float] | None:
    """Where somebody was for a minute from one end of a leap on; none of a stray fix."""
    taken: list[int] = []
    for number in numbers:
        taken.append(number)
        if len(taken) >= AROUND and abs(walked.at[number] - walked.at[taken[0]]) >= STOOD:
            return float(np.median(walked.east[taken])), float(np.median(walked.north[taken]))
    return None


def _straight(walked: Path) -> Iterator[Stretch]:
    """The longest straight runs of moving fixes in even time, one after another."""
    since = 0
    for first in np.flatnonzero(_in_line(walked)).tolist():
        if first < since:
            continue
        last = first + 2
        while last + 1 < len(walked) and _ruled(walked, first, last + 1):
            last += 1
        if last - first >= STEPS:
            seconds = float(walked.at[last] - walked.at[first])
            yield Stretch(float(walked.at[first]), float(walked.at[last]), seconds)
        since = last


def _in_line(walked: Path) -> npt.NDArray[np.bool_]:
    """For each fix whether it and the next two lie on one line; a run begins at no other."""
    east, north = np.diff(walked.east), np.diff(walked.north)
    beside = np.abs(east[:-1] * north[1:] - north[:-1] * east[1:])
    return beside <= TRUE * np.hypot(east[:-1] + east[1:], north[:-1] + north[1:])


def _ruled(walked: Path, first: int, last: int) -> bool:
    """Whether all between two fixes lie on the straight line between them, evenly in time."""
    whole = slice(first, last + 1)
    waits = np.diff(walked.at[whole])
    if np.abs(waits - waits[0]).max() > EVEN * waits[0]:
        return False
    east, north = walked.east[whole] - walked.east[first], walked.north[whole] - walked.north[first]
    length = np.hypot(east[-1], north[-1])
    moves = np.hypot(np.diff(east), np.diff(north))
    if moves.min() < TRUE or length < moves.sum() - TRUE:
        return False
    return bool(np.abs(east * north[-1] - north * east[-1]).max() <= TRUE * length)


def _digest(one: tuple[str, str], other: tuple[str, str]) -> int:
    told = " ".join((*one, *other)).encode()
    return int.from_bytes(blake2b(told, digest_size=6).digest())
