"""Haidian in cells of 100 m and 75 real tracks replayed as rounds, on both databases.

What the app stored is set against a computation of its own kind: other code for the breaks of a
track, another plane, plain Shapely intersections.
"""

import json
import logging
import os
import resource
import subprocess
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
import shapely
from pyproj import Transformer
from sqlalchemy import func, select
from sqlmodel import col

from patrol.core import clock, geo
from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.grid import files, queries, rules
from patrol.rounds import service, tracking
from patrol.rounds.drafts import End, Start
from patrol.rounds.model import Passage, Visit
from tests import real_tracks
from tests.conftest import NOW

FLAT = Transformer.from_crs(
    "EPSG:4326", "+proj=tmerc +lat_0=40.03 +lon_0=116.23 +k=1 +ellps=WGS84", always_xy=True
)
log = logging.getLogger("patrol.measure")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SILENCE, FASTEST, AWAY = 90.0, 40.0, 900.0  # seconds, metres a second, seconds
FAR_OFF = 50.0  # metres

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def haidian(shared):
    return shared / "boundaries/beijing_subdistricts/haidian.geojson"


@pytest.fixture
def command(database, tmp_path):
    """Run `patrol grid …` as a process of its own on this test's database."""
    told = {
        "PATROL_HOME": str(tmp_path),
        "PATROL_SECRET_KEY": "a key for tests that is long enough",
        "PATROL_DATABASE_URL": database.url.render_as_string(hide_password=False),
        "PATROL_CLOCK": LONG_AGO.isoformat(),  # a track goes to the cells of its own time
    }

    def run(*words):
        return subprocess.run(
            [sys.executable, "-m", "patrol.cli", "grid", *map(str, words)],
            env={**os.environ, **told}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


@pytest.fixture
def district(haidian, tmp_path):
    """The outline of the whole district, which the file has only in parts."""
    parts, _ = rules.mended(files.read(haidian, geo.datum("wgs84")).areas)
    outline = shapely.union_all([part.shape for part in parts], grid_size=1e-11)
    feature = {
        "type": "Feature",
        "properties": {"code": "110108", "name": "海淀区"},
        "geometry": json.loads(shapely.to_geojson(outline)),
    }
    path = tmp_path / "district.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


def test_haidian_is_cut_and_walked_as_an_independent_computation_says(
    command, district, haidian, shared, make, database
):
    begun, before = time.monotonic(), _worked()
    assert command("import", district, "--tier", 1, "--datum", "wgs84").returncode == 0
    refused = command("import", haidian, "--tier", 2, "--datum", "wgs84")
    taken = command("import", haidian, "--tier", 2, "--datum", "wgs84", "--repair", "--json")
    cut = command("generate", "--within", "110108", "--size", 100, "--json")
    took = time.monotonic() - begun
    worked = _worked() - before
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024

    log.info("import and generation, s: %s", round(took, 1))
    log.info("of it at work, s: %s", round(worked, 1))
    log.info("memory, MiB: %s", round(memory))
    assert refused.returncode == 1, refused.stderr
    assert taken.returncode == cut.returncode == 0, taken.stderr + cut.stderr
    assert worked < 60  # the clock on the wall also counts who else uses this machine
    assert memory < 1024
    assert 42_000 < json.loads(cut.stdout)["cells"] < 46_000

    walked = real_tracks.walked(shared / "tracks", now=NOW)
    laid = real_tracks.laid(shared / "tracks", now=NOW)
    readings = [*walked, *laid]
    _replay(make, database, readings)

    with database.reading() as session:
        grid = queries.grid_by_code(session, "110108")
        cells = queries.cell_shapes(session, grid)
        ran = select(col(Passage.cell_id), func.sum(col(Passage.metres)))
        metres = {row[0]: row[1] for row in session.execute(ran.group_by(col(Passage.cell_id)))}
        seen = select(col(Visit.cell_id), func.count())
        visits = {row[0]: row[1] for row in session.execute(seen.group_by(col(Visit.cell_id)))}
    ids = [card.id for card, _ in cells]
    shapes = [shape for _, shape in cells]
    true, fewest, most = _independent(readings, shapes)
    of_files, *_ = _independent(laid, shapes)

    told = np.array([metres.get(one, 0.0) for one in ids])
    counted = np.array([visits.get(one, 0) for one in ids])
    log.info("cells walked: %s", int((true > 0).sum()))
    log.info("km walked: %s", round(true.sum() / 1000))
    log.info("of them km of files from elsewhere: %s", round(of_files.sum() / 1000, 1))
    log.info("visits: %s", int(counted.sum()))
    log.info("largest difference, m: %s", round(float(np.abs(told - true).max()), 3))
    assert (true > 0).sum() > 1_500
    assert (of_files > 0).sum() > 30
    assert np.abs(told - true).max() < 1
    assert (fewest <= counted).all()
    assert (counted <= most).all()


def _worked():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _replay(make, database, readings):
    """Every track as a round of somebody whose post is the whole district."""
    with database.reading() as session:
        grid = queries.grid_by_code(session, "110108")
    person = make.person()
    make.post(person, Role.OFFICER, grid, from_at=LONG_AGO, recorded_at=LONG_AGO,
              accepted_at=LONG_AGO)  # fmt: skip
    actor, zone = make.actor(person), clock.city()
    for reading in sorted(readings, key=lambda one: one.runs[0][0].at):
        fixes = [fix for run in reading.runs for fix in run]
        first, last = min(fix.at for fix in fixes), max(fix.at for fix in fixes)
        with database.transaction() as session:
            begin = Start(grid_id=grid.id, seen_at=first, made_at=first)
            going = service.start(session, actor, begin, key=uuid7(), now=NOW)
            end = End(round_id=going.id, seen_at=last, made_at=last)
            service.end(session, actor, end, now=NOW)
            tracking.take_runs(session, actor, going, reading.runs, now=NOW, zone=zone)


def _independent(readings, shapes):
    """Metres per cell, and the fewest and most visits where a stay is at the edge of proving."""
    flat = shapely.transform(np.array(shapes, dtype=object), FLAT.transform, interleaved=False)
    shapely.prepare(flat)
    tree = shapely.STRtree(flat)
    metres = np.zeros(len(flat))
    fewest, most = np.zeros(len(flat), dtype=int), np.zeros(len(flat), dtype=int)
    for reading in readings:
        stays = defaultdict(list)  # cell → [first, last, metres, seconds] of each stay
        for one, other, lasting in _steps(reading):
            line = shapely.LineString([one[:2], other[:2]])
            still = line.length == 0
            for cell in tree.query(shapely.Point(one[:2]) if still else line, "intersects"):
                if still:
                    inside, into, out = 0.0, one[2], other[2]
                else:
                    part = shapely.intersection(line, flat[cell])
                    inside = part.length
                    if not inside:
                        continue
                    along = [line.project(shapely.Point(xy)) / line.length
                             for xy in shapely.get_coordinates(part)]  # fmt: skip
                    into, out = (one[2] + share * lasting for share in (min(along), max(along)))
                spent = lasting if still else lasting * inside / line.length
                metres[cell] += inside
                if not stays[cell] or into - stays[cell][-1][1] > AWAY:
                    stays[cell].append([into, out, 0.0, 0.0])
                stay = stays[cell][-1]
                stay[1], stay[2], stay[3] = max(stay[1], out), stay[2] + inside, stay[3] + spent
        for cell, found in stays.items():
            fewest[cell] += sum(m >= 50.1 or s >= 60.1 for _, _, m, s in found)
            most[cell] += sum(m >= 49.9 or s >= 59.9 for _, _, m, s in found)
    return metres, fewest, most


def _steps(reading):
    """Each unbroken step of a track: (x, y, seconds) twice, and how long it lasted.

    A recorder that began a new run was off in between; what an earlier run covers was not walked
    twice, and a fix that is far off says nothing.
    """
    covered = []
    for run in _joined(reading.runs):
        known = sorted(
            (fix for fix in run if fix.accuracy <= FAR_OFF), key=lambda fix: -fix.accuracy
        )
        fixes = sorted({fix.at: fix for fix in known}.values(), key=lambda fix: fix.at)
        points = [(*FLAT.transform(fix.lon, fix.lat), fix.at.timestamp()) for fix in fixes]
        for one, other in pairwise(points):
            lasting, middle = other[2] - one[2], (one[2] + other[2]) / 2
            far = np.hypot(other[0] - one[0], other[1] - one[1])
            if any(begun < middle < over for begun, over in covered):
                continue
            if lasting <= SILENCE and far <= FASTEST * lasting:
                yield one, other, lasting
        moments = [fix.at.timestamp() for fix in run]
        covered.append((min(moments), max(moments)))


def _joined(runs):
    """Runs by their time; one that begins where another ended goes on with it."""
    found = []
    for run in sorted(runs, key=lambda run: run[0].at):
        if found and found[-1][-1].at == run[0].at:
            found[-1] = [*found[-1], *run[1:]]
        else:
            found.append(run)
    return found


def test_the_measure_is_taken_in_metres():
    east = FLAT.transform(116.24, 40.03)[0] - FLAT.transform(116.23, 40.03)[0]

    assert east == pytest.approx(geo.distance_m((116.23, 40.03), (116.24, 40.03)), abs=0.01)
    assert timedelta(seconds=AWAY) == timedelta(minutes=15)
