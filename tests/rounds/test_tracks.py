"""Reading tracks that other recorders wrote."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from patrol.core.errors import Refused
from patrol.rounds import tracks

TRACKS = Path(__file__).parents[3] / "shared" / "data" / "tracks"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
real = pytest.mark.skipif(not TRACKS.exists(), reason="the shared tracks are not here")

HEAD = b'<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1"><trk><trkseg>'
TAIL = b"</trkseg></trk></gpx>"
POINT = b'<trkpt lat="34.78" lon="113.66"><time>2026-11-21T04:00:00Z</time></trkpt>'


def gpx(name):
    return tracks.gpx((TRACKS / "gpx" / name).read_bytes(), now=NOW)


@real
@pytest.mark.parametrize(
    ("name", "runs", "left_out"),
    [
        ("gpxpy__Mojstrovka.gpx", 0, {"bad-clock": 184}),
        ("gpxpy__cerknicko-without-times.gpx", 1, {"no-time": 291}),
        ("gpxpy__unicode_with_bom.gpx", 0, {}),
        ("ghmm__no_trkpt.gpx", 0, {}),
        ("gpxpy__gpx1.1_with_extensions_without_namespaces.gpx", 0, {}),
        ("gpxpy__track_with_speed.gpx", 1, {}),
        ("ghmm__issue-13.gpx", 1, {}),
    ],
)
def test_odd_files_are_read_for_what_they_hold(name, runs, left_out):
    reading = gpx(name)

    assert len(reading.runs) == runs
    assert reading.left_out == left_out


@real
def test_an_empty_segment_leaves_no_empty_run():
    reading = gpx("gpxpy__track-with-empty-segment.gpx")

    assert reading.runs
    assert all(reading.runs)


@real
def test_other_zones_and_parts_of_seconds_are_understood():
    times = [fix.at for run in gpx("gpxpy__track-with-less-sec-time.gpx").runs for fix in run]

    assert times[0] == datetime(2015, 12, 11, 14, 43, 13, tzinfo=UTC)
    assert times[1].microsecond == 994_000


@real
def test_no_real_gpx_file_is_too_much():
    for path in sorted((TRACKS / "gpx").glob("*.gpx")):
        reading = tracks.gpx(path.read_bytes(), now=NOW)
        assert reading.points >= 0, path.name


@real
def test_all_geolife_logs_are_read_to_the_last_point():
    logs = sorted((TRACKS / "geolife").glob("*.plt"))

    readings = [tracks.read(path.read_bytes(), now=NOW) for path in logs]

    assert len(readings) == 58
    assert sum(reading.points for reading in readings) == 56_326
    assert not any(reading.left_out for reading in readings)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "track-not-read"),
        (b"not a track", "track-not-read"),
        (b"\xff\xfe\x00\x00", "track-not-read"),
        (HEAD + b"<trkpt", "track-not-read"),
        (b"Geolife trajectory\n\xff\xff", "track-not-read"),
        (b"Geolife trajectory\n" * 6 + b"here,there,0,0,0,never,ever\n", "track-without-points"),
        (HEAD + TAIL, "track-without-points"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + HEAD + POINT + TAIL, "track-not-read"),
        (b"<a>" * 5000 + b"</a>" * 5000, "track-without-points"),
        (b'<?xml version="1.0" encoding="nonsense"?>' + HEAD + TAIL, "track-not-read"),
        (HEAD + POINT * (tracks.MOST + 1) + TAIL, "track-too-large"),
        (b" " * (tracks.LARGEST + 1), "track-too-large"),
    ],
)
@pytest.mark.hostile
def test_what_is_no_track_is_refused_by_name(content, code):
    with pytest.raises(Refused) as refusal:
        tracks.read(content, now=NOW)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        (b'lat="nan" lon="113.6"', "no-place"),
        (b'lat="113.6" lon="34.7"', "no-place"),
        (b'lat="34.7" lon="inf"', "no-place"),
        (b'lon="113.6"', "no-place"),
    ],
)
def test_a_point_without_a_place_is_counted_not_kept(attributes, code):
    point = b"<trkpt " + attributes + b"><time>2026-11-21T04:00:00Z</time></trkpt>"

    assert tracks.gpx(HEAD + point + TAIL, now=NOW).left_out == {code: 1}


@pytest.mark.parametrize(
    ("time", "code"),
    [
        (b"", "no-time"),
        (b"yesterday", "no-time"),
        (b"1970-01-01T00:00:00Z", "bad-clock"),
        (b"2026-11-22T00:11:00Z", "bad-clock"),
        (b"0001-01-01T00:00:00+14:00", "no-time"),
    ],
)
def test_a_broken_clock_is_counted_not_believed(time, code):
    point = b'<trkpt lat="34.7" lon="113.6"><time>' + time + b"</time></trkpt>"

    assert tracks.gpx(HEAD + point + TAIL, now=NOW).left_out == {code: 1}


def test_accuracy_comes_from_dilution_where_it_is_told():
    told = (
        b'<trkpt lat="34.7" lon="113.6"><hdop>3.2</hdop><time>2026-11-21T04:00:10Z</time></trkpt>'
    )

    run = tracks.read(HEAD + POINT + told + TAIL, now=NOW).runs[0]

    assert [fix.accuracy for fix in run] == [10.0, 16.0]
