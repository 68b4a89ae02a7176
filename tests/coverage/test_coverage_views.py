"""The pages of coverage as leaders at every tier see them."""

import csv
import io
from datetime import timedelta

import openpyxl
import pyogrio
import pytest

from patrol.core import clock
from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.notices.model import Notice
from patrol.plans.model import Standing, WindowCredit, WindowResult
from patrol.plans.windows import midnight
from tests.conftest import NOW


@pytest.fixture
def city(make):
    street, community, grid = make.tree()
    cells = make.cells(grid, 4)
    plan = make.plan(grid)
    with make.database.transaction() as session:
        session.get(Standing, (plan.id, cells[0].id)).seen_at = NOW - timedelta(minutes=5)
    make.store(
        WindowResult(
            plan_id=plan.id, grid_id=grid.id, from_at=NOW - timedelta(days=2),
            to_at=NOW - timedelta(days=1), due=4, done=3, closed_at=NOW - timedelta(days=1),
        )
    )  # fmt: skip
    return street, community, grid, cells, plan


def test_a_leader_begins_at_the_own_grid(browser, make, city):
    street, community, *_ = city
    browser.sign_in(make.person(Role.SQUAD_LEADER, street))

    page = browser.get("/coverage").text

    assert street.name in page
    assert f"/coverage/{community.code}" in page


def test_cells_never_seen_are_told_beside_the_largest_gap(browser, make, city):
    street, *_ = city
    browser.sign_in(make.person(Role.SQUAD_LEADER, street))

    page = browser.get(f"/coverage/{street.code}").text

    assert page.count("3 个从未") == 2  # of the whole, and on the line of the community


def test_a_leader_of_two_grids_chooses(browser, make, city):
    street, *_ = city
    other = make.grid(tier=1, name="别街")
    leader = make.person(Role.SQUAD_LEADER, street)
    make.post(leader, Role.SQUAD_LEADER, other)
    browser.sign_in(leader)

    page = browser.get("/coverage").text

    assert street.name in page


def test_the_lowest_grid_lists_its_cells_worst_first(browser, make, city):
    _, _, grid, cells, _ = city
    browser.sign_in(make.person(Role.HEAD, grid))

    page = browser.get(f"/coverage/{grid.code}").text

    places = [page.index(f"/coverage/cells/{cell.code}") for cell in cells]
    assert places[0] == max(places)


def test_a_map_is_told_the_state_of_each_cell(browser, make, city):
    _, _, grid, cells, _ = city
    browser.sign_in(make.person(Role.HEAD, grid))

    states = browser.get(f"/coverage/{grid.code}/states.json").json["states"]

    assert states["fresh"] == cells[0].code
    assert sorted(states["never"].split()) == sorted(cell.code for cell in cells[1:])
    assert browser.get(f"/coverage/{grid.code}/states.json?topic=none").json["states"] == {}


def test_every_number_opens_its_rows(browser, make, city):
    _, _, grid, cells, plan = city
    browser.sign_in(make.person(Role.HEAD, grid))

    listed = browser.get(f"/coverage/{grid.code}/cells?state=never").text
    windows = browser.get(f"/coverage/{grid.code}/windows?missed=1&period=month").text

    assert cells[1].code in listed
    assert cells[0].code not in listed
    assert "3 / 4" in windows
    assert plan.name in windows


def test_a_cell_opens_its_history_as_a_page_and_as_a_piece(browser, make, city):
    _, _, grid, cells, plan = city
    browser.sign_in(make.person(Role.HEAD, grid))

    page = browser.get(f"/coverage/cells/{cells[0].code}").text
    piece = browser.get(f"/coverage/cells/{cells[0].code}", HX_Request="true").text

    assert plan.name in page
    assert "<svg" in page
    assert "<html" not in piece
    assert plan.name in piece


def test_nobody_sees_the_coverage_of_another_s_grid(browser, make, city):
    street, _, grid, cells, _ = city
    browser.sign_in(make.person(Role.HEAD, make.grid()))

    own = (f"{grid.code}{part}" for part in ("", "/states.json", "/cells", *PAGES))
    for path in (street.code, *own, f"cells/{cells[0].code}", "none", "cells/none"):
        browser.get(f"/coverage/{path}", status=404)


