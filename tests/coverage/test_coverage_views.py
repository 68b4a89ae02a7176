"""The pages of coverage as leaders at every tier see them."""

from datetime import timedelta

import pytest

from patrol.core.roles import Role
from patrol.plans.model import Standing, WindowResult
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

    assert states == {cells[0].code: "fresh", **{cell.code: "never" for cell in cells[1:]}}
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

    own = (f"{grid.code}{part}" for part in ("", "/states.json", "/cells", "/windows"))
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
