"""Pages on people show what one may see, say gaps in words, and work without script."""

from datetime import timedelta

import pytest
from sqlmodel import col

from patrol.core.roles import PostKind, Role
from patrol.core.store import uuid7
from patrol.ledger.model import LedgerEntry
from patrol.people.model import Excuse, ExcuseKind, Post
from tests.conftest import NOW

HOUR = timedelta(hours=1)


@pytest.fixture
def tree(make):
    return make.tree()


@pytest.fixture
def boss(make, tree):
    return make.person(Role.HEAD, tree[0], name="街道长")


def test_who_answers_for_a_cell_is_one_page(browser, make, tree, boss):
    cell = make.cells(tree[2], 1)[0]
    make.person(Role.WORKER, tree[2], name="网格员小李", phone="13800000001")
    browser.sign_in(boss)

    by_code = browser.get(f"/answers?place={cell.code}").text
    by_point = browser.get(f"/answers?lon={cell.lon}&lat={cell.lat}").text

    for page in (by_code, by_point):
        assert "网格员小李" in page
        assert "tel:13800000001" in page
        assert "街道网格长" in page
        assert "无人" in page


def test_who_answered_then_is_asked_by_a_moment(browser, make, tree, boss):
    make.post(make.person(name="前任"), Role.WORKER, tree[2], to_at=NOW - HOUR)
    make.post(make.person(name="现任"), Role.WORKER, tree[2], from_at=NOW - HOUR)
    browser.sign_in(boss)

    now = browser.get(f"/answers?place={tree[2].code}").text
    then = browser.get(f"/answers?place={tree[2].code}&at=2026-11-01T10:00").text

    assert ("现任" in now, "前任" in now) == (True, False)
    assert ("现任" in then, "前任" in then) == (False, True)


@pytest.mark.parametrize(
    "query", ["", "?place=nowhere", "?lon=0&lat=0", "?lon=nan&lat=1e999", "?lon=x&at=yesterday"]
)
def test_a_place_that_is_none_is_said_and_breaks_nothing(browser, make, boss, query):
    browser.sign_in(boss).get(f"/answers{query}")


def test_the_roster_says_gaps_in_red_words(browser, make, tree, boss):
    make.person(Role.WORKER, tree[2], name="网格员小李")
    make.post(make.person(name="还没接受"), Role.HEAD, tree[1], accepted_at=None)

    page = browser.sign_in(boss).get("/roster").text

    assert "网格员小李" in page
    assert "责任网格长：无人" in page
    assert "社区网格长：无人" in page
    assert "街道网格长：无人" not in page
    assert "未接受" in page


def test_the_roster_of_one_grid_lies_below_it(browser, make, tree, boss):
    browser.sign_in(boss)

    page = browser.get(f"/roster?grid={tree[1].code}").text

    assert tree[2].name in page
    assert f'id="grid-{tree[0].code}"' not in page
    browser.get("/roster?grid=nowhere", status=404)
    browser.get("/roster?page=99999")


def test_nobody_is_led_to_a_person_they_may_not_open(browser, make, tree):
    worker = make.person(Role.WORKER, tree[2], name="网格员小李")
    browser.sign_in(make.person(Role.DISPATCHER, tree[0]))

    page = browser.get("/roster").text

    assert "网格员小李" in page
    assert f"/people/{worker.id}" not in page


def test_another_streets_people_do_not_exist(browser, make, tree, boss):
    stranger = make.person(Role.WORKER, make.grid())

    browser.sign_in(boss)

    browser.get(f"/people/{stranger.id}", status=404)
    assert stranger.name not in browser.get("/roster").text


def test_a_leader_opens_a_person_below_and_everybody_themselves(browser, make, tree, boss):
    worker = make.person(Role.WORKER, tree[2], certificate="豫A-9", phone="139")

    assert "豫A-9" in browser.sign_in(boss).get(f"/people/{worker.id}").text
    browser.sign_in(worker).get(f"/people/{worker.id}")
    browser.get(f"/people/{boss.id}", status=404)


def test_relief_is_set_with_one_form_and_accepted_with_one_tap(browser, make, tree, boss):
    person = make.person(Role.WORKER, tree[1], name="替班员")
    browser.sign_in(boss)
    assert "替班员" in browser.get(f"/posts/new?grid_id={tree[2].id}&kind=relief").text
    browser.post(
        "/posts",
        {"login": person.login, "role": "worker", "grid_id": tree[2].id, "kind": "relief"},
    )

    post = next(one for one in make.rows(Post) if one.kind is PostKind.RELIEF)
    browser.sign_in(person)
    assert "接受任职" in browser.get("/my-posts").text
    browser.post(f"/posts/{post.id}/accept", {"_id": str(uuid7())})

    assert make.reload(Post, post.id).accepted_at == NOW
    assert "接受任职" not in browser.get("/my-posts").text