def test_nobody_is_led_above_the_own_grid(browser, make, city):
    street, community, grid, cells, _ = city
    browser.sign_in(make.person(Role.HEAD, grid))

    pages = [browser.get(f"/coverage/{one}").text for one in (grid.code, f"cells/{cells[0].code}")]

    for page in pages:
        assert f'/coverage/{street.code}"' not in page
        assert f'/coverage/{community.code}"' not in page


@pytest.mark.parametrize(
    "asked",
    ["cadence=daily", "cadence=hourly", "topic=street_order&period=day", "view=map", "page=x"],
)
def test_choices_in_the_address_never_break_the_page(browser, make, city, asked):
    _, _, grid, *_ = city
    browser.sign_in(make.person(Role.HEAD, grid))

    for path in ("", "/cells", "/windows", "/states.json"):
        browser.get(f"/coverage/{grid.code}{path}?{asked}")
    browser.get(f"/coverage?{asked}")


def test_a_grid_without_a_plan_says_so(browser, make):
    grid = make.grid()
    make.cells(grid, 2)
    browser.sign_in(make.person(Role.HEAD, grid))

    page = browser.get(f"/coverage/{grid.code}").text

    assert 'data-module="map"' not in page


PAGES = ("/figures", "/calendar", "/windows", "/visits", "/finds")


@pytest.mark.parametrize("by", ["grid", "tier", "person", "day", "week", "month"])
def test_figures_are_told_apart_as_asked(browser, make, city, by):
    street, *_ = city
    browser.sign_in(make.person(Role.SQUAD_LEADER, street))

    page = browser.get(f"/coverage/{street.code}/figures?by={by}&period=month").text

    assert "75 %" in page
    assert f"/coverage/{street.code}/export/figures.csv" in page


def test_a_calendar_is_drawn_and_told_as_a_table(browser, make, city):
    _, _, grid, *_ = city
    browser.sign_in(make.person(Role.HEAD, grid))

    page = browser.get(f"/coverage/{grid.code}/calendar").text

    assert '<svg class="plot heat"' in page
    assert "75 %</a></td>" in page


@pytest.mark.parametrize(
    "asked",
    ["line=unit", "grade=A", "officer=x", "day=-3", "day=2026-11-01", "day=x", "of=grids",
     "from=2026-11-01&to=2026-11-05", "from=x&to=y", "kind=late", "period=year", "tier=9&by=tier",
     "from=9999-12-31&to=9999-12-31"],
)  # fmt: skip
def test_no_choice_breaks_a_page_or_a_file(browser, make, city, asked):
    street, _, grid, *_ = city
    browser.sign_in(make.person(Role.SQUAD_LEADER, street))

    for code in (street.code, grid.code):
        for path in ("", "/cells", "/states.json", *PAGES, "/export/cells.csv"):
            browser.get(f"/coverage/{code}{path}?{asked}")


@pytest.mark.parametrize("what", ["grids", "cells", "windows", "visits", "figures", "calendar"])
def test_every_view_is_a_sheet(browser, make, city, what):
    street, *_ = city
    browser.sign_in(make.person(Role.SQUAD_LEADER, street))

    told = browser.get(f"/coverage/{street.code}/export/{what}.csv?period=month")
    book = browser.get(f"/coverage/{street.code}/export/{what}.xlsx?period=month")

    lines = list(csv.reader(io.StringIO(told.data.decode("utf-8-sig"))))
    rows = list(openpyxl.load_workbook(io.BytesIO(book.data)).active.values)
    assert [str(one) for one in rows[0]] == lines[0]
    assert len(rows) == len(lines)


@pytest.mark.parametrize("what", ["grids", "cells"])
def test_what_has_an_outline_is_a_geopackage(browser, make, city, what, tmp_path):
    street, *_ = city
    browser.sign_in(make.person(Role.SQUAD_LEADER, street))

    answer = browser.get(f"/coverage/{street.code}/export/{what}.gpkg")
    (tmp_path / "one.gpkg").write_bytes(answer.data)

    meta = pyogrio.read_info(tmp_path / "one.gpkg")
    assert meta["features"] == (1 if what == "grids" else 4)
    assert meta["crs"] == "EPSG:4326"
    browser.get(f"/coverage/{street.code}/export/windows.gpkg", status=404)


