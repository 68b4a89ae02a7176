"""What a page weighs as it arrives: bytes of HTML, JavaScript and CSS, compressed by brotli."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, Request, sync_playwright

from tests.journeys.conftest import CHROMIUM, QUIET

KINDS = {"document": "html", "script": "js", "stylesheet": "css"}


@dataclass(frozen=True)
class Budget:
    """The most a page may weigh, in bytes."""

    js: int = 25_000
    css: int = 14_000
    html: int = 15_000


ANY, MAP = Budget(), Budget(js=75_000)


def weights(address: str, pages: Sequence[tuple[str, str, str, Budget]]) -> dict[str, Any]:
    """For each (name, path, token, budget) what a first visit loads, and whether it fits."""
    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        for name, path, token, budget in pages:
            context = browser.new_context(base_url=address, service_workers="block")
            context.set_extra_http_headers({"Cookie": f"patrol={token}"} if token else {})
            bytes_ = _load(context.new_page(), path)
            context.close()
            fits = all(bytes_[kind] <= getattr(budget, kind) for kind in KINDS.values())
            found[name] = {**{kind: bytes_[kind] for kind in KINDS.values()}, "fits": fits}
        browser.close()
    return found


def _load(page: Page, path: str) -> Counter[str]:
    arrived: list[Request] = []

    def note(request: Request) -> None:
        arrived.append(request)

    page.on("requestfinished", note)
    answer = page.goto(path, wait_until="networkidle")
    if answer is None or not answer.ok:
        raise RuntimeError(f"{path} answered {answer and answer.status}")
    loaded: Counter[str] = Counter()
    for request in arrived:
        kind = KINDS.get(request.resource_type)
        if kind:
            loaded[kind] += request.sizes()["responseBodySize"]
    return loaded
