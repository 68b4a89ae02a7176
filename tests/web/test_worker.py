"""What the service worker keeps of the pages somebody visits."""

import json
import subprocess
import sys
from pathlib import Path

from patrol.core.roles import Role
from tests.browser import Browser

VISITOR = Path(__file__).with_name("visit-with-worker.js")


def kept(browser: Browser, answers: dict[str, str]) -> list[str]:
    """The pages that lie on the phone once it has visited them all."""
    node, shell = Path(sys.executable).with_name("node"), browser.get("/sw.js").text
    done = subprocess.run(
        [node, VISITOR, json.dumps(answers)],
        input=shell,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_phone_keeps_what_it_saw_but_nothing_that_is_for_now_alone(browser: Browser) -> None:
    answers = {
        "/findings": "no-cache, private",
        "/rounds/1/track": "no-store",
        "/rounds/new": "no-cache, private",
        "/notices": "private, no-store",
    }

    assert kept(browser, answers) == ["/findings", "/rounds/new"]


def test_no_page_of_a_shift_is_for_now_alone(browser: Browser) -> None:
    _street, _community, grid = browser.make.tree()
    browser.make.cells(grid)
    browser.sign_in(browser.make.person(Role.OFFICER, grid))

    listed = [one["url"] for one in browser.get("/shift-pack.json").get_json()["take"]]

    assert {"/", "/outbox", f"/rounds/new?grid={grid.id}"} <= set(listed)
    for address in listed:
        assert "no-store" not in browser.get(address).headers["Cache-Control"], address
