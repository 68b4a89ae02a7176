"""The pages of escalation show every rung, how far word came, and a preview that is no guess."""

from datetime import timedelta
from uuid import uuid4

import pytest

from patrol.core.roles import Role
from patrol.escalation import service
from patrol.escalation.model import Matter
from patrol.notices.model import Notice
from tests.conftest import NOW

HOUR = timedelta(hours=1)


@pytest.fixture
def tree(make):
    return make.tree()


@pytest.fixture
def boss(make, tree):
    return make.person(Role.HEAD, tree[0], name="街道长")


@pytest.fixture
def matter(database, make, tree):
    make.person(Role.WORKER, tree[2], name="网格员小李")
    with database.transaction() as session:
        opened = service.open_matter(
            session, f"finding:{uuid4()}", tree[2].id, "grave", now=NOW - 2 * HOUR, title="E0405-7"
        )
        service.climb_next(session, now=NOW)
    return opened[0]


def test_what_waits_stands_in_the_column_of_its_rung(browser, boss, matter):
    page = browser.sign_in(boss).get("/matters").text

    assert "E0405-7" in page
    assert "责任网格长" in page
    browser.get("/matters?line=unit")
    browser.get("/matters?line=nonsense")


def test_a_matter_shows_each_rung_and_what_is_known_of_it(browser, boss, matter):
    page = browser.sign_in(boss).get(f"/matters/{matter.id}").text

    assert "网格员小李" in page
    assert "未送达" in page
    assert "无人" in page
    assert "系统延迟" in page


def test_another_streets_matter_does_not_exist(browser, make, matter):
    stranger = make.person(Role.HEAD, make.grid())

    browser.sign_in(stranger).get(f"/matters/{matter.id}", status=404)
    browser.post(f"/matters/{matter.id}/acknowledge", status=404)
    assert "E0405-7" not in browser.get("/matters").text


def test_only_whoever_holds_it_can_acknowledge(browser, database, make, tree, boss):
    with database.transaction() as session:
        opened = service.open_matter(session, "finding:1", tree[0].id, "grave", now=NOW)
    matter = next(one for one in opened if one.rung == 0)
    browser.sign_in(boss).post(f"/matters/{matter.id}/acknowledge", status=403)

    worker = make.person(Role.WORKER, tree[0])
    with database.transaction() as session:
        mine = service.open_matter(session, "finding:2", tree[0].id, "grave", now=NOW)[0]
    browser.sign_in(worker)
    assert "签收" in browser.get(f"/matters/{mine.id}").text
    browser.post(f"/matters/{mine.id}/acknowledge")

    told = next(one for one in make.rows(Notice) if one.person_id == worker.id)
    assert told.acted_at == NOW
    assert make.reload(Matter, mine.id).settled_at is None


def test_the_preview_is_what_the_ladder_then_does(browser, database, boss, matter):
    page = browser.sign_in(boss).get("/ladders?at=2026-11-06T08:00").text

    for moment in ("11-06 08:00", "11-06 09:00", "11-06 11:00", "11-06 15:00"):
        assert moment in page
    browser.get("/ladders?at=nonsense")


def test_a_site_without_matters_says_so(browser, boss):
    browser.sign_in(boss)

    assert "没有未决事项" in browser.get("/matters").text
    assert "还没有升级阶梯" in browser.get("/ladders").text
