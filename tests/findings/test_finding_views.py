"""Findings on their pages: recorded once, seen by whom they concern, refused clearly."""

import io
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from PIL import Image
from sqlmodel import col

from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.escalation.model import Matter
from patrol.findings.model import Finding, Onset, Stopping
from patrol.findings.rules import Proof, Source, Stage, StopKind
from patrol.ledger.model import LedgerEntry
from patrol.photos.model import Photo
from tests.conftest import NOW

LON, LAT = 113.7105, 34.7605  # inside the first cell of the first grid made


@pytest.fixture
def place(make, database):
    """A street, community and grid with cells, a class, and the default ladders."""
    from patrol.escalation.service import seed_ladders

    with database.transaction() as session:
        seed_ladders(session, now=make.since)
    _street, _community, grid = make.tree()
    make.event_class()
    cells = make.cells(grid)
    return grid, cells[0]


@pytest.fixture
def officer(make, place):
    return make.person(Role.OFFICER, place[0], name="巡查员甲")


@pytest.fixture
def report(place):
    cell = place[1]
    return {
        "code": "E0405",
        "lon": cell.lon,
        "lat": cell.lat,
        "own_lon": cell.lon,
        "own_lat": cell.lat + 0.0001,
        "own_accuracy": 8,
        "remark": "占道摆摊",
        "seen_at": (NOW - timedelta(minutes=2)).isoformat(),
        "made_at": (NOW - timedelta(minutes=1)).isoformat(),
    }


def picture():
    made = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(made, "JPEG")
    return made.getvalue()


def announced(photo_id, content, **more):
    import hashlib

    digest = hashlib.sha256(content).hexdigest()
    return urlencode({"id": photo_id, "sha256": digest, "size": len(content), **more})


def test_a_finding_is_stored_with_its_clocks_its_ladder_and_a_ledger_line(
    browser, make, officer, place, report
):
    key = uuid7()
    browser.sign_in(officer)

    answer = browser.send("/findings", report, key=key)

    found = make.reload(Finding, key)
    assert answer.headers["X-Outbox-Ack"] == str(key)
    assert answer.headers["Location"] == f"/findings/{key}"
    assert found.number == "E0405-20261106-0001"
    assert (found.cell_id, found.stage, found.source) == (
        place[1].id,
        Stage.RECEIVED,
        Source.PATROL,
    )
    assert found.distance == pytest.approx(11.1, abs=0.2)
    assert found.stop_due_at == NOW + timedelta(hours=2)
    assert len(make.rows(Matter, col(Matter.subject) == f"finding:{key}")) == 2
    assert make.rows(LedgerEntry, col(LedgerEntry.kind) == "finding.recorded")


def test_the_same_bytes_twice_are_one_finding(browser, make, officer, report):
    key = uuid7()
    browser.sign_in(officer)

    browser.send("/findings", report, key=key)
    browser.send("/findings", report, key=key, status=200)
    browser.send("/findings", report | {"remark": "other"}, key=key, status=409)

    assert len(make.rows(Finding)) == 1


def test_numbers_of_a_class_and_day_follow_one_another(browser, make, officer, report):
    browser.sign_in(officer)

    for _ in range(3):
        browser.send("/findings", report)

    assert sorted(each.number[-4:] for each in make.rows(Finding)) == ["0001", "0002", "0003"]


