"""What a walked round proves: track segments, passages through cells, grades and lateness."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import groupby, pairwise
from statistics import median
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

NEAR_ENOUGH = 50.0  # metres of accuracy that still say in which cell one stands
DWELL = timedelta(seconds=60)  # how long one must have been in the cell
THROUGH = 50.0  # metres of track through a cell that show it as well as staying does
FASTEST = 40.0  # metres a second; what is faster was not walked or driven on patrol
GAP_INTERVALS = 3  # a silence of more recording intervals than these is a gap
QUICKEST, SLOWEST = timedelta(seconds=1), timedelta(seconds=30)  # bounds of a recording interval
HEARTBEAT = SLOWEST  # our own recorder writes at least this often, standing still or not
APART = timedelta(minutes=15)  # away for longer than this: two visits; also how far 本段 reaches
LATE = timedelta(minutes=10)  # sent or made later than this: 迟传, 补录
BACKFILL_LIMIT = timedelta(hours=24)

Figures = npt.NDArray[np.float64]
Key = TypeVar("Key", bound=Hashable)


class Grade(StrEnum):
    """How well it is proven that somebody was in a cell; A is best."""

    A = "A"  # on-site token, position in the cell, dwell
    B = "B"  # position in the cell and dwell, or a track through it
    C = "C"  # by hand, with a reason

    def meets(self, needed: "Grade") -> bool:
        """Whether this is as good as `needed`, or better."""
        return self.value <= needed.value


@dataclass(frozen=True)
class Fix:
    """One position, WGS 84 degrees, accuracy in metres."""

    lon: float
    lat: float
    accuracy: float
    at: datetime


@dataclass(frozen=True)
class Passage:
    """What a track spent inside one cell; both ends by interpolation between fixes."""

    metres: float
    seconds: float
    first_at: datetime
    last_at: datetime

    @property
    def proves(self) -> bool:
        """Whether it shows the cell at grade B by itself."""
        return self.metres >= THROUGH or self.seconds >= DWELL.total_seconds()


@dataclass(frozen=True)
class Look:
    """What one check-in says for itself, before any track."""

    inside: bool  # the fix lies in the cell
    accuracy: float | None  # metres; None without a fix
    token: bool = False  # the code or tag of this cell was read on site
    by_hand: bool = False
    backfill: bool = False


def grade(look: Look, passage: Passage | None) -> Grade | None:
    """The grade of a check-in with the track around it; None while that does not suffice yet."""
    if look.by_hand or look.backfill:
        return Grade.C
    placed = look.inside and look.accuracy is not None and look.accuracy <= NEAR_ENOUGH
    stayed = passage is not None and passage.seconds >= DWELL.total_seconds()
    if placed and stayed:
        return Grade.A if look.token else Grade.B
    return Grade.B if passage is not None and passage.metres >= THROUGH else None


@dataclass(frozen=True)
class Times:
    """When something was seen and written down, set right where the phone's clock runs ahead."""

    seen: datetime
    made: datetime
    ahead: timedelta  # how far the clock was ahead at least: nothing is made after it arrives

    def facts(self) -> dict[str, str | float]:
        """The times for the ledger, with the clock's error where there is one."""
        told: dict[str, str | float] = {
            "seen_at": self.seen.isoformat(),
            "made_at": self.made.isoformat(),
        }
        return {**told, "clock_ahead_s": self.ahead.total_seconds()} if self.ahead else told


def times(seen_at: datetime | None, made_at: datetime | None, now: datetime) -> Times:
    """The moments of a record that arrives `now`; what a form leaves out is `now`."""
    ahead = max((made_at or now) - now, timedelta(0))
    made = (made_at or now) - ahead
    return Times(min((seen_at or made_at or now) - ahead, made), made, ahead)


def is_late(made_at: datetime, received_at: datetime) -> bool:
    """迟传: reached us later than it was made. Of any age, never refused, keeps its grade."""
    return received_at - made_at > LATE


def is_backfill(seen_at: datetime, made_at: datetime) -> bool:
    """补录: written down more than ten minutes after it was seen."""
    return made_at - seen_at > LATE


def too_old(seen_at: datetime, made_at: datetime) -> bool:
    """A 补录 over 24 hours is refused; what is left is the statement in a review."""
    return made_at - seen_at > BACKFILL_LIMIT


def counts(
    given: Grade | None, needed: Grade, *, backfill: bool, confirmed: bool, known: bool
) -> bool:
    """Whether a visit credits a window that asks for `needed`.

    A 补录 counts when another person confirmed it, and never once a violation there is `known`.
    """
    if backfill and (known or not confirmed):
        return False
    return given is not None and given.meets(needed)


def walked(last_seen: Mapping[Key, datetime], at: datetime) -> list[Key]:
    """The cells of 本段: those left no more than 15 minutes before `at`, in order of walking."""
    recent = {key: seen for key, seen in last_seen.items() if at - APART <= seen <= at}
    return sorted(recent, key=lambda key: recent[key])


