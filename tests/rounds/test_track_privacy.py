"""Where somebody walked: kept of rounds alone, opened with a reason, thinned after its time."""

from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from geoalchemy2.elements import WKTElement
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.findings.model import Finding
from patrol.findings.rules import Severity, Source, Stage
from patrol.flags.model import Flag
from patrol.flags.rules import Kind
from patrol.ledger.model import LedgerEntry
from patrol.rounds import keeping, service
from patrol.rounds.keeping import COARSE, LONGEST
from patrol.rounds.model import (
    Method,
    Mode,
    Passage,
    Round,
    TrackBatch,
    TrackKeeping,
    TrackOpening,
    Visit,
)
from patrol.rounds.rules import Fix, Grade
from patrol.tracing import gathering
from patrol.tracing.keeping import thin_tracks
from patrol.tracing.model import Freeze
from tests.conftest import NOW

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LONG_AGO = NOW - 200 * DAY
GRID = box(113.66, 34.76, 113.68, 34.78)
degrees = st.floats(-0.01, 0.03)
spots = st.lists(st.tuples(degrees, degrees), min_size=1, max_size=20)


@given(spots)
def test_inside_the_grid_nothing_is_lost_and_far_outside_nothing_is_exact(found):
    run = [
        Fix(113.66 + east, 34.76 + north, 5.0, NOW + n * MINUTE)
        for n, (east, north) in enumerate(found)
    ]

    parts = keeping.coarsened(run, GRID)

    assert [fix.at for part in parts for fix in part] == [fix.at for fix in run]
    for before, after in zip(run, [fix for part in parts for fix in part], strict=True):
        outside = GRID.distance(box(before.lon, before.lat, before.lon, before.lat)) * 111_320
        if outside < 99:
            assert after == before
        if outside > 101:
            assert keeping.is_coarse(after)
            assert abs(after.lon - before.lon) <= 0.001001
    assert all(len({keeping.is_coarse(fix) for fix in part}) == 1 for part in parts)


@given(st.lists(st.integers(-120, 2000), max_size=30), st.booleans())
def test_only_the_time_of_the_round_is_kept(minutes, ended):
    end = NOW + 3 * 60 * MINUTE if ended else None
    rest = (NOW + 60 * MINUTE, NOW + 80 * MINUTE)
    run = [Fix(113.66, 34.76, 5.0, NOW + each * MINUTE) for each in minutes]

    kept = {fix.at for fix in keeping.on_duty(run, NOW, end, [rest])}

    latest = (end or NOW + LONGEST) + 10 * MINUTE
    assert all(NOW - 10 * MINUTE <= at <= latest and not rest[0] < at < rest[1] for at in kept)
    assert {fix.at for fix in run if NOW <= fix.at <= rest[0]} <= kept


class Site:
    """A grid with an officer, who walked there long ago, and a head above."""

    def __init__(self, make):
        self.make = make
        self.street, _, self.grid = make.tree()
        self.cells = make.cells(self.grid)
        self.officer = make.person(Role.OFFICER, self.grid, name="李巡")
        self.head = make.person(Role.HEAD, self.street, name="赵头")

    def walk(self, at=LONG_AGO, *, fellows=()):
        """A round through the first cell, with its visit, its passage and its track."""
        cell = self.cells[0]
        one = Round(
            id=uuid7(), officer_id=self.officer.id, grid_id=self.grid.id, mode=Mode.FOOT,
            crew=[str(each.id) for each in fellows], started_at=at, ended_at=at + 60 * MINUTE,
            made_at=at, received_at=at,
        )  # fmt: skip
        self.make.store(one)
        visit = Visit(
            id=uuid7(), round_id=one.id, officer_id=self.officer.id, cell_id=cell.id,
            grid_id=self.grid.id, method=Method.TRACK, grade=Grade.B, lon=cell.lon, lat=cell.lat,
            accuracy=5, seen_at=at + 10 * MINUTE, made_at=at, received_at=at,
        )  # fmt: skip
        points = [[cell.lon, cell.lat + n / 1e5, 5, at.timestamp() + 10 * n] for n in range(60)]
        batch = TrackBatch(
            id=uuid7(), round_id=one.id, officer_id=self.officer.id, grid_id=self.grid.id, first=0,
            points=points, from_at=at, to_at=at + 10 * MINUTE, received_at=at,
        )  # fmt: skip
        passage = Passage(
            round_id=one.id, cell_id=cell.id, grid_id=self.grid.id, metres=66.0, seconds=590.0,
            first_at=at, last_at=at + 10 * MINUTE,
        )  # fmt: skip
        self.make.store(visit, batch, passage)
        return one

    def finding(self, at, *, cell=0, **more):
        kind, where = self.make.event_class(f"E{at:%d%H%M}{cell}"), self.cells[cell]
        found = Finding(
            id=uuid7(), number=f"{kind.code}-1", class_id=kind.id, severity=Severity.ORDINARY,
            topic="street_order", source=Source.PATROL, cell_id=where.id, grid_id=self.grid.id,
            officer_id=self.officer.id, spot=WKTElement(f"POINT({where.lon} {where.lat})", 4326),
            lon=where.lon, lat=where.lat, stage=Stage.DISPATCHING, seen_at=at, made_at=at,
            received_at=at, **more,
        )  # fmt: skip
        self.make.store(found)
        return found

    def thin(self, days=180):
        with self.make.database.transaction() as session:
            return thin_tracks(session, days=days, now=NOW)

    def lines(self, kind):
        return self.make.rows(LedgerEntry, LedgerEntry.kind == kind)


