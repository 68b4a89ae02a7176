"""An unannounced check on a phone without signal: camera first, kept, and sent with its photo."""

import hashlib
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from patrol.checks.model import Inspection
from patrol.photos.model import Photo
from tests.journeys.site import Site
from tests.journeys.test_main_job import all_sent, open_as, photo, site

__all__ = ["open_as", "site"]  # fixtures
pytestmark = pytest.mark.timeout(300)


def test_a_check_and_its_photo_survive_a_reload_and_wait_for_the_network(
    site: Site, open_as: Callable[..., Page]
) -> None:
    phone = open_as("supervisor")
    phone.wait_for_function("() => navigator.serviceWorker.controller !== null")
    phone.goto("/checks/new")
    phone.set_input_files("#check-form [data-origin=camera]", photo())
    expect(phone.locator("#check-form [data-photos] img")).to_have_count(1)
    phone.locator("label.chip", has=phone.locator("[value=clear]")).click()
    phone.wait_for_timeout(1200)

    site.cut()
    phone.reload()
    expect(phone.locator("#check-form [data-photos] img")).to_have_count(1)
    expect(phone.locator("[name=saw][value=clear]")).to_be_checked()
    expect(phone.locator("[name=lon]")).not_to_have_value("")
    phone.locator("label.chip", has=phone.locator("[name=topics]")).first.click()
    phone.click("#check-form button[data-kind=primary][type=submit]")
    phone.wait_for_url("**/checks")

    site.start()
    phone.goto("/")
    all_sent(phone)
    [seen], [kept] = site.make.rows(Inspection), site.make.rows(Photo)
    stored = next((site.home / "media").rglob(f"{kept.sha256}*"))
    assert kept.subject == f"inspection:{seen.id}"
    assert hashlib.sha256(stored.read_bytes()).hexdigest() == kept.sha256
