"""The pages of checks: a draw and its page, the check on a phone, and the command that replays."""

import json

import pytest
from click.testing import CliRunner

from patrol.checks.model import Draw, Inspection, SpotCheck
from patrol.cli import main
from patrol.core.store import uuid7
from patrol.photos.model import Photo
from tests.checks.test_check_service import Site
from tests.findings.test_finding_views import announced, picture


@pytest.fixture
def site(browser, make, database):
    return Site(make, database)


def drawn(site, browser):
    browser.sign_in(site.supervisor)
    browser.post("/checks/draws", {"grid_id": site.street.id, "cells": 3, "days": 2})
    return site.make.rows(Draw)[0]


def test_a_supervisor_draws_and_sees_all_of_it(site, browser):
    made = drawn(site, browser)

    page = browser.get(f"/checks/draws/{made.id}").text

    assert made.urn["seed"] in page
    assert len(made.urn["seed"]) == 32
    assert "重抽结果相同" in page
    assert page.count("待检查") == 3
    assert f"/checks/draws/{made.id}" in browser.get("/checks").text


def test_the_same_draw_sent_twice_is_one(site, browser):
    browser.sign_in(site.supervisor)
    key, form = uuid7(), {"grid_id": site.street.id, "cells": 2}

    browser.send("/checks/draws", form, key=key)
    browser.send("/checks/draws", form, key=key, status=200)

    assert len(site.make.rows(Draw)) == 1


def test_a_wrong_draw_comes_back_as_its_form(site, browser):
    browser.sign_in(site.supervisor)

    page = browser.post("/checks/draws", {"grid_id": site.street.id, "cells": 900}, status=422).text

    assert 'id="draw-form"' in page


def test_whoever_is_drawn_is_led_to_the_check_and_does_it_from_the_phone(site, browser):
    drawn(site, browser)
    task = site.make.rows(SpotCheck)[0]
    person = site.first if task.officer_id == site.first.id else site.second
    cell = next(cell for cell in site.cells if cell.id == task.cell_id)
    browser.sign_in(person)

    assert f"/checks/tasks/{task.id}" in browser.get("/checks").text
    assert f'value="{task.id}"' in browser.get(f"/checks/tasks/{task.id}").text
    form = {"check_id": task.id, "lon": cell.lon, "lat": cell.lat, "accuracy": 9, "saw": "clear"}
    key = uuid7()
    browser.send("/checks", {**form, "topics": "street_order"}, key=key)
    browser.send("/checks", {**form, "topics": "street_order"}, key=key, status=200)

    (seen,) = site.make.rows(Inspection)
    assert seen.id == key
    assert "没有：无到访、无记录、无上报。" in browser.get(f"/checks/{key}").text


def test_a_check_without_what_was_looked_for_comes_back_as_its_form(site, browser):
    browser.sign_in(site.supervisor)
    form = {"lon": site.cells[0].lon, "lat": site.cells[0].lat}

    nothing = browser.send("/checks", {**form, "saw": "clear"}, status=422).text
    problem = browser.send("/checks", {**form, "saw": "problem"}, status=422).text
    nowhere = browser.send(
        "/checks", {"lon": 1, "lat": 1, "saw": "problem", "code": "E0405"}, status=422
    ).text

    assert all('id="check-form"' in page for page in (nothing, problem, nowhere))
    assert site.make.rows(Inspection) == []


def test_a_problem_leads_to_its_finding_in_both_languages(site, browser):
    key, cell = uuid7(), site.cells[0]
    browser.sign_in(site.supervisor)
    form = {"lon": cell.lon, "lat": cell.lat, "saw": "problem", "code": "E0405"}
    browser.send("/checks", form, key=key)
    (seen,) = site.make.rows(Inspection)

    page = browser.get(f"/checks/{key}").text
    assert f"/findings/{seen.finding_id}" in page
    assert "李巡" in page
    browser.get(f"/findings/{seen.finding_id}")
    with site.database.transaction() as session:
        session.get(type(site.supervisor), site.supervisor.id).locale = "en"
    for path in (f"/checks/{key}", "/checks", "/checks/new", "/checks/draws/new"):
        assert "%(" not in browser.sign_in(site.supervisor).get(path).text