@pytest.fixture
def site(make):
    return Site(make)


def test_an_old_track_is_thinned_to_its_visits(site):
    old, young = site.walk(), site.walk(NOW - 10 * DAY)

    assert site.thin() == 1
    assert site.thin() is None

    (left,) = site.make.rows(TrackBatch)
    assert left.round_id == young.id
    assert len(site.make.rows(Visit)) == len(site.make.rows(Passage)) == 2
    (kept,) = site.make.rows(TrackKeeping)
    assert (kept.round_id, kept.thinned_at, kept.frozen_at) == (old.id, NOW, None)
    (line,) = site.lines("track.thinned")
    assert line.subject == f"round:{old.id}"


def test_how_long_is_a_setting(site):
    site.walk(NOW - 40 * DAY)

    assert site.thin(days=180) is None
    assert site.thin(days=30) == 1


@pytest.mark.parametrize("why", ["found after", "recorded on it", "frozen visit"])
def test_what_evidence_rests_on_stays_whole(site, why):
    one = site.walk()
    if why == "found after":
        site.finding(LONG_AGO + 20 * DAY)
    elif why == "recorded on it":
        site.finding(LONG_AGO, cell=3, round_id=one.id)
    else:
        other = site.finding(LONG_AGO - 50 * DAY, cell=3)
        (visit,) = site.make.rows(Visit)
        frozen = Freeze(finding_id=other.id, subject=f"visit:{visit.id}", frozen_at=NOW)
        site.make.store(frozen)

    assert site.thin() == 1
    assert site.thin() is None

    assert len(site.make.rows(TrackBatch)) == 1
    (kept,) = site.make.rows(TrackKeeping)
    assert (kept.thinned_at, kept.frozen_at) == (None, NOW)
    assert len(site.lines("track.frozen")) == 1


def test_a_finding_of_another_time_or_place_keeps_nothing(site):
    site.walk()
    site.finding(LONG_AGO - DAY)
    site.finding(LONG_AGO + 100 * DAY)
    site.finding(LONG_AGO + DAY, cell=2)

    site.thin()

    assert site.make.rows(TrackBatch) == []


def test_a_question_nobody_looked_at_keeps_the_track_meanwhile(site):
    one = site.walk()
    flag = Flag(
        round_id=one.id, officer_id=site.officer.id, grid_id=site.grid.id, kind=Kind.FROZEN,
        facts={}, raised_at=NOW,
    )  # fmt: skip
    site.make.store(flag)

    assert site.thin() is None
    assert site.make.rows(TrackKeeping) == []


def test_a_round_nobody_ended_ends_by_itself_and_may_still_be_ended(site):
    one = site.walk(NOW - DAY)
    with site.make.database.transaction() as session:
        session.get_one(Round, one.id).ended_at = None
    with site.make.database.transaction() as session:
        assert service.end_forgotten(session, now=NOW) == 1
        assert service.end_forgotten(session, now=NOW) is None

    (found,) = site.make.rows(Round)
    assert found.ended_at == one.started_at + LONGEST


# The pages


