"""A timetable patrol: laid out on the map, run on the phone partly without signal, looked at."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from patrol.core import clock
from patrol.lines.model import LineStop, PatrolLine, Trip
from patrol.rounds.model import Round, Visit
from patrol.rounds.rules import Grade
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.site import Site
from tests.journeys.test_round_offline import AWAY


@pytest.fixture
def opened(chromium, site) -> Iterator:
    contexts = []

    def window(login: str, device: dict[str, object]) -> Page:
        context = chromium.new_context(
            **device,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            geolocation={**site.where(), "accuracy": 8},
            permissions=["geolocation"],
            base_url=site.url,
        )
        contexts.append(context)
        context.set_default_timeout(60_000)
        page = context.new_page()
        site.sign_in(page, login)
        return page

    yield window
    for context in contexts:
        context.close()


def lay_out(desk: Page, site: Site) -> PatrolLine:
    """A line with one departure, two minutes ago: a stop tapped on the map, another typed."""
    departs = (site.now - timedelta(minutes=2)).astimezone(clock.city())
    desk.goto("/lines/new")
    desk.fill("[name=name]", "早市线")
    desk.select_option("[name=grid_id]", str(site.grid.id))
    ground = desk.locator("#ground .map[data-ready]")
    box = ground.bounding_box()
    ground.click(position={"x": box["width"] / 2 + 15, "y": box["height"] / 2})
    expect(desk.locator("#stops")).to_have_value(re.compile(r"^[1-6]$"))
    expect(desk.locator("#ground .halt")).to_have_text("1")
    desk.fill("[name=stops]", "1 3")
    expect(desk.locator("#ground .halt")).to_have_count(2)
    desk.fill("[name=first]", f"{departs:%H:%M}")
    desk.fill("[name=last]", f"{departs:%H:%M}")
    desk.click("#line-form button[type=submit]")
    expect(desk.locator("h1")).to_contain_text("早市线")
    [line] = site.make.rows(PatrolLine)
    return line


def walk(phone: Page, site: Site, number: int) -> None:
    """Come into a cell and go some 80 m to and fro there."""
    here = site.where(number)
    for step in range(10):
        east = here["longitude"] + 0.0001 * (step % 2)
        phone.context.set_geolocation({**here, "longitude": east, "accuracy": 6})
        phone.wait_for_timeout(1000)


@pytest.mark.timeout(600)
def test_a_trip_begun_without_signal_is_kept_on_time(site: Site, opened) -> None:
    desk = opened("squad", DESK)
    line = lay_out(desk, site)
    trip = f"/lines/{line.id}/trip"
    phone = opened("officer", PHONE)
    phone.wait_for_function(AWAY)
    phone.goto("/")
    phone.click("#pack button")
    expect(phone.locator("#pack [data-slot=told]")).to_contain_text("已备好")

    # Without signal it departs, and the first stop proposes itself; a reload forgets nothing.
    phone.context.set_offline(True)
    phone.goto(trip)
    expect(phone.locator("#cells [data-cell]")).to_have_count(2)
    phone.click("#start button[type=submit]")
    expect(phone.locator("#check-in button")).to_contain_text("1号格")
    walk(phone, site, 1)
    phone.click("#check-in button")
    expect(phone.locator("#cells [data-number='1'] [data-visit]")).to_be_visible()
    phone.goto("/")
    go_on = phone.locator(f"a[href='{trip}']")
    phone.goto(trip)
    expect(phone.locator("#cells [data-number='1'] [data-visit]")).to_be_visible()
    assert site.make.rows(Trip) == []

    # With the network it is sent, and home leads back to the trip.
    phone.context.set_offline(False)
    expect(phone.locator("#outbox-status")).to_contain_text("全部已发送")
    phone.goto("/")
    expect(go_on).to_be_visible()
    go_on.click()
    walk(phone, site, 3)
    phone.click("#check-in button")
    expect(phone.locator("#cells [data-number='3'] [data-visit]")).to_be_visible()
    phone.click("[data-hold]")
    phone.click("#end-form button[type=submit]")
    phone.wait_for_url("**/")
    expect(phone.locator("#outbox-status")).to_contain_text("全部已发送")

    [made] = site.make.rows(Trip)
    [walked] = site.make.rows(Round)
    stops = {stop.cell_id for stop in site.make.rows(LineStop)}
    assert (made.id, made.line_id) == (walked.id, line.id)
    assert walked.ended_at is not None
    assert {visit.grade for visit in site.make.rows(Visit) if visit.cell_id in stops} == {Grade.B}

    # The leader sees what was on time, and the longest time in which nobody came.
    desk.goto(f"/lines/{line.id}?days=1")
    expect(desk.locator("main")).to_contain_text("2 站次中 2 站次")
    desk.goto(f"/lines/{line.id}/rows?days=1&show=on_time")
    expect(desk.locator("tbody tr")).to_have_count(2)
    desk.goto(f"/lines/{line.id}/rows?days=1&show=gaps")
    expect(desk.locator("main")).to_be_visible()