def test_the_patrol_sees_neither_draws_nor_others_checks(site, browser):
    made = drawn(site, browser)
    key, cell = uuid7(), site.cells[0]
    form = {"lon": cell.lon, "lat": cell.lat, "saw": "problem", "code": "E0405"}
    browser.send("/checks", form, key=key)
    browser.sign_in(site.first)

    browser.get(f"/checks/draws/{made.id}", status=403)
    browser.get(f"/checks/{key}", status=404)
    browser.get("/checks/new", status=403)


def test_the_command_draws_again_and_fails_when_something_was_changed(
    site, browser, database, monkeypatch, tmp_path
):
    made = drawn(site, browser)
    monkeypatch.setenv("PATROL_HOME", str(tmp_path))
    monkeypatch.setenv("PATROL_DATABASE_URL", database.url.render_as_string(hide_password=False))
    run = CliRunner().invoke

    told = run(main, ["draw", str(made.id), "--replay", "--json"])
    with database.transaction() as session:
        kept = session.get(Draw, made.id)
        kept.urn = {**kept.urn, "seed": "another", "wanted": 2}
    changed = run(main, ["draw", str(made.id), "--replay"])
    unknown = run(main, ["draw", str(uuid7())])

    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["same"] is True
    assert json.loads(told.stdout)["pairs"] == made.pairs
    assert changed.exit_code == 1
    assert unknown.exit_code == 2


def brought(browser, address, content):
    return browser.client.put(address, data=content, headers={"Sec-Fetch-Site": "same-origin"})


@pytest.mark.parametrize(
    ("told", "shown"),
    [({"saw": "clear", "topics": "street_order"}, "inspection"), ({"saw": "problem"}, "finding")],
)
def test_photos_of_a_check_come_after_it_and_stand_where_it_leads(site, browser, told, shown):
    key, photo, content, cell = uuid7(), uuid7(), picture(), site.cells[0]
    form = {"lon": cell.lon, "lat": cell.lat, "code": "E0405", **told}
    browser.sign_in(site.supervisor)

    browser.send("/checks", form | {"photo": announced(photo, content)}, key=key)
    waiting = browser.get(f"/checks/{key}").text
    answers = [brought(browser, f"/checks/{key}/photos/{photo}", content) for _ in range(2)]

    assert "照片待传" in waiting
    assert [answer.status_code for answer in answers] == [204, 204]
    assert answers[0].headers["X-Outbox-Ack"] == str(photo)
    [kept] = site.make.rows(Photo)
    assert kept.subject.startswith(shown)
    assert kept.stored_at is not None
    assert f"/checks/{key}/photos/{photo}/small" in browser.get(f"/checks/{key}").text
    browser.get(f"/checks/{key}/photos/{photo}/small")


def test_a_photo_nobody_announced_is_not_taken(site, browser):
    key, content, cell = uuid7(), picture(), site.cells[0]
    browser.sign_in(site.supervisor)
    form = {"lon": cell.lon, "lat": cell.lat, "saw": "clear", "topics": "street_order"}
    browser.send("/checks", form, key=key)

    for check in (key, uuid7()):
        answer = brought(browser, f"/checks/{check}/photos/{uuid7()}", content)

        assert answer.status_code == 404


def test_who_may_not_see_a_check_sees_no_photo_of_it(site, browser):
    key, photo, content, cell = uuid7(), uuid7(), picture(), site.cells[0]
    form = {"lon": cell.lon, "lat": cell.lat, "saw": "clear", "topics": "street_order"}
    browser.sign_in(site.supervisor)
    browser.send("/checks", form | {"photo": announced(photo, content)}, key=key)
    brought(browser, f"/checks/{key}/photos/{photo}", content)

    browser.sign_in(site.first)

    browser.get(f"/checks/{key}/photos/{photo}/small", status=404)


def test_a_wrong_form_shows_no_check_of_another(site, browser):
    drawn(site, browser)
    task = site.make.rows(SpotCheck)[0]
    checker, other = sorted((site.first, site.second), key=lambda one: one.id != task.officer_id)
    form = {"check_id": task.id, "lon": 1, "lat": 1, "saw": "clear"}

    own = browser.sign_in(checker).send("/checks", form, status=422).text
    others = browser.sign_in(other).send("/checks", form, status=422).text

    assert f'value="{task.id}"' in own
    assert 'id="check-form"' in others
    assert f'value="{task.id}"' not in others
