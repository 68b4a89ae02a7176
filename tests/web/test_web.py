"""What every page does: headers, languages, errors in words, and the checks on foreign requests."""

import pytest

from patrol.core.roles import Role
from tests.browser import Browser


def test_every_answer_carries_the_protecting_headers(browser: Browser) -> None:
    answer = browser.get("/offline")

    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_a_page_is_sent_small_to_who_can_read_it_small(browser: Browser) -> None:
    answer = browser.get("/offline", Accept_Encoding="br")

    assert answer.headers["Content-Encoding"] == "br"
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_nobody_signed_in_is_sent_to_the_sign_in_and_back(browser: Browser) -> None:
    answer = browser.get("/ledger?before=9", status=303)

    assert answer.headers["Location"].endswith("next=/ledger?before%3D9")


def test_a_script_without_a_session_is_told_401(browser: Browser) -> None:
    browser.get("/ledger", status=401, HX_Request="true")


@pytest.mark.parametrize(("language", "word"), [("zh_Hans_CN", "台账"), ("en", "Ledger")])
def test_a_person_reads_in_their_own_language(browser: Browser, language: str, word: str) -> None:
    browser.sign_in(browser.make.person(Role.AUDITOR, locale=language))

    assert word in browser.get("/ledger").text


def test_a_missing_page_says_so_in_words(browser: Browser) -> None:
    answer = browser.get("/no-such-page", status=404)

    assert "<h1" in answer.text


def test_a_body_over_the_limit_is_refused_with_413(browser: Browser) -> None:
    ours = {"Sec-Fetch-Site": "same-origin"}

    answer = browser.client.post("/sign-in", data=b"x" * 1_100_000, headers=ours)

    assert answer.status_code == 413


def test_the_service_worker_may_serve_the_whole_site(browser: Browser) -> None:
    answer = browser.get("/sw.js")

    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"


def test_the_manifest_lets_a_phone_install_the_app(browser: Browser) -> None:
    manifest = browser.get("/manifest.webmanifest").get_json(force=True)

    assert manifest["display"] == "standalone"
    assert {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}
    assert any("maskable" in icon.get("purpose", "") for icon in manifest["icons"])


def test_a_healthy_site_says_it_is_ready(browser: Browser) -> None:
    assert browser.get("/healthz").text == "ok\n"
    assert browser.get("/readyz").get_json() == {"ready": True, "faults": []}
