"""C6: no room is left on the phone. What cannot be kept stays in its form, and that is said."""

import os
import subprocess
from contextlib import suppress
from uuid import UUID

import pytest
from playwright.sync_api import expect

from patrol.findings.model import Finding
from patrol.rounds.model import Round, TrackBatch, Visit
from tests.kills.held import nothing_to
from tests.kills.test_browser_killed import written

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
]
FULL = "本机存储空间已满"
STUFF = """async () => { // the last block of a file takes a little more
  for (let n = 0; n < 200; n += 1) {
    const open = indexedDB.open("patrol");
    const db = await new Promise((done) => { open.onsuccess = () => done(open.result); open.onerror = () => done(null); });
    if (!db) return n;
    try {
      const tx = db.transaction(["meta"], "readwrite", { durability: "strict" });
      tx.objectStore("meta").put({ key: "stuff", value: String(Math.random()).repeat(12) });
      const kept = await new Promise((done) => { tx.oncomplete = () => done(true); tx.onabort = () => done(false); });
      db.close();
      if (!kept) return n;
    } catch { return n; }
  }
  return null;
}"""  # noqa: E501


@pytest.fixture
def room(tmp_path):
    """A disk of its own for the phone; `room(0)` leaves none on it, `room(None)` gives it back."""
    disk = tmp_path / "profile"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256m", "phone", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here")
    filler = disk / "filler"

    def room(left: int | None) -> None:
        filler.unlink(missing_ok=True)
        if left is not None:
            with suppress(OSError), filler.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(65536))
            os.truncate(filler, max(0, filler.stat().st_size - left))

    yield room
    filler.unlink(missing_ok=True)
    subprocess.run(["umount", "-l", disk], check=True)


def test_c6_a_report_that_cannot_be_kept_stays_in_its_form(room, held, between):
    written(held.page)
    between.rule = nothing_to("gone")
    room(0)
    held.page.click("[data-save]")
    expect(held.page.locator("[data-unkept-box]")).to_be_visible()
    assert held.page.input_value("#remark") == "三轮车两辆"
    assert held.page.locator("[data-photos] img").count() == 1

    room(None)
    between.rule = lambda *_: "pass"
    held.page.click("[data-save]")
    held.page.wait_for_url(lambda url: "/findings/new" not in url)
    [found] = held.city.wait_for(
        lambda: held.city.make.rows(Finding, Finding.officer_id == held.officer)
    )
    assert found.remark == "三轮车两辆"


def test_c6_a_check_in_that_cannot_be_kept_is_not_shown_as_kept(room, held, between):
    page, make = held.page, held.city.make
    page.goto(f"/rounds/new?grid={held.city.grid.id}")
    page.click("#start button[type=submit]")
    check_in = page.locator("#check-in button")
    expect(check_in).to_be_visible()
    [walked] = held.city.wait_for(lambda: make.rows(Round, Round.officer_id == held.officer))

    between.rule = lambda *_: "gone"
    room(0)
    assert page.evaluate(STUFF) is not None
    check_in.click()
    expect(page.get_by_role("alert").filter(has_text=FULL)).to_be_visible()
    assert page.url.endswith((f"grid={held.city.grid.id}", f"/rounds/{walked.id}"))  # the walk
    assert page.locator("[data-state=queued]").count() == 0

    room(None)
    between.rule = lambda *_: "pass"
    check_in.click()
    held.city.wait_for(lambda: make.rows(Visit, Visit.round_id == walked.id))
    page.goto("/outbox")
    held.empties()
    assert len(make.rows(Visit, Visit.round_id == walked.id)) == 1
    assert all(UUID(str(one.id)) for one in make.rows(TrackBatch, TrackBatch.round_id == walked.id))