def test_another_sees_the_round_but_its_track_only_with_a_reason(browser, site):
    one = site.walk(NOW - DAY)
    browser.sign_in(site.head)
    address = f"/rounds/{one.id}/track"

    assert 'class="track"' not in browser.get(f"/rounds/{one.id}").text
    closed = browser.get(address).text
    assert 'class="track"' not in closed
    assert "李巡" in closed
    browser.post(f"{address}-openings", {"why": "other"}, status=422)
    browser.post(f"{address}-openings", {}, status=422)
    assert site.make.rows(TrackOpening) == []
    browser.post(f"{address}-openings", {"why": "complaint", "remark": "信访 12 号"})

    page = browser.get(address)
    opened = page.text
    assert 'class="track"' in opened
    assert opened.count("<tr>") == 4  # a stretch and a cell, each below its heading
    assert page.headers["Cache-Control"] == "no-store"
    browser.sign_in(site.officer)
    assert "no-store" not in browser.get(address).headers["Cache-Control"]


def test_an_opening_is_one_line_however_often_one_looks(browser, site):
    one = site.walk(NOW - DAY)
    browser.sign_in(site.head)

    for _ in range(2):
        browser.post(f"/rounds/{one.id}/track-openings", {"why": "safety"})
        browser.get(f"/rounds/{one.id}/track")

    assert len(site.make.rows(TrackOpening)) == len(site.lines("track.opened")) == 1


def test_an_opening_ends(browser, site):
    one = site.walk(NOW - DAY)
    opened = TrackOpening(
        round_id=one.id, officer_id=site.officer.id, opener_id=site.head.id, why="check",
        opened_at=NOW - 31 * MINUTE,
    )  # fmt: skip
    site.make.store(opened)
    browser.sign_in(site.head)

    assert 'class="track"' not in browser.get(f"/rounds/{one.id}/track").text


def test_the_officer_sees_the_own_track_and_who_looked_and_why(browser, site):
    fellow = site.make.person(Role.OFFICER, site.grid, name="王随")
    one = site.walk(NOW - DAY, fellows=[fellow])
    browser.sign_in(site.head)
    browser.post(f"/rounds/{one.id}/track-openings", {"why": "complaint", "remark": "信访 12 号"})

    browser.sign_in(site.officer)
    own = browser.get(f"/rounds/{one.id}/track").text
    assert 'class="track"' in own
    for page in (own, browser.get("/rounds/mine").text):
        assert "赵头" in page
        assert "信访 12 号" in page
    browser.post(f"/rounds/{one.id}/track-openings", {"why": "check"}, status=409)
    browser.sign_in(fellow)
    assert "赵头" in browser.get("/rounds/mine").text
    assert len(site.lines("track.opened")) == 1


def test_the_auditor_comes_from_the_ledger_and_leaves_a_reason(browser, site):
    one = site.walk(NOW - DAY)
    browser.sign_in(site.make.person(Role.AUDITOR))

    browser.get(f"/rounds/{one.id}", status=404)
    assert f"/rounds/{one.id}/track" in browser.get(f"/ledger/of/round:{one.id}").text
    browser.post(f"/rounds/{one.id}/track-openings", {"why": "doubt"})

    assert 'class="track"' in browser.get(f"/rounds/{one.id}/track").text


def test_a_thinned_track_says_so(browser, site):
    one = site.walk()
    site.thin()
    browser.sign_in(site.officer)

    assert "已精简" in browser.get(f"/rounds/{one.id}/track").text
    assert "已精简" in browser.get("/rounds/mine").text


def test_what_is_only_about_known_brings_nobody_near_a_spot():
    spot = SimpleNamespace(lon=113.66, lat=34.76, seen_at=NOW)
    visit = SimpleNamespace(lon=None, lat=None, seen_at=NOW)
    exact, rough = ([113.66, 34.76, accuracy, NOW.timestamp()] for accuracy in (5.0, COARSE))

    assert gathering._nearest(spot, visit, np.array([exact, rough])) == 0
    assert gathering._nearest(spot, visit, np.array([rough])) is None


def test_points_from_outside_the_round_and_the_grid(browser, site):
    browser.sign_in(site.officer)
    key, far = uuid7(), site.cells[0].lon + 0.1
    browser.send("/rounds", {"grid_id": site.grid.id}, key=key)

    def send(first, minutes, lon):
        points = " ".join(f"{lon}_{site.cells[0].lat}_8_{at}" for at in (0, 20))
        at = (NOW + minutes * MINUTE).isoformat()
        form = {"round_id": key, "first": first, "from_at": at, "points": points}
        browser.send("/rounds/tracks", form)

    send(0, -60, site.cells[0].lon)
    assert site.make.rows(TrackBatch) == []
    send(0, -1, far)
    (batch,) = site.make.rows(TrackBatch)
    assert {point[2] for point in batch.points} == {COARSE}
    assert all(abs(point[0] * 500 - round(point[0] * 500)) < 1e-6 for point in batch.points)