def test_a_leader_urges_from_the_page_and_sending_again_changes_nothing(browser, make, city):
    street, _, grid, *_ = city
    officer = make.person(Role.OFFICER, grid)
    browser.sign_in(make.person(Role.SQUAD_LEADER, street))
    key = str(uuid7())

    for _ in range(2):
        browser.post(f"/coverage/{street.code}/urge", {"_id": key}, status=303)
    browser.post(f"/coverage/{street.code}/urge", {"_id": str(uuid7())}, status=303)

    assert [one.person_id for one in make.rows(Notice)] == [officer.id]
    browser.sign_in(officer)
    assert grid.name in browser.get("/notices").text


def test_an_officer_sees_no_button_to_urge(browser, make, city):
    _, _, grid, *_ = city
    browser.sign_in(make.person(Role.OFFICER, grid))

    assert "/urge" not in browser.get(f"/coverage/{grid.code}").text


def test_the_officer_chosen_narrows_the_cells(browser, make, city):
    street, community, *_ = city
    other = make.grid(community)
    make.cells(other, 2)
    make.plan(other)
    officer = make.person(Role.OFFICER, other)
    browser.sign_in(make.person(Role.SQUAD_LEADER, street))

    every = browser.get(f"/coverage/{street.code}/states.json").json["states"]
    own = browser.get(f"/coverage/{street.code}/states.json?officer={officer.id}").json["states"]

    assert sum(len(codes.split()) for codes in every.values()) == 6
    assert {name: len(codes.split()) for name, codes in own.items()} == {"never": 2}


def test_cells_proven_worse_than_asked_count_as_never_seen(browser, make, city):
    _, _, grid, cells, plan = city
    with make.database.transaction() as session:
        session.get(Standing, (plan.id, cells[0].id)).grade = "C"
    browser.sign_in(make.person(Role.HEAD, grid))

    any_ = browser.get(f"/coverage/{grid.code}/states.json?grade=C").json["states"]
    proven = browser.get(f"/coverage/{grid.code}/states.json?grade=B").json["states"]

    assert any_["fresh"] == cells[0].code
    assert "fresh" not in proven


def test_a_day_gone_by_is_told_from_the_windows_served_then(browser, make, city):
    _, _, grid, cells, plan = city
    day = (NOW - timedelta(days=3)).astimezone(clock.city()).date()
    start = midnight(day, clock.city())
    make.store(WindowCredit(plan_id=plan.id, from_at=start, cell_id=cells[1].id, grid_id=grid.id))
    browser.sign_in(make.person(Role.HEAD, grid))

    then = browser.get(f"/coverage/{grid.code}/states.json?day={day}").json["states"]

    assert then["fresh"] == cells[1].code
    assert len(then["never"].split()) == 3
    assert str(day) in browser.get(f"/coverage/{grid.code}?day={day}").text
    seen = browser.get(f"/coverage/{grid.code}/cells?day={day}&state=fresh").text
    assert cells[1].code in seen
    assert cells[0].code not in seen
    for what in ("cells", "grids"):
        file = browser.get(f"/coverage/{grid.code}/export/{what}.csv?day={day}")
        assert f"{day:%Y%m%d}.csv" in file.headers["Content-Disposition"]
        rows = list(csv.DictReader(io.StringIO(file.data.decode("utf-8-sig"))))
        if what == "cells":
            assert [row["编码"] for row in rows if row["状态"] == "已巡"] == [cells[1].code]
        else:
            assert [row["已巡"] for row in rows] == ["1"]


def test_a_map_of_grids_tells_rates(browser, make, city):
    street, community, *_ = city
    browser.sign_in(make.person(Role.SQUAD_LEADER, street))

    told = browser.get(f"/coverage/{street.code}/states.json?of=grids").json["states"]

    assert told == {"rate0": community.code}


def test_no_name_of_a_grid_is_a_formula_in_a_sheet(browser, make):
    grid = make.grid(tier=1, name='=HYPERLINK("//evil.test")')
    browser.sign_in(make.person(Role.SQUAD_LEADER, grid))

    told = browser.get(f"/coverage/{grid.code}/export/figures.csv?period=month")
    book = browser.get(f"/coverage/{grid.code}/export/figures.xlsx?period=month")

    heads = next(csv.reader(io.StringIO(told.data.decode("utf-8-sig"))))
    (cell, *_others), *_rows = openpyxl.load_workbook(io.BytesIO(book.data)).active.rows
    assert heads[0] == cell.value == f"'{grid.name}"
    assert cell.data_type == "s"
