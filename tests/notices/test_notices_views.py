"""A notice is delivered when a device fetched it, read when opened, signed for by its person."""

from datetime import timedelta

import pytest

from patrol.notices import service
from patrol.notices.model import Notice
from tests.conftest import NOW


@pytest.fixture
def reader(make):
    return make.person(name="读者")


@pytest.fixture
def notice(database, reader):
    with database.transaction() as session:
        return service.notify(
            session,
            reader.id,
            "matter.here",
            "finding:0192f000-0000-7000-8000-000000000001",
            {"title": "E0405 店外经营"},
            due_at=NOW,
            now=NOW,
        )


def state(make, notice):
    found = make.reload(Notice, notice.id)
    return (found.delivered_at, found.read_at, found.acted_at)


def test_telling_is_not_delivering(make, notice):
    assert state(make, notice) == (None, None, None)


def test_a_badge_fetched_by_a_device_delivers_and_counts(browser, make, reader, notice):
    badge = browser.sign_in(reader).get("/notices/badge")

    assert "1" in badge.text
    assert state(make, notice) == (NOW, None, None)


def test_a_badge_that_has_not_changed_is_not_sent_again(browser, make, reader, notice):
    browser.sign_in(reader)
    tag = browser.get("/notices/badge").headers["ETag"]

    again = browser.get("/notices/badge", status=304, If_None_Match=tag)
    assert again.data == b""
    browser.post(f"/notices/{notice.id}/open")

    browser.get("/notices/badge", If_None_Match=tag)


def test_looking_at_the_list_delivers_and_does_not_read(browser, make, reader, notice):
    page = browser.sign_in(reader).get("/notices")

    assert "E0405 店外经营 尚未解决" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert state(make, notice) == (NOW, None, None)


def test_opening_reads_and_saying_so_acknowledges(browser, make, reader, notice):
    browser.sign_in(reader)

    browser.post(f"/notices/{notice.id}/open")
    assert state(make, notice) == (NOW, NOW, None)
    browser.post(f"/notices/{notice.id}/acknowledge")

    assert state(make, notice) == (NOW, NOW, NOW)
    assert "已签收" in browser.get("/notices").text
    assert "E0405" not in browser.get("/notices?show=unread").text


def test_following_a_link_never_signs_for_anybody(browser, reader, notice):
    browser.sign_in(reader)

    browser.get(f"/notices/{notice.id}/open", status=405)
    browser.get(f"/notices/{notice.id}/acknowledge", status=405)


def test_nobody_reads_for_somebody_else(browser, make, reader, notice):
    browser.sign_in(make.person())

    browser.post(f"/notices/{notice.id}/open", status=404)
    browser.post(f"/notices/{notice.id}/acknowledge", status=404)
    assert "E0405" not in browser.get("/notices").text
    assert state(make, notice) == (None, None, None)


def test_a_kind_nobody_put_into_words_still_reaches_its_reader(browser, database, make, reader):
    with database.transaction() as session:
        for kind, facts in (("unheard.of", {}), ("matter.here", {})):
            service.notify(session, reader.id, kind, "x:1", facts, due_at=NOW, now=NOW)

    assert browser.sign_in(reader).get("/notices").text.count("有事项需要您处理") == 2


def test_a_notice_told_late_by_the_system_says_so(browser, database, make, reader):
    with database.transaction() as session:
        early = NOW - timedelta(minutes=6)
        service.notify(session, reader.id, "unheard.of", "x:1", {}, due_at=early, now=NOW)

    assert "系统延迟送达" in browser.sign_in(reader).get("/notices").text


def test_a_long_inbox_comes_in_pages(browser, database, reader):
    with database.transaction() as session:
        for number in range(120):
            facts = {"title": f"第{number}件"}
            service.notify(session, reader.id, "matter.here", "x:1", facts, due_at=NOW, now=NOW)
    browser.sign_in(reader)

    assert browser.get("/notices?offset=100").text.count("尚未解决") == 20
    browser.get("/notices?offset=-5")
    browser.get("/notices?offset=x")
