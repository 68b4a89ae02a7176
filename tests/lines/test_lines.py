"""Lines laid out, trips made, timetables kept: on both databases, with and without script."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from patrol.core import clock
from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.lines import queries
from patrol.lines.model import LineStop, PatrolLine, Trip
from patrol.rounds.model import Round, Visit
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)
TEN = datetime(2026, 11, 6, 2, 0, tzinfo=UTC)  # departure at ten in the city: that is NOW


class Site:
    """A grid with six cells, its squad leader and its officer."""

    def __init__(self, make, browser):
        self.make, self.browser = make, browser
        self.street, self.community, self.grid = make.tree()
        self.cells = make.cells(self.grid, 6)
        self.leader = make.person(Role.SQUAD_LEADER, self.street)
        self.officer = make.person(Role.OFFICER, self.grid, name="李巡")
        make.topic()

    def form(self, **more):
        plain = {
            "grid_id": self.grid.id,
            "name": "早市线",
            "stops": "1 3 6",
            "first": "08:00",
            "last": "12:00",
            "headway": 60,
            "weekdays": list(range(7)),
            "valid_from": "2026-11-06",
        }
        return {**plain, **more}

    def line(self, **more):
        self.browser.sign_in(self.leader)
        self.browser.post("/lines", self.form(**more))
        (made,) = self.make.rows(PatrolLine)
        self.browser.sign_in(self.officer)
        return made

    def depart(self, line, *, at=TEN, key=None, **more):
        key = key or uuid7()
        form = {"departs_at": at.isoformat(), "mode": "foot", **more}
        self.browser.send(f"/lines/{line.id}/trips", form, key=key)
        return key

    def arrive(self, trip, cell, at, **more):
        told = {"seen_at": at.isoformat(), "made_at": at.isoformat()}
        place = {"lon": cell.lon, "lat": cell.lat, "accuracy": 8}
        form = {"round_id": trip, "cell_id": cell.id, **place, **told, **more}
        return self.browser.send("/rounds/visits", form)


@pytest.fixture
def site(make, browser):
    return Site(make, browser)


def test_a_leader_lays_out_a_line_whose_stops_are_due_after_way_and_stay(site):
    line = site.line(stops="1, 3@9、6", dwell=3)

    stops = sorted(site.make.rows(LineStop), key=lambda stop: stop.number)
    assert [stop.cell_id for stop in stops] == [site.cells[at].id for at in (0, 2, 5)]
    assert [stop.minute for stop in stops] == [0, 9, 16]  # 274 m at 70 m a minute, and 3 to stay
    assert (line.first, line.last, line.headway) == ("08:00", "12:00", 60)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"stops": "1"}, "2"),
        ({"stops": "1 x"}, "x"),
        ({"stops": "1 3 1"}, "1"),
        ({"stops": "1 99"}, "99"),
        ({"stops": "1 3@0"}, ""),
        ({"last": "07:00"}, ""),
        ({"headway": "5", "first": "00:00", "last": "23:59"}, "96"),
        ({"valid_from": "2026-11-05"}, ""),
        ({"role": "supervisor"}, ""),
    ],
)
def test_a_line_that_cannot_run_is_refused_in_words(site, wrong, said):
    site.browser.sign_in(site.leader)

    page = site.browser.post("/lines", site.form(**wrong), status=422).text

    assert 'role="alert"' in page
    assert said in page
    assert site.make.rows(PatrolLine) == []


def test_numbers_that_repeat_name_no_stop(site):
    site.make.cells(site.make.grid(site.community), 6)
    site.browser.sign_in(site.leader)

    site.browser.post("/lines", site.form(grid_id=site.community.id), status=422)


def test_an_officer_neither_lays_out_nor_ends_a_line(site):
    line = site.line()

    site.browser.get("/lines/new", status=403)
    site.browser.post(f"/lines/{line.id}/end", status=403)


def test_a_line_elsewhere_is_not_there(site):
    line = site.line()
    site.browser.sign_in(site.make.person(Role.OFFICER, site.make.grid()))

    site.browser.get(f"/lines/{line.id}", status=404)
    site.browser.get(f"/lines/{line.id}/trip", status=404)
    assert "早市线" not in site.browser.get("/lines").text


def test_a_trip_is_a_round_that_begins_once_however_often_it_is_sent(site):
    line = site.line()
    key = uuid7()

    site.depart(line, key=key)
    site.browser.send(
        f"/lines/{line.id}/trips",
        {"departs_at": TEN.isoformat(), "mode": "foot"},
        key=key,
        status=200,
    )

    (trip,) = site.make.rows(Trip)
    (begun,) = site.make.rows(Round)
    assert trip.id == begun.id == key
    assert trip.departs_at == TEN


def test_a_departure_the_timetable_does_not_have_is_refused(site):
    line = site.line()

    for at in (TEN + MINUTE, TEN + timedelta(days=1), TEN + timedelta(hours=3)):
        form = {"departs_at": at.isoformat(), "mode": "foot"}
        answer = site.browser.send(f"/lines/{line.id}/trips", form, status=422)
        assert 'role="alert"' in answer.text
    assert site.make.rows(Round) == []


def test_the_phone_shows_the_stops_in_the_order_of_the_timetable(site):
    line = site.line(stops="6 1 3")

    page = site.browser.get(f"/lines/{line.id}/trip").text

    assert re.findall(r'data-number="(\d)" data-place="due" data-turn="(\d)"', page) == [
        ("6", "1"),
        ("1", "2"),
        ("3", "3"),
    ]
    assert re.findall(r'<option value="([^"]+)" selected', page) == ["2026-11-06T02:00:00+00:00"]
    assert "10:00" in page


def test_without_script_a_trip_departs_and_goes_on(site):
    line = site.line()

    site.browser.post(f"/lines/{line.id}/trips", {"departs_at": TEN.isoformat()})

    (begun,) = site.make.rows(Round)
    assert f'data-round="{begun.id}"' in site.browser.get(f"/lines/{line.id}/trip").text


def test_arrivals_are_visits_of_the_stops_and_every_figure_opens_its_rows(site):
    line = site.line()  # due at 8:00, 8:05 and 8:11, and each hour after
    eight = TEN - timedelta(hours=2)
    trip = site.depart(line, at=eight, seen_at=eight.isoformat(), made_at=eight.isoformat())
    site.arrive(trip, site.cells[0], eight + 4 * MINUTE)
    site.arrive(trip, site.cells[2], eight + 40 * MINUTE)

    page = site.browser.get(f"/lines/{line.id}?days=1").text
    kept = {
        shown: site.browser.get(f"/lines/{line.id}/rows?days=1&show={shown}").text.count("<tr><td")
        for shown in ("judged", "on_time", "late", "skipped", "not_run", "early", "beside")
    }

    # 8:00 was made; 9:00 was not; of 10:00, which is now, every stop is still ahead
    assert kept == {
        "judged": 6, "on_time": 1, "late": 1, "skipped": 1, "not_run": 3, "early": 0, "beside": 0,
    }  # fmt: skip
    assert "17 %" in page
    assert "李巡" in site.browser.get(f"/lines/{line.id}/rows?days=1&show=late").text


def test_who_passes_a_stop_before_its_time_and_comes_to_it_in_time_is_in_time(site):
    line = site.line()
    eight = TEN - timedelta(hours=2)
    trip = site.depart(line, at=eight, seen_at=eight.isoformat(), made_at=eight.isoformat())
    for minute in (0, 12, 40):
        site.arrive(trip, site.cells[5], eight + minute * MINUTE)

    page = site.browser.get(f"/lines/{line.id}/rows?days=1&show=on_time").text

    assert page.count("<tr><td") == 1
    assert "<td" not in site.browser.get(f"/lines/{line.id}/rows?days=1&show=early").text


@pytest.mark.parametrize(("minutes", "planned"), [(0, 2), (10, 2), (11, 3)])
def test_a_trip_is_missing_only_once_it_can_no_longer_be_in_time(site, minutes, planned):
    line = site.line()  # departs at 8, 9 and 10

    with site.make.database.reading() as session:
        line = session.get_one(PatrolLine, line.id)
        now = TEN + minutes * MINUTE
        found = queries.report(session, line, since=TEN, now=now, zone=clock.city())

    assert (found.planned, found.run) == (planned, 0)


def test_the_largest_gap_is_the_longest_that_nobody_came_to_a_stop(site):
    line = site.line()
    eight = TEN - timedelta(hours=2)
    trip = site.depart(line, at=eight, seen_at=eight.isoformat(), made_at=eight.isoformat())
    site.arrive(trip, site.cells[0], eight + 30 * MINUTE)

    gaps = site.browser.get(f"/lines/{line.id}/rows?days=1&show=gaps").text

    assert gaps.count("<tr><td") == 4  # two for the stop that was come to, one for each other
    assert "1小时55分" in re.findall(r'<td class="number"[^>]*>([^<]+)<', gaps)[0].replace(" ", "")


def test_who_checks_in_far_off_in_the_cell_was_not_at_the_stop(site):
    line = site.line(radius=30)
    trip = site.depart(line)
    far = site.cells[0].lat + 0.00048  # 53 m north, still in the cell

    site.arrive(trip, site.cells[0], TEN, lat=far)

    assert "<td" in site.browser.get(f"/lines/{line.id}/rows?days=1&show=beside").text


def test_what_is_written_in_later_counts_once_another_confirms_it(site):
    line = site.line()
    nine = TEN - timedelta(hours=1)
    trip = site.depart(line, at=nine, seen_at=nine.isoformat(), made_at=nine.isoformat())
    late = {"made_at": NOW.isoformat(), "because": "no_signal"}
    site.arrive(trip, site.cells[0], nine, **late)
    rows = f"/lines/{line.id}/rows?days=1&show=on_time"
    assert "<td" not in site.browser.get(rows).text

    (visit,) = site.make.rows(Visit)
    site.browser.sign_in(site.leader)
    site.browser.post(f"/rounds/visits/{visit.id}/confirmation")

    assert "<td" in site.browser.get(rows).text


def test_a_line_that_ended_keeps_what_was_kept_of_it(site):
    line = site.line()
    site.browser.sign_in(site.leader)

    site.browser.post(f"/lines/{line.id}/end")

    assert site.make.reload(PatrolLine, line.id).ended_on.isoformat() == "2026-11-06"
    site.browser.post(f"/lines/{line.id}/end", status=409)
    assert "早市线" in site.browser.get(f"/lines/{line.id}").text


def test_a_phone_takes_along_the_trips_of_today(site):
    line = site.line()
    trip = f"/lines/{line.id}/trip"

    assert trip in [each["url"] for each in site.browser.get("/shift-pack.json").json["take"]]

    site.browser.sign_in(site.leader)
    site.browser.post(f"/lines/{line.id}/end")
    site.browser.sign_in(site.make.person(Role.OFFICER, site.make.grid()))
    assert trip not in site.browser.get("/shift-pack.json").text


def test_home_goes_on_with_the_trip_and_with_the_walk_of_a_plain_round(site):
    line = site.line()
    site.depart(line)
    go_on = re.compile(r'<div data-going="[^"]+">.*?<a [^>]*href="([^"]+)"', re.DOTALL)
    assert go_on.findall(site.browser.get("/").text) == [f"/lines/{line.id}/trip"]

    begun = uuid7()
    site.browser.send("/rounds", {"grid_id": site.grid.id, "mode": "foot"}, key=begun)

    assert go_on.findall(site.browser.get("/").text) == [f"/rounds/{begun}"]


def test_a_trip_says_which_round_it_would_end(site):
    other = site.make.grid(site.community)
    site.make.post(site.officer, Role.OFFICER, other)
    line = site.line()
    trip = f"/lines/{line.id}/trip"
    site.browser.send("/rounds", {"grid_id": site.grid.id, "mode": "foot"}, key=uuid7())

    assert "你正在本网格另一次巡查中" in site.browser.get(trip).text

    site.browser.send("/rounds", {"grid_id": other.id, "mode": "foot"}, key=uuid7())

    assert "你正在另一网格巡查" in site.browser.get(trip).text


def test_a_phone_remembers_a_trip_by_its_own_page(site):
    line = site.line()
    trip = f"/lines/{line.id}/trip"

    assert f'data-grid="{trip}"' in site.browser.get(trip).text
    walk = site.browser.get(f"/rounds/new?grid={site.grid.id}").text
    assert f'data-grid="{site.grid.id}"' in walk


def test_a_grid_that_is_chosen_shows_its_cells_to_be_tapped_in_the_page_and_alone(site):
    site.browser.sign_in(site.leader)
    ground = f'data-cells="/grids/{site.grid.code}/cells.geojson"'

    assert "data-cells" not in site.browser.get("/lines/new").text
    page = site.browser.get(f"/lines/new?grid_id={site.grid.id}").text
    assert ground in page
    assert f'<option value="{site.grid.id}" selected>' in page
    wrong = site.browser.post("/lines", site.form(stops="x"), status=422).text
    assert ground in wrong


def test_a_line_shows_a_week_unless_asked_for_less_and_its_latest_trips_first(site):
    line = site.line()

    page = site.browser.get(f"/lines/{line.id}").text
    rows = site.browser.get(f"/lines/{line.id}/rows?days=1").text

    assert f"/lines/{line.id}/rows?days=7" in page
    assert re.findall(r"08:00|09:00", rows)[0] == "09:00"


def test_the_stops_of_a_line_are_on_its_map_and_in_its_list(site):
    page = site.browser.get(f"/lines/{site.line(stops='6 1 3').id}").text

    assert 'data-halts="6 1 3"' in page
    assert [int(n) for n in re.findall(r"第 ?\d 站[^<]*?(\d+) ?号格", page)] == [6, 1, 3]
