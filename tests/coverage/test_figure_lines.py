"""Lines of the table of figures open the rows that they counted, and add up to all there was."""

import re
from datetime import timedelta

import pytest

from patrol.core.roles import Role
from patrol.plans.model import WindowResult
from tests.conftest import NOW

DAY = timedelta(days=1)


@pytest.fixture
def street(make):
    """A street with a grid that serves a window every day, for sixty days."""
    street, community, grid = make.tree()
    make.cells(grid, 2)
    plan = make.plan(grid)
    for number in range(60):
        ended = NOW - number * DAY
        make.store(
            WindowResult(
                plan_id=plan.id, grid_id=grid.id, from_at=ended - DAY, to_at=ended, due=2, done=2,
                closed_at=ended,
            )
        )  # fmt: skip
    return street, community, grid


def lines(browser, street, asked):
    """What each line of the table counted, and the address of its rows."""
    page = browser.get(f"/coverage/{street.code}/figures?{asked}").text
    return [
        (int(due), href.replace("&amp;", "&"))
        for href, due in re.findall(
            r'class="number"><a href="([^"]*/windows\?[^"]*)">[^<]*</a> <small[^>]*>\d+/(\d+)<',
            page,
        )
        if "missed" not in href
    ]


@pytest.mark.parametrize("by", ["week", "month", "day"])
@pytest.mark.parametrize("asked", ["period=week", "period=month", "period=week&day=-3"])
def test_a_line_of_a_time_opens_the_rows_it_counted(browser, make, street, by, asked):
    browser.sign_in(make.person(Role.SQUAD_LEADER, street[0]))

    found = lines(browser, street[0], f"by={by}&{asked}")

    assert len(found) > 1 or by == "month"
    for due, href in found:
        assert browser.get(href).text.count("2 / 2") == min(due, 50)


@pytest.mark.parametrize("by", ["grid", "tier"])
def test_grids_that_ended_have_a_line_so_that_all_lines_are_the_total(browser, make, street, by):
    place, *_ = street
    gone = make.grid(place)
    old = make.grid(gone)
    plan = make.plan(old)
    make.store(
        WindowResult(
            plan_id=plan.id, grid_id=old.id, from_at=NOW - 2 * DAY, to_at=NOW - DAY, due=7, done=3,
            closed_at=NOW - DAY,
        )
    )  # fmt: skip
    with make.database.transaction() as session:
        for one in (gone, old):
            session.merge(one).valid_to = NOW - DAY
    browser.sign_in(make.person(Role.SQUAD_LEADER, place))

    page = browser.get(f"/coverage/{place.code}/figures?by={by}&period=week").text
    rows = [one for one in re.findall(r'href="([^"]*ended=1[^"]*)"', page) if "/windows" in one]
    listed = browser.get(rows[0].replace("&amp;", "&")).text

    assert "已撤销的网格" in page
    assert "17/21" in page
    assert "3 / 7" in listed
    assert "2 / 2" not in listed
    assert "export/windows.csv" in listed
