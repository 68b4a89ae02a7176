"""What a map of coverage shows and does is done in its list by the keyboard alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from patrol.coverage.model import Urge
from tests.journeys.conftest import DESK
from tests.journeys.site import Site
from tests.journeys.test_main_job import open_as, site

__all__ = ["open_as", "site"]  # fixtures
pytestmark = pytest.mark.timeout(300)
FAR = 120  # presses of a key after which nobody goes on


def reach(page: Page, wanted: Locator) -> None:
    """Go on from one thing to the next until the keyboard is there."""
    for _ in range(FAR):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"the keyboard never came to {wanted}")


def test_a_cell_is_found_and_urged_by_keyboard_alone(
    site: Site, open_as: Callable[..., Page]
) -> None:
    page = open_as("squad", device=DESK)
    cell = site.cells[2]

    # The leader sorts the cells by what they came to, and opens one: its windows are a list.
    page.goto(f"/coverage/{site.grid.code}/cells")
    reach(page, page.get_by_role("link", name="最长间隔"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/cells?*paint=gap*")
    reach(page, page.get_by_role("link", name=cell.code))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/coverage/cells/{cell.code}")
    reach(page, page.locator("main details summary").first)
    page.keyboard.press("Enter")
    expect(page.locator("main details li").first).to_be_visible()

    # And whoever answers for it is urged.
    reach(page, page.locator("form[action*='/urge'] button"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("已督办 1 人")).to_be_visible()
    assert [one.officer_id for one in site.make.rows(Urge)] == [site.id("officer")]
