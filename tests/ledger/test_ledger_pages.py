"""The auditor reads the ledger and verifies it; nobody else does."""

from patrol.core.roles import Role
from patrol.core.store import Database
from patrol.ledger.service import note
from tests.browser import Browser
from tests.conftest import NOW


def test_the_auditor_sees_acts_and_that_the_chain_is_sound(
    browser: Browser, database: Database
) -> None:
    auditor = browser.make.person(Role.AUDITOR)
    with database.transaction() as session:
        note(session, browser.make.actor(auditor), "round.started", "round:1", {}, at=NOW)
    browser.sign_in(auditor)

    listed = browser.get("/ledger").text
    verified = browser.get("/ledger/verification").text

    assert "round.started" in listed
    assert auditor.name in listed
    assert "台账完好" in verified
    assert "round.started" in browser.get("/ledger/of/round:1").text


def test_an_officer_is_not_let_into_the_ledger(browser: Browser) -> None:
    browser.sign_in(browser.make.person(Role.OFFICER))

    browser.get("/ledger", status=403)


def test_older_acts_are_listed_from_any_number_on(browser: Browser, database: Database) -> None:
    auditor = browser.make.person(Role.AUDITOR)
    with database.transaction() as session:
        note(session, browser.make.actor(auditor), "round.started", "round:1", {}, at=NOW)
    browser.sign_in(auditor)

    assert "round.started" in browser.get(f"/ledger?before={10**30}").text
    for none in (0, -(10**30)):
        assert "round.started" not in browser.get(f"/ledger?before={none}").text
