"""What a phone is told to take along for a shift without signal."""

import pytest

from patrol.core.roles import Role
from patrol.core.store import Database, uuid7
from patrol.escalation.service import seed_ladders
from patrol.findings.model import Finding
from tests.browser import Browser
from tests.conftest import NOW
from tests.make import Make


def packed(browser: Browser) -> dict:
    return browser.get("/shift-pack.json").json


def urls(told: dict, kind: str | None = None) -> list[str]:
    return [entry["url"] for entry in told["take"] if kind in (None, entry["kind"])]


def test_it_lists_each_walk_and_every_address_answers(browser: Browser, make: Make):
    _, _, grid = make.tree()
    make.cells(grid)
    make.plan(grid)
    browser.sign_in(make.person(Role.OFFICER, grid))

    told = packed(browser)

    assert urls(told, "walk") == [f"/rounds/new?grid={grid.id}"]
    assert told["cells"] == 4
    assert {"/", "/findings/new", "/outbox", "/rounds/new"} <= set(urls(told, "page"))
    assert any(url.endswith("cells.geojson") for url in urls(told, "data"))
    assert {browser.get(url).status_code for url in urls(told)} == {200}
    assert len(urls(told)) == len(set(urls(told)))


def test_open_findings_of_my_cells_come_with_their_pages_and_closed_ones_do_not(
    browser: Browser, make: Make, database: Database
):
    with database.transaction() as session:
        seed_ladders(session, now=make.since)
    _, _, grid = make.tree()
    make.event_class()
    cell, *_ = make.cells(grid)
    browser.sign_in(make.person(Role.OFFICER, grid))
    going, over = uuid7(), uuid7()
    for key in (going, over):
        told = {"code": "E0405", "lon": cell.lon, "lat": cell.lat, "seen_at": NOW, "made_at": NOW}
        browser.post("/findings", told | {"_id": str(key)})
    with database.transaction() as session:
        session.get_one(Finding, over).resolved_at = NOW

    told = urls(packed(browser))

    assert f"/findings/{going}" in told
    assert f"/findings/{over}" not in told


def test_another_grid_is_not_in_it(browser: Browser, make: Make):
    *_, grid = make.tree()
    *_, other = make.tree()
    make.cells(grid)
    make.cells(other)
    browser.sign_in(make.person(Role.OFFICER, grid))

    assert urls(packed(browser), "walk") == [f"/rounds/new?grid={grid.id}"]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.LEGAL])
def test_who_walks_nothing_has_none(browser: Browser, make: Make, role: Role):
    street, *_ = make.tree()
    browser.sign_in(make.person(role, street))

    browser.get("/shift-pack.json", status=403)


def test_the_home_of_who_walks_offers_it(browser: Browser, make: Make):
    _, _, grid = make.tree()
    make.cells(grid)
    make.plan(grid)
    browser.sign_in(make.person(Role.OFFICER, grid))

    page = browser.get("/").text

    assert "/shift-pack.json" in page
    assert "data-minutes" in page or "data-until" in page
