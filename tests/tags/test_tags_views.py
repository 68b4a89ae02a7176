"""Tags are made, printed and revoked by leaders; read on the spot they make a visit grade A."""

from datetime import timedelta

import pytest

from patrol.core.roles import Role
from patrol.core.store import uuid7
from patrol.ledger.model import LedgerEntry
from patrol.rounds.model import Visit
from patrol.rounds.rules import Grade
from patrol.tags.model import Tag
from patrol.tags.rules import token
from tests.conftest import NOW


class Site:
    """A grid whose leader has made tags, and an officer on a round there."""

    def __init__(self, app, make, browser):
        self.secret = app.config["SETTINGS"].secret_key
        self.make, self.browser = make, browser
        self.grid = make.grid()
        self.cells = make.cells(self.grid, 2)
        self.leader = make.person(Role.SQUAD_LEADER, self.grid)
        self.officer = make.person(Role.OFFICER, self.grid)
        make.plan(self.grid)
        browser.sign_in(self.leader).post(self.page)

    @property
    def page(self):
        return f"/grids/{self.grid.code}/tags"

    def tags(self):
        return sorted(self.make.rows(Tag), key=lambda tag: (tag.code, tag.serial))

    def token(self, tag):
        return token(self.secret, tag.code, tag.serial)

    def visit(self, cell, text, *, seconds=90):
        """Check in with a tag and let the track show a stay."""
        self.browser.sign_in(self.officer)
        key, visit = uuid7(), uuid7()
        begun = NOW - timedelta(minutes=10)
        form = {"grid_id": self.grid.id, "made_at": begun.isoformat()}
        self.browser.send("/rounds", form, key=key)
        words = " ".join(f"{cell.lon}_{cell.lat}_8_{at}" for at in range(0, seconds + 1, 10))
        start = (NOW - timedelta(minutes=3)).isoformat()
        self.browser.send(
            "/rounds/tracks", {"round_id": key, "first": 0, "from_at": start, "points": words}
        )
        here = {"lon": cell.lon, "lat": cell.lat, "accuracy": 8, "tag": text}
        seen = (NOW - timedelta(minutes=2)).isoformat()
        told = {"round_id": key, "cell_id": cell.id, "seen_at": seen, "made_at": seen, **here}
        self.browser.send("/rounds/visits", told, key=visit)
        return self.make.reload(Visit, Visit(id=visit).id)


@pytest.fixture
def site(app, make, browser):
    return Site(app, make, browser)


def test_each_cell_gets_one_tag_however_often_it_is_asked_for(site):
    site.browser.post(site.page)

    assert [(tag.cell_id, tag.serial) for tag in site.tags()] == [(c.id, 1) for c in site.cells]
    [line] = site.make.rows(LedgerEntry, LedgerEntry.kind == "tags.made")
    assert line.subject == f"grid:{site.grid.id}"


def test_the_sheet_shows_a_code_for_each_tag_that_leads_to_the_walk(site):
    page = site.browser.get(f"{site.page}/sheet").text
    assert page.count("<svg") >= 2
    address = f"/t/{site.token(site.tags()[0])}"
    assert address in page

    answer = site.browser.sign_in(site.officer).get(address, status=303)
    assert answer.location == f"/rounds/new?grid={site.grid.id}#tag={site.token(site.tags()[0])}"


def test_a_tag_read_on_the_spot_with_a_stay_is_grade_a(site):
    visit = site.visit(site.cells[0], site.token(site.tags()[0]))

    assert (visit.grade, visit.tag_id) == (Grade.A, site.tags()[0].id)


@pytest.mark.parametrize("wrong", ["another cell's", "forged", "revoked"])
def test_a_tag_that_does_not_hold_takes_nothing_from_the_visit(site, wrong):
    first, second = site.tags()
    text = {"another cell's": site.token(second), "forged": token("x" * 32, first.code, 1)}.get(
        wrong, site.token(first)
    )
    if wrong == "revoked":
        site.browser.post(f"/tags/{first.id}/revocation", {"reason": "被人翻拍"})
        with site.make.database.transaction() as session:
            session.get_one(Tag, first.id).revoked_at = NOW - timedelta(hours=1)

    visit = site.visit(site.cells[0], text)

    assert (visit.grade, visit.tag_id) == (Grade.B, None)


def test_a_tag_revoked_after_it_was_read_still_proves(site):
    site.browser.post(f"/tags/{site.tags()[0].id}/revocation", {"reason": "遗失"})

    assert site.visit(site.cells[0], site.token(site.tags()[0])).grade is Grade.A


def test_a_revoked_tag_is_followed_by_one_with_the_next_number(site):
    first = site.tags()[0]
    site.browser.post(f"/tags/{first.id}/revocation", {"reason": "遗失"})
    site.browser.post(f"/tags/{first.id}/revocation", {"reason": "遗失"}, status=422)
    site.browser.post(site.page)

    assert [tag.serial for tag in site.tags() if tag.cell_id == first.cell_id] == [1, 2]
    site.browser.sign_in(site.officer).get(f"/t/{site.token(first)}", status=422)


def test_a_revocation_needs_a_reason(site):
    site.browser.post(f"/tags/{site.tags()[0].id}/revocation", {"reason": " "}, status=422)

    assert site.tags()[0].revoked_at is None


def test_tags_of_others_are_not_there_and_officers_make_none(site, make):
    site.browser.sign_in(make.person(Role.SQUAD_LEADER, make.grid()))
    site.browser.get(site.page, status=404)
    site.browser.post(f"/tags/{site.tags()[0].id}/revocation", {"reason": "遗失"}, status=404)

    site.browser.sign_in(site.officer)
    site.browser.get(site.page, status=403)
    site.browser.post(site.page, status=403)