def of_stretch(seen_at: datetime, stays: Iterable[Passage], at: datetime) -> bool:
    """Whether a visit belongs to 本段 as it is attested `at`: one was in the cell then, or left it
    no more than 15 minutes before. `stays` are those in the visit's cell that the track shows.
    """
    stay = next((one for one in stays if one.first_at <= seen_at <= one.last_at), None)
    came, left = (stay.first_at, stay.last_at) if stay else (seen_at, seen_at)
    return came <= at and left >= at - APART


def segments(fixes: Iterable[Fix], interval: timedelta | None = None) -> list[list[Fix]]:
    """The stretches in which the track is unbroken, in order of time.

    Fixes worse than 50 m are left out; of several at one instant the most accurate stays. A
    silence of more than three intervals, or a speed nobody on patrol has, ends a stretch. The
    interval is the recorder's where it is known, else the median step of this very track.
    """
    good = sorted(
        (fix for fix in fixes if fix.accuracy <= NEAR_ENOUGH),
        key=lambda fix: (fix.at, fix.accuracy),
    )
    line = [next(same) for _, same in groupby(good, key=lambda fix: fix.at)]
    silence = GAP_INTERVALS * (interval or _usual_step(line))
    if len(line) < 2:
        return [line] if line else []
    stretches = [line[:1]]
    for before, fix, metres in zip(line, line[1:], _lengths(_ends(line)), strict=False):
        lasted = fix.at - before.at
        if lasted > silence or metres > FASTEST * lasted.total_seconds():
            stretches.append([])
        stretches[-1].append(fix)
    return stretches


def rejoined(runs: Iterable[Sequence[Fix]]) -> list[list[Fix]]:
    """Runs in order of time; one that begins at the fix where another ended goes on with it."""
    whole: list[list[Fix]] = []
    for run in sorted((run for run in runs if run), key=lambda run: run[0].at):
        if whole and whole[-1][-1].at == run[0].at:
            whole[-1].extend(run[1:])
        else:
            whole.append(list(run))
    return whole


def around(parts: Iterable[Passage], at: datetime) -> Passage | None:
    """The stay that a visit at `at` belongs to: the longest that lasted within 15 minutes of it."""
    near = [part for part in parts if part.first_at - APART <= at <= part.last_at + APART]
    return max(near, key=lambda part: (part.seconds, part.metres), default=None)


def metres_between(one: Fix, other: Fix) -> float:
    """Ground distance; good to a millimetre in a kilometre as far as people walk between fixes."""
    return float(_lengths(_ends([one, other]))[0])


def metres_from(lon: float, lat: float, spots: Figures) -> Figures:
    """Ground distances from one place to others, which are rows of lon and lat."""
    return _lengths(np.hstack([np.broadcast_to([lon, lat], spots.shape), spots]))


def metres_outside(cell: BaseGeometry, lon: float, lat: float) -> float:
    """How far a point lies outside a cell; 0 inside and on the border."""
    if cell.intersects(shapely.Point(lon, lat)):
        return 0.0
    scale = np.array(_degree_in_metres(np.array([lat]))).reshape(2)
    flat: BaseGeometry = shapely.transform(cell, lambda spots: (spots - [lon, lat]) * scale)
    return float(flat.distance(shapely.Point(0, 0)))


@dataclass(frozen=True, eq=False)
class Ground(Generic[Key]):
    """Cells made ready for many look-ups."""

    keys: list[Key]
    shapes: npt.NDArray[Any]
    tree: shapely.STRtree


def ground(cells: Mapping[Key, BaseGeometry]) -> Ground[Key]:
    """Index cells once; 43,000 take about a tenth of a second."""
    shapes = np.array(list(cells.values()), dtype=object)
    shapely.prepare(shapes)
    return Ground(list(cells), shapes, shapely.STRtree(shapes))


def passages(
    stretches: Sequence[Sequence[Fix]], cells: Mapping[Key, BaseGeometry] | Ground[Key]
) -> dict[Key, Passage]:
    """Metres and seconds of a track in each cell, clipped to the cell's true polygon."""
    return {key: _joined(parts) for key, parts in _pieces(stretches, cells).items()}


def stays(
    stretches: Sequence[Sequence[Fix]], cells: Mapping[Key, BaseGeometry] | Ground[Key]
) -> dict[Key, list[Passage]]:
    """The same, apart for each time the cell was come to again after 15 minutes elsewhere."""
    return {
        key: [_joined(stay) for stay in _apart(parts)]
        for key, parts in _pieces(stretches, cells).items()
    }


@dataclass(frozen=True)
class _Piece:
    """A part of one step inside one cell; times in epoch seconds."""

    metres: float
    seconds: float
    first: float
    last: float


