"""Real tracks: those walked in Haidian, and files from elsewhere as they are, laid into it."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from patrol.rounds import tracks
from patrol.rounds.rules import Fix
from patrol.rounds.tracks import Reading

LOGS, FILES = 58, 17
MIDDLE = (116.23, 40.03)  # of Haidian


def walked(folder: Path, *, now: datetime) -> list[Reading]:
    """The logs of GeoLife."""
    logs = sorted((folder / "geolife").glob("*.plt"))
    assert len(logs) == LOGS
    return [tracks.read(log.read_bytes(), now=now) for log in logs]


def laid(folder: Path, *, now: datetime) -> list[Reading]:
    """GPX files with broken clocks, empty segments and jumps; those without a usable fix go."""
    files = sorted((folder / "gpx").glob("*.gpx"))
    assert len(files) == FILES
    read = (tracks.gpx(file.read_bytes(), now=now) for file in files)
    return [_moved(reading) for reading in read if any(reading.runs)]


def _moved(reading: Reading) -> Reading:
    """The same with its middle in the middle of Haidian."""
    fixes = [fix for run in reading.runs for fix in run]
    lons, lats = [fix.lon for fix in fixes], [fix.lat for fix in fixes]
    east, north = MIDDLE[0] - (min(lons) + max(lons)) / 2, MIDDLE[1] - (min(lats) + max(lats)) / 2
    runs = [
        [Fix(fix.lon + east, fix.lat + north, fix.accuracy, fix.at) for fix in run]
        for run in reading.runs
    ]
    return replace(reading, runs=runs)
