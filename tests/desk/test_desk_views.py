"""The first page of every post, one's own page, and what is set on a device."""

import pytest

from patrol.core.roles import Role
from tests.browser import Browser
from tests.make import Make

WORDS = {
    Role.OFFICER: "今天没有要您巡的",
    Role.WORKER: "今天没有要您巡的",
    Role.SQUAD_LEADER: "我的网格",
    Role.HEAD: "我的网格",
    Role.SUPERVISOR: "待受理的疑点",
    Role.LEGAL: "等我处理",
    Role.DISPATCHER: "按时限先后",
    Role.HANDLER: "按时限先后",
    Role.AUDITOR: "校验整条链",
    Role.ADMIN: "责任网格",
}


@pytest.mark.parametrize("role", WORDS)
def test_every_post_has_a_home_of_its_own(browser: Browser, make: Make, role: Role):
    street, *_ = make.tree()
    browser.sign_in(make.person(role, street))

    page = browser.get("/").text

    assert WORDS[role] in page


def test_an_officer_sees_what_is_due_and_can_begin(browser: Browser, make: Make):
    _, _, grid = make.tree()
    make.cells(grid)
    make.plan(grid, name="早市巡查")
    browser.sign_in(make.person(Role.OFFICER, grid))

    page = browser.get("/").text

    assert "早市巡查" in page
    assert "0/4 格" in page
    assert f"/rounds/new?grid={grid.id}" in page


def test_htmx_gets_the_list_of_what_is_due_alone(browser: Browser, make: Make):
    _, _, grid = make.tree()
    make.cells(grid)
    make.plan(grid)
    browser.sign_in(make.person(Role.OFFICER, grid))

    piece = browser.get("/", HX_Request="true").text

    assert grid.name in piece
    assert "<html" not in piece


def test_somebody_without_a_post_is_told_so(browser: Browser, make: Make):
    browser.sign_in(make.person())

    assert "您目前没有岗位" in browser.get("/").text


def test_nobody_signed_in_is_sent_to_sign_in(browser: Browser):
    assert browser.get("/", status=303).location == "/sign-in"


def test_ones_own_page_holds_the_month_and_the_settings(browser: Browser, make: Make):
    _, _, grid = make.tree()
    browser.sign_in(make.person(Role.OFFICER, grid, name="李建国"))

    page = browser.get("/me").text

    assert "李建国" in page
    assert "按时率" in page
    assert "data-sign-out" in page


def test_a_theme_is_kept_on_the_device(browser: Browser, make: Make):
    browser.sign_in(make.person())

    browser.post("/me/theme", {"theme": "dark"})

    assert 'data-theme="dark"' in browser.get("/me").text


def test_a_theme_that_is_none_is_refused(browser: Browser, make: Make):
    browser.sign_in(make.person())

    browser.post("/me/theme", {"theme": "neon"}, status=422)
