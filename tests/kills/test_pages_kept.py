"""Which pages and files a phone keeps: no old ones, and nobody's but the app's own."""

import pytest

from tests.conftest import KINDS
from tests.torture.browser import Profile

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.parametrize("kind", KINDS[:1], indirect=True),  # it is the phone that decides
]
FILE = "/js/left.js"
AGAIN = "(url) => fetch(url).then((answer) => answer.text())"
SHELVED = """async (url) => {
  const name = (await caches.keys()).find((one) => one.startsWith("files-"));
  return (await (await caches.open(name)).match(url)).text();
}"""
TAKE = "async (url) => (await caches.open('shift')).put(url, await fetch(url))"
KEPT = """async (urls) => {
  const found = [];
  for (const name of ["pages", "shift"]) {
    const shelf = await caches.open(name);
    for (const url of urls) {
      const kept = await shelf.match(url, { ignoreVary: true });
      if (kept) found.push([name, url, await kept.text()]);
    }
  }
  return found;
}"""


def test_installing_takes_no_file_that_the_browser_remembers(playwright, between, tmp_path):
    profile = Profile(playwright, tmp_path / "profile", between.url)
    page = profile.open()
    between.lasting = FILE
    between.rewrite = lambda path, body: b"stale" if path.endswith(FILE) else body
    page.goto("/healthz")
    shell = page.evaluate(AGAIN, "/sw.js")
    [file] = [one for one in shell.split('"') if one.endswith(FILE)]
    for _ in range(2):
        assert page.evaluate(AGAIN, file) == "stale"
    assert between.taken["GET", file] == 1

    between.rewrite = lambda _, body: body
    page.goto("/sign-in")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    assert page.evaluate(SHELVED, file) != "stale"
    profile.kill()


def test_a_kept_page_gives_way_to_no_page_but_our_own(held, between):
    page, kept = held.page, ["/me", "/findings"]
    whose = f"body[data-user='{held.officer}']"
    page.goto("/me")
    page.evaluate(TAKE, "/findings")
    before = page.evaluate(KEPT, kept)
    assert [where for *where, _ in before] == [["pages", "/me"], ["shift", "/findings"]]

    for strangers in ("portal", "sign-in", "bad-gateway", "gone"):
        between.rule = lambda _, path, who=strangers: who if path in kept else "pass"
        for path in kept:
            page.goto(path)
            page.wait_for_timeout(500)
            assert strangers == "sign-in" or page.locator(whose).count(), (strangers, path)
        assert between.spoiled[strangers] >= len(kept)
        assert page.evaluate(KEPT, kept) == before, strangers

    between.rule = lambda *_: "gone"
    for path in kept:
        page.goto(path)
        assert page.locator(whose).count()
