"""Sign-in, officer's home, rounds, walk and coverage hold 95 and more by Lighthouse."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from patrol.paths import CHECKOUT
from tests.journeys.conftest import CHROMIUM, QUIET, cookie_of

pytestmark = pytest.mark.audit
LIGHTHOUSE = CHECKOUT / "node_modules" / "lighthouse" / "cli" / "index.js"
NODE = Path(sys.executable).with_name("node")
CATEGORIES = ("performance", "accessibility", "best-practices")
WALK = 'main a[href*="/rounds/new?grid="]'  # where an officer's home sends them
PAGES = (
    ("sign-in", None, "/sign-in"),
    ("officer's home", "officer", "/"),
    ("rounds", "officer", "/rounds"),
    ("walk", "officer", None),
    ("coverage", "squad_leader", "/coverage"),
)


def scores(address, cookie, folder):
    """The score of each category, and what cost points."""
    out = folder / "report.json"
    headers = ("--extra-headers", json.dumps({"Cookie": cookie})) if cookie else ()
    subprocess.run(
        [NODE, LIGHTHOUSE, address, f"--chrome-flags={' '.join(QUIET)}", "--output=json",
         f"--output-path={out}", "--quiet", f"--only-categories={','.join(CATEGORIES)}", *headers],
        check=True, env={**os.environ, "CHROME_PATH": CHROMIUM}, timeout=150,
    )  # fmt: skip
    report = json.loads(out.read_text())
    assert report["finalDisplayedUrl"].rstrip("/") == address.rstrip("/")
    lost = [
        f"{audit['id']}: {audit.get('displayValue', '')}"
        for audit in report["audits"].values()
        if audit.get("score") is not None and audit["score"] < 0.9
    ]
    return {name: round(100 * report["categories"][name]["score"]) for name in CATEGORIES}, lost


@pytest.mark.slow
@pytest.mark.parametrize(("name", "role", "path"), PAGES, ids=[page[0] for page in PAGES])
def test_a_main_page_is_fast_and_sound(demo, chromium, tmp_path, name, role, path):
    cookie = ""
    if role is not None:
        page = demo.page(chromium, role)
        cookie = cookie_of(page)
        path = path or page.locator(WALK).first.get_attribute("href")
        page.context.close()

    best = {}
    for _ in range(3):  # the machine may be busy; a page that can do it passes
        found, lost = scores(demo.address + path, cookie, tmp_path)
        best = {key: max(value, best.get(key, 0)) for key, value in found.items()}
        if min(best.values()) >= 95:
            break

    assert min(best.values()) >= 95, (best, lost)
