"""Reading tracks that other recorders wrote, GPX and GeoLife, with all that is wrong in them."""

import csv
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from math import isfinite
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from patrol.core.errors import Refused
from patrol.rounds.rules import Fix

LARGEST = 20_000_000  # bytes of one file
MOST = 50_000  # points of one file
OLDEST = datetime(2000, 1, 1, tzinfo=UTC)  # a clock before this was never set
AHEAD = timedelta(minutes=10)  # how far a good clock may run before ours
UNSAID = 10.0  # metres of accuracy where a recorder says nothing of it
PER_HDOP = 5.0  # metres of accuracy for one unit of horizontal dilution, as receivers state it
GEOLIFE_HEAD = 6  # lines before the first point


@dataclass(frozen=True)
class Reading:
    """What a file held: runs as the recorder cut them, and points left out, counted by code."""

    runs: list[list[Fix]]
    left_out: Mapping[str, int]

    @property
    def points(self) -> int:
        """How many fixes can be used."""
        return sum(map(len, self.runs))


def read(content: bytes, *, now: datetime) -> Reading:
    """A GPX or GeoLife file, told apart by its first bytes.

    Raises Refused: `track-too-large`, `track-not-read`, `track-without-points`.
    """
    if len(content) > LARGEST:
        raise Refused("track-too-large", "track", most=LARGEST // 1_000_000)
    written = geolife if content.lstrip(b"\xef\xbb\xbf \r\n\t")[:8].lower() == b"geolife " else gpx
    reading = written(content, now=now)
    if not reading.points:
        raise Refused("track-without-points", "track", **reading.left_out)
    return reading


def gpx(content: bytes, *, now: datetime) -> Reading:
    """The track segments of a GPX 1.0 or 1.1 file, with or without its namespace.

    Routes and waypoints are plans and marks, not where somebody was: they are left out. Entities
    and document types are refused unread.
    """
    runs: list[list[Fix]] = []
    left_out: Counter[str] = Counter()
    seen = 0
    try:
        for event, node in iterparse(BytesIO(content), events=("start", "end"), forbid_dtd=True):
            name = _local(node.tag)
            if (event, name) == ("start", "trkseg"):
                runs.append([])
            elif (event, name) == ("end", "trkpt"):
                seen += 1
                if seen > MOST:
                    raise Refused("track-too-large", "track", most=MOST)
                _keep(runs, left_out, _gpx_fix(node, now))
                node.clear()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as fault:
        raise Refused("track-not-read", "track") from fault
    return Reading([run for run in runs if run], dict(left_out))


def geolife(content: bytes, *, now: datetime) -> Reading:
    """A GeoLife log: six lines of head, then rows of place, height in feet and time in UTC."""
    try:
        lines = content.decode("utf-8-sig").splitlines()[GEOLIFE_HEAD:]
    except UnicodeDecodeError as fault:
        raise Refused("track-not-read", "track") from fault
    if len(lines) > MOST:
        raise Refused("track-too-large", "track", most=MOST)
    runs: list[list[Fix]] = [[]]
    left_out: Counter[str] = Counter()
    for row in csv.reader(StringIO("\n".join(lines))):
        if len(row) < 7:
            left_out["no-place"] += 1
            continue
        _keep(runs, left_out, _fix(row[1], row[0], UNSAID, f"{row[5]}T{row[6]}", now))
    return Reading([run for run in runs if run], dict(left_out))


def _keep(runs: list[list[Fix]], left_out: Counter[str], fix: Fix | str) -> None:
    """Add a fix to the last run, or count why there is none."""
    if isinstance(fix, str):
        left_out[fix] += 1
    elif runs:
        runs[-1].append(fix)


def _gpx_fix(node: Any, now: datetime) -> Fix | str:
    told = {_local(child.tag): (child.text or "").strip() for child in node}
    hdop = _number(told.get("hdop", ""))
    accuracy = UNSAID if hdop is None or hdop < 0 else max(1.0, hdop * PER_HDOP)
    return _fix(node.get("lon"), node.get("lat"), accuracy, told.get("time", ""), now)


def _fix(lon: str | None, lat: str | None, accuracy: float, time: str, now: datetime) -> Fix | str:
    """A fix, or the code of what it lacks."""
    east, north = _number(lon or ""), _number(lat or "")
    if east is None or north is None or abs(east) > 180 or abs(north) > 90:
        return "no-place"
    if not time:
        return "no-time"
    try:
        at = datetime.fromisoformat(time)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return "no-time"
    return Fix(east, north, accuracy, at) if OLDEST <= at <= now + AHEAD else "bad-clock"


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None


def _local(tag: object) -> str:
    """A tag without its namespace; comments and instructions have no text for a tag."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