def test_without_script_the_form_leads_to_the_finding_and_a_photo_can_follow(
    browser, make, officer, report
):
    browser.sign_in(officer)
    browser.get("/findings/new")

    answer = browser.post("/findings", {**report, "seen_at": "", "made_at": ""})
    page = browser.get(answer.headers["Location"])
    found = make.rows(Finding)[0]
    came = browser.client.post(
        f"/findings/{found.id}/photos",
        data={"photo": (io.BytesIO(picture()), "x.jpg"), "view": "near"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )

    assert "E0405-20261106-0001" in page.text
    assert found.seen_at == NOW
    assert came.status_code == 303
    assert make.rows(Photo)[0].stored_at == NOW


def test_another_grid_is_not_told_that_a_finding_exists(browser, make, officer, report):
    key = uuid7()
    browser.sign_in(officer).send("/findings", report, key=key)
    browser.sign_in(make.person(Role.SQUAD_LEADER))

    browser.get(f"/findings/{key}", status=404)
    assert "E0405" not in browser.get("/findings").text


def test_a_supervisor_records_an_unannounced_check_anywhere(browser, make, place, report):
    key = uuid7()
    browser.sign_in(make.person(Role.SUPERVISOR, place[0]))

    browser.send("/findings", report, key=key)

    assert make.reload(Finding, key).source is Source.INSPECTION


def test_a_clerk_records_what_a_citizen_saw_the_day_before(browser, make, place, report):
    key = uuid7()
    browser.sign_in(make.person(Role.DISPATCHER, place[0]))
    told = {"source": "hotline", "since": "2026-11-05T09:30", "ground": "12345-88"}

    browser.send("/findings", report | told, key=key)

    proof = make.rows(Onset)[0]
    assert (proof.proof, proof.source) == (Proof.PRESENCE, "12345-88")
    assert proof.at.isoformat() == "2026-11-05T01:30:00+00:00"
    assert "11-05 09:30" in browser.get(f"/findings/{key}").text


def test_an_officer_does_not_record_for_the_hotline(browser, officer, report):
    browser.sign_in(officer)

    answer = browser.send("/findings", report | {"source": "hotline"}, status=422)

    assert "你的岗位" in answer.text


def test_an_order_without_certificate_is_refused_and_advice_is_not(browser, make, officer, report):
    key = uuid7()
    browser.sign_in(officer).send("/findings", report, key=key)
    stop = {"kind": "ordered", "outcome": "stopped"}

    browser.send(f"/findings/{key}/stops", stop, status=422)
    browser.send(f"/findings/{key}/stops", stop | {"kind": "advised"})

    assert [each.kind for each in make.rows(Stopping)] == [StopKind.ADVISED]
    assert make.reload(Finding, key).stopped_at == NOW


@pytest.mark.parametrize(("days", "status"), [(0, 201), (-1, 422)])
def test_an_order_prints_a_certificate_that_is_valid_that_day(
    browser, make, place, report, days, status
):
    until = NOW.date() + timedelta(days=days)
    officer = make.person(Role.OFFICER, place[0], certificate="豫A-0071", certificate_until=until)
    key = uuid7()
    browser.sign_in(officer).send("/findings", report, key=key)

    stop = {"kind": "ordered", "outcome": "refused"}
    browser.send(f"/findings/{key}/stops", stop, status=status)

    printed = [each.certificate for each in make.rows(Stopping)]
    assert printed == (["豫A-0071"] if status == 201 else [])


def test_a_repeat_is_offered_before_saving_and_joined_only_by_an_act(
    browser, make, officer, report
):
    first, second = uuid7(), uuid7()
    browser.sign_in(officer).send("/findings", report, key=first)
    where = urlencode({"code": "E0405", "lon": report["lon"], "lat": report["lat"]})

    offered = browser.get(f"/findings/repeats?{where}", HX_Request="true")
    browser.send("/findings", report, key=second)
    before = make.reload(Finding, second).joined_to
    browser.send(f"/findings/{second}/join", {"into": str(first)})

    assert str(first) in offered.text
    assert before is None
    assert make.reload(Finding, second).joined_to == first
    open_still = make.rows(Matter, col(Matter.settled_at).is_(None))
    assert {each.subject for each in open_still} == {f"finding:{first}"}


def test_nobody_joins_away_what_another_recorded(browser, make, officer, place, report):
    first, second = uuid7(), uuid7()
    browser.sign_in(officer).send("/findings", report, key=first)
    browser.sign_in(make.person(Role.SUPERVISOR, place[0])).send("/findings", report, key=second)
    browser.sign_in(officer)

    browser.send(f"/findings/{second}/join", {"into": str(first)}, status=403)


def test_a_photo_arrives_once_however_often_it_is_sent(browser, make, officer, report):
    key, photo, content = uuid7(), uuid7(), picture()
    browser.sign_in(officer)
    browser.send("/findings", report | {"photo": announced(photo, content)}, key=key)
    address = f"/findings/{key}/photos/{photo}"

    answers = [
        browser.client.put(address, data=content, headers={"Sec-Fetch-Site": "same-origin"})
        for _ in range(2)
    ]

    assert [each.status_code for each in answers] == [204, 204]
    assert answers[1].headers["X-Outbox-Ack"] == str(photo)
    assert len(make.rows(LedgerEntry, col(LedgerEntry.kind) == "photo.stored")) == 1
    shown = browser.get(f"{address}/small")
    assert shown.mimetype == "image/jpeg"
    shown.close()


def test_a_photo_is_shown_to_nobody_who_may_not_see_its_finding(browser, make, officer, report):
    key, photo, content = uuid7(), uuid7(), picture()
    browser.sign_in(officer)
    browser.send("/findings", report | {"photo": announced(photo, content)}, key=key)
    address = f"/findings/{key}/photos/{photo}"
    browser.client.put(address, data=content, headers={"Sec-Fetch-Site": "same-origin"})
    browser.sign_in(make.person(Role.SQUAD_LEADER))

    browser.get(f"{address}/small", status=404)
    browser.get(f"/findings/{key}/photos/{photo}/original", status=404)


def test_items_of_another_person_are_not_taken_under_this_name(browser, make, officer, report):
    browser.sign_in(officer)

    browser.send("/findings", report, status=401, X_Author=str(uuid7()))
    browser.send("/findings", report, X_Author=str(officer.id))

    assert len(make.rows(Finding)) == 1


def test_the_list_is_narrowed_by_its_address(browser, officer, report):
    browser.sign_in(officer).send("/findings", report)

    assert "E0405" not in browser.get("/findings?show=closed").text
    assert "店外经营" in browser.get("/findings?show=mine&stage=received&topic=street_order").text
    assert "店外经营" in browser.get("/findings?words=占道").text
    for odd in ("stage=xx", "page=-5", "page=1e9", "grid=1", "words=%25_", "show=zz", "topic=x"):
        browser.get(f"/findings?{odd}")