def test_a_signature_under_a_post_may_come_late_and_twice_and_counts_once(browser, make, tree):
    person = make.person()
    post = make.post(person, Role.WORKER, tree[2], accepted_at=None)
    browser.sign_in(person)
    assert 'data-outbox="handover"' in browser.get("/my-posts").text
    key, address = uuid7(), f"/posts/{post.id}/accept"

    first = browser.send(address, {"made_at": NOW}, key=key)
    browser.send(address, {"made_at": NOW}, key=key, status=200)
    browser.send(address, {"made_at": NOW, "id": "other"}, key=key, status=409)

    assert first.headers["X-Outbox-Ack"] == str(key)
    assert make.reload(Post, post.id).accepted_at == NOW
    assert len(make.rows(LedgerEntry, col(LedgerEntry.kind) == "post.accepted")) == 1


def test_a_post_that_cannot_be_given_comes_back_with_the_reason(browser, make, tree, boss):
    browser.sign_in(boss)

    page = browser.post(
        "/posts", {"login": "nobody", "role": "worker", "grid_id": tree[2].id}, status=422
    )
    assert "没有账号 nobody" in page.text
    assert "nobody" in page.text
    browser.post("/posts", {}, status=422)
    browser.post(
        "/posts",
        {"login": boss.login, "role": "supervisor", "grid_id": tree[2].id},
        status=403,
    )


def test_leave_is_proposed_seen_and_approved(browser, make, tree, boss):
    worker = make.person(Role.WORKER, tree[2], name="要请假")
    form = {
        "login": worker.login,
        "kind": "leave",
        "document": "#2026-118",
        "from_at": "2026-11-07T08:00",
        "to_at": "2026-11-08T18:00",
    }
    browser.sign_in(worker).post("/excuses", form)
    assert "待批" in browser.get("/excuses").text
    excuse = make.rows(Excuse)[0]
    browser.post(f"/excuses/{excuse.id}/ruling", {"verdict": "approve"}, status=403)

    browser.sign_in(boss)
    assert "要请假" in browser.get("/excuses").text
    browser.post(f"/excuses/{excuse.id}/ruling", {"verdict": "approve"})

    assert make.reload(Excuse, excuse.id).approved_by == boss.id
    assert excuse.from_at.isoformat() == "2026-11-07T00:00:00+00:00"


def test_anothers_leave_does_not_exist(browser, make, tree, boss):
    stranger = make.person(Role.WORKER, make.grid())
    excuse = Excuse(
        person_id=stranger.id,
        kind=ExcuseKind.LEAVE,
        document="#secret",
        from_at=NOW,
        to_at=NOW + HOUR,
        recorded_by=stranger.id,
        recorded_at=NOW,
    )
    make.store(excuse)
    browser.sign_in(boss)

    assert "#secret" not in browser.get("/excuses").text
    browser.post(f"/excuses/{excuse.id}/ruling", {"verdict": "approve"}, status=404)
    browser.post(f"/excuses/{excuse.id}/ruling", {"verdict": "whatever"}, status=404)


def test_names_are_written_and_never_run(browser, make, tree, boss):
    make.person(Role.WORKER, tree[2], name="<script>alert(1)</script>")
    browser.sign_in(boss)

    for path in ("/roster", f"/answers?place={tree[2].code}", "/posts/new"):
        assert "<script>alert(1)" not in browser.get(path).text


def test_pages_speak_english_when_asked(browser, make, tree, boss):
    browser.sign_in(boss).post("/language", {"language": "en"})

    page = browser.get("/roster").text

    assert "head of the responsibility grid: nobody" in page


@pytest.mark.hostile
def test_nul_in_an_address_or_a_form_is_refused_and_breaks_nothing(browser, boss, tree):
    browser.sign_in(boss)

    browser.get("/people?q=%00", status=400)
    browser.get(f"/answers?place={tree[2].code}%00", status=400)
    browser.post("/posts", {"login": "a\x00b", "role": "worker"}, status=422)


def test_people_are_found_by_name_account_or_phone_within_ones_grids(browser, make, tree, boss):
    make.person(Role.WORKER, tree[2], name="王小明", login="wxm", phone="13800000001")
    make.person(Role.WORKER, make.grid(), name="王远方")
    browser.sign_in(boss)

    for asked in ("小明", "wxm", "13800000001"):
        assert "王小明" in browser.get(f"/people?q={asked}").text
    assert "王远方" not in browser.get("/people?q=王").text
    assert "没有找到人员" in browser.get("/people?q=%25").text
