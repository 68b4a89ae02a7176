"""The catalogue as everybody may look it up."""

from patrol.catalogue import service
from patrol.core.roles import Role
from tests.browser import Browser
from tests.conftest import NOW
from tests.make import Make


def test_everybody_may_look_up_a_class_with_its_limits(browser: Browser, make: Make) -> None:
    with make.database.transaction() as session:
        service.seed(session, now=NOW)
    browser.sign_in(make.person(Role.WORKER, make.grid()))

    page = browser.get("/catalogue?topic=city_appearance").text

    assert "私搭乱建" in page
    assert "正在建设：" in page
    assert "4 紧急工作时" in page
    assert "占道经营" not in page
    assert "占道经营" in browser.get("/catalogue?topic=nonsense").text
