"""The pages on which a grid is changed from a day on."""

from datetime import timedelta

import pytest

from patrol.core import clock
from patrol.core.roles import Role
from patrol.grid import changes, lineage, queries
from patrol.grid.drafts import ChangeDraft
from patrol.grid.model import Change, Grid
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
