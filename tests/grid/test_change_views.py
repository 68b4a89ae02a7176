"""The pages on which a grid is changed from a day on."""

import html
import json
import re
from datetime import timedelta

import pytest

from patrol.core import clock
from patrol.core.roles import Role
from patrol.grid import changes, lineage, queries
from patrol.grid.drafts import ChangeDraft
from patrol.grid.model import Cell, Change, Grid
from tests.conftest import NOW

FORM = {"level": "grid", "kind": "rename", "name": "新名"}


@pytest.fixture
def admin(browser, make):
    street, _, grid = make.tree()
    make.cells(grid, 3)
    browser.sign_in(make.person(Role.ADMIN, street))
    return browser, grid


def test_an_administrator_plans_a_change_and_calls_it_off(admin, make):
    browser, grid = admin

    browser.post(f"/grids/{grid.code}/changes", FORM | {"from_day": "2026-11-20"})
    assert "新名" in browser.get(f"/grids/{grid.code}/changes").text
    (change,) = make.rows(Change)
    assert change.from_at > NOW + timedelta(days=13)
    browser.post(f"/grids/{grid.code}/changes/{change.id}/call-off")

    assert make.reload(Change, change.id).off_at == NOW
    browser.post(f"/grids/{grid.code}/changes/{change.id}/call-off", status=409)
    assert make.reload(Grid, grid.id).name == grid.name


@pytest.mark.parametrize("level", ["grid", "cell"])
@pytest.mark.parametrize("act", ["split", "merge", "rename", "retire"])
def test_every_change_has_its_form_and_says_what_is_missing(admin, level, act):
    browser, grid = admin

    page = browser.get(f"/grids/{grid.code}/changes/new?level={level}&kind={act}").text
    assert 'name="from_day"' in page
    told = {"level": level, "kind": act, "members": "nowhere", "line": "x"}
    page = browser.post(f"/grids/{grid.code}/changes", told, status=422).text
    assert 'role="alert"' in page


def test_a_kind_that_is_none_is_not_there(admin):
    browser, grid = admin

    browser.get(f"/grids/{grid.code}/changes/new?level=grid&kind=recut", status=404)
    browser.get(f"/grids/{grid.code}/changes/new", status=404)


def crossing(grid):
    """A line from south to north through the second of three cells."""
    west, south, *_ = grid.__dict__["shape"].bounds
    return f"{west + 0.0014:.6f},{south - 0.01:.6f} {west + 0.0014:.6f},{south + 0.03:.6f}"


def test_the_parts_of_a_split_are_shown_before_it_is_planned(admin, make):
    browser, grid = admin
    asked = {"level": "grid", "kind": "split", "line": crossing(grid), "name": "西"}

    page = browser.post(f"/grids/{grid.code}/changes/parts", asked, status=200).text
    piece = browser.send(
        f"/grids/{grid.code}/changes/parts", asked, status=200, HX_Request="true"
    ).text

    assert make.rows(Change) == []
    assert 'value="西"' in page
    for shown in (page, piece):
        assert shown.count("平方米</strong>") == 2
        assert "1 个单元网格跨线" in shown
    drawn = json.loads(html.unescape(re.search('data-parts="([^"]+)"', piece)[1]))
    assert [part["properties"]["n"][0] for part in drawn["features"]] == ["1", "2"]
    assert "<html" not in piece


def test_the_parts_shown_are_those_that_are_made(admin, make, database):
    browser, grid = admin
    cell = next(iter(make.rows(Cell)))
    asked = {"level": "cell", "kind": "split", "members": cell.code}
    west = cell.lon - 0.0001
    asked["line"] = f"{west:.6f},{cell.lat - 0.01:.6f} {west:.6f},{cell.lat + 0.01:.6f}"

    shown = browser.send(
        f"/grids/{grid.code}/changes/parts", asked, status=200, HX_Request="true"
    ).text
    browser.post(f"/grids/{grid.code}/changes", asked)
    with database.transaction() as session:
        changes.carry_out(session, lineage.next_due(session, now=NOW), now=NOW)

    made = [one for one in make.rows(Cell) if one.valid_from == NOW]
    assert len(made) == 2
    for one in made:
        assert f"{one.area:,.0f} 平方米</strong>" in shown


@pytest.mark.parametrize(
    "asked",
    [
        {"level": "grid", "line": "1,1 2,2"},
        {"level": "grid", "line": "here"},
        {"level": "grid"},
        {"level": "grid", "members": "nowhere"},
        {"level": "cell", "line": "1,1 2,2"},
        {"level": "cell", "members": "nowhere", "line": "1,1 2,2"},
    ],
)
def test_what_divides_nothing_is_said(admin, asked):
    browser, grid = admin
    path, told = f"/grids/{grid.code}/changes/parts", {"kind": "split", **asked}

    assert 'role="alert"' in browser.post(path, told, status=422).text
    assert 'class="error"' in browser.send(path, told, status=422, HX_Request="true").text


def test_only_a_split_has_parts_and_only_a_lowest_grid_a_line(admin, make):
    browser, grid = admin
    above = next(one for one in make.rows(Grid) if one.tier == 2)

    browser.post(f"/grids/{grid.code}/changes/parts", FORM, status=404)
    page = browser.get(f"/grids/{above.code}/changes/new?level=grid&kind=split").text
    assert 'name="line"' not in page


def test_an_officer_reads_the_changes_and_cannot_make_them(browser, make):
    grid = make.grid()
    browser.sign_in(make.person(Role.OFFICER, grid))

    assert "/changes/new" not in browser.get(f"/grids/{grid.code}/changes").text
    browser.post(f"/grids/{grid.code}/changes", FORM, status=403)


def test_who_answered_under_the_old_name_is_still_told(browser, make, database):
    grid = make.grid()
    officer = make.person(Role.OFFICER, grid, name="李巡")
    browser.sign_in(officer)
    with database.transaction() as session:
        found = queries.grid_by_code(session, grid.code)
        draft = ChangeDraft(level="grid", kind="rename", name="新名")
        changes.plan(session, None, found, draft, zone=clock.city(), now=NOW)
        changes.carry_out(session, lineage.next_due(session, now=NOW), now=NOW)

    page = browser.get(f"/answers?place={grid.code}&at=2026-11-05T10:00").text

    assert "李巡" in page
    assert grid.name in page
    assert "新名" not in page
