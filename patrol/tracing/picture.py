"""Places a timeline on a sheet: pure geometry in pixels, so that a template only has to draw it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from patrol.tracing.timeline import LaneKind, Shape, Sign

GUTTER = 148.0  # for the names of the lanes
SHEET = 960.0  # the width that A4 landscape and a desk both like
HEAD = 46.0  # for the days
EDGE = 20.0
NARROWEST, WIDEST = 52.0, 320.0  # a day
LINE = 17.0  # one line of labels
BAND = {LaneKind.PLACE: 16.0, LaneKind.WINDOWS: 26.0}
THIN, FAINT = 4.0, 20.0
EM, EN = 12.5, 7.0  # widths of a Chinese and of a Latin letter at 12 px


@dataclass(frozen=True)
class Stretch:
    """A bar in words: from when to when, what it says, how it looks, what it opens."""

    start: datetime
    end: datetime
    sign: Sign
    word: str
    tone: str
    href: str
    short: str = ""  # said where the word has no room


@dataclass(frozen=True)
class Point:
    """A mark in words: when, what it says, how it looks, what it opens."""

    at: datetime
    sign: Sign
    shape: Shape
    word: str
    tone: str
    href: str


@dataclass(frozen=True)
class Row:
    """A lane in words."""

    kind: LaneKind
    title: str
    note: str
    stretches: tuple[Stretch, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Day:
    """A midnight on the sheet."""

    x: float
    width: float
    at: datetime
    rest: bool  # a Saturday or Sunday


@dataclass(frozen=True)
class Box:
    """A bar on the sheet, with its word where it has room."""

    x: float
    y: float
    width: float
    height: float
    stretch: Stretch
    said: str

    @property
    def middle(self) -> float:
        """Where its word is centred."""
        return self.x + self.width / 2


@dataclass(frozen=True)
class Dot:
    """A mark on the sheet and where its word stands."""

    x: float
    y: float
    point: Point
    word_x: float
    word_y: float
    at_end: bool  # the word ends at `word_x` instead of beginning there


@dataclass(frozen=True)
class Strip:
    """A lane on the sheet."""

    row: Row
    y: float
    height: float
    base: float  # where its line runs
    boxes: tuple[Box, ...]
    dots: tuple[Dot, ...]


@dataclass(frozen=True)
class Picture:
    """The whole sheet."""

    width: float
    height: float
    gutter: float
    head: float
    found_x: float
    days: tuple[Day, ...]
    strips: tuple[Strip, ...]


@dataclass(frozen=True)
class _Scale:
    since: datetime
    day: float  # pixels

    def x(self, at: datetime) -> float:
        return round(GUTTER + (at - self.since) / timedelta(days=1) * self.day, 1)


def draw(
    rows: Sequence[Row], since: datetime, until: datetime, found_at: datetime, zone: ZoneInfo
) -> Picture:
    """Every lane under the one before it, all on one scale of time."""
    days = max((until - since) / timedelta(days=1), 1.0)
    day = min(max((SHEET - GUTTER - EDGE) / days, NARROWEST), WIDEST)
    scale = _Scale(since, day)
    right = scale.x(until) + EDGE
    strips: list[Strip] = []
    y = HEAD
    for row in rows:
        strip = _strip(row, y, right, scale)
        strips.append(strip)
        y += strip.height
    return Picture(
        width=round(right, 1),
        height=round(y + 6, 1),
        gutter=GUTTER,
        head=HEAD,
        found_x=scale.x(found_at),
        days=tuple(_days(since, until, zone, scale)),
        strips=tuple(strips),
    )


def width_of(word: str) -> float:
    """About how wide a word is at 12 px."""
    return sum(EM if ord(letter) > 0x2E7F else EN for letter in word)


def _strip(row: Row, y: float, right: float, scale: _Scale) -> Strip:
    band = BAND.get(row.kind, FAINT)
    base = y + 12 + band / 2
    places, lines = _labels(row.points, right, scale)
    height = max(24 + band + lines * LINE, 48.0)
    boxes = []
    for stretch in row.stretches:
        thin = stretch.sign is Sign.POST
        tall = THIN if thin else band
        left, end = scale.x(stretch.start), scale.x(stretch.end)
        wide = max(end - left - (0 if thin else 1), 2.0)
        boxes.append(
            Box(left, base - tall / 2, round(wide, 1), tall, stretch, _fitting(stretch, wide))
        )
    boxes.sort(key=lambda box: box.height)
    dots = tuple(
        Dot(scale.x(point.at), base, point, x, base + band / 2 + 4 + line * LINE + 10, at_end)
        for point, (x, line, at_end) in zip(row.points, places, strict=True)
    )
    return Strip(row, y, height, base, tuple(boxes), dots)


def _fitting(stretch: Stretch, width: float) -> str:
    """The longest of a bar's words that fits into it."""
    said = (stretch.word, stretch.short)
    return next((one for one in said if one and width_of(one) + 8 <= width), "")


def _labels(
    points: Sequence[Point], right: float, scale: _Scale
) -> tuple[list[tuple[float, int, bool]], int]:
    """Where each word stands: as high as it can without touching another."""
    ends: list[float] = []
    places = []
    for point in points:
        x, wide = scale.x(point.at) - 6, width_of(point.word)
        at_end = x + wide > right - 2
        left = x + 12 - wide if at_end else x
        line = next((index for index, end in enumerate(ends) if left >= end + 8), len(ends))
        if line == len(ends):
            ends.append(0.0)
        ends[line] = left + wide
        places.append((round(x + 12 if at_end else x, 1), line, at_end))
    return places, len(ends)


def _days(since: datetime, until: datetime, zone: ZoneInfo, scale: _Scale) -> list[Day]:
    """Every day of the city that the sheet touches."""
    found = []
    date = since.astimezone(zone).date()
    while (start := datetime.combine(date, time(), zone)) < until:
        following = datetime.combine(date + timedelta(days=1), time(), zone)
        left, right = scale.x(max(start, since)), scale.x(min(following, until))
        found.append(Day(left, round(right - left, 1), start, date.weekday() >= 5))
        date += timedelta(days=1)
    return found