def _pieces(
    stretches: Sequence[Sequence[Fix]], cells: Mapping[Key, BaseGeometry] | Ground[Key]
) -> dict[Key, list[_Piece]]:
    """Every step cut at the cells' borders, per cell in order of time.

    Along one straight step the scale from degrees to metres is the same, so the share of its
    length inside a cell is the share of its metres and of its time.
    """
    land = cells if isinstance(cells, Ground) else ground(cells)
    moving = [stretch for stretch in stretches if len(stretch) > 1]
    if not moving or not land.keys:
        return {}
    ends = np.concatenate([_ends(stretch) for stretch in moving])
    clocks = [np.array([fix.at.timestamp() for fix in stretch]) for stretch in moving]
    begun = np.concatenate([clock[:-1] for clock in clocks])
    lasting = np.concatenate([np.diff(clock) for clock in clocks])
    lines = np.asarray(shapely.linestrings(ends.reshape(-1, 2, 2)), dtype=object)
    standing = (ends[:, 0] == ends[:, 2]) & (ends[:, 1] == ends[:, 3])
    lines[standing] = shapely.points(ends[standing, :2])

    step, cell = land.tree.query(lines, predicate="intersects")
    entered, left, share = _shares(lines, ends, standing, step, land.shapes[cell])
    touched = share > 0
    step, cell = step[touched], cell[touched]
    share, entered, left = share[touched], entered[touched], left[touched]
    first, last = begun[step] + entered * lasting[step], begun[step] + left * lasting[step]
    metres, seconds = share * _lengths(ends)[step], share * lasting[step]

    found: dict[Key, list[_Piece]] = {}
    for at in np.lexsort((first, cell)):
        piece = _Piece(float(metres[at]), float(seconds[at]), float(first[at]), float(last[at]))
        found.setdefault(land.keys[cell[at]], []).append(piece)
    return found


def _shares(
    lines: npt.NDArray[Any],
    ends: Figures,
    standing: npt.NDArray[np.bool_],
    step: npt.NDArray[np.int64],
    shapes: npt.NDArray[Any],
) -> tuple[Figures, Figures, Figures]:
    """For each step and cell that meet: where on the step it enters and leaves, how much is in."""
    entered, left = np.zeros(len(step)), np.ones(len(step))
    share = np.ones(len(step))
    cut = np.flatnonzero(~standing[step] & ~shapely.covers(shapes, lines[step]))
    if not len(cut):
        return entered, left, share
    inside = shapely.intersection(lines[step[cut]], shapes[cut])
    share[cut] = shapely.length(inside) / shapely.length(lines[step[cut]])
    spots, owner = shapely.get_coordinates(inside, return_index=True)
    start, along = ends[step[cut], :2], ends[step[cut], 2:] - ends[step[cut], :2]
    reach = ((spots - start[owner]) * along[owner]).sum(axis=1) / (along[owner] ** 2).sum(axis=1)
    lowest, highest = np.ones(len(cut)), np.zeros(len(cut))
    np.minimum.at(lowest, owner, reach)
    np.maximum.at(highest, owner, reach)
    entered[cut], left[cut] = np.clip(lowest, 0, 1), np.clip(highest, 0, 1)
    return entered, left, share


def _apart(parts: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    """Split where nobody was in the cell for longer than 15 minutes."""
    stay: list[_Piece] = []
    for part in parts:
        if stay and part.first - stay[-1].last > APART.total_seconds():
            yield stay
            stay = []
        stay.append(part)
    yield stay


def _joined(parts: Sequence[_Piece]) -> Passage:
    return Passage(
        metres=sum(part.metres for part in parts),
        seconds=sum(part.seconds for part in parts),
        first_at=datetime.fromtimestamp(parts[0].first, UTC),
        last_at=datetime.fromtimestamp(max(part.last for part in parts), UTC),
    )


def _usual_step(line: Sequence[Fix]) -> timedelta:
    """The recording interval a track shows, kept within what recorders do."""
    steps = [(later.at - earlier.at).total_seconds() for earlier, later in pairwise(line)]
    return min(max(timedelta(seconds=median(steps)), QUICKEST), SLOWEST) if steps else SLOWEST


def _ends(line: Sequence[Fix]) -> Figures:
    """The steps of a line as rows of lon, lat, lon, lat."""
    spots = np.array([(fix.lon, fix.lat) for fix in line])
    return np.hstack([spots[:-1], spots[1:]])


def _degree_in_metres(lat: Figures) -> tuple[Figures, Figures]:
    """Length of a degree of longitude and of latitude at `lat`, on the WGS 84 ellipsoid."""
    radius, flat = 6_378_137.0, 6.694_379_990_14e-3
    bend = 1 - flat * np.sin(np.radians(lat)) ** 2
    east = np.radians(1.0) * radius * np.cos(np.radians(lat)) / np.sqrt(bend)
    north = np.radians(1.0) * radius * (1 - flat) / bend**1.5
    return east, north


def _lengths(ends: Figures) -> Figures:
    """Ground metres of each step."""
    east, north = _degree_in_metres((ends[:, 1] + ends[:, 3]) / 2)
    return np.hypot((ends[:, 2] - ends[:, 0]) * east, (ends[:, 3] - ends[:, 1]) * north)
