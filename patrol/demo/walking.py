"""Draws how somebody walks a grid: in bands through its cells, with the noise of a receiver."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import hypot
from random import Random

from patrol.grid.queries import CellCard
from patrol.rounds.model import Mode
from patrol.rounds.rules import Fix

EAST, NORTH = 91_300.0, 110_950.0  # metres of a degree at 34.78° north
SPEED = {Mode.FOOT: 1.5, Mode.BIKE: 3.6, Mode.CAR: 6.5}  # metres a second, looking about
STEP = {Mode.FOOT: 25.0, Mode.BIKE: 18.0, Mode.CAR: 12.0}  # seconds between two fixes
BAND = 100.0  # metres; the size of a cell


@dataclass(frozen=True)
class Walk:
    """A track and the moment it ends."""

    fixes: list[Fix]
    ends_at: datetime


def in_bands(cells: Iterable[CellCard], *, from_south: bool = False) -> list[CellCard]:
    """The order one walks them in: band by band, to and fro."""
    rows: dict[int, list[CellCard]] = {}
    for cell in cells:
        rows.setdefault(round(cell.lat * NORTH / BAND), []).append(cell)
    ordered: list[CellCard] = []
    for turn, row in enumerate(sorted(rows, reverse=not from_south)):
        ordered += sorted(rows[row], key=lambda cell: cell.lon, reverse=bool(turn % 2))
    return ordered


def walk(cells: Sequence[CellCard], starts_at: datetime, mode: Mode, random: Random) -> Walk:
    """A track through the middle of each cell in turn."""
    at, fixes = starts_at, []
    drift = random.uniform(-12, 12), random.uniform(-12, 12)
    metres, seconds = SPEED[mode] * STEP[mode], STEP[mode]
    spots = [(cell.lon * EAST + drift[0], cell.lat * NORTH + drift[1]) for cell in cells]
    here = spots[0]
    for spot in spots:
        far = hypot(spot[0] - here[0], spot[1] - here[1])
        steps = max(int(far / metres), 1)
        for step in range(1, steps + 1):
            x = here[0] + (spot[0] - here[0]) * step / steps
            y = here[1] + (spot[1] - here[1]) * step / steps
            at += timedelta(seconds=max(seconds * far / metres / steps, 2.0))
            fixes.append(_fix(x, y, at, random))
        here = spot
    return Walk(fixes, at + timedelta(seconds=30))


@dataclass(frozen=True)
class Halt:
    """A place one comes to and leaves again."""

    lon: float
    lat: float
    comes_at: datetime
    leaves_at: datetime


def by_halts(halts: Sequence[Halt], random: Random) -> list[Fix]:
    """A track that goes straight from halt to halt and stays at each."""
    knots = [(halt.lon, halt.lat, at) for halt in halts for at in (halt.comes_at, halt.leaves_at)]
    fixes = []
    for (lon, lat, at), (next_lon, next_lat, until) in pairwise(knots):
        steps = max(int((until - at).total_seconds() / STEP[Mode.FOOT]), 1)
        for step in range(steps):
            share = step / steps
            x, y = lon + (next_lon - lon) * share, lat + (next_lat - lat) * share
            fixes.append(_fix(x * EAST, y * NORTH, at + (until - at) * share, random))
    return fixes


def _fix(x: float, y: float, at: datetime, random: Random) -> Fix:
    accuracy = min(max(random.lognormvariate(2.0, 0.4), 3.0), 45.0)
    off = accuracy / 3
    lon = round((x + random.gauss(0, off)) / EAST, 6)
    lat = round((y + random.gauss(0, off)) / NORTH, 6)
    return Fix(lon, lat, round(accuracy, 1), at.replace(microsecond=0))
